/*
 * Waiting for a spin lock, and the debug build's part: who holds what, and in which order it was taken. Interrupts are
 * off in the kernel, so the locks that a processor holds form a stack.
 */
#include "arch/x86_64/spinlock.h"
#include "arch/x86_64/shootdown.h"

void spin_wait(struct spinlock *lock)
{
	while (atomic_load_explicit(&lock->is_locked, memory_order_relaxed)) {
		shootdown_poll();
		cpu_relax();
	}
}

#ifdef NAMU_DEBUG

static struct spinlock *innermost[CPU_MAX];

void spin_debug_before_lock(struct spinlock *lock, bool may_equal)
{
	struct cpu *cpu = this_cpu();
	struct spinlock *held = innermost[cpu->id];

	if (lock->owner == cpu)
		panic("spin lock %s taken twice", lock->name ? lock->name : "?");
	if (held && (held->rank > lock->rank || (held->rank == lock->rank && !may_equal)))
		panic("spin lock %s (rank %u) taken while %s (rank %u) is held", lock->name ? lock->name : "?",
		      lock->rank, held->name ? held->name : "?", held->rank);
}

void spin_debug_locked(struct spinlock *lock)
{
	struct cpu *cpu = this_cpu();

	lock->owner = cpu;
	lock->held_before = innermost[cpu->id];
	innermost[cpu->id] = lock;
}

void spin_debug_unlock(struct spinlock *lock)
{
	struct cpu *cpu = this_cpu();

	if (lock->owner != cpu)
		panic("spin lock %s let go by who does not hold it", lock->name ? lock->name : "?");
	lock->owner = NULL;
	if (innermost[cpu->id] == lock) {
		innermost[cpu->id] = lock->held_before;
		return;
	}
	/* Let go out of order: take it out of the middle of the stack. */
	for (struct spinlock *at = innermost[cpu->id]; at; at = at->held_before) {
		if (at->held_before == lock) {
			at->held_before = lock->held_before;
			return;
		}
	}
}

bool spin_is_held(const struct spinlock *lock)
{
	return lock->owner == this_cpu();
}

#endif
