/*
 * Fault injection, in debug builds: the n-th allocation (pages, slabs, stacks, tables, whatever is handed out) that one
 * thread makes from now on fails, once. Driven through /proc/namu/fail; see tests/guest/nth_allocation.c.
 */
#ifndef NAMU_MEM_FAIL_H
#define NAMU_MEM_FAIL_H

#include "lib/types.h"

struct thread;

#ifdef NAMU_DEBUG

/* Of the current thread; 0 switches it off. */
void alloc_fail_after(uint64_t n);
/* How many allocations were still to succeed when it was switched off or the thread ended; 0: one has failed. */
uint64_t alloc_fail_left(void);
/* Asked by each allocator once an allocation. */
bool alloc_should_fail(void);
/* Was it this that an allocation of the current thread failed by, and not that memory is short? */
bool alloc_failed_on_purpose(void);
/* The failure has had its effect, or the thread ends. */
void alloc_fail_forget(const struct thread *thread);

#else

static inline bool alloc_should_fail(void)
{
	return false;
}
static inline bool alloc_failed_on_purpose(void)
{
	return false;
}
static inline void alloc_fail_forget(const struct thread *thread)
{
	(void)thread;
}

#endif

#endif
