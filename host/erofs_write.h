/*
 * Writing an EROFS image of a merged tree: uncompressed, every file's contents in blocks of their own, so that the
 * kernel maps them where they lie. The contents come first, as they arrive; the metadata follows when the tree is
 * complete, then whatever the maker hangs on behind the last block (host/note.h).
 */
#ifndef HOST_EROFS_WRITE_H
#define HOST_EROFS_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "merge.h"

#define EROFS_BLOCK_BYTES 4096u
/* An image is mapped into a machine's memory whole. */
#define EROFS_MOST_BYTES (64ull << 30)

struct erofs_writer {
	int fd;
	uint64_t blocks; /* so far, the superblock's included */
};

void erofs_write_begin(struct erofs_writer *writer, int fd);

/* Makes room for contents; the first block's number, or 0 when the image would become too large. */
uint64_t erofs_write_room(struct erofs_writer *writer, uint64_t bytes);

/* Writes contents at an offset of what begins at `block`. 0 or a negative errno. */
int erofs_write_data(struct erofs_writer *writer, uint64_t block, uint64_t offset, const void *data, size_t bytes);

/* Gives the room of contents that nobody needs back to the file system, which then reads as zeros. */
void erofs_write_drop(struct erofs_writer *writer, uint64_t block, uint64_t bytes);

/* Writes the metadata and the superblock. 0 or a negative errno (-EFBIG: an inode's attributes do not fit). */
int erofs_write_end(struct erofs_writer *writer, struct merge *merge);

#endif
