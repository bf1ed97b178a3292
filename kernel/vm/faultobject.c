/*
 * Faults on pages of objects: files in the page cache or in the image, shared memory.
 *
 * A page is entered into the tables under the object's lock, after a look at the object's size and at the page: so no
 * page can come back into a mapping that a truncation has just cleared.
 */
#include <linux/mman.h>

#include "lib/errno.h"
#include "vm/fault.h"
#include "vm/objectmap.h"
#include "vm/pageindex.h"
#include "vm/range.h"
#include "vm/writeback.h"

/* Faults bring in what is in memory already of the aligned window around them (Linux: fault_around_bytes). */
#define WINDOW_BYTES 0x10000ull

/* The entry that shows `page` of a region's object: writable at once where the region is shared and the page the
 * object's own. */
static pte_t object_entry(const struct vm_region *region, struct page *page, bool is_write)
{
	pte_t entry = page_to_phys(page) | protection_bits(region->prot);

	if (is_write)
		entry |= PTE_DIRTY;
	if (page->kind == PAGE_IMAGE || page->kind == PAGE_ZERO)
		return entry | PTE_UNCOUNTED;
	if ((region->flags & REGION_SHARED) && (region->prot & PROT_WRITE) &&
	    object_may_write_now(region->object, page))
		entry |= PTE_WRITE;
	return entry;
}

/* Put `page` into the empty `entry`, which gets a reference of its own. Returns what was counted as resident. */
static void enter(struct vm_region *region, pte_t *entry, struct page *page, pte_t extra_bits, int64_t *counted,
		  int64_t *mapped)
{
	pte_t value = object_entry(region, page, false) | extra_bits;

	if (!(value & PTE_UNCOUNTED)) {
		page_get(page);
		++*mapped;
	}
	if (page != page_zero)
		++*counted;
	entry_set(entry, value);
}

/* Map what is there around `address` and not mapped yet. The object's lock and table_lock are held. */
static void enter_neighbours(struct vm_region *region, pte_t *entry, uint64_t address, int64_t *counted,
			     int64_t *mapped)
{
	struct memobj *object = region->object;
	uint64_t from = MAX(ALIGN_DOWN(address, WINDOW_BYTES), region->start);
	uint64_t to = MIN(ALIGN_DOWN(address, WINDOW_BYTES) + WINDOW_BYTES, region->end);
	uint64_t index = region_object_index(region, from);
	uint64_t limit = object_pages(object);
	pte_t *at = entry - ((address - from) >> PAGE_SHIFT);

	for (; from < to && index < limit; from += PAGE_SIZE, index++, at++) {
		struct page *page;

		if (*at)
			continue;
		page = object_peek(object, index);
		if (page && page != page_zero)
			enter(region, at, page, 0, counted, mapped);
	}
}

/* Enter `page` at `address`. The object's lock is held. 0 or -ENOMEM. */
static int enter_window(struct vm_space *space, struct vm_region *region, uint64_t address, struct page *page,
			bool is_write)
{
	int64_t counted = 0, mapped = 0;
	int error = -ENOMEM;
	pte_t *entry;

	address &= ~PAGE_MASK;
	spin_lock(&space->table_lock);
	entry = table_entry_make(space, address);
	if (entry) {
		error = 0;
		if (!*entry)
			enter(region, entry, page, PTE_ACCESSED | (is_write ? PTE_DIRTY : 0), &counted, &mapped);
		else if (is_write && entry_page(*entry) == page && !(*entry & PTE_WRITE))
			*entry |= object_entry(region, page, true);
		if (!is_write)
			enter_neighbours(region, entry, address, &counted, &mapped);
	}
	spin_unlock(&space->table_lock);
	if (mapped)
		count_add(&vm_counters.mapped, mapped);
	if (counted)
		resident_add(space, region_is_shmem(region) ? &space->resident_shared : &space->resident_file, counted);
	return error;
}

/* What fetching a page may answer, as the fault's result. */
static int fault_error(int error)
{
	return error == -EIO || error == -ENOSPC ? -ENXIO : error;
}

/* Get page `index` with a reference, waiting if need be. is_own: the object's, not the image's and not a hole. */
static int get_page(struct memobj *object, uint64_t index, bool is_own, struct page **page)
{
	uint64_t was_major = object->ops && object->ops->fetch && !is_own;
	int error = fault_error(memobj_page(object, index, is_own, page));

	if (!error && was_major && *page && (*page)->kind != PAGE_IMAGE) {
		count_up(&vm_counters.major_faults);
		current_thread()->major_faults++;
	}
	return error;
}

/* Show the object's own contents at `address`: for reads, and for writes to shared mappings. */
static int map_object_page(struct vm_space *space, struct vm_region *region, uint64_t address, bool is_write)
{
	struct memobj *object = region->object;
	uint64_t index = region_object_index(region, address);
	struct page *fetched = NULL;
	int error = 0;

	/* A second turn if the page was not there; further ones only while others keep taking it away. */
	for (;;) {
		struct page *page;
		bool is_usable;

		spin_lock(&object->lock);
		if (index >= object_pages(object)) {
			spin_unlock(&object->lock);
			error = -ENXIO;
			break;
		}
		page = object_peek(object, index);
		if (!page && fetched && fetched->kind == PAGE_IMAGE && index < object->source_pages)
			page = fetched;
		if (!page && index >= object->source_pages && !(region->flags & REGION_SHARED))
			page = page_zero; /* a hole, shown until somebody fills it */
		is_usable = page && !(is_write && (page->kind == PAGE_IMAGE || page->kind == PAGE_ZERO));
		if (page == page_zero && (region->flags & REGION_SHARED))
			is_usable = false; /* a shared hole is filled now: others may write it while we look */
		if (is_usable && is_write)
			object_mark_dirty(object, page);
		if (is_usable)
			error = enter_window(space, region, address, page, is_write);
		spin_unlock(&object->lock);
		if (is_usable)
			break;
		if (fetched)
			page_put(fetched);
		fetched = NULL;
		error = get_page(object, index, is_write || page == page_zero || index >= object->source_pages,
				 &fetched);
		if (error)
			break;
	}
	if (fetched)
		page_put(fetched);
	return error;
}

/* The first write to a page of a private mapping that is not present: copy it from the object. */
static int copy_object_page(struct vm_space *space, struct vm_region *region, uint64_t address)
{
	struct memobj *object = region->object;
	uint64_t index = region_object_index(region, address);
	struct page *source = NULL;
	struct page *page;
	pte_t *entry = NULL;
	int error = get_page(object, index, false, &source);

	if (error)
		return error;
	page = user_page_alloc(PAGE_ANON, source ? 0 : ALLOC_ZERO);
	if (page && source)
		page_copy(page_to_virt(page), page_to_virt(source));
	spin_lock(&object->lock);
	error = !page ? -ENOMEM : index >= object_pages(object) ? -ENXIO : 0;
	if (!error) {
		spin_lock(&space->table_lock);
		entry = table_entry_make(space, address);
		if (!entry)
			error = -ENOMEM;
		else if (!*entry)
			entry_set(entry, page_to_phys(page) | fault_entry_bits(region, true) | PTE_PRIVATE);
		else
			entry = NULL; /* another thread was faster: the access is tried again */
		spin_unlock(&space->table_lock);
	}
	spin_unlock(&object->lock);
	if (entry) {
		resident_add(space, &space->resident_anon, 1);
		if (source)
			fault_count_copy(space, address, page_to_phys(source), page_to_phys(page));
	} else if (page) {
		page_put(page);
	}
	if (source)
		page_put(source);
	return error;
}

/* What can be done with the entry as it is: true when that was all. */
static bool fault_present(struct vm_space *space, struct vm_region *region, uint64_t address, bool is_write, int *error)
{
	bool is_done = false;
	pte_t *slot;
	pte_t old;

	spin_lock(&space->table_lock);
	slot = table_slot(space, address);
	old = slot && *slot ? *leaf_entry(*slot, address) : 0;
	if (old && (!is_write || (old & (PTE_WRITE | PTE_PRIVATE)) || !(region->flags & REGION_SHARED))) {
		is_done = true;
		*error = is_write ? table_own(space, slot, address, ALLOC_USER) : 0;
		if (!*error && is_write && !(*leaf_entry(*slot, address) & PTE_WRITE))
			*error = fault_copy_on_write(region, leaf_entry(*slot, address), address);
	}
	spin_unlock(&space->table_lock);
	return is_done;
}

int fault_object(struct vm_space *space, struct vm_region *region, uint64_t address, bool is_write)
{
	int error = 0;

	if (region_object_index(region, address) >= object_pages(region->object))
		return -ENXIO;
	if (fault_present(space, region, address, is_write, &error))
		return error;
	if (is_write && !(region->flags & REGION_SHARED))
		return copy_object_page(space, region, address);
	return map_object_page(space, region, address, is_write);
}
