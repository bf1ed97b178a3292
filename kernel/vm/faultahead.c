/*
 * Pages of private memory that come before they are touched, see fault.h.
 */
#include "sched/sched.h"
#include "vm/fault.h"

/* How many pages right below `entry`, which is `address`'s, are the region's own: up to AHEAD_PAGES_MAX. */
static unsigned pages_in_row(const struct vm_region *region, const pte_t *entry, uint64_t address)
{
	uint64_t below = MIN((address - region->start) >> PAGE_SHIFT, (uint64_t)entry_index(entry));
	unsigned most = (unsigned)MIN(below, (uint64_t)AHEAD_PAGES_MAX);
	unsigned row = 0;

	while (row < most && (*--entry & PTE_PRIVATE))
		row++;
	return row;
}

/* How many entries from `entry` on are empty, and `address` within the region: up to `most`, all of one table. */
static unsigned pages_free(const struct vm_region *region, const pte_t *entry, uint64_t address, unsigned most)
{
	uint64_t above = MIN((region->end - address) >> PAGE_SHIFT, (uint64_t)(PT_ENTRIES - entry_index(entry)));
	unsigned count = 0;

	most = (unsigned)MIN(above, (uint64_t)most);
	while (count < most && !entry[count])
		count++;
	return count;
}

unsigned fault_ahead(struct vm_region *region, pte_t *entry, uint64_t address)
{
	pte_t bits = fault_entry_bits(region, true) | PTE_PRIVATE;
	unsigned row, count, done = 0;

	if (!entry_index(entry) || !(entry[-1] & PTE_PRIVATE) || region->space->is_page_exact || !page_is_plenty())
		return 0;
	address &= ~PAGE_MASK;
	row = pages_in_row(region, entry, address);
	if (row < 2 || entry_index(entry) == PT_ENTRIES - 1)
		return 0;
	count = pages_free(region, entry + 1, address + PAGE_SIZE, row - 1);
	while (done < count) {
		struct page *page = page_alloc(0, PAGE_ANON, ALLOC_ZERO | ALLOC_USER);

		if (unlikely(!page)) {
			alloc_fail_forget(current_thread()); /* nobody will miss it */
			break;
		}
		entry_set(entry + ++done, page_to_phys(page) | bits);
	}
	return done;
}
