/* Extended attributes: the rules of xattr(7) on who may read and change which, before the file system is asked. */
#ifndef NAMU_FS_XATTR_H
#define NAMU_FS_XATTR_H

#include "fs/vfs.h"

#define XATTR_NAME_BYTES 256 /* with the zero */

/* Counts or 0, or a negative errno. `room` 0 asks how much is needed. */
int64_t xattr_get(struct inode *inode, const char *name, void *value, size_t room);
int xattr_set(const struct path *path, struct inode *inode, const char *name, const void *value, size_t bytes,
	      int flags);
int64_t xattr_list(struct inode *inode, char *names, size_t room);
int xattr_remove(const struct path *path, struct inode *inode, const char *name);

#endif
