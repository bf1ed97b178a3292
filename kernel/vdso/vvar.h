/*
 * The page of numbers that the vDSO reads and the kernel writes: how the TSC becomes time. Mapped read-only into every
 * program, right below the vDSO's code. Written like a seqlock: `sequence` is odd while it changes.
 */
#ifndef NAMU_VDSO_VVAR_H
#define NAMU_VDSO_VVAR_H

#include <stdint.h>

struct vvar {
	uint32_t sequence;
	uint32_t mult; /* 0: the clock cannot be read here, ask the kernel */
	uint32_t shift;
	uint32_t processor_count;
	uint64_t base_tsc;
	uint64_t base_ns;
	int64_t realtime_offset_ns;
};

#endif
