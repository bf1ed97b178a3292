/*
 * Pages and slabs over a few megabytes of the host's memory: random allocations never overlap, everything comes back,
 * neighbours join again, and objects are clean.
 */
/* sources: kernel/mem/page.c kernel/mem/slab.c kernel/mem/fill.c kernel/mem/fail.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86_64/memory_hooks.h"
#include "fake_cpu.h"
#include "mem/page.h"
#include "mem/slab.h"

#define MEMORY_BYTES (16ul << 20)
#define KERNEL_END   (2ul << 20)
#define IMAGE_START  (12ul << 20)
#define IMAGE_BYTES  (1ul << 20)

uint64_t host_direct_map;
struct cpu_features cpu_features = {.is_hypervisor_tcg = true};
struct arch_memory arch_memory;

/* No test looks whether the structures agree: that is /proc/namu/check's. */
void check_fails(struct check *check, const char *format, ...)
{
	(void)check;
	(void)format;
	abort();
}

void direct_map_extend(paddr_t end, void *(*early_page)(void))
{
}

_Noreturn void panic(const char *format, ...)
{
	fail_msg("panic: %s", format);
	abort();
}

static uint64_t free_pages(void)
{
	struct page_stats stats;

	page_stats_read(&stats);
	return stats.free;
}

static void test_layout(void **state)
{
	struct page_stats stats;

	page_stats_read(&stats);
	assert_true(stats.total * PAGE_SIZE > 12ul << 20);
	assert_true(stats.total * PAGE_SIZE < MEMORY_BYTES - IMAGE_BYTES - (1ul << 20));
	assert_int_equal(page_of(IMAGE_START)->kind, PAGE_IMAGE);
	assert_int_equal(page_of(IMAGE_START + IMAGE_BYTES - 1)->kind, PAGE_IMAGE);
	assert_int_equal(page_of(0)->kind, PAGE_RESERVED);
	assert_int_equal(page_of(KERNEL_END - 1)->kind, PAGE_RESERVED);
}

struct block {
	struct page *page;
	unsigned order;
	unsigned char mark;
};

static void block_check_and_free(struct block *block)
{
	const unsigned char *bytes = page_to_virt(block->page);

	for (size_t i = 0; i < PAGE_SIZE << block->order; i += 509)
		assert_int_equal(bytes[i], block->mark);
	page_put(block->page);
	block->page = NULL;
}

static void test_random_blocks(void **state)
{
	static struct block blocks[300];
	uint64_t before = free_pages();

	srand(3);
	for (int step = 0; step < 20000; step++) {
		struct block *block = &blocks[rand() % 300];
		if (block->page) {
			block_check_and_free(block);
			continue;
		}
		block->order = rand() % 8 == 0 ? (unsigned)rand() % 6 : 0;
		block->page = page_alloc(block->order, PAGE_KERNEL, 0);
		if (!block->page)
			continue;
		block->mark = (unsigned char)rand();
		memset(page_to_virt(block->page), block->mark, PAGE_SIZE << block->order);
	}
	for (int i = 0; i < 300; i++) {
		if (blocks[i].page)
			block_check_and_free(&blocks[i]);
	}
	assert_int_equal(free_pages(), before);
}

static void test_all_memory_and_joining(void **state)
{
	static struct page *pages[4096];
	uint64_t before = free_pages();
	size_t count = 0;

	while ((pages[count] = page_alloc(0, PAGE_ANON, 0)))
		count++;
	assert_int_equal(count, before);
	assert_null(page_alloc(3, PAGE_KERNEL, 0));
	for (size_t i = 0; i < count; i++)
		page_put(pages[i]);
	/* All but what the stack of single pages keeps has joined again: a large block can be had. */
	struct page *large = page_alloc(10, PAGE_KERNEL, ALLOC_ZERO);
	assert_non_null(large);
	page_put(large);
	assert_int_equal(free_pages(), before);
}

static void test_user_leaves_reserve(void **state)
{
	static struct page *pages[4096];
	size_t count = 0;

	while ((pages[count] = page_alloc(0, PAGE_ANON, ALLOC_USER)))
		count++;
	assert_true(free_pages() > 0);
	struct page *kernel = page_alloc(0, PAGE_KERNEL, 0);
	assert_non_null(kernel);
	page_put(kernel);
	while (count)
		page_put(pages[--count]);
}

static void test_slab(void **state)
{
	static struct slab_cache cache = SLAB_CACHE_SIZED("odd", 104, 8);
	static unsigned char *objects[2000];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 2000; i++) {
			objects[i] = slab_alloc(&cache);
			assert_non_null(objects[i]);
			for (int j = 0; j < 104; j++)
				assert_int_equal(objects[i][j], 0);
			memset(objects[i], i, 104);
		}
		assert_int_equal(cache.in_use, 2000);
		for (int i = 0; i < 2000; i++) {
			for (int j = 0; j < 104; j++)
				assert_int_equal(objects[i][j], (unsigned char)i);
			slab_free(&cache, objects[i]);
		}
		assert_int_equal(cache.in_use, 0);
		assert_true(cache.slabs <= 1);
	}
}

static void test_kmalloc(void **state)
{
	static const size_t sizes[] = {1, 16, 17, 96, 97, 500, 2048, 2049, 4096, 5000, 100000};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		unsigned char *block = kzalloc(sizes[i]);
		assert_non_null(block);
		assert_true(kmalloc_size(block) >= sizes[i]);
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(block[j], 0);
		memset(block, 0xff, sizes[i]);
		kfree(block);
	}
	kfree(NULL);
	assert_null(kmalloc(512ul << 20));
	char *copy = kstrdup("namu");
	assert_string_equal(copy, "namu");
	kfree(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_random_blocks),
		cmocka_unit_test(test_all_memory_and_joining),
		cmocka_unit_test(test_user_leaves_reserve),
		cmocka_unit_test(test_slab),
		cmocka_unit_test(test_kmalloc),
	};
	const struct memory_range ranges[] = {{0, 0x9fc00, true}, {1ul << 20, MEMORY_BYTES - (1ul << 20), true}};

	host_direct_map = (uint64_t)aligned_alloc(4ul << 20, MEMORY_BYTES);
	fake_cpu_begin();
	page_init(ranges, 2, KERNEL_END, IMAGE_START, IMAGE_BYTES);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
