/*
 * Sums of the vm floor for /proc/meminfo and the like.
 */
#include "lib/string.h"
#include "vm/counters.h"
#include "vm/table.h"

struct vm_counters vm_counters;

static uint64_t not_negative(int64_t value)
{
	return value > 0 ? (uint64_t)value : 0;
}

uint64_t vm_available_pages(void)
{
	struct page_stats pages;

	page_stats_read(&pages);
	return pages.free + table_pool_pages();
}

void vm_stats_read(struct vm_stats *stats)
{
	struct page_stats pages;

	page_stats_read(&pages);
	memset(stats, 0, sizeof(*stats));
	stats->anon_pages = pages.by_kind[PAGE_ANON];
	stats->object_pages = pages.by_kind[PAGE_OBJECT];
	stats->table_pages = pages.by_kind[PAGE_TABLE] - MIN(table_pool_pages(), pages.by_kind[PAGE_TABLE]);
	stats->mapped_pages = not_negative(vm_counters.mapped);
	stats->shared_pages = not_negative(vm_counters.shared);
	stats->committed_pages = not_negative(vm_counters.committed);
	stats->faults = vm_counters.faults;
	stats->major_faults = vm_counters.major_faults;
	stats->pages_copied = vm_counters.pages_copied;
	stats->tables_copied = vm_counters.tables_copied;
}
