/*
 * What is done to the translations of a range of addresses: forget, clear, protect, move. Callers hold the space's
 * mutex (but for the object's own clearing, which holds the object's lock) and take no other lock.
 *
 * Clearing goes in steps: entries are emptied under table_lock, the processor forgets them, then their pages are given
 * back. Whoever may be refused memory on the way calls range_prepare first; what follows then cannot fail.
 */
#ifndef NAMU_VM_RANGE_H
#define NAMU_VM_RANGE_H

#include "vm/table.h"

/* Forget the translations of [start, end) in a space. The one place where other processors would be told as well. */
void vm_flush_range(struct vm_space *space, uint64_t start, uint64_t end);

/* Make the leaves that [start, end) covers in part this space's alone. 0 or -ENOMEM. */
int range_prepare(struct vm_space *space, uint64_t start, uint64_t end);
/* The same for all leaves of the range. */
int range_own(struct vm_space *space, uint64_t start, uint64_t end);

#define CLEAR_ALL      0u
#define CLEAR_OBJECT   1u /* leave private pages alone: only what shows the object's own contents */
#define CLEAR_UNLOCKED 2u /* no preempt_point: the caller holds a spin lock (the object's) */
#define CLEAR_SHMEM    4u /* pages that are not private count as shared memory, not as a file's */
/* Empty the entries of [start, end) and give back what they hold. Prepared by range_prepare. */
void range_clear(struct vm_space *space, uint64_t start, uint64_t end, unsigned flags);

/* The bits of a present entry of a region with this protection, without PTE_WRITE. */
pte_t protection_bits(uint32_t prot);
/* Give the entries of [start, end) a new protection. Owned by range_own. is_shared: the pages belong to a shared
 * mapping. */
void range_protect(struct vm_space *space, uint64_t start, uint64_t end, uint32_t prot, bool is_shared);

/* Make ready for range_move: 0 or -ENOMEM. */
int range_move_prepare(struct vm_space *space, uint64_t from, uint64_t to, uint64_t bytes);
/* Move the entries of [from, from + bytes) to `to`, where there are none. */
void range_move(struct vm_space *space, uint64_t from, uint64_t to, uint64_t bytes);

#endif
