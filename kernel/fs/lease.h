/*
 * Leases (fcntl(2), F_SETLEASE): the holder is told before another opens or truncates the file in a way that the lease
 * forbids, and has a time to give it up.
 *
 * There are few, on one list under lease_lock; while there are none an open looks at their number alone.
 */
#ifndef NAMU_FS_LEASE_H
#define NAMU_FS_LEASE_H

#include "fs/file.h"

extern _Atomic uint32_t lease_count;
extern _Atomic uint32_t lease_break_seconds; /* /proc/sys/fs/lease-break-time */
extern _Atomic uint32_t leases_enabled;      /* /proc/sys/fs/leases-enable */

/* F_SETLEASE: F_RDLCK, F_WRLCK, F_UNLCK. 0, -EINVAL, -EACCES, -EAGAIN, -ENOMEM. */
int lease_set(struct file *file, int fd, int type);
/* F_GETLEASE: what is held, or what is left of it once the break has begun. */
int lease_get(const struct file *file);
/* Somebody opens or truncates `inode` with these O_* flags: wait until no lease stands in the way. 0, -EAGAIN
 * (O_NONBLOCK), -ERESTART_CALL. */
int lease_wait(struct inode *inode, uint32_t flags);
static inline int lease_break(struct inode *inode, uint32_t flags)
{
	return unlikely(lease_count) ? lease_wait(inode, flags) : 0;
}
/* The description ends. */
void lease_file_gone(const struct file *file);

struct lease_view {
	bool is_breaking;
	int type; /* F_RDLCK ..., what will be left */
	int32_t pid;
	uint64_t device, ino;
};
void leases_for_each(void (*visit)(const struct lease_view *view, void *arg), void *arg);

#endif
