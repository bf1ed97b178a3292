/*
 * stopwatch FILE: times whole programs. Each line of FILE is `NAME REPEATS PROGRAM ARGUMENT...`, or the same with the
 * name "-", which is run and not timed (what a row needs to be there). The best time of the repeats is printed as
 * `NAME MICROSECONDS us`, a program that ends in another way than with status 0 as `NAME failed STATUS`.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 1024
#define WORDS      64

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* One run with its output thrown away; errors are shown, so that a failure has a reason. */
static int run(char **words)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int nowhere = open("/dev/null", O_RDWR);
		dup2(nowhere, 0);
		dup2(nowhere, 1);
		execv(words[0], words);
		perror(words[0]);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("stopwatch");
		exit(1);
	}
	return status;
}

static void row(const char *name, unsigned repeats, char **words)
{
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < repeats; i++) {
		uint64_t start = now_ns();
		int status = run(words);
		uint64_t taken = now_ns() - start;
		if (status != 0) {
			printf("%s failed %#x\n", name, (unsigned)status);
			return;
		}
		best = taken < best ? taken : best;
	}
	if (strcmp(name, "-") != 0)
		printf("%s %.1f us\n", name, (double)best / 1000);
}

static void clock_line(const char *name)
{
	printf("%s %llu ns\n", name, (unsigned long long)now_ns());
}

int main(int argc, char **argv)
{
	char line[LINE_BYTES];
	FILE *file = argc == 2 ? fopen(argv[1], "re") : NULL;

	if (!file) {
		fprintf(stderr, "stopwatch: give it a file of rows\n");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	setenv("PATH", "/usr/bin:/bin:/usr/sbin:/sbin", 1);
	setenv("HOME", "/tmp", 1);
	clock_line("clock_begin");
	while (fgets(line, sizeof(line), file)) {
		char *words[WORDS + 1];
		unsigned count = 0;
		for (char *word = strtok(line, " \n"); word && count < WORDS; word = strtok(NULL, " \n"))
			words[count++] = word;
		words[count] = NULL;
		if (count >= 3 && words[0][0] != '#')
			row(words[0], (unsigned)strtoul(words[1], NULL, 10), words + 2);
	}
	clock_line("clock_end");
	return 0;
}
