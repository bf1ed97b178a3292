/*
 * Reading, writing and seeking in memory objects, see vm/memobj.h.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "vm/memobj.h"
#include "vm/objectmap.h"
#include "vm/objectpage.h"
#include "vm/pageindex.h"
#include "vm/table.h"
#include "vm/uio.h"

/* Read from one page; *moved is how much went through. */
static int read_part(struct memobj *object, struct uio *uio, uint64_t offset, size_t bytes, size_t *moved)
{
	struct page *page;
	int error = memobj_page(object, offset >> PAGE_SHIFT, false, &page);

	*moved = 0;
	if (error)
		return error;
	if (!page) {
		*moved = uio_zero_out(uio, bytes);
	} else {
		*moved = uio_copy_out(uio, (uint8_t *)page_to_virt(page) + (offset & PAGE_MASK), bytes);
		page_put(page);
	}
	return *moved == bytes ? 0 : -EFAULT;
}

ssize_t memobj_read(struct memobj *object, struct uio *uio, uint64_t offset)
{
	size_t done = 0;
	int error = 0;

	while (uio->left && !error) {
		uint64_t size = atomic_load_explicit(&object->size_bytes, memory_order_acquire);
		size_t bytes, moved;

		if (offset >= size)
			break;
		bytes = MIN(uio->left, PAGE_SIZE - (offset & PAGE_MASK));
		bytes = MIN(bytes, size - offset);
		error = read_part(object, uio, offset, bytes, &moved);
		offset += moved;
		done += moved;
		if (uio->left)
			preempt_point();
	}
	return done ? (ssize_t)done : error;
}

ssize_t memobj_lend(struct memobj *object, uint64_t offset, size_t most, const void **data, struct page **page)
{
	uint64_t size = atomic_load_explicit(&object->size_bytes, memory_order_acquire);
	int error;

	if (offset >= size)
		return 0;
	error = memobj_page(object, offset >> PAGE_SHIFT, false, page);
	if (error)
		return error;
	*data = (const uint8_t *)page_to_virt(*page ? *page : page_zero) + (offset & PAGE_MASK);
	return (ssize_t)MIN(MIN((uint64_t)most, size - offset), PAGE_SIZE - (offset & PAGE_MASK));
}

/*
 * A whole page is written where there is a hole or the image's page: fill a fresh page first, which nobody sees yet,
 * and enter it then. So nothing is cleared or copied that is overwritten at once.
 */
static int write_fresh_page(struct memobj *object, struct uio *uio, uint64_t index, size_t *moved)
{
	struct page *fresh = user_page_alloc(PAGE_OBJECT, 0);
	struct page *page = fresh;
	int error;

	*moved = 0;
	if (!fresh)
		return -ENOMEM;
	*moved = uio_copy_in(uio, page_to_virt(fresh), PAGE_SIZE);
	if (*moved < PAGE_SIZE) {
		/* User memory ended within the page: its other part keeps what the object shows there. */
		struct page *old;

		error = memobj_page(object, index, false, &old);
		if (error || !*moved) {
			if (!error && old)
				page_put(old);
			page_put(fresh);
			return error ? error : -EFAULT;
		}
		memset((uint8_t *)page_to_virt(fresh) + *moved, 0, PAGE_SIZE - *moved);
		if (old) {
			memcpy((uint8_t *)page_to_virt(fresh) + *moved, (uint8_t *)page_to_virt(old) + *moved,
			       PAGE_SIZE - *moved);
			page_put(old);
		}
	}
	page_get(fresh);
	error = object_enter_page(object, index, &page);
	if (!error) {
		if (page != fresh)
			memcpy(page_to_virt(page), page_to_virt(fresh), *moved);
		page_put(page);
	}
	page_put(fresh);
	if (error)
		*moved = 0;
	return error ? error : *moved < PAGE_SIZE ? -EFAULT : 0;
}

static bool is_own_page(struct memobj *object, uint64_t index)
{
	struct page *page;

	spin_lock(&object->lock);
	page = object_peek(object, index);
	spin_unlock(&object->lock);
	return page && page->kind == PAGE_OBJECT;
}

/* Write into one page; *moved is how much went through. */
static int write_part(struct memobj *object, struct uio *uio, uint64_t offset, size_t bytes, size_t *moved)
{
	struct page *page;
	int error;

	*moved = 0;
	if (bytes == PAGE_SIZE && !is_own_page(object, offset >> PAGE_SHIFT))
		return write_fresh_page(object, uio, offset >> PAGE_SHIFT, moved);
	error = memobj_page(object, offset >> PAGE_SHIFT, true, &page);
	if (error)
		return error;
	*moved = uio_copy_in(uio, (uint8_t *)page_to_virt(page) + (offset & PAGE_MASK), bytes);
	page_put(page);
	return *moved == bytes ? 0 : -EFAULT;
}

ssize_t memobj_write(struct memobj *object, struct uio *uio, uint64_t offset)
{
	size_t done = 0;
	int error = 0;

	/* Bytes behind the old end that a mapping may have left in its page become zeros when the end moves past them.
	 */
	if (offset > object->size_bytes && uio->left)
		error = object_zero_tail(object, object->size_bytes);
	while (uio->left && !error) {
		size_t bytes = MIN(uio->left, PAGE_SIZE - (offset & PAGE_MASK));
		size_t moved;

		if (offset >> PAGE_SHIFT >= PAGE_INDEX_LIMIT / 2) {
			error = -EFBIG;
			break;
		}
		error = write_part(object, uio, offset, bytes, &moved);
		offset += moved;
		done += moved;
		if (moved && offset > object->size_bytes)
			object->size_bytes = offset;
		if (uio->left)
			preempt_point();
	}
	return done ? (ssize_t)done : error;
}

/* True when page `index` is data: the object's own or the source's; *next: where the next change may be. */
static bool is_data(struct memobj *object, uint64_t index, uint64_t *next)
{
	struct page *page;
	bool result;

	spin_lock(&object->lock);
	page = page_index_get(&object->pages, index);
	*next = index + 1;
	if (page) {
		result = page != page_zero;
	} else {
		result = index < object->source_pages;
		if (!result && !page_index_next(&object->pages, index, next))
			*next = PAGE_INDEX_LIMIT;
	}
	spin_unlock(&object->lock);
	return result;
}

off_t memobj_seek(struct memobj *object, uint64_t offset, bool data)
{
	uint64_t size = object->size_bytes;
	uint64_t index = offset >> PAGE_SHIFT;

	if (offset >= size)
		return -ENXIO;
	while (index < object_pages(object)) {
		uint64_t next;

		if (is_data(object, index, &next) == data)
			return (off_t)MAX(offset, index << PAGE_SHIFT);
		index = next;
		preempt_point();
	}
	return data ? -ENXIO : (off_t)size;
}
