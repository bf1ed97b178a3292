/*
 * The page of numbers that the vDSO reads and the kernel writes: how the TSC becomes time. Mapped read-only into every
 * program, right below the vDSO's code. Written like a seqlock: `sequence` is odd while it changes.
 */
#ifndef NAMU_VDSO_VVAR_H
#define NAMU_VDSO_VVAR_H

#include <stdint.h>

/* A segment whose limit is the number of the processor. */
#define VVAR_CPU_SELECTOR 0x7b

struct vvar {
	uint32_t sequence;
	uint64_t mult; /* ns = base + ((tsc - base_tsc) * mult >> 32); 0: the clock cannot be read here, ask the kernel
			*/
	uint64_t base_tsc;
	uint64_t monotonic_ns; /* bases of the clocks */
	uint64_t realtime_ns;
	uint64_t tai_ns;
};

#endif
