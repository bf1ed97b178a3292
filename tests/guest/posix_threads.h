/*
 * What the tests of POSIX threads share. Each is built with musl and with glibc (see tests/guest/list).
 */
#ifndef POSIX_THREADS_H
#define POSIX_THREADS_H

#include "guest.h"

#include <pthread.h>

static inline pthread_t start(void *(*run)(void *), void *argument)
{
	pthread_t thread;

	must(pthread_create(&thread, NULL, run, argument) == 0);
	return thread;
}

static inline void *join(pthread_t thread)
{
	void *result = NULL;

	must(pthread_join(thread, &result) == 0);
	return result;
}

static inline void wait_flag(const volatile int *flag, int value)
{
	while (__atomic_load_n(flag, __ATOMIC_SEQ_CST) != value)
		sleep_ms(1);
}

static inline void set_flag(volatile int *flag, int value)
{
	__atomic_store_n(flag, value, __ATOMIC_SEQ_CST);
}

static inline void add(volatile int *count, int step)
{
	__atomic_fetch_add(count, step, __ATOMIC_SEQ_CST);
}

/* So many milliseconds from now by this clock. */
static inline struct timespec in_ms(clockid_t clock, long ms)
{
	struct timespec t;

	must(clock_gettime(clock, &t) == 0);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

#endif
