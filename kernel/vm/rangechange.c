/*
 * Protecting and moving ranges of translations, see range.h.
 */
#include <linux/mman.h>

#include "lib/errno.h"
#include "sched/sched.h"
#include "vm/range.h"

pte_t protection_bits(uint32_t prot)
{
	if (!(prot & (PROT_READ | PROT_WRITE | PROT_EXEC)))
		return 0;
	return PTE_PRESENT | PTE_USER | (prot & PROT_EXEC ? 0 : PTE_NX);
}

/*
 * May an entry be written at once under a protection that allows it? It may where the first fault would find the page
 * to be the object's own, or private to this table alone.
 */
static bool may_write_now(pte_t entry, bool is_shared)
{
	if (entry & PTE_UNCOUNTED)
		return false;
	return is_shared || ((entry & PTE_PRIVATE) && page_refs(entry_page(entry)) == 1);
}

/* `count` entries of one leaf. Returns whether a translation may have lost a right. */
static bool protect_part(pte_t *entry, unsigned count, uint32_t prot, bool is_shared)
{
	const pte_t kept = PTE_ADDRESS | PTE_UNCOUNTED | PTE_PRIVATE | PTE_ACCESSED | PTE_DIRTY;
	pte_t bits = protection_bits(prot);
	pte_t lost = 0;

	for (pte_t *end = entry + count; entry < end; entry++) {
		pte_t old = *entry;
		pte_t fresh;

		if (!old)
			continue;
		fresh = (old & kept) | bits;
		if ((prot & PROT_WRITE) && may_write_now(old, is_shared))
			fresh |= PTE_WRITE;
		*entry = fresh;
		/* With the bit turned over, to execute is a right like the others. */
		lost |= (old ^ PTE_NX) & ~(fresh ^ PTE_NX);
	}
	return (lost & (PTE_PRESENT | PTE_WRITE | PTE_NX)) != 0;
}

void range_protect(struct vm_space *space, uint64_t start, uint64_t end, uint32_t prot, bool is_shared)
{
	while (start < end) {
		uint64_t stop = MIN(end, ALIGN_DOWN(start, LEAF_BYTES) + LEAF_BYTES);
		bool is_restricted = false;
		pte_t *slot;

		spin_lock(&space->table_lock);
		slot = table_slot(space, start);
		if (slot && *slot)
			is_restricted = protect_part(leaf_entry(*slot, start), (unsigned)((stop - start) >> PAGE_SHIFT),
						     prot, is_shared);
		else
			stop = MIN(end, table_next(space, start));
		spin_unlock(&space->table_lock);
		if (is_restricted)
			vm_flush_range(space, start, stop);
		start = stop;
		if (start < end)
			preempt_point();
	}
}

/* Tables that a step has emptied, until the processor has forgotten them. */
struct emptied {
	unsigned count;
	struct page *tables[4];
};

static void keep_emptied(void *arg, struct page *table)
{
	struct emptied *emptied = arg;

	emptied->tables[emptied->count++] = table;
}

static void free_emptied(struct vm_space *space, uint64_t start, uint64_t end, struct emptied *emptied)
{
	vm_flush_range(space, start, end);
	while (emptied->count)
		table_free(emptied->tables[--emptied->count]);
}

/* Free the tables of [start, end) that hold nothing. */
static void prune_empty(struct vm_space *space, uint64_t start, uint64_t end)
{
	while (start < end) {
		struct emptied emptied = {.count = 0};
		uint64_t next = ALIGN_DOWN(start, LEAF_BYTES) + LEAF_BYTES;
		pte_t *slot;

		spin_lock(&space->table_lock);
		slot = table_slot(space, start);
		if (!slot)
			next = table_next(space, start);
		else if (*slot && entry_page(*slot)->mapped == 0)
			table_prune(space, start, keep_emptied, &emptied);
		spin_unlock(&space->table_lock);
		if (emptied.count)
			free_emptied(space, start, start + PAGE_SIZE, &emptied);
		start = next;
	}
}

int range_move_prepare(struct vm_space *space, uint64_t from, uint64_t to, uint64_t bytes)
{
	uint64_t end = from + bytes;
	int64_t distance = (int64_t)(to - from);
	int error = 0;

	for (uint64_t start = from; start < end && !error;) {
		uint64_t stop;
		pte_t *slot;

		spin_lock(&space->table_lock);
		slot = table_slot(space, start);
		if (slot && *slot) {
			stop = MIN(end, ALIGN_DOWN(start, LEAF_BYTES) + LEAF_BYTES);
			error = table_own(space, slot, start, 0);
			if (!error && (!table_entry_make(space, start + (uint64_t)distance) ||
				       !table_entry_make(space, stop - PAGE_SIZE + (uint64_t)distance)))
				error = -ENOMEM;
		} else {
			stop = table_next(space, start);
		}
		spin_unlock(&space->table_lock);
		start = stop;
		preempt_point();
	}
	if (error)
		prune_empty(space, to, to + bytes);
	return error;
}

/* Move the entries of [start, stop), all in one leaf. table_lock is held. */
static void move_part(struct vm_space *space, uint64_t start, uint64_t stop, uint64_t distance)
{
	pte_t *slot = table_slot(space, start);
	pte_t *from = leaf_entry(*slot, start);
	struct page *table = table_of(from);

	for (uint64_t address = start; address < stop && table->mapped; address += PAGE_SIZE, from++) {
		pte_t value = *from;
		uint64_t target = address + distance;

		if (!value)
			continue;
		entry_set(leaf_entry(*table_slot(space, target), target), value);
		entry_clear(from);
	}
}

void range_move(struct vm_space *space, uint64_t from, uint64_t to, uint64_t bytes)
{
	uint64_t end = from + bytes;

	for (uint64_t start = from; start < end;) {
		uint64_t stop = MIN(end, ALIGN_DOWN(start, LEAF_BYTES) + LEAF_BYTES);
		pte_t *slot;

		spin_lock(&space->table_lock);
		slot = table_slot(space, start);
		if (slot && *slot)
			move_part(space, start, stop, to - from);
		else
			stop = MIN(end, table_next(space, start));
		spin_unlock(&space->table_lock);
		vm_flush_range(space, start, stop);
		start = stop;
		preempt_point();
	}
	/* Not before all has moved: a leaf that lost all its entries may be where later ones go. */
	prune_empty(space, from, end);
	prune_empty(space, to, to + bytes);
}
