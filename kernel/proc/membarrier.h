/*
 * Memory barriers on the processors that run a program's threads (membarrier(2)), so that its own fast paths need none.
 * What a program has registered for belongs to its address space (vm_space.barriers) and goes with it at exec.
 */
#ifndef NAMU_PROC_MEMBARRIER_H
#define NAMU_PROC_MEMBARRIER_H

#include "lib/types.h"

/* 0, what the query asks for, -EINVAL, or -EPERM for a command that was not registered for. */
int64_t membarrier_call(int command, uint32_t flags, int32_t cpu);

#endif
