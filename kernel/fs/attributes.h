/* What a file's attributes are, and the changes that programs may make to them. All take the inode's mutex themselves
 * but where they say otherwise. */
#ifndef NAMU_FS_ATTRIBUTES_H
#define NAMU_FS_ATTRIBUTES_H

#include "fs/vfs.h"

/* `path` is where the file was reached (for read-only mounts), or null. 0 or -errno, as chmod(2), chown(2),
 * utimensat(2) say. */
int attributes_set_mode(const struct path *path, struct inode *inode, uint32_t mode);
/* UINT32_MAX: as it is. */
int attributes_set_owner(const struct path *path, struct inode *inode, uint32_t uid, uint32_t gid);

struct time_request {
	bool set_atime, set_mtime; /* not UTIME_OMIT */
	bool is_now;               /* both are "now": whoever may write may ask that */
	struct timestamp atime, mtime;
};
int attributes_set_times(const struct path *path, struct inode *inode, const struct time_request *request);

/* truncate(2) once permission is granted. 0, -EINVAL, -EISDIR, -ETXTBSY, -EFBIG, -ENOSPC ... */
int attributes_truncate(struct inode *inode, uint64_t size);
/* The contents are about to change by somebody without privilege: set-user-id and set-group-id go. The mutex is held. 0
 * or -errno. */
int attributes_drop_privileges(struct inode *inode);

/* A read: the access time changes as by "relatime". */
void attributes_accessed(const struct path *path, struct inode *inode);

#endif
