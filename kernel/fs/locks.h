/*
 * File locks: flock(2), POSIX record locks and open-file-description locks (fcntl(2)). They hang on the inode.
 *
 * Owners: flock and OFD locks belong to the open file description and go with its last reference; POSIX locks belong to
 * the descriptor table and go when the table closes any descriptor of the file.
 */
#ifndef NAMU_FS_LOCKS_H
#define NAMU_FS_LOCKS_H

#include "fs/file.h"

struct flock; /* of linux/fcntl.h */

/* flock(2): LOCK_SH, LOCK_EX, LOCK_UN, with LOCK_NB. 0, -EWOULDBLOCK, -ERESTART_CALL, -ENOLCK, -EINVAL. */
int locks_flock(struct file *file, unsigned operation);
bool locks_flock_is_known(unsigned operation);

/*
 * F_SETLK and F_SETLKW (F_OFD_* with is_ofd) by descriptor `fd`, which names `file`: `lock` is a kernel copy, `pid`
 * what F_GETLK tells others. 0, -EAGAIN, -EDEADLK, -EBADF (access mode), -EINVAL, -EOVERFLOW, -ENOLCK, -ERESTART_CALL.
 */
int locks_set(int fd, struct file *file, const struct flock *lock, bool is_ofd, bool may_wait, int32_t pid);
/* F_GETLK: writes what stands in the way into `lock`, or F_UNLCK as its type. */
int locks_test(struct file *file, struct flock *lock, bool is_ofd);

/* The table closed a descriptor of this file. */
void locks_remove_posix(struct file *file, const struct fd_table *table);
/* The last reference to the description went. */
void locks_remove_file(struct file *file);

/* Calls visit for every lock held, for /proc/locks: type "FLOCK", "POSIX" or "OFDLCK"; end == INT64_MAX: to the end of
 * the file. */
struct lock_view {
	const char *type;
	bool is_write;
	int32_t pid;
	uint64_t device, ino;
	int64_t start, end;
};
void locks_for_each(void (*visit)(const struct lock_view *view, void *arg), void *arg);

#endif
