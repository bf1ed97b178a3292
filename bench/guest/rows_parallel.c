/*
 * Rows in which several processes or threads work at once: thread creation, senders and receivers in groups (the
 * pattern of the well-known hackbench), and the same work by one, two and four workers, which shows how it scales with
 * processors. Workers are made and ready before a run's time begins.
 */
#define _GNU_SOURCE
#include "nbench.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define GROUPS        2
#define SENDERS       5 /* in a group; as many receivers, each of which hears every sender */
#define MOST_WORKERS  (GROUPS * SENDERS * 2)
#define MESSAGE_BYTES 100
#define STRETCH_PAGES 128 /* a worker maps, touches and unmaps so many pages at a time */

struct worker {
	const struct bench_row *row;
	long count;
	int group, index; /* a receiver's index is SENDERS or more */
	pid_t pid;
	pthread_t thread;
};

static struct worker workers[MOST_WORKERS];
static int worker_count;
static int ready_pipe[2], start_pipe[2];
static int lines[GROUPS][SENDERS][2]; /* one socket pair a receiver: 0 is read, 1 written */

/* Tell that this worker is ready; wait until all may start: the row closes the pipe's other end. */
static int wait_for_start(void)
{
	struct pollfd start = {.fd = start_pipe[0], .events = POLLIN};

	return write(ready_pipe[1], "r", 1) == 1 && poll(&start, 1, -1) == 1 ? 0 : -1;
}

static int send_all(const struct worker *worker)
{
	char message[MESSAGE_BYTES] = {0};

	for (long i = 0; i < worker->count; i++) {
		for (int to = 0; to < SENDERS; to++) {
			if (write(lines[worker->group][to][1], message, sizeof message) != sizeof message) {
				return -1;
			}
		}
	}
	return 0;
}

static int receive_all(const struct worker *worker)
{
	char message[MESSAGE_BYTES];
	int from = lines[worker->group][worker->index - SENDERS][0];
	long left = worker->count * SENDERS * MESSAGE_BYTES;

	while (left > 0) {
		ssize_t got = read(from, message, sizeof message);
		if (got <= 0) {
			return -1;
		}
		left -= got;
	}
	return 0;
}

static int work_messages(const struct worker *worker)
{
	return worker->index < SENDERS ? send_all(worker) : receive_all(worker);
}

static int work_forks(const struct worker *worker)
{
	for (long i = 0; i < worker->count; i++) {
		int status;
		pid_t pid = fork();
		if (pid == 0) {
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
			return -1;
		}
	}
	return 0;
}

static int work_faults(const struct worker *worker)
{
	const size_t bytes = STRETCH_PAGES * BENCH_PAGE_BYTES;

	for (long done = 0; done < worker->count; done += STRETCH_PAGES) {
		char *area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (area == MAP_FAILED) {
			return -1;
		}
		bench_touch(area, bytes);
		if (munmap(area, bytes) != 0) {
			return -1;
		}
	}
	return 0;
}

static int work(const struct worker *worker)
{
	if (wait_for_start() != 0) {
		return -1;
	}
	switch (worker->row->work) {
	case BENCH_MESSAGES:
		return work_messages(worker);
	case BENCH_FORKS:
		return work_forks(worker);
	default:
		return work_faults(worker);
	}
}

static void *thread_main(void *argument)
{
	return work(argument) == 0 ? argument : NULL;
}

static int start_worker(struct worker *worker)
{
	if (worker->row->is_threads) {
		errno = pthread_create(&worker->thread, NULL, thread_main, worker);
		return errno == 0 ? 0 : -1;
	}
	worker->pid = fork();
	if (worker->pid == 0) {
		/* Or the pipe would not be closed when the row closes it. */
		close(start_pipe[1]);
		alarm(BENCH_ROW_LIMIT_SECONDS);
		_exit(work(worker) == 0 ? 0 : 1);
	}
	return worker->pid < 0 ? -1 : 0;
}

static int open_lines(void)
{
	for (int group = 0; group < GROUPS; group++) {
		for (int to = 0; to < SENDERS; to++) {
			if (socketpair(AF_UNIX, SOCK_STREAM, 0, lines[group][to]) != 0) {
				return -1;
			}
		}
	}
	return 0;
}

/* All workers are made and have said that they are ready. */
static int prepare_workers(const struct bench_row *row, long count)
{
	char byte;

	worker_count = row->work == BENCH_MESSAGES ? MOST_WORKERS : (int)row->parts;
	if (pipe(ready_pipe) != 0 || pipe(start_pipe) != 0 || (row->work == BENCH_MESSAGES && open_lines() != 0)) {
		return -1;
	}
	for (int i = 0; i < worker_count; i++) {
		workers[i] = (struct worker){
			.row = row,
			.count = count,
			.group = i / (2 * SENDERS),
			.index = i % (2 * SENDERS),
		};
		if (start_worker(&workers[i]) != 0) {
			return -1;
		}
	}
	for (int i = 0; i < worker_count; i++) {
		if (read(ready_pipe[0], &byte, 1) != 1) {
			return -1;
		}
	}
	return 0;
}

static int run_workers(const struct bench_row *row, long count)
{
	int failures = 0;

	(void)count;
	close(start_pipe[1]);
	for (int i = 0; i < worker_count; i++) {
		void *result;
		int status;
		if (row->is_threads) {
			failures += pthread_join(workers[i].thread, &result) != 0 || result == NULL;
		} else {
			failures += waitpid(workers[i].pid, &status, 0) != workers[i].pid || status != 0;
		}
	}
	errno = EPROTO; /* a worker has failed */
	return failures ? -1 : 0;
}

static int finish_workers(const struct bench_row *row, long count)
{
	(void)count;
	close(ready_pipe[0]);
	close(ready_pipe[1]);
	close(start_pipe[0]);
	for (int i = 0; row->work == BENCH_MESSAGES && i < GROUPS * SENDERS; i++) {
		close(lines[i / SENDERS][i % SENDERS][0]);
		close(lines[i / SENDERS][i % SENDERS][1]);
	}
	return 0;
}

static void *do_nothing(void *argument)
{
	return argument;
}

static int run_thread_create(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		pthread_t thread;
		errno = pthread_create(&thread, NULL, do_nothing, NULL);
		if (errno != 0 || pthread_join(thread, NULL) != 0) {
			return -1;
		}
	}
	return 0;
}

#define WORKERS_ROW(label, measure_unit, what, threads, number)                                      \
	{                                                                                            \
		.name = label, .unit = measure_unit, .run = run_workers, .prepare = prepare_workers, \
		.finish = finish_workers, .work = what, .is_threads = threads, .parts = number,      \
		.step = (what) == BENCH_FAULTS ? STRETCH_PAGES : 1                                   \
	}

const struct bench_row rows_parallel[] = {
	{.name = "thread_create", .unit = "us", .run = run_thread_create},
	WORKERS_ROW("hackbench_process", "us", BENCH_MESSAGES, 0, GROUPS *SENDERS *SENDERS),
	WORKERS_ROW("hackbench_thread", "us", BENCH_MESSAGES, 1, GROUPS *SENDERS *SENDERS),
	WORKERS_ROW("fork_by_1", "us", BENCH_FORKS, 0, 1),
	WORKERS_ROW("fork_by_2", "us", BENCH_FORKS, 0, 2),
	WORKERS_ROW("fork_by_4", "us", BENCH_FORKS, 0, 4),
	WORKERS_ROW("fault_by_1", "ns", BENCH_FAULTS, 0, 1),
	WORKERS_ROW("fault_by_2", "ns", BENCH_FAULTS, 0, 2),
	WORKERS_ROW("fault_by_4", "ns", BENCH_FAULTS, 0, 4),
	WORKERS_ROW("fault_threads_2", "ns", BENCH_FAULTS, 1, 2),
	WORKERS_ROW("fault_threads_4", "ns", BENCH_FAULTS, 1, 4),
	{0},
};
