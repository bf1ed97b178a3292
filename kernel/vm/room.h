/*
 * Free room in an address space, found from the top down as Linux does: the highest gap that is large enough.
 *
 * Many mappings of like size lie close together, and to walk past all of them each time would make the n-th mmap cost n
 * steps. So the space remembers a place, room_from, above which no gap is larger than room_above pages' bytes: a search
 * for more than that begins there. Whoever makes a gap (room_note_gap) moves the place up to the gap's end.
 */
#ifndef NAMU_VM_ROOM_H
#define NAMU_VM_ROOM_H

#include "vm/space.h"

/* Where `bytes` may be placed, between `floor` and `ceiling`; 0: nowhere. The mutex is held. */
uint64_t room_find(struct vm_space *space, uint64_t bytes, uint64_t floor, uint64_t ceiling);
/* Anywhere: below mmap_top, and if there is none, above it. */
uint64_t room_find_any(struct vm_space *space, uint64_t bytes);
/* True when nothing lies in [start, start + bytes), a stack's guard gap included. */
bool room_is_free(struct vm_space *space, uint64_t start, uint64_t bytes);
/* A gap is about to open below `next` (null: below nothing). */
void room_note_gap(struct vm_space *space, const struct vm_region *next);

#endif
