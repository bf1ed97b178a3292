/*
 * Rows that measure memory: page faults of each kind, mapping, unmapping, protecting.
 */
#define _GNU_SOURCE
#include "nbench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#define SMALL_BYTES    65536ul
#define MOST_PAGES     32768 /* 128 MiB */
#define HUGE_PAGES     512   /* pages of 4 KiB in one of 2 MiB */
#define DATA_PAGES     (BENCH_DATA_BYTES / BENCH_PAGE_BYTES)
#define MOST_DATA_MAPS 64

static char *area;
static char *data_maps[MOST_DATA_MAPS];
static int data_fd = -1;
static pid_t sharer;

static int prepare_fresh(const struct bench_row *row, long count)
{
	area = bench_map(count * BENCH_PAGE_BYTES, row->is_4k);
	return area ? 0 : -1;
}

static int run_touch(const struct bench_row *row, long count)
{
	(void)row;
	bench_touch(area, count * BENCH_PAGE_BYTES);
	return 0;
}

static int finish_area(const struct bench_row *row, long count)
{
	(void)row;
	return munmap(area, count * BENCH_PAGE_BYTES);
}

static void sleep_for_ever(void *argument)
{
	(void)argument;
	for (;;) {
		pause();
	}
}

/* The sleeping child is the other owner of the pages, so each first write has to copy. */
static int prepare_shared(const struct bench_row *row, long count)
{
	if (prepare_fresh(row, count) != 0) {
		return -1;
	}
	bench_touch(area, count * BENCH_PAGE_BYTES);
	sharer = bench_partner(sleep_for_ever, NULL);
	return sharer < 0 ? -1 : 0;
}

static int finish_shared(const struct bench_row *row, long count)
{
	bench_partner_end(sharer);
	return finish_area(row, count);
}

static int setup_data(const struct bench_row *row)
{
	(void)row;
	data_fd = open(BENCH_DATA_FILE, O_RDONLY);
	if (data_fd < 0) {
		return -1;
	}
	if (lseek(data_fd, 0, SEEK_END) < (off_t)BENCH_DATA_BYTES) {
		errno = ENODATA;
		return -1;
	}
	return 0;
}

/* Count is a multiple of DATA_PAGES: that many mappings of the whole file. */
static int prepare_data(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count / (long)DATA_PAGES; i++) {
		data_maps[i] = mmap(NULL, BENCH_DATA_BYTES, PROT_READ, MAP_PRIVATE, data_fd, 0);
		if (data_maps[i] == MAP_FAILED) {
			return -1;
		}
	}
	return 0;
}

static int run_data(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count / (long)DATA_PAGES; i++) {
		for (size_t at = 0; at < BENCH_DATA_BYTES; at += BENCH_PAGE_BYTES) {
			(void)((volatile char *)data_maps[i])[at];
		}
	}
	return 0;
}

static int finish_data(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count / (long)DATA_PAGES; i++) {
		if (munmap(data_maps[i], BENCH_DATA_BYTES) != 0) {
			return -1;
		}
	}
	return 0;
}

static int run_map(const struct bench_row *row, long count)
{
	for (long i = 0; i < count; i++) {
		char *start = mmap(NULL, SMALL_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (start == MAP_FAILED) {
			return -1;
		}
		if (row->bytes) {
			bench_touch(start, SMALL_BYTES);
		}
		if (munmap(start, SMALL_BYTES) != 0) {
			return -1;
		}
	}
	return 0;
}

static int setup_protect(const struct bench_row *row)
{
	(void)row;
	area = bench_map(SMALL_BYTES, 1);
	if (area == NULL) {
		return -1;
	}
	bench_touch(area, SMALL_BYTES);
	return 0;
}

static int run_protect(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		if (mprotect(area, SMALL_BYTES, PROT_READ) != 0 ||
		    mprotect(area, SMALL_BYTES, PROT_READ | PROT_WRITE) != 0) {
			return -1;
		}
	}
	return 0;
}

const struct bench_row rows_memory[] = {
	{.name = "fault_anon",
	 .unit = "ns",
	 .run = run_touch,
	 .prepare = prepare_fresh,
	 .finish = finish_area,
	 .max_count = MOST_PAGES,
	 .is_4k = 1},
	{.name = "fault_anon_thp",
	 .unit = "ns",
	 .run = run_touch,
	 .prepare = prepare_fresh,
	 .finish = finish_area,
	 .step = HUGE_PAGES,
	 .max_count = MOST_PAGES},
	{.name = "fault_cow",
	 .unit = "ns",
	 .run = run_touch,
	 .prepare = prepare_shared,
	 .finish = finish_shared,
	 .max_count = MOST_PAGES,
	 .is_4k = 1},
	{.name = "fault_file",
	 .unit = "ns",
	 .run = run_data,
	 .setup = setup_data,
	 .prepare = prepare_data,
	 .finish = finish_data,
	 .step = DATA_PAGES,
	 .max_count = DATA_PAGES * MOST_DATA_MAPS},
	{.name = "mmap_64k", .unit = "ns", .run = run_map},
	{.name = "mmap_touch_64k", .unit = "ns", .run = run_map, .bytes = SMALL_BYTES},
	{.name = "mprotect_64k", .unit = "ns", .run = run_protect, .setup = setup_protect, .parts = 2},
	{0},
};
