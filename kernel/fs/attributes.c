/* Changes of mode, owner, times and size. */
#include "fs/attributes.h"

#include <asm-generic/fcntl.h>
#include <asm-generic/resource.h>
#include <asm-generic/signal.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/stat.h>
#include <linux/xattr.h>

#include "choice/choice.h"
#include "fs/file.h"
#include "fs/notify.h"
#include "fs/permission.h"
#include "lib/errno.h"
#include "vm/space.h"

#define MODE_BITS 07777u

static void tell(const struct path *path, struct inode *inode, uint32_t event)
{
	notify_place(path ? path->dentry : NULL, inode, event);
}

static int check_writable(const struct path *path, const struct inode *inode)
{
	if (path && path->mount)
		return path_writable(path);
	return inode->superblock->is_readonly ? -EROFS : 0;
}

/* The file system's own preparation. The mutex is held. */
static int begin_change(struct inode *inode)
{
	return inode->ops->prepare_write ? inode->ops->prepare_write(inode) : 0;
}

/* Where the file really is, if that is not here. */
static int change_there(struct inode *inode, const struct attribute_change *change)
{
	return unlikely(inode->ops->setattr) ? inode->ops->setattr(inode, change) : 0;
}

static int change_mode(struct inode *inode, uint32_t mode)
{
	const struct attribute_change change = {.what = ATTRIBUTE_MODE, .mode = mode};

	return change_there(inode, &change);
}

int attributes_set_mode(const struct path *path, struct inode *inode, uint32_t mode)
{
	int error = check_writable(path, inode);

	if (error)
		return error;
	if (S_ISLNK(inode->mode))
		return -EOPNOTSUPP;
	mutex_lock(&inode->mutex);
	error = inode_owner_or_capable(inode) ? begin_change(inode) : -EPERM;
	if (!error) {
		mode &= MODE_BITS;
		if (!cred_in_group(current_cred(), inode->gid) && !current_has_cap(CAP_FSETID))
			mode &= ~(uint32_t)S_ISGID;
		error = change_mode(inode, mode);
	}
	if (!error) {
		inode->mode = (inode->mode & S_IFMT) | mode;
		inode_touch(inode, false, false, true);
	}
	mutex_unlock(&inode->mutex);
	if (!error)
		tell(path, inode, IN_ATTRIB);
	return error;
}

static bool may_set_owner(const struct inode *inode, uint32_t uid, uint32_t gid)
{
	const struct cred *cred = current_cred();

	if (cred_has_cap(cred, CAP_CHOWN))
		return true;
	if (uid != UINT32_MAX && (cred->fsuid != inode->uid || uid != inode->uid))
		return false;
	if (gid != UINT32_MAX && (cred->fsuid != inode->uid || (gid != inode->gid && !cred_in_group(cred, gid))))
		return false;
	return true;
}

/* The set-user-id and set-group-id bits that a change of owner or contents takes away. */
static uint32_t privileges_to_drop(const struct inode *inode)
{
	uint32_t bits = inode->mode & S_ISUID;

	if (S_ISDIR(inode->mode))
		return 0;
	if ((inode->mode & S_ISGID) &&
	    ((inode->mode & S_IXGRP) || (!cred_in_group(current_cred(), inode->gid) && !current_has_cap(CAP_FSETID))))
		bits |= S_ISGID;
	return bits;
}

static int change_owner(struct inode *inode, uint32_t uid, uint32_t gid)
{
	const struct attribute_change change = {.what = (uid != UINT32_MAX ? ATTRIBUTE_UID : 0) |
							(gid != UINT32_MAX ? ATTRIBUTE_GID : 0),
						.uid = uid,
						.gid = gid};

	return change.what ? change_there(inode, &change) : 0;
}

/* Capabilities of a file are for what it was: they go with its owner and its contents. The mutex is held. */
static int drop_file_caps(struct inode *inode)
{
	int error;

	if (likely(!inode->has_file_caps) || S_ISDIR(inode->mode))
		return 0;
	error = inode->ops->removexattr(inode, XATTR_NAME_CAPS);
	return error == -ENODATA ? 0 : error;
}

int attributes_set_owner(const struct path *path, struct inode *inode, uint32_t uid, uint32_t gid)
{
	int error = check_writable(path, inode);

	if (error)
		return error;
	mutex_lock(&inode->mutex);
	error = may_set_owner(inode, uid, gid) ? begin_change(inode) : -EPERM;
	if (!error)
		error = drop_file_caps(inode);
	if (!error)
		error = change_owner(inode, uid, gid);
	if (!error) {
		inode->mode &= ~privileges_to_drop(inode);
		if (uid != UINT32_MAX)
			inode->uid = uid;
		if (gid != UINT32_MAX)
			inode->gid = gid;
		inode_touch(inode, false, false, true);
	}
	mutex_unlock(&inode->mutex);
	if (!error)
		tell(path, inode, IN_ATTRIB);
	return error;
}

static int may_set_times(struct inode *inode, const struct time_request *request)
{
	if (inode_owner_or_capable(inode))
		return 0;
	return request->is_now ? inode_permission(inode, MAY_WRITE) : -EPERM;
}

/* One time alone looks like a read or a write. */
static uint32_t times_event(const struct time_request *request)
{
	if (request->set_atime && request->set_mtime)
		return IN_ATTRIB;
	return request->set_atime ? IN_ACCESS : IN_MODIFY;
}

static int change_times(struct inode *inode, const struct time_request *request)
{
	const struct attribute_change change = {.what = (request->set_atime ? ATTRIBUTE_ATIME : 0) |
							(request->set_mtime ? ATTRIBUTE_MTIME : 0),
						.atime = request->atime,
						.mtime = request->mtime,
						.times_are_now = request->is_now};

	return change_there(inode, &change);
}

int attributes_set_times(const struct path *path, struct inode *inode, const struct time_request *request)
{
	int error;

	if (!request->set_atime && !request->set_mtime)
		return 0;
	error = check_writable(path, inode);
	if (error)
		return error;
	mutex_lock(&inode->mutex);
	error = may_set_times(inode, request);
	if (!error)
		error = begin_change(inode);
	if (!error)
		error = change_times(inode, request);
	if (!error) {
		if (request->set_atime)
			inode->atime = request->atime;
		if (request->set_mtime)
			inode->mtime = request->mtime;
		inode_touch(inode, false, false, true);
	}
	mutex_unlock(&inode->mutex);
	if (!error)
		tell(path, inode, times_event(request));
	return error;
}

int attributes_drop_privileges(struct inode *inode)
{
	int error = 0;
	uint32_t bits;

	if (likely(!(inode->mode & (S_ISUID | S_ISGID)) && !inode->has_file_caps))
		return 0;
	bits = current_has_cap(CAP_FSETID) ? 0 : privileges_to_drop(inode);
	if (bits || inode->has_file_caps)
		error = begin_change(inode);
	if (!error)
		error = drop_file_caps(inode);
	if (!error && bits)
		error = change_mode(inode, inode->mode & MODE_BITS & ~bits);
	if (!error)
		inode->mode &= ~bits;
	return error;
}

static int resize_locked(struct inode *inode, uint64_t size)
{
	int error;

	if (inode->writers < 0)
		return -ETXTBSY;
	error = attributes_drop_privileges(inode);
	if (!error && inode->ops->prepare_write)
		error = inode->ops->prepare_write(inode);
	if (!error)
		error = inode->ops->truncate(inode, size);
	if (!error)
		inode_touch(inode, false, true, true);
	return error;
}

int attributes_truncate(struct inode *inode, uint64_t size)
{
	int error;

	if (S_ISDIR(inode->mode))
		return -EISDIR;
	if (!S_ISREG(inode->mode) || !inode->ops->truncate)
		return -EINVAL;
	if (size > INT64_MAX)
		return -EFBIG;
	if (size > inode_size(inode) && size > vm_limit(RLIMIT_FSIZE)) {
		file_signal_hook(SIGXFSZ);
		return -EFBIG;
	}
	mutex_lock(&inode->mutex);
	error = resize_locked(inode, size);
	mutex_unlock(&inode->mutex);
	return error;
}

static bool is_not_after(const struct timestamp *a, const struct timestamp *b)
{
	return a->sec < b->sec || (a->sec == b->sec && a->nsec <= b->nsec);
}

/*
 * Whether "relatime" asks for a new access time: it is not newer than the last change, or a day old. The day is
 * measured by when the thread was last dispatched, which is near enough and spares a look at the clock in every
 * read.
 */
static bool access_time_is_due(const struct inode *inode)
{
	int64_t now_ns;

	if (is_not_after(&inode->atime, &inode->mtime) || is_not_after(&inode->atime, &inode->ctime))
		return true;
	now_ns = (int64_t)current_thread()->ran_since_ns + clock_realtime_offset_ns();
	return inode->atime.sec <= now_ns / (int64_t)NS_PER_SEC - 24 * 60 * 60;
}

void attributes_accessed(const struct path *path, struct inode *inode)
{
	if (path->mount && unlikely(path->mount->flags & (MS_NOATIME | MS_RDONLY)))
		return;
	if (inode->superblock->is_readonly)
		return;
	/* A mount without MS_RELATIME has strict access times. */
	if ((!path->mount || likely(path->mount->flags & MS_RELATIME)) && !access_time_is_due(inode))
		return;
	if (path->mount && (path->mount->flags & MS_NODIRATIME) && S_ISDIR(inode->mode))
		return;
	inode_touch(inode, true, false, false);
}
