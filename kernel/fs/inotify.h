/*
 * inotify(7): a descriptor that tells what happens to files, as a queue of events.
 *
 * An instance holds its watches, found by number and by file; a watch is a mark (fs/notify.h). All of it is guarded by
 * notify_lock.
 */
#ifndef NAMU_FS_INOTIFY_H
#define NAMU_FS_INOTIFY_H

#include "fs/file.h"

/* inotify_init1(2); flags IN_NONBLOCK alone are looked at. err_ptr: -EMFILE (instances of the user), -ENOMEM. */
struct file *inotify_create(uint32_t flags);
/* inotify_add_watch(2) on what `path` names, whose permission was checked: its number, -EEXIST, -ENOSPC, -ENOMEM,
 * -EINVAL (no such instance). */
int inotify_add(struct file *file, struct inode *inode, uint32_t mask);
/* 0, or -EINVAL. */
int inotify_remove(struct file *file, int32_t number);
bool inotify_is(const struct file *file);

/* /proc/sys/fs/inotify. Lock key: (a) atomic. */
struct inotify_limits {
	_Atomic uint32_t max_queued_events;  /* (a) of an instance made from now on */
	_Atomic uint32_t max_user_instances; /* (a) */
	_Atomic uint32_t max_user_watches;   /* (a) */
};
extern struct inotify_limits inotify_limits;

#endif
