/*
 * Objects whose pages go back to where they came from (memobj->tracks_writes): which pages programs have written
 * through mappings. A page is shown read-only to shared mappings until the first write, whose fault marks it; to write
 * it back takes the mark and the mappings away again, so that the next write is noticed too.
 */
#ifndef NAMU_VM_WRITEBACK_H
#define NAMU_VM_WRITEBACK_H

#include "vm/memobj.h"

/* In page->private_word of an object's page, under the object's lock: written since it was last written back. */
#define OBJECT_PAGE_DIRTY 1u

/* May a shared mapping write `page` without being asked? */
static inline bool object_may_write_now(const struct memobj *object, const struct page *page)
{
	return likely(!object->tracks_writes) || (page->private_word & OBJECT_PAGE_DIRTY);
}
/* A shared mapping is about to write it. The object's lock is held. */
static inline void object_mark_dirty(struct memobj *object, struct page *page)
{
	if (unlikely(object->tracks_writes) && !(page->private_word & OBJECT_PAGE_DIRTY)) {
		page->private_word |= OBJECT_PAGE_DIRTY;
		object->dirty_pages++;
	}
}

/*
 * Hand the marked pages of [first, end) to ops->store, neighbours together. The caller sees to it that nobody else does
 * so meanwhile. 0, or the first error, after which what was not stored is marked again.
 */
int memobj_write_back(struct memobj *object, uint64_t first, uint64_t end);
/* Drop the pages of [first, end) that are not marked: they are fetched again when they are needed. */
void memobj_forget_clean(struct memobj *object, uint64_t first, uint64_t end);
/* The source has these bytes now at `offset`: so shall pages that are here already. */
void memobj_update(struct memobj *object, uint64_t offset, const void *from, size_t bytes);

#endif
