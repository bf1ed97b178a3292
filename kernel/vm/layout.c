/*
 * Where the parts of a program go. All random numbers are pages from choice/'s layout stream, so a seeded run has a
 *fixed layout.
 *
 *	0x400000         a program linked for a fixed place, its heap behind it
 *	0x555555554000   position-independent programs, their heap behind them
 *	mmap_top         mappings, downwards
 *	stack_top        the stack, below the end of the user half
 *
 * The spreads are Linux's: 28 bits of pages for mappings and position-independent programs, 22 for the stack, 13 for
 * the heap. Mappings and stack seldom share an entry of the top-level table, which costs one page table a process.
 */
#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "vm/region.h"
#include "vm/space.h"

#define GIB (1ull << 30)

#define STACK_SPREAD  (16 * GIB)
#define MMAP_SPREAD   (1024 * GIB)
#define STACK_GAP_MIN (128ull << 20)
#define STACK_GAP_MAX (USER_SPACE_END / 6 * 5)
#define PIE_BASE      0x555555554000ull
#define PIE_SPREAD    (1024 * GIB)
#define BRK_SPREAD    (32ull << 20)

static uint64_t random_bytes_below(bool is_randomized, uint64_t spread)
{
	return is_randomized ? choice_layout_below(spread >> PAGE_SHIFT) << PAGE_SHIFT : 0;
}

uint64_t vm_pick_stack_top(bool is_randomized)
{
	return USER_SPACE_END - random_bytes_below(is_randomized, STACK_SPREAD);
}

uint64_t vm_pick_mmap_top(bool is_randomized, uint64_t stack_limit_bytes)
{
	uint64_t gap = MAX(MIN(stack_limit_bytes, STACK_GAP_MAX), STACK_GAP_MIN);

	gap = ALIGN_UP(gap, PAGE_SIZE) + STACK_GUARD_BYTES + (is_randomized ? STACK_SPREAD : 0);
	return USER_SPACE_END - gap - random_bytes_below(is_randomized, MMAP_SPREAD);
}

/* Programs that keep homes (home.h) have one for all of them. */
uint64_t vm_pick_pie_base(const struct vm_space *space)
{
	static _Atomic uint64_t home;
	uint64_t base;

	if (!space->keeps_homes)
		return PIE_BASE + random_bytes_below(space->is_randomized, PIE_SPREAD);
	base = home;
	if (!base) {
		uint64_t none = 0;

		base = PIE_BASE + random_bytes_below(true, PIE_SPREAD);
		if (!atomic_compare_exchange_strong(&home, &none, base))
			base = none;
	}
	return base;
}

uint64_t vm_pick_brk(bool is_randomized, uint64_t image_end)
{
	return ALIGN_UP(image_end, PAGE_SIZE) + random_bytes_below(is_randomized, BRK_SPREAD);
}
