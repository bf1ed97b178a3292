/*
 * Page faults: what the region says, then private memory. Pages of objects are in faultobject.c.
 *
 * Copy-on-write is decided by the page's reference count, which for private pages is the number of page tables that
 * name it: 1 means that nobody else can see it, and it is written in place; more means that it is copied, once, by the
 * writer.
 */
#include "vm/fault.h"

#include <linux/mman.h>

#include "lib/errno.h"
#include "sched/sched.h"
#include "vm/limits.h"
#include "vm/range.h"

bool (*vm_out_of_memory)(void);

pte_t fault_entry_bits(const struct vm_region *region, bool is_write)
{
	pte_t bits = protection_bits(region->prot) | PTE_ACCESSED;

	if (is_write)
		bits |= PTE_DIRTY | (region->prot & PROT_WRITE ? PTE_WRITE : 0);
	return bits;
}

void fault_count_copy(struct vm_space *space, uint64_t address, paddr_t from, paddr_t to)
{
	current_thread()->pages_copied++;
	count_up(&space->pages_copied);
	count_up(&vm_counters.pages_copied);
	trace(TRACE_COPY, vm_trace_owner(space), address & ~PAGE_MASK, from, to);
}

/*
 * After a fork whose child is gone, a process finds its pages read-only one fault at a time. The neighbours whose
 * entries lie in the same cache line are given back with the first, where nobody else has them.
 */
static void reclaim_neighbours(const struct vm_region *region, pte_t *entry, uint64_t address)
{
	unsigned first = entry_index(entry) & ~(GROUP_PAGES - 1);
	pte_t *group = entry - (entry_index(entry) - first);
	uint64_t group_address = (address & ~PAGE_MASK) - (entry_index(entry) - first) * PAGE_SIZE;

	for (unsigned i = 0; i < GROUP_PAGES; i++, group_address += PAGE_SIZE) {
		if ((group[i] & (PTE_PRESENT | PTE_PRIVATE | PTE_WRITE)) != (PTE_PRESENT | PTE_PRIVATE))
			continue;
		if (group_address >= region->start && group_address < region->end &&
		    page_refs(entry_page(group[i])) == 1)
			group[i] |= PTE_WRITE;
	}
}

int fault_copy_on_write(struct vm_region *region, pte_t *entry, uint64_t address)
{
	struct vm_space *space = region->space;
	pte_t old = *entry;
	struct page *from = entry_page(old);
	_Atomic int64_t *counter;
	struct page *page;

	if ((old & PTE_PRIVATE) && page_refs(from) == 1) {
		if (region->prot & PROT_WRITE) {
			*entry = old | PTE_WRITE | PTE_DIRTY | PTE_ACCESSED;
			reclaim_neighbours(region, entry, address);
		}
		return 0;
	}
	page = user_page_alloc(PAGE_ANON, from == page_zero ? ALLOC_ZERO : 0);
	if (!page)
		return -ENOMEM;
	if (from != page_zero) {
		page_copy(page_to_virt(page), page_to_virt(from));
		fault_count_copy(space, address, page_to_phys(from), page_to_phys(page));
	}
	/* No thread may still read the old page when another writes the new one: it is there for all or for none. */
	if (cpu_count > 1) {
		*entry = old & ~PTE_PRESENT;
		vm_flush_range(space, address & ~PAGE_MASK, (address & ~PAGE_MASK) + PAGE_SIZE);
	}
	*entry = page_to_phys(page) | fault_entry_bits(region, true) | PTE_PRIVATE;
	if (cpu_count == 1)
		vm_flush_range(space, address & ~PAGE_MASK, (address & ~PAGE_MASK) + PAGE_SIZE);
	if (old & PTE_PRIVATE) {
		page_put(from);
		return 0;
	}
	counter = entry_counter(space, old, region_is_shmem(region));
	if (counter)
		count_add(counter, -1);
	resident_add(space, &space->resident_anon, 1);
	if (!(old & PTE_UNCOUNTED)) {
		count_add(&vm_counters.mapped, -1);
		page_put(from);
	}
	return 0;
}

/* The first access to a page of private memory: a read sees the page of zeros, a write gets a page. `ahead` as for
 * fault_private. */
static int first_page(struct vm_region *region, pte_t *entry, uint64_t address, bool is_write, unsigned *ahead)
{
	struct page *page;

	if (!is_write) {
		entry_set(entry, page_to_phys(page_zero) | fault_entry_bits(region, false) | PTE_UNCOUNTED);
		return 0;
	}
	page = user_page_alloc(PAGE_ANON, ALLOC_ZERO);
	if (unlikely(!page))
		return -ENOMEM;
	entry_set(entry, page_to_phys(page) | fault_entry_bits(region, true) | PTE_PRIVATE);
	if (ahead)
		*ahead = fault_ahead(region, entry, address);
	resident_add(region->space, &region->space->resident_anon, 1 + (ahead ? *ahead : 0));
	return 0;
}

/* `ahead`: where it is told how many pages came besides; null: none may. */
static int fault_private(struct vm_space *space, struct vm_region *region, uint64_t address, bool is_write,
			 unsigned *ahead)
{
	int error = -ENOMEM;
	pte_t *slot;

	spin_lock(&space->table_lock);
	slot = table_slot_make(space, address);
	if (likely(slot)) {
		/* Another thread was faster, or the processor remembered less than the table says. */
		bool is_there = !is_write && *slot && *leaf_entry(*slot, address);

		error = is_there ? 0 : table_own(space, slot, address, ALLOC_USER);
		if (!error && !is_there) {
			pte_t *entry = leaf_entry(*slot, address);

			if (!*entry)
				error = first_page(region, entry, address, is_write, ahead);
			else if (!(*entry & PTE_WRITE))
				error = fault_copy_on_write(region, entry, address);
		}
	}
	spin_unlock(&space->table_lock);
	return error;
}

int fault_resolve(struct vm_space *space, struct vm_region *region, uint64_t address, bool is_write)
{
	if (region->object)
		return fault_object(space, region, address, is_write);
	return fault_private(space, region, address, is_write, NULL);
}

/* Let a stack reach down to `address`, as far as RLIMIT_STACK and the guard gap allow. */
static bool grow_stack(struct vm_space *space, struct vm_region *region, uint64_t address)
{
	uint64_t start = address & ~PAGE_MASK;
	uint64_t pages = (region->start - start) >> PAGE_SHIFT;
	struct vm_region *below = region_below(space, region->start);

	if (start < ADDRESS_MIN || region->end - start > limit_of(RLIMIT_STACK))
		return false;
	if (below && !(below->flags & REGION_STACK) && below->prot && start < below->end + STACK_GUARD_BYTES)
		return false;
	if (below && start < below->end)
		return false;
	if (!limit_allows_pages(space, pages, region->prot, region->flags))
		return false;
	if ((region->flags & REGION_LOCKED) && !limit_allows_locked(space, pages))
		return false;
	region_set_bounds(region, start, region->end);
	return true;
}

struct vm_region *fault_region(struct vm_space *space, uint64_t address)
{
	struct vm_region *region = vm_region_at_or_above(space, address);

	if (likely(region && address >= region->start))
		return region;
	if (!region || !(region->flags & REGION_STACK) || !grow_stack(space, region, address))
		return NULL;
	return region;
}

static bool is_allowed(const struct vm_region *region, uint64_t fault_bits)
{
	if (fault_bits & FAULT_WRITE)
		return (region->prot & PROT_WRITE) != 0;
	if (fault_bits & FAULT_FETCH)
		return (region->prot & PROT_EXEC) != 0;
	return (region->prot & (PROT_READ | PROT_WRITE | PROT_EXEC)) != 0;
}

int fault_wait_for_memory(void)
{
	if (alloc_failed_on_purpose()) {
		alloc_fail_forget(current_thread());
		return 0;
	}
	if (!vm_out_of_memory)
		return -ENOMEM;
	return vm_out_of_memory() ? 0 : -EINTR;
}

/* Where pages may come before they are touched: see fault.h. */
static inline bool may_go_ahead(const struct vm_region *region)
{
	return !(region->flags & (REGION_NOHUGE | REGION_STACK)) && region_bytes(region) >= AHEAD_REGION_BYTES;
}

int vm_fault(struct vm_space *space, uint64_t address, uint64_t fault_bits)
{
	bool is_write = fault_bits & FAULT_WRITE;
	struct vm_region *region;
	unsigned ahead = 0;
	int error;

	count_up(&vm_counters.faults);
	current_thread()->minor_faults++;
	do {
		mutex_lock(&space->mutex);
		region = fault_region(space, address);
		if (!region)
			error = -EFAULT;
		else if (unlikely(!is_allowed(region, fault_bits)))
			error = -EACCES;
		else if (region->object)
			error = fault_object(space, region, address, is_write);
		else
			error = fault_private(space, region, address, is_write, may_go_ahead(region) ? &ahead : NULL);
		mutex_unlock(&space->mutex);
		if (likely(error != -ENOMEM))
			break;
		error = fault_wait_for_memory();
	} while (!error);
	trace(TRACE_FAULT, address, fault_bits, (uint64_t)(int64_t)error, ahead);
	return error;
}

int vm_fault_in(struct vm_space *space, uint64_t start, uint64_t end, bool is_write, bool *is_first)
{
	int error = 0;

	start &= ~PAGE_MASK;
	while (start < end && !error) {
		struct vm_region *region;

		mutex_lock(&space->mutex);
		region = fault_region(space, start);
		if (!region)
			error = -EFAULT;
		else if (!is_allowed(region, is_write ? FAULT_WRITE : 0))
			error = -EACCES;
		else
			error = fault_resolve(space, region, start, is_write);
		mutex_unlock(&space->mutex);
		if (error == -ENOMEM) {
			error = fault_wait_for_memory();
			continue;
		}
		if (!error && is_first)
			*is_first = false;
		start += PAGE_SIZE;
		preempt_point();
	}
	return error;
}

/* Bring in the page at `start`, or pass over what is not there or not accessible. Returns where to go on. */
static uint64_t populate_step(struct vm_space *space, uint64_t start, uint64_t end)
{
	struct vm_region *region = vm_region_at_or_above(space, start);

	if (!region || region->start >= end)
		return end;
	if (!region->prot)
		return region->end;
	start = MAX(start, region->start);
	if (fault_resolve(space, region, start, (region->prot & PROT_WRITE) && !(region->flags & REGION_SHARED)))
		return region->end;
	return start + PAGE_SIZE;
}

void vm_populate(struct vm_space *space, uint64_t start, uint64_t end)
{
	while (start < end && !thread_has_work(current_thread(), WORK_KILL)) {
		mutex_lock(&space->mutex);
		start = populate_step(space, start, end);
		mutex_unlock(&space->mutex);
		preempt_point();
	}
}
