/*
 * The writable tree in memory: tmpfs, and the same over an EROFS image.
 *
 * Over an image, a node is a view of the image until it is first changed. Names: a dentry that is pinned says how the
 * directory differs from the image: with an inode it is a name made here (or moved here), without one it hides a name
 * of the image. What is not pinned is only remembered, and may be forgotten and looked up again. Inodes: a changed one
 * is kept in the table of the tree by its number in the image (nid) until its last name is gone, so that every name of
 * it leads to the same file, whenever it is looked up; files of several names and directories are in the table while
 * they are in memory. Access times alone do not make a node a changed one: they are forgotten with it.
 *
 * Locks: directory's inode->mutex (its pinned names, cookies), inode->mutex (attributes, contents' object), tree->lock
 * (the table).
 */
#ifndef NAMU_FS_TREE_H
#define NAMU_FS_TREE_H

#include "arch/x86_64/spinlock.h"
#include "fs/dentry.h"
#include "fs/erofs.h"

#define TREE_BUCKETS 1024u

struct tree_xattr;

/* inode->private_data. Lock key: (i) immutable; (m) the inode's mutex; (t) the tree's lock. */
struct tree_node {
	struct inode *inode;         /* (i) */
	struct tree_node *hash_next; /* (t) */
	struct tree_xattr *xattrs;   /* (m) */
	uint64_t next_cookie;        /* (m) of a directory: for the next name */
	bool has_own_xattrs;         /* (m) those of the image, if any, are in the list too */
	bool is_image;               /* (i) it is the first part of a struct image_node */
	bool is_hashed;              /* (t) */
	bool is_changed;             /* (t) the table holds a reference */
	bool is_nameless;            /* (t) made here, and its last name is gone: no handle leads to it */
};

struct image_node {
	struct tree_node node;
	struct erofs_node image; /* (i) */
};

/* superblock->private_data. Lock key: (i) immutable; (l) its lock. */
struct tree {
	struct erofs_image image;               /* (i) bytes is 0: no image below */
	struct spinlock lock;                   /* (i) rank LOCK_INODE */
	struct tree_node **buckets;             /* (l) TREE_BUCKETS chains by number; null until they are needed */
	uint64_t magic;                         /* (i) for statfs */
	uint32_t root_mode, root_uid, root_gid; /* (i) of tmpfs: what the options made of the root */
	void *holder;                           /* (i) whom a tree of queues belongs to, see ipc/mqueue_fs.c */
};

static inline struct tree *tree_of(const struct superblock *superblock)
{
	return superblock->private_data;
}
static inline struct tree_node *tree_node_of(const struct inode *inode)
{
	return inode->private_data;
}
/* The node in the image below, or null. */
static inline const struct erofs_node *tree_image_of(const struct inode *inode)
{
	const struct tree_node *node = tree_node_of(inode);

	return node->is_image ? &((const struct image_node *)node)->image : NULL;
}

/* A tree of `type`; image null: an empty one. The root directory has `mode`. 0 or -ENOMEM, -EUCLEAN. */
int tree_create(const struct filesystem *type, const struct erofs_image *image, uint32_t root_mode, uint64_t magic,
		struct superblock **superblock);
void tree_statfs(struct superblock *superblock, struct statfs_info *info);
void tree_destroy(struct superblock *superblock);

/* A new node owned by the current thread, in a directory with these attributes (null: none); one reference. -ENOSPC:
 * too many. */
int tree_inode_create(struct superblock *superblock, const struct inode *dir, uint32_t mode, uint64_t device,
		      struct inode **inode);
/* The file of number `nid` in the image, the one it is in memory already or a new view; one reference. */
int tree_image_inode(struct superblock *superblock, uint64_t nid, struct inode **inode);
/* It differs from the image from now on. */
void tree_changed(struct inode *inode);
/* Its last name is gone: the table lets it go. The caller has a reference. */
void tree_nameless(struct inode *inode);

/* A node made here is found by its number from now on, as those of the image are: 0 or -ENOMEM. */
int tree_enter(struct inode *inode);
/* The file of this number that is in the table, with a reference; null. */
struct inode *tree_find(struct superblock *superblock, uint64_t ino);

/* The contents of a regular file as an object, made when first asked for. The mutex is held. Null: no memory. */
struct memobj *tree_object(struct inode *inode);
int tree_truncate(struct inode *inode, uint64_t size);
/* Does what is read come straight from the image? */
static inline bool tree_reads_image(const struct inode *inode)
{
	return !__atomic_load_n(&inode->object, __ATOMIC_ACQUIRE) && tree_node_of(inode)->is_image;
}

extern const struct inode_ops tree_directory_ops, tree_file_ops, tree_other_ops;
extern const struct file_ops regular_file_ops, directory_file_ops;

int tree_prepare_write(struct inode *inode);
void tree_evict(struct inode *inode);

/* tree_directory.c; shared with tree_rename.c. */
/* Make ready what hides the name of `dentry` in the image, if it is there (else *hider is null): 0, -ENOMEM, -EUCLEAN.
 */
int tree_hide_prepare(struct inode *dir, struct dentry *dentry, struct dentry **hider);
int tree_rename(struct inode *from_dir, struct dentry *from, struct inode *to_dir, struct dentry *to, unsigned flags);
bool tree_is_empty(struct dentry *directory, int *error);
/* The directory, which is empty, ends: what it hides is forgotten. */
void tree_forget_names(struct dentry *directory);
/* `inode` is what the negative name leads to from now on; its reference is taken over. The mutex of `dir` is held. */
void tree_add_name(struct inode *dir, struct dentry *dentry, struct inode *inode);
/* The directory has one name more or less. */
void tree_count_name(struct inode *dir, int step);

/* tree_xattr.c */
int64_t tree_getxattr(struct inode *inode, const char *name, void *value, size_t room);
int tree_setxattr(struct inode *inode, const char *name, const void *value, size_t bytes, int flags);
int64_t tree_listxattr(struct inode *inode, char *names, size_t room);
int tree_removexattr(struct inode *inode, const char *name);
/* What of the attributes in the image the inode itself keeps: access control lists, whether it has capabilities. */
int tree_load_xattrs(struct inode *inode);
void tree_free_xattrs(struct tree_node *node);

#endif
