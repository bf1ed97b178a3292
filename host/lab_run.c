/* Labs' programs, made and run. */
#include "lab_run.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "paths.h"
#include "program.h"
#include "say.h"
#include "strlist.h"

/* Only a program that never ends reaches it: waiting costs no time in a seeded run. */
#define LIMIT_S "60"

#define LOADER "ld-linux-x86-64.so.2"

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	(void)remove(path);
	return 0;
}

void lab_build_remove(struct lab_build *build)
{
	if (build->directory)
		(void)nftw(build->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(build->directory);
	free(build->image);
	free(build->command);
	*build = (struct lab_build){0};
}

static void make_folder(const char *base, const char *name, mode_t mode)
{
	char *path = must_format("%s/%s", base, name);

	if (mkdir(path, mode) < 0 && errno != EEXIST)
		die("cannot make %s: %s", path, strerror(errno));
	/* Whatever the user's umask. */
	(void)chmod(path, mode);
	free(path);
}

static bool begin(struct lab_build *build)
{
	static const char *const folders[] = {"root",      "root/bin", "root/dev", "root/dev/shm",
					      "root/proc", "root/sys", "root/tmp"};
	const char *base = getenv("TMPDIR");

	build->directory = must_format("%s/namu-lab-XXXXXX", base && *base ? base : "/tmp");
	if (!mkdtemp(build->directory)) {
		say("cannot make a folder in %s: %s", base && *base ? base : "/tmp", strerror(errno));
		free(build->directory);
		build->directory = NULL;
		return false;
	}
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		make_folder(build->directory, folders[i], i > 3 && strstr(folders[i], "tmp") ? 01777 : 0755);
	return true;
}

/* The line of a compiler's output that names an error. */
static const char *error_line(struct program_end *end)
{
	char *line = end->said ? strstr(end->said, "error:") : NULL;

	if (!line)
		return end->complaint;
	while (line > end->said && line[-1] != '\n')
		line--;
	line[strcspn(line, "\n")] = 0;
	return line;
}

static bool compile(const char *source, const char *program, bool is_dynamic)
{
	char *gcc = find_program("gcc");
	char *const words[] = {gcc,
			       is_dynamic ? "-pie" : "-static",
			       "-O0",
			       "-g",
			       "-w",
			       "-pthread",
			       "-x",
			       "c",
			       "-o",
			       (char *)program,
			       (char *)source,
			       NULL};
	struct program_end end = {0};

	if (!gcc) {
		say("there is no gcc on this host, and a lab is compiled: install gcc and libc6-dev");
		return false;
	}
	if (access(source, R_OK) < 0) {
		say("cannot read %s: %s", source, strerror(errno));
		free(gcc);
		return false;
	}
	program_run(&end, words, NULL);
	if (!end.is_good)
		say("cannot compile it: %s", error_line(&end));
	free(end.said);
	free(gcc);
	return end.is_good;
}

/* Runs a program that must succeed; false with its complaint said. */
static bool run_helper(char *const *words)
{
	struct program_end end = {0};

	program_run(&end, words, NULL);
	if (!end.is_good)
		say("%s", strncmp(end.complaint, "namu: ", 6) == 0 ? end.complaint + 6 : end.complaint);
	free(end.said);
	return end.is_good;
}

/* Copies a file of the compiler's into the root, where a dynamic program looks for it. */
static bool copy_library(const struct lab_build *build, const char *name, const char *folder)
{
	char *gcc = find_program("gcc"), *cp = find_program("cp");
	char *question = must_format("-print-file-name=%s", name);
	char *target = must_format("%s/root/%s/", build->directory, folder);
	struct program_end end = {0};
	bool is_good = gcc && cp;

	if (is_good) {
		program_run(&end, (char *const[]){gcc, question, NULL}, NULL);
		end.said[strcspn(end.said, "\n")] = 0;
		is_good = end.is_good && run_helper((char *const[]){cp, "-L", end.said, target, NULL});
	}
	free(end.said);
	free(target);
	free(question);
	free(cp);
	free(gcc);
	return is_good;
}

static bool add_libraries(const struct lab_build *build)
{
	make_folder(build->directory, "root/lib64", 0755);
	make_folder(build->directory, "root/lib", 0755);
	return copy_library(build, LOADER, "lib64") && copy_library(build, "libc.so.6", "lib64") &&
	       copy_library(build, "libc.so.6", "lib");
}

/* The programs that the lab's own starts: static, whatever that one is. */
static bool compile_others(const struct lab_build *build, const struct lab *lab)
{
	char *folder = lab_file(lab, "bin"), *list;
	char *find = find_program("ls");
	struct program_end end = {0};
	bool is_good = true;

	if (access(folder, F_OK) == 0 && find) {
		program_run(&end, (char *const[]){find, folder, NULL}, NULL);
		list = end.said;
		for (char *name; is_good && (name = strsep(&list, "\n")) != NULL;) {
			char *dot = strrchr(name, '.');

			if (!dot || strcmp(dot, ".c") != 0)
				continue;
			char *source = must_format("%s/%s", folder, name);
			char *program = must_format("%s/root/bin/%.*s", build->directory, (int)(dot - name), name);

			is_good = compile(source, program, false);
			free(program);
			free(source);
		}
	}
	free(end.said);
	free(find);
	free(folder);
	return is_good;
}

bool lab_build_make(struct lab_build *build, const struct lab *lab, const char *source, bool is_dynamic)
{
	char *own = lab_file(lab, "lab.c");

	*build = (struct lab_build){0};
	if (!begin(build)) {
		free(own);
		return false;
	}
	char *root = must_format("%s/root", build->directory);
	char *program = must_format("%s/%s", root, lab->name);

	build->image = must_format("%s/root.erofs", build->directory);
	build->command = must_format("/%s", lab->name);
	bool is_good = compile(source ? source : own, program, is_dynamic) && compile_others(build, lab) &&
		       (!is_dynamic || add_libraries(build)) &&
		       run_helper((char *const[]){"/proc/self/exe", "image", root, "-o", build->image, NULL});
	free(program);
	free(root);
	free(own);
	if (!is_good)
		lab_build_remove(build);
	return is_good;
}

static _Noreturn void call_child(char *const *words, bool is_quiet)
{
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)signal(SIGINT, SIG_DFL);
	if (nowhere >= 0 && dup2(nowhere, 0) == 0 && (!is_quiet || dup2(nowhere, 1) == 1))
		execv("/proc/self/exe", words);
	_exit(STATUS_NAMU);
}

int lab_call(char *const *words, bool is_quiet)
{
	/* Ctrl-C is for the run; what was made for it is removed after it. */
	void (*before)(int) = signal(SIGINT, SIG_IGN);
	int status = 0;

	(void)fflush(stdout);
	pid_t pid = fork();

	if (pid == 0)
		call_child(words, is_quiet);
	if (pid < 0)
		say("cannot start a process: %s", strerror(errno));
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	(void)signal(SIGINT, before);
	if (pid < 0)
		return -1;
	return WIFSIGNALED(status) ? STATUS_SIGNAL_BASE + WTERMSIG(status) : WEXITSTATUS(status);
}

int lab_build_run(const struct lab_build *build, uint64_t seed, const char *trace, bool is_quiet)
{
	char *number = must_format("%lu", seed), *option = must_format("--trace=%s", trace);
	int status = lab_call((char *const[]){"namu", "run", "--timeout", LIMIT_S, "--seed", number, option,
					      build->image, "--", build->command, NULL},
			      is_quiet);

	free(option);
	free(number);
	return status;
}
