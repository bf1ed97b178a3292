/*
 * Pieces of memory on loan, ready to be written somewhere: from a file that lends (file_ops.lend) or out of a pipe. A
 * pipe or a stream keeps them as they are, with references of its own; everything else copies them.
 */
#ifndef NAMU_FS_LENT_H
#define NAMU_FS_LENT_H

#include "fs/file.h"
#include "vm/uio.h"

#define LENT_MOST 16u /* pieces: a full pipe of pages */

/* On its user's stack: it points into itself. */
struct lent {
	struct uio uio;
	struct uio_segment segments[LENT_MOST];
	struct page *pages[LENT_MOST]; /* one reference each; null: memory that stays */
};

void lent_init(struct lent *lent);
static inline bool lent_is_full(const struct lent *lent)
{
	return lent->uio.count == LENT_MOST;
}
/* One piece more; there is a place for it, and the reference to the page becomes lent's. */
void lent_add(struct lent *lent, const void *data, uint64_t bytes, struct page *page);
/* What `in` lends from `offset` on, at most `bytes`. Bytes, fewer when there are many pieces or at the end; an error
 * only when there are none. */
ssize_t lent_from_file(struct lent *lent, struct file *in, uint64_t offset, uint64_t bytes);
/* Let go of all. */
void lent_put(struct lent *lent);

#endif
