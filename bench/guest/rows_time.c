/*
 * Rows that measure how late the kernel is: a sleep, and a timer with a signal. What they give is the time beyond
 * the one that was asked for.
 */
#define _GNU_SOURCE
#include "nbench.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>

#define PAUSE_NS   200000
#define MOST_WAITS 200 /* a run is no longer than this: a kernel that is on time would wait very often otherwise */

static timer_t timer;
static sigset_t timer_signal;

static int64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static int64_t late_sleep(const struct bench_row *row, long count)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	int64_t late = 0;

	(void)row;
	for (long i = 0; i < count; i++) {
		int64_t start = clock_now();
		if (nanosleep(&pause, NULL) != 0) {
			return -1;
		}
		late += clock_now() - start - PAUSE_NS;
	}
	return late;
}

static int setup_timer(const struct bench_row *row)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};

	(void)row;
	sigemptyset(&timer_signal);
	sigaddset(&timer_signal, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &timer_signal, NULL) != 0) {
		return -1;
	}
	return timer_create(CLOCK_MONOTONIC, &event, &timer);
}

static int64_t late_timer(const struct bench_row *row, long count)
{
	int64_t late = 0;

	(void)row;
	for (long i = 0; i < count; i++) {
		int64_t when = clock_now() + PAUSE_NS;
		struct itimerspec once = {.it_value = {when / 1000000000, when % 1000000000}};
		if (timer_settime(timer, TIMER_ABSTIME, &once, NULL) != 0) {
			return -1;
		}
		if (sigwaitinfo(&timer_signal, NULL) != SIGUSR1) {
			return -1;
		}
		late += clock_now() - when;
	}
	return late;
}

const struct bench_row rows_time[] = {
	{.name = "sleep_late", .unit = "us", .measure = late_sleep, .max_count = MOST_WAITS},
	{.name = "timer_late", .unit = "us", .measure = late_timer, .setup = setup_timer, .max_count = MOST_WAITS},
	{0},
};
