/*
 * Open file descriptions: their making and their end. What is done with them is in file_io.c, who may name them in
 * fd_table.c.
 */
#include <asm-generic/fcntl.h>
#include <linux/stat.h>

#include "fs/anon.h"
#include "fs/async.h"
#include "fs/epoll.h"
#include "fs/file.h"
#include "fs/lease.h"
#include "fs/locks.h"
#include "fs/notify.h"
#include "lib/errno.h"
#include "mem/slab.h"
#include "vm/space.h"

/* fs.file-max of Linux has no fixed value; ours keeps a runaway program from eating the kernel's memory. */
#define FILE_MAX 1048576

static struct slab_cache file_cache = SLAB_CACHE("file", struct file);

static void ignore_signal(int signal)
{
	(void)signal;
}

static int32_t current_thread_id(void)
{
	return current_thread()->tid;
}

void (*file_signal_hook)(int signal) = ignore_signal;
int32_t (*file_process_hook)(void) = current_thread_id;

void file_set_ops(struct file *file, const struct file_ops *ops)
{
	file->ops = ops;
	file->is_seekable = ops && ops->seek;
}

HOT_CODE struct file *file_create(const struct file_ops *ops, uint32_t flags, void *private_data)
{
	struct file *file;

	if (unlikely(file_cache.in_use >= FILE_MAX))
		return NULL;
	file = slab_alloc(&file_cache);
	if (!file)
		return NULL;
	refcount_init(&file->refs, 1);
	file_set_ops(file, ops);
	atomic_init(&file->flags, flags);
	mutex_init(&file->position_mutex);
	spin_init(&file->lock, "file", LOCK_INODE);
	file->cred = cred_get(current_cred());
	file->private_data = private_data;
	return file;
}

int file_refusal(void)
{
	return file_cache.in_use >= FILE_MAX ? -ENFILE : -ENOMEM;
}

uint64_t file_count(void)
{
	return file_cache.in_use;
}

void file_get(struct file *file)
{
	refcount_get(&file->refs);
}

/* What is written to keeps its mount and its tree from becoming read-only. */
static void count_on_mount(const struct file *file, int step)
{
	if (!file->path.mount)
		return;
	atomic_fetch_add_explicit(&file->path.mount->writers, (uint32_t)step, memory_order_relaxed);
	atomic_fetch_add_explicit(&file->inode->superblock->writers, (uint32_t)step, memory_order_relaxed);
}

static void file_drop_writer(struct file *file)
{
	if (file->is_writer) {
		__atomic_fetch_sub(&file->inode->writers, 1, __ATOMIC_RELEASE);
		count_on_mount(file, -1);
	} else if (file->is_reader)
		__atomic_fetch_sub(&file->inode->readers, 1, __ATOMIC_RELEASE);
	file_allow_write(file);
}

/* The order matters: whoever finds the description through epoll or a lock still needs the object behind it, and the
 * inode the tree of files that the path may be the last to hold. */
HOT_CODE static void file_end(struct file *file)
{
	if (notify_is_wanted(NOTIFY_CLOSE) && file->was_opened)
		notify_file(file, file_may_write(file) ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
	if (unlikely(file->epoll_items))
		epoll_file_gone(file);
	if (file->inode && unlikely(file->inode->locks))
		locks_remove_file(file);
	if (unlikely(lease_count))
		lease_file_gone(file);
	if (unlikely(file->async))
		async_file_gone(file);
	if (file->ops && file->ops->release)
		file->ops->release(file);
	file_drop_writer(file);
	if (file->inode)
		inode_put(file->inode);
	if (file->path.dentry)
		path_put(&file->path);
	cred_put(file->cred);
	slab_free(&file_cache, file);
}

HOT_CODE void file_put(struct file *file)
{
	if (refcount_put(&file->refs))
		file_end(file);
}

void file_init(void)
{
	vm_file_hooks.get = file_get;
	vm_file_hooks.put = file_put;
}

struct inode *file_inode(const struct file *file)
{
	return file->inode ? file->inode : anon_shared_inode();
}

/* inode->writers is positive while the file is open for writing, negative while it is executed; never both. */
static int writers_add(struct inode *inode, int32_t step)
{
	int32_t seen = __atomic_load_n(&inode->writers, __ATOMIC_RELAXED);

	do {
		if ((step > 0 && seen < 0) || (step < 0 && seen > 0))
			return -ETXTBSY;
	} while (!__atomic_compare_exchange_n(&inode->writers, &seen, seen + step, true, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	return 0;
}

int file_claim_write(struct file *file)
{
	int error;

	if (file->is_writer || !file->inode || !S_ISREG(file->inode->mode))
		return 0;
	error = writers_add(file->inode, 1);
	file->is_writer = error == 0;
	if (file->is_writer)
		count_on_mount(file, 1);
	return error;
}

int file_deny_write(struct file *file)
{
	int error = 0;

	if (file->inode && !file->is_denier) {
		error = writers_add(file->inode, -1);
		file->is_denier = error == 0;
	}
	return error;
}

void file_allow_write(struct file *file)
{
	if (!file->is_denier)
		return;
	file->is_denier = false;
	__atomic_fetch_add(&file->inode->writers, 1, __ATOMIC_RELEASE);
}
