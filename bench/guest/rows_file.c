/*
 * Rows that measure files: opening, asking, reading from the page cache, making and removing.
 */
#define _GNU_SOURCE
#include "nbench.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int data_fd = -1;

static int run_open_close(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		int fd = open(BENCH_DATA_FILE, O_RDONLY);
		if (fd < 0 || close(fd) != 0) {
			return -1;
		}
	}
	return 0;
}

static int run_stat(const struct bench_row *row, long count)
{
	struct stat status;

	(void)row;
	for (long i = 0; i < count; i++) {
		if (stat(BENCH_DATA_FILE, &status) != 0) {
			return -1;
		}
	}
	return 0;
}

static int setup_read(const struct bench_row *row)
{
	static char whole[65536];

	(void)row;
	data_fd = open(BENCH_DATA_FILE, O_RDONLY);
	return data_fd < 0 || read(data_fd, whole, sizeof whole) != sizeof whole ? -1 : 0;
}

static int run_read(const struct bench_row *row, long count)
{
	static char page[BENCH_PAGE_BYTES] __attribute__((aligned(4096)));

	(void)row;
	for (long i = 0; i < count; i++) {
		if (pread(data_fd, page, sizeof page, (i & 15) * sizeof page) != sizeof page) {
			return -1;
		}
	}
	return 0;
}

static int run_create_unlink(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		int fd = open("/tmp/nbench.file", O_CREAT | O_EXCL | O_WRONLY, 0600);
		if (fd < 0 || close(fd) != 0 || unlink("/tmp/nbench.file") != 0) {
			return -1;
		}
	}
	return 0;
}

const struct bench_row rows_file[] = {
	{.name = "open_close", .unit = "ns", .run = run_open_close},
	{.name = "stat", .unit = "ns", .run = run_stat},
	{.name = "read_4k", .unit = "ns", .run = run_read, .setup = setup_read},
	{.name = "create_unlink", .unit = "ns", .run = run_create_unlink},
	{0},
};
