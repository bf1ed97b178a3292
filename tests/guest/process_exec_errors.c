/* execve: what is refused and how, scripts, and the limits of arguments. */
#include "guest.h"

#include <elf.h>
#include <stddef.h>
#include <sys/resource.h>

static char *no_env[] = {NULL};
static char *one_arg[] = {"true", NULL};

static void write_file(const char *path, const char *text, mode_t mode)
{
	must(write_text(path, text) == (long)strlen(text));
	must(chmod(path, mode) == 0);
}

/* What execve of this path answers in a child: 0 if it ran, else the errno. */
static int exec_error(const char *path)
{
	int status;
	pid_t pid = fork();

	must(pid >= 0);
	if (pid == 0) {
		long error = raw(SYS_execve, path, one_arg, no_env);
		_exit(200 - (int)error);
	}
	status = reap(pid);
	must(WIFEXITED(status));
	if (WEXITSTATUS(status) < 200)
		return 0;
	return WEXITSTATUS(status) - 200;
}

static void paths(void)
{
	char longer[5000], component[400];

	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = 0;
	memset(component, 'b', sizeof(component) - 1);
	component[sizeof(component) - 1] = 0;
	write_file("plain", "#!/bin/true\n", 0644);
	write_file("ok", "#!/bin/true\n", 0755);
	must(symlink("loop2", "loop1") == 0 && symlink("loop1", "loop2") == 0);
	is_int(exec_error("none"), ENOENT, "no such file");
	is_int(exec_error(""), ENOENT, "an empty path");
	is_int(exec_error("none/x"), ENOENT, "no such directory");
	is_int(exec_error("plain/x"), ENOTDIR, "a file used as a directory");
	is_int(exec_error("plain"), EACCES, "no execute permission, not even for root");
	is_int(exec_error("/tmp"), EACCES, "a directory");
	is_int(exec_error("/dev/null"), EACCES, "a device");
	is_int(exec_error("loop1"), ELOOP, "a loop of symbolic links");
	is_int(exec_error(longer), ENAMETOOLONG, "a path that is too long");
	is_int(exec_error(component), ENAMETOOLONG, "a name that is too long");
	is_int(exec_error("ok"), 0, "and a good one runs");
}

static void formats(void)
{
	write_file("empty", "", 0755);
	write_file("text", "echo hello\n", 0755);
	write_file("short-elf", "\177ELF", 0755);
	write_file("no-interpreter", "#!/none/such\n", 0755);
	write_file("directory-interpreter", "#!/tmp\n", 0755);
	write_file("blank-interpreter", "#!   \n", 0755);
	is_int(exec_error("empty"), ENOEXEC, "an empty file");
	is_int(exec_error("text"), ENOEXEC, "text without #!");
	is_int(exec_error("short-elf"), ENOEXEC, "four bytes of an ELF header");
	is_int(exec_error("no-interpreter"), ENOENT, "#! with an interpreter that is not there");
	is_int(exec_error("directory-interpreter"), EACCES, "#! with a directory");
	is_int(exec_error("blank-interpreter"), ENOEXEC, "#! with blanks alone");
}

/* Each row damages one field of a good program's header. */
static void damaged_elf(void)
{
	static const struct {
		size_t offset;
		unsigned char value;
		int want;
		const char *what;
	} rows[] = {
		{EI_MAG1, 'X', ENOEXEC, "magic"},
		{offsetof(Elf64_Ehdr, e_type), ET_REL, ENOEXEC, "an object file"},
		{offsetof(Elf64_Ehdr, e_type), ET_CORE, ENOEXEC, "a core file"},
		{offsetof(Elf64_Ehdr, e_machine), EM_PPC, ENOEXEC, "another machine"},
		{offsetof(Elf64_Ehdr, e_phentsize), 8, ENOEXEC, "size of a program header"},
		{offsetof(Elf64_Ehdr, e_phnum), 0, ENOEXEC, "no program headers"},
	};
	static char image[1 << 20];
	long bytes;

	bytes = open("/tests/help/start", O_RDONLY);
	must(bytes >= 0);
	bytes = read((int)bytes, image, sizeof(image));
	must(bytes > 1000);
	for (size_t i = 0; i < count_of(rows); i++) {
		char saved[2];
		int fd = open("damaged", O_WRONLY | O_CREAT | O_TRUNC, 0755);
		must(fd >= 0);
		memcpy(saved, image + rows[i].offset, 2);
		image[rows[i].offset] = (char)rows[i].value;
		if (rows[i].offset >= EI_NIDENT)
			image[rows[i].offset + 1] = 0;
		must(write(fd, image, (size_t)bytes) == bytes);
		memcpy(image + rows[i].offset, saved, 2);
		close(fd);
		is_int(exec_error("damaged"), rows[i].want, "ELF with damage: %s", rows[i].what);
	}
}

static void scripts(void)
{
	static const struct {
		const char *name, *text, *want;
	} rows[] = {
		{"plain", "#!/bin/echo\n", "./plain one two\n"},
		{"argument", "#!/bin/echo -n\n", "./argument one two"},
		{"one-argument", "#! /bin/echo  a b  c \n", "a b  c ./one-argument one two\n"},
		{"no-newline", "#!/bin/echo", "./no-newline one two\n"},
		{"nested", "#!./argument x\n", "./argument x ./nested one two"},
		{"shell", "#!/bin/sh\necho $0 $# $2\n", "./shell 2 two\n"},
	};

	for (size_t i = 0; i < count_of(rows); i++)
		write_file(rows[i].name, rows[i].text, 0755);
	for (size_t i = 0; i < count_of(rows); i++) {
		char path[40], got[200];
		int fd[2];
		ssize_t n;
		pid_t pid;
		must(pipe(fd) == 0);
		snprintf(path, sizeof(path), "./%s", rows[i].name);
		if (in_child(&pid)) {
			char *argv[] = {"ignored", "one", "two", NULL};
			must(dup2(fd[1], 1) == 1);
			execve(path, argv, no_env);
			_exit(1);
		}
		must(close(fd[1]) == 0);
		n = read(fd[0], got, sizeof(got) - 1);
		got[n > 0 ? n : 0] = 0;
		reap(pid);
		close(fd[0]);
		is_str(got, rows[i].want, "script: %s", rows[i].name);
	}
}

static void script_depth(void)
{
	char name[20], text[40];

	write_file("s0", "#!/bin/true\n", 0755);
	for (int i = 1; i < 8; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		snprintf(text, sizeof(text), "#!./s%d\n", i - 1);
		write_file(name, text, 0755);
	}
	is_int(exec_error("./s4"), 0, "four scripts deep below the first");
	is_int(exec_error("./s6"), ELOOP, "too many are ELOOP");
}

static void permissions(void)
{
	pid_t pid;

	write_file("secret", "#!/bin/true\n", 0700);
	write_file("only-execute", "#!/bin/true\n", 0711);
	must(chmod(".", 0755) == 0);
	if (in_child(&pid)) {
		become_user(1000);
		must(exec_error("./secret") == EACCES);
		must(exec_error("/bin/true") == 0);
		_exit(0);
	}
	is_exited(pid, 0, "a file of root's with mode 0700 is EACCES for another user");
}

static void busy(void)
{
	int fd;

	write_file("prog", "#!/bin/true\n", 0755);
	fd = open("prog", O_WRONLY);
	must(fd >= 0);
	is_int(exec_error("./prog"), ETXTBSY, "a file that is open for writing");
	close(fd);
	is_int(exec_error("./prog"), 0, "and when it is closed again");
}

static int exec_big(size_t arguments, size_t each)
{
	char **argv = calloc(arguments + 2, sizeof(char *));
	char *text = malloc(each + 1);
	int status;
	pid_t pid;

	must(argv && text);
	memset(text, 'a', each);
	text[each] = 0;
	argv[0] = "true";
	for (size_t i = 1; i <= arguments; i++)
		argv[i] = text;
	if (in_child(&pid)) {
		long error = raw(SYS_execve, "/bin/true", argv, no_env);
		_exit(-(int)error);
	}
	status = reap(pid);
	free(argv);
	free(text);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void sizes(void)
{
	is_int(exec_big(1, 131072 - 1), 0, "one argument of 128 KiB with its end");
	is_int(exec_big(1, 131072), E2BIG, "and one byte more");
	is_int(exec_big(15, 131071), 0, "almost 2 MiB in all");
	is_int(exec_big(17, 131071), E2BIG, "more than a quarter of the stack limit");
	is_int(exec_big(50000, 10), 0, "fifty thousand arguments");
	is_int(exec_big(200000, 10), E2BIG, "two hundred thousand");
}

static void sizes_follow_limit(void)
{
	struct rlimit limit = {1 << 20, 8 << 20};

	must(setrlimit(RLIMIT_STACK, &limit) == 0);
	is_int(exec_big(2, 100000), 0, "a stack limit of 1 MiB admits 200 KB");
	is_int(exec_big(4, 100000), E2BIG, "but not 400 KB");
}

static void bad_pointers(void)
{
	char **argv = map_pages(1);

	is_int(raw(SYS_execve, 0, one_arg, no_env), -EFAULT, "no path");
	is_int(raw(SYS_execve, "/bin/true", 8, no_env), -EFAULT, "a wild argv");
	is_int(raw(SYS_execve, "/bin/true", one_arg, -8), -EFAULT, "a wild envp");
	argv[0] = "true";
	argv[1] = (char *)16;
	is_int(raw(SYS_execve, "/bin/true", argv, no_env), -EFAULT, "a wild string in argv");
	is_int(raw(SYS_execve, "/bin/true", one_arg, argv), -EFAULT, "a wild string in envp");
	ok(1, "the caller goes on after each of them");
}

static const struct tap_case cases[] = {
	{"paths", paths, 0},
	{"formats", formats, 0},
	{"damaged_elf", damaged_elf, 0},
	{"scripts", scripts, 0},
	{"script_depth", script_depth, 0},
	{"permissions", permissions, 0},
	{"busy", busy, 0},
	{"sizes", sizes, 0},
	{"sizes_follow_limit", sizes_follow_limit, 0},
	{"bad_pointers", bad_pointers, 0},
};

TAP_MAIN(cases)
