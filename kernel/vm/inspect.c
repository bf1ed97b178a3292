/*
 * Looking at what is in memory: mincore, smaps, and the range checks of msync.
 */
#include <linux/mman.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "vm/objectmap.h"
#include "vm/region.h"
#include "vm/table.h"

/* What was written to the objects that want to know. The mutex is held. */
static int write_back(struct vm_space *space, uint64_t start, uint64_t end)
{
	struct vm_region *region = vm_region_at_or_above(space, start);
	int error = 0;

	for (; region && region->start < end && !error; region = vm_region_next(region)) {
		struct memobj *object = region->object;
		uint64_t from = MAX(start, region->start), to = MIN(end, region->end);

		if (object && unlikely(object->tracks_writes) && (region->flags & REGION_SHARED))
			error = object->ops->flush(object, region_object_index(region, from),
						   region_object_index(region, from) + ((to - from) >> PAGE_SHIFT));
	}
	return error;
}

int vm_sync(struct vm_space *space, uint64_t start, uint64_t bytes, int flags)
{
	uint64_t end = start + ALIGN_UP(bytes, PAGE_SIZE);
	struct vm_region *region;
	int error = 0;

	if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC))
		return -EINVAL;
	if (start & PAGE_MASK)
		return -EINVAL;
	if ((flags & MS_ASYNC) && (flags & MS_SYNC))
		return -EINVAL;
	if (end < start)
		return -ENOMEM;
	if (end == start)
		return 0;
	/* Mappings show the object's own pages: most have nothing to write back, only to say what is mapped and locked.
	 */
	mutex_lock(&space->mutex);
	region = vm_region_at_or_above(space, start);
	for (; region && region->start < end && (flags & MS_INVALIDATE) && !error; region = vm_region_next(region)) {
		if (region->flags & REGION_LOCKED)
			error = -EBUSY;
	}
	if (!error)
		error = write_back(space, start, end);
	if (!error && !region_covers(space, start, end))
		error = -ENOMEM;
	mutex_unlock(&space->mutex);
	return error;
}

/* Is this page of the region in memory, whoever brought it there? */
static bool is_in_memory(struct vm_region *region, uint64_t address)
{
	struct memobj *object = region->object;
	bool is_there;

	spin_lock(&region->space->table_lock);
	is_there = table_entry_read(region->space, address) != 0;
	spin_unlock(&region->space->table_lock);
	if (is_there || !object)
		return is_there;
	spin_lock(&object->lock);
	is_there = object_peek(object, region_object_index(region, address)) != NULL;
	spin_unlock(&object->lock);
	return is_there;
}

/* A byte a page of [start, start + count pages). 0 or -ENOMEM when part of it is not mapped. */
static int look(struct vm_space *space, uint64_t start, uint8_t *vector, unsigned count)
{
	int error = 0;

	mutex_lock(&space->mutex);
	for (unsigned i = 0; i < count && !error; i++) {
		struct vm_region *region = region_find(space, start + i * PAGE_SIZE);

		if (region)
			vector[i] = is_in_memory(region, start + i * PAGE_SIZE);
		else
			error = -ENOMEM;
	}
	mutex_unlock(&space->mutex);
	return error;
}

int vm_mincore(struct vm_space *space, uint64_t start, uint64_t bytes, uaddr_t vector)
{
	uint64_t pages = (bytes >> PAGE_SHIFT) + ((bytes & PAGE_MASK) != 0);
	uint8_t chunk[256];
	int error = 0;

	if (start & PAGE_MASK)
		return -EINVAL;
	if (!user_range_is_valid(start, bytes))
		return -ENOMEM;
	if (!user_range_is_valid(vector, pages))
		return -EFAULT;
	while (pages && !error) {
		unsigned count = (unsigned)MIN(pages, sizeof(chunk));

		error = look(space, start, chunk, count);
		if (!error)
			error = copy_to_user(vector, chunk, count);
		start += count * PAGE_SIZE;
		vector += count;
		pages -= count;
		preempt_point();
	}
	return error;
}

static void add_usage(struct vm_region_usage *usage, pte_t entry, const struct page *leaf)
{
	struct page *page = entry_page(entry);
	uint64_t sharers = page_refs(page);
	bool is_dirty = entry & PTE_DIRTY;

	if ((entry & PTE_ADDRESS) == page_to_phys(page_zero))
		return;
	if (!(entry & (PTE_PRIVATE | PTE_UNCOUNTED)) && sharers > 1)
		sharers--; /* the object's own reference */
	if (entry & PTE_UNCOUNTED)
		sharers = 2; /* the image's pages are everybody's */
	sharers += page_refs(leaf) - 1;
	usage->resident++;
	if (entry & PTE_PRIVATE)
		usage->anonymous++;
	if (entry & PTE_ACCESSED)
		usage->referenced++;
	if (sharers > 1)
		*(is_dirty ? &usage->shared_dirty : &usage->shared_clean) += 1;
	else
		*(is_dirty ? &usage->private_dirty : &usage->private_clean) += 1;
	usage->proportional_bytes += PAGE_SIZE / MAX(sharers, 1ul);
}

/* The bits of a pagemap entry, from proc(5). */
#define PAGEMAP_PRESENT   (1ull << 63)
#define PAGEMAP_FILE      (1ull << 61)
#define PAGEMAP_EXCLUSIVE (1ull << 56)

static uint64_t pagemap_entry(pte_t entry, bool is_shared_table, bool shows_frames)
{
	bool is_zero = (entry & PTE_ADDRESS) == page_to_phys(page_zero), is_private = entry & PTE_PRIVATE;
	uint64_t word = PAGEMAP_PRESENT;

	if (!is_private && !is_zero)
		word |= PAGEMAP_FILE;
	/* An object's page has the object's own reference besides. */
	if (!(entry & PTE_UNCOUNTED) && !is_shared_table && page_refs(entry_page(entry)) == (is_private ? 1u : 2u))
		word |= PAGEMAP_EXCLUSIVE;
	return shows_frames ? word | (entry & PTE_ADDRESS) >> PAGE_SHIFT : word;
}

void vm_page_entries(struct vm_space *space, uint64_t address, uint64_t *entries, size_t count, bool shows_frames)
{
	/* The mutex: at the end of the space its tables are taken down under that alone. */
	mutex_lock(&space->mutex);
	spin_lock(&space->table_lock);
	for (size_t i = 0; i < count; i++, address += PAGE_SIZE) {
		pte_t *slot = table_slot(space, address), *entry = slot && *slot ? leaf_entry(*slot, address) : NULL;

		entries[i] = entry && *entry ? pagemap_entry(*entry, page_refs(table_of(entry)) > 1, shows_frames) : 0;
	}
	spin_unlock(&space->table_lock);
	mutex_unlock(&space->mutex);
}

void vm_region_usage(struct vm_region *region, struct vm_region_usage *usage)
{
	struct vm_space *space = region->space;
	uint64_t address = region->start;

	memset(usage, 0, sizeof(*usage));
	while (address < region->end) {
		uint64_t stop = MIN(region->end, ALIGN_DOWN(address, LEAF_BYTES) + LEAF_BYTES);
		pte_t *slot;

		spin_lock(&space->table_lock);
		slot = table_slot(space, address);
		if (slot && *slot) {
			pte_t *entry = leaf_entry(*slot, address);

			for (; address < stop; address += PAGE_SIZE, entry++) {
				if (*entry)
					add_usage(usage, *entry, table_of(entry));
			}
		} else {
			stop = table_next(space, address);
		}
		spin_unlock(&space->table_lock);
		address = stop;
		preempt_point();
	}
}
