/*
 * Open directories. The position of a description counts "." as 0 and ".." as 1; from 2 on it is the file system's
 * cookie plus 2, so that cookies may start at 0.
 */
#include "fs/directory.h"

#include <linux/fs.h>
#include <linux/stat.h>

#include "arch/x86_64/uaccess.h"
#include "fs/attributes.h"
#include "fs/dentry.h"
#include "fs/notify.h"
#include "fs/tree.h"
#include "lib/errno.h"
#include "mem/slab.h"

#define DOT_NAMES DIRECTORY_DOTS
/* As much as one call gathers before it copies; programs ask for 32 KiB at most. */
#define ENTRIES_BYTES (32 * 1024ul)

static uint64_t parent_ino(const struct file *file)
{
	uint64_t ino;

	spin_lock(&vfs_lock);
	ino = file->path.dentry->parent->inode->ino;
	spin_unlock(&vfs_lock);
	return ino;
}

bool directory_put_dots(struct file *file, struct dir_sink *sink)
{
	if (file->position == 0) {
		if (!sink->entry(sink, ".", 1, file->inode->ino, S_IFDIR >> 12, 1 - (uint64_t)DOT_NAMES))
			return false;
		file->position = 1;
	}
	if (file->position == 1) {
		if (!sink->entry(sink, "..", 2, parent_ino(file), S_IFDIR >> 12, 2 - (uint64_t)DOT_NAMES))
			return false;
		file->position = 2;
	}
	return true;
}

static int directory_readdir(struct file *file, struct dir_sink *sink)
{
	struct inode *dir = file->inode;
	uint64_t cookie;
	int error = 0;

	mutex_lock(&dir->mutex);
	if (dir->nlink == 0) {
		error = -ENOENT;
	} else if (directory_put_dots(file, sink) && dir->ops->readdir) {
		cookie = file->position - DOT_NAMES;
		error = dir->ops->readdir(dir, sink, &cookie);
		file->position = cookie + DOT_NAMES;
	}
	mutex_unlock(&dir->mutex);
	attributes_accessed(&file->path, dir);
	return error;
}

static off_t directory_seek(struct file *file, off_t offset, int whence)
{
	if (whence == SEEK_CUR) {
		if (__builtin_add_overflow(offset, (off_t)file->position, &offset))
			return -EOVERFLOW;
	} else if (whence != SEEK_SET) {
		return -EINVAL;
	}
	if (offset < 0)
		return -EINVAL;
	file->position = (uint64_t)offset;
	return offset;
}

static int directory_fsync(struct file *file)
{
	return 0;
}

const struct file_ops directory_file_ops = {
	.name = "directory",
	.seek = directory_seek,
	.readdir = directory_readdir,
	.fsync = directory_fsync,
};

/* Entries in the layout of getdents64(2) or getdents(2), gathered in kernel memory. */
struct entry_buffer {
	struct dir_sink sink;
	char *data;
	size_t room, used;
	bool is_short; /* an entry did not fit */
	bool is_old;   /* getdents(2): the type stands in the last byte */
};

#define HEAD_BYTES 18 /* ino, next, record length: the same in both layouts */

static bool put_entry(struct dir_sink *sink, const char *name, size_t name_bytes, uint64_t ino, uint8_t type,
		      uint64_t next)
{
	struct entry_buffer *buffer = container_of(sink, struct entry_buffer, sink);
	/* Both: head, name with its zero, and one byte of type before or behind it. */
	size_t bytes = ALIGN_UP(HEAD_BYTES + name_bytes + 2, 8ul);
	char *record = buffer->data + buffer->used;
	char *text = record + HEAD_BYTES + (buffer->is_old ? 0 : 1);
	uint16_t record_bytes = (uint16_t)bytes;

	if (buffer->room - buffer->used < bytes) {
		buffer->is_short = true;
		return false;
	}
	next += DOT_NAMES;
	memset(record + bytes - 8, 0, 8);
	memcpy(record, &ino, 8);
	memcpy(record + 8, &next, 8);
	memcpy(record + 16, &record_bytes, 2);
	memcpy(text, name, name_bytes);
	text[name_bytes] = 0;
	record[buffer->is_old ? bytes - 1 : HEAD_BYTES] = (char)type;
	buffer->used += bytes;
	return true;
}

/* Fill `buffer` and copy it out. What could not be delivered is read again by the next call. */
static int64_t read_and_deliver(struct file *file, struct entry_buffer *buffer, uaddr_t to)
{
	uint64_t before;
	int64_t result;

	mutex_lock(&file->position_mutex);
	before = file->position;
	result = file->ops->readdir(file, &buffer->sink);
	if (!result)
		notify_file(file, IN_ACCESS);
	if (buffer->used) {
		result = (int64_t)buffer->used;
		if (copy_to_user(to, buffer->data, buffer->used)) {
			file->position = before;
			result = -EFAULT;
		}
	} else if (!result && buffer->is_short) {
		result = -EINVAL;
	}
	mutex_unlock(&file->position_mutex);
	return result;
}

int64_t directory_read_entries(struct file *file, uaddr_t to, size_t room, bool is_old)
{
	struct entry_buffer buffer = {.sink = {.entry = put_entry}, .is_old = is_old};
	int64_t result;

	if (!file->ops->readdir)
		return -ENOTDIR;
	buffer.room = MIN(room, ENTRIES_BYTES);
	buffer.data = kmalloc(MAX(buffer.room, 1ul));
	if (!buffer.data && buffer.room > PAGE_SIZE / 2) {
		buffer.room = PAGE_SIZE / 2;
		buffer.data = kmalloc(buffer.room);
	}
	if (!buffer.data)
		return -ENOMEM;
	result = read_and_deliver(file, &buffer, to);
	kfree(buffer.data);
	return result;
}
