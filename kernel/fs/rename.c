/* rename(2): two directories, up to two files, and the one lock that keeps the shape of the tree still meanwhile. */
#include <linux/fs.h>
#include <linux/stat.h>

#include "fs/mount.h"
#include "fs/names.h"
#include "fs/notify.h"
#include "fs/permission.h"
#include "fs/walk.h"
#include "lib/errno.h"

static struct mutex rename_mutex = MUTEX_INIT(rename_mutex);

struct renaming {
	struct name_parent from_parent, to_parent;
	struct inode *from_dir, *to_dir;
	struct dentry *from, *to;  /* with references once looked up */
	struct dentry *above_to;   /* the child of from's directory through which to's is reached, or null */
	struct dentry *above_from; /* the other way round */
	unsigned flags;
};

/* The child of `above` that lies on the way down to `dentry`; null when `above` is not above it. */
static struct dentry *way_down(const struct dentry *above, struct dentry *dentry)
{
	struct dentry *found = NULL;

	spin_lock(&vfs_lock);
	while (dentry->parent != dentry) {
		if (dentry->parent == above) {
			found = dentry;
			break;
		}
		dentry = dentry->parent;
	}
	spin_unlock(&vfs_lock);
	return found;
}

static void lock_in_order(struct inode *first, struct inode *second)
{
	mutex_lock(&first->mutex);
	mutex_lock(&second->mutex);
}

/* Both directories' mutexes, the upper one first. */
static void lock_directories(struct renaming *renaming)
{
	struct dentry *from = renaming->from_parent.path.dentry, *to = renaming->to_parent.path.dentry;

	if (from == to) {
		mutex_lock(&renaming->from_dir->mutex);
		return;
	}
	mutex_lock(&rename_mutex);
	renaming->above_to = way_down(from, to);
	renaming->above_from = way_down(to, from);
	if (renaming->above_to || (!renaming->above_from && renaming->from_dir < renaming->to_dir))
		lock_in_order(renaming->from_dir, renaming->to_dir);
	else
		lock_in_order(renaming->to_dir, renaming->from_dir);
}

static void unlock_directories(struct renaming *renaming)
{
	mutex_unlock(&renaming->from_dir->mutex);
	if (renaming->from_dir == renaming->to_dir)
		return;
	mutex_unlock(&renaming->to_dir->mutex);
	mutex_unlock(&rename_mutex);
}

static int find_both(struct renaming *renaming)
{
	struct name_parent *from = &renaming->from_parent, *to = &renaming->to_parent;
	int error = -ENAMETOOLONG;

	if (from->last_bytes <= NAME_MAX_BYTES)
		error = lookup_child_locked(from->path.dentry, from->last, from->last_bytes, false, &renaming->from);
	if (error) {
		renaming->from = NULL;
		return error;
	}
	if (!renaming->from->inode)
		return -ENOENT;
	if (to->last_bytes > NAME_MAX_BYTES)
		return -ENAMETOOLONG;
	error = lookup_child_locked(to->path.dentry, to->last, to->last_bytes, true, &renaming->to);
	if (error)
		renaming->to = NULL;
	return error;
}

static int check_names(const struct renaming *renaming)
{
	const struct inode *from = renaming->from->inode, *to = renaming->to->inode;
	bool is_exchange = (renaming->flags & RENAME_EXCHANGE) != 0;

	if ((renaming->flags & RENAME_NOREPLACE) && to)
		return -EEXIST;
	if (is_exchange) {
		if (!to)
			return -ENOENT;
		if (!S_ISDIR(to->mode) && renaming->to_parent.has_slash)
			return -ENOTDIR;
	}
	if (!S_ISDIR(from->mode)) {
		if (renaming->from_parent.has_slash || (!is_exchange && renaming->to_parent.has_slash))
			return -ENOTDIR;
	}
	if (renaming->from == renaming->above_to)
		return -EINVAL;
	if (renaming->to == renaming->above_from)
		return is_exchange ? -EINVAL : -ENOTEMPTY;
	return path_writable(&renaming->from_parent.path);
}

/* A directory that gets another parent is written itself: its "..". */
static int check_parent_change(const struct renaming *renaming, struct inode *inode)
{
	if (renaming->from_dir == renaming->to_dir || !S_ISDIR(inode->mode))
		return 0;
	return inode_permission(inode, MAY_WRITE);
}

static int check_permission(const struct renaming *renaming)
{
	struct inode *from = renaming->from->inode, *to = renaming->to->inode;
	bool is_exchange = (renaming->flags & RENAME_EXCHANGE) != 0;
	int error = permission_remove(renaming->from_dir, renaming->from, S_ISDIR(from->mode));

	if (!error && !to)
		error = permission_create(renaming->to_dir);
	else if (!error)
		error = permission_remove(renaming->to_dir, renaming->to, S_ISDIR(is_exchange ? to->mode : from->mode));
	if (!error)
		error = check_parent_change(renaming, from);
	if (!error && is_exchange)
		error = check_parent_change(renaming, to);
	if (!error && (dentry_is_mountpoint(renaming->from) || dentry_is_mountpoint(renaming->to)))
		error = -EBUSY;
	if (!error && !renaming->from_dir->ops->rename)
		error = -EPERM;
	return error;
}

/* The files' mutexes in order of address; a directory that moves needs none, as its own names stay. */
static void lock_files(struct inode *from, struct inode *to)
{
	bool lock_from = !S_ISDIR(from->mode);

	if (lock_from && to && to < from) {
		lock_in_order(to, from);
		return;
	}
	if (lock_from)
		mutex_lock(&from->mutex);
	if (to)
		mutex_lock(&to->mutex);
}

static void unlock_files(struct inode *from, struct inode *to)
{
	if (!S_ISDIR(from->mode))
		mutex_unlock(&from->mutex);
	if (to)
		mutex_unlock(&to->mutex);
}

static void tell_one(const struct renaming *renaming, bool is_back, struct inode *moved, struct inode *victim)
{
	const struct name_parent *from = is_back ? &renaming->to_parent : &renaming->from_parent;
	const struct name_parent *to = is_back ? &renaming->from_parent : &renaming->to_parent;
	struct inode *from_dir = from->path.dentry->inode, *to_dir = to->path.dentry->inode;
	bool is_within = from_dir == to_dir;
	uint32_t cookie = notify_take_cookie();

	notify_send_named(from_dir, IN_MOVED_FROM, from->last, from->last_bytes, moved, cookie, is_within);
	notify_send_named(to_dir, IN_MOVED_TO, to->last, to->last_bytes, moved, cookie, is_within);
	if (victim)
		notify_inode(victim, IN_ATTRIB);
	notify_inode(moved, IN_MOVE_SELF);
}

static void tell_renamed(const struct renaming *renaming, struct inode *from, struct inode *to)
{
	bool is_exchange = (renaming->flags & RENAME_EXCHANGE) != 0;

	tell_one(renaming, false, from, is_exchange ? NULL : to);
	if (is_exchange)
		tell_one(renaming, true, to, NULL);
}

static int rename_locked(struct renaming *renaming)
{
	struct inode *from, *to;
	int error = find_both(renaming);

	if (!error)
		error = check_names(renaming);
	if (error)
		return error;
	from = renaming->from->inode;
	to = renaming->to->inode;
	if (from == to)
		return 0;
	error = check_permission(renaming);
	if (error)
		return error;
	lock_files(from, to);
	error = renaming->from_dir->ops->rename(renaming->from_dir, renaming->from, renaming->to_dir, renaming->to,
						renaming->flags);
	unlock_files(from, to);
	if (!error && notify_is_wanted(IN_MOVE | IN_MOVE_SELF | IN_ATTRIB))
		tell_renamed(renaming, from, to);
	return error;
}

static int rename_between(struct renaming *renaming)
{
	const struct name_parent *from = &renaming->from_parent, *to = &renaming->to_parent;
	int error;

	if (from->path.mount != to->path.mount)
		return -EXDEV;
	if (from->end != WALK_END_NAME)
		return -EBUSY;
	if (to->end != WALK_END_NAME)
		return renaming->flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	renaming->from_dir = from->path.dentry->inode;
	renaming->to_dir = to->path.dentry->inode;
	lock_directories(renaming);
	error = rename_locked(renaming);
	unlock_directories(renaming);
	if (!error && renaming->to && !(renaming->flags & RENAME_EXCHANGE))
		mounts_detach_on(renaming->to);
	if (renaming->from)
		dentry_put(renaming->from);
	if (renaming->to)
		dentry_put(renaming->to);
	return error;
}

int names_rename(int old_dirfd, const char *old_text, int new_dirfd, const char *new_text, unsigned flags)
{
	struct renaming renaming = {.flags = flags};
	int error;

	if ((flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT)) ||
	    ((flags & RENAME_EXCHANGE) && flags != RENAME_EXCHANGE))
		return -EINVAL;
	error = name_parent_walk(old_dirfd, old_text, &renaming.from_parent);
	if (error)
		return error;
	error = name_parent_walk(new_dirfd, new_text, &renaming.to_parent);
	if (!error) {
		error = rename_between(&renaming);
		path_put(&renaming.to_parent.path);
	}
	path_put(&renaming.from_parent.path);
	return error;
}
