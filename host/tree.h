/*
 * A directory tree's digest: over the name, type, mode, owner, size, times to the nanosecond and inode number of
 * everything in it. While the digest is the same, so is the tree: a change of contents changes a time.
 */
#ifndef HOST_TREE_H
#define HOST_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "sha256.h"

struct tree {
	unsigned char digest[SHA256_BYTES];
	uint64_t newest_ns;   /* the latest change of anything in it, CLOCK_REALTIME */
	bool is_whole_second; /* every time in it is a whole second: a file system with coarse times */
};

/* Reads a tree. 0, or -1 with a line said: something is missing or cannot be read. */
int tree_read(struct tree *tree, const char *directory);

/* The same of one file that is used for `purpose`, a text that is part of the digest. */
int tree_read_file(struct tree *tree, const char *file, const char *purpose);

#endif
