/*
 * memprobe: how much memory a program really gets. Prints "total_kb", "available_kb" (what /proc/meminfo says) and
 * "touched_kb": a child maps and touches memory until it is refused or killed.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK_KB 256L

static long meminfo_kb(const char *field)
{
	char line[128];
	long value = -1;
	FILE *file = fopen("/proc/meminfo", "r");

	if (file == NULL) {
		return -1;
	}
	while (value < 0 && fgets(line, sizeof line, file)) {
		if (strncmp(line, field, strlen(field)) == 0) {
			sscanf(line + strlen(field), ": %ld", &value);
		}
	}
	fclose(file);
	return value;
}

/* Each page is counted as soon as it is there, as the end may come at any of them. */
static void touch_all(volatile long *touched_kb)
{
	for (;;) {
		char *chunk = mmap(NULL, CHUNK_KB * 1024, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (chunk == MAP_FAILED) {
			_exit(0);
		}
		for (long kb = 0; kb < CHUNK_KB; kb += 4) {
			((volatile char *)chunk)[kb * 1024] = 1;
			*touched_kb += 4;
		}
	}
}

int main(void)
{
	volatile long *touched_kb = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (touched_kb == MAP_FAILED) {
		perror("memprobe: mmap");
		return 1;
	}
	printf("total_kb %ld\navailable_kb %ld\n", meminfo_kb("MemTotal"), meminfo_kb("MemAvailable"));
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		touch_all(touched_kb);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid) {
		perror("memprobe: fork");
		return 1;
	}
	printf("touched_kb %ld\n", *touched_kb);
	return 0;
}
