/*
 * Feeds random bytes to the readers of images in layers: descriptions, references, archives. What an archive becomes
 * must be an image that the kernel's reader takes, whatever was in the archive.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "note.h"
#include "pack_parts.h"
#include "reference.h"

#define LOOKED_AT_MOST 2000

static void check(int is_true)
{
	if (!is_true)
		abort();
}

static void feed_description(const char *data, size_t bytes)
{
	struct json *json = json_read(data, bytes);
	struct note note;

	(void)json_text(json_member(json, "config"), "User");
	json_free(json);
	if (!note_parse(&note, data, bytes)) {
		for (size_t i = 0; i < note.env.count; i++)
			check(strchr(note.env.items[i], '=') > note.env.items[i]);
		check(!note.workdir || note.workdir[0] == '/');
		note_free(&note);
	}
}

static void feed_reference(const char *data, size_t bytes)
{
	char *text = strndup(data, bytes);
	char *full = reference_full(text);
	char *again = full ? reference_full(full) : NULL;

	/* It goes on to another program's command line: nothing but what a reference may hold. */
	check(!full || (again && strcmp(again, full) == 0 && full[0] != '-' && !strstr(full, "..//")));
	check(!full ||
	      strspn(full, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./:@_-") == strlen(full));
	(void)reference_is_clear(text);
	free(again);
	free(full);
	free(text);
}

/* Every directory, every inode, some bytes of every file. */
static void look_at(const struct erofs_image *image, uint64_t nid, unsigned *left, unsigned depth)
{
	struct erofs_node node;
	struct erofs_entry entry;
	uint64_t position = 0;
	char byte;

	if (*left == 0)
		return;
	--*left;
	check(erofs_read_node(image, nid, &node) == 0);
	if (S_ISREG(node.mode) || S_ISLNK(node.mode)) {
		check(erofs_read(image, &node, 0, &byte, 1) == (node.size > 0));
		check(erofs_read(image, &node, node.size ? node.size - 1 : 0, &byte, 1) == (node.size > 0));
	}
	while (S_ISDIR(node.mode)) {
		int got = erofs_next(image, &node, &position, &entry);
		struct erofs_entry found;

		check(got >= 0);
		if (got == 0)
			break;
		check(erofs_find(image, &node, entry.name, entry.name_bytes, &found) == 0 && found.nid == entry.nid);
		position++;
		bool is_dot = entry.name[0] == '.' &&
			      (entry.name_bytes == 1 || (entry.name_bytes == 2 && entry.name[1] == '.'));
		if (!is_dot && depth < 100)
			look_at(image, entry.nid, left, depth + 1);
	}
}

static void feed_archive(const uint8_t *data, size_t bytes, bool has_whiteouts, size_t piece)
{
	struct given given = {data, bytes, piece};
	struct layer_source source = {
		.name = "fuzz", .read = given_read, .context = &given, .has_whiteouts = has_whiteouts};
	struct layer_target target;
	struct erofs_image image;
	unsigned left = LOOKED_AT_MOST;
	int fd = memory_file("fuzz");

	layer_target_begin(&target, fd);
	bool is_good = layer_apply(&target, &source) == 0;
	/* What was merged before an error must be as sound. */
	int error = target_finish(&target, &image);

	check(error == 0 || error == -EFBIG || !is_good);
	if (error == 0) {
		look_at(&image, image.root_nid, &left, 0);
		munmap((void *)(uintptr_t)image.base, image.bytes);
	}
	layer_target_free(&target);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	if (bytes == 0)
		return 0;
	switch (data[0] % 4) {
	case 0:
		feed_description((const char *)data + 1, bytes - 1);
		break;
	case 1:
		feed_reference((const char *)data + 1, bytes - 1);
		break;
	default:
		feed_archive(data + 1, bytes - 1, data[0] & 1, data[0] & 64 ? 512 : 65536);
	}
	return 0;
}
