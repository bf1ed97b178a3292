/* Do an address space's regions, page tables and counts agree? */
#include "vm/check.h"

#include <linux/mman.h>

#include "vm/region.h"
#include "vm/table.h"

struct found {
	struct check *check;
	int32_t pid;
	uint64_t tables; /* below the top */
	int64_t anon;    /* entries of private pages */
	int64_t object;  /* of objects' and the image's pages */
};

static void check_entry(struct found *found, uint64_t address, pte_t entry)
{
	const struct page *page = entry_page(entry);
	bool is_zero = page == page_zero;

	if (entry & PTE_PRIVATE) {
		found->anon++;
		CHECK_THAT(found->check, page->kind == PAGE_ANON && page_refs(page) > 0,
			   "pid %d: %lx shows page %lx of kind %u, %u refs, as private", found->pid, address,
			   page_to_phys(page), page->kind, page_refs(page));
		return;
	}
	if (!is_zero)
		found->object++;
	uint8_t kind = entry & PTE_UNCOUNTED ? is_zero ? PAGE_ZERO : PAGE_IMAGE : PAGE_OBJECT;
	bool is_good = page->kind == kind || page->kind == PAGE_KERNEL; /* the vDSO's pages are the kernel's */
	CHECK_THAT(found->check, is_good && page_refs(page) > 0,
		   "pid %d: %lx shows page %lx of kind %u, %u refs, as %u", found->pid, address, page_to_phys(page),
		   page->kind, page_refs(page), kind);
}

static void check_table(struct found *found, const struct page *table, uint64_t address, unsigned level)
{
	const pte_t *entries = page_to_virt(table);
	unsigned used = 0, limit = level == 3 ? PT_ENTRIES / 2 : PT_ENTRIES;

	for (unsigned at = 0; at < limit; at++) {
		uint64_t below = address + at * PT_SPAN(level);

		if (!entries[at])
			continue;
		used++;
		if (level == 0) {
			check_entry(found, below, entries[at]);
			continue;
		}
		const struct page *next = entry_page(entries[at]);
		bool is_good = next->kind == PAGE_TABLE && page_refs(next) > 0;
		CHECK_THAT(found->check, is_good, "pid %d: %lx has table %lx of kind %u, %u refs", found->pid, below,
			   page_to_phys(next), next->kind, page_refs(next));
		CHECK_THAT(found->check, level == 1 || page_refs(next) == 1, "pid %d: %lx has a table with %u refs",
			   found->pid, below, page_refs(next));
		CHECK_THAT(found->check, level > 1 || page_refs(next) == 1 || !(entries[at] & PTE_WRITE),
			   "pid %d: the leaf of %lx is shared by %u and may be written", found->pid, below,
			   page_refs(next));
		found->tables++;
		if (is_good)
			check_table(found, next, below, level - 1);
	}
	CHECK_THAT(found->check, used == table->mapped, "pid %d: table of %lx has %u entries, counted %u", found->pid,
		   address, used, table->mapped);
}

static void check_regions(struct check *check, struct vm_space *space, int32_t pid)
{
	struct vm_region *region = vm_region_first(space);
	uint64_t pages = 0, end = 0, locked = 0;
	uint32_t count = 0;

	for (; region; region = vm_region_next(region)) {
		CHECK_THAT(check, region->start >= end && region->end > region->start,
			   "pid %d: region %lx-%lx after %lx", pid, region->start, region->end, end);
		CHECK_THAT(check, region->space == space, "pid %d: region %lx is another space's", pid, region->start);
		end = region->end;
		pages += region_pages(region);
		if (region->flags & REGION_LOCKED)
			locked += region_pages(region);
		count++;
	}
	CHECK_THAT(check, count == space->region_count && pages == space->total_pages && locked == space->locked_pages,
		   "pid %d: %u regions, %lu pages, %lu locked; counted %u, %lu, %lu", pid, count, pages, locked,
		   space->region_count, space->total_pages, space->locked_pages);
}

void vm_check_space(struct check *check, struct vm_space *space, int32_t pid)
{
	struct found found = {.check = check, .pid = pid};

	mutex_lock(&space->mutex);
	if (space->users) {
		check_regions(check, space, pid);
		spin_lock(&space->table_lock);
		check_table(&found, page_of(space->pml4), 0, 3);
		int64_t objects = space->resident_file + space->resident_shared;
		CHECK_THAT(check, found.anon == space->resident_anon && found.object == objects,
			   "pid %d: %ld private pages, %ld of objects; counted %ld, %ld", pid, found.anon, found.object,
			   space->resident_anon, objects);
		CHECK_THAT(check, found.tables == space->table_pages, "pid %d: %lu tables, counted %lu", pid,
			   found.tables, space->table_pages);
		spin_unlock(&space->table_lock);
	}
	mutex_unlock(&space->mutex);
}
