/*
 * qemu_stamp: stands in QEMU's place. It writes the moment into the file named by BENCH_STAMP (CLOCK_MONOTONIC, ns),
 * adds the arguments of BENCH_QEMU_EXTRA (parted by blanks) and becomes the program named by BENCH_QEMU. So both
 * sides are timed from the same event, the exec of QEMU, whatever started it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MOST_ARGUMENTS 256

static int write_stamp(const char *path)
{
	struct timespec now;
	FILE *file = fopen(path, "w");

	if (file == NULL || clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
		return -1;
	}
	fprintf(file, "%lld\n", now.tv_sec * 1000000000ll + now.tv_nsec);
	return fclose(file);
}

int main(int argc, char **argv)
{
	static char *arguments[MOST_ARGUMENTS + 1];
	const char *stamp = getenv("BENCH_STAMP");
	const char *qemu = getenv("BENCH_QEMU");
	char *extra = getenv("BENCH_QEMU_EXTRA");
	int count = 0;

	for (int i = 0; i < argc && count < MOST_ARGUMENTS; i++) {
		arguments[count++] = argv[i];
	}
	for (char *word = extra ? strtok(extra, " ") : NULL; word && count < MOST_ARGUMENTS; word = strtok(NULL, " ")) {
		arguments[count++] = word;
	}
	if (qemu == NULL || count == MOST_ARGUMENTS) {
		fprintf(stderr, "qemu_stamp: BENCH_QEMU is not set, or there are too many arguments\n");
		return 127;
	}
	if (stamp && write_stamp(stamp) != 0) {
		perror("qemu_stamp: BENCH_STAMP");
		return 127;
	}
	execv(qemu, arguments);
	perror(qemu);
	return 127;
}
