/*
 * The byte ring against a plain array: random puts and takes, loans among them, growth, wrapping, faults in
 * the middle, resizing.
 */
/* sources: kernel/ipc/bytering.c kernel/ipc/ring_loans.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fake_memory.h"
#include "fake_uio.h"
#include "ipc/bytering.h"
#include "ipc/ring_loans.h"
#include "lib/errno.h"
#include "mem/page.h"

#define CAPACITY 16384u

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static size_t put(struct bytering *ring, const void *from, size_t bytes)
{
	struct uio uio;

	assert_int_equal(bytering_reserve(ring, (uint32_t)bytes), 0);
	uio_init_kernel(&uio, (void *)from, bytes);
	return bytering_put(ring, &uio, bytes);
}

static size_t take(struct bytering *ring, void *to, size_t bytes)
{
	struct uio uio;

	uio_init_kernel(&uio, to, bytes);
	return bytering_take(ring, &uio, bytes);
}

/* What is lent: a pool of bytes that stay, by turns behind a page that must be let go of and behind none. */
static uint8_t pool[2 * CAPACITY];
static long pages_live;

void page_free(struct page *page)
{
	pages_live--;
	free(page);
}

static size_t lend(struct bytering *ring, const void *from, size_t bytes, bool has_page)
{
	struct page *page = has_page ? calloc(1, sizeof(*page)) : NULL;
	struct uio uio;
	size_t done;

	assert_int_equal(bytering_reserve(ring, (uint32_t)bytes), 0);
	uio_init_kernel(&uio, (void *)from, bytes);
	uio.is_kernel = true;
	uio.pages = &page;
	if (has_page) {
		page_get(page);
		pages_live++;
	}
	done = bytering_put(ring, &uio, bytes);
	if (has_page)
		page_put(page);
	return done;
}

static void agrees_with_an_array(void **state)
{
	static uint8_t model[CAPACITY], in[CAPACITY], out[CAPACITY];
	struct bytering ring;
	uint32_t seed = 7, used = 0;
	uint8_t stamp = 0;

	(void)state;
	bytering_init(&ring, CAPACITY);
	for (uint32_t i = 0; i < sizeof(pool); i++)
		pool[i] = (uint8_t)next_random(&seed);
	for (int step = 0; step < 20000; step++) {
		uint32_t bytes = next_random(&seed) % (step % 10 ? 300 : CAPACITY), kind = next_random(&seed) % 12;
		if (kind == 0) {
			const uint8_t *from = pool + next_random(&seed) % CAPACITY;
			bytes = MIN(bytes * 4, CAPACITY - used);
			assert_int_equal(lend(&ring, from, bytes, step & 1), bytes);
			memcpy(model + used, from, bytes);
			used += bytes;
		} else if (kind == 1) {
			bytes = MIN(bytes, used);
			bytering_take_back(&ring, bytes);
			used -= bytes;
		} else if (kind % 2) {
			bytes = MIN(bytes, CAPACITY - used);
			for (uint32_t i = 0; i < bytes; i++)
				in[i] = stamp++;
			assert_int_equal(put(&ring, in, bytes), bytes);
			memcpy(model + used, in, bytes);
			used += bytes;
		} else {
			size_t got = take(&ring, out, bytes);
			assert_int_equal(got, MIN(bytes, used));
			assert_memory_equal(out, model, got);
			used -= (uint32_t)got;
			memmove(model, model + got, used);
		}
		assert_int_equal(bytering_used(&ring), used);
		assert_int_equal(bytering_room(&ring), CAPACITY - used);
	}
	bytering_free(&ring);
	assert_int_equal(fake_live, 0);
	assert_int_equal(pages_live, 0);
}

/* The end of the ring, a page of its own each; what is too small or too much is copied; what goes on is one loan. */
static void loans_are_let_go_of(void **state)
{
	static uint8_t out[CAPACITY];
	struct bytering ring;
	struct bytering_run run;

	(void)state;
	bytering_init(&ring, CAPACITY);
	lend(&ring, pool, 4096, false);
	lend(&ring, pool + 4096, 4096, false);
	run = bytering_run(&ring, 0);
	assert_true(run.is_lent && run.data == pool && run.bytes == 8192);
	lend(&ring, pool, RING_LOAN_LEAST_BYTES - 1, false);
	run = bytering_run(&ring, 8192);
	assert_true(!run.is_lent && run.bytes == RING_LOAN_LEAST_BYTES - 1);
	lend(&ring, pool, 4096, true);
	run = bytering_run(&ring, 8192);
	assert_int_equal(run.bytes, RING_LOAN_LEAST_BYTES - 1);
	assert_int_equal(pages_live, 1);
	assert_int_equal(take(&ring, out, 100), 100);
	run = bytering_run(&ring, 0);
	assert_true(run.is_lent && run.data == pool + 100 && run.bytes == 8092);
	bytering_drop(&ring, 8092 + RING_LOAN_LEAST_BYTES - 1 + 4095);
	assert_int_equal(pages_live, 1);
	bytering_drop(&ring, 1);
	assert_int_equal(pages_live, 0);
	assert_null(ring.loans);
	for (int i = 0; i < 3; i++)
		lend(&ring, pool, 4096, true);
	bytering_free(&ring);
	assert_int_equal(pages_live, 0);
	assert_int_equal(fake_live, 0);
}

/* A loan that finds no memory for itself is a copy. */
static void loans_without_memory(void **state)
{
	static uint8_t out[4096];
	struct bytering ring;

	(void)state;
	bytering_init(&ring, CAPACITY);
	assert_int_equal(bytering_reserve(&ring, 4096), 0);
	fake_fail_at = 1;
	assert_int_equal(lend(&ring, pool, 4096, true), 4096);
	assert_null(ring.loans);
	assert_int_equal(pages_live, 0);
	assert_int_equal(take(&ring, out, 4096), 4096);
	assert_memory_equal(out, pool, 4096);
	bytering_free(&ring);
}

static void memory_comes_late_and_small(void **state)
{
	struct bytering ring;
	char byte = 'x';

	(void)state;
	bytering_init(&ring, 65536);
	assert_null(ring.data);
	for (int i = 0; i < 100000; i++) {
		assert_int_equal(put(&ring, &byte, 1), 1);
		assert_int_equal(take(&ring, &byte, 1), 1);
	}
	assert_int_equal(ring.allocated, PAGE_SIZE);
	bytering_free(&ring);
}

static void no_memory_changes_nothing(void **state)
{
	struct bytering ring;
	char page[PAGE_SIZE] = "abc", back[4];

	(void)state;
	bytering_init(&ring, 65536);
	fake_fail_at = 1;
	assert_int_equal(bytering_reserve(&ring, 1), -ENOMEM);
	put(&ring, page, 3);
	fake_fail_at = 1;
	assert_int_equal(bytering_reserve(&ring, PAGE_SIZE), -ENOMEM);
	assert_int_equal(bytering_room(&ring), PAGE_SIZE - 3); /* it does with what it has */
	assert_int_equal(take(&ring, back, 4), 3);
	assert_memory_equal(back, "abc", 3);
	bytering_free(&ring);
}

static void a_fault_ends_the_copy(void **state)
{
	struct bytering ring;
	char text[100] = "0123456789";

	(void)state;
	bytering_init(&ring, PAGE_SIZE);
	fake_fault_after = 4;
	assert_int_equal(put(&ring, text, 10), 4);
	assert_int_equal(bytering_used(&ring), 4);
	fake_fault_after = 3;
	assert_int_equal(take(&ring, text, 10), 3);
	fake_fault_after = UINT64_MAX;
	assert_int_equal(take(&ring, text, 10), 1);
	assert_int_equal(text[0], '3');
	bytering_free(&ring);
}

static void peek_drop_and_run(void **state)
{
	struct bytering ring;
	char out[16];
	struct uio uio;

	(void)state;
	bytering_init(&ring, PAGE_SIZE);
	assert_int_equal(bytering_run(&ring, 0).bytes, 0);
	put(&ring, "abcdefgh", 8);
	uio_init_kernel(&uio, out, sizeof(out));
	assert_int_equal(bytering_peek(&ring, 3, &uio, 4), 4);
	assert_memory_equal(out, "defg", 4);
	assert_int_equal(bytering_used(&ring), 8);
	bytering_drop(&ring, 6);
	assert_int_equal(*bytering_run(&ring, 0).data, 'g');
	assert_int_equal(bytering_run(&ring, 0).bytes, 2);
	assert_int_equal(*bytering_run(&ring, 1).data, 'h');
	bytering_drop(&ring, 100);
	assert_int_equal(bytering_used(&ring), 0);
	bytering_free(&ring);
}

static void resize_keeps_what_is_in(void **state)
{
	static char data[CAPACITY], back[CAPACITY];
	struct bytering ring;

	(void)state;
	for (unsigned i = 0; i < CAPACITY; i++)
		data[i] = (char)(i * 31);
	bytering_init(&ring, CAPACITY);
	put(&ring, data, CAPACITY);
	take(&ring, back, 12000);
	put(&ring, data, 100); /* wraps */
	assert_int_equal(bytering_resize(&ring, PAGE_SIZE), -EBUSY);
	assert_int_equal(bytering_resize(&ring, 8192), 0);
	assert_int_equal(ring.allocated, 8192);
	assert_int_equal(take(&ring, back, CAPACITY), CAPACITY - 12000 + 100);
	assert_memory_equal(back, data + 12000, CAPACITY - 12000);
	assert_memory_equal(back + CAPACITY - 12000, data, 100);
	bytering_free(&ring);
}

static void kernel_side_copies(void **state)
{
	struct bytering ring;
	char out[10];

	(void)state;
	bytering_init(&ring, PAGE_SIZE);
	assert_int_equal(bytering_put_kernel(&ring, "abc", 3), 0); /* no memory yet */
	assert_int_equal(bytering_reserve(&ring, 3), 0);
	assert_int_equal(bytering_put_kernel(&ring, "abc", 3), 3);
	assert_int_equal(take(&ring, out, 10), 3);
	assert_memory_equal(out, "abc", 3);
	bytering_free(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_an_array),      cmocka_unit_test(memory_comes_late_and_small),
		cmocka_unit_test(no_memory_changes_nothing), cmocka_unit_test(a_fault_ends_the_copy),
		cmocka_unit_test(peek_drop_and_run),         cmocka_unit_test(resize_keeps_what_is_in),
		cmocka_unit_test(kernel_side_copies),        cmocka_unit_test(loans_are_let_go_of),
		cmocka_unit_test(loans_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
