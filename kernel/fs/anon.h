/*
 * Inodes for what has no name in any directory: pipes, memfds, and one inode that event files, timers, epoll and the
 * like share (as Linux's anon_inode). They live in small superblocks of their own, so that fstat and /proc/PID/fd have
 * something to show.
 */
#ifndef NAMU_FS_ANON_H
#define NAMU_FS_ANON_H

#include "fs/file.h"

/* Which superblock (and so which st_dev) an inode is of. */
enum anon_kind {
	ANON_SHARED, /* the one that all share: st_mode 0600 without a type */
	ANON_PIPE,
	ANON_MEMORY, /* memfd */
	ANON_SOCKET,
	ANON_NAMESPACE, /* what /proc/PID/ns leads to */
	ANON_KINDS
};

/* Boot: what is shared by all. -ENOMEM. */
int anon_init(void);
/* A fresh inode with one reference, times now; the kind says its type, `permissions` the rest of its mode; owner is the
 * current fsuid and fsgid. Null: no memory. */
struct inode *anon_inode_create(enum anon_kind kind, uint32_t permissions);
/* st_dev of a kind. */
uint64_t anon_device(enum anon_kind kind);
/* The shared one; no reference is taken. */
struct inode *anon_shared_inode(void);

/* A description on the shared inode. Null: no memory. */
struct file *anon_file_create(const struct file_ops *ops, uint32_t flags, void *private_data);

/*
 * A path for a description without a name, made when first asked for: opening /proc/self/fd/N of a pipe or memfd comes
 * here. *path with references, or -ENXIO for what cannot be opened anew.
 */
int anon_path(struct file *file, struct path *path);
/* The same for an inode of that kind, whose reference is taken over, even on failure. 0 or -ENOMEM. */
int anon_place(enum anon_kind kind, struct inode *inode, const char *name, size_t bytes, struct path *path);

#endif
