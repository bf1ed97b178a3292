/*
 * Sleeping lock, for what is held while memory is waited for or user memory is touched (address spaces, directories).
 * Lock order between mutexes, outermost first: a process's exec lock, directory inodes (parent before child; two of one
 * level by address), file inodes, address space. Never taken under a spin lock.
 */
#ifndef NAMU_SCHED_MUTEX_H
#define NAMU_SCHED_MUTEX_H

#include "sched/waitq.h"

/* Lock key: (a) atomic; (q) its queue's lock. */
struct mutex {
	_Atomic(struct thread *) owner; /* (a) null when free */
	struct waitq waiters;           /* (q) */
};

#define MUTEX_INIT(name)                              \
	{                                             \
		.waiters = WAITQ_INIT((name).waiters) \
	}
void mutex_init(struct mutex *mutex);
void mutex_lock(struct mutex *mutex);
/* 0, or -EINTR when the process is being killed. */
int mutex_lock_killable(struct mutex *mutex);
bool mutex_try_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
static inline bool mutex_is_mine(const struct mutex *mutex)
{
	return atomic_load_explicit(&((struct mutex *)mutex)->owner, memory_order_relaxed) == current_thread();
}

#endif
