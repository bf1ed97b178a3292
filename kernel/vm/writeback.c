/* Pages that go back to where they came from, see writeback.h. */
#include "vm/writeback.h"

#include "lib/string.h"
#include "sched/sched.h"
#include "vm/objectmap.h"
#include "vm/pageindex.h"

#define RUN_PAGES 32

/* Take the marks of a run of neighbours from *at on: how many pages, with a reference each; *at is the first. */
static unsigned take_run(struct memobj *object, uint64_t *at, uint64_t end, struct page **pages)
{
	uint64_t index = *at;
	unsigned count = 0;

	spin_lock(&object->lock);
	while (count < RUN_PAGES && object->dirty_pages) {
		uint64_t found = index;
		struct page *page = page_index_next(&object->pages, index, &found);

		if (!page || found >= end || (count && found != index))
			break;
		index = found + 1;
		if (!(page->private_word & OBJECT_PAGE_DIRTY)) {
			if (count)
				break;
			continue;
		}
		if (!count)
			*at = found;
		page->private_word &= ~(uint64_t)OBJECT_PAGE_DIRTY;
		object->dirty_pages--;
		object_unmap(object, found, found + 1, false);
		page_get(page);
		pages[count++] = page;
	}
	spin_unlock(&object->lock);
	return count;
}

/* They could not be stored: those that are still the object's are marked again. */
static void mark_again(struct memobj *object, uint64_t first, struct page **pages, unsigned count)
{
	spin_lock(&object->lock);
	for (unsigned i = 0; i < count; i++) {
		if (page_index_get(&object->pages, first + i) == pages[i])
			object_mark_dirty(object, pages[i]);
	}
	spin_unlock(&object->lock);
}

int memobj_write_back(struct memobj *object, uint64_t first, uint64_t end)
{
	struct page *pages[RUN_PAGES];
	unsigned count;
	int error = 0;

	while (!error && (count = take_run(object, &first, end, pages))) {
		error = object->ops->store(object, first, pages, count);
		if (error)
			mark_again(object, first, pages, count);
		for (unsigned i = 0; i < count; i++)
			page_put(pages[i]);
		first += count;
		preempt_point();
	}
	return error;
}

void memobj_forget_clean(struct memobj *object, uint64_t first, uint64_t end)
{
	bool is_done = false;

	while (!is_done) {
		struct page *page;
		uint64_t at = first;

		spin_lock(&object->lock);
		page = page_index_next(&object->pages, first, &at);
		is_done = !page || at >= end;
		if (!is_done && !(page->private_word & OBJECT_PAGE_DIRTY)) {
			object_unmap(object, at, at + 1, false);
			page_index_remove(&object->pages, at);
		} else {
			page = NULL;
		}
		spin_unlock(&object->lock);
		if (page)
			page_put(page);
		first = at + 1;
		preempt_point();
	}
}

void memobj_update(struct memobj *object, uint64_t offset, const void *from, size_t bytes)
{
	const uint8_t *source = from;

	while (bytes) {
		size_t part = MIN(bytes, PAGE_SIZE - (offset & PAGE_MASK));
		struct page *page;

		spin_lock(&object->lock);
		page = page_index_get(&object->pages, offset >> PAGE_SHIFT);
		if (page && page != page_zero)
			memcpy((uint8_t *)page_to_virt(page) + (offset & PAGE_MASK), source, part);
		spin_unlock(&object->lock);
		source += part;
		offset += part;
		bytes -= part;
	}
}
