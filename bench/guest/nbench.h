/*
 * What a row of the benchmark is, and how it is timed.
 *
 * A row runs in a process of its own. `setup` is called once; then, for each timed run, `prepare` (not timed),
 * `run` (timed) and `finish` (not timed), all with the same count of operations. Each returns 0, or -1 with errno
 * set, which ends the row. Processes that a row starts are ended by the row's own `teardown`.
 */
#ifndef NBENCH_H
#define NBENCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What the workers of a row do at once. */
enum bench_work {
	BENCH_MESSAGES, /* groups of senders and receivers */
	BENCH_FORKS,
	BENCH_FAULTS
};

struct bench_row {
	const char *name;
	const char *unit; /* "ns", "us" (per operation) or "MB/s" */
	int (*run)(const struct bench_row *row, long count);
	int64_t (*measure)(const struct bench_row *row, long count); /* instead of run: the ns that count, or -1 */
	int (*setup)(const struct bench_row *row);
	int (*prepare)(const struct bench_row *row, long count);
	int (*finish)(const struct bench_row *row, long count);
	void (*teardown)(const struct bench_row *row);
	long parts;     /* one operation of `run` counts for so many; 0 means 1 */
	long step;      /* counts are multiples of this; 0 means 1 */
	long max_count; /* no run is longer; 0 means no bound */
	size_t bytes;   /* moved by one operation (MB/s), or the size the row is about */
	int is_4k;      /* huge pages are refused */
	enum bench_work work;
	int is_threads; /* the workers are threads of one process */
};

/* The rows, by area; each list ends with a row without a name. */
extern const struct bench_row rows_control[];
extern const struct bench_row rows_call[];
extern const struct bench_row rows_signal[];
extern const struct bench_row rows_process[];
extern const struct bench_row rows_ipc[];
extern const struct bench_row rows_socket[];
extern const struct bench_row rows_queue[];
extern const struct bench_row rows_memory[];
extern const struct bench_row rows_file[];
extern const struct bench_row rows_time[];
extern const struct bench_row rows_parallel[];
extern const struct bench_row rows_control_end[];

#define BENCH_DATA_FILE         "/bench/data" /* BENCH_DATA_BYTES bytes, in the root image */
#define BENCH_DATA_BYTES        (4ul << 20)
#define BENCH_TINY_PROGRAM      "/bench/tiny"
#define BENCH_PAGE_BYTES        4096ul
#define BENCH_ROW_LIMIT_SECONDS 60 /* a row that takes longer is ended */

/* Start a partner process that runs `body` and never returns from it; it ends with the row. Returns its pid or -1. */
pid_t bench_partner(void (*body)(void *), void *argument);

/* End a partner and collect it. */
void bench_partner_end(pid_t pid);

/* Map fresh private memory, aligned to 2 MiB, with or without huge pages. NULL on failure, errno set. */
char *bench_map(size_t bytes, int is_4k);

/* Write one byte into each page. */
void bench_touch(char *start, size_t bytes);

#endif
