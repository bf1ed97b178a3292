/* What programs are told about a file, and whether they may use it. */
#ifndef NAMU_FS_STAT_H
#define NAMU_FS_STAT_H

#include <asm/stat.h>

#include "fs/vfs.h"

struct statx;

/* All of it is filled, padding included. lookup: LOOKUP_FOLLOW, LOOKUP_EMPTY. 0 or -errno. */
int stat_at(int dirfd, const char *text, unsigned lookup, struct stat *stat);
/* Of an open description of any kind, O_PATH ones too; -EBADF. */
int stat_descriptor(int fd, struct stat *stat);
/* The same in the layout of statx(2); `mask` are the fields asked for. */
int statx_at(int dirfd, const char *text, unsigned lookup, unsigned mask, struct statx *stat);

/* access(2): may the current thread do `mask`, by its real ids (or the effective ones)? */
int access_at(int dirfd, const char *text, unsigned mask, unsigned lookup, bool by_effective_ids);

/* What `dirfd` and `text` name, by LOOKUP_EMPTY possibly a descriptor without a path: *path (dentry null then) and
 * *inode with references, undone by named_file_put. */
struct named_file {
	struct path path;
	struct inode *inode;
};
int named_file_get(int dirfd, const char *text, unsigned lookup, struct named_file *named);
int named_file_get_descriptor(int fd, bool allow_path_only, struct named_file *named);
void named_file_put(struct named_file *named);

#endif
