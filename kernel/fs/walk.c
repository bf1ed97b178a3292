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
	/* One that is not there for somebody else who holds it: ask for it again. */
	if (dentry && unlikely(!dentry->inode && dentry->superblock->is_changed_by_others)) {
		error = dir->ops->lookup(dir, dentry);
		if (error)
			dentry_put(dentry);
		else
			*child = dentry;
		return error;
	}
	*child = dentry;
	if (dentry)
		return 0;
	if (dir->nlink == 0 || (dir->names_are_complete && !for_new))
		return -ENOENT;
	if (!dir->ops || !dir->ops->lookup)
		return -ENOTDIR;
	/* Walks on other processors ask nobody: they may see the name only when it says what is there, or that nothing
	 * is. */
	dentry = dentry_alloc(parent->superblock, parent, name, bytes);
	if (!dentry)
		return -ENOMEM;
	error = dir->names_are_complete ? 0 : dir->ops->lookup(dir, dentry);
	if (error) {
		dentry_put(dentry);
		return error;
	}
	dentry_publish(dentry);
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
		if (unlikely(mount->expiry))
			mount->expiry--;
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

static int may_search_slowly(struct walk *walk, struct inode *dir)
{
	int error;

	if (!S_ISDIR(dir->mode))
		return -ENOTDIR;
	if (!dir->ops->permission)
		return permission_by_mode(dir, MAY_EXECUTE, walk->cred) ? 0 : -EACCES;
	if (walk->flags & LOOKUP_CACHED)
		return -EAGAIN;
	walk_sleep(walk);
	error = dir->ops->permission(dir, MAY_EXECUTE);
	walk_wake(walk);
	return error;
}

static inline int may_search(struct walk *walk)
{
	struct inode *dir = walk->dentry->inode;

	/* A directory that everybody may search, as most are. */
	if (likely((dir->mode & (S_IFMT | 0111)) == (S_IFDIR | 0111) && !dir->ops->permission && !dir->acl))
		return 0;
	return may_search_slowly(walk, dir);
}

bool walk_is_at_end(const struct walk *walk, const char *text)
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

	if (walk->flags & LOOKUP_CACHED)
		return -EAGAIN;
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

static inline int step(struct walk *walk, const char *name, const struct name_key *key, bool follow)
{
	struct dentry *child;

	if (unlikely(key->bytes > NAME_MAX_BYTES))
		return -ENAMETOOLONG;
	child = dentry_find_locked(walk->dentry, name, key);
	if (unlikely(!child)) {
		if (walk->dentry->inode->names_are_complete)
			return -ENOENT;
		return step_slowly(walk, name, key->bytes, follow);
	}
	if (unlikely(!child->inode))
		return child->superblock->is_changed_by_others ? step_slowly(walk, name, key->bytes, follow) : -ENOENT;
	if (unlikely(child->inode->ops->revalidate))
		return step_slowly(walk, name, key->bytes, follow);
	if (unlikely(S_ISLNK(child->inode->mode)) && follow)
		return walk_push_link_locked(walk, child);
	walk->dentry = child;
	return unlikely(child->is_mountpoint) ? cross_mounts(walk) : 0;
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

static enum walk_end end_of(const char *name, size_t bytes)
{
	if (bytes == 1 && name[0] == '.')
		return WALK_END_DOT;
	if (bytes == 2 && name[0] == '.' && name[1] == '.')
		return WALK_END_DOTDOT;
	return WALK_END_NAME;
}

/* One component, which begins with a dot: 1 when it was "." or "..", 0 when it is a name like others, or -errno. */
static int step_dots(struct walk *walk, const char *name, size_t bytes, bool is_last)
{
	int error;

	switch (end_of(name, bytes)) {
	case WALK_END_DOT:
		walk->must_be_directory |= is_last;
		return 1;
	case WALK_END_DOTDOT:
		error = walk_up(walk);
		return error ? error : 1;
	default:
		return 0;
	}
}

/* Another component follows: a slash and the beginning of a name. */
static inline bool goes_on(const char *rest)
{
	return rest[0] == '/' && rest[1] != '/' && rest[1];
}

static int walk_run(struct walk *walk, bool stop_at_parent)
{
	walk->end = WALK_END_ROOT;
	for (;;) {
		const char *name = walk->text;
		bool is_last = false, follow = true;
		struct name_key key;
		int result;

		while (*name == '/')
			name++;
		if (unlikely(!*name)) {
			if (!walk->link)
				return 0;
			walk_pop_link(walk);
			continue;
		}
		result = may_search(walk);
		if (unlikely(result))
			return result;
		name_key_scan(name, &key);
		walk->text = name + key.bytes;
		if (!goes_on(walk->text) && walk_is_at_end(walk, walk->text)) {
			is_last = true;
			walk->must_be_directory |= has_slash_behind(walk, walk->text);
			if (stop_at_parent) {
				walk->last = name;
				walk->last_key = key;
				walk->end = end_of(name, key.bytes);
				return 0;
			}
			follow = (walk->flags & LOOKUP_FOLLOW) || walk->must_be_directory;
		}
		result = unlikely(name[0] == '.') ? step_dots(walk, name, key.bytes, is_last) : 0;
		if (likely(!result))
			result = step(walk, name, &key, follow);
		if (unlikely(result < 0))
			return result;
		if (is_last && !walk->link)
			return 0;
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

	if (walk->last_key.bytes > NAME_MAX_BYTES)
		return -ENAMETOOLONG;
	child = dentry_find_locked(walk->dentry, walk->last, &walk->last_key);
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
