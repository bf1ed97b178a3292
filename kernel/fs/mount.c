/* The table of mounts: which tree stands on which place. */
#include "fs/mount.h"

#include <linux/stat.h>

#include "lib/errno.h"
#include "mem/slab.h"

#define BUCKETS 256u

static struct slab_cache mount_cache = SLAB_CACHE("mount", struct mount);

struct mutex mount_mutex = MUTEX_INIT(mount_mutex);

/* Lock key: (l) vfs_lock. */
static struct list buckets[BUCKETS]; /* (l) mounts by mount point; all zero: empty */
static _Atomic uint32_t next_id = 1;

static struct list *bucket_of(const struct dentry *dentry)
{
	struct list *bucket = &buckets[((uintptr_t)dentry >> 6 ^ (uintptr_t)dentry >> 14) & (BUCKETS - 1)];

	if (unlikely(!bucket->next))
		list_init(bucket);
	return bucket;
}

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
	list_init(&mount->hash_link);
	list_init(&mount->children);
	list_init(&mount->sibling);
	list_init(&mount->group_link);
	list_init(&mount->master_link);
	mount->flags = flags & MOUNT_KEPT_FLAGS;
	superblock_get(superblock);
	dentry_get(root);
	mount->superblock = superblock;
	mount->root = root;
	mount->id = atomic_fetch_add_explicit(&next_id, 1, memory_order_relaxed);
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
	struct mount *other;

	list_for_each (other, bucket_of(dentry), hash_link) {
		if (other->mountpoint == dentry && other->parent == mount)
			return other;
	}
	return NULL;
}

static bool has_mount_on(const struct dentry *dentry)
{
	struct mount *mount;

	list_for_each (mount, bucket_of(dentry), hash_link) {
		if (mount->mountpoint == dentry)
			return true;
	}
	return false;
}

bool mount_is_ours(const struct mount *mount)
{
	return mount->space && mount->space == mount_namespace_current();
}

bool dentry_is_mountpoint(const struct dentry *dentry)
{
	struct mount *mount;
	bool is_found = false;

	if (likely(!dentry->is_mountpoint))
		return false;
	spin_lock(&vfs_lock);
	list_for_each (mount, bucket_of(dentry), hash_link)
		is_found |= mount->mountpoint == dentry && mount_is_ours(mount);
	spin_unlock(&vfs_lock);
	return is_found;
}

static struct mount *any_mount_on(const struct dentry *dentry)
{
	struct mount *mount;

	list_for_each (mount, bucket_of(dentry), hash_link) {
		if (mount->mountpoint == dentry)
			return mount;
	}
	return NULL;
}

void mounts_detach_on(struct dentry *dentry)
{
	struct mount *mount;
	struct list gone;

	if (likely(!dentry->is_mountpoint))
		return;
	list_init(&gone);
	mutex_lock(&mount_mutex);
	for (;;) {
		spin_lock(&vfs_lock);
		mount = any_mount_on(dentry);
		spin_unlock(&vfs_lock);
		if (!mount)
			break;
		mount_tree_detach(mount, false, &gone);
	}
	mutex_unlock(&mount_mutex);
	mounts_drop(&gone);
}

void mount_place_locked(struct mount *mount, const struct path *where)
{
	mount_get(where->mount);
	dentry_get_locked(where->dentry);
	mount->parent = where->mount;
	mount->mountpoint = where->dentry;
	where->dentry->is_mountpoint = true;
	list_append(bucket_of(where->dentry), &mount->hash_link);
	list_append(&where->mount->children, &mount->sibling);
}

void mount_unplace_locked(struct mount *mount)
{
	mount->left = (struct path){.mount = mount->parent, .dentry = mount->mountpoint};
	mount->parent = NULL;
	mount->mountpoint = NULL;
	list_remove(&mount->hash_link);
	list_remove(&mount->sibling);
	mount->left.dentry->is_mountpoint = has_mount_on(mount->left.dentry);
}

/* In order of id, so that mounts_for_each can go on from any of them. */
void mount_enlist_locked(struct mount *mount, struct mount_namespace *space)
{
	struct list *at = space->mounts.prev;

	while (at != &space->mounts && list_entry(at, struct mount, link)->id > mount->id)
		at = at->prev;
	list_push(at, &mount->link);
	mount->space = space;
	space->count++;
}

void mount_delist_locked(struct mount *mount)
{
	if (!mount->space)
		return;
	list_remove(&mount->link);
	mount->space->count--;
	mount->space = NULL;
}

void mounts_drop(struct list *gone)
{
	while (!list_is_empty(gone)) {
		struct mount *mount = list_first(gone, struct mount, link);

		list_remove(&mount->link);
		if (mount->left.dentry)
			path_put(&mount->left);
		mount->left = (struct path){0};
		mount_put(mount);
	}
}

struct mount *mount_next_beside(struct mount *mount, const struct mount *top)
{
	while (mount != top) {
		struct mount *parent = mount->parent;
		if (mount->sibling.next != &parent->children)
			return list_entry(mount->sibling.next, struct mount, sibling);
		mount = parent;
	}
	return NULL;
}

struct mount *mount_next(struct mount *mount, const struct mount *top)
{
	if (!list_is_empty(&mount->children))
		return list_first(&mount->children, struct mount, sibling);
	return mount_next_beside(mount, top);
}

bool dentry_is_below_locked(const struct dentry *dentry, const struct dentry *above)
{
	while (dentry != above) {
		if (dentry->parent == dentry)
			return false;
		dentry = dentry->parent;
	}
	return true;
}

bool path_is_below_locked(const struct path *path, const struct path *root)
{
	const struct mount *mount = path->mount;
	const struct dentry *dentry = path->dentry;

	while (mount != root->mount && mount->parent) {
		dentry = mount->mountpoint;
		mount = mount->parent;
	}
	return mount == root->mount && dentry_is_below_locked(dentry, root->dentry);
}

void mount_climb(struct path *where)
{
	for (;;) {
		struct path under = *where;
		struct mount *mount;

		spin_lock(&vfs_lock);
		mount = mount_on_locked(under.mount, under.dentry);
		if (mount) {
			*where = (struct path){.mount = mount, .dentry = mount->root};
			mount_get(mount);
			dentry_get_locked(mount->root);
		}
		spin_unlock(&vfs_lock);
		if (!mount)
			return;
		path_put(&under);
	}
}

uint64_t mount_total(void)
{
	return mount_cache.in_use;
}
