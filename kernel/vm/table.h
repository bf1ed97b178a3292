/*
 * Page tables of address spaces, as a tree of counted pages (struct page of kind PAGE_TABLE).
 *
 * Every table knows how many of its entries are in use (page->mapped), in which groups of eight they lie
 * (page->private_word, bit n for entries 8n to 8n+7) and at which places within their groups (page->index, bit n for
 * entries n, n+8, n+16 ...). Bits may be set for entries that are gone again. So a sparse table is copied, shared and
 * freed by looking at what is in it, not at 512 entries: one of a single entry in a single step.
 *
 * Only last-level tables (leaves) are shared between spaces: page->refs counts the spaces. A leaf is ours to change if
 * the entry above it has PTE_WRITE; if not, it is shared or was. Rules for a shared leaf: nobody changes an entry in it
 * but for taking PTE_WRITE away from private pages, which its users cannot write through it anyway.
 *
 * fork always shares, even a table of few entries: to copy a table costs the same at fork as at the first change later,
 * but the tables that a child never changes (text, libraries, large data before exec) then cost nothing, and the fault
 * that unshares is the one that copies the first page, so no fault is added.
 *
 * Locks: the space's table_lock guards its tables. fork holds the parent's, then the child's.
 */
#ifndef NAMU_VM_TABLE_H
#define NAMU_VM_TABLE_H

#include "mem/page.h"
#include "vm/counters.h"
#include "vm/space.h"

/* Software bits of a leaf's entries. An entry in use is any that is not zero; PROT_NONE is one without PTE_PRESENT. */
#define PTE_UNCOUNTED PTE_SOFT0 /* the image's or the zero page: the entry holds no reference */
#define PTE_PRIVATE   PTE_SOFT1 /* a page of private memory (PAGE_ANON) */
/* An entry that names a table. */
#define PTE_TABLE (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED)

#define LEAF_BYTES  PT_SPAN(1)
#define GROUP_PAGES 8u /* entries that one bit of private_word stands for */

/* Calls for every index at which `table` may have an entry in use; the table's words may not change meanwhile. */
#define table_for_each_used(at, table)                                                                            \
	for (uint64_t groups_ = (table)->private_word; groups_; groups_ &= groups_ - 1)                           \
		for (uint64_t lanes_ = (table)->index;                                                            \
		     lanes_ && ((at) = (unsigned)(__builtin_ctzll(groups_) * 8 + __builtin_ctzll(lanes_)), true); \
		     lanes_ &= lanes_ - 1)

static inline struct page *table_of(const pte_t *entry)
{
	return page_of((paddr_t)entry - DIRECT_MAP);
}
static inline struct page *entry_page(pte_t entry)
{
	return page_of(entry & PTE_ADDRESS);
}
static inline unsigned entry_index(const pte_t *entry)
{
	return ((uint64_t)entry & PAGE_MASK) / sizeof(pte_t);
}

/* Fill an entry that was zero. */
static inline void entry_set(pte_t *entry, pte_t value)
{
	struct page *table = table_of(entry);

	*entry = value;
	table->mapped++;
	table->private_word |= 1ull << (entry_index(entry) / GROUP_PAGES);
	table->index |= 1ull << (entry_index(entry) % GROUP_PAGES);
}
/* No entry of `table` is in use any more. */
static inline void table_forget_entries(struct page *table)
{
	table->mapped = 0;
	table->private_word = 0;
	table->index = 0;
}
/* Empty an entry that was not. */
static inline void entry_clear(pte_t *entry)
{
	struct page *table = table_of(entry);

	*entry = 0;
	if (--table->mapped == 0)
		table_forget_entries(table);
}

/* Which of a space's resident counters an entry of a region stands in; null: none (the zero page). */
static inline _Atomic int64_t *entry_counter(struct vm_space *space, pte_t entry, bool is_shared_memory)
{
	if (entry & PTE_PRIVATE)
		return &space->resident_anon;
	if (entry & PTE_UNCOUNTED)
		return (entry & PTE_ADDRESS) == page_to_phys(page_zero) ? NULL : &space->resident_file;
	return is_shared_memory ? &space->resident_shared : &space->resident_file;
}

/*
 * An empty table, or null. From a pool of clean ones where possible. `flags`: ALLOC_USER, or 0 where memory is given
 * back (unmapping a part of what is shared) and the kernel's reserve may be used.
 */
struct page *table_alloc(unsigned flags);
/* Give back a table all of whose entries are zero. */
void table_free(struct page *table);
/* A top-level table with the kernel's half in place, or 0; and back, its lower half empty. */
paddr_t table_top_alloc(void);
void table_top_free(paddr_t pml4);
/* Give the pool's pages back to the allocator; true when there were any. */
bool table_pool_drain(void);
/* Pages that lie in the pool. */
uint64_t table_pool_pages(void);
/* A page for a process: page_alloc, and once more after the pool was drained. */
struct page *user_page_alloc(enum page_kind kind, unsigned flags);

/* The entry that names the leaf of `address`, or null when there is no table for it. table_lock is held for all of
 * these. */
pte_t *table_slot(struct vm_space *space, uint64_t address);
/* The same, made if need be; null: no memory. */
pte_t *table_slot_make(struct vm_space *space, uint64_t address);
/* Behind `address`, for which table_slot gave null or a zero entry: where the next table may begin. */
uint64_t table_next(struct vm_space *space, uint64_t address);

/* Make or copy the leaf below `slot`, which is not ours to change yet; see table_own. */
int table_own_slow(struct vm_space *space, pte_t *slot, uint64_t address, unsigned flags);
/* Make the leaf below `slot` exist and be this space's alone; flags as table_alloc's. 0 or -ENOMEM. */
static inline int table_own(struct vm_space *space, pte_t *slot, uint64_t address, unsigned flags)
{
	return likely(*slot & PTE_WRITE) ? 0 : table_own_slow(space, slot, address, flags);
}

static inline pte_t *leaf_entry(pte_t slot, uint64_t address)
{
	return &pte_table(slot)[PT_INDEX(address, 0)];
}
/* The entry of `address`, made and ours to change; null: no memory. */
pte_t *table_entry_make(struct vm_space *space, uint64_t address);
/* The entry's value, 0 when there is none. */
pte_t table_entry_read(struct vm_space *space, uint64_t address);

/* While a leaf is changed that others share, nobody copies one; one processor at a time. */
void leaf_copies_stop(void);
void leaf_copies_go_on(void);
/* Drop a space's hold on a leaf; the last one drops the references of its entries and frees it. */
void leaf_put(struct page *leaf);

/* Tables of `address` that have become empty are unlinked and handed to `release`, which frees them when the processor
 * has forgotten them. */
void table_prune(struct vm_space *space, uint64_t address, void (*release)(void *arg, struct page *table), void *arg);

/* fork: the child, whose tables are empty, shares all leaves. 0 or -ENOMEM (the child keeps what it got). */
int tables_share(struct vm_space *parent, struct vm_space *child);
/* The end: drop every page and table. The tables are loaded nowhere. */
void tables_destroy(struct vm_space *space);

#endif
