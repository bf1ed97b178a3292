/* Reading directories. */
#ifndef NAMU_FS_DIRECTORY_H
#define NAMU_FS_DIRECTORY_H

#include "fs/file.h"

/*
 * As many entries as fit into the user's `room` bytes at `to`, in the layout of getdents64(2) (is_old: getdents(2)),
 * from the description's position on. Bytes, 0 at the end, -EINVAL when not even one fits, -ENOTDIR, -EFAULT, -ENOENT
 * when the directory was removed.
 */
int64_t directory_read_entries(struct file *file, uaddr_t to, size_t room, bool is_old);

/* The positions of "." and "..", which every directory has; behind them comes the file system's own cookie 0. */
#define DIRECTORY_DOTS 2
/* Give these two if the description stands before them. False: the sink is full. */
bool directory_put_dots(struct file *file, struct dir_sink *sink);

/* Operations of open directories of file systems that leave the entries to inode_ops.readdir. */
extern const struct file_ops directory_file_ops;

#endif
