/* Real images with random damage, a second of them: the reader must refuse or bear every one. */
/* sources: kernel/fs/erofs.c kernel/fs/erofs_dir.c kernel/fs/erofs_xattr.c tests/unit/fuzz_erofs.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "erofs_fuzz.h"
#include "erofs_image.h"

static uint64_t state = 88172645463325252ull;

/* xorshift64 (Marsaglia, 2003): the same damage in every run. */
static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* A few bytes become others; mostly near the beginning, where the inodes and directories are. */
static void damage(uint8_t *data, size_t bytes)
{
	static const uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xff, 12, 32};
	unsigned count = 1 + next_random() % 12;

	for (unsigned i = 0; i < count; i++) {
		size_t reach = next_random() % 4 ? bytes / 4 + 1 : bytes;
		size_t at = next_random() % reach;
		uint64_t how = next_random();
		if (how & 1)
			data[at] ^= (uint8_t)(1u << (how >> 8) % 8);
		else
			data[at] = telling[(how >> 8) % sizeof(telling)];
	}
}

/* With the feature bit off, the checksum of the superblock does not stand in the way of the damage. */
static void drop_checksum(struct test_image *image)
{
	image->data[1024 + 8] &= 0xfe;
}

static void run_for_a_while(struct test_image *image, double seconds)
{
	clock_t end = clock() + (clock_t)(seconds * CLOCKS_PER_SEC);
	unsigned runs = 0;

	drop_checksum(image);
	while (clock() < end || runs < 20) {
		/* Truncated ones too. */
		size_t bytes = next_random() % 8 ? image->bytes : next_random() % image->bytes;
		uint8_t *copy = malloc(bytes ? bytes : 1);

		assert_non_null(copy);
		memcpy(copy, image->data, bytes);
		if (bytes)
			damage(copy, bytes);
		LLVMFuzzerTestOneInput(copy, bytes);
		free(copy);
		runs++;
	}
	free(image->data);
}

static void damaged_images(void **unused)
{
	char dir[] = "/tmp/test_erofs_fuzz.XXXXXX";
	struct test_image plain, chunked, extended;

	(void)unused;
	assert_non_null(mkdtemp(dir));
	test_fill(dir);
	plain = test_make_image(dir, "");
	chunked = test_make_image(dir, "--chunksize=4096");
	extended = test_make_image(dir, "-E force-inode-extended");
	test_remove_directory(dir);
	LLVMFuzzerTestOneInput(plain.data, plain.bytes);
	run_for_a_while(&plain, 0.4);
	run_for_a_while(&chunked, 0.4);
	run_for_a_while(&extended, 0.4);
}

static void noise(void **unused)
{
	(void)unused;
	for (unsigned run = 0; run < 200; run++) {
		size_t bytes = next_random() % 8192;
		uint8_t *data = malloc(bytes + 1);
		assert_non_null(data);
		for (size_t i = 0; i < bytes; i++)
			data[i] = (uint8_t)next_random();
		LLVMFuzzerTestOneInput(data, bytes);
		free(data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(damaged_images), cmocka_unit_test(noise)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
