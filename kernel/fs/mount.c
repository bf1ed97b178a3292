/* The table of mounts: which tree stands on which directory. */
#include "fs/mount.h"

#include <linux/stat.h>

#include "lib/errno.h"
#include "mem/slab.h"

static struct slab_cache mount_cache = SLAB_CACHE("mount", struct mount);

/* Lock key: (l) vfs_lock. */
static struct list mounts = LIST_INIT(mounts); /* (l) by id, ascending */
static uint32_t next_id = 1;                   /* (l) */

struct mount *mount_create(struct superblock *superblock, struct dentry *root, const char *source, uint32_t flags)
{
	struct mount *mount = slab_alloc(&mount_cache);

	if (!mount)
		return NULL;
	mount->source = kstrdup(source);
	if (!mount->source) {
		slab_free(&mount_cache, mount);
		return NULL;
	}
	refcount_init(&mount->refs, 1);
	list_init(&mount->link);
	mount->flags = flags & MOUNT_KEPT_FLAGS;
	superblock_get(superblock);
	dentry_get(root);
	mount->superblock = superblock;
	mount->root = root;
	spin_lock(&vfs_lock);
	mount->id = next_id++;
	spin_unlock(&vfs_lock);
	return mount;
}

void mount_get(struct mount *mount)
{
	refcount_get(&mount->refs);
}

void mount_put(struct mount *mount)
{
	if (!refcount_put(&mount->refs))
		return;
	dentry_put(mount->root);
	superblock_put(mount->superblock);
	kfree(mount->source);
	slab_free(&mount_cache, mount);
}

struct mount *mount_on_locked(const struct mount *mount, const struct dentry *dentry)
{
	/* From the end: what was mounted last is asked for most (/proc, /dev, containers). */
	for (struct list *at = mounts.prev; at != &mounts; at = at->prev) {
		struct mount *other = list_entry(at, struct mount, link);
		if (other->mountpoint == dentry && other->parent == mount)
			return other;
	}
	return NULL;
}

bool dentry_is_mountpoint(const struct dentry *dentry)
{
	return dentry->is_mountpoint;
}

static bool has_mount_on(const struct dentry *dentry)
{
	struct mount *mount;

	list_for_each (mount, &mounts, link) {
		if (mount->mountpoint == dentry)
			return true;
	}
	return false;
}

/* Into the list in order of id, so that mounts_for_each can go on from any of them. */
static void enlist_locked(struct mount *mount)
{
	struct list *at = mounts.prev;

	while (at != &mounts && list_entry(at, struct mount, link)->id > mount->id)
		at = at->prev;
	list_push(at, &mount->link);
}

static void place_locked(struct mount *mount, const struct path *where)
{
	path_get(where);
	mount->parent = where->mount;
	mount->mountpoint = where->dentry;
	where->dentry->is_mountpoint = true;
	enlist_locked(mount);
}

/* Off its place; *place gets the references that it had there. */
static void unplace_locked(struct mount *mount, struct path *place)
{
	*place = (struct path){.mount = mount->parent, .dentry = mount->mountpoint};
	mount->parent = NULL;
	mount->mountpoint = NULL;
	list_remove(&mount->link);
	place->dentry->is_mountpoint = has_mount_on(place->dentry);
}

/* It stands in the tree of mounts: what was put on one that does not could never be reached, nor taken off again. */
static bool is_in_place(const struct mount *mount)
{
	return !list_is_empty(&mount->link);
}

int mount_attach(struct mount *mount, const struct path *where)
{
	struct inode *under = where->dentry->inode;
	int error = 0;

	if (S_ISDIR(under->mode) != S_ISDIR(mount->root->inode->mode))
		return -ENOTDIR;
	spin_lock(&vfs_lock);
	if (where->dentry->is_unlinked || !is_in_place(where->mount))
		error = -ENOENT;
	else
		place_locked(mount, where);
	spin_unlock(&vfs_lock);
	return error;
}

void mount_attach_root(struct mount *mount)
{
	spin_lock(&vfs_lock);
	enlist_locked(mount);
	spin_unlock(&vfs_lock);
}

/* A mount whose parent is `mount`, or null. */
static struct mount *child_of_locked(const struct mount *mount)
{
	struct mount *child;

	list_for_each (child, &mounts, link) {
		if (child->parent == mount)
			return child;
	}
	return NULL;
}

/* The mount below `mount` that has nothing below it itself. */
static struct mount *deepest_locked(struct mount *mount)
{
	struct mount *child;

	while ((child = child_of_locked(mount)))
		mount = child;
	return mount;
}

int mount_detach(struct mount *mount, bool lazily, unsigned used)
{
	struct mount *leaf;

	spin_lock(&vfs_lock);
	if (!mount->parent || (!lazily && (child_of_locked(mount) || refcount_read(&mount->refs) > used + 1))) {
		bool is_placed = mount->parent != NULL;
		spin_unlock(&vfs_lock);
		return is_placed ? -EBUSY : -EINVAL;
	}
	do {
		struct path place;

		leaf = deepest_locked(mount);
		unplace_locked(leaf, &place);
		spin_unlock(&vfs_lock);
		path_put(&place);
		mount_put(leaf);
		spin_lock(&vfs_lock);
	} while (leaf != mount);
	spin_unlock(&vfs_lock);
	return 0;
}

int mount_move(struct mount *mount, const struct path *where)
{
	struct path place;

	spin_lock(&vfs_lock);
	for (const struct mount *above = where->mount; above; above = above->parent) {
		if (above == mount) {
			spin_unlock(&vfs_lock);
			return -ELOOP;
		}
	}
	if (!mount->parent || where->dentry->is_unlinked || !is_in_place(where->mount) ||
	    S_ISDIR(where->dentry->inode->mode) != S_ISDIR(mount->root->inode->mode)) {
		spin_unlock(&vfs_lock);
		return -EINVAL;
	}
	unplace_locked(mount, &place);
	place_locked(mount, where);
	spin_unlock(&vfs_lock);
	path_put(&place);
	return 0;
}

void mounts_for_each(void (*visit)(struct mount *mount, void *arg), void *arg)
{
	uint32_t last_id = 0;

	for (;;) {
		struct mount *mount, *found = NULL;

		spin_lock(&vfs_lock);
		list_for_each (mount, &mounts, link) {
			if (mount->id > last_id) {
				found = mount;
				mount_get(found);
				break;
			}
		}
		spin_unlock(&vfs_lock);
		if (!found)
			return;
		visit(found, arg);
		last_id = found->id;
		mount_put(found);
	}
}

uint64_t mount_total(void)
{
	return mount_cache.in_use;
}
