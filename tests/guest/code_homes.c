/*
 * Where the code of files is mapped in programs that know nothing of each other: at the same place where homes are on
 * (/proc/sys/vm/code_homes, which only Namu has), elsewhere in each where they are not and in privileged programs.
 */
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/wait.h>

#include "tap.h"

#define SETTING "/proc/sys/vm/code_homes"
#define RUNS    4

/* What a run tells: a file mapped as a loader maps libraries, the same as data, anonymous memory, the stack. */
struct places {
	char *code, *data, *anonymous, *stack;
	unsigned long is_secure;
};

static int report(void)
{
	struct places places = {.stack = (char *)&places, .is_secure = getauxval(AT_SECURE)};
	int file = open("file", O_RDONLY);

	places.data = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, file, 0);
	places.code = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_DENYWRITE, file, 0);
	places.anonymous = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return write(1, &places, sizeof(places)) == sizeof(places) ? 0 : 1;
}

static void run_once(const char *program, struct places *places)
{
	int ends[2], status;
	pid_t pid;

	must(pipe(ends) == 0 && (pid = fork()) >= 0);
	if (!pid) {
		must(dup2(ends[1], 1) == 1);
		if (strcmp(program, "/proc/self/exe") != 0)
			must(setuid(1000) == 0);
		execl(program, "program", "--report", NULL);
		_exit(1);
	}
	close(ends[1]);
	must(read(ends[0], places, sizeof(*places)) == sizeof(*places));
	close(ends[0]);
	must(waitpid(pid, &status, 0) == pid && status == 0);
}

static void make_file(const char *name)
{
	int file = open(name, O_RDWR | O_CREAT, 0644);

	must(file >= 0 && ftruncate(file, 8192) == 0 && close(file) == 0);
}

static void set_homes(const char *value)
{
	int setting = open(SETTING, O_WRONLY);

	must(setting >= 0 && write(setting, value, 1) == 1 && close(setting) == 0);
}

/* How many of the runs' places differ from the first's. */
static void count(const char *program, int *code, int *data, int *anonymous, int *stack)
{
	struct places first, next;

	*code = *data = *anonymous = *stack = 0;
	run_once(program, &first);
	must(first.is_secure == (strcmp(program, "/proc/self/exe") != 0));
	for (int i = 1; i < RUNS; i++) {
		run_once(program, &next);
		*code += next.code != first.code;
		*data += next.data != first.data;
		*anonymous += next.anonymous != first.anonymous;
		*stack += next.stack != first.stack;
	}
}

static void strewn(void)
{
	int code, data, anonymous, stack;

	make_file("file");
	if (access(SETTING, F_OK) == 0)
		set_homes("0");
	count("/proc/self/exe", &code, &data, &anonymous, &stack);
	ok(code && data && anonymous && stack, "every program has its own places");
	must(personality(ADDR_NO_RANDOMIZE) >= 0);
	count("/proc/self/exe", &code, &data, &anonymous, &stack);
	is_int(code + data + anonymous + stack, 0, "but for those that are not randomised");
}

static void at_home(void)
{
	int code, data, anonymous, stack;
	char *first, *second;
	int file;

	if (access(SETTING, F_OK)) {
		skip("homes", "only Namu has them");
		return;
	}
	make_file("file");
	make_file("other");
	set_homes("1");
	count("/proc/self/exe", &code, &data, &anonymous, &stack);
	is_int(code, 0, "the code of a file is at home in each");
	ok(data && anonymous && stack, "data, anonymous memory and the stack are not");
	file = open("file", O_RDONLY);
	first = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_DENYWRITE, file, 0);
	second = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_DENYWRITE, file, 0);
	ok(first != MAP_FAILED && second != MAP_FAILED && first != second, "mapped twice it lies elsewhere then");
	file = open("other", O_RDONLY);
	second = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_DENYWRITE, file, 0);
	ok(second != MAP_FAILED && (second + 8192 <= first || second >= first + 8192), "another file has another home");
}

static void privileged(void)
{
	int code, data, anonymous, stack, from, to;
	char bytes[65536];
	ssize_t n;

	make_file("file");
	must(chmod(".", 0755) == 0 && (from = open("/proc/self/exe", O_RDONLY)) >= 0);
	must((to = open("program", O_WRONLY | O_CREAT, 0755)) >= 0);
	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		must(write(to, bytes, (size_t)n) == n);
	must(close(to) == 0 && chmod("program", 04755) == 0);
	if (access(SETTING, F_OK) == 0)
		set_homes("1");
	count("./program", &code, &data, &anonymous, &stack);
	ok(code && data && anonymous && stack, "a set-user-id program has places of its own");
}

static const struct tap_case cases[] = {{"strewn", strewn, 0}, {"at_home", at_home, 0}, {"privileged", privileged, 0}};

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--report"))
		return report();
	return tap_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
