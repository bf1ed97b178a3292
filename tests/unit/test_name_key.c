/*
 * Keys of names: the scan of a path and the key of a known name must agree, wherever the text lies, down to the last
 * byte before memory that may not be touched.
 */
/* sources: kernel/fs/name_key.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "fs/name_key.h"

/* Two pages, of which the second may not be touched. */
static char *edge;

static int make_edge(void **unused)
{
	char *pages = mmap(NULL, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || mprotect(pages + PAGE_SIZE, PAGE_SIZE, PROT_NONE))
		return -1;
	edge = pages + PAGE_SIZE;
	return 0;
}

static int free_edge(void **unused)
{
	return munmap(edge - PAGE_SIZE, 2 * PAGE_SIZE);
}

static void fill_name(char *name, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		do
			name[i] = (char)(rand() % 255 + 1);
		while (name[i] == '/');
	}
}

static void check_at(char *text, size_t bytes, const char *behind)
{
	struct name_key scanned, known;
	uint64_t first = 0;

	memcpy(text + bytes, behind, strlen(behind) + 1);
	name_key_scan(text, &scanned);
	name_key_of(text, bytes, &known);
	memcpy(&first, text, bytes < 8 ? bytes : 8);
	assert_int_equal(scanned.bytes, bytes);
	assert_int_equal(known.bytes, bytes);
	assert_int_equal(scanned.hash, known.hash);
	assert_int_equal(scanned.first, first);
	assert_int_equal(known.first, first);
}

/* Every length, at every distance from the end of the page, with the end of the path or another component behind it. */
static void every_place(void **unused)
{
	static const char *const behind[] = {"", "/", "/x", "//", "/another-component"};

	for (size_t bytes = 1; bytes <= 70; bytes++) {
		for (size_t b = 0; b < sizeof(behind) / sizeof(behind[0]); b++) {
			for (size_t gap = 0; gap < 20; gap++) {
				char *text = edge - gap - bytes - strlen(behind[b]) - 1;
				memset(edge - PAGE_SIZE, 'z', PAGE_SIZE);
				fill_name(text, bytes);
				check_at(text, bytes, behind[b]);
			}
		}
	}
}

/* Names that differ in one byte have different sums, nearly always: the hash sees every byte. */
static void every_byte_counts(void **unused)
{
	unsigned equal = 0, tries = 0;

	for (size_t bytes = 1; bytes <= 40; bytes++) {
		char name[64];
		struct name_key one, other;

		fill_name(name, bytes);
		name_key_of(name, bytes, &one);
		for (size_t i = 0; i < bytes; i++) {
			name[i] ^= 1;
			name_key_of(name, bytes, &other);
			/* The buckets are chosen by the low bits. */
			equal += (one.hash & 0xfff) == (other.hash & 0xfff);
			tries++;
			name[i] ^= 1;
		}
	}
	if (equal > tries / 100)
		fail_msg("%u of %u changes of one byte leave the low bits of the hash as they were", equal, tries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_place), cmocka_unit_test(every_byte_counts)};

	return cmocka_run_group_tests(tests, make_edge, free_edge);
}
