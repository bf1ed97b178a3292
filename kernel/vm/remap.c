/*
 * mremap: a mapping made smaller, larger, or put elsewhere with its pages.
 */
#include <linux/mman.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "vm/counters.h"
#include "vm/fault.h"
#include "vm/limits.h"
#include "vm/range.h"
#include "vm/region.h"
#include "vm/room.h"
#include "vm/unmap.h"

struct remap {
	struct vm_space *space;
	uint64_t old, old_bytes; /* whole pages */
	uint64_t new_bytes;
	uint32_t flags; /* MREMAP_* */
	uint64_t new_address;
};

static int check_arguments(const struct remap *remap)
{
	uint32_t flags = remap->flags;

	if (flags & ~(uint32_t)(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP))
		return -EINVAL;
	if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && !(flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if ((flags & MREMAP_DONTUNMAP) && remap->old_bytes != remap->new_bytes)
		return -EINVAL;
	if ((remap->old & PAGE_MASK) || !remap->new_bytes)
		return -EINVAL;
	return 0;
}

/* May the mapping at remap->old become remap->new_bytes long? *region: the one it lies in. */
static int check_resize(const struct remap *remap, struct vm_region **found)
{
	struct vm_space *space = remap->space;
	struct vm_region *region = region_find(space, remap->old);
	uint64_t pages;

	*found = region;
	if (!region)
		return -EFAULT;
	if (!remap->old_bytes && !(region->flags & REGION_SHARED))
		return -EINVAL;
	if (remap->old_bytes > region->end - remap->old)
		return -EFAULT;
	if (remap->new_bytes <= remap->old_bytes)
		return 0;
	if (region->flags & (REGION_VDSO | REGION_VVAR))
		return -EFAULT;
	pages = (remap->new_bytes - remap->old_bytes) >> PAGE_SHIFT;
	if (region->object &&
	    region->object_offset + (remap->old - region->start) + remap->new_bytes < remap->new_bytes)
		return -EINVAL;
	if ((region->flags & REGION_LOCKED) && !limit_allows_locked(space, pages))
		return -EAGAIN;
	if (!limit_allows_pages(space, pages, region->prot, region->flags))
		return -ENOMEM;
	if ((region->prot & PROT_WRITE) && !(region->flags & (REGION_SHARED | REGION_NORESERVE)) &&
	    !memory_can_hold(pages))
		return -ENOMEM;
	return 0;
}

/* The old region, whose pages have moved, goes; with MREMAP_DONTUNMAP it stays, empty and not locked. */
static void end_old(const struct remap *remap)
{
	struct vm_region *region = region_find(remap->space, remap->old);

	if (remap->flags & MREMAP_DONTUNMAP) {
		region_set_rights(region, region->prot, region->flags & ~REGION_LOCKED);
		return;
	}
	region_remove(remap->space, region);
	region_free(region);
}

/* The pages of [old, old + old_bytes) go to `target`, where nothing lies, in a region of new_bytes. */
static int64_t move_to(const struct remap *remap, struct vm_region *region, uint64_t target)
{
	struct vm_space *space = remap->space;
	struct vm_region *moved;
	int error;

	if (space->region_count + 3 > REGION_COUNT_MAX)
		return -ENOMEM;
	moved = region_copy(region);
	if (!moved)
		return -ENOMEM;
	if (moved->object)
		moved->object_offset += remap->old - region->start;
	moved->start = target;
	moved->end = target + remap->new_bytes;
	error = range_move_prepare(space, remap->old, target, remap->old_bytes);
	if (!error && remap->old_bytes)
		error = region_isolate(space, remap->old, remap->old + remap->old_bytes);
	if (error) {
		region_free(moved);
		return error;
	}
	/* The new region stands on the object's list before pages move, the old one until they have: a truncation meets
	 * them. */
	region_insert(space, moved);
	range_move(space, remap->old, target, remap->old_bytes);
	if (remap->old_bytes)
		end_old(remap);
	/* What moved and what stayed may be neighbours: neither is named any more once one of them is merged. */
	region_merge(moved);
	if (remap->flags & MREMAP_DONTUNMAP)
		region_merge_range(space, remap->old, remap->old + remap->old_bytes);
	trace(TRACE_UNMAP, vm_trace_owner(space), remap->old, remap->old_bytes, 0);
	trace(TRACE_MAP, vm_trace_owner(space), target, remap->new_bytes, 0);
	return (int64_t)target;
}

/* MREMAP_FIXED or MREMAP_DONTUNMAP: always a move. */
static int64_t remap_to(struct remap *remap)
{
	struct vm_space *space = remap->space;
	bool is_fixed = remap->flags & MREMAP_FIXED;
	struct vm_region *region;
	uint64_t target = remap->new_address;
	int error;

	if (is_fixed && ((target & PAGE_MASK) || !user_range_is_valid(target, remap->new_bytes)))
		return -EINVAL;
	if (is_fixed && remap->old + remap->old_bytes > target && target + remap->new_bytes > remap->old)
		return -EINVAL;
	error = check_resize(remap, &region);
	if (error && !(is_fixed && remap->old_bytes > remap->new_bytes))
		return error;
	if ((remap->flags & MREMAP_DONTUNMAP) &&
	    !limit_allows_pages(space, remap->old_bytes >> PAGE_SHIFT, region->prot, region->flags))
		return -ENOMEM;
	if (is_fixed)
		error = unmap_locked(space, target, target + remap->new_bytes);
	if (!error && remap->old_bytes > remap->new_bytes) {
		error = unmap_locked(space, remap->old + remap->new_bytes, remap->old + remap->old_bytes);
		remap->old_bytes = remap->new_bytes;
	}
	if (error)
		return error;
	error = check_resize(remap, &region);
	if (error)
		return error;
	if (!is_fixed)
		target = room_find_any(space, remap->new_bytes);
	return target ? move_to(remap, region, target) : -ENOMEM;
}

/* Longer where it is, if what lies behind it is free. */
static bool extend_in_place(const struct remap *remap, struct vm_region *region)
{
	uint64_t end = remap->old + remap->new_bytes;

	if (remap->old + remap->old_bytes != region->end || end > USER_SPACE_END || end < remap->old)
		return false;
	if (!room_is_free(remap->space, region->end, end - region->end))
		return false;
	region_set_bounds(region, region->start, end);
	region_merge(region);
	return true;
}

static int64_t remap_locked(struct remap *remap)
{
	struct vm_space *space = remap->space;
	struct vm_region *region;
	uint64_t target;
	int error;

	if (!region_find(space, remap->old))
		return -EFAULT;
	if (!user_range_is_valid(remap->old, remap->old_bytes))
		return -EINVAL;
	if (remap->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		return remap_to(remap);
	if (remap->old_bytes >= remap->new_bytes) {
		error = unmap_locked(space, remap->old + remap->new_bytes, remap->old + remap->old_bytes);
		return error ? error : (int64_t)remap->old;
	}
	error = check_resize(remap, &region);
	if (error)
		return error;
	if (extend_in_place(remap, region))
		return (int64_t)remap->old;
	if (!(remap->flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	target = remap->new_bytes < USER_SPACE_END ? room_find_any(space, remap->new_bytes) : 0;
	return target ? move_to(remap, region, target) : -ENOMEM;
}

int64_t vm_remap(struct vm_space *space, uint64_t old, uint64_t old_bytes, uint64_t new_bytes, uint32_t flags,
		 uint64_t new_address)
{
	struct remap remap = {
		.space = space,
		.old = old,
		.old_bytes = ALIGN_UP(old_bytes, PAGE_SIZE),
		.new_bytes = ALIGN_UP(new_bytes, PAGE_SIZE),
		.flags = flags,
		.new_address = new_address,
	};
	bool shall_populate = false;
	int64_t result = check_arguments(&remap);

	if (result)
		return result;
	mutex_lock(&space->mutex);
	result = remap_locked(&remap);
	if (result >= 0 && remap.new_bytes > remap.old_bytes) {
		struct vm_region *region = region_find(space, (uint64_t)result);

		shall_populate = region && (region->flags & REGION_LOCKED);
	}
	mutex_unlock(&space->mutex);
	if (shall_populate)
		vm_populate(space, (uint64_t)result, (uint64_t)result + remap.new_bytes);
	return result;
}
