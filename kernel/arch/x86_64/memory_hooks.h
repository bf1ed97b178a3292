/* What this floor needs of the allocators above it: filled by mem/ before anything here asks for memory. */
#ifndef NAMU_ARCH_MEMORY_HOOKS_H
#define NAMU_ARCH_MEMORY_HOOKS_H

#include "lib/types.h"

struct arch_memory {
	void *(*alloc_table)(
		void); /* a page of zeros for a page table of the kernel's half; null when memory is short */
	void *(*alloc_fpu_area)(size_t bytes); /* 64-byte aligned */
	void (*free_fpu_area)(void *area);
};
extern struct arch_memory arch_memory;

#endif
