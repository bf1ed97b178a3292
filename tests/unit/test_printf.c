/*
 * The kernel's formatted print, against the C library's on every combination that both know.
 */
/* sources: kernel/lib/printf.c kernel/lib/string.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/printf.h"
#include "lib/string.h"

#define SAME(...)                                                                 \
	do {                                                                      \
		char ours[128], theirs[128];                                      \
		int our_length = string_format(ours, sizeof(ours), __VA_ARGS__);  \
		int their_length = snprintf(theirs, sizeof(theirs), __VA_ARGS__); \
		assert_string_equal(ours, theirs);                                \
		assert_int_equal(our_length, their_length);                       \
	} while (0)

static void test_numbers(void **state)
{
	static const char *const formats[] = {"%d",    "%5d",   "%-5d|", "%05d", "%+d", "% d",  "%.3d",
					      "%8.3d", "%u",    "%x",    "%#x",  "%X",  "%o",   "%#o",
					      "%08x",  "%-8x|", "%hd",   "%hhd", "%hu", "%hhx", "%.0d"};
	static const int values[] = {0, 1, -1, 42, -42, 32767, -32768, 2147483647, -2147483647 - 1, 255};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			SAME(formats[i], values[j]);
#pragma GCC diagnostic pop
		}
	}
	SAME("%ld %lu %lx", INT64_MIN, UINT64_MAX, 0x123456789abcdefl);
	SAME("%zu %jd", (size_t)77, (intmax_t)-5);
	SAME("%*d|%-*d|", 6, 12, 6, 12);
}

static void test_text(void **state)
{
	SAME("%s|%10s|%-10s|%.2s", "abc", "abc", "abc", "abc");
	SAME("%c%c%%", 'x', 'y');
	SAME("plain");
}

static void test_cut(void **state)
{
	char small[6];

	assert_int_equal(string_format(small, sizeof(small), "%s", "longer than six"), 15);
	assert_string_equal(small, "longe");
	assert_int_equal(string_format(small, 0, "x"), 1);
}

static void test_string_to_u64(void **state)
{
	const char *end;

	assert_int_equal(string_to_u64("123abc", &end, 10), 123);
	assert_string_equal(end, "abc");
	assert_int_equal(string_to_u64("ff", &end, 16), 255);
	assert_int_equal(string_to_u64("-", &end, 10), 0);
	assert_string_equal(end, "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_string_to_u64),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
