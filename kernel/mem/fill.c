/*
 * Clearing and copying whole pages. Under emulation unrolled 8-byte moves are several times faster than REP; on
 * hardware with fast strings REP wins (doc/architecture.md, Speed).
 */
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/string_ops.h"
#include "lib/string.h"
#include "mem/page.h"

void page_clear(void *page)
{
	if (cpu_features.has_erms && !cpu_features.is_hypervisor_tcg)
		string_store_rep(page, 0, PAGE_SIZE);
	else
		memset(page, 0, PAGE_SIZE);
}

void page_copy(void *to, const void *from)
{
	if (cpu_features.has_erms && !cpu_features.is_hypervisor_tcg)
		string_move_rep(to, from, PAGE_SIZE);
	else
		memcpy(to, from, PAGE_SIZE);
}
