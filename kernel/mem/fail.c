/* Fault injection, see fail.h. */
#include "mem/fail.h"

#include "arch/x86_64/cpu.h"

#ifdef NAMU_DEBUG

/* Written by the thread that it is about, or when that one is gone. */
static struct thread *failing_thread;
static struct thread *failed_thread; /* whose allocation has failed, until it is forgotten */
static uint64_t countdown;

void alloc_fail_after(uint64_t n)
{
	failing_thread = n ? current_thread() : NULL;
	failed_thread = NULL;
	if (n)
		countdown = n;
}

uint64_t alloc_fail_left(void)
{
	return countdown;
}

bool alloc_should_fail(void)
{
	if (likely(!failing_thread) || current_thread() != failing_thread)
		return false;
	if (--countdown)
		return false;
	failed_thread = failing_thread;
	failing_thread = NULL;
	return true;
}

bool alloc_failed_on_purpose(void)
{
	return unlikely(failed_thread != NULL) && current_thread() == failed_thread;
}

void alloc_fail_forget(const struct thread *thread)
{
	if (failing_thread == thread)
		failing_thread = NULL;
	if (failed_thread == thread)
		failed_thread = NULL;
}

#endif
