/*
 * Regions of an address space: a red-black tree by start, no two overlap. Neighbours that continue each other are
 * merged.
 *
 * Locks: the space's mutex. A region of an object that can shrink stands on object->regions; its bounds, which the
 * object's own clearing reads, change under the object's lock as well. Lists of regions keep a child's region behind
 * its parent's (fork appends), so that whoever clears an object's mappings during a fork meets the parent's tables
 * before they are shared.
 */
#ifndef NAMU_VM_REGION_H
#define NAMU_VM_REGION_H

#include "vm/space.h"

#define REGION_COUNT_MAX  65530u /* as Linux's vm.max_map_count */
#define STACK_GUARD_BYTES (256 * PAGE_SIZE)
#define ADDRESS_MIN       0x10000ull /* vm.mmap_min_addr: nothing is placed below unless asked for */

static inline uint64_t region_bytes(const struct vm_region *region)
{
	return region->end - region->start;
}
static inline uint64_t region_pages(const struct vm_region *region)
{
	return region_bytes(region) >> PAGE_SHIFT;
}
/* Shared memory that no file names: its pages count as shared, those of other objects as a file's. */
static inline bool region_is_shmem(const struct vm_region *region)
{
	return region->object && !region->file && (region->flags & REGION_SHARED);
}
/* Shared pages that may be written may be so at once, without a fault that takes notice. */
static inline bool region_writes_unnoticed(const struct vm_region *region)
{
	return (region->flags & REGION_SHARED) && !(region->object && region->object->tracks_writes);
}
/* The object's page that `address` shows. */
static inline uint64_t region_object_index(const struct vm_region *region, uint64_t address)
{
	return (address - region->start + region->object_offset) >> PAGE_SHIFT;
}
/* Where others must end below it: a stack keeps its guard gap. */
static inline uint64_t region_guarded_start(const struct vm_region *region)
{
	if (!(region->flags & REGION_STACK))
		return region->start;
	return region->start > STACK_GUARD_BYTES ? region->start - STACK_GUARD_BYTES : 0;
}

/* The region that holds `address`, or null. */
struct vm_region *region_find(struct vm_space *space, uint64_t address);
/* The last region that starts below `address`, or null. */
struct vm_region *region_below(struct vm_space *space, uint64_t address);
/* True when regions cover all of [start, end). */
bool region_covers(struct vm_space *space, uint64_t start, uint64_t end);

/* A region on no tree, all zero; null: no memory. */
struct vm_region *region_alloc(void);
/* A copy with references of its own, on no tree; null. */
struct vm_region *region_copy(const struct vm_region *region);
/* Give one back that is on no tree: drops its references on object and file. */
void region_free(struct vm_region *region);

/* Put it on the space's tree, its object's list, and into the accounts; take it off again (not freed). */
void region_insert(struct vm_space *space, struct vm_region *region);
void region_remove(struct vm_space *space, struct vm_region *region);
/*
 * For fork. The child's accounts are the parent's, but nothing is locked; then regions are put behind all others of the
 * child, which does not count them again, and what is left out is taken off.
 */
void regions_account_fork(struct vm_space *child, const struct vm_space *parent);
void region_append(struct vm_space *space, struct vm_region *region, struct vm_region *last);
/* Add pages with the rights of `region` to the space's accounts, or take them off (negative). */
void region_account(struct vm_space *space, const struct vm_region *region, int64_t pages);
/* All regions at once, for the end of the space. */
void regions_destroy(struct vm_space *space);

/* Change the bounds; the object's offset moves with the start. No other region is in the way. */
void region_set_bounds(struct vm_region *region, uint64_t start, uint64_t end);
/* Change protection and flags. */
void region_set_rights(struct vm_region *region, uint32_t prot, uint32_t flags);
/* Part it at `at`, inside it. 0, or -ENOMEM. */
int region_split(struct vm_region *region, uint64_t at);
/* Part the regions at `start` and `end`, so that those between lie within. -ENOMEM with nothing changed. */
int region_isolate(struct vm_space *space, uint64_t start, uint64_t end);
/* Merge with the neighbours where they continue each other; returns the region that it is part of now. */
struct vm_region *region_merge(struct vm_region *region);
/* Merge all that touch [start, end]. */
void region_merge_range(struct vm_space *space, uint64_t start, uint64_t end);
/* True when `high` continues `low`. */
bool region_continues(const struct vm_region *low, const struct vm_region *high);

#endif
