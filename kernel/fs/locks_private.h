/*
 * The inside of file locks, shared by locks.c (record locks), flock.c and locks_wait.c (waiting, deadlock, life).
 *
 * One spin lock guards all locks of all files: they are few and seldom.
 */
#ifndef NAMU_FS_LOCKS_PRIVATE_H
#define NAMU_FS_LOCKS_PRIVATE_H

#include "fs/locks.h"

/* A lock that is held. Lock key: (l) locks_lock. */
struct file_lock {
	struct list link;     /* (l) on its file's list */
	struct list all_link; /* (l) on the list of all */
	struct inode *inode;  /* (l) no reference: the owner's description has one */
	const void *owner;    /* (l) struct fd_table (POSIX) or struct file (flock, OFD) */
	int64_t start, end;   /* (l) inclusive; INT64_MAX: to the end */
	int32_t pid;          /* (l) for F_GETLK and /proc/locks; -1: OFD */
	bool is_write;        /* (l) */
	bool is_ofd;          /* (l) */
};

/* What hangs on inode->locks while there is a lock or a waiter. Lock key: (l) locks_lock; (i) immutable. */
struct inode_locks {
	struct list records;  /* (l) POSIX and OFD */
	struct list flocks;   /* (l) */
	uint32_t waiters;     /* (l) */
	struct waitq changed; /* (i) all waiters of the file: each looks again for itself */
};

/* What a thread that waits wants. Lock key: (i) immutable. */
struct lock_request {
	/* What stands in its way now; null: nothing any more. locks_lock is held. */
	const struct file_lock *(*look)(const struct lock_request *request); /* (i) */
};

/* A thread that waits for a lock; on its stack. Lock key: (l) locks_lock. */
struct lock_waiter {
	struct list link;                /* (l) on the list of POSIX waiters */
	const void *owner;               /* (l) who waits */
	const struct lock_request *wish; /* (l) for what */
};

extern struct spinlock locks_lock; /* rank LOCK_INODE */

struct file_lock *file_lock_alloc(void);
void file_lock_free(struct file_lock *lock);
/* Put on a list and the list of all; take off both and free. locks_lock is held. */
void file_lock_insert(struct list *list, struct inode *inode, struct file_lock *lock);
void file_lock_delete(struct file_lock *lock);

/* The file's locks, made when there are none; null: no memory. locks_lock is held. */
struct inode_locks *inode_locks_get(struct inode *inode);
/* Some went: wake waiters, and free the structure when nothing is left of it. locks_lock is held. */
void inode_locks_changed(struct inode *inode);

/* Wait for a change of the file's locks; locks_lock is held, and given up meanwhile. With `wish` (of POSIX) a deadlock
 * is looked for first. 0, -EDEADLK, -ERESTART_CALL. */
int inode_locks_wait(struct inode *inode, const void *owner, const struct file_lock *blocker,
		     const struct lock_request *wish);

#endif
