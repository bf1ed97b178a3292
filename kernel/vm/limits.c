/*
 * Limits on mapping and locking, see vm/limits.h.
 */
#include "vm/limits.h"

#include <linux/mman.h>

#include "mem/page.h"
#include "vm/counters.h"

uint64_t (*vm_limit)(unsigned resource);
bool (*vm_may_exceed_memlock)(void);

uint64_t limit_of(unsigned resource)
{
	return vm_limit ? vm_limit(resource) : UINT64_MAX;
}

static bool fits(uint64_t pages_now, uint64_t pages_more, uint64_t limit_bytes)
{
	uint64_t limit = limit_bytes >> PAGE_SHIFT;

	return limit_bytes == UINT64_MAX || (pages_more <= limit && pages_now <= limit - pages_more);
}

bool limit_allows_pages(const struct vm_space *space, uint64_t pages, uint32_t prot, uint32_t flags)
{
	if (!fits(space->total_pages, pages, limit_of(RLIMIT_AS)))
		return false;
	if ((prot & PROT_WRITE) && !(flags & (REGION_SHARED | REGION_STACK)))
		return fits(space->data_pages, pages, limit_of(RLIMIT_DATA));
	return true;
}

bool limit_allows_locked(const struct vm_space *space, uint64_t pages)
{
	if (fits(space->locked_pages, pages, limit_of(RLIMIT_MEMLOCK)))
		return true;
	return vm_may_exceed_memlock && vm_may_exceed_memlock();
}

bool limit_allows_any_lock(void)
{
	return limit_of(RLIMIT_MEMLOCK) != 0 || (vm_may_exceed_memlock && vm_may_exceed_memlock());
}

_Atomic uint32_t vm_overcommit = OVERCOMMIT_GUESS;
_Atomic uint32_t vm_overcommit_ratio = 50;

uint64_t vm_commit_limit(void)
{
	struct page_stats stats;

	page_stats_read(&stats);
	return stats.total * vm_overcommit_ratio / 100;
}

static bool promises_allow(uint64_t pages)
{
	int64_t promised = vm_counters.committed;

	return vm_overcommit == OVERCOMMIT_ALWAYS || (uint64_t)MAX(promised, (int64_t)0) + pages <= vm_commit_limit();
}

bool memory_can_hold(uint64_t pages)
{
	static _Atomic uint64_t total; /* never changes once read */
	struct page_stats stats;

	if (unlikely(vm_overcommit != OVERCOMMIT_GUESS))
		return promises_allow(pages);
	if (!total) {
		page_stats_read(&stats);
		total = stats.total;
	}
	return pages <= total;
}
