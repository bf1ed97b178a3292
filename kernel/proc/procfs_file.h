/* Among procfs.c (names and inodes), procfs_file.c (reading and writing) and procfs_mount.c. */
#ifndef NAMU_PROC_PROCFS_FILE_H
#define NAMU_PROC_PROCFS_FILE_H

#include "proc/procfs_private.h"

extern const struct file_ops proc_file_ops, proc_mounts_file_ops;

/* The entry at the top of proc. */
extern const struct proc_entry proc_root_entry;
/* An inode for `node`, whose reference on the pid is taken over, even on failure. Null: no memory. */
struct inode *procfs_inode(struct superblock *superblock, const struct proc_node *node);

#endif
