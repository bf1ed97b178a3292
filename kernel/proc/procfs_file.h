/* Reading and writing procfs's files, for procfs.c. */
#ifndef NAMU_PROC_PROCFS_FILE_H
#define NAMU_PROC_PROCFS_FILE_H

#include "proc/procfs_private.h"

extern const struct file_ops proc_file_ops, proc_mounts_file_ops;

#endif
