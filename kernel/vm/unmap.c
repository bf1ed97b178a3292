/*
 * munmap and mprotect: taking mappings and rights away.
 */
#include "vm/unmap.h"

#include <linux/mman.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "vm/limits.h"
#include "vm/range.h"
#include "vm/region.h"

/* Page tables that regions of the range cover in part become ours alone, so that clearing cannot fail. */
static int prepare_tables(struct vm_space *space, uint64_t start, uint64_t end)
{
	struct vm_region *region = vm_region_at_or_above(space, start);
	int error = 0;

	for (; !error && region && region->start < end; region = vm_region_next(region))
		error = range_prepare(space, MAX(start, region->start), MIN(end, region->end));
	return error;
}

int unmap_locked(struct vm_space *space, uint64_t start, uint64_t end)
{
	struct vm_region *region = vm_region_at_or_above(space, start);
	int error;

	if (start >= end || !region || region->start >= end)
		return 0;
	error = prepare_tables(space, start, end);
	if (!error)
		error = region_isolate(space, start, end);
	if (error)
		return error;
	region = vm_region_at_or_above(space, start);
	while (region && region->start < end) {
		struct vm_region *next = vm_region_next(region);

		region_remove(space, region);
		range_clear(space, region->start, region->end, region_is_shmem(region) ? CLEAR_SHMEM : CLEAR_ALL);
		region_free(region);
		region = next;
	}
	trace(TRACE_UNMAP, vm_trace_owner(space), start, end - start, 0);
	return 0;
}

int vm_unmap(struct vm_space *space, uint64_t start, uint64_t bytes)
{
	int error;

	if ((start & PAGE_MASK) || !bytes || !user_range_is_valid(start, bytes))
		return -EINVAL;
	mutex_lock(&space->mutex);
	error = unmap_locked(space, start, ALIGN_UP(start + bytes, PAGE_SIZE));
	mutex_unlock(&space->mutex);
	return error;
}

/* Is it the attachment that began at `address`, or a piece of it? */
static bool is_attached_at(const struct vm_region *region, uint64_t address)
{
	return (region->flags & REGION_SEGMENT) && region->start - address == region->object_offset;
}

int vm_unmap_attachment(struct vm_space *space, uint64_t address)
{
	struct vm_region *region;
	struct memobj *object;
	uint64_t end;
	int error = -EINVAL;

	mutex_lock(&space->mutex);
	region = vm_region_at_or_above(space, address);
	while (region && !is_attached_at(region, address))
		region = vm_region_next(region);
	if (region) {
		object = region->object;
		end = address + object->size_bytes;
		memobj_get(object);
		error = 0;
		while (region && region->end <= end && !error) {
			uint64_t next = region->end;

			if (is_attached_at(region, address) && region->object == object)
				error = unmap_locked(space, region->start, region->end);
			region = vm_region_at_or_above(space, next);
		}
		memobj_put(object);
	}
	mutex_unlock(&space->mutex);
	return error;
}

/*
 * How far from `start` the protection may be changed: up to a hole, or a region that may not get it, as Linux changes
 * what lies before the obstacle. *error says what stands there. Also counts what becomes private and writable.
 */
static uint64_t protectable_end(struct vm_space *space, uint64_t start, uint64_t end, uint32_t prot, int *error)
{
	uint64_t data_limit = limit_of(RLIMIT_DATA) >> PAGE_SHIFT;
	struct vm_region *region = region_find(space, start);
	uint64_t at = start, pages = 0;

	*error = 0;
	while (at < end && !*error) {
		uint64_t more;

		if (!region || region->start > at) {
			*error = -ENOMEM;
			break;
		}
		if (prot & ~region->max_prot) {
			*error = -EACCES;
			break;
		}
		more = (MIN(end, region->end) - at) >> PAGE_SHIFT;
		if ((prot & PROT_WRITE) && !(region->prot & PROT_WRITE) && !(region->flags & REGION_SHARED)) {
			if (!(region->flags & REGION_NORESERVE) && !memory_can_hold(more))
				*error = -ENOMEM;
			/* No page more is mapped; it is only the limit on data that may be reached. */
			if (!(region->flags & REGION_STACK))
				pages += more;
			if (pages && space->data_pages + pages > data_limit)
				*error = -ENOMEM;
		}
		if (!*error) {
			at = region->end;
			region = vm_region_next(region);
		}
	}
	return MIN(at, end);
}

static int protect_locked(struct vm_space *space, uint64_t start, uint64_t end, uint32_t prot)
{
	struct vm_region *region;
	int obstacle, error;

	end = protectable_end(space, start, end, prot, &obstacle);
	if (start == end)
		return obstacle;
	error = range_own(space, start, end);
	if (!error)
		error = region_isolate(space, start, end);
	if (error)
		return error;
	region = vm_region_at_or_above(space, start);
	for (; region && region->start < end; region = vm_region_next(region)) {
		if (region->prot == prot)
			continue;
		region_set_rights(region, prot, region->flags);
		range_protect(space, region->start, region->end, prot, region_writes_unnoticed(region));
	}
	region_merge_range(space, start, end);
	return obstacle;
}

int vm_protect(struct vm_space *space, uint64_t start, uint64_t bytes, uint32_t prot)
{
	bool grows_down = prot & PROT_GROWSDOWN;
	uint64_t end = start + ALIGN_UP(bytes, PAGE_SIZE);
	struct vm_region *region;
	int error = 0;

	if ((prot & PROT_GROWSDOWN) && (prot & PROT_GROWSUP))
		return -EINVAL;
	if (start & PAGE_MASK)
		return -EINVAL;
	if (!bytes)
		return 0;
	if (end <= start)
		return -ENOMEM;
	if (prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM | PROT_GROWSDOWN | PROT_GROWSUP))
		return -EINVAL;
	mutex_lock(&space->mutex);
	region = vm_region_at_or_above(space, start);
	if (!region || (region->start > start && !grows_down) || region->start >= end)
		error = -ENOMEM;
	else if (prot & PROT_GROWSUP)
		error = -EINVAL;
	else if (grows_down && !(region->flags & REGION_STACK))
		error = -EINVAL;
	else if (grows_down)
		start = region->start;
	if (!error)
		error = protect_locked(space, start, end, prot & (PROT_READ | PROT_WRITE | PROT_EXEC));
	mutex_unlock(&space->mutex);
	return error;
}
