/*
 * Removing mappings with the mutex held, for those who replace or move them.
 */
#ifndef NAMU_VM_UNMAP_H
#define NAMU_VM_UNMAP_H

#include "vm/space.h"

/* Remove what lies in [start, end), page-aligned. 0, or -ENOMEM with nothing changed. The mutex is held. */
int unmap_locked(struct vm_space *space, uint64_t start, uint64_t end);

#endif
