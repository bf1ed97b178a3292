/*
 * Kernel stacks. The area is cut into slots of one guard page and KSTACK_PAGES pages; a freed stack keeps its pages and
 * is handed out again first, so that a fork allocates none and no translation has to be flushed.
 */
#include "mem/kstack.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/pagetable.h"
#include "arch/x86_64/shootdown.h"
#include "arch/x86_64/spinlock.h"
#include "mem/page.h"

#define SLOT_BYTES ((KSTACK_PAGES + 1) * PAGE_SIZE)
#define AREA_BYTES (1ull << 36)
/* Stacks kept ready with their pages; more are given back. */
#define CACHE_STACKS 64

/* Lock key: (l) kstack_lock. */
static struct spinlock kstack_lock = SPINLOCK_INIT("kstack", LOCK_SLAB);
static uint64_t cached[CACHE_STACKS];    /* (l) stacks with pages */
static uint32_t cached_count;            /* (l) */
static uint64_t empty_head;              /* (l) slots without pages: a list through the slot table below */
static uint64_t area_next = KSTACK_AREA; /* (l) */

/* Slots whose pages went back, to be used before new ones are cut; linked by index in pages of the kernel's own. */
#define EMPTY_MAX 4096
static uint32_t empty_slots[EMPTY_MAX]; /* (l) */

static uint64_t slot_take(void)
{
	uint64_t base = 0;

	if (empty_head)
		return KSTACK_AREA + (uint64_t)empty_slots[--empty_head] * SLOT_BYTES + PAGE_SIZE;
	if (area_next + SLOT_BYTES <= KSTACK_AREA + AREA_BYTES) {
		base = area_next + PAGE_SIZE;
		area_next += SLOT_BYTES;
	}
	return base;
}

/* Unmap `count` pages from `base` on into `pages`; they may be given back once every processor has forgotten them. */
static unsigned pages_unmap(uint64_t base, unsigned count, struct page **pages)
{
	for (unsigned i = 0; i < count; i++)
		pages[i] = page_of(kernel_unmap_page(base + i * PAGE_SIZE));
	return count;
}

static void pages_give_back(struct page **pages, unsigned count)
{
	if (cpu_count > 1)
		shootdown_all();
	for (unsigned i = 0; i < count; i++)
		page_put(pages[i]);
}

static void pages_unmap_some(uint64_t base, unsigned count)
{
	struct page *pages[KSTACK_PAGES];

	pages_give_back(pages, pages_unmap(base, count, pages));
}

static bool pages_map(uint64_t base)
{
	uint64_t no_exec = cpu_features.has_nx ? PTE_NX : 0;

	for (unsigned i = 0; i < KSTACK_PAGES; i++) {
		struct page *page = page_alloc(0, PAGE_KERNEL, ALLOC_USER);
		if (!page) {
			pages_unmap_some(base, i);
			return false;
		}
		if (kernel_map_page(base + i * PAGE_SIZE, page_to_phys(page), PTE_WRITE | no_exec)) {
			page_put(page);
			pages_unmap_some(base, i);
			return false;
		}
	}
	return true;
}

static void slot_give_back(uint64_t base)
{
	/* When even this list is full the slot's address range is lost, which 64 GiB of it can bear. */
	if (empty_head < EMPTY_MAX)
		empty_slots[empty_head++] = (uint32_t)((base - PAGE_SIZE - KSTACK_AREA) / SLOT_BYTES);
}

uint64_t kstack_alloc(void)
{
	uint64_t base;

	if (alloc_should_fail())
		return 0;
	spin_lock(&kstack_lock);
	if (cached_count) {
		base = cached[--cached_count];
		spin_unlock(&kstack_lock);
		return base;
	}
	base = slot_take();
	if (base && !pages_map(base)) {
		slot_give_back(base);
		base = 0;
	}
	spin_unlock(&kstack_lock);
	return base;
}

#define BATCH_STACKS 32

/* Give back all but `keep` of the stacks kept ready, many at once: other processors have to forget them. */
static void trim(uint32_t keep)
{
	struct page *pages[BATCH_STACKS * KSTACK_PAGES];

	while (cached_count > keep) {
		unsigned count = 0;
		for (unsigned i = 0; i < BATCH_STACKS && cached_count > keep; i++) {
			uint64_t base = cached[--cached_count];
			count += pages_unmap(base, KSTACK_PAGES, pages + count);
			slot_give_back(base);
		}
		pages_give_back(pages, count);
	}
}

void kstack_free(uint64_t base)
{
	spin_lock(&kstack_lock);
	if (cached_count == CACHE_STACKS)
		trim(CACHE_STACKS / 2);
	cached[cached_count++] = base;
	spin_unlock(&kstack_lock);
}

bool kstack_drain(void)
{
	spin_lock(&kstack_lock);
	bool is_any = cached_count != 0;
	trim(0);
	spin_unlock(&kstack_lock);
	return is_any;
}

uint64_t kstack_kept_pages(void)
{
	return (uint64_t)cached_count * KSTACK_PAGES;
}

bool kstack_is_guard(uint64_t address)
{
	if (address < KSTACK_AREA || address >= KSTACK_AREA + AREA_BYTES)
		return false;
	return (address - KSTACK_AREA) % SLOT_BYTES < PAGE_SIZE;
}
