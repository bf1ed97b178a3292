/*
 * Starting the further processors. Each comes up on the stack of its idle thread and goes straight to the dispatcher.
 */
#ifndef NAMU_ARCH_SMP_H
#define NAMU_ARCH_SMP_H

#include "arch/x86_64/cpu.h"

/*
 * Start up to `wanted` processors in all (this one included). prepare(cpu) makes what each needs: cpu_set_ist,
 * cpu->idle and cpu->current; it returns the top of the idle thread's stack, or 0 when memory is short. Each calls
 * run(), which does not return. When all have come up, cpu_count is their number; those that do not come within a
 * second are left out.
 */
void smp_start(uint32_t wanted, uint64_t (*prepare)(struct cpu *cpu), void (*run)(void));

#endif
