/*
 * Memory objects: their life, their pages, their size. Reading and writing is in objectio.c, see vm/memobj.h.
 */
#include "vm/memobj.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "sched/sched.h"
#include "vm/counters.h"
#include "vm/objectmap.h"
#include "vm/objectpage.h"
#include "vm/pageindex.h"
#include "vm/table.h"
#include "vm/writeback.h"

static struct slab_cache object_cache = SLAB_CACHE("memobj", struct memobj);

static bool has_source(const struct memobj *object)
{
	return object->ops && object->ops->fetch;
}

struct memobj *memobj_create(const struct memobj_ops *ops, uint64_t size_bytes, void *private_data)
{
	struct memobj *object = slab_alloc(&object_cache);

	if (!object)
		return NULL;
	refcount_init(&object->refs, 1);
	spin_init(&object->lock, "memobj", LOCK_MEMOBJ);
	list_init(&object->regions);
	object->ops = ops;
	object->size_bytes = size_bytes;
	object->private_data = private_data;
	object->source_pages = has_source(object) ? object_pages(object) : 0;
	return object;
}

void memobj_set_image(struct memobj *object, paddr_t start, uint64_t pages)
{
	object->image_start = start;
	object->image_pages = pages;
	object->source_pages = MAX(object->source_pages, pages);
}

void memobj_account(struct memobj *object, _Atomic uint64_t *used, const _Atomic uint64_t *limit)
{
	object->page_limit_used = used;
	object->page_limit = limit;
}

void memobj_get(struct memobj *object)
{
	refcount_get(&object->refs);
}

/* One page enters the accounts. is_forced: a page read from the source, which no limit may refuse. */
static int account_page(struct memobj *object, bool is_forced)
{
	if (object->page_limit_used) {
		uint64_t before = atomic_fetch_add_explicit(object->page_limit_used, 1, memory_order_relaxed);

		if (!is_forced && before >= atomic_load_explicit(object->page_limit, memory_order_relaxed)) {
			atomic_fetch_sub_explicit(object->page_limit_used, 1, memory_order_relaxed);
			return -ENOSPC;
		}
	}
	if (!has_source(object))
		count_add(&vm_counters.shared, 1);
	return 0;
}

static void unaccount_page(struct memobj *object)
{
	if (object->page_limit_used)
		atomic_fetch_sub_explicit(object->page_limit_used, 1, memory_order_relaxed);
	if (!has_source(object))
		count_add(&vm_counters.shared, -1);
}

/* Take the pages [first, end) out of the index and drop them. may_be_mapped: a fault may still show them, up to the
 * moment in which they go. */
static void drop_pages(struct memobj *object, uint64_t first, uint64_t end, bool may_be_mapped)
{
	bool is_done = false;

	while (!is_done) {
		struct page *taken[32];
		unsigned count = 0;

		spin_lock(&object->lock);
		while (count < ARRAY_LEN(taken)) {
			struct page *page = page_index_next(&object->pages, first, &first);

			is_done = !page || first >= end;
			if (is_done)
				break;
			page_index_remove(&object->pages, first);
			if (may_be_mapped)
				object_unmap(object, first, first + 1, false);
			if (unlikely(page->private_word & OBJECT_PAGE_DIRTY))
				object->dirty_pages--;
			taken[count++] = page;
		}
		spin_unlock(&object->lock);
		for (unsigned i = 0; i < count; i++) {
			if (taken[i] != page_zero)
				unaccount_page(object);
			page_put(taken[i]);
		}
		if (!is_done)
			preempt_point();
	}
}

void memobj_put(struct memobj *object)
{
	if (!refcount_put(&object->refs))
		return;
	KERNEL_ASSERT(list_is_empty(&object->regions));
	if (object->pages.count)
		drop_pages(object, 0, PAGE_INDEX_LIMIT, false);
	if (object->ops && object->ops->destroy)
		object->ops->destroy(object);
	slab_free(&object_cache, object);
}

/* While a page was fetched or copied from the source, the object was cut short there or got a hole. */
#define SOURCE_IS_GONE 1

/*
 * Enter a page that was accounted, unless another came first; *page is the one that is there now, with a reference for
 * the caller; null on failure. Mappings of what stood there before (the image's page, zeros) are removed, so that they
 * show the new one. is_from_source: only as long as the source still shows there, else SOURCE_IS_GONE.
 */
static int enter_page(struct memobj *object, uint64_t index, bool is_from_source, struct page **page)
{
	struct page *fresh = *page;
	struct page *found;
	int error = 0;

	spin_lock(&object->lock);
	found = page_index_get(&object->pages, index);
	if (found && found != page_zero) {
		page_get(found);
		*page = found;
	} else if (is_from_source && (found || index >= object->source_pages)) {
		error = SOURCE_IS_GONE;
	} else {
		error = page_index_put(&object->pages, index, fresh);
		if (!error) {
			fresh->owner = object;
			fresh->index = index;
			page_get(fresh);
			if (found)
				page_put(found);
			if (!list_is_empty(&object->regions))
				object_unmap(object, index, index + 1, false);
		}
	}
	spin_unlock(&object->lock);
	if (error || *page != fresh) {
		unaccount_page(object);
		page_put(fresh);
	}
	if (error)
		*page = NULL;
	return error;
}

int object_enter_page(struct memobj *object, uint64_t index, struct page **page)
{
	int error = account_page(object, false);

	if (!error)
		return enter_page(object, index, false, page);
	page_put(*page);
	*page = NULL;
	return error;
}

/* Ask the source. *page: the image's, or one that was entered; one reference. */
static int fetch_page(struct memobj *object, uint64_t index, struct page **page)
{
	int error = object->ops->fetch(object, index, page);

	if (error || (*page)->kind == PAGE_IMAGE)
		return error;
	account_page(object, true);
	return enter_page(object, index, true, page);
}

/* A page of the object's own, filled from `source` (null: zeros), whose reference is consumed. */
static int own_page(struct memobj *object, uint64_t index, struct page *source, struct page **page)
{
	*page = user_page_alloc(PAGE_OBJECT, source ? 0 : ALLOC_ZERO);
	if (*page && source)
		page_copy(page_to_virt(*page), page_to_virt(source));
	if (source)
		page_put(source);
	if (!*page)
		return -ENOMEM;
	int error = account_page(object, false);
	if (!error)
		return enter_page(object, index, source != NULL, page);
	page_put(*page);
	*page = NULL;
	return error;
}

static int page_once(struct memobj *object, uint64_t index, bool for_write, struct page **page)
{
	struct page *found;
	bool is_hole;
	int error;

	*page = NULL;
	spin_lock(&object->lock);
	found = object_peek(object, index);
	is_hole = found == page_zero || (!found && index >= object->source_pages);
	if (found && found != page_zero)
		page_get(found);
	spin_unlock(&object->lock);
	if (is_hole)
		return for_write ? own_page(object, index, NULL, page) : 0;
	if (!found) {
		error = fetch_page(object, index, &found);
		if (error)
			return error;
	}
	if (for_write && found->kind == PAGE_IMAGE)
		return own_page(object, index, found, page);
	*page = found;
	return 0;
}

int memobj_page(struct memobj *object, uint64_t index, bool for_write, struct page **page)
{
	int error;

	do
		error = page_once(object, index, for_write, page);
	while (unlikely(error == SOURCE_IS_GONE));
	return error;
}

int object_zero_part(struct memobj *object, uint64_t offset, uint64_t bytes)
{
	uint64_t index = offset >> PAGE_SHIFT;
	struct page *page;
	int error;

	if (!bytes)
		return 0;
	error = memobj_page(object, index, false, &page);
	if (error || !page)
		return error;
	page_put(page);
	error = memobj_page(object, index, true, &page);
	if (error)
		return error;
	memset((uint8_t *)page_to_virt(page) + (offset & PAGE_MASK), 0, bytes);
	page_put(page);
	return 0;
}

int object_zero_tail(struct memobj *object, uint64_t size_bytes)
{
	return object_zero_part(object, size_bytes, -size_bytes & PAGE_MASK);
}

int memobj_resize(struct memobj *object, uint64_t size_bytes)
{
	uint64_t old = object->size_bytes;
	uint64_t first = ALIGN_UP(size_bytes, PAGE_SIZE) >> PAGE_SHIFT;
	int error;

	/* The same size again takes away what fallocate put behind the end. */
	if (size_bytes > old) {
		/* What a mapping wrote behind the old end must not turn into contents. */
		error = object_zero_tail(object, old);
		if (!error)
			object->size_bytes = size_bytes;
		return error;
	}
	error = object_zero_tail(object, size_bytes);
	if (error)
		return error;
	object->size_bytes = size_bytes;
	spin_lock(&object->lock);
	object->source_pages = MIN(object->source_pages, first);
	object_unmap(object, first, PAGE_INDEX_LIMIT, true);
	spin_unlock(&object->lock);
	drop_pages(object, first, PAGE_INDEX_LIMIT, false);
	return 0;
}

/* Pages below source_pages that are punched out are remembered as zeros, or the source would show again: whether they
 * are there or come just now. Behind the source's end nothing is done. 0 or -ENOMEM. */
static int hide_source(struct memobj *object, uint64_t first, uint64_t end)
{
	int error = 0;

	for (uint64_t index = first; index < end && !error; index++) {
		struct page *found = NULL;

		spin_lock(&object->lock);
		if (index >= object->source_pages) {
			spin_unlock(&object->lock);
			break;
		}
		found = page_index_get(&object->pages, index);
		if (found != page_zero)
			error = page_index_put(&object->pages, index, page_zero);
		if (found == page_zero || error) {
			found = NULL;
		} else {
			page_get(page_zero);
			if (found && unlikely(found->private_word & OBJECT_PAGE_DIRTY))
				object->dirty_pages--;
			object_unmap(object, index, index + 1, false);
		}
		spin_unlock(&object->lock);
		if (found) {
			unaccount_page(object);
			page_put(found);
		}
		preempt_point();
	}
	return error;
}

int memobj_punch(struct memobj *object, uint64_t offset, uint64_t bytes)
{
	uint64_t end = offset + bytes;
	uint64_t first = ALIGN_UP(offset, PAGE_SIZE) >> PAGE_SHIFT;
	uint64_t last = end >> PAGE_SHIFT; /* behind the last whole page */
	int error;

	if (first > last) /* within one page */
		return object_zero_part(object, offset, bytes);
	error = object_zero_part(object, offset, (first << PAGE_SHIFT) - offset);
	if (!error)
		error = object_zero_part(object, last << PAGE_SHIFT, end & PAGE_MASK);
	if (error || first == last)
		return error;
	error = hide_source(object, first, last);
	if (!error && last > object->source_pages)
		drop_pages(object, MAX(first, object->source_pages), last, true);
	return error;
}

uint64_t memobj_page_count(struct memobj *object)
{
	return object->pages.count;
}
