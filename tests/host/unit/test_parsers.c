/* Unit tests of what the `namu` command reads from users and guests: numbers, settings, control lines, images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control.h"
#include "env.h"
#include "erofs.h"
#include "options.h"
#include "outcome.h"
#include "parse.h"
#include "record.h"
#include "sha256.h"

static void sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{"0", 0},
		{"1", 1},
		{"1b", 1},
		{"1k", 1024},
		{"1.5K", 1536},
		{"1kb", 1024},
		{"1KiB", 1024},
		{"256m", 256ull << 20},
		{"2g", 2ull << 30},
		{"1 g", 1ull << 30},
		{"1t", 1ull << 40},
		{"8191p", 8191ull << 50},
		{"0.5p", 1ull << 49},
		{"18446744073709551615", UINT64_MAX},
	};
	static const char *const bad[] = {"",
					  " ",
					  "k",
					  "1x",
					  "1kk",
					  "1 ",
					  "-1",
					  "+1",
					  "1..2",
					  "1.",
					  ".5k",
					  "1bb",
					  "0x10",
					  "1e3",
					  "16384p",
					  "18446744073709551616",
					  "1ki",
					  "1 kb ",
					  "\xff",
					  "1\n",
					  "99999999999999999999999999"};
	uint64_t bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(parse_size(good[i].text, &bytes));
		assert_int_equal(bytes, good[i].bytes);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse_size(bad[i], &bytes))
			fail_msg("'%s' was taken as %llu", bad[i], (unsigned long long)bytes);
	}
}

static void seconds_and_numbers(void **state)
{
	uint64_t value;

	(void)state;
	assert_true(parse_seconds("0.000000001", &value));
	assert_int_equal(value, 1);
	assert_true(parse_seconds("10.25", &value));
	assert_int_equal(value, 10250000000ull);
	assert_true(parse_seconds("1.9999999999", &value));
	assert_int_equal(value, 1999999999ull);
	assert_false(parse_seconds("1000000001", &value));
	assert_false(parse_seconds("1s", &value));
	assert_true(parse_number("255", 255, &value));
	assert_false(parse_number("256", 255, &value));
	assert_false(parse_number("1.0", 255, &value));
	assert_false(parse_number("", 255, &value));
	assert_true(parse_seed("0xFFFFFFFFFFFFFFFF", &value));
	assert_int_equal(value, UINT64_MAX);
	assert_false(parse_seed("0x10000000000000000", &value));
	assert_false(parse_seed("0x", &value));
	assert_false(parse_seed("", &value));
}

static void control_lines(void **state)
{
	struct control control = {.fd = -1};
	struct outcome outcome = {0};
	const char lines[] = "star\nstarted 12\nnonsense\nfailed 2 exec /bin/x\nexited 3\n";

	(void)state;
	/* A byte at a time, as a stream may bring them. */
	for (size_t i = 0; i < sizeof(lines) - 1; i++)
		control_take(&control, &outcome, lines + i, 1);
	assert_true(outcome.has_started);
	assert_int_equal(outcome.guest_pid, 12);
	assert_int_equal(outcome.kind, OUTCOME_FAILED);
	assert_int_equal(outcome.value, 2);
	assert_string_equal(outcome.text, "exec /bin/x");
	assert_int_equal(outcome_status(&outcome), 127);
}

static void outcomes(void **state)
{
	static const struct {
		const char *line;
		int status;
	} cases[] = {
		{"exited 0", 0},         {"exited 255", 255},  {"signaled 9", 137}, {"signaled 64", 192},
		{"failed 2 x", 127},     {"failed 13 x", 126}, {"failed 8 x", 126}, {"failed 12", 126},
		{"panic the text", 125}, {"panic", 125},
	};
	static const char *const bad[] = {"",           "exited",     "exited ",       "exited -1",
					  "exited 256", "exited  1",  "signaled 0",    "signaled 65",
					  "failed",     "failed x",   "failed 5000 x", "panicked now",
					  "started",    "started -1", "exited 1 "};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome outcome = {0};

		assert_true(outcome_read_line(&outcome, cases[i].line));
		assert_int_equal(outcome_status(&outcome), cases[i].status);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct outcome outcome = {0};

		if (outcome_read_line(&outcome, bad[i]))
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(outcome.kind, OUTCOME_NONE);
	}
}

static void settings(void **state)
{
	const char text[] = "A=1\n#B=2\n  C=\nA=3\r\nMISSING_HERE\nD=a b";
	struct strlist env = {0};

	(void)state;
	assert_true(env_read_text(&env, "file", text, sizeof(text) - 1));
	assert_int_equal(env.count, 3);
	assert_string_equal(env.items[0], "A=3");
	assert_string_equal(env.items[1], "C=");
	assert_string_equal(env.items[2], "D=a b");
	assert_null(env.items[3]);
	strlist_free(&env);
}

static void records(void **state)
{
	struct bytes record = {0};
	struct namu_start_header header;
	struct namu_start_item item;

	(void)state;
	record_begin(&record);
	record_add_text(&record, NAMU_START_ARG, "/bin/true");
	record_add_u64(&record, NAMU_START_SEED, 0x0102030405060708ull);
	record_add(&record, NAMU_START_READONLY, NULL, 0);
	assert_true(record_end(&record));
	assert_int_equal(record.count, 16 + 8 + 16 + 8 + 8 + 8);
	memcpy(&header, record.data, sizeof(header));
	assert_int_equal(header.magic, NAMU_START_MAGIC);
	assert_memory_equal(record.data, "NAMUSTRT", 8);
	assert_int_equal(header.total_bytes, record.count);
	memcpy(&item, record.data + 16, sizeof(item));
	assert_int_equal(item.bytes, 9);
	assert_memory_equal(record.data + 24, "/bin/true\0\0\0\0\0\0\0", 16);
	free(record.data);
}

static void digests(void **state)
{
	/* The examples of FIPS 180-4: one block, two blocks, a million bytes. */
	static const unsigned char abc[SHA256_BYTES] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
		0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
	static const unsigned char million[SHA256_BYTES] = {
		0xcd, 0xc7, 0x6e, 0x5c, 0x99, 0x14, 0xfb, 0x92, 0x81, 0xa1, 0xc7, 0xe2, 0x84, 0xd7, 0x3e, 0x67,
		0xf1, 0x80, 0x9a, 0x48, 0xa4, 0x97, 0x20, 0x0e, 0x04, 0x6d, 0x39, 0xcc, 0xc7, 0x11, 0x2c, 0xd0};
	unsigned char digest[SHA256_BYTES];
	struct sha256 sum;

	(void)state;
	sha256_begin(&sum);
	sha256_add(&sum, "abc", 3);
	sha256_end(&sum, digest);
	assert_memory_equal(digest, abc, sizeof(digest));
	sha256_begin(&sum);
	for (int i = 0; i < 1000000 / 50; i++)
		sha256_add(&sum, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 50);
	sha256_end(&sum, digest);
	assert_memory_equal(digest, million, sizeof(digest));
}

static void option_words(void **state)
{
	static const struct option_spec specs[] = {
		{"flag", 'f', OPTION_FLAG, 1}, {"value", 'v', OPTION_VALUE, 2}, {"maybe", 0, OPTION_OPTIONAL, 3}};
	char *words[] = {"-fv1",      "--value=2", "--value", "3",  "-v=4", "--maybe",
			 "--maybe=5", "word",      "-f=true", "--", "-f",   NULL};
	static const struct {
		int id;
		const char *value;
	} expected[] = {{1, NULL},   {2, "1"},
			{2, "2"},    {2, "3"},
			{2, "4"},    {3, NULL},
			{3, "5"},    {OPTION_POSITIONAL, "word"},
			{1, "true"}, {OPTION_DASHES, NULL}};
	struct option_cursor cursor = {.words = words, .specs = specs, .spec_count = 3};
	const char *value;

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_int_equal(options_next(&cursor, &value), expected[i].id);
		if (expected[i].value)
			assert_string_equal(value, expected[i].value);
		else
			assert_null(value);
	}
	assert_string_equal(*cursor.words, "-f");
	free(cursor.spelled);
}

static void image_heads(void **state)
{
	unsigned char head[EROFS_HEAD_BYTES] = {0};

	(void)state;
	assert_non_null(erofs_check(head, 0, 0));
	assert_non_null(erofs_check(head, sizeof(head), sizeof(head)));
	memcpy(head + 1024, "\xe2\xe1\xf5\xe0", 4);
	head[1024 + 12] = 12;
	assert_string_equal(erofs_check(head, sizeof(head), sizeof(head)), "a truncated EROFS image");
	head[1024 + 36] = 2;
	assert_string_equal(erofs_check(head, sizeof(head), 8191), "a truncated EROFS image");
	assert_null(erofs_check(head, sizeof(head), 8192));
	head[1024 + 8] = 1;
	assert_non_null(erofs_check(head, sizeof(head), 8192));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),         cmocka_unit_test(seconds_and_numbers),
		cmocka_unit_test(control_lines), cmocka_unit_test(outcomes),
		cmocka_unit_test(settings),      cmocka_unit_test(records),
		cmocka_unit_test(digests),       cmocka_unit_test(option_words),
		cmocka_unit_test(image_heads),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
