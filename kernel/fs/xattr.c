/* Extended attributes: permission by name space. */
#include "fs/xattr.h"

#include <linux/capability.h>
#include <linux/stat.h>
#include <linux/xattr.h>

#include "fs/acl.h"
#include "fs/filecap.h"
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

static int check_security(const char *name, unsigned mask)
{
	if (mask == MAY_READ)
		return 0;
	if (strcmp(name, XATTR_NAME_CAPS) == 0)
		return current_has_cap(CAP_SETFCAP) ? 0 : -EPERM;
	return current_has_cap(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

/* The prefix alone is no name. */
static int check_rest(int error, const char *rest)
{
	return error || *rest ? error : -EINVAL;
}

static int check_name(struct inode *inode, const char *name, unsigned mask)
{
	if (begins_with(name, XATTR_USER_PREFIX))
		return check_rest(check_user(inode, mask), name + XATTR_USER_PREFIX_LEN);
	if (begins_with(name, XATTR_TRUSTED_PREFIX)) {
		int error = mask == MAY_WRITE ? -EPERM : -ENODATA;

		return check_rest(current_has_cap(CAP_SYS_ADMIN) ? 0 : error, name + XATTR_TRUSTED_PREFIX_LEN);
	}
	if (begins_with(name, XATTR_SECURITY_PREFIX))
		return check_rest(check_security(name, mask), name + XATTR_SECURITY_PREFIX_LEN);
	return -EOPNOTSUPP;
}

/* One of the two lists of POSIX, which are not among the other attributes. */
static bool is_list(const char *name, bool *is_default)
{
	*is_default = strcmp(name, ACL_NAME_DEFAULT) == 0;
	return *is_default || strcmp(name, ACL_NAME_ACCESS) == 0;
}

static bool may_have_lists(const struct inode *inode)
{
	return inode->superblock->has_acls && !S_ISLNK(inode->mode);
}

/* As stored, or as the program is to see it: capabilities have several forms of the same. */
static int64_t get_locked(struct inode *inode, const char *name, void *value, size_t room)
{
	uint8_t capabilities[FILECAP_BYTES_MOST];
	int64_t bytes;

	if (strcmp(name, XATTR_NAME_CAPS) != 0)
		return inode->ops->getxattr(inode, name, value, room);
	bytes = inode->ops->getxattr(inode, name, capabilities, sizeof(capabilities));
	if (bytes == -ERANGE)
		return -EINVAL;
	if (bytes >= 0)
		bytes = filecap_shown(capabilities, (size_t)bytes);
	if (bytes < 0 || room == 0)
		return bytes;
	if (room < (size_t)bytes)
		return -ERANGE;
	memcpy(value, capabilities, (size_t)bytes);
	return bytes;
}

int64_t xattr_get(struct inode *inode, const char *name, void *value, size_t room)
{
	bool is_default, has_list = is_list(name, &is_default);
	int64_t result;
	int error;

	if (!inode->ops->getxattr || (has_list && !may_have_lists(inode)))
		return -EOPNOTSUPP;
	error = has_list ? 0 : check_name(inode, name, MAY_READ);
	if (error)
		return error;
	mutex_lock(&inode->mutex);
	if (has_list)
		result = acl_get(inode, is_default, value, room);
	else
		result = get_locked(inode, name, value, room);
	mutex_unlock(&inode->mutex);
	return result;
}

/* The checks that setting and removing share. The mutex is held. */
static int begin_change(struct inode *inode, const char *name)
{
	int error = check_name(inode, name, MAY_WRITE);

	if (!error && inode->ops->prepare_write)
		error = inode->ops->prepare_write(inode);
	return error;
}

static int check_writable(const struct path *path)
{
	return path && path->mount ? path_writable(path) : 0;
}

static int set_locked(struct inode *inode, const char *name, const void *value, size_t bytes, int flags)
{
	bool is_default;
	int error;

	if (is_list(name, &is_default))
		return may_have_lists(inode) ? acl_set(inode, is_default, value, bytes) : -EOPNOTSUPP;
	error = begin_change(inode, name);
	return error ? error : inode->ops->setxattr(inode, name, value, bytes, flags);
}

/* What is told to those who watch the file. */
static int end_change(const struct path *path, struct inode *inode, int error)
{
	if (!error)
		inode_touch(inode, false, false, true);
	mutex_unlock(&inode->mutex);
	if (!error)
		notify_place(path ? path->dentry : NULL, inode, IN_ATTRIB);
	return error;
}

int xattr_set(const struct path *path, struct inode *inode, const char *name, const void *value, size_t bytes,
	      int flags)
{
	int error = check_writable(path);

	if (flags & ~(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	if (!error && !inode->ops->setxattr)
		error = -EOPNOTSUPP;
	/* An empty value is kept as it is, and makes the file impossible to execute. */
	if (!error && bytes && strcmp(name, XATTR_NAME_CAPS) == 0)
		error = filecap_check(value, bytes);
	if (error)
		return error;
	mutex_lock(&inode->mutex);
	return end_change(path, inode, set_locked(inode, name, value, bytes, flags));
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

static int remove_locked(struct inode *inode, const char *name)
{
	bool is_default;
	int error;

	if (is_list(name, &is_default))
		return may_have_lists(inode) ? acl_set(inode, is_default, NULL, 0) : -EOPNOTSUPP;
	error = begin_change(inode, name);
	return error ? error : inode->ops->removexattr(inode, name);
}

int xattr_remove(const struct path *path, struct inode *inode, const char *name)
{
	int error = check_writable(path);

	if (!error && !inode->ops->removexattr)
		error = -EOPNOTSUPP;
	if (error)
		return error;
	mutex_lock(&inode->mutex);
	return end_change(path, inode, remove_locked(inode, name));
}
