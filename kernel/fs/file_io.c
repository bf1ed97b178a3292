/*
 * Reading, writing and seeking on a description: access mode, position, O_APPEND, RLIMIT_FSIZE; the file's own
 * operation does the rest.
 *
 * The position's mutex is skipped when the caller's is the only reference (fd_borrow): then nobody else can name the
 * description.
 */
#include <asm-generic/fcntl.h>
#include <asm-generic/resource.h>
#include <asm-generic/signal.h>
#include <linux/fs.h>
#include <linux/stat.h>

#include "fs/file.h"
#include "fs/notify.h"
#include "lib/errno.h"
#include "vm/space.h"
#include "vm/uio.h"

static bool is_shared(const struct file *file)
{
	return refcount_read(&file->refs) > 1;
}

/* What has no read or write operation. */
static ssize_t cannot_transfer(const struct file *file)
{
	return file->inode && S_ISDIR(file->inode->mode) ? -EISDIR : -EINVAL;
}

/* A transfer must end where a position can still be named. */
static bool ends_beyond(const struct uio *uio, uint64_t offset)
{
	return (int64_t)(offset + uio->left) < 0;
}

static ssize_t read_at(struct file *file, struct uio *uio, uint64_t *offset)
{
	return unlikely(ends_beyond(uio, *offset)) ? -EINVAL : file->ops->read(file, uio, offset);
}

static ssize_t read_at_position(struct file *file, struct uio *uio)
{
	ssize_t result;

	if (likely(!is_shared(file)))
		return read_at(file, uio, &file->position);
	mutex_lock(&file->position_mutex);
	result = read_at(file, uio, &file->position);
	mutex_unlock(&file->position_mutex);
	return result;
}

static inline ssize_t read_checked(struct file *file, struct uio *uio, uint64_t *offset)
{
	const struct file_ops *ops = file->ops;

	if (offset && unlikely(!ops->seek))
		return -ESPIPE;
	if (unlikely(!file_may_read(file)))
		return -EBADF;
	if (offset && unlikely(ends_beyond(uio, *offset)))
		return -EINVAL;
	if (unlikely(!ops->read))
		return cannot_transfer(file);
	if (offset)
		return ops->read(file, uio, offset);
	if (!ops->seek) /* has no position and does not look at it */
		return ops->read(file, uio, &file->position);
	return read_at_position(file, uio);
}

static __attribute__((noinline)) ssize_t read_and_tell(struct file *file, struct uio *uio, uint64_t *offset)
{
	ssize_t result = read_checked(file, uio, offset);

	if (result > 0)
		notify_file(file, IN_ACCESS);
	return result;
}

HOT_CODE ssize_t file_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	/* Two ways, so that the usual one ends in a jump. */
	return notify_is_wanted(IN_ACCESS) ? read_and_tell(file, uio, offset) : read_checked(file, uio, offset);
}

/* Cut the transfer where RLIMIT_FSIZE ends; a write that would begin there is refused with a signal (write(2)). */
static int apply_size_limit(struct uio *uio, uint64_t offset)
{
	uint64_t limit = vm_limit(RLIMIT_FSIZE);

	if (unlikely(offset >= limit)) {
		file_signal_hook(SIGXFSZ);
		return -EFBIG;
	}
	if (offset > INT64_MAX)
		return -EFBIG;
	limit = MIN(limit, (uint64_t)INT64_MAX);
	if (uio->left > limit - offset)
		uio->left = limit - offset;
	return uio->left ? 0 : -EFBIG;
}

static ssize_t write_regular(struct file *file, struct uio *uio, uint64_t *offset, bool append)
{
	struct inode *inode = file->inode;
	ssize_t result;

	if (!uio->left)
		return 0;
	mutex_lock(&inode->mutex);
	result = append && unlikely(inode->ops->getattr) ? inode->ops->getattr(inode) : 0;
	if (append)
		*offset = inode_size(inode);
	if (!result)
		result = apply_size_limit(uio, *offset);
	if (!result)
		result = file->ops->write(file, uio, offset);
	mutex_unlock(&inode->mutex);
	return result;
}

static ssize_t write_at(struct file *file, struct uio *uio, uint64_t *offset, bool append)
{
	if (unlikely(ends_beyond(uio, *offset)))
		return -EINVAL;
	if (file->inode && S_ISREG(file->inode->mode))
		return write_regular(file, uio, offset, append);
	return file->ops->write(file, uio, offset);
}

static ssize_t write_at_position(struct file *file, struct uio *uio, bool append)
{
	ssize_t result;

	if (likely(!is_shared(file)))
		return write_at(file, uio, &file->position, append);
	mutex_lock(&file->position_mutex);
	result = write_at(file, uio, &file->position, append);
	mutex_unlock(&file->position_mutex);
	return result;
}

static inline ssize_t write_checked(struct file *file, struct uio *uio, uint64_t *offset, bool append)
{
	const struct file_ops *ops = file->ops;

	if (offset && unlikely(!ops->seek))
		return -ESPIPE;
	if (unlikely(!file_may_write(file)))
		return -EBADF;
	if (unlikely(!ops->write))
		return cannot_transfer(file);
	if (offset)
		return write_at(file, uio, offset, append);
	if (!ops->seek)
		return ops->write(file, uio, &file->position);
	return write_at_position(file, uio, append);
}

static __attribute__((noinline)) ssize_t write_and_tell(struct file *file, struct uio *uio, uint64_t *offset,
							bool append)
{
	ssize_t result = write_checked(file, uio, offset, append);

	if (result > 0)
		notify_file(file, IN_MODIFY);
	return result;
}

HOT_CODE ssize_t file_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	bool append = file->flags & O_APPEND;

	return notify_is_wanted(IN_MODIFY) ? write_and_tell(file, uio, offset, append)
					   : write_checked(file, uio, offset, append);
}

ssize_t file_append(struct file *file, struct uio *uio, uint64_t *offset)
{
	return write_and_tell(file, uio, offset, true);
}

int file_check_transfer(const struct file *file, bool is_write, bool has_offset)
{
	bool is_allowed = is_write ? file_may_write(file) : file_may_read(file);
	bool is_able = is_write ? file->ops->write != NULL : file->ops->read || file->ops->readdir;

	if (has_offset && !file->ops->seek)
		return -ESPIPE;
	if (!is_allowed)
		return -EBADF;
	return is_able ? 0 : -EINVAL;
}

ssize_t file_read_kernel(struct file *file, void *to, size_t bytes, uint64_t offset)
{
	size_t done = 0;

	if (!file->ops->read)
		return cannot_transfer(file);
	while (done < bytes) {
		struct uio uio;
		ssize_t got;
		uio_init_kernel(&uio, (char *)to + done, bytes - done);
		got = file->ops->read(file, &uio, &offset);
		if (got < 0)
			return done ? (ssize_t)done : got;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	if (done)
		notify_file(file, IN_ACCESS);
	return (ssize_t)done;
}

off_t file_seek(struct file *file, off_t offset, int whence)
{
	off_t result;

	if (whence < 0 || whence > SEEK_MAX)
		return -EINVAL;
	if (!file->ops->seek)
		return file->ops->ignores_seek ? 0 : -ESPIPE;
	if (!is_shared(file))
		return file->ops->seek(file, offset, whence);
	mutex_lock(&file->position_mutex);
	result = file->ops->seek(file, offset, whence);
	mutex_unlock(&file->position_mutex);
	return result;
}

off_t file_seek_within(struct file *file, off_t offset, int whence, uint64_t size)
{
	off_t base = 0;

	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		base = (off_t)file->position;
		break;
	case SEEK_END:
		base = (off_t)size;
		break;
	case SEEK_DATA:
		if (offset < 0 || (uint64_t)offset >= size)
			return -ENXIO;
		break;
	case SEEK_HOLE:
		if (offset < 0 || (uint64_t)offset >= size)
			return -ENXIO;
		offset = (off_t)size;
		break;
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(base, offset, &offset) || offset < 0)
		return -EINVAL;
	file->position = (uint64_t)offset;
	return offset;
}
