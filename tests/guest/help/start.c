/* Started by exec tests: prints what it was started with, one "kind value" a line. */
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char __ehdr_start[] __attribute__((visibility("hidden")));
extern char **environ;
static char bss[3 * 4096];
static int answer = 42;

static void print_auxv(const unsigned long *auxv)
{
	for (; auxv[0] != AT_NULL; auxv += 2) {
		if (auxv[0] == AT_EXECFN || auxv[0] == AT_PLATFORM)
			printf("aux%lu %s\n", auxv[0], (const char *)auxv[1]);
		else if (auxv[0] == AT_RANDOM)
			printf("random %016llx%016llx\n", *(unsigned long long *)auxv[1],
			       *(unsigned long long *)(auxv[1] + 8));
		else
			printf("aux%lu %lu\n", auxv[0], auxv[1]);
	}
}

static int all_zero(const char *p, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (p[i])
			return 0;
	}
	return 1;
}

int main(int argc, char **argv)
{
	char **env = environ;
	struct sigaction action;
	sigset_t set;

	printf("argc %d\n", argc);
	for (int i = 0; i < argc; i++)
		printf("argv %s\n", argv[i]);
	while (*env)
		printf("env %s\n", *env++);
	print_auxv((const unsigned long *)(env + 1));
	printf("ehdr %lu\n", (unsigned long)__ehdr_start);
	printf("bss %d\n", all_zero(bss, sizeof(bss)));
	printf("data %d\n", answer);
	for (int fd = 0; fd < 40; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			printf("fd %d\n", fd);
	}
	for (int signo = 1; signo < 32; signo++) {
		if (sigaction(signo, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			printf("action %d %s\n", signo, action.sa_handler == SIG_IGN ? "ignore" : "handler");
	}
	sigprocmask(SIG_SETMASK, NULL, &set);
	for (int signo = 1; signo < 32; signo++) {
		if (sigismember(&set, signo))
			printf("blocked %d\n", signo);
	}
	sigpending(&set);
	for (int signo = 1; signo < 32; signo++) {
		if (sigismember(&set, signo))
			printf("pending %d\n", signo);
	}
	printf("stackmod %lu\n", (unsigned long)(((uintptr_t)(argv - 1)) % 16));
	return 7;
}
