/*
 * sendfile and copy_file_range: a loop of reads and writes through one buffer of the kernel's, or straight from the
 * pages of a file that lends them.
 */
#include "fs/transfer.h"

#include <asm-generic/fcntl.h>
#include <linux/stat.h>

#include "fs/attributes.h"
#include "fs/lent.h"
#include "lib/errno.h"
#include "mem/slab.h"
#include "sched/sched.h"
#include "vm/uio.h"

#define BUFFER_BYTES 32768u

/* Write what lies in the buffer. Bytes; an error only when nothing was written. */
static ssize_t write_all(struct file *out, uint64_t *out_offset, void *buffer, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		struct uio uio;
		ssize_t moved;
		uio_init_kernel(&uio, (uint8_t *)buffer + done, bytes - done);
		moved = file_write(out, &uio, out_offset);
		if (moved <= 0)
			return done ? (ssize_t)done : moved;
		done += (size_t)moved;
	}
	return (ssize_t)done;
}

/* Write what the file lends at `offset`; *got is how much that was. Bytes; 0 at the end. */
static ssize_t write_lent(struct file *in, uint64_t offset, struct file *out, uint64_t bytes, ssize_t *got)
{
	struct lent lent;
	ssize_t result;

	lent_init(&lent);
	*got = result = lent_from_file(&lent, in, offset, bytes);
	if (result > 0)
		result = file_write(out, &lent.uio, NULL);
	lent_put(&lent);
	return result;
}

/* *in_offset moves by what arrived, so that bytes which `out` did not take can be read again. */
static int64_t copy_loop(struct file *in, uint64_t *in_offset, struct file *out, uint64_t *out_offset, uint64_t bytes,
			 void *buffer)
{
	uint32_t most = buffer ? BUFFER_BYTES : LENT_MOST * PAGE_SIZE;
	uint64_t done = 0;
	ssize_t result = 0;

	while (done < bytes) {
		uint64_t at = *in_offset, part = MIN(bytes - done, (uint64_t)most);
		struct uio uio;
		ssize_t got;
		if (buffer) {
			uio_init_kernel(&uio, buffer, part);
			got = file_read(in, &uio, &at);
			result = got > 0 ? write_all(out, out_offset, buffer, (size_t)got) : got;
		} else {
			result = write_lent(in, at, out, part, &got);
		}
		if (result <= 0)
			break;
		*in_offset += (uint64_t)result;
		done += (uint64_t)result;
		if (result < got)
			break;
		preempt_point();
		if (thread_has_work(current_thread(), WORK_SIGNAL | WORK_KILL))
			break;
	}
	return done ? (int64_t)done : result;
}

static int64_t copy_bytes(struct file *in, uint64_t *in_offset, struct file *out, uint64_t *out_offset, uint64_t bytes)
{
	uint64_t position = in->position;
	uint64_t *at = in_offset ? in_offset : &position;
	uint64_t buffer_bytes = MIN(bytes, (uint64_t)BUFFER_BYTES);
	/* A file that is written to may be the one that lends. */
	bool is_lent = in->ops->lend && !(out->inode && S_ISREG(out->inode->mode));
	void *buffer = NULL;
	int64_t result;

	if (!bytes)
		return 0;
	if (!is_lent && !(buffer = kmalloc(buffer_bytes)))
		return -ENOMEM;
	result = copy_loop(in, at, out, out_offset, MIN(bytes, (uint64_t)MAX_RW_COUNT), buffer);
	if (!in_offset && result > 0) {
		mutex_lock(&in->position_mutex);
		in->position = position;
		mutex_unlock(&in->position_mutex);
	}
	kfree(buffer);
	return result;
}

int64_t file_send(struct file *out, struct file *in, uint64_t *offset, uint64_t bytes)
{
	if (!file_may_read(in) || !file_may_write(out))
		return -EBADF;
	if (!in->ops->seek)
		return offset ? -ESPIPE : -EINVAL;
	if (!in->ops->read || in->ops->no_splice_read || !out->ops->write || out->ops->no_splice_write ||
	    (out->flags & O_APPEND))
		return -EINVAL;
	if (!bytes && in->inode && in->path.dentry)
		attributes_accessed(&in->path, in->inode);
	return copy_bytes(in, offset, out, NULL, bytes);
}

static int check_copy(const struct file *in, const struct file *out)
{
	if (!in->inode || !out->inode)
		return -EINVAL;
	if (S_ISDIR(in->inode->mode) || S_ISDIR(out->inode->mode))
		return -EISDIR;
	if (!S_ISREG(in->inode->mode) || !S_ISREG(out->inode->mode))
		return -EINVAL;
	if (!file_may_read(in) || !file_may_write(out) || (out->flags & O_APPEND))
		return -EBADF;
	return in->inode->superblock == out->inode->superblock ? 0 : -EXDEV;
}

int64_t file_copy_range(struct file *in, uint64_t *in_offset, struct file *out, uint64_t *out_offset, uint64_t bytes)
{
	uint64_t from = in_offset ? *in_offset : in->position, to = out_offset ? *out_offset : out->position;
	int error = check_copy(in, out);

	if (error)
		return error;
	if ((int64_t)from < 0 || (int64_t)to < 0)
		return -EINVAL;
	if (from + bytes < from || to + bytes < to)
		return -EOVERFLOW;
	bytes = MIN(bytes, from < inode_size(in->inode) ? inode_size(in->inode) - from : 0);
	if (in->inode == out->inode && from < to + bytes && to < from + bytes)
		return -EINVAL;
	return copy_bytes(in, in_offset, out, out_offset, bytes);
}
