/* Inside of the mount table. The table is guarded by vfs_lock. */
#ifndef NAMU_FS_MOUNT_H
#define NAMU_FS_MOUNT_H

#include "fs/dentry.h"

/* Flags that a mount keeps; the others of mount(2) say what to do. */
#define MOUNT_KEPT_FLAGS (1u | 2u | 4u | 8u | 1024u | 2048u | (1u << 21) | (1u << 24))

/* A mount of `root` in `superblock` that is nowhere yet, one reference; takes its own references. Null: no memory. */
struct mount *mount_create(struct superblock *superblock, struct dentry *root, const char *source, uint32_t flags);
void mount_get(struct mount *mount);
void mount_put(struct mount *mount);

/* Put it on `where`: 0, -ENOENT when the directory was removed, -ENOTDIR when one is a directory and the other is not.
 * The table keeps the caller's reference. */
int mount_attach(struct mount *mount, const struct path *where);
/* It becomes the root of everything. */
void mount_attach_root(struct mount *mount);
/* Take it out of the table, and what is mounted in it, if nobody uses it (or whatever happens, when `lazily`): 0 or
 * -EBUSY. `used` references are the caller's own. */
int mount_detach(struct mount *mount, bool lazily, unsigned used);
/* It leaves its place for another one: 0, or -ELOOP when `where` lies in it. */
int mount_move(struct mount *mount, const struct path *where);

/* With vfs_lock held: what is mounted on `dentry` in `mount`; null. */
struct mount *mount_on_locked(const struct mount *mount, const struct dentry *dentry);
/* Is `dentry` a mount point for anybody, so that it may not be removed? */
bool dentry_is_mountpoint(const struct dentry *dentry);

uint64_t mount_total(void);

#endif
