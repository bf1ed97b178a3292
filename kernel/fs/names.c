/* Making and removing names. Renaming is in rename.c. */
#include "fs/names.h"

#include <linux/capability.h>
#include <linux/stat.h>

#include "fs/acl.h"
#include "fs/mount.h"
#include "fs/notify.h"
#include "fs/open.h"
#include "fs/permission.h"
#include "fs/protect.h"
#include "fs/walk.h"
#include "lib/errno.h"

int name_parent_walk(int dirfd, const char *text, struct name_parent *parent)
{
	struct walk walk;
	int error = walk_begin(&walk, dirfd, text, 0, current_cred());

	if (error)
		return error;
	error = walk_parent(&walk);
	if (error) {
		walk_end(&walk);
		return error;
	}
	/* No link is followed at the end, so the last component lies in `text` itself and outlives the walk. */
	parent->last = walk.last;
	parent->last_bytes = walk.last_key.bytes;
	parent->end = walk.end;
	parent->has_slash = walk.must_be_directory;
	walk_end_at(&walk, &parent->path);
	return 0;
}

int name_parent_find(int dirfd, const char *text, struct name_parent *parent)
{
	int error = name_parent_walk(dirfd, text, parent);

	if (!error && parent->end == WALK_END_NAME && parent->last_bytes > NAME_MAX_BYTES) {
		path_put(&parent->path);
		error = -ENAMETOOLONG;
	}
	return error;
}

/* A name about to be made: its directory's mutex is held. */
struct making {
	struct name_parent parent;
	struct inode *dir;
	struct dentry *dentry; /* negative */
};

static void making_end(struct making *making)
{
	mutex_unlock(&making->dir->mutex);
	if (making->dentry)
		dentry_put(making->dentry);
	path_put(&making->parent.path);
}

static void tell_made(const struct making *making, int error)
{
	if (!error)
		notify_name(making->dir, IN_CREATE, making->dentry, making->dentry->inode);
}

static int check_new_name(const struct making *making, bool is_directory)
{
	if (making->dentry->inode)
		return -EEXIST;
	if (making->parent.has_slash && !is_directory)
		return -ENOENT;
	return path_writable(&making->parent.path);
}

/* What is owed after it: permission_create, and making_end. */
static int making_begin(struct making *making, int dirfd, const char *text, bool is_directory)
{
	struct name_parent *parent = &making->parent;
	int error = name_parent_find(dirfd, text, parent);

	if (error)
		return error;
	if (parent->end != WALK_END_NAME) {
		path_put(&parent->path);
		return -EEXIST;
	}
	making->dir = parent->path.dentry->inode;
	making->dentry = NULL;
	mutex_lock(&making->dir->mutex);
	error = lookup_child_locked(parent->path.dentry, parent->last, parent->last_bytes, true, &making->dentry);
	if (!error)
		error = check_new_name(making, is_directory);
	if (error)
		making_end(making);
	return error;
}

int names_check_node_type(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case 0:
	case S_IFREG:
	case S_IFIFO:
	case S_IFSOCK:
	case S_IFCHR:
	case S_IFBLK:
		return 0;
	case S_IFDIR:
		return -EPERM;
	}
	return -EINVAL;
}

static int make_node(struct making *making, uint32_t mode, uint64_t device)
{
	const struct inode_ops *ops = making->dir->ops;
	int error = permission_create(making->dir);

	if (error)
		return error;
	/* The character device of number 0 is none: it marks what a lower tree has and this one has not. */
	if (((S_ISCHR(mode) && device) || S_ISBLK(mode)) && !current_has_cap(CAP_MKNOD))
		return -EPERM;
	if (S_ISREG(mode))
		return ops->create ? ops->create(making->dir, making->dentry, mode) : -EACCES;
	return ops->mknod ? ops->mknod(making->dir, making->dentry, mode, device) : -EPERM;
}

int names_make_node(int dirfd, const char *text, uint32_t mode, uint64_t device)
{
	struct making making;
	int error;

	if (!(mode & S_IFMT))
		mode |= S_IFREG;
	error = names_check_node_type(mode);
	if (!error)
		error = making_begin(&making, dirfd, text, false);
	if (error)
		return error;
	error = make_node(&making, acl_apply_umask(making.dir, mode & (S_IFMT | S_IALLUGO)), device);
	tell_made(&making, error);
	making_end(&making);
	return error;
}

int names_make_socket(const char *text, uint32_t mode, struct path *place)
{
	struct making making;
	int error = making_begin(&making, AT_CWD, text, false);

	if (error)
		return error;
	error = make_node(&making, acl_apply_umask(making.dir, S_IFSOCK | (mode & S_IALLUGO)), 0);
	tell_made(&making, error);
	if (!error) {
		*place = (struct path){.mount = making.parent.path.mount, .dentry = making.dentry};
		path_get(place);
	}
	making_end(&making);
	return error;
}

int names_make_directory(int dirfd, const char *text, uint32_t mode)
{
	struct making making;
	int error = making_begin(&making, dirfd, text, true);

	if (error)
		return error;
	mode = S_IFDIR | acl_apply_umask(making.dir, mode & 01777);
	error = permission_create(making.dir);
	if (!error)
		error = making.dir->ops->mkdir ? making.dir->ops->mkdir(making.dir, making.dentry, mode) : -EPERM;
	tell_made(&making, error);
	making_end(&making);
	return error;
}

int names_make_symlink(const char *target, int dirfd, const char *text)
{
	struct making making;
	int error;

	if (!target[0])
		return -ENOENT;
	error = making_begin(&making, dirfd, text, false);
	if (error)
		return error;
	error = permission_create(making.dir);
	if (!error)
		error = making.dir->ops->symlink ? making.dir->ops->symlink(making.dir, making.dentry, target) : -EPERM;
	tell_made(&making, error);
	making_end(&making);
	return error;
}

/* The new name's directory is held. A file whose last name is gone gets none again, but O_TMPFILE's does. */
static int link_checked(struct making *making, const struct path *old)
{
	struct inode *inode = old->dentry->inode;
	int error;

	if (old->mount != making->parent.path.mount)
		return -EXDEV;
	error = protect_hardlink(inode);
	if (!error)
		error = permission_create(making->dir);
	if (error)
		return error;
	if (S_ISDIR(inode->mode) || !making->dir->ops->link)
		return -EPERM;
	mutex_lock(&inode->mutex);
	if (inode->nlink == 0 && !inode->is_linkable)
		error = -ENOENT;
	else
		error = making->dir->ops->link(making->dir, making->dentry, inode);
	mutex_unlock(&inode->mutex);
	return error;
}

int names_link(int old_dirfd, const char *old_text, unsigned lookup, int new_dirfd, const char *new_text)
{
	struct making making;
	struct path old;
	int error = path_lookup_at(old_dirfd, old_text, lookup, &old);

	if (error)
		return error;
	error = making_begin(&making, new_dirfd, new_text, false);
	if (!error) {
		error = link_checked(&making, &old);
		if (!error)
			notify_inode(old.dentry->inode, IN_ATTRIB);
		tell_made(&making, error);
		making_end(&making);
	}
	path_put(&old);
	return error;
}

/* What removal says to ".", ".." and "/". */
static int end_error(uint8_t end, bool as_directory)
{
	if (end == WALK_END_NAME)
		return 0;
	if (!as_directory)
		return -EISDIR;
	return end == WALK_END_DOT ? -EINVAL : end == WALK_END_DOTDOT ? -ENOTEMPTY : -EBUSY;
}

static int check_removal(const struct name_parent *parent, struct inode *dir, const struct dentry *victim,
			 bool as_directory)
{
	int error;

	if (!victim->inode)
		return -ENOENT;
	if (!as_directory && parent->has_slash)
		return S_ISDIR(victim->inode->mode) ? -EISDIR : -ENOTDIR;
	error = path_writable(&parent->path);
	if (!error)
		error = permission_remove(dir, victim, as_directory);
	if (!error && dentry_is_mountpoint(victim))
		error = -EBUSY;
	return error;
}

static int remove_checked(struct inode *dir, struct dentry *victim, bool as_directory)
{
	struct inode *inode = victim->inode;
	int (*operation)(struct inode *, struct dentry *) = as_directory ? dir->ops->rmdir : dir->ops->unlink;
	int error;

	if (!operation)
		return -EPERM;
	mutex_lock(&inode->mutex);
	error = operation(dir, victim);
	mutex_unlock(&inode->mutex);
	return error;
}

/* The name is gone. A file that nobody uses any more says so itself before its directory does. */
static void tell_removed(struct inode *dir, const struct dentry *victim, bool as_directory)
{
	struct inode *inode = victim->inode;

	if (!as_directory)
		notify_inode(inode, IN_ATTRIB);
	if (inode->nlink == 0 && refcount_read(&victim->refs) == 1)
		notify_gone(inode);
	notify_name(dir, IN_DELETE, victim, inode);
}

static int remove_name(int dirfd, const char *text, bool as_directory)
{
	struct name_parent parent;
	struct dentry *victim;
	struct inode *dir;
	int error = name_parent_find(dirfd, text, &parent);

	if (error)
		return error;
	error = end_error(parent.end, as_directory);
	if (error) {
		path_put(&parent.path);
		return error;
	}
	dir = parent.path.dentry->inode;
	mutex_lock(&dir->mutex);
	error = lookup_child_locked(parent.path.dentry, parent.last, parent.last_bytes, false, &victim);
	if (!error) {
		error = check_removal(&parent, dir, victim, as_directory);
		if (!error)
			error = remove_checked(dir, victim, as_directory);
		if (!error)
			tell_removed(dir, victim, as_directory);
		mutex_unlock(&dir->mutex);
		if (!error)
			mounts_detach_on(victim);
		dentry_put(victim);
	} else {
		mutex_unlock(&dir->mutex);
	}
	path_put(&parent.path);
	return error;
}

int names_remove(int dirfd, const char *text)
{
	return remove_name(dirfd, text, false);
}

int names_remove_directory(int dirfd, const char *text)
{
	return remove_name(dirfd, text, true);
}
