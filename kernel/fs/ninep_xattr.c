/* Host folders: extended attributes. */
#include <linux/limits.h>

#include "fs/ninep.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"

/* `bytes` of an attribute's value from its fid. */
static int64_t read_value(struct ninep_fid *fid, void *to, uint64_t bytes)
{
	uint64_t done = 0;
	ssize_t got = 0;
	uint8_t *buffer = kmalloc(bytes);

	if (!buffer)
		return -ENOMEM;
	while (done < bytes) {
		got = ninep_call_read(fid, done, buffer + done, (uint32_t)MIN(bytes - done, (uint64_t)PAGE_SIZE * 8));
		if (got <= 0)
			break;
		done += (uint64_t)got;
	}
	memcpy(to, buffer, done);
	kfree(buffer);
	return got < 0 ? got : (int64_t)done;
}

static int64_t get_value(struct inode *inode, const char *name, void *to, size_t room, uint64_t most)
{
	struct ninep_fid *file = ninep_name_fid(inode), *fid;
	uint64_t bytes = 0;
	int64_t result = file ? ninep_call_xattr_walk(file, name, &fid, &bytes) : -ENOENT;

	ninep_fid_put(file);
	if (result)
		return result;
	if (bytes > most)
		result = -E2BIG;
	else if (room == 0 || bytes == 0)
		result = (int64_t)bytes;
	else
		result = room < bytes ? -ERANGE : read_value(fid, to, bytes);
	ninep_fid_put(fid);
	return result;
}

int64_t ninep_getxattr(struct inode *inode, const char *name, void *value, size_t room)
{
	return get_value(inode, name, value, room, XATTR_SIZE_MAX);
}

/* Names ended by zeros: each must be one. */
int64_t ninep_listxattr(struct inode *inode, char *names, size_t room)
{
	int64_t bytes = get_value(inode, "", names, room, XATTR_LIST_MAX);

	if (bytes > 0 && room && names[bytes - 1] != 0)
		return -EIO;
	return bytes;
}

/* `value` of `bytes`; none removes the attribute. The server acts when the fid is clunked. */
static int put_value(struct inode *inode, const char *name, const void *value, size_t bytes, int flags)
{
	struct ninep_fid *file = ninep_name_fid(inode), *fid;
	int error = file ? ninep_call_walk(file, NULL, &fid, NULL) : -ENOENT;
	void *copy;
	size_t done = 0;
	int clunked;

	ninep_fid_put(file);
	if (error)
		return error;
	copy = kmalloc(MAX(bytes, (size_t)1));
	error = copy ? ninep_call_xattr_create(fid, name, bytes, (uint32_t)flags) : -ENOMEM;
	if (error) {
		ninep_fid_put(fid);
		kfree(copy);
		return error;
	}
	memcpy(copy, value, bytes);
	while (done < bytes && !error) {
		ssize_t went = ninep_call_write(fid, done, (uint8_t *)copy + done,
						(uint32_t)MIN(bytes - done, (size_t)PAGE_SIZE * 8));
		error = went < 0 ? (int)went : went == 0 ? -EIO : 0;
		done += went > 0 ? (size_t)went : 0;
	}
	clunked = ninep_fid_put_wait(fid);
	kfree(copy);
	return error ? error : clunked;
}

/* To the protocol an empty value is a removal. */
int ninep_setxattr(struct inode *inode, const char *name, const void *value, size_t bytes, int flags)
{
	return bytes ? put_value(inode, name, value, bytes, flags) : -EOPNOTSUPP;
}

int ninep_removexattr(struct inode *inode, const char *name)
{
	int64_t there = get_value(inode, name, NULL, 0, XATTR_SIZE_MAX);

	return there < 0 ? (int)there : put_value(inode, name, "", 0, 0);
}
