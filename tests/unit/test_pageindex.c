/*
 * The index of pages: random keys of all sizes against a plain list, walks in order, and no memory at every point.
 */
/* sources: kernel/vm/pageindex.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fake_memory.h"
#include "lib/errno.h"
#include "vm/pageindex.h"

#define KEYS 400

static struct page pages[KEYS];
static uint64_t keys[KEYS];
static struct page *there[KEYS]; /* the model: what stands at keys[i] */

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 11;
}

/* Distinct keys, ascending: dense ones at the start, sparse ones up to the limit. */
static void make_keys(uint64_t seed)
{
	uint64_t key = 0;

	for (unsigned i = 0; i < KEYS; i++) {
		keys[i] = key;
		there[i] = NULL;
		key += 1 + (i < KEYS / 2 ? next_random(&seed) % 3 : next_random(&seed) % (PAGE_INDEX_LIMIT / KEYS));
	}
	assert_true(keys[KEYS - 1] < PAGE_INDEX_LIMIT);
}

static void check_all(const struct page_index *index)
{
	uint64_t count = 0, key, from = 0;
	struct page *page;

	for (unsigned i = 0; i < KEYS; i++) {
		assert_ptr_equal(page_index_get(index, keys[i]), there[i]);
		if (!there[i])
			continue;
		page = page_index_next(index, from, &key);
		assert_ptr_equal(page, there[i]);
		assert_int_equal(key, keys[i]);
		from = key + 1;
		count++;
	}
	assert_null(page_index_next(index, from, &key));
	assert_int_equal(index->count, count);
}

static void agrees_with_a_list(void **state)
{
	struct page_index index = {0};
	uint64_t seed = 5;

	(void)state;
	make_keys(11);
	for (unsigned step = 0; step < 20000; step++) {
		unsigned i = (unsigned)(next_random(&seed) % KEYS);

		/* Long phases of filling and of emptying, so that the tree grows to its full height and goes again. */
		if (next_random(&seed) % 8 < (step / 2500 % 2 ? 2u : 6u)) {
			assert_int_equal(page_index_put(&index, keys[i], &pages[i]), 0);
			there[i] = &pages[i];
		} else {
			assert_ptr_equal(page_index_remove(&index, keys[i]), there[i]);
			there[i] = NULL;
		}
		if (step % 97 == 0)
			check_all(&index);
	}
	for (unsigned i = 0; i < KEYS; i++)
		page_index_remove(&index, keys[i]);
	assert_null(index.root);
	assert_int_equal(index.count, 0);
	assert_int_equal(fake_live, 0);
}

static void one_page_needs_no_node(void **state)
{
	struct page_index index = {0};
	uint64_t key;

	(void)state;
	assert_int_equal(page_index_put(&index, 0, &pages[0]), 0);
	assert_int_equal(fake_live, 0);
	assert_ptr_equal(page_index_get(&index, 0), &pages[0]);
	assert_null(page_index_get(&index, 1));
	assert_ptr_equal(page_index_next(&index, 0, &key), &pages[0]);
	assert_null(page_index_next(&index, 1, &key));
	assert_null(page_index_next(&index, UINT64_MAX, &key));
	assert_ptr_equal(page_index_remove(&index, 0), &pages[0]);
}

static void ends_of_the_keys(void **state)
{
	struct page_index index = {0};
	uint64_t key;

	(void)state;
	assert_int_equal(page_index_put(&index, PAGE_INDEX_LIMIT - 1, &pages[1]), 0);
	assert_int_equal(page_index_put(&index, PAGE_INDEX_LIMIT, &pages[2]), -ENOMEM);
	assert_int_equal(page_index_put(&index, UINT64_MAX, &pages[2]), -ENOMEM);
	assert_null(page_index_get(&index, UINT64_MAX));
	assert_ptr_equal(page_index_next(&index, 1, &key), &pages[1]);
	assert_int_equal(key, PAGE_INDEX_LIMIT - 1);
	assert_null(page_index_next(&index, PAGE_INDEX_LIMIT, &key));
	assert_ptr_equal(page_index_remove(&index, PAGE_INDEX_LIMIT - 1), &pages[1]);
	assert_int_equal(fake_live, 0);
}

static void no_memory_changes_nothing(void **state)
{
	struct page_index index = {0};
	uint64_t far = 1ull << 40;
	unsigned failures = 0;

	(void)state;
	assert_int_equal(page_index_put(&index, 3, &pages[3]), 0);
	for (unsigned at = 1;; at++) {
		int error;

		fake_fail_at = at;
		error = page_index_put(&index, far, &pages[4]);
		fake_fail_at = 0;
		assert_ptr_equal(page_index_get(&index, 3), &pages[3]);
		if (!error)
			break;
		assert_int_equal(error, -ENOMEM);
		assert_null(page_index_get(&index, far));
		assert_int_equal(index.count, 1);
		failures++;
	}
	assert_true(failures >= 5);
	assert_ptr_equal(page_index_get(&index, far), &pages[4]);
	page_index_remove(&index, 3);
	page_index_remove(&index, far);
	assert_int_equal(fake_live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_a_list),
		cmocka_unit_test(one_page_needs_no_node),
		cmocka_unit_test(ends_of_the_keys),
		cmocka_unit_test(no_memory_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
