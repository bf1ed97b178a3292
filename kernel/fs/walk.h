/*
 * The walk along a path. It goes under vfs_lock from name to name and takes no reference as long as every name is in
 * the hash; where it must sleep (a name that only the file system knows, a link that must be asked for) it takes
 * references to where it stands, lets the lock go, and goes on. At the end its place is handed out with references.
 */
#ifndef NAMU_FS_WALK_H
#define NAMU_FS_WALK_H

#include "fs/dentry.h"

#define WALK_SMALL_LINK 64

/* The text of a symbolic link that is being followed. */
struct walk_link {
	struct walk_link *outer; /* the link within whose text this one was met */
	const char *rest;        /* what of the outer text comes behind it */
	char *text;
};

enum walk_end {
	WALK_END_NAME, /* an ordinary last component, see `last` */
	WALK_END_DOT,
	WALK_END_DOTDOT,
	WALK_END_ROOT /* there is no component: the path is "/", or the last link led to a place (/proc/PID/fd/N) */
};

/* On the stack of who walks. */
struct walk {
	struct mount *mount; /* where it stands: valid while is_locked, else kept by `held` */
	struct dentry *dentry;
	struct path root; /* neither .. nor an absolute link leads above it */
	const char *text; /* what is still to go */
	const struct cred *cred;
	struct fs_context
		*context; /* its lock is held as well, until the first sleep; null: it is not shared, or not now */
	struct path held; /* references to where it stood when it last slept; empty before */
	struct path root_held;
	struct walk_link *link;
	unsigned flags; /* LOOKUP_* */
	unsigned links_followed;
	bool is_locked;
	bool has_rest;          /* links or references to give up at the end */
	bool must_be_directory; /* a slash follows the last component */
	bool is_small_used;
	uint8_t end; /* enum walk_end, of walk_parent */
	struct name_key last_key;
	const char *last; /* not ended by zero; lives as long as the walk */
	char small_text[WALK_SMALL_LINK];
	struct walk_link small_link;
};

/* Stand where `text` begins. 0, -ENOENT (empty), -EBADF, -ENOTDIR, -EXDEV. On error nothing is held. */
int walk_begin(struct walk *walk, int dirfd, const char *text, unsigned flags, const struct cred *cred);
/* Go all the way / up to the last component. 0 or -errno; walk_end_* is owed in either case. */
int walk_all(struct walk *walk);
int walk_parent(struct walk *walk);
/*
 * After walk_parent with a WALK_END_NAME: look at the last component without making anything. 1: it leads to *found
 * (valid while the lock is held; the walk still stands at the parent); 0: it is not in memory or does not exist;
 * -errno.
 */
int walk_peek_last(struct walk *walk, struct dentry **found);
/* The last component is a symbolic link, with a reference that is taken over: go on with its text, up to the last
 * component again. */
int walk_follow_last(struct walk *walk, struct dentry *link);
/* Step from the parent onto its child. The lock is held. May cross mounts. */
int walk_onto(struct walk *walk, struct dentry *child);
/* Stand on `child` of the place, to which the caller has a reference: *path with references. */
int walk_stand_on(struct walk *walk, struct dentry *child, struct path *path);
/* Where it stands: *path with references. */
void walk_here(struct walk *walk, struct path *path);

/* Let the lock go, with references to the place. */
void walk_sleep(struct walk *walk);
/* The end: hand out the place with references, or drop everything. */
void walk_end_at(struct walk *walk, struct path *path);
void walk_end(struct walk *walk);

/*
 * The name in `parent`, whose inode's mutex is held: *child with a reference, negative when there is no such file.
 * `for_new`: a negative one is made even where the directory is known to be without it.
 */
int lookup_child_locked(struct dentry *parent, const char *name, size_t bytes, bool for_new, struct dentry **child);

#endif
