/*
 * mlock and its relatives. No page is ever taken away from a process yet, so a locked one is one that was brought in
 * and is counted; the limits and the counts are Linux's.
 */
#include <linux/mman.h>

#include "lib/errno.h"
#include "vm/fault.h"
#include "vm/limits.h"
#include "vm/region.h"

/* How many pages of [start, end) would be newly locked; what is not mapped counts, as Linux has it. */
static uint64_t pages_to_lock(struct vm_space *space, uint64_t start, uint64_t end)
{
	struct vm_region *region = vm_region_at_or_above(space, start);
	uint64_t pages = (end - start) >> PAGE_SHIFT;

	for (; region && region->start < end; region = vm_region_next(region)) {
		if (region->flags & REGION_LOCKED)
			pages -= (MIN(end, region->end) - MAX(start, region->start)) >> PAGE_SHIFT;
	}
	return pages;
}

/* Set or clear REGION_LOCKED on all that lies in [start, end). */
static int set_locked(struct vm_space *space, uint64_t start, uint64_t end, bool lock)
{
	struct vm_region *region;
	int error = region_isolate(space, start, end);

	if (error)
		return error;
	region = vm_region_at_or_above(space, start);
	for (; region && region->start < end; region = vm_region_next(region)) {
		uint32_t flags = lock ? region->flags | REGION_LOCKED : region->flags & ~REGION_LOCKED;

		if (region->flags & (REGION_VDSO | REGION_VVAR))
			continue;
		if (flags != region->flags)
			region_set_rights(region, region->prot, flags);
	}
	region_merge_range(space, start, end);
	return 0;
}

int vm_lock(struct vm_space *space, uint64_t start, uint64_t bytes, bool lock)
{
	uint64_t end = ALIGN_UP(start + bytes, PAGE_SIZE);
	int error = 0;

	if (lock && !limit_allows_any_lock())
		return -EPERM;
	start &= ~PAGE_MASK;
	if (end < start)
		return -EINVAL;
	mutex_lock(&space->mutex);
	if (lock && !limit_allows_locked(space, pages_to_lock(space, start, end)))
		error = -ENOMEM;
	else if (start != end && !region_covers(space, start, end))
		error = -ENOMEM;
	else if (start != end)
		error = set_locked(space, start, end, lock);
	mutex_unlock(&space->mutex);
	if (!error && lock)
		vm_populate(space, start, end);
	return error;
}

int vm_lock_all(struct vm_space *space, bool is_current, bool is_future)
{
	int error = 0;

	if (!limit_allows_any_lock())
		return -EPERM;
	mutex_lock(&space->mutex);
	if (is_current &&
	    !limit_allows_locked(space, space->total_pages - MIN(space->total_pages, space->locked_pages)))
		error = -ENOMEM;
	if (!error && is_current)
		error = set_locked(space, 0, UINT64_MAX, true);
	if (!error)
		space->locks_future = is_future;
	mutex_unlock(&space->mutex);
	if (!error && is_current)
		vm_populate(space, 0, UINT64_MAX);
	return error;
}

int vm_unlock_all(struct vm_space *space)
{
	int error;

	mutex_lock(&space->mutex);
	space->locks_future = false;
	error = set_locked(space, 0, UINT64_MAX, false);
	mutex_unlock(&space->mutex);
	return error;
}
