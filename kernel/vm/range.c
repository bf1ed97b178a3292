/*
 * Forgetting and clearing ranges of translations, see range.h.
 */
#include "vm/range.h"

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/shootdown.h"
#include "lib/errno.h"
#include "sched/sched.h"

/* Beyond so many pages a full flush costs less than one by one (measured under emulation, see doc/architecture.md,
 * Speed). */
#define FLUSH_PAGES_MAX 40

#define STEP_PAGES   64
#define GATHER_PAGES (2 * STEP_PAGES + 8)

void vm_flush_range(struct vm_space *space, uint64_t start, uint64_t end)
{
	if (start >= end)
		return;
	if (cpu_count > 1) {
		/* The tables' change is seen by whoever loads them later; whoever has, is seen here. */
		atomic_thread_fence(memory_order_seq_cst);
		shootdown_range(atomic_load(&space->loaded_on), start, end, NULL);
	}
	if (this_cpu()->active_space != space)
		return;
	if ((end - start) >> PAGE_SHIFT > FLUSH_PAGES_MAX) {
		tlb_flush_all();
		return;
	}
	for (; start < end; start += PAGE_SIZE)
		tlb_flush_page(start);
}

/* What one step has taken out of the tables and must give back once the processor has forgotten it. */
struct gather {
	struct vm_space *space;
	unsigned flags;
	uint64_t start, end; /* addresses whose translations went */
	int64_t mapped;
	bool is_everywhere; /* entries of a leaf went that other spaces have loaded too */
	unsigned count;
	struct page *pages[GATHER_PAGES]; /* pages and tables */
};

static void gather_begin(struct gather *gather, struct vm_space *space, unsigned flags)
{
	gather->space = space;
	gather->flags = flags;
	gather->start = UINT64_MAX;
	gather->end = 0;
	gather->mapped = 0;
	gather->is_everywhere = false;
	gather->count = 0;
}

static void gather_range(struct gather *gather, uint64_t start, uint64_t end)
{
	gather->start = MIN(gather->start, start);
	gather->end = MAX(gather->end, end);
}

static void gather_table(void *arg, struct page *table)
{
	struct gather *gather = arg;

	gather->pages[gather->count++] = table;
}

static void gather_finish(struct gather *gather)
{
	if (unlikely(gather->is_everywhere))
		shootdown_all();
	else
		vm_flush_range(gather->space, gather->start, gather->end);
	if (gather->mapped)
		count_add(&vm_counters.mapped, gather->mapped);
	for (unsigned i = 0; i < gather->count; i++) {
		if (gather->pages[i]->kind == PAGE_TABLE)
			leaf_put(gather->pages[i]);
		else
			page_put(gather->pages[i]);
	}
}

static void uncount(struct gather *gather, pte_t entry)
{
	_Atomic int64_t *counter = entry_counter(gather->space, entry, gather->flags & CLEAR_SHMEM);

	if (counter)
		count_add(counter, -1);
}

/* The whole leaf goes: whether it is shared or ours, we only drop our hold on it. */
static void clear_leaf(struct gather *gather, pte_t *slot, uint64_t address)
{
	struct page *table = entry_page(*slot);
	const pte_t *leaf = page_to_virt(table);
	unsigned at;

	table_for_each_used (at, table) {
		if (leaf[at])
			uncount(gather, leaf[at]);
	}
	gather_range(gather, address, address + LEAF_BYTES);
	gather_table(gather, table);
	entry_clear(slot);
	atomic_fetch_sub_explicit(&gather->space->table_pages, 1, memory_order_relaxed);
	table_prune(gather->space, address, gather_table, gather);
}

static bool shall_clear(const struct gather *gather, pte_t entry)
{
	return entry && !((gather->flags & CLEAR_OBJECT) && (entry & PTE_PRIVATE));
}

static void clear_entries(struct gather *gather, pte_t *entry, uint64_t address, unsigned count)
{
	struct page *table = table_of(entry);
	unsigned index = entry_index(entry);

	for (unsigned i = 0; i < count && table->mapped; i++) {
		pte_t value = entry[i];

		if ((index + i) % GROUP_PAGES == 0 && !(table->private_word >> ((index + i) / GROUP_PAGES) & 1)) {
			i += GROUP_PAGES - 1;
			continue;
		}
		if (!shall_clear(gather, value))
			continue;
		entry_clear(&entry[i]);
		uncount(gather, value);
		gather_range(gather, address + i * PAGE_SIZE, address + (i + 1) * PAGE_SIZE);
		if (value & PTE_UNCOUNTED)
			continue;
		if (!(value & PTE_PRIVATE))
			gather->mapped--;
		gather->pages[gather->count++] = entry_page(value);
	}
}

static bool has_entries_to_clear(const struct gather *gather, const pte_t *entry, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (shall_clear(gather, entry[i]))
			return true;
	}
	return false;
}

/* Clear up to STEP_PAGES entries from `address` on, all in the leaf below `slot`. */
static void clear_part(struct gather *gather, pte_t *slot, uint64_t address, unsigned count)
{
	pte_t *entry = leaf_entry(*slot, address);
	bool is_shared = false;

	if (!(*slot & PTE_WRITE)) {
		if (!has_entries_to_clear(gather, entry, count))
			return;
		/*
		 * Without memory for a copy (only when an object shrinks, which must not fail) the entries go from the
		 * shared leaf itself: all its users map the same object there, and their counters alone are left too
		 * high.
		 */
		is_shared = table_own(gather->space, slot, address, 0) != 0;
		entry = leaf_entry(*slot, address);
	}
	if (unlikely(is_shared)) {
		gather->is_everywhere = true;
		leaf_copies_stop();
	}
	clear_entries(gather, entry, address, count);
	if (unlikely(is_shared))
		leaf_copies_go_on();
	if (table_of(entry)->mapped == 0)
		table_prune(gather->space, address, gather_table, gather);
}

/* Take out as much of [address, end) as the gather has room for; returns where to go on. table_lock is held. */
static uint64_t clear_step(struct gather *gather, uint64_t address, uint64_t end)
{
	while (address < end && gather->count + STEP_PAGES + 4 <= GATHER_PAGES) {
		pte_t *slot = table_slot(gather->space, address);
		uint64_t stop;

		if (!slot || !*slot) {
			address = table_next(gather->space, address);
			continue;
		}
		if (IS_ALIGNED(address, LEAF_BYTES) && end - address >= LEAF_BYTES && !(gather->flags & CLEAR_OBJECT)) {
			clear_leaf(gather, slot, address);
			address += LEAF_BYTES;
			continue;
		}
		stop = MIN(end, ALIGN_DOWN(address, STEP_PAGES * PAGE_SIZE) + STEP_PAGES * PAGE_SIZE);
		clear_part(gather, slot, address, (unsigned)((stop - address) >> PAGE_SHIFT));
		address = stop;
	}
	return MIN(address, end);
}

void range_clear(struct vm_space *space, uint64_t start, uint64_t end, unsigned flags)
{
	while (start < end) {
		struct gather gather;

		gather_begin(&gather, space, flags);
		spin_lock(&space->table_lock);
		start = clear_step(&gather, start, end);
		spin_unlock(&space->table_lock);
		gather_finish(&gather);
		if (start < end && !(flags & CLEAR_UNLOCKED))
			preempt_point();
	}
}

/* Own the leaf of `address` if there is one. */
static int own_existing(struct vm_space *space, uint64_t address)
{
	int error = 0;
	pte_t *slot;

	spin_lock(&space->table_lock);
	slot = table_slot(space, address);
	if (slot && *slot)
		error = table_own(space, slot, address, 0);
	spin_unlock(&space->table_lock);
	return error;
}

int range_prepare(struct vm_space *space, uint64_t start, uint64_t end)
{
	int error = 0;

	if (!IS_ALIGNED(start, LEAF_BYTES))
		error = own_existing(space, start);
	if (!error && !IS_ALIGNED(end, LEAF_BYTES))
		error = own_existing(space, end);
	return error;
}

int range_own(struct vm_space *space, uint64_t start, uint64_t end)
{
	int error = 0;

	while (start < end && !error) {
		pte_t *slot;

		spin_lock(&space->table_lock);
		slot = table_slot(space, start);
		if (slot && *slot) {
			error = table_own(space, slot, start, 0);
			start = ALIGN_DOWN(start, LEAF_BYTES) + LEAF_BYTES;
		} else {
			start = table_next(space, start);
		}
		spin_unlock(&space->table_lock);
		preempt_point();
	}
	return error;
}
