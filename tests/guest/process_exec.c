/* execve and execveat: what the new program gets, and what of the old one stays or goes. */
#include "guest.h"

#include <elf.h>

static char output[1 << 16];

/* Runs a program with its output read into `output`; returns its wait status. */
static int run(const char *path, char *const argv[], char *const envp[], void (*prepare)(void))
{
	int fd[2], status;
	ssize_t n;
	size_t got = 0;
	pid_t pid;

	must(pipe2(fd, O_CLOEXEC) == 0);
	pid = fork();
	must(pid >= 0);
	if (pid == 0) {
		must(dup2(fd[1], 1) == 1);
		if (prepare)
			prepare();
		execve(path, argv, envp);
		_exit(100 + (errno > 27 ? 27 : errno));
	}
	close(fd[1]);
	while ((n = read(fd[0], output + got, sizeof(output) - 1 - got)) > 0)
		got += (size_t)n;
	output[got] = 0;
	close(fd[0]);
	status = reap(pid);
	return status;
}

static int has_line(const char *line)
{
	size_t length = strlen(line);

	for (const char *p = output; (p = strstr(p, line)); p++) {
		if ((p == output || p[-1] == '\n') && p[length] == '\n')
			return 1;
	}
	return 0;
}

#define is_line(line, ...) tap_ok(has_line(line), line, __LINE__, __VA_ARGS__)

static long aux(int type)
{
	char key[20];
	const char *p;

	snprintf(key, sizeof(key), "\naux%d ", type);
	p = strstr(output, key);
	return p ? strtol(p + strlen(key), NULL, 10) : -1;
}

static char *no_env[] = {NULL};
static char *start_argv[] = {"start", NULL};
#define START     "/tests/help/start"
#define START_PIE "/tests/help/start_pie"

static void arguments(void)
{
	char *argv[] = {"zero", "one", "", "three words here", "\xff\xfe", NULL};
	char *envp[] = {"A=1", "EMPTY=", "no-equals-sign", NULL};

	is_int(run(START, argv, envp, NULL), 7 << 8, "the program runs and returns");
	is_line("argc 5", "argc");
	ok(strstr(output, "argc 5\nargv zero\nargv one\nargv \nargv three words here\nargv \xff\xfe\nenv A=1\n"
			  "env EMPTY=\nenv no-equals-sign\naux"),
	   "argv and envp arrive in order, byte for byte");
	is_line("bss 1", "bss is zero");
	is_line("data 42", "data is as the file has it");
}

static void no_arguments(void)
{
	char *argv[] = {NULL};

	is_int(run(START, argv, no_env, NULL), 7 << 8, "an empty argv");
	is_line("argc 1", "is given one empty string");
	is_line("argv ", "which is argv[0]");
	is_int(run(START, NULL, NULL, NULL), 7 << 8, "argv and envp may be NULL");
	is_line("argc 1", "with the same result");
}

static void check_auxv(const char *path)
{
	char line[100];
	char first[64];
	const char *random;
	long base;

	must(run(path, start_argv, no_env, NULL) == 7 << 8);
	base = strtol(strstr(output, "\nehdr ") + 6, NULL, 10);
	is_int(aux(AT_PAGESZ), 4096, "AT_PAGESZ");
	is_int(aux(AT_PHENT), sizeof(Elf64_Phdr), "AT_PHENT");
	ok(aux(AT_PHNUM) > 1, "AT_PHNUM");
	is_int(aux(AT_PHDR), base + (long)sizeof(Elf64_Ehdr), "AT_PHDR points at the mapped program headers");
	is_int(aux(AT_BASE), 0, "AT_BASE is 0: no interpreter");
	is_int(aux(AT_FLAGS), 0, "AT_FLAGS");
	ok(aux(AT_ENTRY) > base, "AT_ENTRY");
	is_int(aux(AT_UID), 0, "AT_UID");
	is_int(aux(AT_EUID), 0, "AT_EUID");
	is_int(aux(AT_GID), 0, "AT_GID");
	is_int(aux(AT_EGID), 0, "AT_EGID");
	is_int(aux(AT_SECURE), 0, "AT_SECURE");
	is_int(aux(AT_CLKTCK), 100, "AT_CLKTCK");
	ok(aux(AT_HWCAP) > 0, "AT_HWCAP");
	ok(aux(AT_SYSINFO_EHDR) > 0, "AT_SYSINFO_EHDR: there is a vDSO");
	is_line("aux15 x86_64", "AT_PLATFORM");
	snprintf(line, sizeof(line), "aux31 %s", path);
	is_line(line, "AT_EXECFN is the path as given");
	is_line("stackmod 0", "the stack pointer is a multiple of 16 at the start");
	is_line("bss 1", "bss is zero");
	random = strstr(output, "\nrandom ");
	must(random);
	memcpy(first, random, 40);
	must(run(path, start_argv, no_env, NULL) == 7 << 8);
	random = strstr(output, "\nrandom ");
	must(random);
	ok(memcmp(first, random, 40) != 0, "AT_RANDOM differs from run to run");
}

static void auxv(void)
{
	check_auxv(START);
}

static void auxv_pie(void)
{
	check_auxv(START_PIE);
}

static void prepare_fds(void)
{
	must(dup2(1, 20) == 20);
	must(dup2(1, 21) == 21 && fcntl(21, F_SETFD, FD_CLOEXEC) == 0);
	must(dup3(1, 22, O_CLOEXEC) == 22);
	must(open("/", O_RDONLY | O_CLOEXEC) >= 0);
}

static void descriptors(void)
{
	must(run(START, start_argv, no_env, prepare_fds) == 7 << 8);
	is_line("fd 1", "stdout stays");
	is_line("fd 20", "a plain descriptor stays");
	ok(!has_line("fd 21"), "one with FD_CLOEXEC is closed");
	ok(!has_line("fd 22"), "one of dup3 with O_CLOEXEC is closed");
}

static void on_signal(int signo)
{
	(void)signo;
}

static void prepare_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	sigset_t set;

	must(sigaction(SIGUSR1, &action, NULL) == 0);
	action.sa_handler = SIG_IGN;
	must(sigaction(SIGUSR2, &action, NULL) == 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	must(sigprocmask(SIG_SETMASK, &set, NULL) == 0);
	must(raise(SIGTERM) == 0);
}

static void signals(void)
{
	must(run(START, start_argv, no_env, prepare_signals) == 7 << 8);
	ok(!strstr(output, "\naction 10 "), "a caught signal is back to its default");
	is_line("action 12 ignore", "an ignored one stays ignored");
	is_line("blocked 15", "the mask stays");
	is_line("pending 15", "what was pending stays pending");
}

static void pid_stays(void)
{
	char *argv[] = {"sh", "-c", "echo $$", NULL}, want[20];
	int fd[2];
	pid_t pid;
	ssize_t n;

	must(pipe(fd) == 0);
	if (in_child(&pid)) {
		must(dup2(fd[1], 1) == 1);
		execve("/bin/sh", argv, no_env);
		_exit(1);
	}
	must(reap(pid) == 0);
	n = read(fd[0], output, 100);
	must(n > 0);
	output[n] = 0;
	snprintf(want, sizeof(want), "%d\n", (int)pid);
	is_str(output, want, "the pid stays through exec");
}

static int idle_thread(void *unused)
{
	(void)unused;
	for (;;)
		sleep_ms(1000);
	return 0;
}

static int exec_thread(void *unused)
{
	(void)unused;
	raw(SYS_execve, START, start_argv, no_env);
	return 1;
}

static void from_thread(void)
{
	struct thread t[4];
	pid_t pid;

	/* Whatever thread calls exec, the process goes on with one thread and its own pid. */
	fflush(stdout);
	if (in_child(&pid)) {
		int fd = open("/dev/null", O_WRONLY);
		must(fd >= 0 && dup2(fd, 1) == 1);
		for (int i = 0; i < 3; i++)
			must(thread_start(&t[i], idle_thread, NULL) > 0);
		must(thread_start(&t[3], exec_thread, NULL) > 0);
		for (;;)
			sleep_ms(1000);
	}
	is_exited(pid, 7, "exec in one of five threads ends the other four");
}

static void at_empty_path(void)
{
	int fd = open(START, O_RDONLY | O_CLOEXEC), dir = open("/tests/help", O_RDONLY | O_DIRECTORY);
	int null = open("/dev/null", O_WRONLY);
	pid_t pid;

	must(fd >= 0 && dir >= 0 && null >= 0);
	if (in_child(&pid)) {
		must(dup2(null, 1) == 1);
		raw(SYS_execveat, fd, "", start_argv, no_env, AT_EMPTY_PATH);
		_exit(1);
	}
	is_exited(pid, 7, "execveat of a descriptor with AT_EMPTY_PATH");
	if (in_child(&pid)) {
		must(dup2(null, 1) == 1);
		raw(SYS_execveat, dir, "start", start_argv, no_env, 0);
		_exit(1);
	}
	is_exited(pid, 7, "execveat relative to a directory");
	is_int(raw(SYS_execveat, fd, "", start_argv, no_env, 0), -ENOENT, "an empty path without the flag");
	is_int(raw(SYS_execveat, dir, "start", start_argv, no_env, 0x40000000), -EINVAL, "an unknown flag");
	is_int(raw(SYS_execveat, -1, "start", start_argv, no_env, 0), -EBADF, "a bad descriptor");
	must(symlink(START, "/tmp/start-link") == 0 || errno == EEXIST);
	is_int(raw(SYS_execveat, AT_FDCWD, "/tmp/start-link", start_argv, no_env, AT_SYMLINK_NOFOLLOW), -ELOOP,
	       "a symbolic link with AT_SYMLINK_NOFOLLOW");
}

static void name_of_process(void)
{
	char *argv[] = {"cat", "/proc/self/comm", NULL};

	is_int(run("/bin/cat", argv, no_env, NULL), 0, "cat runs");
	is_str(output, "cat\n", "comm is the last part of the path");
}

static const struct tap_case cases[] = {
	{"arguments", arguments, 0},
	{"no_arguments", no_arguments, 0},
	{"auxv", auxv, 0},
	{"auxv_pie", auxv_pie, 0},
	{"descriptors", descriptors, 0},
	{"signals", signals, 0},
	{"pid_stays", pid_stays, 0},
	{"from_thread", from_thread, 0},
	{"at_empty_path", at_empty_path, 0},
	{"name_of_process", name_of_process, 0},
};

TAP_MAIN(cases)
