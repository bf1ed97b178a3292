/*
 * Mappings of an object, see objectmap.h.
 */
#include "vm/objectmap.h"

#include "vm/pageindex.h"
#include "vm/range.h"
#include "vm/region.h"

void object_unmap(struct memobj *object, uint64_t first, uint64_t end, bool even_private)
{
	struct vm_region *region;

	list_for_each (region, &object->regions, object_link) {
		uint64_t region_first = region->object_offset >> PAGE_SHIFT;
		uint64_t region_end = region_first + region_pages(region);
		uint64_t from = MAX(first, region_first);
		uint64_t to = MIN(end, region_end);
		unsigned flags = CLEAR_UNLOCKED;

		if (from >= to)
			continue;
		if (!even_private)
			flags |= CLEAR_OBJECT;
		if (region_is_shmem(region))
			flags |= CLEAR_SHMEM;
		range_clear(region->space, region->start + ((from - region_first) << PAGE_SHIFT),
			    region->start + ((to - region_first) << PAGE_SHIFT), flags);
	}
}

struct page *object_peek(struct memobj *object, uint64_t index)
{
	if (object->pages.count) {
		struct page *page = page_index_get(&object->pages, index);

		if (page)
			return page;
	}
	if (index < object->image_pages && index < object->source_pages)
		return page_of(object->image_start + (index << PAGE_SHIFT));
	return NULL;
}
