/*
 * madvise: advice that changes what is in memory, advice that changes what fork does, and advice that needs nothing
 * done.
 */
#include <linux/mman.h>

#include "lib/errno.h"
#include "vm/fault.h"
#include "vm/range.h"
#include "vm/region.h"

static int discard(struct vm_region *region, uint64_t start, uint64_t end)
{
	int error = range_prepare(region->space, start, end);

	if (!error)
		range_clear(region->space, start, end, region_is_shmem(region) ? CLEAR_SHMEM : CLEAR_ALL);
	return error;
}

/* MADV_REMOVE: punch a hole into the object. */
static int punch(struct vm_region *region, uint64_t start, uint64_t end)
{
	struct memobj *object = region->object;

	if (region->flags & REGION_LOCKED)
		return -EINVAL;
	if (!object)
		return -EINVAL;
	if (!(region->flags & REGION_SHARED) || !(region->prot & PROT_WRITE))
		return -EACCES;
	return memobj_punch(object, region->object_offset + (start - region->start), end - start);
}

/* Set and clear flags of the part [start, end) of a region. */
static int change_flags(struct vm_region *region, uint64_t start, uint64_t end, uint32_t set, uint32_t clear)
{
	struct vm_space *space = region->space;
	uint32_t flags = (region->flags & ~clear) | set;
	int error;

	if (flags == region->flags)
		return 0;
	error = region_isolate(space, start, end);
	if (error)
		return error;
	region = region_find(space, start);
	region_set_rights(region, region->prot, flags);
	if (set & (REGION_DONTFORK | REGION_WIPEONFORK))
		space->has_fork_rules = true;
	region_merge(region);
	return 0;
}

/* One region's part. */
static int advise_region(struct vm_region *region, uint64_t start, uint64_t end, int advice)
{
	switch (advice) {
	case MADV_DONTNEED:
		return region->flags & REGION_LOCKED ? -EINVAL : discard(region, start, end);
	case MADV_DONTNEED_LOCKED:
		return discard(region, start, end);
	case MADV_FREE:
		if (region->object)
			return -EINVAL;
		return discard(region, start, end);
	case MADV_REMOVE:
		return punch(region, start, end);
	case MADV_DONTFORK:
		return change_flags(region, start, end, REGION_DONTFORK, 0);
	case MADV_DOFORK:
		return change_flags(region, start, end, 0, REGION_DONTFORK);
	case MADV_WIPEONFORK:
		if (region->object)
			return -EINVAL;
		return change_flags(region, start, end, REGION_WIPEONFORK, 0);
	case MADV_KEEPONFORK:
		return change_flags(region, start, end, 0, REGION_WIPEONFORK);
	case MADV_HUGEPAGE:
		return change_flags(region, start, end, 0, REGION_NOHUGE);
	case MADV_NOHUGEPAGE:
		return change_flags(region, start, end, REGION_NOHUGE, 0);
	case MADV_DONTDUMP:
		return change_flags(region, start, end, REGION_DONTDUMP, 0);
	case MADV_DODUMP:
		return change_flags(region, start, end, 0, REGION_DONTDUMP);
	default:
		return 0; /* everything is in memory already, and its order of use changes nothing */
	}
}

static bool is_known(int advice)
{
	switch (advice) {
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_WILLNEED:
	case MADV_DONTNEED:
	case MADV_FREE:
	case MADV_REMOVE:
	case MADV_DONTFORK:
	case MADV_DOFORK:
	case MADV_MERGEABLE:
	case MADV_UNMERGEABLE:
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
	case MADV_WIPEONFORK:
	case MADV_KEEPONFORK:
	case MADV_COLD:
	case MADV_PAGEOUT:
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
	case MADV_DONTNEED_LOCKED:
		return true;
	default:
		return false;
	}
}

/* MADV_POPULATE_*: the errors of madvise(2) for what a fault would answer. */
static int populate(struct vm_space *space, uint64_t start, uint64_t end, bool is_write)
{
	int error;

	mutex_lock(&space->mutex);
	error = region_covers(space, start, end) ? 0 : -ENOMEM;
	mutex_unlock(&space->mutex);
	if (!error)
		error = vm_fault_in(space, start, end, is_write, NULL);
	if (error == -EACCES)
		return -EINVAL;
	return error == -ENXIO ? -EFAULT : error;
}

static int advise_locked(struct vm_space *space, uint64_t start, uint64_t end, int advice)
{
	int gap = 0;
	int error = 0;

	while (start < end && !error) {
		struct vm_region *region = vm_region_at_or_above(space, start);
		uint64_t stop;

		if (!region || region->start >= end)
			return -ENOMEM;
		if (region->start > start) {
			gap = -ENOMEM; /* reported in the end, after the rest was advised */
			start = region->start;
		}
		stop = MIN(end, region->end);
		error = advise_region(region, start, stop, advice);
		start = stop;
	}
	return error ? error : gap;
}

int vm_advise(struct vm_space *space, uint64_t start, uint64_t bytes, int advice)
{
	uint64_t length = ALIGN_UP(bytes, PAGE_SIZE);
	uint64_t end = start + length;
	int error;

	if (!is_known(advice) || (start & PAGE_MASK) || (bytes && !length) || end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	if (advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE)
		return populate(space, start, end, advice == MADV_POPULATE_WRITE);
	mutex_lock(&space->mutex);
	error = advise_locked(space, start, end, advice);
	mutex_unlock(&space->mutex);
	return error;
}
