/*
 * Host folders: mapped files. A file that was mapped has an object, whose pages hold what was fetched until nobody has
 * the file open any more. read and write still go to the server: what mappings wrote is written back before a read, and
 * what a write changed is changed in the pages too. When the attributes show that the host changed the file, the pages
 * that were not written here are dropped.
 *
 * A file that has lost its name, so that the server cannot be asked to change its size any more, becomes local with
 * the first such change: from then on its contents are those of the object, which takes from the open file what it does
 * not have yet.
 */
#include <linux/mman.h>
#include <linux/mount.h>

#include "fs/ninep.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "vm/objectmap.h"
#include "vm/objectpage.h"
#include "vm/pageindex.h"
#include "vm/space.h"
#include "vm/table.h"
#include "vm/writeback.h"

/* So many pages come with the one that is needed. */
#define FETCH_PAGES 32u

/* Shrinking an object asks for its last page, so that its lock may be held already. */
static bool lock_pages(struct ninep_node *node)
{
	if (mutex_is_mine(&node->map_mutex))
		return false;
	mutex_lock(&node->map_mutex);
	return true;
}

static void unlock_pages(struct ninep_node *node, bool was_locked)
{
	if (was_locked)
		mutex_unlock(&node->map_mutex);
}

/* How many pages from `index` on shall be fetched: up to the end of the file, or to one that is there. */
static unsigned count_missing(struct memobj *object, uint64_t index, unsigned most)
{
	uint64_t end = MIN(object_pages(object), index + most), next = end;
	unsigned count;

	spin_lock(&object->lock);
	if (page_index_next(&object->pages, index + 1, &next) && next < end)
		end = next;
	spin_unlock(&object->lock);
	count = end > index ? (unsigned)(end - index) : 1;
	return count;
}

/* As many pages as there are, one at least. */
static unsigned take_pages(struct page **pages, unsigned count)
{
	unsigned got = 0;

	while (got < count && (pages[got] = user_page_alloc(PAGE_OBJECT, 0)))
		got++;
	return got;
}

/* `got` bytes arrived in `count` pages: the first is *page, the others enter the object, those behind the end go. */
static void spread(struct memobj *object, uint64_t index, struct page **pages, unsigned count, size_t got,
		   struct page **page)
{
	for (unsigned i = 0; i < count; i++) {
		size_t start = (size_t)i << PAGE_SHIFT, bytes = got > start ? MIN(got - start, PAGE_SIZE) : 0;

		memset((uint8_t *)page_to_virt(pages[i]) + bytes, 0, PAGE_SIZE - bytes);
		if (i == 0)
			*page = pages[i];
		else if (!bytes)
			page_put(pages[i]);
		else if (!object_enter_page(object, index + i, &pages[i]))
			page_put(pages[i]);
	}
}

static int map_fetch(struct memobj *object, uint64_t index, struct page **page)
{
	struct inode *inode = object->private_data;
	struct ninep_node *node = ninep_node_of(inode);
	struct ninep_fid *fid = ninep_open_fid(inode, false);
	struct page *pages[FETCH_PAGES];
	unsigned count;
	bool was_locked;
	ssize_t got;

	if (!fid)
		return -EIO;
	was_locked = lock_pages(node);
	count = count_missing(object, index, MIN(FETCH_PAGES, fid->client->data_bytes >> PAGE_SHIFT));
	count = take_pages(pages, count);
	got = count ? ninep_call_read_pages(fid, index << PAGE_SHIFT, pages, count) : -ENOMEM;
	if (got >= 0) {
		spread(object, index, pages, count, (size_t)got, page);
	} else {
		for (unsigned i = 0; i < count; i++)
			page_put(pages[i]);
	}
	unlock_pages(node, was_locked);
	ninep_fid_put(fid);
	return got < 0 ? (int)got : 0;
}

static int map_store(struct memobj *object, uint64_t first, struct page **pages, unsigned count)
{
	struct inode *inode = object->private_data;
	uint64_t offset = first << PAGE_SHIFT, size = object->size_bytes;
	struct ninep_fid *fid;
	uint32_t bytes, done = 0;
	ssize_t went = 1;

	/* What lies behind the end is no part of the file. */
	if (offset >= size)
		return 0;
	bytes = (uint32_t)MIN((uint64_t)count << PAGE_SHIFT, size - offset);
	fid = ninep_open_fid(inode, true);
	if (!fid)
		return -EIO;
	while (done < bytes && went > 0) {
		went = ninep_call_write_pages(fid, offset + done, pages + (done >> PAGE_SHIFT), bytes - done);
		/* A write that ends within a page is begun again with that page. */
		if (went > 0)
			done += (uint32_t)went < bytes - done ? (uint32_t)went & ~(uint32_t)PAGE_MASK : (uint32_t)went;
		if (went > 0 && (uint32_t)went < PAGE_SIZE && done < bytes)
			went = -EIO;
	}
	ninep_fid_put(fid);
	return went < 0 ? (int)went : went == 0 ? -EIO : 0;
}

static int map_flush(struct memobj *object, uint64_t first, uint64_t end)
{
	struct ninep_node *node = ninep_node_of(object->private_data);
	int error = 0;

	if (!object->dirty_pages || node->is_local)
		return 0;
	bool was_locked = lock_pages(node);
	error = memobj_write_back(object, first, end);
	unlock_pages(node, was_locked);
	return error;
}

static const struct memobj_ops map_ops = {.fetch = map_fetch, .store = map_store, .flush = map_flush};

/* The file's object, made when it is first needed. The inode's mutex is held. Null: no memory. */
static struct memobj *get_object(struct inode *inode)
{
	struct memobj *object = inode->object;

	if (object)
		return object;
	object = memobj_create(&map_ops, inode->size, inode);
	if (object) {
		object->tracks_writes = true;
		object->source_pages = PAGE_INDEX_LIMIT;
		__atomic_store_n(&inode->object, object, __ATOMIC_RELEASE);
	}
	return object;
}

static int check_mapping(const struct file *file, struct vm_map_request *request)
{
	bool is_shared = (request->map_flags & MAP_TYPE) != MAP_PRIVATE;

	if (!file_may_read(file) || (is_shared && (request->prot & PROT_WRITE) && !file_may_write(file)))
		return -EACCES;
	request->max_prot = PROT_READ | PROT_WRITE | PROT_EXEC;
	if (is_shared && !file_may_write(file))
		request->max_prot &= ~(uint32_t)PROT_WRITE;
	if (file->path.mount && (file->path.mount->flags & MS_NOEXEC)) {
		if (request->prot & PROT_EXEC)
			return -EPERM;
		request->max_prot &= ~(uint32_t)PROT_EXEC;
	}
	return 0;
}

int ninep_mmap(struct file *file, struct vm_map_request *request)
{
	struct inode *inode = file->inode;
	int error = check_mapping(file, request);

	if (!error)
		error = ninep_getattr(inode);
	if (error)
		return error;
	mutex_lock(&inode->mutex);
	request->object = get_object(inode);
	mutex_unlock(&inode->mutex);
	return request->object ? 0 : -ENOMEM;
}

/* The size as the server has it, for the object too. map_mutex is held. */
static void set_object_size(struct memobj *object, uint64_t size)
{
	uint64_t old = object->size_bytes;

	if (size < old) {
		(void)memobj_resize(object, size);
		spin_lock(&object->lock);
		object->source_pages = PAGE_INDEX_LIMIT;
		spin_unlock(&object->lock);
	} else if (size > old) {
		/* The old end's page may have more in it now. */
		memobj_forget_clean(object, old >> PAGE_SHIFT, (old >> PAGE_SHIFT) + 1);
		object->size_bytes = size;
	}
}

void ninep_pages_follow(struct inode *inode, uint64_t size, bool has_changed)
{
	struct ninep_node *node = ninep_node_of(inode);
	struct memobj *object = __atomic_load_n(&inode->object, __ATOMIC_ACQUIRE);

	if (!object || node->is_local)
		return;
	bool was_locked = lock_pages(node);
	set_object_size(object, size);
	if (has_changed)
		memobj_forget_clean(object, 0, PAGE_INDEX_LIMIT);
	unlock_pages(node, was_locked);
}

ssize_t ninep_write_and_update(struct inode *inode, struct ninep_fid *fid, uint64_t offset, const void *from,
			       size_t bytes)
{
	struct ninep_node *node = ninep_node_of(inode);
	struct memobj *object = __atomic_load_n(&inode->object, __ATOMIC_ACQUIRE);
	ssize_t went;

	if (!object)
		return ninep_call_write(fid, offset, from, (uint32_t)bytes);
	bool was_locked = lock_pages(node);
	went = ninep_call_write(fid, offset, from, (uint32_t)bytes);
	if (went > 0) {
		memobj_update(object, offset, from, (size_t)went);
		if (offset + (uint64_t)went > object->size_bytes)
			object->size_bytes = offset + (uint64_t)went;
	}
	unlock_pages(node, was_locked);
	return went;
}

int ninep_flush_range(struct inode *inode, uint64_t offset, uint64_t bytes)
{
	struct memobj *object = __atomic_load_n(&inode->object, __ATOMIC_ACQUIRE);

	if (!object || !object->dirty_pages)
		return 0;
	return map_flush(object, offset >> PAGE_SHIFT, ((offset + bytes - 1) >> PAGE_SHIFT) + 1);
}

void ninep_last_closed(struct inode *inode)
{
	struct memobj *object = __atomic_load_n(&inode->object, __ATOMIC_ACQUIRE);

	if (object && !ninep_node_of(inode)->is_local)
		memobj_forget_clean(object, 0, PAGE_INDEX_LIMIT);
}

int ninep_resize_local(struct inode *inode, uint64_t size)
{
	struct ninep_node *node = ninep_node_of(inode);
	struct memobj *object = get_object(inode);
	int error;

	if (!object)
		return -ENOMEM;
	bool was_locked = lock_pages(node);
	if (!node->is_local) {
		object->source_pages = object_pages(object);
		node->is_local = true;
	}
	error = memobj_resize(object, size);
	unlock_pages(node, was_locked);
	return error;
}
