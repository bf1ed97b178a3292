/* /proc/buddyinfo and /proc/zoneinfo (proc(5)): the allocator of pages, which knows one zone of one node. */
#include "mem/page.h"
#include "proc/procfs_private.h"

/* Linux shows blocks of up to this order; a larger one is as many of these. */
#define ORDER_SHOWN 10u

_Static_assert(PAGE_ORDER_MAX >= ORDER_SHOWN, "every column has its count");

int proc_show_buddyinfo(struct proc_text *text, const struct proc_target *target)
{
	struct page_zone zone;
	uint64_t most = 0;

	page_zone_read(&zone);
	proc_print(text, "Node 0, zone   Normal ");
	for (unsigned order = 0; order < ORDER_SHOWN; order++)
		proc_print(text, "%6lu ", zone.free_blocks[order]);
	for (unsigned order = ORDER_SHOWN; order <= PAGE_ORDER_MAX; order++)
		most += zone.free_blocks[order] << (order - ORDER_SHOWN);
	proc_print(text, "%6lu \n", most);
	return 0;
}

int proc_show_zoneinfo(struct proc_text *text, const struct proc_target *target)
{
	struct page_zone zone;

	page_zone_read(&zone);
	proc_print(text,
		   "Node 0, zone   Normal\n  pages free     %lu\n        min      %lu\n        spanned  %lu\n"
		   "        present  %lu\n        managed  %lu\n",
		   zone.free, zone.reserve, zone.spanned, zone.managed, zone.managed);
	proc_print(text, "  start_pfn:           0\n");
	return 0;
}
