/*
 * nbench: the benchmark's program, the same binary on Linux and on Namu.
 *
 * Prints a line "row value unit" for each row, or "row failed reason". Each value is the best of many short runs by
 * CLOCK_MONOTONIC: a run shorter than the host's time slice is sometimes left alone, and the best one is. Under
 * QEMU's -icount shift=0 a nanosecond is one instruction. The lines clock_begin and clock_end let the host compare
 * the guest's clock with its own.
 */
#define _GNU_SOURCE
#include "nbench.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long quantum_us = 2000; /* the least length of a timed run */
static long runs = 10;
static long clock_cost_ns;
static const char *wanted_rows; /* "a,b,c"; NULL means all */
static const char *progress_text;

static const struct bench_row *const areas[] = {
	rows_control, rows_call,   rows_signal, rows_process, rows_ipc,      rows_socket,
	rows_queue,   rows_memory, rows_file,   rows_time,    rows_parallel, rows_control_end,
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

/* One line in one write, so that lines of several processes never mix. */
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	char line[160];
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	if (length > (int)sizeof line - 1) {
		length = sizeof line - 1;
	}
	if (write(STDOUT_FILENO, line, length) != length) {
		_exit(3);
	}
}

pid_t bench_partner(void (*body)(void *), void *argument)
{
	pid_t pid = fork();

	if (pid != 0) {
		return pid;
	}
	/* The alarm holds where the death signal is not known; both are there so that no partner outlives its row. */
	alarm(BENCH_ROW_LIMIT_SECONDS);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	body(argument);
	_exit(0);
}

void bench_partner_end(pid_t pid)
{
	if (pid > 0) {
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
		}
	}
}

char *bench_map(size_t bytes, int is_4k)
{
	const size_t huge = 2ul << 20;
	char *raw = mmap(NULL, bytes + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (raw == MAP_FAILED) {
		return NULL;
	}
	char *start = (char *)(((uintptr_t)raw + huge - 1) & ~(huge - 1));
	if (start > raw) {
		munmap(raw, start - raw);
	}
	munmap(start + bytes, raw + huge - start);
	/* A kernel without huge pages may refuse the advice, and has then nothing to be advised of. */
	madvise(start, bytes, is_4k ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
	return start;
}

void bench_touch(char *start, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += BENCH_PAGE_BYTES) {
		((volatile char *)start)[at] = 1;
	}
}

/* One timed run of `count` operations. Returns its length in ns, or -1 with errno set. */
static int64_t timed_run(const struct bench_row *row, long count)
{
	if (row->prepare && row->prepare(row, count) != 0) {
		return -1;
	}
	int64_t start = now_ns();
	int64_t result = row->measure ? row->measure(row, count) : row->run(row, count);
	int64_t length = row->measure ? result : now_ns() - start - clock_cost_ns;
	int saved_errno = errno;
	if (row->finish && row->finish(row, count) != 0) {
		return -1;
	}
	errno = saved_errno;
	return result < 0 ? -1 : length > 0 ? length : 1;
}

static long rounded_count(const struct bench_row *row, long count)
{
	long step = row->step ? row->step : 1;
	count = (count + step - 1) / step * step;
	return row->max_count && count > row->max_count ? row->max_count : count;
}

/*
 * The count that makes a run as long as the quantum. A length is the shorter of two runs: one run delayed by the host
 * would end the calibration early.
 */
static long calibrated_count(const struct bench_row *row)
{
	const int64_t quantum_ns = quantum_us * 1000;
	long count = rounded_count(row, 1);

	for (;;) {
		int64_t first = timed_run(row, count);
		int64_t second = first < 0 ? -1 : timed_run(row, count);
		if (second < 0) {
			return -1;
		}
		int64_t length = first < second ? first : second;
		long next = length * 16 < quantum_ns ? count * 8 : (long)(count * 1.1 * quantum_ns / length) + 1;
		next = rounded_count(row, next);
		if (length >= quantum_ns * 9 / 10 || next <= count) {
			return count;
		}
		count = next;
	}
}

/* Best time of an operation in ns. Returns 0, or -1 with errno set. */
static int measure_row(const struct bench_row *row, double *result_ns)
{
	progress_text = "setup";
	if (row->setup && row->setup(row) != 0) {
		return -1;
	}
	progress_text = "run";
	long count = calibrated_count(row);
	int64_t best = INT64_MAX;
	for (long i = 0; count > 0 && i < runs; i++) {
		int64_t length = timed_run(row, count);
		if (length < 0) {
			count = -1;
			break;
		}
		best = length < best ? length : best;
	}
	int saved_errno = errno;
	if (row->teardown) {
		row->teardown(row);
	}
	errno = saved_errno;
	*result_ns = (double)best / count / (row->parts ? row->parts : 1);
	return count > 0 ? 0 : -1;
}

static void print_row(const struct bench_row *row, double ns)
{
	double value = ns;

	if (strcmp(row->unit, "us") == 0) {
		value = ns / 1000;
	} else if (strcmp(row->unit, "MB/s") == 0) {
		value = row->bytes * 1000.0 / ns;
	}
	say("%s %.5g %s\n", row->name, value, row->unit);
}

static int is_wanted(const char *name)
{
	size_t length = strlen(name);

	for (const char *at = wanted_rows; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
		if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == 0)) {
			return 1;
		}
	}
	return wanted_rows == NULL;
}

/* A row in a process of its own: what it maps, opens or breaks ends with it. */
static int run_row(const struct bench_row *row)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		double ns;
		alarm(BENCH_ROW_LIMIT_SECONDS);
		if (measure_row(row, &ns) != 0) {
			say("%s failed %s: %s\n", row->name, progress_text, strerror(errno));
			_exit(1);
		}
		print_row(row, ns);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		say("%s failed fork or wait: %s\n", row->name, strerror(errno));
		return 1;
	}
	if (WIFSIGNALED(status)) {
		say("%s failed ended by signal %d\n", row->name, WTERMSIG(status));
	}
	return status != 0;
}

static void read_options(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--quantum-us") == 0) {
			quantum_us = atol(argv[i + 1]);
		} else if (strcmp(argv[i], "--runs") == 0) {
			runs = atol(argv[i + 1]);
		} else if (strcmp(argv[i], "--rows") == 0) {
			wanted_rows = argv[i + 1];
		}
	}
	if (quantum_us <= 0 || runs <= 0) {
		say("nbench failed usage: nbench [--quantum-us N] [--runs N] [--rows A,B]\n");
		_exit(2);
	}
}

int main(int argc, char **argv)
{
	int failures = 0;

	read_options(argc, argv);
	clock_cost_ns = INT64_MAX;
	for (int i = 0; i < 100; i++) {
		int64_t start = now_ns();
		int64_t cost = now_ns() - start;
		clock_cost_ns = cost < clock_cost_ns ? cost : clock_cost_ns;
	}
	say("clock_begin %lld ns\n", (long long)now_ns());
	for (size_t area = 0; area < sizeof areas / sizeof areas[0]; area++) {
		for (const struct bench_row *row = areas[area]; row->name; row++) {
			failures += is_wanted(row->name) ? run_row(row) : 0;
		}
	}
	say("clock_end %lld ns\n", (long long)now_ns());
	return failures != 0;
}
