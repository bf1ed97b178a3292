/*
 * Inside of the name cache: for the walk along a path and for the trees in memory. Everybody else uses fs/vfs.h.
 *
 * Who holds vfs_lock may use any dentry, inode and mount that a name leads to without a reference, and may take one
 * even where the count is zero (names kept unused).
 */
#ifndef NAMU_FS_DENTRY_H
#define NAMU_FS_DENTRY_H

#include "arch/x86_64/spinlock.h"
#include "fs/name_key.h"
#include "fs/vfs.h"
#include "lib/string.h"

extern struct spinlock vfs_lock; /* rank LOCK_DENTRY */

/* All names in memory, by parent and name. Lock key: (l) vfs_lock. */
extern struct dentry_hash {
	struct list *buckets; /* (l) */
	uint32_t mask;        /* (l) their number less one */
	uint32_t names;       /* (l) */
} dentry_hash;

static inline struct list *dentry_bucket(const struct dentry *parent, uint32_t hash)
{
	return &dentry_hash.buckets[(hash + (uint32_t)((uintptr_t)parent >> 6) * 0x9e3779b1u) & dentry_hash.mask];
}

/* The rest of two names of one length whose first eight bytes agree. The last word overlaps the one before. */
static inline bool name_rest_agrees(const char *a, const char *b, size_t bytes)
{
	for (size_t at = 8; at + 8 < bytes; at += 8) {
		if (name_key_load(a + at) != name_key_load(b + at))
			return false;
	}
	return name_key_load(a + bytes - 8) == name_key_load(b + bytes - 8);
}

/* With vfs_lock held: the name in the hash, no reference taken; null. Inline for the walk, of which it is a third. */
static inline struct dentry *dentry_find_locked(const struct dentry *parent, const char *name,
						const struct name_key *key)
{
	struct list *bucket = dentry_bucket(parent, key->hash), *at;

	for (at = bucket->next; at != bucket; at = at->next) {
		struct dentry *dentry = list_entry(at, struct dentry, hash_link);
		if (dentry->hash != key->hash || dentry->parent != parent || dentry->name_bytes != key->bytes)
			continue;
		/* Every name has room for eight bytes, zeros behind a short one. */
		if (likely(name_key_load(dentry->name) == key->first) &&
		    (key->bytes <= 8 || name_rest_agrees(dentry->name, name, key->bytes)))
			return dentry;
	}
	return NULL;
}

/* With vfs_lock held. */
static inline void dentry_get_locked(struct dentry *dentry)
{
	atomic_fetch_add_explicit(&dentry->refs.count, 1, memory_order_relaxed);
}
static inline bool dentry_is_hashed(const struct dentry *dentry)
{
	return !list_is_empty(&dentry->hash_link);
}

/* Neither hashed nor on its parent's list; one reference. For roots (parent null), replacements, and for names that
 * dentry_publish shows to others once it is known what they lead to. */
struct dentry *dentry_alloc(struct superblock *superblock, struct dentry *parent, const char *name, size_t bytes);
void dentry_publish(struct dentry *dentry);
/* Forget a name that turned out wrong: nobody finds it any more. */
void dentry_forget(struct dentry *dentry);
/* Let go of the names below a directory that nobody uses. */
void dentry_prune_children(struct dentry *dentry);
/* End all names of a tree, whose root is all that is left of it. */
void dentry_end_tree(struct dentry *root);

/* How many names may be kept that nobody uses. */
void dentry_set_unused_limit(uint64_t limit);
/* Let go of all of these. May sleep. */
void dentry_drop_unused(void);

/* The current thread's view of the names; that of the boot for kernel threads. */
struct fs_context *fs_context_current(void);

struct inode *inode_alloc(struct superblock *superblock); /* inode_create without number, mode and times */
/* What open does with a device, FIFO or socket. */
void inode_set_special(struct inode *inode, uint64_t device);
uint64_t inode_total(void);
uint64_t dentry_total(void);
/* What the hash takes, which is as large as the most names it ever held wanted. */
uint64_t dentry_hash_pages(void);

#endif
