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
/* Linux's heuristic overcommit: only what all of memory could not hold is refused. */
bool memory_can_hold(uint64_t pages);

#endif
