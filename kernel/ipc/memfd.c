/*
 * Memory files (memfd_create(2)): a memory object behind a description, with seals that the inode remembers.
 */
#include "ipc/memfd.h"

#include <asm-generic/fcntl.h>
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/memfd.h>
#include <linux/mman.h>

#include "arch/x86_64/uaccess.h"
#include "fs/anon.h"
#include "fs/tree.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "mem/slab.h"
#include "vm/space.h"
#include "vm/uio.h"

/* Linux leaves this much of NAME_MAX for the name behind "memfd:". */
#define MEMFD_NAME_MAX 249
/* From Linux 6.3 on. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u
#define MFD_EXEC        16u
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20
#endif
#define ALL_SEALS   (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | F_SEAL_EXEC)
#define WRITE_SEALS (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

/* What an inode of ours has as private data. Lock key: (i) immutable; (m) the inode's mutex. */
struct memfd {
	uint32_t seals;                /* (m) */
	char name[MEMFD_NAME_MAX + 1]; /* (i) */
};

static struct slab_cache memfd_cache = SLAB_CACHE("memfd", struct memfd);

static struct memfd *memfd_of(const struct inode *inode)
{
	return inode->private_data;
}

static ssize_t memfd_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	ssize_t done = memobj_read(file->inode->object, uio, *offset);

	if (done > 0)
		*offset += (uint64_t)done;
	return done;
}

/* The inode's mutex is held. */
static ssize_t memfd_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct inode *inode = file->inode;
	uint64_t size = inode_size(inode);
	uint32_t seals = memfd_of(inode)->seals;
	ssize_t done;

	if (seals & WRITE_SEALS)
		return -EPERM;
	if ((seals & F_SEAL_GROW) && (*offset > size || uio->left > size - *offset)) {
		if (*offset >= size)
			return -EPERM;
		uio->left = size - *offset;
	}
	done = memobj_write(inode->object, uio, *offset);
	if (done > 0) {
		*offset += (uint64_t)done;
		inode_touch(inode, false, true, true);
	}
	return done;
}

static off_t memfd_seek(struct file *file, off_t offset, int whence)
{
	if (whence == SEEK_DATA || whence == SEEK_HOLE) {
		offset = offset < 0 ? -ENXIO : memobj_seek(file->inode->object, (uint64_t)offset, whence == SEEK_DATA);
		if (offset < 0)
			return offset;
		whence = SEEK_SET;
	}
	return file_seek_within(file, offset, whence, inode_size(file->inode));
}

static int memfd_mmap(struct file *file, struct vm_map_request *request)
{
	struct inode *inode = file->inode;
	bool is_shared = (request->map_flags & MAP_TYPE) != MAP_PRIVATE;

	if (!file_may_read(file) || (is_shared && (request->prot & PROT_WRITE) && !file_may_write(file)))
		return -EACCES;
	request->max_prot = PROT_READ | PROT_WRITE | PROT_EXEC;
	if (is_shared && (memfd_of(inode)->seals & WRITE_SEALS)) {
		if (request->prot & PROT_WRITE)
			return -EPERM;
		request->max_prot &= ~(uint32_t)PROT_WRITE;
	}
	if (is_shared && !file_may_write(file))
		request->max_prot &= ~(uint32_t)PROT_WRITE;
	request->object = inode->object;
	return 0;
}

/* Memory is all there is. */
static int memfd_fsync(struct file *file)
{
	return 0;
}

static int resize_locked(struct inode *inode, uint64_t size)
{
	uint64_t before = inode_size(inode);
	uint32_t seals = memfd_of(inode)->seals;

	if ((size < before && (seals & F_SEAL_SHRINK)) || (size > before && (seals & F_SEAL_GROW)))
		return -EPERM;
	return size == before ? 0 : memobj_resize(inode->object, size);
}

/* Make every page of the range exist, so that later writes cannot fail. */
static int64_t allocate_pages(struct memobj *object, uint64_t offset, uint64_t bytes)
{
	uint64_t last = (offset + bytes - 1) >> PAGE_SHIFT;

	for (uint64_t index = offset >> PAGE_SHIFT; index <= last; index++) {
		struct page *page;
		int error = memobj_page(object, index, true, &page);
		if (error)
			return error;
		page_put(page);
	}
	return 0;
}

static int64_t fallocate_locked(struct inode *inode, int mode, uint64_t offset, uint64_t bytes)
{
	uint64_t end = offset + bytes, size = inode_size(inode);
	bool keeps_size = mode & FALLOC_FL_KEEP_SIZE;
	int64_t error;

	if (mode & FALLOC_FL_PUNCH_HOLE) {
		if (memfd_of(inode)->seals & WRITE_SEALS)
			return -EPERM;
		return memobj_punch(inode->object, offset, bytes);
	}
	if (!keeps_size && end > size && (memfd_of(inode)->seals & F_SEAL_GROW))
		return -EPERM;
	error = allocate_pages(inode->object, offset, bytes);
	return !error && !keeps_size && end > size ? resize_locked(inode, end) : error;
}

static int64_t memfd_fallocate(struct file *file, int mode, uint64_t offset, uint64_t bytes)
{
	struct inode *inode = file->inode;
	int64_t result;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	mutex_lock(&inode->mutex);
	result = fallocate_locked(inode, mode, offset, bytes);
	if (!result)
		inode_touch(inode, false, true, true);
	mutex_unlock(&inode->mutex);
	return result;
}

static size_t memfd_link_text(struct file *file, char *to, size_t room)
{
	return (size_t)string_format(to, room, "/memfd:%s (deleted)", memfd_of(file->inode)->name);
}

static const struct file_ops memfd_ops = {
	.name = "memfd",
	.read = memfd_read,
	.write = memfd_write,
	.seek = memfd_seek,
	.mmap = memfd_mmap,
	.fsync = memfd_fsync,
	.fallocate = memfd_fallocate,
	.link_text = memfd_link_text,
};

static void memfd_evict(struct inode *inode)
{
	slab_free(&memfd_cache, inode->private_data);
}

static const struct inode_ops memfd_inode_ops = {.truncate = resize_locked, .evict = memfd_evict};

/* A fresh inode with its object; null: no memory. */
static struct inode *memfd_inode(uint32_t mode)
{
	struct inode *inode = anon_inode_create(ANON_MEMORY, mode);
	struct memfd *memfd = slab_alloc(&memfd_cache);
	struct memobj *object = memobj_create(NULL, 0, NULL);

	if (!inode || !memfd || !object) {
		if (memfd)
			slab_free(&memfd_cache, memfd);
		if (object)
			memobj_put(object);
		if (inode)
			inode_put(inode);
		return NULL;
	}
	inode->nlink = 0;
	inode->private_data = memfd;
	inode->object = object;
	inode->ops = &memfd_inode_ops;
	inode->file_ops = &memfd_ops;
	return inode;
}

/* Takes over the inode's reference. */
static struct file *memfd_file(struct inode *inode)
{
	struct file *file = file_create(&memfd_ops, O_RDWR | O_LARGEFILE, NULL);

	if (!file) {
		inode_put(inode);
		return NULL;
	}
	file->inode = inode;
	(void)file_claim_write(file); /* nobody can be executing it yet */
	return file;
}

static int check_flags(uint32_t flags)
{
	if (flags & MFD_HUGETLB)
		return -ENOSYS;
	if (flags & ~(uint32_t)(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC))
		return -EINVAL;
	return (flags & MFD_NOEXEC_SEAL) && (flags & MFD_EXEC) ? -EINVAL : 0;
}

int memfd_open_user(uaddr_t name, uint32_t flags)
{
	bool is_noexec = flags & MFD_NOEXEC_SEAL;
	struct inode *inode;
	struct file *file;
	ssize_t length;
	int error = check_flags(flags);

	if (error)
		return error;
	inode = memfd_inode(is_noexec ? 0666 : 0777);
	if (!inode)
		return -ENOMEM;
	length = string_from_user(memfd_of(inode)->name, name, sizeof(memfd_of(inode)->name));
	if (length < 0) {
		inode_put(inode);
		return length == -ENAMETOOLONG ? -EINVAL : (int)length;
	}
	if (is_noexec)
		memfd_of(inode)->seals = F_SEAL_EXEC;
	else if (!(flags & MFD_ALLOW_SEALING))
		memfd_of(inode)->seals = F_SEAL_SEAL;
	file = memfd_file(inode);
	return file ? fd_open(file, flags & MFD_CLOEXEC) : file_refusal();
}

/* Is it mapped shared by somebody who may write? */
static bool is_mapped_writable(struct memobj *object)
{
	struct vm_region *region;
	bool found = false;

	spin_lock(&object->lock);
	list_for_each (region, &object->regions, object_link)
		found |= (region->flags & REGION_SHARED) && (region->max_prot & PROT_WRITE);
	spin_unlock(&object->lock);
	return found;
}

static bool is_memfd(const struct file *file)
{
	return file->ops == &memfd_ops;
}

/* A file of a tree in memory answers like a memfd that can take no seals. */
static bool is_sealed_for_ever(const struct file *file)
{
	return file->ops == &regular_file_ops;
}

static int add_seals_locked(struct inode *inode, uint32_t seals)
{
	struct memfd *memfd = memfd_of(inode);

	if (memfd->seals & F_SEAL_SEAL)
		return -EPERM;
	if ((seals & F_SEAL_WRITE) && !(memfd->seals & F_SEAL_WRITE) && is_mapped_writable(inode->object))
		return -EBUSY;
	/* What cannot be executed any more: its text may not change either. */
	if ((seals & F_SEAL_EXEC) && (inode->mode & 0111))
		seals |= F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
	memfd->seals |= seals;
	return 0;
}

int memfd_add_seals(struct file *file, uint32_t seals)
{
	int error;

	if (!file_may_write(file))
		return -EPERM;
	if (seals & ~(uint32_t)ALL_SEALS)
		return -EINVAL;
	if (!is_memfd(file))
		return is_sealed_for_ever(file) ? -EPERM : -EINVAL;
	mutex_lock(&file->inode->mutex);
	error = add_seals_locked(file->inode, seals);
	mutex_unlock(&file->inode->mutex);
	return error;
}

int memfd_get_seals(struct file *file)
{
	if (!is_memfd(file))
		return is_sealed_for_ever(file) ? F_SEAL_SEAL : -EINVAL;
	return (int)memfd_of(file->inode)->seals;
}
