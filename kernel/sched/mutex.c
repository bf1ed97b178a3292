/*
 * Sleeping lock.
 */
#include "sched/mutex.h"

void mutex_init(struct mutex *mutex)
{
	atomic_init(&mutex->owner, NULL);
	waitq_init(&mutex->waiters);
}

bool mutex_try_lock(struct mutex *mutex)
{
	struct thread *nobody = NULL;

	return atomic_compare_exchange_strong_explicit(&mutex->owner, &nobody, current_thread(), memory_order_seq_cst,
						       memory_order_relaxed);
}

static int lock_slow(struct mutex *mutex, enum wait_mode mode)
{
	KERNEL_ASSERT(!mutex_is_mine(mutex));
	return waitq_wait(&mutex->waiters, WAIT_MUTEX, mutex, TIME_NEVER, mode, mutex_try_lock(mutex));
}

void mutex_lock(struct mutex *mutex)
{
	KERNEL_ASSERT(this_cpu()->spin_depth == 0);
	if (likely(mutex_try_lock(mutex)))
		return;
	lock_slow(mutex, WAIT_UNINTERRUPTIBLE);
}

int mutex_lock_killable(struct mutex *mutex)
{
	if (likely(mutex_try_lock(mutex)))
		return 0;
	return lock_slow(mutex, WAIT_KILLABLE) ? -EINTR : 0;
}

void mutex_unlock(struct mutex *mutex)
{
	KERNEL_ASSERT(mutex_is_mine(mutex));
	atomic_store_explicit(&mutex->owner, NULL, memory_order_seq_cst);
	if (unlikely(!waitq_is_empty(&mutex->waiters)))
		waitq_wake_one(&mutex->waiters);
}
