/*
 * Inside of the mount table: which tree stands on which place.
 *
 * Every change of the table is made by who holds mount_mutex, the innermost of the sleeping locks; what a walk along a
 * path looks at is changed under vfs_lock as well. Nothing is given up under the locks: what leaves the table is
 * gathered on a list, and mounts_drop gives up its references afterwards.
 *
 * Life of a mount: made by mount_create, nowhere; mount_place_locked puts it on a place and the tree keeps the maker's
 * reference; mount_unplace_locked takes it off; the last reference frees it.
 */
#ifndef NAMU_FS_MOUNT_H
#define NAMU_FS_MOUNT_H

#include "fs/dentry.h"
#include "sched/waitq.h"

#define MOUNT_NOSYMFOLLOW 256u /* MS_NOSYMFOLLOW */

/* Flags that a mount keeps; the others of mount(2) say what to do. */
#define MOUNT_KEPT_FLAGS (1u | 2u | 4u | 8u | MOUNT_NOSYMFOLLOW | 1024u | 2048u | (1u << 21))
/* And those that the tree of files keeps to show them: MS_SYNCHRONOUS, MS_MANDLOCK, MS_DIRSYNC, MS_LAZYTIME. */
#define SUPERBLOCK_KEPT_FLAGS (16u | 64u | 128u | (1u << 25))

/* As many as Linux allows in one namespace (fs.mount-max). */
#define MOUNTS_MAX 100000u

extern struct mutex mount_mutex;

/*
 * A tree of mounts that processes see. Anonymous ones hold what open_tree and fsmount have made, until it is put in its
 * place. Lock key: (a) atomic; (i) immutable; (l) vfs_lock, changed under mount_mutex too; (q) its own lock.
 */
struct mount_namespace {
	struct refcount refs;    /* (a) views (struct fs_context), descriptors */
	uint64_t ino;            /* (i) of /proc/PID/ns/mnt */
	struct mount *root;      /* (l) */
	struct list mounts;      /* (l) by id, ascending */
	uint32_t count;          /* (l) */
	_Atomic uint64_t events; /* (a) changes, for those who poll /proc/PID/mountinfo */
	struct waitq watchers;   /* (q) */
	bool is_anonymous;       /* (i) */
};

/* A mount of `root` in `superblock` that is nowhere yet, one reference; takes its own references. Null: no memory. */
struct mount *mount_create(struct superblock *superblock, struct dentry *root, const char *source, uint32_t flags);
void mount_get(struct mount *mount);
void mount_put(struct mount *mount);

/* With vfs_lock held: what is mounted on `dentry` in `mount`; null. */
struct mount *mount_on_locked(const struct mount *mount, const struct dentry *dentry);
/* Is `dentry` a mount point in the current namespace, so that it may not be removed? */
bool dentry_is_mountpoint(const struct dentry *dentry);
/* `dentry` was removed: what others had mounted on it goes. */
void mounts_detach_on(struct dentry *dentry);

/* With both locks held: onto `where` (takes its own references there); it belongs to no namespace by that. */
void mount_place_locked(struct mount *mount, const struct path *where);
/* Off its place, whose references go to mount->left. */
void mount_unplace_locked(struct mount *mount);
/* Into / out of the list of a namespace. */
void mount_enlist_locked(struct mount *mount, struct mount_namespace *space);
void mount_delist_locked(struct mount *mount);
/* Give up what was gathered by `link`: the places, and the reference that the tree had. No lock is held. */
void mounts_drop(struct list *gone);

/* The next of the tree below `top`, each before what is mounted in it; null at the end. With one of the locks. */
struct mount *mount_next(struct mount *mount, const struct mount *top);
/* The next behind everything mounted in `mount`. */
struct mount *mount_next_beside(struct mount *mount, const struct mount *top);
/* Is `dentry` at or below `above`? With vfs_lock. */
bool dentry_is_below_locked(const struct dentry *dentry, const struct dentry *above);
/* Can `path` be seen from `root`? With vfs_lock. */
bool path_is_below_locked(const struct path *path, const struct path *root);

uint64_t mount_total(void);

/* mount_tree.c: whole trees. mount_mutex is held. */
enum tree_copy {
	TREE_COPY_SLAVE = 1,     /* they receive from the originals; else they are members of the same groups */
	TREE_COPY_SHARED = 2,    /* and have groups of their own */
	TREE_COPY_UNBINDABLE = 4 /* unbindable ones are copied too; else they and what is in them is left out */
};
/* A copy of `mount` from `root` on, with what is mounted below it there if `with_mounts`: *copy is nowhere. 0, -ENOMEM.
 */
int mount_tree_copy(struct mount *mount, struct dentry *root, bool with_mounts, unsigned how, struct mount **copy);
/* What mount_tree_copy has made is given up again: gathered on `gone`. */
void mount_tree_discard(struct mount *top, struct list *gone);
/* Put the tree (or move it, if it stands somewhere) on `where`, and copies of it where `where`'s mount sends its events
 * to. 0, -ENOMEM, -ENOSPC, -ENOENT, -ENOTDIR. What it leaves is gathered on `gone`. */
int mount_tree_attach(struct mount *top, const struct path *where, struct list *gone);
/* Take the tree off, with what is mounted in it, and where its parents send their events to. */
void mount_tree_detach(struct mount *top, bool with_propagation, struct list *gone);

/* mount_namespace.c */
struct mount_namespace *mount_namespace_current(void);
/* The number by which a fresh namespace of any kind is known. */
uint64_t namespace_next_ino(void);
struct mount_namespace *mount_namespace_create(bool is_anonymous); /* null: no memory */
/* The tree `top`, which is in none, becomes all of it. mount_mutex is held. */
void mount_namespace_fill(struct mount_namespace *space, struct mount *top);
void mount_namespace_get(struct mount_namespace *space);
void mount_namespace_put(struct mount_namespace *space);
/* Those who poll hear of a change. */
void mount_namespace_changed(struct mount_namespace *space);
/* Boot: `mount` becomes the root of the first namespace, that of `context`. */
int mount_namespace_boot(struct mount *mount, struct fs_context *context);
/* `context`, which nobody else uses, gets a copy of its namespace. 0, -ENOMEM, -ENOSPC. */
int fs_context_unshare_mounts(struct fs_context *context);
/* It goes over to another namespace: root and working directory become that namespace's root. */
int fs_context_enter_mounts(struct fs_context *context, struct mount_namespace *space);
/* The namespace of a view, with a reference. */
struct mount_namespace *fs_context_space(struct fs_context *context);
/* Calls visit for every mount of the namespace that can be seen from `root`, in order, with a reference held. */
void mounts_for_each(struct mount_namespace *space, const struct path *root,
		     void (*visit)(struct mount *mount, void *arg), void *arg);

/* It as a file (fs/nsfs.h). */
extern const struct namespace_kind mount_namespace_kind;

/* The place that is really mounted on: on top of what is mounted there. mount_mutex is held; *where keeps references.
 */
void mount_climb(struct path *where);
/* Is it in the current namespace, with vfs_lock or mount_mutex held? */
bool mount_is_ours(const struct mount *mount);

#endif
