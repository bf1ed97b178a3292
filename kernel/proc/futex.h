/*
 * Futexes: threads that wait for a word in user memory to change (futex(2)). A word is named by the object its page
 * belongs to, so that processes which share it meet, or by the address space when it is private.
 *
 * Waiters of one word hang on one of a fixed number of wait queues; each queue's lock orders "the word still holds this
 * value" with wake-ups.
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

/* Boot. */
void futex_init(void);

#endif
