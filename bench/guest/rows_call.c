/*
 * Rows that measure the way into the kernel and back, signals, and the controls, which never enter the kernel and
 * must be equal on both sides.
 */
#define _GNU_SOURCE
#include "nbench.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int run_loop(const struct bench_row *row, long count)
{
	uint64_t x = 88172645463325252ull;

	(void)row;
	for (long i = 0; i < count; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	__asm__ volatile("" : : "r"(x));
	return 0;
}

static int run_memory(const struct bench_row *row, long count)
{
	static uint64_t from[8192], to[8192];

	(void)row;
	for (long i = 0; i < count; i++) {
		for (size_t word = 0; word < 8192; word += 4) {
			to[word] = from[word];
			to[word + 1] = from[word + 1];
			to[word + 2] = from[word + 2];
			to[word + 3] = from[word + 3];
			__asm__ volatile("" : : "r"(to) : "memory");
		}
	}
	return 0;
}

/* The bare instruction, so that the row holds nothing of the C library. */
static inline long bare_call(long number)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number) : "rcx", "r11", "memory");
	return result;
}

static int run_null_syscall(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		bare_call(SYS_getppid);
	}
	return 0;
}

static int run_getpid(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		getpid();
	}
	return 0;
}

static int run_clock_read(const struct bench_row *row, long count)
{
	struct timespec now;

	(void)row;
	for (long i = 0; i < count; i++) {
		if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
			return -1;
		}
	}
	return 0;
}

static volatile sig_atomic_t signals_seen;

static void count_signal(int number)
{
	(void)number;
	signals_seen++;
}

static int run_signal_install(const struct bench_row *row, long count)
{
	struct sigaction action = {.sa_handler = count_signal};

	(void)row;
	for (long i = 0; i < count; i++) {
		if (sigaction(SIGUSR1, &action, NULL) != 0) {
			return -1;
		}
	}
	return 0;
}

static int setup_signal(const struct bench_row *row)
{
	return run_signal_install(row, 1);
}

static int run_signal_self(const struct bench_row *row, long count)
{
	pid_t self = getpid();

	(void)row;
	signals_seen = 0;
	for (long i = 0; i < count; i++) {
		if (kill(self, SIGUSR1) != 0) {
			return -1;
		}
	}
	errno = EPROTO; /* in case a signal was lost: the only way to get here with another count */
	return signals_seen == (sig_atomic_t)count ? 0 : -1;
}

static pid_t partner;
static sigset_t open_mask; /* what is blocked while one waits: not SIGUSR1 */

static void wait_for_signal(void)
{
	while (signals_seen == 0) {
		sigsuspend(&open_mask);
	}
	signals_seen = 0;
}

static void answer_signals(void *argument)
{
	pid_t other = *(pid_t *)argument;

	do {
		wait_for_signal();
	} while (kill(other, SIGUSR1) == 0);
}

static int setup_signal_pair(const struct bench_row *row)
{
	pid_t self = getpid();
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	if (setup_signal(row) != 0 || sigprocmask(SIG_BLOCK, &blocked, &open_mask) != 0) {
		return -1;
	}
	partner = bench_partner(answer_signals, &self);
	return partner < 0 ? -1 : 0;
}

static int run_signal_pair(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		if (kill(partner, SIGUSR1) != 0) {
			return -1;
		}
		wait_for_signal();
	}
	return 0;
}

static void teardown_signal_pair(const struct bench_row *row)
{
	(void)row;
	bench_partner_end(partner);
}

const struct bench_row rows_control[] = {
	{.name = "ctl_loop", .unit = "ns", .run = run_loop},
	{.name = "ctl_mem", .unit = "MB/s", .run = run_memory, .bytes = 65536},
	{0},
};

const struct bench_row rows_control_end[] = {
	{.name = "ctl_loop_end", .unit = "ns", .run = run_loop},
	{0},
};

const struct bench_row rows_call[] = {
	{.name = "null_syscall", .unit = "ns", .run = run_null_syscall},
	{.name = "getpid", .unit = "ns", .run = run_getpid},
	{.name = "clock_read", .unit = "ns", .run = run_clock_read},
	{0},
};

const struct bench_row rows_signal[] = {
	{.name = "sig_install", .unit = "ns", .run = run_signal_install},
	{.name = "sig_self", .unit = "ns", .run = run_signal_self, .setup = setup_signal},
	{.name = "sig_rtt",
	 .unit = "us",
	 .run = run_signal_pair,
	 .setup = setup_signal_pair,
	 .teardown = teardown_signal_pair},
	{0},
};
