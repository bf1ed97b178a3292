/*
 * Where the parts of a program lie: run many times, it counts the bits in which the addresses differ; with
 * ADDR_NO_RANDOMIZE there must be none.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUNS  64
#define PARTS 5

/* The least that Linux's defaults give on x86-64, in bits. */
static const struct {
	const char *name;
	int bits;
} parts[PARTS] = {{"program", 28}, {"heap", 13}, {"mappings", 28}, {"stack", 22}, {"vdso", 20}};

static void print_places(void)
{
	uint64_t places[PARTS] = {(uintptr_t)print_places, (uintptr_t)syscall(SYS_brk, 0),
				  (uintptr_t)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
				  (uintptr_t)&places, getauxval(AT_SYSINFO_EHDR)};

	if (write(1, places, sizeof(places)) != sizeof(places))
		exit(1);
}

static int run_once(uint64_t places[PARTS])
{
	int ends[2], status;

	if (pipe(ends))
		return 0;
	pid_t pid = fork();
	if (!pid) {
		dup2(ends[1], 1);
		execl("/proc/self/exe", "places", "show", NULL);
		_exit(1);
	}
	close(ends[1]);
	int is_whole = read(ends[0], places, PARTS * sizeof(uint64_t)) == PARTS * sizeof(uint64_t);
	close(ends[0]);
	return waitpid(pid, &status, 0) == pid && status == 0 && is_whole;
}

static void run_many(int is_random)
{
	uint64_t first[PARTS], next[PARTS], differ[PARTS] = {0};

	if (!run_once(first))
		puts("no first run");
	for (int run = 1; run < RUNS; run++) {
		if (!run_once(next))
			puts("a run failed");
		for (int i = 0; i < PARTS; i++)
			differ[i] |= first[i] ^ next[i];
	}
	for (int i = 0; i < PARTS; i++) {
		int bits = __builtin_popcountll(differ[i] >> 12);
		int is_right = is_random ? bits >= parts[i].bits : differ[i] == 0;
		printf("%s: %s", parts[i].name, is_right ? "as it should be\n" : "");
		if (!is_right)
			printf("%d bits differ, not %d\n", bits, is_random ? parts[i].bits : 0);
	}
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "show")) {
		print_places();
		return 0;
	}
	setvbuf(stdout, NULL, _IONBF, 0);
	run_many(1);
	puts("with ADDR_NO_RANDOMIZE:");
	if (personality(ADDR_NO_RANDOMIZE) < 0)
		puts("personality failed");
	run_many(0);
	return 0;
}
