/*
 * Choice: the seeded generator against RFC 8439's ChaCha20 vector, streams that do not disturb each other, picks within
 * bounds, seed 0 as the policy itself.
 */
/* sources: kernel/choice/choice.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "choice/choice.h"
#include "fake_cpu.h"
#include "trace/trace.h"

uint64_t trace_mask;

void trace_record(enum trace_event event, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
}

uint64_t clock_machine_ns(void)
{
	return 1000;
}

static void test_chacha20_vector(void **state)
{
	/* RFC 8439, A.1, test vector 1: key 0, nonce 0, counter 0. STREAM_SCHED has nonce 0. */
	static const uint8_t expected[16] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90,
					     0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28};
	uint64_t got[2];

	choice_init(true, 0, NULL, 0);
	got[0] = choice_random_u64(STREAM_SCHED);
	got[1] = choice_random_u64(STREAM_SCHED);
	assert_memory_equal(got, expected, sizeof(expected));
}

static void test_streams_are_apart(void **state)
{
	uint64_t first[20], again[20];
	uint8_t noise[1000];

	choice_init(true, 42, NULL, 0);
	for (int i = 0; i < 20; i++)
		first[i] = choice_random_u64(STREAM_SCHED);
	choice_init(true, 42, NULL, 0);
	for (int i = 0; i < 20; i++) {
		choice_random_bytes(noise, sizeof(noise) - (size_t)i);
		choice_layout_below(77);
		again[i] = choice_random_u64(STREAM_SCHED);
	}
	assert_memory_equal(first, again, sizeof(first));
	choice_init(true, 43, NULL, 0);
	assert_int_not_equal(first[0], choice_random_u64(STREAM_SCHED));
}

static void test_picks(void **state)
{
	unsigned seen[5] = {0};

	choice_init(true, 9, NULL, 0);
	for (int i = 0; i < 1000; i++) {
		unsigned taken = choice_pick(CHOICE_THREAD, 5, 2);
		assert_true(taken < 5);
		seen[taken]++;
	}
	for (int i = 0; i < 5; i++)
		assert_true(seen[i] > 100);
	assert_int_equal(choice_pick(CHOICE_THREAD, 1, 0), 0);
	for (int i = 0; i < 1000; i++) {
		uint64_t quantum = choice_quantum_ns(4000000);
		assert_true(quantum >= 250000 && quantum < 4000000);
	}
}

static void test_policy_without_seed(void **state)
{
	uint8_t entropy[32] = {1, 2, 3};

	choice_init(true, 0, NULL, 0);
	assert_int_equal(choice_pick(CHOICE_THREAD, 5, 3), 3);
	assert_int_equal(choice_quantum_ns(77), 77);
	choice_init(false, 0, entropy, 0);
	assert_int_equal(choice_pick(CHOICE_WAITER, 5, 4), 4);
	assert_int_equal(choice_quantum_ns(77), 77);
}

static void test_clock(void **state)
{
	choice_init(true, 1, NULL, 5000);
	assert_int_equal(clock_monotonic_ns(), 1000);
	assert_int_equal(clock_realtime_ns(), 6000);
	clock_set_realtime_ns(100);
	assert_int_equal(clock_realtime_ns(), 100);
	assert_int_equal(clock_realtime_offset_ns(), -900);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chacha20_vector), cmocka_unit_test(test_streams_are_apart),
		cmocka_unit_test(test_picks),           cmocka_unit_test(test_policy_without_seed),
		cmocka_unit_test(test_clock),
	};
	fake_cpu_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
