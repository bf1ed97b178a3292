/*
 * Names: the hash of directory entries, their references, and the names that are kept although nobody uses them.
 * Changes of the tree of names (removal, renaming) are in dentry_tree.c.
 */
#include "fs/dentry_tree.h"

#include "fs/notify.h"
#include "mem/slab.h"
#include "sched/sched.h"

struct spinlock vfs_lock = SPINLOCK_INIT("vfs", LOCK_DENTRY);

static struct slab_cache dentry_cache = SLAB_CACHE("dentry", struct dentry);

/* The hash grows by doubling while it holds more than this many names a bucket. */
#define NAMES_PER_BUCKET 2
#define FIRST_BUCKETS    256u
#define MOST_BUCKETS     131072u

/* The hash begins with one bucket and gets its first real size with the second name. */
static struct list only_bucket = LIST_INIT(only_bucket);
struct dentry_hash dentry_hash = {.buckets = &only_bucket};

/* Lock key: (l) vfs_lock. */
static struct {
	struct list unused;    /* (l) names nobody uses; the one that has waited longest first */
	uint64_t unused_count; /* (l) */
	uint64_t unused_limit; /* (l) */
} cache = {.unused = LIST_INIT(cache.unused), .unused_limit = 256};

struct dentry *dentry_find(struct dentry *parent, const char *name, size_t bytes)
{
	struct name_key key;
	struct dentry *dentry;

	name_key_of(name, bytes, &key);
	spin_lock(&vfs_lock);
	dentry = dentry_find_locked(parent, name, &key);
	if (dentry)
		dentry_get_locked(dentry);
	spin_unlock(&vfs_lock);
	return dentry;
}

static void fill_buckets(struct list *buckets, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		list_init(&buckets[i]);
}

void dentry_hash_locked(struct dentry *dentry)
{
	list_push(dentry_bucket(dentry->parent, dentry->hash), &dentry->hash_link);
	dentry_hash.names++;
}

void dentry_unhash_locked(struct dentry *dentry)
{
	if (!dentry_is_hashed(dentry))
		return;
	list_remove(&dentry->hash_link);
	dentry_hash.names--;
}

/* Twice the buckets, or the first ones. A larger hash is only faster: without memory for it the old one stays. */
static void grow_hash(void)
{
	uint32_t old_count = dentry_hash.mask + 1, count = MAX(old_count * 2, FIRST_BUCKETS);
	struct list *buckets = kmalloc(count * sizeof(*buckets)), *old;

	if (!buckets)
		return;
	fill_buckets(buckets, count);
	spin_lock(&vfs_lock);
	old = dentry_hash.buckets;
	if (old_count != dentry_hash.mask + 1) {
		spin_unlock(&vfs_lock);
		kfree(buckets);
		return;
	}
	dentry_hash.buckets = buckets;
	dentry_hash.mask = count - 1;
	for (uint32_t i = 0; i < old_count; i++) {
		struct dentry *dentry, *following;
		list_for_each_safe (dentry, following, &old[i], hash_link) {
			list_remove(&dentry->hash_link);
			list_append(dentry_bucket(dentry->parent, dentry->hash), &dentry->hash_link);
		}
	}
	spin_unlock(&vfs_lock);
	if (old != &only_bucket)
		kfree(old);
}

struct dentry *dentry_alloc(struct superblock *superblock, struct dentry *parent, const char *name, size_t bytes)
{
	struct dentry *dentry = slab_alloc(&dentry_cache);
	struct name_key key;

	if (!dentry)
		return NULL;
	dentry->name = dentry->inline_name;
	if (bytes >= sizeof(dentry->inline_name)) {
		dentry->name = kmalloc(bytes + 1);
		if (!dentry->name) {
			slab_free(&dentry_cache, dentry);
			return NULL;
		}
	}
	memcpy(dentry->name, name, bytes);
	dentry->name[bytes] = 0;
	dentry->name_bytes = (uint8_t)bytes;
	name_key_of(name, bytes, &key);
	dentry->hash = key.hash;
	refcount_init(&dentry->refs, 1);
	dentry->superblock = superblock;
	list_init(&dentry->children);
	list_init(&dentry->sibling);
	list_init(&dentry->hash_link);
	list_init(&dentry->unused_link);
	dentry->parent = parent ? parent : dentry;
	if (parent)
		dentry_get(parent);
	return dentry;
}

void dentry_publish(struct dentry *dentry)
{
	struct dentry *parent = dentry->parent;
	bool is_crowded;

	spin_lock(&vfs_lock);
	dentry_hash_locked(dentry);
	list_push(&parent->children, &dentry->sibling);
	is_crowded =
		dentry_hash.names > (dentry_hash.mask + 1) * NAMES_PER_BUCKET && dentry_hash.mask + 1 < MOST_BUCKETS;
	spin_unlock(&vfs_lock);
	if (unlikely(is_crowded))
		grow_hash();
}

struct dentry *dentry_create(struct dentry *parent, const char *name, size_t bytes)
{
	struct dentry *dentry = dentry_alloc(parent->superblock, parent, name, bytes);

	if (dentry)
		dentry_publish(dentry);
	return dentry;
}

void dentry_instantiate(struct dentry *dentry, struct inode *inode)
{
	spin_lock(&vfs_lock);
	dentry->inode = inode;
	if ((inode->mode & 0170000) == 0040000)
		inode->dentry = dentry;
	spin_unlock(&vfs_lock);
}

void dentry_get(struct dentry *dentry)
{
	refcount_get(&dentry->refs);
}

/* Take a name without references out of everything that leads to it, and put it on `victims`. */
static void detach_locked(struct dentry *dentry, struct list *victims)
{
	dentry_unhash_locked(dentry);
	list_remove(&dentry->sibling);
	if (dentry->is_on_unused) {
		list_remove(&dentry->unused_link);
		dentry->is_on_unused = false;
		cache.unused_count--;
	}
	if (dentry->inode && dentry->inode->dentry == dentry)
		dentry->inode->dentry = NULL;
	list_append(victims, &dentry->unused_link);
}

static void drop_locked(struct dentry *dentry, struct list *victims)
{
	if (!refcount_put(&dentry->refs))
		return;
	if (!dentry->superblock->keeps_names || !dentry_is_hashed(dentry) ||
	    (!dentry->inode && dentry->superblock->is_changed_by_others)) {
		detach_locked(dentry, victims);
	} else if (!dentry->is_on_unused) {
		list_append(&cache.unused, &dentry->unused_link);
		dentry->is_on_unused = true;
		cache.unused_count++;
	}
}

/* Shorten the list of unused names: a few at a time, as each call adds at most a few. */
static void prune_locked(struct list *victims, uint64_t limit)
{
	for (unsigned steps = 0; steps < 8 && cache.unused_count > limit; steps++) {
		struct dentry *oldest = list_first(&cache.unused, struct dentry, unused_link);
		if (refcount_read(&oldest->refs) == 0) {
			detach_locked(oldest, victims);
		} else {
			list_remove(&oldest->unused_link);
			oldest->is_on_unused = false;
			cache.unused_count--;
		}
	}
}

/* Free what detach_locked gathered; each gives up its reference on its parent, which may follow it. */
static void free_victims(struct list *victims)
{
	while (!list_is_empty(victims)) {
		struct dentry *dentry = list_first(victims, struct dentry, unused_link);
		struct dentry *parent = dentry->parent;

		list_remove(&dentry->unused_link);
		if (dentry->inode) {
			if (unlikely(!dentry->inode->nlink))
				notify_gone(dentry->inode);
			inode_put(dentry->inode);
		}
		if (dentry->name != dentry->inline_name)
			kfree(dentry->name);
		if (parent != dentry) {
			spin_lock(&vfs_lock);
			drop_locked(parent, victims);
			spin_unlock(&vfs_lock);
		}
		slab_free(&dentry_cache, dentry);
	}
}

void dentry_put(struct dentry *dentry)
{
	uint32_t seen = refcount_read(&dentry->refs);
	struct list victims;

	/* The last reference is dropped under the lock: after it another processor may find and free the name. */
	while (seen > 1) {
		if (atomic_compare_exchange_weak_explicit(&dentry->refs.count, &seen, seen - 1, memory_order_release,
							  memory_order_relaxed))
			return;
	}
	list_init(&victims);
	spin_lock(&vfs_lock);
	drop_locked(dentry, &victims);
	if (unlikely(cache.unused_count > cache.unused_limit))
		prune_locked(&victims, cache.unused_limit);
	spin_unlock(&vfs_lock);
	free_victims(&victims);
}

void dentry_forget(struct dentry *dentry)
{
	spin_lock(&vfs_lock);
	dentry_unhash_locked(dentry);
	list_remove(&dentry->sibling);
	spin_unlock(&vfs_lock);
}

void dentry_prune_children(struct dentry *parent)
{
	struct dentry *child, *following;
	struct list victims;

	list_init(&victims);
	spin_lock(&vfs_lock);
	list_for_each_safe (child, following, &parent->children, sibling) {
		if (refcount_read(&child->refs) == 0)
			detach_locked(child, &victims);
	}
	spin_unlock(&vfs_lock);
	free_victims(&victims);
}

void dentry_end_tree(struct dentry *root)
{
	struct dentry *at = root;

	/* Depth first: a name without names below it loses its pin, which frees it; then its parent is looked at again.
	 */
	for (;;) {
		struct dentry *child = NULL, *parent;

		dentry_prune_children(at);
		spin_lock(&vfs_lock);
		if (!list_is_empty(&at->children))
			child = list_first(&at->children, struct dentry, sibling);
		spin_unlock(&vfs_lock);
		if (child) {
			at = child;
			continue;
		}
		if (at == root)
			break;
		parent = at->parent;
		dentry_forget(at);
		if (at->is_pinned)
			dentry_unpin(at);
		at = parent;
	}
	dentry_put(root);
}

void dentry_set_unused_limit(uint64_t limit)
{
	cache.unused_limit = limit;
}

/* A name that goes may leave its parent unused. Others may add names meanwhile, so no more go than there were. */
void dentry_drop_unused(void)
{
	uint64_t left = dentry_total();
	bool is_empty = false;

	while (!is_empty && left > 0) {
		struct list victims;
		list_init(&victims);
		spin_lock(&vfs_lock);
		uint64_t before = cache.unused_count;
		prune_locked(&victims, 0);
		left -= MIN(left, before - cache.unused_count);
		is_empty = before == 0;
		spin_unlock(&vfs_lock);
		free_victims(&victims);
		preempt_point();
	}
}

uint64_t dentry_hash_pages(void)
{
	uint32_t mask = dentry_hash.mask;

	return mask ? ((uint64_t)mask + 1) * sizeof(struct list) / PAGE_SIZE : 0;
}

uint64_t dentry_total(void)
{
	return dentry_cache.in_use;
}
