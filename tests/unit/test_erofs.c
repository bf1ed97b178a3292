/* The EROFS reader against images that mkfs.erofs makes of a known directory, in each layout it can produce. */
/* sources: kernel/fs/erofs.c kernel/fs/erofs_dir.c kernel/fs/erofs_xattr.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "erofs_image.h"
#include "fs/erofs.h"
#include "lib/errno.h"

static char dir[] = "/tmp/test_erofs.XXXXXX";

static struct erofs_node find(const struct erofs_image *image, uint64_t in, const char *name)
{
	struct erofs_node node;
	struct erofs_entry entry;

	assert_int_equal(erofs_read_node(image, in, &node), 0);
	assert_int_equal(erofs_find(image, &node, name, strlen(name), &entry), 0);
	assert_int_equal(entry.name_bytes, strlen(name));
	assert_memory_equal(entry.name, name, entry.name_bytes);
	assert_int_equal(erofs_read_node(image, entry.nid, &node), 0);
	return node;
}

static void check_contents(const struct erofs_image *image)
{
	static char got[200000 + 100];

	for (size_t s = 0; s < sizeof(test_sizes) / sizeof(test_sizes[0]); s++) {
		size_t bytes = test_sizes[s];
		struct erofs_node node;
		char name[32];

		snprintf(name, sizeof(name), "file%zu", bytes);
		node = find(image, image->root_nid, name);
		assert_int_equal(node.size, bytes);
		assert_int_equal(node.mode, S_IFREG | 0640);
		assert_int_equal(node.nlink, 1);
		assert_int_equal(erofs_read(image, &node, 0, got, sizeof(got)), bytes);
		for (size_t i = 0; i < bytes; i++) {
			if (got[i] != test_byte(bytes, i))
				fail_msg("%s: byte %zu: expected %d, got %d", name, i, test_byte(bytes, i), got[i]);
		}
		assert_int_equal(erofs_read(image, &node, bytes, got, 10), 0);
		if (bytes > 50)
			assert_int_equal(erofs_read(image, &node, bytes - 50, got, 100), 50);
	}
}

static void check_directories(const struct erofs_image *image)
{
	struct erofs_node many = find(image, image->root_nid, "many"), empty = find(image, image->root_nid, "empty");
	struct erofs_entry entry;
	uint64_t position = 0;
	unsigned count = 0;
	char name[32], last[32] = "";

	while (erofs_next(image, &many, &position, &entry) == 1) {
		snprintf(name, sizeof(name), "%.*s", (int)entry.name_bytes, entry.name);
		assert_true(strcmp(last, name) < 0);
		strcpy(last, name);
		count++;
		position++;
	}
	assert_int_equal(count, TEST_MANY + 2);
	for (unsigned i = 0; i < TEST_MANY; i++) {
		snprintf(name, sizeof(name), "name-%03u", i);
		find(image, many.nid, name);
		snprintf(name, sizeof(name), "name-%03u!", i);
		assert_int_equal(erofs_find(image, &many, name, strlen(name), &entry), -ENOENT);
	}
	assert_int_equal(erofs_find(image, &many, "zzz", 3, &entry), -ENOENT);
	assert_int_equal(erofs_find(image, &many, "!", 1, &entry), -ENOENT);
	assert_int_equal(empty.mode, S_IFDIR | 01777);
	position = 0;
	for (count = 0; erofs_next(image, &empty, &position, &entry) == 1; position++)
		count++;
	assert_int_equal(count, 2);
}

static void check_others(const struct erofs_image *image)
{
	struct erofs_node link = find(image, image->root_nid, "link"), fifo = find(image, image->root_nid, "fifo");
	struct erofs_entry entry;
	char text[64];

	assert_int_equal(link.mode & S_IFMT, S_IFLNK);
	assert_int_equal(erofs_read(image, &link, 0, text, sizeof(text)), 13);
	assert_memory_equal(text, "many/name-000", 13);
	assert_int_equal(fifo.mode, S_IFIFO | 0600);
	assert_int_equal(erofs_find(image, &fifo, "x", 1, &entry), -ENOTDIR);
}

static unsigned count_attributes(const struct erofs_image *image, const struct erofs_node *node)
{
	struct erofs_xattr xattr;
	uint32_t cursor = 0;
	unsigned count = 0;

	while (erofs_xattr_next(image, node, &cursor, &xattr) == 1) {
		assert_string_equal(xattr.prefix, "user.");
		count++;
	}
	return count;
}

static void check_attributes(const struct erofs_image *image)
{
	struct erofs_node empty = find(image, image->root_nid, "empty"), many = find(image, image->root_nid, "many");
	struct erofs_xattr xattr;
	char name[32];

	for (unsigned i = 0; i < 4; i++) {
		struct erofs_node node;

		snprintf(name, sizeof(name), "file%zu", test_sizes[i]);
		node = find(image, image->root_nid, name);
		assert_int_equal(count_attributes(image, &node), 2);
		assert_int_equal(erofs_xattr_find(image, &node, "user.shared", &xattr), 0);
		assert_int_equal(xattr.value_bytes, 15);
		assert_memory_equal(xattr.value, "the same in all", 15);
		assert_int_equal(erofs_xattr_find(image, &node, "user.own", &xattr), 0);
		assert_int_equal(xattr.value_bytes, 1 + i * 50);
		assert_memory_equal(xattr.value, "/tmp/", i ? 5 : 1);
		assert_int_equal(erofs_xattr_find(image, &node, "user.ow", &xattr), -ENODATA);
		assert_int_equal(erofs_xattr_find(image, &node, "user.own2", &xattr), -ENODATA);
		assert_int_equal(erofs_xattr_find(image, &node, "trusted.own", &xattr), -ENODATA);
		assert_int_equal(erofs_xattr_find(image, &node, "user.", &xattr), -ENODATA);
	}
	assert_int_equal(erofs_xattr_find(image, &empty, "user.nothing", &xattr), 0);
	assert_int_equal(xattr.value_bytes, 0);
	assert_int_equal(count_attributes(image, &many), 0);
	assert_int_equal(erofs_xattr_find(image, &many, "user.own", &xattr), -ENODATA);
}

/* Each number of the attributes' area in turn too large: refused, and nothing behind the image is read. */
static void damaged_attributes(void **unused)
{
	struct test_image raw = test_make_image(dir, "-E force-inode-extended");
	struct erofs_image image;
	struct erofs_xattr xattr;
	struct erofs_node node;
	uint32_t cursor = 0;
	const char *why;
	uint8_t *area;

	raw.data[1024 + 8] &= 0xfe;
	assert_int_equal(erofs_open(&image, raw.data, raw.bytes, &why), 0);
	node = find(&image, image.root_nid, "file100");
	area = raw.data + node.xattr_offset;
	assert_int_equal(area[4], 1);
	area[4] = 255;
	assert_int_equal(erofs_xattr_next(&image, &node, &cursor, &xattr), -EUCLEAN);
	area[4] = 1;
	memset(area + 12, 0xff, 4);
	assert_int_equal(erofs_xattr_next(&image, &node, &cursor, &xattr), -EUCLEAN);
	assert_int_equal(erofs_xattr_find(&image, &node, "user.own", &xattr), -EUCLEAN);
	cursor = 1;
	area[12 + 4 + 3] = 0xff;
	assert_int_equal(erofs_xattr_next(&image, &node, &cursor, &xattr), -EUCLEAN);
	node.xattr_bytes = 0;
	assert_int_equal(erofs_xattr_next(&image, &node, &cursor, &xattr), 0);
	free(raw.data);
}

static void check_image(const char *options)
{
	struct test_image raw = test_make_image(dir, options);
	struct erofs_image image;
	const char *why;

	assert_int_equal(erofs_open(&image, raw.data, raw.bytes, &why), 0);
	assert_null(why);
	check_contents(&image);
	check_directories(&image);
	check_others(&image);
	check_attributes(&image);
	free(raw.data);
}

static void compact(void **unused)
{
	check_image("");
}

static void extended(void **unused)
{
	check_image("-E force-inode-extended");
}

static void no_inline(void **unused)
{
	check_image("-E noinline_data");
}

static void chunks(void **unused)
{
	check_image("--chunksize=4096");
	check_image("--chunksize=65536");
}

static void expect_refusal(const uint8_t *data, size_t bytes, const char *part)
{
	struct erofs_image image;
	const char *why;

	assert_int_equal(erofs_open(&image, data, bytes, &why), -EINVAL);
	assert_non_null(why);
	if (!strstr(why, part))
		fail_msg("expected a reason with \"%s\", got \"%s\"", part, why);
}

static void refusals(void **unused)
{
	struct test_image raw = test_make_image(dir, ""), packed = test_make_image(dir, "-zlz4");
	uint8_t *copy = malloc(raw.bytes);

	assert_non_null(copy);
	expect_refusal(raw.data, 100, "short");
	expect_refusal(raw.data, raw.bytes - 4096, "truncated");
	expect_refusal(packed.data, packed.bytes, "compressed");
	memcpy(copy, raw.data, raw.bytes);
	copy[1024] ^= 1;
	expect_refusal(copy, raw.bytes, "not an EROFS image");
	memcpy(copy, raw.data, raw.bytes);
	copy[1024 + 60] ^= 1;
	expect_refusal(copy, raw.bytes, "checksum");
	memcpy(copy, raw.data, raw.bytes);
	copy[1024 + 8] &= 0xfe;
	copy[1024 + 15] ^= 0x40;
	expect_refusal(copy, raw.bytes, "root directory");
	free(copy);
	free(raw.data);
	free(packed.data);
}

static int prepare(void **unused)
{
	if (!mkdtemp(dir))
		return -1;
	test_fill(dir);
	return 0;
}

static int clean(void **unused)
{
	test_remove_directory(dir);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compact), cmocka_unit_test(extended), cmocka_unit_test(no_inline),
		cmocka_unit_test(chunks),  cmocka_unit_test(refusals), cmocka_unit_test(damaged_attributes),
	};

	return cmocka_run_group_tests(tests, prepare, clean);
}
