/*
 * Rows that measure how two or more processes take turns: pipes, rings of pipes, sched_yield, futexes.
 */
#define _GNU_SOURCE
#include "nbench.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST_PROCESSES 64
#define CHUNK_BYTES    65536

/* futex(2); musl-gcc has no kernel headers. */
#define FUTEX_WAIT         0
#define FUTEX_WAKE         1
#define FUTEX_PRIVATE_FLAG 128

/* Pipe i is read by process i of the ring; process 0 is the row's own. */
static int ring_pipes[MOST_PROCESSES][2];
static pid_t ring_pids[MOST_PROCESSES];
static char chunk[CHUNK_BYTES];

/* The turn of a pair: 0 is the row's own, 1 the partner's. In shared memory. */
static _Atomic int *turn;
static pid_t partner;

static int full_read(int fd, char *to, size_t bytes)
{
	while (bytes > 0) {
		ssize_t got = read(fd, to, bytes);
		if (got <= 0) {
			return -1;
		}
		to += got;
		bytes -= got;
	}
	return 0;
}

struct ring_place {
	int index;
	int processes;
};

static void pass_token(void *argument)
{
	const struct ring_place *place = argument;
	int in = ring_pipes[place->index][0];
	int out = ring_pipes[(place->index + 1) % place->processes][1];
	char token;

	for (int i = 0; i < place->processes; i++) {
		if (ring_pipes[i][0] != in) {
			close(ring_pipes[i][0]);
		}
		if (ring_pipes[i][1] != out) {
			close(ring_pipes[i][1]);
		}
	}
	while (read(in, &token, 1) == 1 && write(out, &token, 1) == 1) {
	}
}

static int setup_ring(const struct bench_row *row)
{
	struct ring_place place = {.processes = (int)row->parts};

	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < place.processes; i++) {
		if (pipe(ring_pipes[i]) != 0) {
			return -1;
		}
	}
	for (place.index = 1; place.index < place.processes; place.index++) {
		ring_pids[place.index] = bench_partner(pass_token, &place);
		if (ring_pids[place.index] < 0) {
			return -1;
		}
	}
	return 0;
}

static void teardown_ring(const struct bench_row *row)
{
	(void)row;
	for (int i = 1; i < MOST_PROCESSES; i++) {
		bench_partner_end(ring_pids[i]);
	}
}

static int run_ring(const struct bench_row *row, long count)
{
	char token = 'x';
	int last_pipe_out = ring_pipes[1 % row->parts][1];

	for (long i = 0; i < count; i++) {
		if (write(last_pipe_out, &token, 1) != 1 || read(ring_pipes[0][0], &token, 1) != 1) {
			return -1;
		}
	}
	return 0;
}

/* What an end of an epoll pair waits on: its own pipe, and one that never has anything. */
static int epoll_of(int fd)
{
	struct epoll_event event = {.events = EPOLLIN};
	int idle[2], epoll = epoll_create1(0);

	if (epoll < 0 || pipe(idle) != 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, idle[0], &event) != 0 ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
		return -1;
	}
	return epoll;
}

static int answer_by_epoll(int epoll, int in, int out)
{
	struct epoll_event event;
	char token;

	return epoll_wait(epoll, &event, 1, -1) == 1 && read(in, &token, 1) == 1 && write(out, &token, 1) == 1 ? 0 : -1;
}

static void answer_for_ever(void *argument)
{
	int epoll = epoll_of(ring_pipes[1][0]);

	(void)argument;
	while (epoll >= 0 && answer_by_epoll(epoll, ring_pipes[1][0], ring_pipes[0][1]) == 0) {
	}
}

static int row_epoll;

static int setup_epoll(const struct bench_row *row)
{
	char token = 'x';

	(void)row;
	if (pipe(ring_pipes[0]) != 0 || pipe(ring_pipes[1]) != 0) {
		return -1;
	}
	row_epoll = epoll_of(ring_pipes[0][0]);
	ring_pids[1] = bench_partner(answer_for_ever, NULL);
	return row_epoll < 0 || ring_pids[1] < 0 || write(ring_pipes[1][1], &token, 1) != 1 ? -1 : 0;
}

static int run_epoll(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		if (answer_by_epoll(row_epoll, ring_pipes[0][0], ring_pipes[1][1]) != 0) {
			return -1;
		}
	}
	return 0;
}

/* A round trip is a lap of a ring of two, counted whole. */
static int setup_pipe_rtt(const struct bench_row *row)
{
	struct bench_row pair = *row;

	pair.parts = 2;
	return setup_ring(&pair);
}

static int run_pipe_rtt(const struct bench_row *row, long count)
{
	struct bench_row pair = *row;

	pair.parts = 2;
	return run_ring(&pair, count);
}

static int setup_pipe_self(const struct bench_row *row)
{
	(void)row;
	return pipe(ring_pipes[0]);
}

static int run_pipe_self(const struct bench_row *row, long count)
{
	char token = 'x';

	(void)row;
	for (long i = 0; i < count; i++) {
		if (write(ring_pipes[0][1], &token, 1) != 1 || read(ring_pipes[0][0], &token, 1) != 1) {
			return -1;
		}
	}
	return 0;
}

static void write_for_ever(void *argument)
{
	(void)argument;
	close(ring_pipes[0][0]);
	while (write(ring_pipes[0][1], chunk, sizeof chunk) > 0) {
	}
}

static int setup_pipe_bandwidth(const struct bench_row *row)
{
	(void)row;
	memset(chunk, 'x', sizeof chunk);
	if (pipe(ring_pipes[0]) != 0) {
		return -1;
	}
	ring_pids[1] = bench_partner(write_for_ever, NULL);
	close(ring_pipes[0][1]);
	return ring_pids[1] < 0 ? -1 : 0;
}

static int run_pipe_bandwidth(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		if (full_read(ring_pipes[0][0], chunk, sizeof chunk) != 0) {
			return -1;
		}
	}
	return 0;
}

static int setup_turn(void)
{
	turn = mmap(NULL, BENCH_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return turn == MAP_FAILED ? -1 : 0;
}

static void take_turns_by_yield(int mine, long count)
{
	for (long i = 0; i < count; i++) {
		while (atomic_load(turn) != mine) {
			sched_yield();
		}
		atomic_store(turn, !mine);
	}
	while (mine == 0 && atomic_load(turn) != 0) {
		sched_yield();
	}
}

static void yield_for_ever(void *argument)
{
	(void)argument;
	for (;;) {
		take_turns_by_yield(1, 1000000);
	}
}

static int setup_yield(const struct bench_row *row)
{
	(void)row;
	if (setup_turn() != 0) {
		return -1;
	}
	partner = bench_partner(yield_for_ever, NULL);
	return partner < 0 ? -1 : 0;
}

static int run_yield(const struct bench_row *row, long count)
{
	(void)row;
	take_turns_by_yield(0, count);
	return 0;
}

static void teardown_partner(const struct bench_row *row)
{
	(void)row;
	bench_partner_end(partner);
}

static long futex(int operation, int value)
{
	return syscall(SYS_futex, turn, operation, value, NULL, NULL, 0);
}

/* Give the turn away, wake the other, sleep until it comes back; a private futex for threads, a shared for processes.
 */
static void take_turns_by_futex(int mine, long count, int flags)
{
	for (long i = 0; i < count; i++) {
		while (atomic_load(turn) != mine) {
			futex(FUTEX_WAIT | flags, !mine);
		}
		atomic_store(turn, !mine);
		futex(FUTEX_WAKE | flags, 1);
	}
	while (mine == 0 && atomic_load(turn) != 0) {
		futex(FUTEX_WAIT | flags, 1);
	}
}

static void futex_process(void *argument)
{
	(void)argument;
	for (;;) {
		take_turns_by_futex(1, 1000000, 0);
	}
}

static int futex_thread(void *argument)
{
	(void)argument;
	for (;;) {
		take_turns_by_futex(1, 1000000, FUTEX_PRIVATE_FLAG);
	}
	return 0;
}

static int setup_futex_process(const struct bench_row *row)
{
	(void)row;
	if (setup_turn() != 0) {
		return -1;
	}
	partner = bench_partner(futex_process, NULL);
	return partner < 0 ? -1 : 0;
}

/* A bare thread; it has the first thread's errno, which neither of the two reads. It ends with the process. */
static int setup_futex_thread(const struct bench_row *row)
{
	static char stack[65536] __attribute__((aligned(16)));
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

	(void)row;
	if (setup_turn() != 0) {
		return -1;
	}
	return clone(futex_thread, stack + sizeof stack, flags, NULL) < 0 ? -1 : 0;
}

static int run_futex_process(const struct bench_row *row, long count)
{
	(void)row;
	take_turns_by_futex(0, count, 0);
	return 0;
}

static int run_futex_thread(const struct bench_row *row, long count)
{
	(void)row;
	take_turns_by_futex(0, count, FUTEX_PRIVATE_FLAG);
	return 0;
}

#define RING_ROW(label, processes)                                                                            \
	{                                                                                                     \
		.name = label, .unit = "us", .run = run_ring, .setup = setup_ring, .teardown = teardown_ring, \
		.parts = processes                                                                            \
	}

const struct bench_row rows_ipc[] = {
	{.name = "pipe_rtt", .unit = "us", .run = run_pipe_rtt, .setup = setup_pipe_rtt, .teardown = teardown_ring},
	{.name = "epoll_rtt", .unit = "us", .run = run_epoll, .setup = setup_epoll, .teardown = teardown_ring},
	RING_ROW("ring_2", 2),
	RING_ROW("ring_16", 16),
	RING_ROW("ring_64", 64),
	{.name = "pipe_self", .unit = "ns", .run = run_pipe_self, .setup = setup_pipe_self},
	{.name = "pipe_bw",
	 .unit = "MB/s",
	 .run = run_pipe_bandwidth,
	 .setup = setup_pipe_bandwidth,
	 .teardown = teardown_ring,
	 .bytes = CHUNK_BYTES},
	{.name = "yield_switch",
	 .unit = "us",
	 .run = run_yield,
	 .setup = setup_yield,
	 .teardown = teardown_partner,
	 .parts = 2},
	{.name = "futex_thread_rtt", .unit = "us", .run = run_futex_thread, .setup = setup_futex_thread},
	{.name = "futex_process_rtt",
	 .unit = "us",
	 .run = run_futex_process,
	 .setup = setup_futex_process,
	 .teardown = teardown_partner},
	{0},
};
