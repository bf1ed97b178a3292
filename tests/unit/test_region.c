/*
 * Regions and free room against a map of pages: random mappings, holes, splits and merges in a small area, with the
 * tree's order, the merging of neighbours, the accounts, and the place that the search for room finds.
 */
/* sources: kernel/vm/region.c kernel/vm/room.c kernel/lib/rbtree.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <linux/mman.h>

#include "arch/x86_64/uaccess.h"
#include "fake_cpu.h"
#include "fake_memory.h"
#include "lib/errno.h"
#include "vm/counters.h"
#include "vm/region.h"
#include "vm/room.h"

#define PAGES 600ull
#define BASE  0x700000000000ull
#define TOP   (BASE + PAGES * PAGE_SIZE)

struct vm_counters vm_counters;
struct vm_file_hooks vm_file_hooks;

static struct memobj object;
static int object_refs;

void memobj_get(struct memobj *got)
{
	assert_ptr_equal(got, &object);
	object_refs++;
}

void memobj_put(struct memobj *put)
{
	assert_ptr_equal(put, &object);
	object_refs--;
}

void panic(const char *format, ...)
{
	(void)format;
	abort();
}

/* The model: what each page is mapped as. 0: not; else 1 + prot, plus 16 and the object's page for those of the object.
 */
static uint32_t model[PAGES];

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static uint64_t page_address(uint64_t page)
{
	return BASE + page * PAGE_SIZE;
}

static uint32_t model_word(const struct vm_region *region, uint64_t page)
{
	uint32_t word = 1 + region->prot;

	if (region->object)
		word += 16 + ((uint32_t)region_object_index(region, page_address(page)) << 8);
	return word;
}

static struct vm_region *make(uint64_t first, uint64_t end, uint32_t prot, bool is_object)
{
	struct vm_region *region = region_alloc();

	if (!region)
		return NULL;
	region->start = page_address(first);
	region->end = page_address(end);
	region->prot = prot;
	region->max_prot = 7;
	if (is_object) {
		region->object = &object;
		region->object_offset = first * PAGE_SIZE;
		memobj_get(&object);
	}
	return region;
}

/* Remove what is in [first, end), as munmap does. */
static void clear(struct vm_space *space, uint64_t first, uint64_t end)
{
	struct vm_region *region;

	assert_int_equal(region_isolate(space, page_address(first), page_address(end)), 0);
	region = vm_region_at_or_above(space, page_address(first));
	while (region && region->start < page_address(end)) {
		struct vm_region *next = vm_region_next(region);

		assert_true(region->start >= page_address(first) && region->end <= page_address(end));
		region_remove(space, region);
		region_free(region);
		region = next;
	}
	for (uint64_t page = first; page < end; page++)
		model[page] = 0;
}

static void map(struct vm_space *space, uint64_t first, uint64_t end, uint32_t prot, bool is_object)
{
	struct vm_region *region = make(first, end, prot, is_object);

	assert_non_null(region);
	region_insert(space, region);
	for (uint64_t page = first; page < end; page++)
		model[page] = model_word(region, page);
	region_merge(region);
}

/* The tree shows the model; neighbours that could be one are one; sums are right. */
static void check(struct vm_space *space)
{
	struct vm_region *previous = NULL;
	uint64_t total = 0, data = 0;
	unsigned count = 0;

	for (struct vm_region *region = vm_region_first(space); region; region = vm_region_next(region)) {
		assert_true(region->start < region->end);
		if (previous) {
			assert_true(previous->end <= region->start);
			assert_false(region_continues(previous, region));
		}
		previous = region;
		total += region_pages(region);
		if (region->prot & PROT_WRITE)
			data += region_pages(region);
		count++;
	}
	for (uint64_t page = 0; page < PAGES; page++) {
		struct vm_region *region = region_find(space, page_address(page) + 123);

		if (model[page]) {
			assert_non_null(region);
			assert_int_equal(model_word(region, page), model[page]);
		} else {
			assert_null(region);
		}
	}
	assert_int_equal(space->region_count, count);
	assert_int_equal(space->total_pages, total);
	assert_int_equal(space->data_pages, data);
	assert_int_equal(vm_counters.committed, data);
}

/* The highest gap of at least `pages`, by looking at every page. */
static uint64_t highest_gap(uint64_t pages)
{
	uint64_t free_pages = 0;

	for (uint64_t page = PAGES; page-- > 0;) {
		free_pages = model[page] ? 0 : free_pages + 1;
		if (free_pages == pages)
			return page_address(page);
	}
	return 0;
}

static void space_begin(struct vm_space *space)
{
	*space = (struct vm_space){.mmap_top = TOP, .room_from = UINT64_MAX};
	memset(model, 0, sizeof(model));
	spin_init(&object.lock, "object", LOCK_MEMOBJ);
	list_init(&object.regions);
	fake_cpu_begin();
}

static void space_end(struct vm_space *space)
{
	regions_destroy(space);
	assert_true(list_is_empty(&object.regions));
	assert_int_equal(space->total_pages, 0);
	assert_int_equal(vm_counters.committed, 0);
	assert_int_equal(object_refs, 0);
	assert_int_equal(fake_live, 0);
}

static void random_changes(void **state)
{
	struct vm_space space;
	uint32_t seed = 3;

	(void)state;
	space_begin(&space);
	for (unsigned step = 0; step < 6000; step++) {
		uint64_t first = next_random(&seed) % PAGES;
		uint64_t end = MIN(first + 1 + next_random(&seed) % 40, PAGES);
		uint64_t pages = 1 + next_random(&seed) % 30;

		switch (next_random(&seed) % 4) {
		case 0:
			clear(&space, first, end);
			break;
		case 1:
			clear(&space, first, end);
			map(&space, first, end, next_random(&seed) % 4, next_random(&seed) % 2);
			break;
		default:
			/* As mmap without an address: the search must find the highest gap. */
			if (highest_gap(pages)) {
				uint64_t found = room_find_any(&space, pages * PAGE_SIZE);

				assert_int_equal(found, highest_gap(pages));
				first = (found - BASE) >> PAGE_SHIFT;
				map(&space, first, first + pages, next_random(&seed) % 4, false);
			}
		}
		if (step % 13 == 0)
			check(&space);
	}
	check(&space);
	space_end(&space);
}

static void changes_of_rights_merge_again(void **state)
{
	struct vm_space space;

	(void)state;
	space_begin(&space);
	map(&space, 10, 40, 3, true);
	assert_int_equal(region_isolate(&space, page_address(20), page_address(30)), 0);
	assert_int_equal(space.region_count, 3);
	assert_int_equal(region_find(&space, page_address(20))->object_offset, 20 * PAGE_SIZE);
	region_set_rights(region_find(&space, page_address(20)), 1, 0);
	region_merge_range(&space, page_address(20), page_address(30));
	assert_int_equal(space.region_count, 3);
	assert_int_equal(space.data_pages, 20);
	region_set_rights(region_find(&space, page_address(20)), 3, 0);
	region_merge_range(&space, page_address(20), page_address(30));
	assert_int_equal(space.region_count, 1);
	assert_int_equal(space.data_pages, 30);
	assert_true(region_covers(&space, page_address(10), page_address(40)));
	assert_false(region_covers(&space, page_address(9), page_address(40)));
	assert_false(region_covers(&space, page_address(10), page_address(41)));
	space_end(&space);
}

static void split_without_memory(void **state)
{
	struct vm_space space;

	(void)state;
	space_begin(&space);
	map(&space, 10, 40, 3, true);
	for (unsigned at = 1; at <= 2; at++) {
		fake_fail_at = at;
		assert_int_equal(region_isolate(&space, page_address(20), page_address(30)), -ENOMEM);
		fake_fail_at = 0;
		assert_int_equal(space.region_count, 1);
		check(&space);
	}
	space_end(&space);
}

static void stacks_keep_their_gap(void **state)
{
	struct vm_space space;
	struct vm_region *stack;

	(void)state;
	space_begin(&space);
	stack = make(PAGES - 10, PAGES, 3, false);
	stack->flags = REGION_STACK;
	region_insert(&space, stack);
	assert_int_equal(room_find_any(&space, PAGE_SIZE), page_address(PAGES - 10) - STACK_GUARD_BYTES - PAGE_SIZE);
	assert_false(room_is_free(&space, page_address(PAGES - 11), PAGE_SIZE));
	assert_true(room_is_free(&space, page_address(PAGES - 11) - STACK_GUARD_BYTES, PAGE_SIZE));
	space_end(&space);
}

static void room_above_when_there_is_none_below(void **state)
{
	struct vm_space space;

	(void)state;
	space_begin(&space);
	space.mmap_top = ADDRESS_MIN + 2 * PAGE_SIZE;
	assert_int_equal(room_find_any(&space, 2 * PAGE_SIZE), ADDRESS_MIN);
	assert_int_equal(room_find_any(&space, 3 * PAGE_SIZE), USER_SPACE_END - 3 * PAGE_SIZE);
	assert_int_equal(room_find_any(&space, USER_SPACE_END), 0);
	space_end(&space);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_changes),
		cmocka_unit_test(changes_of_rights_merge_again),
		cmocka_unit_test(split_without_memory),
		cmocka_unit_test(stacks_keep_their_gap),
		cmocka_unit_test(room_above_when_there_is_none_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
