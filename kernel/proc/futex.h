/*
 * Futexes: threads that wait for a word in user memory to change (futex(2)). A word is named by the object its page
 * belongs to, so that processes which share it meet, or by the address space when it is private.
 *
 * Waiters of one word hang on one of a fixed number of wait queues; each queue's lock orders "the word still holds this
 * value" with wake-ups. Those of a PI futex lend its owner their priority (futex_inherit.c).
 */
#ifndef NAMU_PROC_FUTEX_H
#define NAMU_PROC_FUTEX_H

#include "lib/types.h"

struct thread_proc;

/* futex(2). `timeout` is the address of a struct timespec, or the second count of the requeueing operations. */
int64_t futex_call(uaddr_t word, int operation, uint32_t value, uint64_t timeout, uaddr_t word2, uint32_t value3);
/* Wake one thread that waits for the word at `address` of the current space, shared or private: clear_child_tid at a
 * thread's end. */
void futex_wake_address(uaddr_t address, unsigned count);
/* Walk the robust list of the current thread, which ends: locks it holds are marked FUTEX_OWNER_DIED, a waiter of each
 * is woken. */
void futex_robust_exit(struct thread_proc *self);

/* futex_waitv(2): `count` struct futex_waitv at `waiters`, until an absolute time of `clock`. The index of a word that
 * was woken, -EINVAL, -EFAULT, -ENOMEM, -EAGAIN, -ETIMEDOUT, -ERESTART_CALL. */
int64_t futex_wait_many(uaddr_t waiters, uint32_t count, uint32_t flags, uaddr_t timeout, int32_t clock);
/* PI futexes of the current thread go to who waits for them, as it ends or (is_end false) executes. */
void futex_pi_exit(struct thread_proc *self, bool is_end);
/* The policy or priority of a thread was changed: whom it waits for is lent the new one. */
struct thread;
void futex_pi_level_changed(struct thread *thread);

/* Boot. */
void futex_init(void);

#endif
