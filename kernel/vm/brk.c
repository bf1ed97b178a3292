/*
 * brk: the heap, one region between the end of the program's data and the break.
 */
#include <linux/mman.h>

#include "arch/x86_64/uaccess.h"
#include "vm/counters.h"
#include "vm/fault.h"
#include "vm/limits.h"
#include "vm/region.h"
#include "vm/room.h"
#include "vm/unmap.h"

#define HEAP_PROT (PROT_READ | PROT_WRITE)

/* Grow the heap over [start, end), which is free. False when it cannot be. */
static bool grow_heap(struct vm_space *space, uint64_t start, uint64_t end)
{
	uint64_t pages = (end - start) >> PAGE_SHIFT;
	uint32_t flags = REGION_HEAP | (space->locks_future ? REGION_LOCKED : 0);
	struct vm_region *heap = start > space->brk_start ? region_find(space, start - 1) : NULL;

	if (!limit_allows_pages(space, pages, HEAP_PROT, flags) || !memory_can_hold(pages))
		return false;
	if (space->locks_future && !limit_allows_locked(space, pages))
		return false;
	if (heap && heap->prot == HEAP_PROT && heap->flags == flags && !heap->object) {
		region_set_bounds(heap, heap->start, end);
		return true;
	}
	if (space->region_count >= REGION_COUNT_MAX)
		return false;
	heap = region_alloc();
	if (!heap)
		return false;
	heap->start = start;
	heap->end = end;
	heap->prot = HEAP_PROT;
	heap->max_prot = PROT_READ | PROT_WRITE | PROT_EXEC;
	heap->flags = flags;
	region_insert(space, heap);
	return true;
}

/* RLIMIT_DATA bounds the program's data and its heap together. */
static bool data_limit_allows(const struct vm_space *space, uint64_t wanted)
{
	uint64_t limit = limit_of(RLIMIT_DATA);

	return limit == UINT64_MAX || (wanted - space->brk_start) + (space->data_end - space->data_start) <= limit;
}

static bool move_break(struct vm_space *space, uint64_t wanted)
{
	uint64_t old_end = ALIGN_UP(space->brk_end, PAGE_SIZE);
	uint64_t new_end = ALIGN_UP(wanted, PAGE_SIZE);

	if (wanted < space->brk_start || wanted > USER_SPACE_END || !data_limit_allows(space, wanted))
		return false;
	if (new_end < old_end)
		return unmap_locked(space, new_end, old_end) == 0;
	if (new_end == old_end)
		return true;
	/* A page stays free above the heap, and the gap below a stack. */
	return room_is_free(space, old_end, new_end + PAGE_SIZE - old_end) && grow_heap(space, old_end, new_end);
}

uint64_t vm_brk(struct vm_space *space, uint64_t wanted)
{
	uint64_t old_end, end;
	bool shall_populate;

	mutex_lock(&space->mutex);
	old_end = space->brk_end;
	if (wanted != old_end && move_break(space, wanted))
		space->brk_end = wanted;
	end = space->brk_end;
	shall_populate = space->locks_future && end > old_end;
	mutex_unlock(&space->mutex);
	if (shall_populate)
		vm_populate(space, ALIGN_UP(old_end, PAGE_SIZE), ALIGN_UP(end, PAGE_SIZE));
	return end;
}
