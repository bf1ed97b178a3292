/*
 * The other direction: from a memory object to the page tables that show its pages. And pages of an object looked up
 * under its lock, for faults that must not see one that is being taken away.
 */
#ifndef NAMU_VM_OBJECTMAP_H
#define NAMU_VM_OBJECTMAP_H

#include "vm/memobj.h"

/* Remove every mapping of the pages [first, end) of the object; even_private: also the private copies made of them. The
 * object's lock is held. */
void object_unmap(struct memobj *object, uint64_t first, uint64_t end, bool even_private);

/* Page `index` if it is there without waiting: the object's own or the image's, else null. The object's lock is held;
 * no reference is taken. */
struct page *object_peek(struct memobj *object, uint64_t index);

/* Pages up to the end of the contents. */
static inline uint64_t object_pages(const struct memobj *object)
{
	return ALIGN_UP(atomic_load_explicit(&((struct memobj *)object)->size_bytes, memory_order_relaxed),
			PAGE_SIZE) >>
	       PAGE_SHIFT;
}

#endif
