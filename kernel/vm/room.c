/*
 * Search for free room, see room.h.
 */
#include "vm/room.h"

#include "arch/x86_64/uaccess.h"
#include "vm/region.h"

/* The search itself; *skipped is raised to the largest gap that was too small. */
static uint64_t search_down(struct vm_space *space, uint64_t bytes, uint64_t floor, uint64_t ceiling, uint64_t *skipped)
{
	struct vm_region *region = region_below(space, ceiling);
	uint64_t gap_end = ceiling;

	while (gap_end > floor) {
		uint64_t gap_start = region ? MAX(region->end, floor) : floor;
		struct rb_node *previous;

		if (gap_end > gap_start) {
			if (gap_end - gap_start >= bytes)
				return gap_end - bytes;
			*skipped = MAX(*skipped, gap_end - gap_start);
		}
		if (!region)
			break;
		gap_end = region_guarded_start(region);
		previous = rb_prev(&region->node);
		region = previous ? rb_entry(previous, struct vm_region, node) : NULL;
	}
	return 0;
}

uint64_t room_find(struct vm_space *space, uint64_t bytes, uint64_t floor, uint64_t ceiling)
{
	uint64_t skipped = 0;

	return search_down(space, bytes, floor, ceiling, &skipped);
}

uint64_t room_find_any(struct vm_space *space, uint64_t bytes)
{
	bool uses_memory = bytes > space->room_above && space->room_from < space->mmap_top;
	uint64_t skipped = uses_memory ? space->room_above : 0;
	uint64_t found;

	found = search_down(space, bytes, ADDRESS_MIN, uses_memory ? space->room_from : space->mmap_top, &skipped);
	if (!found)
		return room_find(space, bytes, ADDRESS_MIN, USER_SPACE_END);
	space->room_from = found;
	space->room_above = skipped;
	return found;
}

bool room_is_free(struct vm_space *space, uint64_t start, uint64_t bytes)
{
	struct vm_region *region = vm_region_at_or_above(space, start);

	return !region || start + bytes <= region_guarded_start(region);
}

void room_note_gap(struct vm_space *space, const struct vm_region *next)
{
	uint64_t end = next ? next->start : UINT64_MAX;

	space->room_from = MAX(space->room_from, end);
}
