/*
 * The index of a memory object's pages: a radix tree, 64 slots a node, as high as the largest key needs. An index with
 * key 0 alone has no node at all, so that the many files of one page cost nothing more.
 * No lock of its own: the object's lock guards it. A page is any non-null pointer here; references are the caller's.
 */
#ifndef NAMU_VM_PAGEINDEX_H
#define NAMU_VM_PAGEINDEX_H

#include "vm/memobj.h"

/* Keys are below this: 2^52 pages are 2^64 bytes. */
#define PAGE_INDEX_LIMIT (1ull << 52)

/* What stands at `key`, or null. */
struct page *page_index_get(const struct page_index *index, uint64_t key);
/* Put `page` (not null) at `key`, in place of what was there. 0, or -ENOMEM with nothing changed. */
int page_index_put(struct page_index *index, uint64_t key, struct page *page);
/* Take out what stands at `key` and return it, or null. */
struct page *page_index_remove(struct page_index *index, uint64_t key);
/* The first page at or after `from`; its key in *key. Null: none. */
struct page *page_index_next(const struct page_index *index, uint64_t from, uint64_t *key);

#endif
