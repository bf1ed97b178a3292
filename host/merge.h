/*
 * The tree that layers of files are merged into: names, inodes and where their contents lie in the image that is being
 * made. Nothing of it touches the host's file system, so owners, modes, devices and extended attributes are kept
 * without any rights, and no name in an archive can lead outside.
 *
 * Owned by whoever calls merge_begin(); ended by merge_free(). A node belongs to its directory; an inode to all nodes
 * that name it.
 */
#ifndef HOST_MERGE_H
#define HOST_MERGE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct attribute {
	char *name; /* in full, such as "user.x" */
	unsigned char *value;
	size_t value_bytes;
};

struct inode {
	mode_t mode; /* type and permissions */
	uint32_t uid, gid;
	int64_t mtime_s;
	uint32_t mtime_ns;
	uint32_t link_count; /* of nodes; a directory's is counted by the writer */
	uint32_t device_major, device_minor;
	uint64_t bytes; /* of a regular file */
	uint64_t block; /* where its contents begin in the image, in blocks */
	char *target;   /* of a symbolic link */
	struct attribute *attributes;
	size_t attribute_count;
	uint64_t place; /* the writer's: where the inode stands in the metadata; 0: nowhere yet */
};

struct node {
	char *name;
	struct node *parent; /* the root's own is itself */
	struct inode *inode;
	unsigned layer; /* that stated it last */
	uint32_t hash;
	struct node *hash_next; /* in the merge's table */
	struct node **children; /* of a directory, in no order */
	size_t child_count, child_room;
	size_t place; /* among its parent's children */
};

struct merge {
	struct node *root;
	struct node **table; /* of all nodes but the root, by parent and name */
	size_t table_size;
	size_t node_count;
	unsigned layer; /* being applied, from 1 */
	/* Called with the contents of a file that nobody names any more; may be NULL. */
	void (*drop)(void *context, const struct inode *inode);
	void *context;
	char wrong[512]; /* what is wrong, after a call that failed */
};

#define MERGE_NODES_MOST (16u << 20)
#define MERGE_DEPTH_MOST 1024
#define MERGE_LINKS_MOST 40

void merge_begin(struct merge *merge);
void merge_free(struct merge *merge);

/*
 * Puts an inode at a path, in place of what is there; a directory over a directory takes the new one's facts and keeps
 * the entries. Missing directories above it are made; symbolic links above it are followed within the tree. Takes over
 * `inode`, which is freed on failure. 0, or -1 with merge->wrong set.
 */
int merge_put(struct merge *merge, const char *path, struct inode *inode);

/* Another name for the file at `target`. */
int merge_link(struct merge *merge, const char *path, const char *target);

/* Hides what the layers below have at a path: all of it, or (opaque) only what is in that directory. */
int merge_hide(struct merge *merge, const char *path);
int merge_hide_entries(struct merge *merge, const char *path);

/* The node at a path, symbolic links followed; NULL when there is none. */
struct node *merge_find(struct merge *merge, const char *path);

/* A new inode with nothing set but the mode. */
struct inode *inode_new(mode_t mode);
void inode_free(struct inode *inode);

#endif
