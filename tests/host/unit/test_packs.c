/*
 * Images in layers, part by part: JSON, references, notes, merging; and what the writer writes is what the kernel's own
 * reader reads.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"
#include "note.h"
#include "pack_parts.h"
#include "reference.h"
#include "say.h"

static void json_values(void **state)
{
	static const char *const good[] = {
		"null",
		"true",
		" false ",
		"0",
		"-1.5e+3",
		"\"\"",
		"[]",
		"{}",
		"[1,2 , [3]]",
		"{\"a\":{\"b\":[null]}}",
		"\"\\u00e9\\ud83d\\ude00\\n\\\"\\\\\\/\"",
		"\t[\r\n]",
	};
	static const char *const bad[] = {
		"",
		" ",
		"nul",
		"truex",
		"01",
		"-",
		"1.",
		"1e",
		".5",
		"+1",
		"\"",
		"\"\n\"",
		"\"\\x\"",
		"\"\\u12\"",
		"\"\\ud800\"",
		"\"\\udc00\"",
		"\"\\ud800\\u0041\"",
		"\"\\u0000\"",
		"[",
		"[1",
		"[1,",
		"[1,]",
		"[,]",
		"]",
		"{\"a\"}",
		"{\"a\":}",
		"{a:1}",
		"{\"a\":1,}",
		"{\"a\":1 \"b\":2}",
		"1 2",
		"[] x",
		"'a'",
		"NaN",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct json *json = json_read(good[i], strlen(good[i]));
		if (!json)
			fail_msg("'%s' was refused", good[i]);
		json_free(json);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (json_read(bad[i], strlen(bad[i])))
			fail_msg("'%s' was taken", bad[i]);
	}
	assert_null(json_read("\"a\0b\"", 5));
	char deep[200];
	for (int depth = 60; depth < 70; depth++) {
		memset(deep, '[', (size_t)depth);
		memset(deep + depth, ']', (size_t)depth);
		struct json *json = json_read(deep, 2 * (size_t)depth);
		assert_int_equal(json != NULL, depth <= 65);
		json_free(json);
	}
	const char text[] = "{\"a\": \"\\u00e9\\ud83d\\ude00\", \"n\": 5, \"l\": [1, \"x\"], \"a\": 2}";
	struct json *json = json_read(text, strlen(text));
	assert_non_null(json);
	assert_string_equal(json_text(json, "a"), "\xc3\xa9\xf0\x9f\x98\x80");
	assert_null(json_text(json, "n"));
	assert_null(json_text(json, "none"));
	assert_null(json_text(NULL, "a"));
	assert_int_equal(json_list(json, "l")->count, 2);
	assert_null(json_list(json, "a"));
	json_free(json);
}

static void references(void **state)
{
	static const struct {
		const char *text, *full, *shown;
		bool is_clear;
	} cases[] = {
		{"debian", "docker.io/library/debian:latest", "debian:latest", false},
		{"debian:12", "docker.io/library/debian:12", "debian:12", true},
		{"a/b", "docker.io/a/b:latest", "a/b:latest", false},
		{"ghcr.io/x/y", "ghcr.io/x/y:latest", "ghcr.io/x/y:latest", true},
		{"h:5/x", "h:5/x:latest", "h:5/x:latest", true},
		{"localhost/x", "localhost/x:latest", "localhost/x:latest", true},
		{"docker://x", "docker.io/library/x:latest", "x:latest", true},
		{"docker.io/x/y:1", "docker.io/x/y:1", "x/y:1", true},
	};
	static const char *const bad[] = {"",   ":",      "a:", "A",         "a b", "a//b",      "/a",
					  "a/", "-a",     "a-", "a:b:c",     "a@",  "a@sha256:", "a@sha256:0",
					  "..", "a/../b", ".",  "docker://", "a\n", "h.i/",      "h.i/:1"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *full = reference_full(cases[i].text);
		assert_non_null(full);
		assert_string_equal(full, cases[i].full);
		assert_string_equal(reference_short(full), cases[i].shown);
		assert_int_equal(reference_is_clear(cases[i].text), cases[i].is_clear);
		char *again = reference_full(full);
		assert_string_equal(again, full);
		free(again);
		free(full);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (reference_full(bad[i]))
			fail_msg("'%s' was taken", bad[i]);
		assert_false(reference_is_clear(bad[i]));
	}
	assert_true(reference_is_local("localhost:5000/a:1"));
	assert_true(reference_is_local("127.0.0.1/a:1"));
	assert_false(reference_is_local("localhost.evil.org/a:1"));
	assert_false(reference_is_local("docker.io/a:1"));
}

static void notes(void **state)
{
	struct note note;
	const char text[] =
		"{\"config\": {\"Entrypoint\": [\"a\", \"b c\"], \"Cmd\": null, \"Env\": [\"A=\", \"B=c=d\"],"
		"\"WorkingDir\": \"/w\", \"User\": \"\"}}";

	(void)state;
	assert_null(note_parse(&note, text, strlen(text)));
	assert_int_equal(note.entrypoint.count, 2);
	assert_string_equal(note.entrypoint.items[1], "b c");
	assert_int_equal(note.command.count, 0);
	assert_string_equal(note.workdir, "/w");
	assert_null(note.user);
	note_free(&note);
	assert_null(note_parse(&note, "{}", 2));
	note_free(&note);
	assert_non_null(note_parse(&note, "[]", 2));
	assert_non_null(note_parse(&note, "{\"config\":{\"Env\":[\"=x\"]}}", 25));
}

static struct inode *file(const char *target)
{
	struct inode *inode = inode_new(target ? S_IFLNK | 0777 : S_IFREG | 0644);

	inode->target = target ? strdup(target) : NULL;
	return inode;
}

static void merging(void **state)
{
	struct merge merge;

	(void)state;
	merge_begin(&merge);
	merge.layer = 1;
	assert_int_equal(merge_put(&merge, "a/b/c", file(NULL)), 0);
	assert_int_equal(merge_put(&merge, "/to", file("a/b")), 0);
	assert_int_equal(merge_put(&merge, "up", file("../../../a")), 0);
	assert_int_equal(merge_put(&merge, "to/d", file(NULL)), 0);
	assert_ptr_equal(merge_find(&merge, "a/b/d"), merge_find(&merge, "up/b/./d"));
	assert_non_null(merge_find(&merge, "to/d"));
	assert_int_equal(merge_put(&merge, "../x", file(NULL)), -1);
	assert_int_equal(merge_put(&merge, "a/b/c/d", file(NULL)), -1);
	assert_int_equal(merge_put(&merge, "", file(NULL)), -1);
	assert_int_equal(merge_link(&merge, "l", "a/b/c"), 0);
	assert_int_equal(merge_link(&merge, "l", "l"), 0);
	assert_int_equal(merge_find(&merge, "l")->inode->link_count, 2);
	assert_int_equal(merge_link(&merge, "m", "a"), -1);
	assert_int_equal(merge_link(&merge, "m", "none"), -1);
	merge.layer = 2;
	assert_int_equal(merge_put(&merge, "a/b/new", file(NULL)), 0);
	assert_int_equal(merge_hide_entries(&merge, "a/b"), 0);
	assert_null(merge_find(&merge, "a/b/c"));
	assert_non_null(merge_find(&merge, "a/b/new"));
	assert_int_equal(merge_find(&merge, "l")->inode->link_count, 1);
	assert_int_equal(merge_hide(&merge, "a"), 0);
	assert_non_null(merge_find(&merge, "a/b/new"));
	merge.layer = 3;
	assert_int_equal(merge_hide(&merge, "a"), 0);
	assert_null(merge_find(&merge, "a"));
	assert_non_null(merge_find(&merge, "to") == NULL ? "" : NULL);
	assert_int_equal(merge_hide(&merge, "/"), 0);
	merge_free(&merge);
}

/* A name that only number `i` has; some long, some odd. */
static void name_of(char *to, size_t room, int i)
{
	static const char letters[] = "-!.a\x7f\xe9Z";
	int length = i % 11 == 0 ? 240 : i % 13;

	int used = snprintf(to, room, "%c", letters[i % 7]);
	for (int at = 0; at < length; at++)
		to[used++] = letters[(i + at) % 7];
	(void)snprintf(to + used, room - (size_t)used, "%d", i);
}

static void look(const struct erofs_image *image, const char *name, struct erofs_node *node)
{
	struct erofs_node root;
	struct erofs_entry entry;

	assert_int_equal(erofs_read_node(image, image->root_nid, &root), 0);
	assert_int_equal(erofs_find(image, &root, name, strlen(name), &entry), 0);
	assert_int_equal(erofs_read_node(image, entry.nid, node), 0);
}

static void written_and_read(void **state)
{
	struct layer_target target;
	struct erofs_image image;
	struct erofs_node node;
	struct erofs_entry entry;
	char name[300], text[5000];
	int fd = memory_file("image");
	enum { FILES = 2000 };

	(void)state;
	layer_target_begin(&target, fd);
	target.merge.layer = 1;
	for (int i = 0; i < FILES; i++) {
		struct inode *inode = inode_new(S_IFREG | (mode_t)(i & 07777));
		memset(text, 'a' + i % 26, sizeof(text));
		inode->bytes = (uint64_t)(i * 37 % 5000);
		inode->block = erofs_write_room(&target.writer, inode->bytes);
		assert_int_equal(erofs_write_data(&target.writer, inode->block, 0, text, inode->bytes), 0);
		inode->uid = 100000u + (uint32_t)i;
		inode->mtime_s = -i;
		name_of(name, sizeof(name), i);
		assert_int_equal(merge_put(&target.merge, name, inode), 0);
	}
	memset(text, 't', 4090);
	text[4090] = 0;
	assert_int_equal(merge_put(&target.merge, "long", file(text)), 0);
	assert_int_equal(merge_put(&target.merge, "short", file("x")), 0);
	struct inode *device = inode_new(S_IFCHR | 0600);
	device->device_major = 259;
	device->device_minor = 70000;
	assert_int_equal(merge_put(&target.merge, "device", device), 0);
	assert_int_equal(merge_link(&target.merge, "again", "short"), 0);
	assert_int_equal(target_finish(&target, &image), 0);

	for (int i = 0; i < FILES; i++) {
		name_of(name, sizeof(name), i);
		look(&image, name, &node);
		assert_int_equal(node.mode, S_IFREG | (i & 07777));
		assert_int_equal(node.size, i * 37 % 5000);
		assert_int_equal(node.uid, 100000 + i);
		assert_int_equal(node.mtime_sec, -i);
		assert_int_equal(node.nlink, 1);
		assert_int_equal(erofs_read(&image, &node, 0, text, sizeof(text)), i * 37 % 5000);
		for (int at = 0; at < i * 37 % 5000; at++)
			assert_int_equal(text[at], 'a' + i % 26);
	}
	look(&image, "long", &node);
	assert_int_equal(erofs_read(&image, &node, 0, text, sizeof(text)), 4090);
	assert_int_equal(text[4089], 't');
	look(&image, "again", &node);
	assert_int_equal(node.nlink, 2);
	assert_int_equal(erofs_read(&image, &node, 0, text, sizeof(text)), 1);
	look(&image, "device", &node);
	assert_int_equal(node.device, (70000 & 0xff) | 259 << 8 | (70000 & ~0xff) << 12);
	assert_int_equal(erofs_read_node(&image, image.root_nid, &node), 0);
	uint64_t position = 0;
	int count = 0;
	while (erofs_next(&image, &node, &position, &entry) == 1) {
		position++;
		count++;
	}
	assert_int_equal(count, FILES + 4 + 2);
	layer_target_free(&target);
	munmap((void *)(uintptr_t)image.base, image.bytes);
	close(fd);
}

static void attributes(void **state)
{
	struct layer_target target;
	int fd = memory_file("image");

	(void)state;
	for (size_t bytes = 60000; bytes <= 70000; bytes += 5000) {
		layer_target_begin(&target, fd);
		target.merge.layer = 1;
		struct inode *inode = file(NULL);
		inode->attributes = must_alloc(2 * sizeof(*inode->attributes));
		inode->attributes[0] = (struct attribute){strdup("user.big"), must_alloc(bytes), bytes};
		inode->attributes[1] = (struct attribute){strdup("odd.left-out"), must_alloc(1), 1};
		inode->attribute_count = 2;
		assert_int_equal(merge_put(&target.merge, "f", inode), 0);
		assert_int_equal(erofs_write_end(&target.writer, &target.merge), bytes < 66000 ? 0 : -EFBIG);
		layer_target_free(&target);
	}
	close(fd);
}

static void too_large(void **state)
{
	struct erofs_writer writer;

	(void)state;
	erofs_write_begin(&writer, -1);
	assert_int_equal(erofs_write_room(&writer, EROFS_MOST_BYTES), 0);
	assert_int_equal(erofs_write_room(&writer, UINT64_MAX), 0);
	assert_int_equal(erofs_write_room(&writer, 0), 1);
	assert_int_equal(erofs_write_room(&writer, 1), 1);
	assert_int_equal(erofs_write_room(&writer, EROFS_MOST_BYTES - 2 * 4096), 2);
	assert_int_equal(erofs_write_room(&writer, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_values), cmocka_unit_test(references),       cmocka_unit_test(notes),
		cmocka_unit_test(merging),     cmocka_unit_test(written_and_read), cmocka_unit_test(attributes),
		cmocka_unit_test(too_large),
	};

	return cmocka_run_group_tests_name("packs", tests, NULL, NULL);
}
