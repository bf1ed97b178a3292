/*
 * Making other processors forget translations (TLB shoot-down).
 *
 * Whoever takes rights away or frees what was mapped changes the tables first, then calls one of these, and only then
 * lets the pages go. The kernel runs with interrupts off, so a processor that is in the kernel answers late: when it
 * leaves, idles, passes a preempt_point, or waits for a spin lock (spin_wait polls). So these may be called with spin
 * locks held, and two processors that ask each other answer each other.
 */
#ifndef NAMU_ARCH_SHOOTDOWN_H
#define NAMU_ARCH_SHOOTDOWN_H

#include "arch/x86_64/cpu.h"

/* The processors in `mask` (a bit each; the calling one is left out) forget [start, end) of user memory; with
 * `leaving`, those that have this space's tables loaded load the kernel's own instead. Returns when all have. */
void shootdown_range(uint64_t mask, uint64_t start, uint64_t end, struct vm_space *leaving);
/* All processors, this one included, forget every translation, the kernel's too. */
void shootdown_all(void);

void shootdown_answer(void);
extern _Atomic uint64_t shootdown_pending; /* processors that have not answered yet */

/* Do what another processor asked this one for, if anything. */
static inline void shootdown_poll(void)
{
	if (unlikely(atomic_load_explicit(&shootdown_pending, memory_order_acquire) >> this_cpu()->id & 1))
		shootdown_answer();
}

/* Supplied by vm/: this processor leaves the tables of its active space for the kernel's own. */
extern void (*shootdown_leave_hook)(void);

#endif
