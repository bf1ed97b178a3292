/* Open regular files of the trees in memory: what read, write, lseek, mmap and fallocate do. */
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/mount.h>

#include "fs/attributes.h"
#include "fs/file.h"
#include "fs/tree.h"
#include "sched/sched.h"
#include "vm/space.h"
#include "vm/uio.h"

/* A long copy out of the image lets others run in between. */
#define COPY_STEP (256 * 1024ul)

static ssize_t read_image(const struct inode *inode, struct uio *uio, uint64_t offset)
{
	const struct erofs_node *node = tree_image_of(inode);
	const struct erofs_image *image = &tree_of(inode->superblock)->image;
	ssize_t done = 0;

	while (uio->left) {
		const uint8_t *data;
		uint64_t run;
		size_t went;

		if (erofs_extent(image, node, offset + (uint64_t)done, &data, &run))
			return done ? done : -EIO;
		run = MIN(MIN(run, COPY_STEP), uio->left);
		if (run == 0)
			break;
		went = data ? uio_copy_out(uio, data, run) : uio_zero_out(uio, run);
		done += (ssize_t)went;
		if (went < run)
			return done ? done : -EFAULT;
		if (run == COPY_STEP)
			preempt_point();
	}
	return done;
}

static ssize_t regular_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct inode *inode = file->inode;
	struct memobj *object = __atomic_load_n(&inode->object, __ATOMIC_ACQUIRE);
	ssize_t done = 0;

	if (object)
		done = memobj_read(object, uio, *offset);
	else if (tree_node_of(inode)->is_image)
		done = read_image(inode, uio, *offset);
	if (likely(done > 0))
		*offset += (uint64_t)done;
	if (!(file->flags & O_NOATIME))
		attributes_accessed(&file->path, inode);
	return done;
}

static ssize_t lend_image(const struct inode *inode, uint64_t offset, size_t most, const void **data)
{
	const uint8_t *bytes;
	uint64_t run;

	if (erofs_extent(&tree_of(inode->superblock)->image, tree_image_of(inode), offset, &bytes, &run))
		return -EIO;
	*data = bytes ? bytes : page_to_virt(page_zero);
	return (ssize_t)MIN((uint64_t)most, bytes ? run : MIN(run, (uint64_t)PAGE_SIZE));
}

static ssize_t regular_lend(struct file *file, uint64_t offset, size_t most, const void **data, struct page **page)
{
	struct inode *inode = file->inode;
	struct memobj *object = __atomic_load_n(&inode->object, __ATOMIC_ACQUIRE);

	*page = NULL;
	if (!(file->flags & O_NOATIME))
		attributes_accessed(&file->path, inode);
	if (object)
		return memobj_lend(object, offset, most, data, page);
	return tree_node_of(inode)->is_image ? lend_image(inode, offset, most, data) : 0;
}

static ssize_t regular_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct inode *inode = file->inode;
	struct memobj *object;
	ssize_t done;
	int error = attributes_drop_privileges(inode);

	if (error)
		return error;
	tree_changed(inode);
	object = tree_object(inode);
	if (!object)
		return -ENOMEM;
	done = memobj_write(object, uio, *offset);
	if (done > 0) {
		*offset += (uint64_t)done;
		inode_touch(inode, false, true, true);
	}
	return done;
}

/* An object over the image counts as data throughout: which pages are its own says nothing about holes. */
static off_t seek_data_or_hole(struct inode *inode, uint64_t offset, bool data)
{
	if (offset >= inode_size(inode))
		return -ENXIO;
	if (tree_node_of(inode)->is_image || !inode->object)
		return data ? (off_t)offset : (off_t)inode_size(inode);
	return memobj_seek(inode->object, offset, data);
}

static off_t regular_seek(struct file *file, off_t offset, int whence)
{
	if (whence == SEEK_DATA || whence == SEEK_HOLE) {
		off_t found =
			offset < 0 ? -ENXIO : seek_data_or_hole(file->inode, (uint64_t)offset, whence == SEEK_DATA);
		if (found >= 0)
			file->position = (uint64_t)found;
		return found;
	}
	return file_seek_within(file, offset, whence, inode_size(file->inode));
}

static int regular_mmap(struct file *file, struct vm_map_request *request)
{
	struct inode *inode = file->inode;
	bool is_shared = (request->map_flags & MAP_TYPE) != MAP_PRIVATE;
	struct memobj *object;

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
	mutex_lock(&inode->mutex);
	object = tree_object(inode);
	if (object && is_shared && (request->max_prot & PROT_WRITE))
		tree_changed(inode);
	mutex_unlock(&inode->mutex);
	if (!(file->flags & O_NOATIME))
		attributes_accessed(&file->path, inode);
	request->object = object;
	return object ? 0 : -ENOMEM;
}

/* Pages for [offset, end) before they are needed. What was made is given back when there is no room for all. */
static int allocate_pages(struct memobj *object, uint64_t offset, uint64_t end)
{
	uint64_t size = object->size_bytes;
	int error = 0;

	if (object->page_limit_used && (end - offset) / PAGE_SIZE > *object->page_limit)
		return -ENOSPC;
	for (uint64_t index = offset >> PAGE_SHIFT; index << PAGE_SHIFT < end && !error; index++) {
		struct page *page;
		error = memobj_page(object, index, true, &page);
		if (!error)
			page_put(page);
		preempt_point();
	}
	if (error && end > size)
		(void)memobj_resize(object, size);
	return error;
}

static int allocate_range(struct inode *inode, int mode, uint64_t offset, uint64_t end)
{
	struct memobj *object = tree_object(inode);
	int error;

	if (!object)
		return -ENOMEM;
	error = allocate_pages(object, offset, end);
	if (!error && !(mode & FALLOC_FL_KEEP_SIZE) && end > object->size_bytes)
		error = memobj_resize(object, end);
	return error;
}

static int punch_range(struct inode *inode, uint64_t offset, uint64_t bytes)
{
	struct memobj *object = tree_object(inode);

	return object ? memobj_punch(object, offset, bytes) : -ENOMEM;
}

static int64_t regular_fallocate(struct file *file, int mode, uint64_t offset, uint64_t bytes)
{
	struct inode *inode = file->inode;
	int error;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	mutex_lock(&inode->mutex);
	error = attributes_drop_privileges(inode);
	if (!error) {
		tree_changed(inode);
		if (mode & FALLOC_FL_PUNCH_HOLE)
			error = punch_range(inode, offset, bytes);
		else
			error = allocate_range(inode, mode, offset, offset + bytes);
	}
	if (!error)
		inode_touch(inode, false, true, true);
	mutex_unlock(&inode->mutex);
	return error;
}

/* What is in memory is as safe as it gets. */
static int regular_fsync(struct file *file)
{
	return 0;
}

const struct file_ops regular_file_ops = {
	.name = "file",
	.read = regular_read,
	.write = regular_write,
	.lend = regular_lend,
	.seek = regular_seek,
	.mmap = regular_mmap,
	.fsync = regular_fsync,
	.fallocate = regular_fallocate,
};
