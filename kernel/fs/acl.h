/*
 * POSIX access control lists (acl(5)): more users and groups than the mode bits have room for, and the default lists
 * that a directory gives to what is made in it. A list is immutable and held by reference. A file's own list is only
 * kept when the mode bits cannot say the same; its owner's, mask's and others' permissions are then those of the mode,
 * whose group bits are the mask, so that chmod needs to know nothing of lists.
 *
 * Which list an inode has is guarded by one spin lock of the module; inodes without one, nearly all, never take it.
 */
#ifndef NAMU_FS_ACL_H
#define NAMU_FS_ACL_H

#include "fs/vfs.h"

#define ACL_NAME_ACCESS  "system.posix_acl_access"
#define ACL_NAME_DEFAULT "system.posix_acl_default"

struct acl;

/* By the list of `inode`, which has one: is `mask` (MAY_*) granted to somebody who is not the owner? */
bool acl_permits(const struct inode *inode, unsigned mask, const struct cred *cred);

/* The list as getxattr(2) gives it: its bytes, -ENODATA, -ERANGE (room 0 asks how many). */
int64_t acl_get(const struct inode *inode, bool is_default, void *value, size_t room);
/* setxattr(2), removexattr(2) with 0 bytes. The mutex is held, permission granted. 0, -EINVAL, -EOPNOTSUPP, -ENOMEM. */
int acl_set(struct inode *inode, bool is_default, const void *value, size_t bytes);
/* A new inode gets the lists that `dir` gives its children; its mode is cut down by them. */
void acl_inherit(struct inode *inode, const struct inode *dir);
/* A list from an image, for an inode that nobody else has seen. 0, -EUCLEAN, -ENOMEM. */
int acl_load(struct inode *inode, bool is_default, const void *value, size_t bytes);
/* The inode ends. */
void acl_release(struct inode *inode);

/* The mode asked for, without what the umask takes away; a directory with a default list leaves that to the list. */
uint32_t acl_apply_umask(const struct inode *dir, uint32_t mode);

#endif
