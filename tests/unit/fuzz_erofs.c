/*
 * One input of the fuzzer: an EROFS image of any content is opened and, if the reader takes it, everything in it is
 * visited: directories listed, names found again, contents read byte by byte. The reader may refuse, but it may not
 * read outside of the image or run for ever. For libFuzzer: clang -fsanitize=fuzzer,address,undefined;
 * test_erofs_fuzz.c feeds it too.
 */
#include <stdlib.h>
#include <string.h>

#include "erofs_fuzz.h"
#include "fs/erofs.h"
#include "lib/errno.h"

#define S_IFMT_BITS  0170000
#define S_IFDIR_BITS 0040000

/* How much one input may visit: an image may claim to be endless. */
struct budget {
	unsigned nodes;
	uint64_t bytes;
	uint64_t sum; /* so that no read is optimised away */
};

static void read_contents(const struct erofs_image *image, const struct erofs_node *node, struct budget *budget)
{
	uint64_t offset = 0;

	while (offset < node->size && budget->bytes) {
		const uint8_t *data;
		uint64_t run;

		if (erofs_extent(image, node, offset, &data, &run))
			return;
		if (run == 0 || run > node->size - offset)
			abort();
		run = run < budget->bytes ? run : budget->bytes;
		for (uint64_t i = 0; data && i < run; i++)
			budget->sum += data[i];
		budget->bytes -= run;
		offset += run;
	}
}

static void read_attributes(const struct erofs_image *image, const struct erofs_node *node, struct budget *budget)
{
	struct erofs_xattr xattr;
	uint32_t cursor = 0, before = 0;

	while (erofs_xattr_next(image, node, &cursor, &xattr) == 1) {
		/* It comes to an end. */
		if (cursor <= before)
			abort();
		before = cursor;
		for (uint32_t i = 0; i < xattr.name_bytes; i++)
			budget->sum += (uint8_t)xattr.name[i];
		for (uint32_t i = 0; i < xattr.value_bytes; i++)
			budget->sum += xattr.value[i];
	}
	(void)erofs_xattr_find(image, node, "user.own", &xattr);
}

static void visit(const struct erofs_image *image, uint64_t nid, unsigned depth, struct budget *budget)
{
	struct erofs_node node;
	struct erofs_entry entry, found;
	uint64_t position = 0, before = 0;

	if (!budget->nodes || depth > 16)
		return;
	budget->nodes--;
	if (erofs_read_node(image, nid, &node))
		return;
	read_contents(image, &node, budget);
	read_attributes(image, &node, budget);
	if ((node.mode & S_IFMT_BITS) != S_IFDIR_BITS)
		return;
	while (budget->nodes && erofs_next(image, &node, &position, &entry) == 1) {
		/* The cursor goes forward, and stays below the end that the tree puts its own cookies behind. */
		if (position < before || position >= erofs_end_position(image, &node))
			abort();
		(void)erofs_find(image, &node, entry.name, entry.name_bytes, &found);
		if (entry.name[0] != '.')
			visit(image, entry.nid, depth + 1, budget);
		budget->nodes -= budget->nodes != 0;
		before = ++position;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct budget budget = {.nodes = 2000, .bytes = 1 << 20};
	struct erofs_image image;
	const char *why;

	if (erofs_open(&image, data, bytes, &why)) {
		if (!why)
			abort();
		return 0;
	}
	visit(&image, image.root_nid, 0, &budget);
	return budget.sum == UINT64_MAX;
}
