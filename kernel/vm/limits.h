/*
 * What a process may map and lock: resource limits (getrlimit(2)) and the system's promise of memory.
 */
#ifndef NAMU_VM_LIMITS_H
#define NAMU_VM_LIMITS_H

#include <asm-generic/resource.h>

#include "vm/space.h"

/* The current process's soft limit in bytes; before proc/ has supplied vm_limit: none. */
uint64_t limit_of(unsigned resource);
/* May `pages` more of this protection and these REGION_* flags be mapped? RLIMIT_AS and RLIMIT_DATA. */
bool limit_allows_pages(const struct vm_space *space, uint64_t pages, uint32_t prot, uint32_t flags);
/* May `pages` more be locked? RLIMIT_MEMLOCK. */
bool limit_allows_locked(const struct vm_space *space, uint64_t pages);
/* mlock(2) is open to the current thread at all. */
bool limit_allows_any_lock(void);
/* May `pages` more be promised? As vm_overcommit says: see vm/space.h. */
bool memory_can_hold(uint64_t pages);
/* May all of `space` be promised once more, for fork? Its mutex is held. */
static inline bool memory_can_hold_copy(const struct vm_space *space)
{
	return likely(vm_overcommit != OVERCOMMIT_NEVER) || memory_can_hold(space->committed_pages);
}

#endif
