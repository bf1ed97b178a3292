/*
 * FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI: from a condition to a PI mutex, by level, with and without an owner.
 */
#include "pi.h"

#include <limits.h>

static word_t plain;

static word_t condition, mutex;
static volatile int order[4], arrived, cond_tid[4];
static volatile long cond_result[4];

static int cond_wait(void *p)
{
	long index = (long)p;
	struct sched_param param = {.sched_priority = (int)index * 10};

	cond_tid[index] = (int)my_tid();
	if (index)
		raw(SYS_sched_setscheduler, 0, SCHED_FIFO, &param);
	cond_result[index] = futex(&condition, WAIT_REQUEUE_PI, 0, NULL, &mutex, 0);
	if (cond_result[index] == 0) {
		order[__atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST)] = (int)index + 1;
		if ((mutex & TID_MASK) != my_tid())
			cond_result[index] = -9998;
		sleep_ms(5);
		cond_result[index] = futex(&mutex, UNLOCK_PI, 0, NULL, NULL, 0);
	}
	return 0;
}

static void begin_conditions(struct thread *t, long count)
{
	for (long i = 0; i < count; i++) {
		cond_tid[i] = 0;
		must(thread_start(&t[i], cond_wait, (void *)i) > 0);
		await(&cond_tid[i]);
		wait_state(cond_tid[i], 'S');
	}
}

static void requeueing(void)
{
	struct thread t[4];
	int me = (int)my_tid();

	begin_conditions(t, 4);
	is_int(futex(&condition, 1, 1, NULL, NULL, 0), -EINVAL, "a plain wake-up of who waits to be requeued");
	is_int(futex(&condition, CMP_REQUEUE_PI, 1, (void *)1, &condition, 0), -EINVAL, "to the same word");
	is_int(futex(&condition, CMP_REQUEUE_PI, 2, (void *)1, &mutex, 0), -EINVAL, "waking two");
	is_int(futex(&condition, CMP_REQUEUE_PI, 1, (void *)1, &mutex, 1), -EAGAIN, "the word has another value");
	is_int(futex(&condition, CMP_REQUEUE_PI, 1, (void *)1, &plain, 0), -EINVAL, "to another word than they said");
	must(futex(&mutex, LOCK_PI, 0, NULL, NULL, 0) == 0);
	is_int(futex(&condition, CMP_REQUEUE_PI, 1, (void *)INT_MAX, &mutex, 0), 4, "all are requeued");
	is_priority(me, -31, "and lend the owner their level");
	is_int(arrived, 0, "nobody goes on");
	must(futex(&mutex, UNLOCK_PI, 0, NULL, NULL, 0) == 0);
	for (int i = 0; i < 4; i++) {
		thread_join(&t[i]);
		is_int(cond_result[i], 0, "waiter %d", i);
	}
	is_int(arrived, 4, "all have gone on");
	ok(order[0] == 4 && order[1] == 3 && order[2] == 2 && order[3] == 1, "the highest first (%d %d %d %d)",
	   order[0], order[1], order[2], order[3]);
	is_int(mutex, 0, "the mutex is free");
}

static void requeueing_free(void)
{
	struct thread t[4];

	begin_conditions(t, 3);
	is_int(futex(&condition, CMP_REQUEUE_PI, 1, (void *)1, &mutex, 0), 2,
	       "one gets a free mutex, one waits for it");
	thread_join(&t[2]);
	while (arrived < 2)
		sleep_ms(2);
	is_int(futex(&condition, CMP_REQUEUE_PI, 1, (void *)0, &mutex, 0), 1, "the third");
	thread_join(&t[0]);
	thread_join(&t[1]);
	is_int(arrived, 3, "all have gone on");
}

static void requeue_errors(void)
{
	struct timespec t;

	is_int(futex(&condition, WAIT_REQUEUE_PI, 1, NULL, &mutex, 0), -EAGAIN, "the word has another value");
	is_int(futex(&condition, WAIT_REQUEUE_PI, 0, NULL, &condition, 0), -EINVAL, "to the same word");
	must(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	is_int(futex(&condition, WAIT_REQUEUE_PI, 0, &t, &mutex, 0), -ETIMEDOUT, "until a time that is past");
	must(clock_gettime(CLOCK_REALTIME, &t) == 0);
	is_int(futex(&condition, WAIT_REQUEUE_PI | REALTIME, 0, &t, &mutex, 0), -ETIMEDOUT, "by the real-time clock");
	is_int(futex(&condition, CMP_REQUEUE_PI, 1, (void *)1, &mutex, 0), 0, "nobody is there");
}

static const struct tap_case cases[] = {
	{"requeueing", requeueing, 0},
	{"requeueing_free", requeueing_free, 0},
	{"requeue_errors", requeue_errors, 0},
};

TAP_MAIN(cases)
