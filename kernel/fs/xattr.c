/* Extended attributes: permission by name space. */
#include "fs/xattr.h"

#include <linux/capability.h>
#include <linux/stat.h>
#include <linux/xattr.h>

#include "fs/notify.h"
#include "fs/permission.h"
#include "lib/errno.h"
#include "lib/string.h"

static bool begins_with(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* user.*: for files and directories only, as contents of theirs; in a sticky directory by its owner alone. */
static int check_user(struct inode *inode, unsigned mask)
{
	if (!S_ISREG(inode->mode) && !S_ISDIR(inode->mode))
		return mask == MAY_WRITE ? -EPERM : -ENODATA;
	if (S_ISDIR(inode->mode) && (inode->mode & S_ISVTX) && mask == MAY_WRITE && !inode_owner_or_capable(inode))
		return -EPERM;
	return inode_permission(inode, mask);
}

static int check_name(struct inode *inode, const char *name, unsigned mask)
{
	if (begins_with(name, XATTR_USER_PREFIX))
		return name[sizeof(XATTR_USER_PREFIX) - 1] ? check_user(inode, mask) : -EINVAL;
	if (begins_with(name, XATTR_TRUSTED_PREFIX)) {
		if (!current_has_cap(CAP_SYS_ADMIN))
			return mask == MAY_WRITE ? -EPERM : -ENODATA;
		return 0;
	}
	if (begins_with(name, XATTR_SECURITY_PREFIX)) {
		if (mask == MAY_READ)
			return 0;
		if (strcmp(name, XATTR_NAME_CAPS) == 0)
			return current_has_cap(CAP_SETFCAP) ? 0 : -EPERM;
		return current_has_cap(CAP_SYS_ADMIN) ? 0 : -EPERM;
	}
	return -EOPNOTSUPP;
}

int64_t xattr_get(struct inode *inode, const char *name, void *value, size_t room)
{
	int64_t result;
	int error;

	if (!inode->ops->getxattr)
		return -EOPNOTSUPP;
	error = check_name(inode, name, MAY_READ);
	if (error)
		return error;
	mutex_lock(&inode->mutex);
	result = inode->ops->getxattr(inode, name, value, room);
	mutex_unlock(&inode->mutex);
	return result;
}

/* The checks that setting and removing share. The mutex is held. */
static int begin_change(const struct path *path, struct inode *inode, const char *name)
{
	int error = path && path->mount ? path_writable(path) : 0;

	if (!error)
		error = check_name(inode, name, MAY_WRITE);
	if (!error && inode->ops->prepare_write)
		error = inode->ops->prepare_write(inode);
	return error;
}

int xattr_set(const struct path *path, struct inode *inode, const char *name, const void *value, size_t bytes,
	      int flags)
{
	int error;

	if (flags & ~(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	if (!inode->ops->setxattr)
		return -EOPNOTSUPP;
	mutex_lock(&inode->mutex);
	error = begin_change(path, inode, name);
	if (!error)
		error = inode->ops->setxattr(inode, name, value, bytes, flags);
	if (!error)
		inode_touch(inode, false, false, true);
	mutex_unlock(&inode->mutex);
	if (!error)
		notify_place(path ? path->dentry : NULL, inode, IN_ATTRIB);
	return error;
}

int64_t xattr_list(struct inode *inode, char *names, size_t room)
{
	int64_t result;

	if (!inode->ops->listxattr)
		return 0;
	mutex_lock(&inode->mutex);
	result = inode->ops->listxattr(inode, names, room);
	mutex_unlock(&inode->mutex);
	return result;
}

int xattr_remove(const struct path *path, struct inode *inode, const char *name)
{
	int error;

	if (!inode->ops->removexattr)
		return -EOPNOTSUPP;
	mutex_lock(&inode->mutex);
	error = begin_change(path, inode, name);
	if (!error)
		error = inode->ops->removexattr(inode, name);
	if (!error)
		inode_touch(inode, false, false, true);
	mutex_unlock(&inode->mutex);
	if (!error)
		notify_place(path ? path->dentry : NULL, inode, IN_ATTRIB);
	return error;
}
