/*
 * Handles: names of files that outlive renames (name_to_handle_at(2)). A handle says in which tree a file is, its
 * number, and that of the directory in which it was found; numbers are never used again, so nothing is kept for it.
 */
#ifndef NAMU_FS_HANDLE_H
#define NAMU_FS_HANDLE_H

#include "fs/file.h"

#define HANDLE_BYTES_MAX 128u /* Linux's limit on any handle */

/* As programs hold it, behind Linux's head (struct file_handle). No padding. */
struct handle {
	uint32_t device; /* the tree's */
	uint32_t zero;
	uint64_t ino, parent_ino;
};
_Static_assert(sizeof(struct handle) == 24, "handles have no padding");

/* The kind of handle as programs see it. */
#define HANDLE_TYPE 0x4e

/* Of what stands at `path`: 0, -EOPNOTSUPP, -ENOMEM. */
int handle_make(const struct path *path, struct handle *handle);
/* The file in the tree in which `near` lies: *path with references, in near's mount. 0, -ESTALE, -ENOMEM, -EUCLEAN. */
int handle_find(const struct handle *handle, const struct path *near, struct path *path);
/* open_by_handle_at(2): a description, or err_ptr. `flags` are those of open(2). */
struct file *handle_open(const struct handle *handle, const struct path *near, uint32_t flags);

/* tree_handle.c: for struct filesystem. */
int tree_make_handle(struct inode *inode);
int tree_find_handle(struct superblock *superblock, uint64_t ino, uint64_t parent_ino, struct dentry **dentry,
		     struct inode **inode);

#endif
