/*
 * Rows that measure the life of a process: fork, exec, exit and wait, with little and with much memory touched.
 */
#define _GNU_SOURCE
#include "nbench.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB         (1ul << 20)
#define TABLE_BYTES (2 * MIB) /* what one page table of the last level maps */

extern char **environ;

static char *touched;
static char *const tiny_arguments[] = {"tiny", NULL};

static int setup_touched(const struct bench_row *row)
{
	touched = bench_map(row->bytes, row->is_4k);
	if (touched == NULL) {
		return -1;
	}
	bench_touch(touched, row->bytes);
	return 0;
}

/* Collect one child, which must have ended by exit(0). */
static int collect(pid_t pid)
{
	int status;

	if (pid < 0) {
		return -1;
	}
	while (waitpid(pid, &status, 0) != pid) {
		if (errno != EINTR) {
			return -1;
		}
	}
	errno = ENOEXEC;
	return status == 0 ? 0 : -1;
}

static int run_fork_exit(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			_exit(0);
		}
		if (collect(pid) != 0) {
			return -1;
		}
	}
	return 0;
}

/* The child writes a byte into each page table's reach: what fork put off has to be paid here. */
static int run_fork_dirty(const struct bench_row *row, long count)
{
	for (long i = 0; i < count; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			for (size_t at = 0; at < row->bytes; at += TABLE_BYTES) {
				((volatile char *)touched)[at] = 2;
			}
			_exit(0);
		}
		if (collect(pid) != 0) {
			return -1;
		}
	}
	return 0;
}

static int run_fork_exec(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			execve(BENCH_TINY_PROGRAM, tiny_arguments, environ);
			_exit(127);
		}
		if (collect(pid) != 0) {
			return -1;
		}
	}
	return 0;
}

static pid_t vfork_tiny(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execve(BENCH_TINY_PROGRAM, tiny_arguments, environ);
		_exit(127);
	}
	return pid;
}

static int run_vfork_exec(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		if (collect(vfork_tiny()) != 0) {
			return -1;
		}
	}
	return 0;
}

static int run_posix_spawn(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		pid_t pid;
		int error = posix_spawn(&pid, BENCH_TINY_PROGRAM, NULL, NULL, tiny_arguments, environ);
		if (error != 0) {
			errno = error;
			return -1;
		}
		if (collect(pid) != 0) {
			return -1;
		}
	}
	return 0;
}

#define FORK_ROW(label, mib, small)                                                                            \
	{                                                                                                      \
		.name = label, .unit = "us", .run = run_fork_exit, .setup = setup_touched, .bytes = (mib)*MIB, \
		.is_4k = small                                                                                 \
	}

const struct bench_row rows_process[] = {
	{.name = "fork_exit", .unit = "us", .run = run_fork_exit},
	FORK_ROW("fork_exit_1m", 1, 0),
	FORK_ROW("fork_exit_16m", 16, 0),
	FORK_ROW("fork_exit_64m", 64, 0),
	FORK_ROW("fork_exit_256m", 256, 0),
	FORK_ROW("fork_exit_16m_4k", 16, 1),
	FORK_ROW("fork_exit_64m_4k", 64, 1),
	FORK_ROW("fork_exit_256m_4k", 256, 1),
	{.name = "fork_dirty_64m_4k",
	 .unit = "us",
	 .run = run_fork_dirty,
	 .setup = setup_touched,
	 .bytes = 64 * MIB,
	 .is_4k = 1},
	{.name = "fork_exec", .unit = "us", .run = run_fork_exec},
	{.name = "vfork_exec", .unit = "us", .run = run_vfork_exec},
	{.name = "posix_spawn", .unit = "us", .run = run_posix_spawn},
	{0},
};
