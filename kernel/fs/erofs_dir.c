/*
 * Directories of the EROFS image. A directory is a file of blocks; each block holds its entries in order of name, and
 * the blocks follow one another in that order too, so a name is found by two binary searches.
 */
#include "fs/erofs.h"
#include "fs/erofs_format.h"
#include "lib/errno.h"
#include "lib/string.h"

/* A cursor is the number of the block, shifted by this, and the number of the entry in it. */
#define POSITION_SHIFT 16

struct dir_block {
	const uint8_t *data;
	uint32_t bytes; /* less than a block at the end of the directory */
	uint32_t count; /* entries */
};

static uint64_t block_count(const struct erofs_image *image, const struct erofs_node *dir)
{
	return (dir->size >> image->block_bits) + ((dir->size & ((1ull << image->block_bits) - 1)) != 0);
}

/* Block `number`, which exists. */
static int read_block(const struct erofs_image *image, const struct erofs_node *dir, uint64_t number,
		      struct dir_block *block)
{
	uint64_t offset = number << image->block_bits, run;
	uint32_t first_name;
	int error = erofs_extent(image, dir, offset, &block->data, &run);

	if (error)
		return error;
	block->bytes = (uint32_t)MIN(dir->size - offset, 1ull << image->block_bits);
	if (!block->data || run < block->bytes || block->bytes < ENTRY_BYTES)
		return -EUCLEAN;
	first_name = read_u16(block->data + ENTRY_NAME_OFFSET);
	if (first_name < ENTRY_BYTES || first_name % ENTRY_BYTES || first_name > block->bytes)
		return -EUCLEAN;
	block->count = first_name / ENTRY_BYTES;
	return 0;
}

/* Entry `index` (below count). A name ends where the next one begins; the last at a zero byte or the end of the block.
 */
static int read_entry(const struct dir_block *block, uint32_t index, struct erofs_entry *entry)
{
	static const uint8_t types[] = {
		0, 8 /* DT_REG */, 4 /* DT_DIR */, 2 /* DT_CHR */, 6 /* DT_BLK */, 1 /* DT_FIFO */, 12 /* DT_SOCK */,
		10 /* DT_LNK */};
	const uint8_t *raw = block->data + index * ENTRY_BYTES;
	uint32_t start = read_u16(raw + ENTRY_NAME_OFFSET), end = block->bytes;
	uint8_t type = raw[ENTRY_TYPE];

	if (index + 1 < block->count)
		end = read_u16(raw + ENTRY_BYTES + ENTRY_NAME_OFFSET);
	if (start >= end || end > block->bytes || start < block->count * ENTRY_BYTES)
		return -EUCLEAN;
	entry->name = (const char *)block->data + start;
	entry->name_bytes = end - start;
	if (index + 1 == block->count) {
		const void *zero = memchr(entry->name, 0, entry->name_bytes);
		if (zero)
			entry->name_bytes = (uint32_t)((const char *)zero - entry->name);
	}
	/* A name that no path could hold would make the directory unreadable for programs. */
	if (entry->name_bytes == 0 || entry->name_bytes > 255 || memchr(entry->name, '/', entry->name_bytes) ||
	    memchr(entry->name, 0, entry->name_bytes))
		return -EUCLEAN;
	entry->nid = read_u64(raw);
	entry->type = type < sizeof(types) ? types[type] : 0;
	return 0;
}

static int compare_names(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
	int order = memcmp(a, b, MIN(a_bytes, b_bytes));

	if (order)
		return order;
	return a_bytes < b_bytes ? -1 : a_bytes > b_bytes;
}

/* The last block whose first name is not behind `name`. -ENOENT: before all of them. */
static int find_block(const struct erofs_image *image, const struct erofs_node *dir, const char *name,
		      size_t name_bytes, struct dir_block *block)
{
	uint64_t low = 0, high = block_count(image, dir);
	bool is_found = false;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		struct dir_block candidate;
		struct erofs_entry first;
		int error = read_block(image, dir, middle, &candidate);

		if (!error)
			error = read_entry(&candidate, 0, &first);
		if (error)
			return error;
		if (compare_names(first.name, first.name_bytes, name, name_bytes) > 0) {
			high = middle;
		} else {
			*block = candidate;
			is_found = true;
			low = middle + 1;
		}
	}
	return is_found ? 0 : -ENOENT;
}

int erofs_find(const struct erofs_image *image, const struct erofs_node *dir, const char *name, size_t name_bytes,
	       struct erofs_entry *entry)
{
	struct dir_block block;
	uint32_t low = 0, high;
	int error;

	if (!S_ISDIR(dir->mode))
		return -ENOTDIR;
	error = find_block(image, dir, name, name_bytes, &block);
	if (error)
		return error;
	high = block.count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order;

		error = read_entry(&block, middle, entry);
		if (error)
			return error;
		order = compare_names(entry->name, entry->name_bytes, name, name_bytes);
		if (order == 0)
			return 0;
		if (order > 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -ENOENT;
}

int erofs_next(const struct erofs_image *image, const struct erofs_node *dir, uint64_t *position,
	       struct erofs_entry *entry)
{
	uint64_t number = *position >> POSITION_SHIFT, blocks = block_count(image, dir);
	uint32_t index = *position & ((1u << POSITION_SHIFT) - 1);

	if (!S_ISDIR(dir->mode))
		return -EUCLEAN;
	for (; number < blocks; number++, index = 0) {
		struct dir_block block;
		int error = read_block(image, dir, number, &block);

		if (error)
			return error;
		if (index >= block.count)
			continue;
		error = read_entry(&block, index, entry);
		if (error)
			return error;
		*position = number << POSITION_SHIFT | index;
		return 1;
	}
	*position = blocks << POSITION_SHIFT;
	return 0;
}

uint64_t erofs_end_position(const struct erofs_image *image, const struct erofs_node *dir)
{
	return block_count(image, dir) << POSITION_SHIFT;
}
