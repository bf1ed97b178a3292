/* Host folders: open files, reading and writing them. */
#include "fs/ninep.h"

#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>

#include "fs/attributes.h"
#include "lib/errno.h"
#include "mem/slab.h"
#include "sched/sched.h"
#include "vm/uio.h"

/* Flags of the opening that mean something to the server. */
#define SERVER_FLAGS (O_ACCMODE | O_APPEND | O_DSYNC | __O_SYNC | O_DIRECTORY)

static struct slab_cache handle_cache = SLAB_CACHE("ninep_handle", struct ninep_handle);

/* The fid that the making of the file left open, when this is the opening that made it and it will do. */
static struct ninep_fid *take_spare(struct inode *inode, uint32_t flags)
{
	struct ninep_share *share = ninep_share_of(inode);
	struct ninep_node *node = ninep_node_of(inode);
	struct ninep_fid *spare;
	bool is_mine;

	spin_lock(&share->lock);
	spare = node->spare;
	is_mine = spare && node->spare_for == current_thread();
	node->spare = NULL;
	spin_unlock(&share->lock);
	if (is_mine && !(flags & (O_APPEND | O_DSYNC | __O_SYNC)))
		return spare;
	ninep_fid_put(spare);
	return NULL;
}

static int open_fid(struct inode *inode, uint32_t flags, struct ninep_fid **fid)
{
	struct ninep_fid *name;
	int error;

	*fid = take_spare(inode, flags);
	if (*fid)
		return 0;
	name = ninep_name_fid(inode);
	error = name ? ninep_call_walk(name, NULL, fid, NULL) : -ENOENT;
	ninep_fid_put(name);
	if (error)
		return error;
	error = ninep_call_open(*fid, ninep_node_of(inode)->path, (flags & SERVER_FLAGS) | O_LARGEFILE);
	if (error)
		ninep_fid_put(*fid);
	return error;
}

/* By its name, or, when that is gone, with what another description has open (/proc/PID/fd/N). *appends: the server
 * puts what is written at the end, whatever the offset. */
static int open_or_share_fid(struct inode *inode, const struct file *file, struct ninep_fid **fid, bool *appends)
{
	int error = open_fid(inode, file->flags, fid);

	*appends = (file->flags & O_APPEND) != 0;
	if (!ninep_is_lost(error) || !S_ISREG(inode->mode))
		return error;
	*fid = ninep_like_fid(inode, file_may_read(file), file_may_write(file), appends);
	return *fid ? 0 : error;
}

int ninep_handle_open(struct inode *inode, struct file *file)
{
	struct ninep_share *share = ninep_share_of(inode);
	struct ninep_handle *handle = slab_alloc(&handle_cache);
	bool appends;
	int error;

	if (!handle)
		return -ENOMEM;
	error = open_or_share_fid(inode, file, &handle->fid, &appends);
	if (error) {
		slab_free(&handle_cache, handle);
		return error;
	}
	handle->may_read = file_may_read(file);
	handle->may_write = file_may_write(file);
	handle->appends = appends;
	file->private_data = handle;
	spin_lock(&share->lock);
	list_push(&ninep_node_of(inode)->handles, &handle->link);
	spin_unlock(&share->lock);
	return 0;
}

void ninep_handle_release(struct file *file)
{
	struct ninep_handle *handle = ninep_handle_of(file);
	struct ninep_share *share;
	bool is_last;

	if (!handle)
		return;
	share = ninep_share_of(file->inode);
	(void)ninep_flush_range(file->inode, 0, INT64_MAX);
	spin_lock(&share->lock);
	list_remove(&handle->link);
	is_last = list_is_empty(&ninep_node_of(file->inode)->handles);
	spin_unlock(&share->lock);
	if (is_last)
		ninep_last_closed(file->inode);
	ninep_fid_put(handle->fid);
	kfree(handle->entries);
	slab_free(&handle_cache, handle);
}

/* As large a buffer for `bytes` as there is, down to a page. Its size in *room. */
static void *get_buffer(const struct ninep_client *client, size_t bytes, uint32_t *room)
{
	void *buffer;

	*room = (uint32_t)MIN(bytes, (size_t)client->data_bytes);
	while (!(buffer = kmalloc(*room)) && *room > PAGE_SIZE)
		*room = MAX(*room / 2, (uint32_t)PAGE_SIZE);
	return buffer;
}

static ssize_t read_through(struct ninep_fid *fid, struct uio *uio, uint64_t offset)
{
	uint32_t room;
	uint8_t *buffer = get_buffer(fid->client, uio->left, &room);
	ssize_t done = 0, result = 0;

	if (!buffer)
		return -ENOMEM;
	while (uio->left) {
		uint32_t asked = (uint32_t)MIN((size_t)room, uio->left);
		size_t went;

		result = ninep_call_read(fid, offset + (uint64_t)done, buffer, asked);
		if (result <= 0)
			break;
		went = uio_copy_out(uio, buffer, (size_t)result);
		done += (ssize_t)went;
		if (went < (size_t)result) {
			result = -EFAULT;
			break;
		}
		if ((uint32_t)result < asked)
			break;
	}
	kfree(buffer);
	return done ? done : result;
}

static ssize_t ninep_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	ssize_t done;

	if (!uio->left)
		return 0;
	if (unlikely(ninep_node_of(file->inode)->is_local)) {
		done = memobj_read(file->inode->object, uio, *offset);
	} else {
		done = ninep_flush_range(file->inode, *offset, uio->left);
		if (!done)
			done = read_through(ninep_handle_of(file)->fid, uio, *offset);
	}
	if (done > 0)
		*offset += (uint64_t)done;
	return done;
}

/* All of the buffer, as far as the server takes it. */
static ssize_t write_buffer(struct inode *inode, struct ninep_fid *fid, uint64_t offset, const uint8_t *buffer,
			    size_t bytes)
{
	size_t done = 0;
	ssize_t result = 0;

	while (done < bytes) {
		result = ninep_write_and_update(inode, fid, offset + done, buffer + done, bytes - done);
		if (result <= 0)
			break;
		done += (size_t)result;
	}
	return done ? (ssize_t)done : result;
}

static ssize_t write_through(struct inode *inode, struct ninep_fid *fid, struct uio *uio, uint64_t offset)
{
	uint32_t room;
	uint8_t *buffer = get_buffer(fid->client, uio->left, &room);
	ssize_t done = 0, result = 0;

	if (!buffer)
		return -ENOMEM;
	while (uio->left) {
		size_t bytes = uio_copy_in(uio, buffer, MIN((size_t)room, uio->left));

		if (!bytes) {
			result = -EFAULT;
			break;
		}
		result = write_buffer(inode, fid, offset + (uint64_t)done, buffer, bytes);
		if (result <= 0)
			break;
		done += result;
		inode->size = MAX(inode->size, offset + (uint64_t)done);
		if ((size_t)result < bytes)
			break;
	}
	kfree(buffer);
	return done ? done : result;
}

static ssize_t ninep_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct inode *inode = file->inode;
	ssize_t done;
	int error = attributes_drop_privileges(inode);

	if (error)
		return error;
	if (unlikely(ninep_node_of(inode)->is_local))
		done = memobj_write(inode->object, uio, *offset);
	else
		done = write_through(inode, ninep_handle_of(file)->fid, uio, *offset);
	if (done > 0) {
		*offset += (uint64_t)done;
		inode_touch(inode, false, true, true);
	}
	return done;
}

static off_t ninep_seek(struct file *file, off_t offset, int whence)
{
	if (whence != SEEK_SET && whence != SEEK_CUR) {
		int error = ninep_getattr(file->inode);
		if (error)
			return error;
	}
	return file_seek_within(file, offset, whence, inode_size(file->inode));
}

int ninep_fsync(struct file *file)
{
	int error = ninep_flush_range(file->inode, 0, INT64_MAX);

	return error ? error : ninep_call_fsync(ninep_handle_of(file)->fid, false);
}

/* The protocol has no such request. */
static int64_t ninep_fallocate(struct file *file, int mode, uint64_t offset, uint64_t bytes)
{
	return -EOPNOTSUPP;
}

int ninep_truncate(struct inode *inode, uint64_t size)
{
	const struct ninep_change change = {.valid = NINEP_SET_SIZE, .size = size};
	struct ninep_fid *fid = ninep_name_fid(inode);
	int error = fid && !ninep_node_of(inode)->is_local ? ninep_call_setattr(fid, &change) : -ENOENT;

	ninep_fid_put(fid);
	if (!error) {
		inode->size = size;
		ninep_pages_follow(inode, size, false);
	} else if (ninep_is_lost(error) && inode->nlink == 0) {
		error = ninep_resize_local(inode, size);
	}
	return error;
}

const struct file_ops ninep_regular_file_ops = {
	.name = "file",
	.open = ninep_handle_open,
	.release = ninep_handle_release,
	.read = ninep_read,
	.write = ninep_write,
	.seek = ninep_seek,
	.mmap = ninep_mmap,
	.fallocate = ninep_fallocate,
	.fsync = ninep_fsync,
};

const struct inode_ops ninep_file_ops = {
	.getattr = ninep_getattr,
	.setattr = ninep_setattr,
	.truncate = ninep_truncate,
	.revalidate = ninep_revalidate,
	.getxattr = ninep_getxattr,
	.setxattr = ninep_setxattr,
	.listxattr = ninep_listxattr,
	.removexattr = ninep_removexattr,
	.evict = ninep_evict,
};
