/*
 * The page array and the buddy allocator (Knowlton, 1965): free blocks of 2^order pages on a list an order; a freed
 * block joins its buddy while that is free as a whole. Single pages, by far the most, go through a stack per processor.
 */
#include "mem/page.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/memory_hooks.h"
#include "arch/x86_64/spinlock.h"
#include "lib/string.h"
#include "mem/kasan.h"
#include "mem/slab.h"

#define ORDERS            (PAGE_ORDER_MAX + 1)
#define STACK_PAGES       64
#define STACK_BATCH_ORDER 4
#define STACK_BATCH       (1u << STACK_BATCH_ORDER)
/* Pages that only the kernel itself may take, so that giving memory back never needs memory it cannot get. */
#define RESERVE_PAGES_MAX 256

struct page *page_array;
uint64_t page_array_count;
struct page *page_zero;

/* Lock key: (l) page_lock; (c) its own processor. */
static struct spinlock page_lock = SPINLOCK_INIT("pages", LOCK_PAGES);
static struct list free_lists[ORDERS]; /* (l) */
static uint64_t free_blocks[ORDERS];   /* (l) how many stand on each */
static uint64_t free_pages;            /* (l) */
static uint64_t total_pages;
static uint64_t reserve_pages;
static HOT_DATA _Atomic int64_t kind_pages[PAGE_KINDS];
static _Atomic uint64_t shortages;

static struct page_stack {
	uint32_t count;
	struct page *pages[STACK_PAGES];
} stacks[CPU_MAX]; /* (c) */

static void block_put(struct page *page, unsigned order)
{
	uint64_t number = (uint64_t)(page - page_array);

	free_pages += 1ull << order;
	while (order < PAGE_ORDER_MAX) {
		uint64_t buddy_number = number ^ (1ull << order);
		if (buddy_number + (1ull << order) > page_array_count)
			break;
		struct page *buddy = &page_array[buddy_number];
		if (buddy->kind != PAGE_FREE || buddy->order != order)
			break;
		list_remove(&buddy->link);
		free_blocks[order]--;
		buddy->kind = PAGE_RESERVED;
		number &= ~(1ull << order);
		order++;
	}
	page = &page_array[number];
	page->kind = PAGE_FREE;
	page->order = (uint8_t)order;
	list_push(&free_lists[order], &page->link);
	free_blocks[order]++;
}

static struct page *block_take(unsigned order)
{
	unsigned found = order;

	while (found < ORDERS && list_is_empty(&free_lists[found]))
		found++;
	if (found == ORDERS)
		return NULL;
	struct page *page = list_first(&free_lists[found], struct page, link);
	list_remove(&page->link);
	free_blocks[found]--;
	while (found > order) {
		found--;
		struct page *half = page + (1ull << found);
		half->kind = PAGE_FREE;
		half->order = (uint8_t)found;
		list_push(&free_lists[found], &half->link);
		free_blocks[found]++;
	}
	page->kind = PAGE_RESERVED;
	free_pages -= 1ull << order;
	return page;
}

static bool has_less_than_batch(void)
{
	for (unsigned order = 0; order < STACK_BATCH_ORDER; order++) {
		if (free_blocks[order])
			return true;
	}
	return false;
}

/* A batch: what there is in smaller blocks, or else a block of its size, whose pages need not be parted one by one. */
static bool stack_refill(struct page_stack *stack)
{
	struct page *page;

	spin_lock(&page_lock);
	while (stack->count < STACK_BATCH && has_less_than_batch())
		stack->pages[stack->count++] = block_take(0);
	if (!stack->count && (page = block_take(STACK_BATCH_ORDER))) {
		while (stack->count < STACK_BATCH)
			stack->pages[stack->count++] = page++;
	}
	spin_unlock(&page_lock);
	return stack->count > 0;
}

static struct page *single_take(void)
{
	struct page_stack *stack = &stacks[this_cpu()->id];

	if (unlikely(stack->count == 0) && !stack_refill(stack))
		return NULL;
	return stack->pages[--stack->count];
}

static void single_put(struct page *page)
{
	struct page_stack *stack = &stacks[this_cpu()->id];

	if (unlikely(stack->count == STACK_PAGES)) {
		spin_lock(&page_lock);
		while (stack->count > STACK_PAGES / 2)
			block_put(stack->pages[--stack->count], 0);
		spin_unlock(&page_lock);
	}
	page->kind = PAGE_RESERVED;
	stack->pages[stack->count++] = page;
}

/* There is none. A block that cannot be had while there are pages is no shortage: ending a process would not help. */
static struct page *no_page(unsigned order)
{
	if (order == 0 || free_pages < reserve_pages)
		atomic_fetch_add_explicit(&shortages, 1, memory_order_relaxed);
	return NULL;
}

bool page_is_plenty(void)
{
	return free_pages > total_pages / 8;
}

uint64_t page_shortages(void)
{
	return atomic_load_explicit(&shortages, memory_order_relaxed);
}

struct page *page_alloc(unsigned order, enum page_kind kind, unsigned flags)
{
	struct page *page;

	if (unlikely((flags & ALLOC_USER) && free_pages < reserve_pages))
		return no_page(order);
	if (alloc_should_fail())
		return NULL;
	if (likely(order == 0)) {
		page = single_take();
	} else {
		spin_lock(&page_lock);
		page = block_take(order);
		spin_unlock(&page_lock);
	}
	if (unlikely(!page))
		return no_page(order);
	page->kind = (uint8_t)kind;
	page->order = (uint8_t)order;
	page->mapped = 0;
	page->owner = NULL;
	page->index = 0;
	page->private_word = 0;
	atomic_store_explicit(&page->refs, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&kind_pages[kind], 1ll << order, memory_order_relaxed);
	kasan_allow(page_to_virt(page), PAGE_SIZE << order);
	if (flags & ALLOC_ZERO) {
		for (uint64_t i = 0; i < 1ull << order; i++)
			page_clear(page_to_virt(page + i));
	}
	return page;
}

void page_free(struct page *page)
{
	unsigned order = page->order;

	KERNEL_CHECK(page->kind != PAGE_FREE && page->kind != PAGE_RESERVED && page->kind != PAGE_IMAGE);
	atomic_fetch_sub_explicit(&kind_pages[page->kind], 1ll << order, memory_order_relaxed);
	atomic_store_explicit(&page->refs, 0, memory_order_relaxed);
#ifdef NAMU_DEBUG
	/* A slab's pages come with what its objects were allowed. */
	kasan_allow(page_to_virt(page), PAGE_SIZE << order);
	memset(page_to_virt(page), 0xf5, PAGE_SIZE << order);
	kasan_forbid(page_to_virt(page), PAGE_SIZE << order, KASAN_PAGE_FREE);
#endif
	if (likely(order == 0)) {
		single_put(page);
	} else {
		spin_lock(&page_lock);
		block_put(page, order);
		spin_unlock(&page_lock);
	}
}

void page_zone_read(struct page_zone *zone)
{
	spin_lock(&page_lock);
	*zone = (struct page_zone){
		.free = free_pages, .reserve = reserve_pages, .spanned = page_array_count, .managed = total_pages};
	memcpy(zone->free_blocks, free_blocks, sizeof(free_blocks));
	for (uint32_t i = 0; i < cpu_count; i++)
		zone->free += stacks[i].count;
	spin_unlock(&page_lock);
}

void page_stats_read(struct page_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	spin_lock(&page_lock);
	stats->total = total_pages;
	stats->free = free_pages;
	for (uint32_t i = 0; i < cpu_count; i++)
		stats->free += stacks[i].count;
	spin_unlock(&page_lock);
	for (unsigned kind = 0; kind < PAGE_KINDS; kind++) {
		int64_t pages = atomic_load_explicit(&kind_pages[kind], memory_order_relaxed);
		stats->by_kind[kind] = pages > 0 ? (uint64_t)pages : 0;
	}
}

void page_check(struct check *check)
{
	const struct page *page;
	uint64_t free = 0;

	spin_lock(&page_lock);
	for (unsigned order = 0; order < ORDERS; order++) {
		list_for_each (page, &free_lists[order], link) {
			bool is_good = page->kind == PAGE_FREE && page->order == order && page_refs(page) == 0;
			CHECK_THAT(check, is_good,
				   "page %lx: on the free list of order %u as kind %u, order %u, %u refs",
				   page_to_phys(page), order, page->kind, page->order, page_refs(page));
			free += 1ull << order;
		}
	}
	CHECK_THAT(check, free == free_pages, "%lu pages are free, counted %lu", free, free_pages);
	spin_unlock(&page_lock);
}

/* -- boot -- */

static paddr_t early_next; /* where early_page takes from */

static void *early_page(void)
{
	void *page = phys_to_virt(early_next);

	early_next += PAGE_SIZE;
	memset(page, 0, PAGE_SIZE);
	return page;
}

static void *table_alloc(void)
{
	struct page *page = page_alloc(0, PAGE_MAP, ALLOC_ZERO);

	return page ? page_to_virt(page) : NULL;
}

static void array_mark(paddr_t start, paddr_t end, enum page_kind kind)
{
	for (uint64_t number = start >> PAGE_SHIFT; number < (end + PAGE_MASK) >> PAGE_SHIFT; number++) {
		if (number < page_array_count) {
			page_array[number].kind = (uint8_t)kind;
			atomic_store_explicit(&page_array[number].refs, 1, memory_order_relaxed);
		}
	}
}

/* Give the pages of [start, end) to the allocator in the largest aligned blocks. */
static void range_release(paddr_t start, paddr_t end)
{
	uint64_t number = (start + PAGE_MASK) >> PAGE_SHIFT;
	uint64_t last = end >> PAGE_SHIFT;

	while (number < last) {
		unsigned order = 0;
		while (order < PAGE_ORDER_MAX && IS_ALIGNED(number, 2ull << order) && number + (2ull << order) <= last)
			order++;
		block_put(&page_array[number], order);
		total_pages += 1ull << order;
		number += 1ull << order;
	}
}

/* Low memory that stays out: the firmware's tables, and a page below 1 MiB where further processors could be started.
 * The loader's record lies above it, but it has been read. */
#define LOW_RESERVED 0x9000

/* What a range cannot give because it is in use. */
struct taken {
	paddr_t start, end;
};

static void range_release_around(paddr_t start, paddr_t end, const struct taken *taken, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (taken[i].end <= start || taken[i].start >= end)
			continue;
		if (taken[i].start > start)
			range_release_around(start, taken[i].start, taken, count);
		if (taken[i].end < end)
			range_release_around(taken[i].end, end, taken, count);
		return;
	}
	if (start < end)
		range_release(start, end);
}

static paddr_t highest_usable(const struct memory_range *ranges, unsigned count)
{
	paddr_t highest = 0;

	for (unsigned i = 0; i < count; i++) {
		if (ranges[i].is_usable)
			highest = MAX(highest, ranges[i].start + ranges[i].bytes);
	}
	return highest;
}

static bool range_is_usable(const struct memory_range *ranges, unsigned count, paddr_t start, uint64_t bytes)
{
	for (unsigned i = 0; i < count; i++) {
		if (ranges[i].is_usable && start >= ranges[i].start && bytes <= ranges[i].bytes &&
		    start - ranges[i].start <= ranges[i].bytes - bytes)
			return true;
	}
	return bytes == 0;
}

/* The shadow lies in front of the array. */
static void kasan_place(paddr_t highest, paddr_t end)
{
	uint64_t bytes = kasan_shadow_bytes(highest);

	if (!bytes)
		return;
	if (early_next + bytes > end)
		panic("too little memory for KASAN's shadow of %lu MiB", bytes >> 20);
	kasan_init(phys_to_virt(early_next), highest);
	early_next += bytes;
}

void page_init(const struct memory_range *ranges, unsigned count, paddr_t kernel_end, paddr_t image_start,
	       uint64_t image_bytes)
{
	paddr_t highest = highest_usable(ranges, count);
	uint64_t array_bytes;

	for (unsigned order = 0; order < ORDERS; order++)
		list_init(&free_lists[order]);
	page_array_count = highest >> PAGE_SHIFT;
	if (!range_is_usable(ranges, count, image_start, image_bytes))
		panic("the root image at %#lx, %#lx bytes, lies outside memory", image_start, image_bytes);
	array_bytes = ALIGN_UP(page_array_count * sizeof(struct page), PAGE_SIZE);
	/* Behind the kernel lie the tables of the direct map above 4 GiB, then the array; the image lies high in
	 * memory, and the array may be as large as a small machine's memory when the image is very large. */
	early_next = ALIGN_UP(kernel_end, PAGE_SIZE);
	direct_map_extend(highest, early_page);
	kasan_place(highest, image_bytes ? image_start : highest);
	page_array = phys_to_virt(early_next);
	if (image_bytes && virt_to_phys(page_array) + array_bytes > image_start)
		panic("too little memory for the records of a root image of %lu MiB", image_bytes >> 20);
	memset(page_array, 0, array_bytes);
	early_next += array_bytes;

	struct taken taken[] = {
		{0, LOW_RESERVED},
		{1ull << 20, early_next},
		{ALIGN_DOWN(image_start, PAGE_SIZE), ALIGN_UP(image_start + image_bytes, PAGE_SIZE)},
	};
	for (unsigned i = 0; i < count; i++) {
		if (ranges[i].is_usable)
			range_release_around(ranges[i].start, ranges[i].start + ranges[i].bytes, taken,
					     ARRAY_LEN(taken));
	}
	array_mark(image_start, image_start + image_bytes, PAGE_IMAGE);
	reserve_pages = MIN(total_pages / 64, (uint64_t)RESERVE_PAGES_MAX);
	arch_memory.alloc_table = table_alloc;
	slab_register_arch();
	page_zero = page_alloc(0, PAGE_ZERO, ALLOC_ZERO);
	KERNEL_CHECK(page_zero);
}

void page_add(paddr_t start, paddr_t end)
{
	spin_lock(&page_lock);
	range_release(start, end);
	spin_unlock(&page_lock);
}
