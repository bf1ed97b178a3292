/*
 * A processor for tests on the host: GS, which nothing else uses there, points to a struct cpu, so that this_cpu(),
 * current_thread() and spin locks work as in the kernel.
 */
#ifndef FAKE_CPU_H
#define FAKE_CPU_H

#include <asm/prctl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sched/thread.h"

static struct cpu fake_cpu;
static struct thread fake_thread;
uint32_t cpu_count = 1;
struct spinlock tree_lock = SPINLOCK_INIT("tree", LOCK_TREE);

/* There is nobody else who could let the lock go. */
void spin_wait(struct spinlock *lock);
void spin_wait(struct spinlock *lock)
{
	abort();
}

static inline void fake_cpu_begin(void)
{
	fake_cpu.self = &fake_cpu;
	fake_cpu.current = &fake_thread;
	fake_thread.tid = 1;
	syscall(SYS_arch_prctl, ARCH_SET_GS, &fake_cpu);
}

#endif
