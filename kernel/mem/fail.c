/*
 * Fault injection: the n-th allocation of one thread fails. Debug builds only; it costs nothing otherwise.
 */
#include "arch/x86_64/cpu.h"
#include "mem/page.h"

#ifdef NAMU_DEBUG

static struct thread *failing_thread;
static uint64_t countdown;

void alloc_fail_after(uint64_t n)
{
	failing_thread = n ? current_thread() : NULL;
	countdown = n;
}

bool alloc_should_fail(void)
{
	if (likely(!failing_thread) || current_thread() != failing_thread)
		return false;
	if (--countdown)
		return false;
	failing_thread = NULL;
	return true;
}

#else

void alloc_fail_after(uint64_t n)
{
}

bool alloc_should_fail(void)
{
	return false;
}

#endif
