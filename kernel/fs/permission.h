/* Who may do what to a file, for credentials other than the current thread's too (access(2) asks with the real ids). */
#ifndef NAMU_FS_PERMISSION_H
#define NAMU_FS_PERMISSION_H

#include "fs/vfs.h"

#define MAY_EXECUTE 1u
#define MAY_WRITE   2u
#define MAY_READ    4u

/* By the mode bits and the capabilities alone: true when `mask` is granted. No lock, no sleep. */
bool permission_by_mode(const struct inode *inode, unsigned mask, const struct cred *cred);
/* All of it, as inode_permission. May sleep. */
int permission_check(struct inode *inode, unsigned mask, const struct cred *cred);

/* May a name be made in `dir` (whose mutex is held), or `victim` be removed from it? 0 or -errno, in Linux's order. */
int permission_create(struct inode *dir);
int permission_remove(struct inode *dir, const struct dentry *victim, bool as_directory);

/* Mode, owner and group of a new file in `dir`: set-group-id directories pass their group on. */
void inode_init_owner(struct inode *inode, const struct inode *dir, uint32_t mode);
/* The bits of `mode` that the current thread may keep on a file of group `gid`. */
uint32_t mode_without_foreign_setgid(uint32_t mode, uint32_t gid);

/* -EROFS when nothing may be changed through this mount. */
int path_writable(const struct path *path);

#endif
