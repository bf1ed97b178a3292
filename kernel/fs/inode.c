/* Files: making, reference counts, times. What a file does is the business of its file system. */
#include <linux/stat.h>

#include "choice/choice.h"
#include "fs/acl.h"
#include "fs/chardev.h"
#include "fs/dentry.h"
#include "fs/file.h"
#include "mem/slab.h"

static struct slab_cache inode_cache = SLAB_CACHE("inode", struct inode);

/* Named pipes belong to a higher floor, ipc/pipe.c. */
extern const struct file_ops fifo_file_ops;

struct timestamp timestamp_now(void)
{
	uint64_t now_ns = clock_realtime_ns();

	return (struct timestamp){.sec = (int64_t)(now_ns / NS_PER_SEC), .nsec = (uint32_t)(now_ns % NS_PER_SEC)};
}

struct inode *inode_alloc(struct superblock *superblock)
{
	struct inode *inode = slab_alloc(&inode_cache);

	if (!inode)
		return NULL;
	refcount_init(&inode->refs, 1);
	inode->superblock = superblock;
	inode->nlink = 1;
	mutex_init(&inode->mutex);
	atomic_fetch_add_explicit(&superblock->inodes_used, 1, memory_order_relaxed);
	return inode;
}

struct inode *inode_create(struct superblock *superblock, uint32_t mode)
{
	struct inode *inode = inode_alloc(superblock);

	if (!inode)
		return NULL;
	inode->mode = mode;
	inode->ino = atomic_fetch_add_explicit(&superblock->next_ino, 1, memory_order_relaxed);
	inode->atime = inode->mtime = inode->ctime = inode->btime = timestamp_now();
	return inode;
}

static int open_nothing(struct inode *inode, struct file *file)
{
	return -ENXIO;
}

/* Block devices and sockets have names, but nothing answers behind them by open. */
static const struct file_ops absent_file_ops = {.name = "absent", .open = open_nothing};

void inode_set_special(struct inode *inode, uint64_t device)
{
	inode->device = device;
	switch (inode->mode & S_IFMT) {
	case S_IFCHR:
		inode->file_ops = &chardev_file_ops;
		break;
	case S_IFIFO:
		inode->file_ops = &fifo_file_ops;
		break;
	default:
		inode->file_ops = &absent_file_ops;
		break;
	}
}

void inode_get(struct inode *inode)
{
	refcount_get(&inode->refs);
}

void inode_put(struct inode *inode)
{
	if (!refcount_put(&inode->refs))
		return;
	if (inode->ops && inode->ops->evict)
		inode->ops->evict(inode);
	if (inode->object)
		memobj_put(inode->object);
	acl_release(inode);
	atomic_fetch_sub_explicit(&inode->superblock->inodes_used, 1, memory_order_relaxed);
	slab_free(&inode_cache, inode);
}

uint64_t inode_size(const struct inode *inode)
{
	const struct memobj *object = __atomic_load_n(&inode->object, __ATOMIC_ACQUIRE);

	return object ? atomic_load_explicit(&object->size_bytes, memory_order_relaxed) : inode->size;
}

void inode_touch(struct inode *inode, bool atime, bool mtime, bool ctime)
{
	struct timestamp now = timestamp_now();

	if (atime)
		inode->atime = now;
	if (mtime)
		inode->mtime = now;
	if (ctime)
		inode->ctime = now;
}

uint64_t inode_total(void)
{
	return inode_cache.in_use;
}
