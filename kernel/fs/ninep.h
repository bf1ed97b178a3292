/*
 * Host folders: a file system whose files are those of a 9P server, which others change too. Nothing about a name or an
 * attribute is believed longer than a system call: the walk along a path asks for every name again, and every stat
 * gets the attributes anew.
 *
 * The server is QEMU's, to which an unopened fid is a name: to ask for its attributes is to look the name up. So a name
 * in memory with its fid costs one message to confirm. Where a fid follows the file instead, a file that the host has
 * renamed would be found under its old name.
 *
 * A file that is not a directory is one inode however many names lead to it, found by its number on the server. A
 * directory gets an inode for each name that it was found under, so that whatever the host moves meanwhile, no
 * directory in memory has two places.
 *
 * Locks: the directory's and the file's inode->mutex as vfs.h says; a node's map_mutex comes after all other mutexes
 * (also an address space's): it orders what changes a file's pages in memory. share->lock (rank LOCK_INODE) guards the
 * table and the nodes' fids and handles.
 */
#ifndef NAMU_FS_NINEP_H
#define NAMU_FS_NINEP_H

#include "fs/file.h"
#include "fs/ninep_calls.h"

#define NINEP_BUCKETS 256u

/* inode->private_data. Lock key: (i) immutable; (l) the share's lock; (p) map_mutex. */
struct ninep_node {
	struct inode *inode;          /* (i) */
	uint64_t path;                /* (i) its number on the server */
	struct ninep_node *hash_next; /* (l) */
	bool is_hashed;               /* (l) */
	struct ninep_fid *fid;        /* (l) its name; null: the name is gone, and no other is known */
	const struct dentry *name;    /* (l) which one: only compared. A directory has no other */
	struct list handles;          /* (l) struct ninep_handle, the newest first */
	struct ninep_fid *spare;      /* (l) open from its making, for the opening that asked for it */
	struct thread *spare_for;     /* (l) */
	struct mutex map_mutex;       /* (i) */
	bool is_local;                /* (p) its contents are in memory alone, see ninep_map.c */
};

/* file->private_data of a regular file or a directory. Lock key: (i) immutable; (l) the share's lock; (m) the
 * description's position mutex. */
struct ninep_handle {
	struct list link;          /* (l) on node->handles */
	struct ninep_fid *fid;     /* (i) open */
	bool may_read, may_write;  /* (i) */
	bool appends;              /* (i) the server puts every write at the end */
	uint8_t *entries;          /* (m) of a directory: what was read ahead, or null */
	uint32_t entries_bytes;    /* (m) */
	uint32_t entries_at;       /* (m) */
	uint64_t entries_position; /* (m) of the description, where the next one in `entries` stands */
};

/* superblock->private_data. Lock key: (i) immutable; (l) its lock. */
struct ninep_share {
	struct ninep_client *client;               /* (i) */
	struct spinlock lock;                      /* (i) */
	struct ninep_node *buckets[NINEP_BUCKETS]; /* (l) files that are no directories, by number */
};

static inline struct ninep_share *ninep_share_of(const struct inode *inode)
{
	return inode->superblock->private_data;
}
static inline struct ninep_node *ninep_node_of(const struct inode *inode)
{
	return inode->private_data;
}

/* Boot. */
void ninep_init(void);

/* -- ninep_node.c -- */

/* The inode of what `fid` (taken over), which is that of the name `dentry`, and its attributes say; one reference. 0,
 * -ENOMEM. */
int ninep_inode_get(struct superblock *superblock, struct ninep_fid *fid, const struct dentry *dentry,
		    const struct ninep_attributes *attributes, struct inode **inode);
/* The fid of its name, with a reference; null. */
struct ninep_fid *ninep_name_fid(struct inode *inode);
/* Another fid for its name (taken over; null: it has none that is known), which is `dentry`. */
void ninep_set_name_fid(struct inode *inode, struct ninep_fid *fid, const struct dentry *dentry);
/* Is the fid that of this name, not of another one that leads to the file? */
bool ninep_fid_is_of(struct inode *inode, const struct dentry *dentry);
/* The fid of an open description of it, with a reference; null. */
struct ninep_fid *ninep_open_fid(struct inode *inode, bool for_write);
/* One that can do what a new description shall, and whether the server puts all it writes at the end; null. */
struct ninep_fid *ninep_like_fid(struct inode *inode, bool reads, bool writes, bool *appends);
/* Get the attributes by its name: 0, -ESTALE when the name leads to another file now, or the server's error. */
int ninep_refresh(struct inode *inode);
/* The same for a description, whose file may have lost its name: then what is known of it stays. */
int ninep_getattr(struct inode *inode);
/* The error says that the file is not under its name any more. */
bool ninep_is_lost(int error);
void ninep_apply(struct inode *inode, const struct ninep_attributes *attributes);
/* One of its names was removed here. The inode's mutex is held. */
void ninep_name_removed(struct inode *inode);
int ninep_setattr(struct inode *inode, const struct attribute_change *change);
void ninep_evict(struct inode *inode);

/* -- ninep_directory.c, ninep_listing.c, ninep_file.c -- */

extern const struct inode_ops ninep_directory_ops, ninep_file_ops, ninep_other_ops;
extern const struct file_ops ninep_directory_file_ops, ninep_regular_file_ops;

bool ninep_revalidate(struct dentry *dentry);
ssize_t ninep_readlink(struct inode *inode, char *to, size_t room);
/* Open the file once more on the server; flags of open(2). */
int ninep_handle_open(struct inode *inode, struct file *file);
void ninep_handle_release(struct file *file);
static inline struct ninep_handle *ninep_handle_of(const struct file *file)
{
	return file->private_data;
}
int ninep_fsync(struct file *file);
int ninep_truncate(struct inode *inode, uint64_t size);

/* -- ninep_map.c -- */

int ninep_mmap(struct file *file, struct vm_map_request *request);
/* The server's file has this size, and maybe other contents than before: pages in memory go or stay. */
void ninep_pages_follow(struct inode *inode, uint64_t size, bool has_changed);
/* One write (a count or -errno), seen by the pages in memory too. */
ssize_t ninep_write_and_update(struct inode *inode, struct ninep_fid *fid, uint64_t offset, const void *from,
			       size_t bytes);
/* Write back what mappings have written within these bytes. */
int ninep_flush_range(struct inode *inode, uint64_t offset, uint64_t bytes);
/* Nobody has it open any more. */
void ninep_last_closed(struct inode *inode);
/* Another size for a file without a name: its contents are the object's from now on. The inode's mutex is held. */
int ninep_resize_local(struct inode *inode, uint64_t size);

/* -- ninep_xattr.c -- */

int64_t ninep_getxattr(struct inode *inode, const char *name, void *value, size_t room);
int ninep_setxattr(struct inode *inode, const char *name, const void *value, size_t bytes, int flags);
int64_t ninep_listxattr(struct inode *inode, char *names, size_t room);
int ninep_removexattr(struct inode *inode, const char *name);

#endif
