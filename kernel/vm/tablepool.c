/*
 * A pool of empty page tables. A table that is given back is empty entry by entry, so it can be handed out again
 * without clearing 4 KiB: with some ten tables made and freed by each process that is what keeps fork and exit short.
 */
#include "lib/string.h"
#include "vm/table.h"

#define POOL_TABLES 48 /* some four small processes' */
#define POOL_TOPS   4

/* Lock key: (l) its lock. */
static struct {
	struct spinlock lock;
	uint32_t count;                  /* (l) */
	uint32_t top_count;              /* (l) */
	struct page *clean[POOL_TABLES]; /* (l) all entries zero */
	struct page *tops[POOL_TOPS];    /* (l) lower half zero, the kernel's half in place */
} pool = {.lock = SPINLOCK_INIT("page-table pool", LOCK_SLAB)};

struct page *user_page_alloc(enum page_kind kind, unsigned flags)
{
	struct page *page = page_alloc(0, kind, flags | ALLOC_USER);

	if (unlikely(!page) && !alloc_failed_on_purpose() && table_pool_drain())
		page = page_alloc(0, kind, flags | ALLOC_USER);
	return page;
}

static void table_reset(struct page *table)
{
	atomic_store_explicit(&table->refs, 1, memory_order_relaxed);
	table_forget_entries(table);
}

struct page *table_alloc(unsigned flags)
{
	struct page *table = NULL;

	if (alloc_should_fail())
		return NULL;
	spin_lock(&pool.lock);
	if (likely(pool.count))
		table = pool.clean[--pool.count];
	spin_unlock(&pool.lock);
	if (!table)
		table = page_alloc(0, PAGE_TABLE, ALLOC_ZERO | flags);
	if (likely(table))
		table_reset(table);
	return table;
}

#ifdef NAMU_DEBUG
static void check_is_empty(const struct page *table, unsigned entries)
{
	const pte_t *entry = page_to_virt(table);

	KERNEL_CHECK(table->kind == PAGE_TABLE && table->mapped == 0);
	for (unsigned i = 0; i < entries; i++)
		KERNEL_CHECK(entry[i] == 0);
}
#else
static void check_is_empty(const struct page *table, unsigned entries)
{
	(void)table;
	(void)entries;
}
#endif

void table_free(struct page *table)
{
	check_is_empty(table, PT_ENTRIES);
	spin_lock(&pool.lock);
	if (likely(pool.count < POOL_TABLES)) {
		pool.clean[pool.count++] = table;
		table = NULL;
	}
	spin_unlock(&pool.lock);
	if (table)
		page_free(table);
}

paddr_t table_top_alloc(void)
{
	struct page *top = NULL;
	pte_t *entries;

	if (alloc_should_fail())
		return 0;
	spin_lock(&pool.lock);
	if (likely(pool.top_count))
		top = pool.tops[--pool.top_count];
	spin_unlock(&pool.lock);
	if (!top) {
		top = table_alloc(ALLOC_USER);
		if (!top)
			return 0;
		entries = page_to_virt(top);
		memcpy(entries + PT_ENTRIES / 2, kernel_pml4 + PT_ENTRIES / 2, PAGE_SIZE / 2);
	}
	table_reset(top);
	return page_to_phys(top);
}

void table_top_free(paddr_t pml4)
{
	struct page *top = page_of(pml4);

	check_is_empty(top, PT_ENTRIES / 2);
	spin_lock(&pool.lock);
	if (likely(pool.top_count < POOL_TOPS)) {
		pool.tops[pool.top_count++] = top;
		top = NULL;
	}
	spin_unlock(&pool.lock);
	if (top)
		page_free(top);
}

bool table_pool_drain(void)
{
	struct page *taken[POOL_TABLES + POOL_TOPS];
	unsigned count = 0;

	spin_lock(&pool.lock);
	while (pool.count)
		taken[count++] = pool.clean[--pool.count];
	while (pool.top_count)
		taken[count++] = pool.tops[--pool.top_count];
	spin_unlock(&pool.lock);
	for (unsigned i = 0; i < count; i++)
		page_free(taken[i]);
	return count != 0;
}

uint64_t table_pool_pages(void)
{
	return pool.count + pool.top_count;
}
