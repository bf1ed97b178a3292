/*
 * Reader of an EROFS image that lies in memory: uncompressed images as mkfs.erofs makes them. Nothing here writes,
 * allocates, logs or locks, so that it also runs on the host, under the unit tests and the fuzzer.
 *
 * The image is foreign data. Every number in it is checked against the image's size when it is used; what does not fit
 * gives -EUCLEAN ("structure needs cleaning", as Linux answers), and nothing outside the image is ever read. The
 * format: Linux's Documentation/filesystems/erofs.rst.
 */
#ifndef NAMU_FS_EROFS_H
#define NAMU_FS_EROFS_H

#include "lib/types.h"

/* Immutable after erofs_open. */
struct erofs_image {
	const uint8_t *base;
	uint64_t bytes;        /* what the superblock claims, at most what is there */
	uint64_t meta_offset;  /* of the area that inode numbers count in */
	uint64_t xattr_offset; /* of the attributes that several inodes share */
	uint64_t root_nid;
	uint64_t inode_count;
	int64_t build_sec; /* the time of inodes that carry none */
	uint32_t build_nsec;
	uint8_t block_bits;
};

enum erofs_layout {
	EROFS_PLAIN,  /* all blocks in one run */
	EROFS_INLINE, /* the same, but the rest behind the last whole block follows the inode */
	EROFS_CHUNKS  /* a table of runs follows the inode; some may be holes */
};

/* An inode as read; a plain copy, valid as long as the image. */
struct erofs_node {
	uint64_t nid;
	uint64_t size;
	uint64_t data_offset;  /* of the first block in the image; EROFS_CHUNKS: of the table */
	uint64_t tail_offset;  /* EROFS_INLINE: where the rest lies */
	uint64_t xattr_offset; /* of the extended attributes behind the inode */
	uint32_t xattr_bytes;  /* 0: it has none */
	int64_t mtime_sec;
	uint32_t mtime_nsec;
	uint32_t mode, uid, gid, nlink;
	uint32_t device; /* of a device node, in Linux's 32-bit encoding */
	uint8_t layout;  /* enum erofs_layout */
	uint8_t chunk_bits;
	bool has_long_entries; /* EROFS_CHUNKS: entries of 8 bytes rather than 4 */
};

/* Check the superblock: 0, or -EINVAL with the reason in *why (a constant text). */
int erofs_open(struct erofs_image *image, const void *base, uint64_t bytes, const char **why);

/* Read and check an inode: 0, -EUCLEAN, or -EOPNOTSUPP (compressed). */
int erofs_read_node(const struct erofs_image *image, uint64_t nid, struct erofs_node *node);

/*
 * Where the contents at `offset` lie: *data and the number of bytes in one run from there (at least 1). *data is null
 * for a hole. At or behind the end: *bytes is 0. 0 or -EUCLEAN.
 */
int erofs_extent(const struct erofs_image *image, const struct erofs_node *node, uint64_t offset, const uint8_t **data,
		 uint64_t *bytes);
/* Copy up to `bytes` from `offset`, stopping at the end of the file: the count, or -EUCLEAN. */
ssize_t erofs_read(const struct erofs_image *image, const struct erofs_node *node, uint64_t offset, void *to,
		   size_t bytes);

struct erofs_entry {
	uint64_t nid;
	const char *name; /* in the image, not ended by zero */
	uint32_t name_bytes;
	uint8_t type; /* as in readdir: DT_REG ... */
};

/* Look `name` up in a directory by binary search: 0, -ENOENT, -ENOTDIR or -EUCLEAN. */
int erofs_find(const struct erofs_image *image, const struct erofs_node *dir, const char *name, size_t name_bytes,
	       struct erofs_entry *entry);

/*
 * The entry at cursor *position or the next one behind it, "." and ".." included; *position is set to that entry's own
 * cursor, and *position + 1 goes on. 1: there is one; 0: end; -EUCLEAN. Start with 0.
 */
int erofs_next(const struct erofs_image *image, const struct erofs_node *dir, uint64_t *position,
	       struct erofs_entry *entry);
/* Extended attributes (erofs_xattr.c). The name space is a number in the image, a prefix for programs. */
enum erofs_xattr_space {
	EROFS_XATTR_USER = 1,
	EROFS_XATTR_ACL_ACCESS = 2, /* whole names: the rest is empty */
	EROFS_XATTR_ACL_DEFAULT = 3,
	EROFS_XATTR_TRUSTED = 4,
	EROFS_XATTR_SECURITY = 6
};

/* Name and value lie in the image. */
struct erofs_xattr {
	const char *prefix; /* "user." ...; null: a name space that is not known here */
	const char *name;   /* what follows the prefix, not ended by zero */
	const uint8_t *value;
	uint32_t name_bytes, value_bytes;
	uint8_t space;
};

/*
 * The next attribute of an inode; *cursor starts at 0 and is moved on. 1: there is one; 0: no more; -EUCLEAN.
 */
int erofs_xattr_next(const struct erofs_image *image, const struct erofs_node *node, uint32_t *cursor,
		     struct erofs_xattr *xattr);
/* The attribute of this whole name ("user.x"): 0, -ENODATA or -EUCLEAN. */
int erofs_xattr_find(const struct erofs_image *image, const struct erofs_node *node, const char *name,
		     struct erofs_xattr *xattr);

/* A cursor behind every entry of the directory. */
uint64_t erofs_end_position(const struct erofs_image *image, const struct erofs_node *dir);

#endif
