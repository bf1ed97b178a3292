/* Kernel stacks: KSTACK_BYTES each, a guard page below, kept for reuse after a thread's end. */
#ifndef NAMU_MEM_KSTACK_H
#define NAMU_MEM_KSTACK_H

#include "lib/types.h"

#ifdef NAMU_DEBUG
#define KSTACK_PAGES 8
#else
#define KSTACK_PAGES 4
#endif
#define KSTACK_BYTES (KSTACK_PAGES * PAGE_SIZE)

/* The lowest address of a stack, or 0 when memory is short. */
uint64_t kstack_alloc(void);
void kstack_free(uint64_t base);
/* Give back the pages of the stacks kept for reuse, when memory is short. False: there were none. */
bool kstack_drain(void);
/* Pages of the stacks kept for reuse. */
uint64_t kstack_kept_pages(void);
/* True when `address` lies in a guard page (a kernel stack overflowed). */
bool kstack_is_guard(uint64_t address);

#endif
