/*
 * Cancellation of POSIX threads: at the points where it may happen, later, at any moment, and what is cleaned up.
 */
#include "posix_threads.h"

#include <semaphore.h>

static volatile int cleaned, entered, finished;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static int ends[2];

static void clean(void *p)
{
	/* In order: each handler sees what the one above it has left. */
	cleaned = cleaned * 10 + (int)(long)p;
}

static void unlock(void *p)
{
	/* A waiter has the mutex again when it is cancelled. */
	cleaned = pthread_mutex_unlock(p) == 0 && pthread_mutex_trylock(p) == 0 ? 12 : -1;
	pthread_mutex_unlock(p);
}

static void *reads(void *p)
{
	char c;

	(void)p;
	pthread_cleanup_push(clean, (void *)2);
	pthread_cleanup_push(clean, (void *)1);
	set_flag(&entered, 1);
	if (read(ends[0], &c, 1) == 1)
		finished = 1;
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *sleeps(void *p)
{
	struct timespec long_time = {1000, 0};

	(void)p;
	pthread_cleanup_push(clean, (void *)2);
	pthread_cleanup_push(clean, (void *)1);
	set_flag(&entered, 1);
	nanosleep(&long_time, NULL);
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *waits_condition(void *p)
{
	(void)p;
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push(unlock, &mutex);
	set_flag(&entered, 1);
	for (;;)
		pthread_cond_wait(&condition, &mutex);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *waits_semaphore(void *p)
{
	(void)p;
	pthread_cleanup_push(clean, (void *)12);
	set_flag(&entered, 1);
	while (sem_wait(&semaphore) != 0)
		;
	pthread_cleanup_pop(0);
	return NULL;
}

static void *waits_child(void *p)
{
	(void)p;
	pthread_cleanup_push(clean, (void *)12);
	set_flag(&entered, 1);
	waitpid(-1, NULL, 0);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *same(void *p)
{
	struct timespec long_time = {1000, 0};

	if (p)
		nanosleep(&long_time, NULL);
	return p;
}

static void *joins(void *p)
{
	pthread_cleanup_push(clean, (void *)12);
	set_flag(&entered, 1);
	pthread_join(*(pthread_t *)p, NULL);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *tests_only(void *p)
{
	(void)p;
	pthread_cleanup_push(clean, (void *)12);
	set_flag(&entered, 1);
	for (;;)
		pthread_testcancel();
	pthread_cleanup_pop(0);
	return NULL;
}

static void cancel_in(const char *what, void *(*run)(void *), void *argument, int waits)
{
	pthread_t thread;

	cleaned = 0;
	set_flag(&entered, 0);
	thread = start(run, argument);
	wait_flag(&entered, 1);
	if (waits)
		sleep_ms(10);
	is_int(pthread_cancel(thread), 0, "%s", what);
	ok(join(thread) == PTHREAD_CANCELED, "is cancelled");
	is_int(cleaned, 12, "and cleaned up");
}

static void at_points(void)
{
	pthread_t other = start(same, (void *)1);
	pid_t pid;

	must(pipe(ends) == 0 && sem_init(&semaphore, 0, 0) == 0);
	if (in_child(&pid)) {
		for (;;)
			pause();
	}
	for (int waits = 0; waits < 2; waits++) {
		cancel_in("a read", reads, NULL, waits);
		cancel_in("a sleep", sleeps, NULL, waits);
		cancel_in("a wait for a condition", waits_condition, NULL, waits);
		cancel_in("a wait for a semaphore", waits_semaphore, NULL, waits);
		cancel_in("a wait for a child", waits_child, NULL, waits);
		cancel_in("a join", joins, &other, waits);
		cancel_in("a thread that asks", tests_only, NULL, waits);
	}
	is_int(pthread_mutex_trylock(&mutex), 0, "the mutex is free");
	pthread_cancel(other);
	ok(join(other) == PTHREAD_CANCELED, "who was waited for can be joined still");
	is_int(finished, 0, "nothing was read");
	kill(pid, SIGKILL);
	reap(pid);
}

/* ---- not now ---- */

static void *is_disabled(void *p)
{
	int old = -1;
	char c;

	(void)p;
	must(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old) == 0 && old == PTHREAD_CANCEL_ENABLE);
	set_flag(&entered, 1);
	if (read(ends[0], &c, 1) == 1)
		finished = 1;
	must(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old) == 0 && old == PTHREAD_CANCEL_DISABLE);
	finished++;
	pthread_testcancel();
	finished++;
	return NULL;
}

static void disabled(void)
{
	pthread_t thread;

	must(pipe(ends) == 0);
	thread = start(is_disabled, NULL);
	wait_flag(&entered, 1);
	must(pthread_cancel(thread) == 0);
	sleep_ms(10);
	is_int(finished, 0, "it goes on");
	must(write(ends[1], "x", 1) == 1);
	ok(join(thread) == PTHREAD_CANCELED, "until it can be cancelled");
	is_int(finished, 2, "and reaches a point");
}

/* ---- at any moment ---- */

static void *computes(void *p)
{
	int old;

	(void)p;
	pthread_cleanup_push(clean, (void *)12);
	must(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old) == 0 && old == PTHREAD_CANCEL_DEFERRED);
	set_flag(&entered, 1);
	for (;;)
		__asm__ volatile("pause");
	pthread_cleanup_pop(0);
	return NULL;
}

static void asynchronous(void)
{
	for (int i = 0; i < 20; i++)
		cancel_in("a computation", computes, NULL, i % 2);
}

/* ---- races ---- */

static void *loops(void *p)
{
	char c;

	(void)p;
	for (;;) {
		if (read(ends[0], &c, 1) == 1)
			add(&finished, 1);
	}
	return NULL;
}

/* Whatever a cancelled thread has taken it has taken for itself: no byte is lost on the way. */
static void races(void)
{
	int cancelled = 0;

	must(pipe(ends) == 0);
	for (int i = 0; i < 100; i++) {
		pthread_t thread = start(loops, NULL);

		must(write(ends[1], "xyz", 3) == 3);
		if (i % 4)
			sched_yield();
		must(pthread_cancel(thread) == 0);
		cancelled += join(thread) == PTHREAD_CANCELED;
	}
	must(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
	char rest[512];
	long left = raw(SYS_read, ends[0], rest, sizeof(rest));
	is_int(cancelled, 100, "all were cancelled");
	left = left > 0 ? left : 0;
#ifdef __GLIBC__
	/* Before 2.41 it may be cancelled between the kernel's answer and its own return, and lose what it has read. */
	ok(finished + left <= 300, "no byte was read twice");
#else
	is_int(finished + left, 300, "every byte was read or is there");
#endif
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static volatile int tries;

static void first_time(void)
{
	add(&tries, 1);
	if (tries == 1) {
		set_flag(&entered, 1);
		for (;;)
			pthread_testcancel();
	}
}

static void *calls_once(void *p)
{
	(void)p;
	pthread_once(&once, first_time);
	return NULL;
}

static void within_once(void)
{
	pthread_t thread = start(calls_once, NULL);

	wait_flag(&entered, 1);
	must(pthread_cancel(thread) == 0);
	ok(join(thread) == PTHREAD_CANCELED, "cancelled within pthread_once");
	must(pthread_once(&once, first_time) == 0);
	is_int(tries, 2, "it is begun anew by the next");
}

static const struct tap_case cases[] = {
	{"at_points", at_points, 0}, {"disabled", disabled, 0},       {"asynchronous", asynchronous, 0},
	{"races", races, 0},         {"within_once", within_once, 0},
};

TAP_MAIN(cases)
