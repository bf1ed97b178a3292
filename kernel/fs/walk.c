/* The walk along a path: one component after the other. Symbolic links are in walk_link.c, beginning and end in
 * walk_ends.c. */
#include <linux/stat.h>

#include "fs/mount.h"
#include "fs/permission.h"
#include "fs/walk_steps.h"

static bool needs_asking(const struct dentry *dentry)
{
	return dentry->inode && dentry->inode->ops && dentry->inode->ops->revalidate;
}

int lookup_child_locked(struct dentry *parent, const char *name, size_t bytes, bool for_new, struct dentry **child)
{
	struct inode *dir = parent->inode;
	struct dentry *dentry = dentry_find(parent, name, bytes);
	int error;

	if (dentry && needs_asking(dentry) && !dentry->inode->ops->revalidate(dentry)) {
		dentry_forget(dentry);
		dentry_put(dentry);
		dentry = NULL;
	}
	*child = dentry;
	if (dentry)
		return 0;
	if (dir->nlink == 0 || (dir->names_are_complete && !for_new))
		return -ENOENT;
	if (!dir->ops || !dir->ops->lookup)
		return -ENOTDIR;
	dentry = dentry_create(parent, name, bytes);
	if (!dentry)
		return -ENOMEM;
	error = dir->names_are_complete ? 0 : dir->ops->lookup(dir, dentry);
	if (error) {
		dentry_forget(dentry);
		dentry_put(dentry);
		return error;
	}
	*child = dentry;
	return 0;
}

/* What is mounted on the place where the walk stands now. */
static int cross_mounts(struct walk *walk)
{
	struct mount *mount;

	while (unlikely(walk->dentry->is_mountpoint) && (mount = mount_on_locked(walk->mount, walk->dentry))) {
		if (walk->flags & LOOKUP_NO_XDEV)
			return -EXDEV;
		walk->mount = mount;
		walk->dentry = mount->root;
	}
	return 0;
}

int walk_onto(struct walk *walk, struct dentry *child)
{
	walk->dentry = child;
	return cross_mounts(walk);
}

static int walk_up(struct walk *walk)
{
	for (;;) {
		if (walk->dentry == walk->root.dentry && walk->mount == walk->root.mount) {
			if (walk->flags & LOOKUP_BENEATH)
				return -EXDEV;
			break;
		}
		if (walk->dentry != walk->mount->root) {
			walk->dentry = walk->dentry->parent;
			break;
		}
		if (!walk->mount->parent)
			break;
		if (walk->flags & LOOKUP_NO_XDEV)
			return -EXDEV;
		walk->dentry = walk->mount->mountpoint;
		walk->mount = walk->mount->parent;
	}
	return cross_mounts(walk);
}

static int may_search(struct walk *walk)
{
	struct inode *dir = walk->dentry->inode;
	int error;

	if (unlikely(!S_ISDIR(dir->mode)))
		return -ENOTDIR;
	if (likely(!dir->ops->permission)) {
		if (likely((dir->mode & 0111) == 0111) || permission_by_mode(dir, MAY_EXECUTE, walk->cred))
			return 0;
		return -EACCES;
	}
	walk_sleep(walk);
	error = dir->ops->permission(dir, MAY_EXECUTE);
	walk_wake(walk);
	return error;
}

/* No component comes behind `text`, neither in it nor in what the links interrupted. */
static bool is_at_end(const struct walk *walk, const char *text)
{
	const struct walk_link *link = walk->link;

	for (;;) {
		while (*text == '/')
			text++;
		if (*text)
			return false;
		if (likely(!link))
			return true;
		text = link->rest;
		link = link->outer;
	}
}

/* The name is not in the hash, or its file system wants to be asked about it. The lock is not held on return with an
 * error. */
static int step_slowly(struct walk *walk, const char *name, size_t bytes, bool follow)
{
	struct dentry *parent = walk->dentry, *child;
	struct inode *dir = parent->inode;
	int error;

	walk_sleep(walk);
	mutex_lock(&dir->mutex);
	error = lookup_child_locked(parent, name, bytes, false, &child);
	mutex_unlock(&dir->mutex);
	if (error)
		return error;
	if (!child->inode) {
		dentry_put(child);
		return -ENOENT;
	}
	if (follow && S_ISLNK(child->inode->mode))
		return walk_push_link(walk, child);
	walk->held.dentry = child;
	walk->dentry = child;
	dentry_put(parent);
	walk_wake(walk);
	return cross_mounts(walk);
}

static int step(struct walk *walk, const char *name, size_t bytes, uint32_t hash, bool follow)
{
	struct dentry *child;

	if (unlikely(bytes > NAME_MAX_BYTES))
		return -ENAMETOOLONG;
	child = dentry_find_locked(walk->dentry, name, bytes, hash);
	if (unlikely(!child)) {
		if (walk->dentry->inode->names_are_complete)
			return -ENOENT;
		return step_slowly(walk, name, bytes, follow);
	}
	if (unlikely(!child->inode))
		return -ENOENT;
	if (unlikely(child->inode->ops->revalidate))
		return step_slowly(walk, name, bytes, follow);
	if (unlikely(S_ISLNK(child->inode->mode)) && follow)
		return walk_push_link_locked(walk, child);
	return walk_onto(walk, child);
}

/* A slash comes behind `text`, which is at the end, here or where a link stood. */
static bool has_slash_behind(const struct walk *walk, const char *text)
{
	const struct walk_link *link;

	if (*text == '/')
		return true;
	for (link = walk->link; link; link = link->outer) {
		if (*link->rest == '/')
			return true;
	}
	return false;
}

static bool is_dot(const char *name, size_t bytes)
{
	return bytes == 1 && name[0] == '.';
}

static bool is_dotdot(const char *name, size_t bytes)
{
	return bytes == 2 && name[0] == '.' && name[1] == '.';
}

static void keep_last(struct walk *walk, const char *name, size_t bytes, uint32_t hash)
{
	walk->last = name;
	walk->last_bytes = bytes;
	walk->last_hash = hash;
	walk->end = is_dot(name, bytes) ? WALK_END_DOT : is_dotdot(name, bytes) ? WALK_END_DOTDOT : WALK_END_NAME;
}

static int walk_run(struct walk *walk, bool stop_at_parent)
{
	walk->end = WALK_END_ROOT;
	for (;;) {
		const char *name = walk->text;
		bool is_last, follow = true;
		uint32_t hash;
		size_t bytes;
		int error;

		while (*name == '/')
			name++;
		if (!*name) {
			if (!walk->link)
				return 0;
			walk_pop_link(walk);
			continue;
		}
		error = may_search(walk);
		if (unlikely(error))
			return error;
		bytes = name_scan(name, &hash);
		walk->text = name + bytes;
		is_last = is_at_end(walk, walk->text);
		if (is_last) {
			walk->must_be_directory |= has_slash_behind(walk, walk->text);
			if (stop_at_parent) {
				keep_last(walk, name, bytes, hash);
				return 0;
			}
			follow = (walk->flags & LOOKUP_FOLLOW) || walk->must_be_directory;
		}
		if (unlikely(name[0] == '.') && is_dot(name, bytes)) {
			walk->must_be_directory |= is_last;
			continue;
		}
		if (unlikely(name[0] == '.') && is_dotdot(name, bytes))
			error = walk_up(walk);
		else
			error = step(walk, name, bytes, hash, follow);
		if (unlikely(error))
			return error;
	}
}

int walk_all(struct walk *walk)
{
	int error = walk_run(walk, false);

	if (error)
		return error;
	if ((walk->must_be_directory || (walk->flags & LOOKUP_DIRECTORY)) && !S_ISDIR(walk->dentry->inode->mode))
		return -ENOTDIR;
	return 0;
}

int walk_parent(struct walk *walk)
{
	return walk_run(walk, true);
}

int walk_peek_last(struct walk *walk, struct dentry **found)
{
	struct dentry *child;

	if (walk->last_bytes > NAME_MAX_BYTES)
		return -ENAMETOOLONG;
	child = dentry_find_locked(walk->dentry, walk->last, walk->last_bytes, walk->last_hash);
	if (!child || !child->inode || child->inode->ops->revalidate)
		return 0;
	*found = child;
	return 1;
}

int walk_follow_last(struct walk *walk, struct dentry *link)
{
	int error;

	if (walk->is_locked)
		walk_sleep(walk);
	error = walk_push_link(walk, link);
	return error ? error : walk_run(walk, true);
}
