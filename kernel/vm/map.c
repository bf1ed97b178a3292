/*
 * mmap: checks, place, and the region.
 */
#include <linux/mman.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "vm/counters.h"
#include "vm/fault.h"
#include "vm/home.h"
#include "vm/limits.h"
#include "vm/region.h"
#include "vm/room.h"
#include "vm/unmap.h"

/* Flags that mmap(2) had before MAP_SHARED_VALIDATE, which refuses all others. */
#define MAP_LONG_KNOWN                                                                                               \
	(MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_DENYWRITE | MAP_EXECUTABLE | MAP_UNINITIALIZED | MAP_GROWSDOWN | \
	 MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | MAP_HUGETLB | MAP_32BIT |            \
	 ((uint32_t)MAP_HUGE_MASK << MAP_HUGE_SHIFT))

/* MAP_32BIT places between these. */
#define LOW_AREA_START 0x40000000ull
#define LOW_AREA_END   0x80000000ull

static int check_request(const struct vm_map_request *request)
{
	uint32_t type = request->map_flags & MAP_TYPE;
	bool is_file = request->object || request->file;

	if (!request->bytes)
		return -EINVAL;
	if (!ALIGN_UP(request->bytes, PAGE_SIZE))
		return -ENOMEM;
	if (request->object_offset + ALIGN_UP(request->bytes, PAGE_SIZE) < request->object_offset)
		return -EOVERFLOW;
	if (type == MAP_SHARED_VALIDATE && is_file) {
		if (request->map_flags & ~MAP_LONG_KNOWN)
			return -EOPNOTSUPP;
	} else if (type != MAP_SHARED && type != MAP_PRIVATE) {
		return -EINVAL;
	}
	if ((request->map_flags & MAP_GROWSDOWN) && (is_file || type != MAP_PRIVATE))
		return -EINVAL;
	return 0;
}

/* Where the mapping goes, or a negative errno. */
static int64_t choose_address(struct vm_space *space, const struct vm_map_request *request, uint64_t bytes)
{
	uint64_t hint = request->hint, home;
	uint64_t found;

	if (bytes > USER_SPACE_END)
		return -ENOMEM;
	home = home_find(space, request, bytes);
	if (home)
		return (int64_t)home;
	if (request->map_flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		if (hint > USER_SPACE_END - bytes)
			return -ENOMEM;
		if (hint & PAGE_MASK)
			return -EINVAL;
		if (request->map_flags & MAP_FIXED_NOREPLACE) {
			struct vm_region *region = vm_region_at_or_above(space, hint);

			if (region && region->start < hint + bytes)
				return -EEXIST;
		}
		return (int64_t)hint;
	}
	hint &= ~PAGE_MASK;
	if (hint) {
		hint = MAX(hint, ADDRESS_MIN);
		if (hint <= USER_SPACE_END - bytes && room_is_free(space, hint, bytes))
			return (int64_t)hint;
	}
	if (request->map_flags & MAP_32BIT)
		found = room_find(space, bytes, LOW_AREA_START, LOW_AREA_END);
	else
		found = room_find_any(space, bytes);
	return found ? (int64_t)found : -ENOMEM;
}

static uint64_t pages_mapped_in(struct vm_space *space, uint64_t start, uint64_t end)
{
	struct vm_region *region = vm_region_at_or_above(space, start);
	uint64_t pages = 0;

	for (; region && region->start < end; region = vm_region_next(region))
		pages += (MIN(end, region->end) - MAX(start, region->start)) >> PAGE_SHIFT;
	return pages;
}

/* `wanted` has its bounds and rights; may it be, besides what it replaces? */
static int check_limits(struct vm_space *space, const struct vm_region *wanted)
{
	uint64_t pages = region_pages(wanted);
	bool is_promised = (wanted->prot & PROT_WRITE) && !(wanted->flags & REGION_SHARED);

	if ((wanted->flags & REGION_LOCKED) && !limit_allows_locked(space, pages))
		return -EAGAIN;
	if (space->region_count >= REGION_COUNT_MAX)
		return -ENOMEM;
	if (!limit_allows_pages(space, pages, wanted->prot, wanted->flags)) {
		pages -= pages_mapped_in(space, wanted->start, wanted->end);
		if (!limit_allows_pages(space, pages, wanted->prot, wanted->flags))
			return -ENOMEM;
	}
	if (is_promised && !(wanted->flags & REGION_NORESERVE) && !memory_can_hold(region_pages(wanted)))
		return -ENOMEM;
	return 0;
}

/* Let a neighbour that `wanted` continues grow over it. */
static bool grow_neighbour(struct vm_space *space, const struct vm_region *wanted)
{
	struct vm_region *next = vm_region_at_or_above(space, wanted->start);
	struct vm_region *previous = region_below(space, wanted->start);

	if (previous && region_continues(previous, wanted)) {
		region_set_bounds(previous, previous->start, wanted->end);
		region_merge(previous);
		return true;
	}
	if (next && region_continues(wanted, next)) {
		region_set_bounds(next, wanted->start, next->end);
		return true;
	}
	return false;
}

/* Put `wanted` into the space, in place of what is there. 0 or -ENOMEM with nothing changed. */
static int place_region(struct vm_space *space, const struct vm_region *wanted)
{
	struct vm_region *there = vm_region_at_or_above(space, wanted->start);
	bool is_free = !there || there->start >= wanted->end;
	struct vm_region *region;
	int error = 0;

	if (is_free && grow_neighbour(space, wanted))
		return 0;
	region = region_copy(wanted);
	if (!region)
		return -ENOMEM;
	if (!is_free)
		error = unmap_locked(space, wanted->start, wanted->end);
	if (error) {
		region_free(region);
		return error;
	}
	region_insert(space, region);
	if (!is_free)
		region_merge(region);
	return 0;
}

static uint32_t region_flags(const struct vm_space *space, const struct vm_map_request *request)
{
	uint32_t flags = request->region_flags;

	if ((request->map_flags & MAP_TYPE) != MAP_PRIVATE)
		flags |= REGION_SHARED;
	if (request->map_flags & MAP_GROWSDOWN)
		flags |= REGION_STACK;
	if ((request->map_flags & MAP_NORESERVE) && vm_overcommit != OVERCOMMIT_NEVER)
		flags |= REGION_NORESERVE;
	if ((request->map_flags & MAP_LOCKED) || space->locks_future)
		flags |= REGION_LOCKED;
	return flags;
}

/* With the mutex held: the address or a negative errno. */
static int64_t map_locked(struct vm_space *space, const struct vm_map_request *request, struct memobj *object)
{
	uint64_t bytes = ALIGN_UP(request->bytes, PAGE_SIZE);
	struct vm_region wanted = {
		.space = space,
		.prot = request->prot & (PROT_READ | PROT_WRITE | PROT_EXEC),
		.max_prot = request->max_prot ? request->max_prot : PROT_READ | PROT_WRITE | PROT_EXEC,
		.flags = region_flags(space, request),
		.object = object,
		.object_offset = object ? request->object_offset : 0,
		.file = request->file,
	};
	int64_t address = choose_address(space, request, bytes);
	int error;

	if (address < 0)
		return address;
	wanted.start = (uint64_t)address;
	wanted.end = wanted.start + bytes;
	error = check_limits(space, &wanted);
	if (!error)
		error = place_region(space, &wanted);
	if (error)
		return error;
	trace(TRACE_MAP, vm_trace_owner(space), wanted.start, bytes, wanted.prot | (uint64_t)request->map_flags << 32);
	if (object)
		trace(TRACE_MAP_OBJECT, vm_trace_owner(space), wanted.start, (uint64_t)object, wanted.object_offset);
	return address;
}

int64_t vm_map(struct vm_space *space, const struct vm_map_request *request)
{
	struct memobj *object = request->object;
	bool is_shared_memory = !object && (request->map_flags & MAP_TYPE) != MAP_PRIVATE;
	bool shall_populate;
	int64_t address = check_request(request);

	if (address)
		return address;
	if (is_shared_memory) {
		uint64_t pages = ALIGN_UP(request->bytes, PAGE_SIZE) >> PAGE_SHIFT;

		if ((!(request->map_flags & MAP_NORESERVE) || vm_overcommit == OVERCOMMIT_NEVER) &&
		    !memory_can_hold(pages))
			return -ENOMEM;
		object = memobj_create(NULL, pages << PAGE_SHIFT, NULL);
		if (!object)
			return -ENOMEM;
	}
	mutex_lock(&space->mutex);
	address = map_locked(space, request, object);
	shall_populate = (request->map_flags & (MAP_POPULATE | MAP_LOCKED)) || space->locks_future;
	mutex_unlock(&space->mutex);
	if (is_shared_memory)
		memobj_put(object);
	if (address >= 0 && shall_populate && !(request->map_flags & MAP_NONBLOCK))
		vm_populate(space, (uint64_t)address, (uint64_t)address + request->bytes);
	return address;
}

/* Do the regions from this one on reach `end`, and are they one mapping that was cut? */
static bool is_one_until(struct vm_region *first, uint64_t end)
{
	struct vm_region *region = first, *next;

	for (; region->end < end; region = next) {
		next = vm_region_next(region);
		if (!next || next->start != region->end || next->file != first->file || next->object != first->object ||
		    next->flags != first->flags || next->prot != first->prot)
			return false;
	}
	return true;
}

static int check_remapped(const struct vm_region *region, uint64_t bytes, uint64_t page)
{
	/* To Linux what can never be written is not shared. */
	if (!region || !(region->flags & REGION_SHARED) || !(region->max_prot & PROT_WRITE))
		return -EINVAL;
	return bytes > INT64_MAX || page > (INT64_MAX - bytes) >> PAGE_SHIFT ? -EOVERFLOW : 0;
}

/* The mapping is made anew at the same place, as Linux does it since 4.0: nothing else differs from page to page. */
int vm_remap_file_pages(struct vm_space *space, uint64_t start, uint64_t bytes, uint64_t page, uint32_t map_flags)
{
	struct vm_map_request request = {.map_flags = MAP_SHARED | MAP_FIXED};

	start &= ~PAGE_MASK;
	bytes &= ~PAGE_MASK;
	if (start + bytes <= start || page + (bytes >> PAGE_SHIFT) < page)
		return -EINVAL;
	mutex_lock(&space->mutex);
	struct vm_region *region = region_find(space, start);
	int64_t result = check_remapped(region, bytes, page);
	if (!result && !is_one_until(region, start + bytes))
		result = -EINVAL;
	if (!result) {
		request.hint = start;
		request.bytes = bytes;
		request.prot = region->prot;
		request.max_prot = region->max_prot;
		request.region_flags = region->flags & (REGION_LOCKED | REGION_NORESERVE | REGION_SEGMENT);
		request.file = region->file;
		request.object_offset = page << PAGE_SHIFT;
		result = map_locked(space, &request, region->object);
	}
	mutex_unlock(&space->mutex);
	if (result < 0)
		return (int)result;
	if (!(map_flags & MAP_NONBLOCK) || (request.region_flags & REGION_LOCKED))
		vm_populate(space, start, start + bytes);
	return 0;
}
