/*
 * The tree of page tables: finding and making entries, sharing leaves at fork, unsharing, taking the tree down.
 */
#include "vm/table.h"

#include "arch/x86_64/shootdown.h"
#include "lib/errno.h"
#include "sched/sched.h"
#include "vm/range.h"

static pte_t *top_table(struct vm_space *space)
{
	return phys_to_virt(space->pml4);
}

static pte_t *remember_directory(struct vm_space *space, uint64_t address, pte_t entry)
{
	space->directory = pte_table(entry);
	space->directory_address = address >> 30;
	return &space->directory[PT_INDEX(address, 1)];
}

pte_t *table_slot(struct vm_space *space, uint64_t address)
{
	pte_t entry;

	/* Neighbouring faults use the same directory: the two levels above it need not be touched. */
	if (likely(space->directory && space->directory_address == address >> 30))
		return &space->directory[PT_INDEX(address, 1)];
	entry = top_table(space)[PT_INDEX(address, 3)];
	if (!entry)
		return NULL;
	entry = pte_table(entry)[PT_INDEX(address, 2)];
	if (!entry)
		return NULL;
	return remember_directory(space, address, entry);
}

/* The table that `entry` names, made if there is none; null: no memory. */
static pte_t *table_below(struct vm_space *space, pte_t *entry)
{
	if (!*entry) {
		struct page *table = table_alloc(ALLOC_USER);

		if (!table)
			return NULL;
		entry_set(entry, page_to_phys(table) | PTE_TABLE);
		count_up(&space->table_pages);
	}
	return pte_table(*entry);
}

pte_t *table_slot_make(struct vm_space *space, uint64_t address)
{
	pte_t *slot = table_slot(space, address);
	pte_t *table;

	if (likely(slot))
		return slot;
	table = table_below(space, &top_table(space)[PT_INDEX(address, 3)]);
	if (!table)
		return NULL;
	if (!table_below(space, &table[PT_INDEX(address, 2)])) {
		table_prune(space, address, NULL, NULL);
		return NULL;
	}
	return remember_directory(space, address, table[PT_INDEX(address, 2)]);
}

uint64_t table_next(struct vm_space *space, uint64_t address)
{
	pte_t entry = top_table(space)[PT_INDEX(address, 3)];
	unsigned level = 3;

	if (entry)
		level = pte_table(entry)[PT_INDEX(address, 2)] ? 1 : 2;
	return (address & ~(PT_SPAN(level) - 1)) + PT_SPAN(level);
}

pte_t *table_entry_make(struct vm_space *space, uint64_t address)
{
	pte_t *slot = table_slot_make(space, address);

	if (!slot || table_own(space, slot, address, ALLOC_USER))
		return NULL;
	return leaf_entry(*slot, address);
}

pte_t table_entry_read(struct vm_space *space, uint64_t address)
{
	pte_t *slot = table_slot(space, address);

	return slot && *slot ? *leaf_entry(*slot, address) : 0;
}

/* Copy a shared leaf: both name the same pages afterwards, the private ones read-only in both. */
static void leaf_copy(struct page *from_table, struct page *to_table)
{
	pte_t *from = page_to_virt(from_table);
	pte_t *to = page_to_virt(to_table);
	int64_t mapped = 0;
	unsigned at;

	table_for_each_used (at, from_table) {
		pte_t entry = from[at];

		if (!entry)
			continue;
		if (!(entry & PTE_UNCOUNTED)) {
			page_get(entry_page(entry));
			if (entry & PTE_PRIVATE) {
				entry &= ~PTE_WRITE;
				from[at] = entry;
			} else {
				mapped++;
			}
		}
		to[at] = entry;
	}
	to_table->mapped = from_table->mapped;
	to_table->private_word = from_table->private_word;
	to_table->index = from_table->index;
	if (mapped)
		count_add(&vm_counters.mapped, mapped);
}

static _Atomic bool copies_are_stopped;

static void wait_for_copies(void)
{
	while (unlikely(atomic_load_explicit(&copies_are_stopped, memory_order_acquire))) {
		shootdown_poll();
		cpu_relax();
	}
}

void leaf_copies_stop(void)
{
	bool was_stopped = false;

	while (!atomic_compare_exchange_strong(&copies_are_stopped, &was_stopped, true)) {
		was_stopped = false;
		wait_for_copies();
	}
	/* A processor does not answer in the middle of a copy: those that had begun are whole. */
	shootdown_all();
}

void leaf_copies_go_on(void)
{
	atomic_store_explicit(&copies_are_stopped, false, memory_order_release);
}

int table_own_slow(struct vm_space *space, pte_t *slot, uint64_t address, unsigned flags)
{
	struct page *shared = *slot ? entry_page(*slot) : NULL;
	struct page *own;

	if (shared && page_refs(shared) == 1) {
		*slot |= PTE_WRITE;
		return 0;
	}
	own = table_alloc(flags);
	if (!own)
		return -ENOMEM;
	if (!shared) {
		entry_set(slot, page_to_phys(own) | PTE_TABLE);
		count_up(&space->table_pages);
		return 0;
	}
	wait_for_copies();
	leaf_copy(shared, own);
	*slot = page_to_phys(own) | PTE_TABLE;
	count_up(&vm_counters.tables_copied);
	trace(TRACE_TABLE_COPY, vm_trace_owner(space), address & ~(LEAF_BYTES - 1), page_to_phys(shared),
	      page_to_phys(own));
	/* The processor may still hold the old leaf's place: it must forget it before others may free that leaf. */
	vm_flush_range(space, address & ~PAGE_MASK, (address & ~PAGE_MASK) + PAGE_SIZE);
	leaf_put(shared);
	return 0;
}

/* Drop what a leaf's entries hold and leave it empty. */
static void leaf_empty(struct page *table)
{
	pte_t *leaf = page_to_virt(table);
	int64_t mapped = 0;
	unsigned at;

	table_for_each_used (at, table) {
		pte_t entry = leaf[at];

		if (!entry)
			continue;
		leaf[at] = 0;
		if (entry & PTE_UNCOUNTED)
			continue;
		if (!(entry & PTE_PRIVATE))
			mapped--;
		page_put(entry_page(entry));
	}
	table_forget_entries(table);
	if (mapped)
		count_add(&vm_counters.mapped, mapped);
}

void leaf_put(struct page *leaf)
{
	if (page_refs(leaf) != 1 && atomic_fetch_sub_explicit(&leaf->refs, 1, memory_order_acq_rel) != 1)
		return;
	leaf_empty(leaf);
	table_free(leaf);
}

void table_prune(struct vm_space *space, uint64_t address, void (*release)(void *arg, struct page *table), void *arg)
{
	pte_t *entries[3];
	pte_t *table = top_table(space);
	unsigned depth = 0;

	while (depth < 3) {
		pte_t *entry = &table[PT_INDEX(address, 3 - depth)];

		if (!*entry)
			break;
		entries[depth++] = entry;
		table = pte_table(*entry);
	}
	while (depth--) {
		struct page *empty = entry_page(*entries[depth]);

		if (empty->mapped || page_refs(empty) != 1)
			return;
		if (page_to_virt(empty) == space->directory)
			space->directory = NULL;
		entry_clear(entries[depth]);
		atomic_fetch_sub_explicit(&space->table_pages, 1, memory_order_relaxed);
		if (release)
			release(arg, empty);
		else
			table_free(empty);
	}
}

/* Share the leaves below `from_table`, of `level` (1 names leaves), with `to_table`, which is empty. */
static int share_below(struct vm_space *child, struct page *from_table, struct page *to_table, unsigned level)
{
	pte_t *from = page_to_virt(from_table);
	pte_t *to = page_to_virt(to_table);
	unsigned at;

	table_for_each_used (at, from_table) {
		struct page *below;
		int error;

		if (!from[at])
			continue;
		below = entry_page(from[at]);
		if (level == 1) {
			page_get(below);
			from[at] &= ~PTE_WRITE;
			entry_set(&to[at], from[at]);
			count_up(&child->table_pages);
			continue;
		}
		if (!table_below(child, &to[at]))
			return -ENOMEM;
		error = share_below(child, below, entry_page(to[at]), level - 1);
		if (error)
			return error;
	}
	return 0;
}

int tables_share(struct vm_space *parent, struct vm_space *child)
{
	int error;

	spin_lock(&parent->table_lock);
	spin_lock_second(&child->table_lock);
	error = share_below(child, page_of(parent->pml4), page_of(child->pml4), 3);
	spin_unlock(&child->table_lock);
	spin_unlock(&parent->table_lock);
	/* The parent may write through none of the shared leaves any more. */
	vm_flush_range(parent, 0, UINT64_MAX);
	return error;
}

/* So many pages take long enough to give back that others may want the processor. */
#define LEAF_LONG 64

static void destroy_below(struct page *table, unsigned level)
{
	pte_t *entries = page_to_virt(table);
	unsigned at;

	table_for_each_used (at, table) {
		struct page *below;

		if (!entries[at])
			continue;
		below = entry_page(entries[at]);
		entries[at] = 0;
		if (level == 1) {
			bool is_long = below->mapped >= LEAF_LONG;

			leaf_put(below);
			if (is_long)
				preempt_point();
			continue;
		}
		destroy_below(below, level - 1);
		table_free(below);
	}
	table_forget_entries(table);
}

void tables_destroy(struct vm_space *space)
{
	space->directory = NULL;
	destroy_below(page_of(space->pml4), 3);
	atomic_store_explicit(&space->table_pages, 0, memory_order_relaxed);
}
