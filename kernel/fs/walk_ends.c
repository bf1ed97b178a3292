/* The walk along a path: where it begins, how it sleeps, what it hands out. */
#include <linux/stat.h>

#include "fs/anon.h"
#include "fs/mount.h"
#include "fs/walk_steps.h"

static void get_locked(const struct path *path)
{
	mount_get(path->mount);
	dentry_get_locked(path->dentry);
}

static void unlock(struct walk *walk)
{
	spin_unlock(&vfs_lock);
	if (walk->context) {
		spin_unlock(&walk->context->lock);
		walk->context = NULL;
	}
	walk->is_locked = false;
}

void walk_wake(struct walk *walk)
{
	spin_lock(&vfs_lock);
	walk->is_locked = true;
}

void walk_sleep(struct walk *walk)
{
	struct path here = {.mount = walk->mount, .dentry = walk->dentry}, before = walk->held;

	get_locked(&here);
	if (!walk->root_held.dentry) {
		walk->root_held = walk->root;
		get_locked(&walk->root_held);
	}
	walk->held = here;
	walk->has_rest = true;
	unlock(walk);
	if (before.dentry)
		path_put(&before);
}

static void drop_rest(struct walk *walk)
{
	if (likely(!walk->has_rest))
		return;
	while (walk->link)
		walk_pop_link(walk);
	if (walk->held.dentry)
		path_put(&walk->held);
	if (walk->root_held.dentry)
		path_put(&walk->root_held);
}

void walk_end_at(struct walk *walk, struct path *path)
{
	*path = (struct path){.mount = walk->mount, .dentry = walk->dentry};
	if (walk->is_locked) {
		get_locked(path);
		unlock(walk);
	} else {
		walk->held = (struct path){0};
	}
	drop_rest(walk);
}

void walk_end(struct walk *walk)
{
	if (walk->is_locked)
		unlock(walk);
	drop_rest(walk);
}

int walk_stand_on(struct walk *walk, struct dentry *child, struct path *path)
{
	int error;

	if (!walk->is_locked)
		walk_wake(walk);
	error = walk_onto(walk, child);
	if (error)
		return error;
	*path = (struct path){.mount = walk->mount, .dentry = walk->dentry};
	get_locked(path);
	return 0;
}

void walk_here(struct walk *walk, struct path *path)
{
	if (!walk->is_locked)
		walk_wake(walk);
	*path = (struct path){.mount = walk->mount, .dentry = walk->dentry};
	get_locked(path);
}

/* References to what a descriptor stands for. An empty text may name anything, else it must be a directory. */
static int hold_descriptor(struct walk *walk, int dirfd, bool is_empty)
{
	struct file *file = fd_get_path(dirfd);
	int error = 0;

	if (!file)
		return -EBADF;
	if (file->path.dentry && (is_empty || S_ISDIR(file->inode->mode))) {
		walk->held = file->path;
		path_get(&walk->held);
	} else {
		error = is_empty ? anon_path(file, &walk->held) : -ENOTDIR;
	}
	file_put(file);
	return error;
}

int walk_begin(struct walk *walk, int dirfd, const char *text, unsigned flags, const struct cred *cred)
{
	bool is_absolute = text[0] == '/', is_scoped = (flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT)) != 0;
	struct fs_context *context;
	struct path start;

	if (!text[0] && !(flags & LOOKUP_EMPTY))
		return -ENOENT;
	if (is_absolute && (flags & LOOKUP_BENEATH))
		return -EXDEV;
	walk->held = walk->root_held = (struct path){0};
	walk->link = NULL;
	walk->links_followed = 0;
	walk->must_be_directory = walk->is_small_used = walk->has_rest = false;
	walk->text = text;
	walk->flags = flags;
	walk->cred = cred;
	if (dirfd != AT_CWD && (!is_absolute || is_scoped)) {
		int error = hold_descriptor(walk, dirfd, !text[0]);
		if (error)
			return error;
		walk->has_rest = true;
	}
	context = fs_context_current();
	/* Only those who share it change it: the lock matters when there are others. */
	walk->context = refcount_read(&context->refs) > 1 ? context : NULL;
	if (unlikely(walk->context))
		spin_lock(&context->lock);
	spin_lock(&vfs_lock);
	walk->is_locked = true;
	walk->root = context->root;
	if (walk->held.dentry)
		start = walk->held;
	else
		start = is_absolute && !is_scoped ? walk->root : context->cwd;
	if (is_scoped)
		walk->root = start;
	walk->mount = start.mount;
	walk->dentry = start.dentry;
	return 0;
}

int path_lookup_at(int dirfd, const char *text, unsigned flags, struct path *path)
{
	struct walk walk;
	int error = walk_begin(&walk, dirfd, text, flags, current_cred());

	if (error)
		return error;
	error = walk_all(&walk);
	if (error)
		walk_end(&walk);
	else
		walk_end_at(&walk, path);
	return error;
}

int path_lookup_parent_at(int dirfd, const char *text, unsigned flags, struct path *parent, struct dentry **dentry,
			  bool *trailing_slash)
{
	struct walk walk;
	struct path place;
	int error = walk_begin(&walk, dirfd, text, flags, current_cred());

	if (error)
		return error;
	error = walk_parent(&walk);
	if (!error && walk.end != WALK_END_NAME)
		error = -EEXIST;
	if (!error && walk.last_key.bytes > NAME_MAX_BYTES)
		error = -ENAMETOOLONG;
	if (error) {
		walk_end(&walk);
		return error;
	}
	*trailing_slash = walk.must_be_directory;
	walk_end_at(&walk, &place);
	mutex_lock(&place.dentry->inode->mutex);
	error = lookup_child_locked(place.dentry, walk.last, walk.last_key.bytes, true, dentry);
	if (error) {
		mutex_unlock(&place.dentry->inode->mutex);
		path_put(&place);
		return error;
	}
	*parent = place;
	return 0;
}

void path_parent_done(struct path *parent, struct dentry *dentry)
{
	mutex_unlock(&parent->dentry->inode->mutex);
	dentry_put(dentry);
	path_put(parent);
}

void path_get(const struct path *path)
{
	mount_get(path->mount);
	dentry_get(path->dentry);
}

void path_put(const struct path *path)
{
	dentry_put(path->dentry);
	mount_put(path->mount);
}

struct inode *path_inode(const struct path *path)
{
	return path->dentry->inode;
}
