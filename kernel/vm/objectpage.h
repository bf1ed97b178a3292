/*
 * What the files of the memory object share with each other.
 */
#ifndef NAMU_VM_OBJECTPAGE_H
#define NAMU_VM_OBJECTPAGE_H

#include "vm/memobj.h"

/*
 * Enter a fresh page of kind PAGE_OBJECT (its one reference is consumed) unless another came first. *page: the one that
 * is there now, with a reference. 0, -ENOMEM, -ENOSPC.
 */
int object_enter_page(struct memobj *object, uint64_t index, struct page **page);

/* Zero [offset, offset + bytes), which lies within one page, if there is anything; 0 or -errno with nothing changed. */
int object_zero_part(struct memobj *object, uint64_t offset, uint64_t bytes);
/* The same from `size_bytes` to the end of its page. */
int object_zero_tail(struct memobj *object, uint64_t size_bytes);

#endif
