/*
 * flock(2): one lock of the whole file an open file description.
 */
#include <asm-generic/fcntl.h>

#include "fs/locks_private.h"
#include "lib/errno.h"

static struct file_lock *own_lock(struct inode_locks *locks, const struct file *file)
{
	struct file_lock *lock;

	list_for_each (lock, &locks->flocks, link) {
		if (lock->owner == file)
			return lock;
	}
	return NULL;
}

static struct file_lock *conflict_of(struct inode_locks *locks, const struct file *file, bool is_write)
{
	struct file_lock *lock;

	list_for_each (lock, &locks->flocks, link) {
		if (lock->owner != file && (is_write || lock->is_write))
			return lock;
	}
	return NULL;
}

/* What the description holds goes; also the first half of a change between shared and exclusive, which is not atomic.
 */
static void drop_own(struct inode *inode, const struct file *file)
{
	struct inode_locks *locks = inode->locks;
	struct file_lock *own = locks ? own_lock(locks, file) : NULL;

	if (own) {
		file_lock_delete(own);
		inode_locks_changed(inode);
	}
}

/* Take it, waiting if asked to. locks_lock is held; `fresh` is used on success only. */
static int take(struct inode *inode, struct file *file, bool is_write, bool may_wait, struct file_lock *fresh)
{
	struct inode_locks *locks = inode_locks_get(inode);
	struct file_lock *blocker;
	int error = 0;

	if (!locks)
		return -ENOLCK;
	while ((blocker = conflict_of(locks, file, is_write)) && !error)
		error = may_wait ? inode_locks_wait(inode, file, blocker, NULL) : -EAGAIN;
	if (blocker)
		return error;
	/* Another thread may have used the same description while this one waited. */
	drop_own(inode, file);
	locks = inode_locks_get(inode);
	if (!locks)
		return -ENOLCK;
	fresh->owner = file;
	fresh->is_write = is_write;
	fresh->is_ofd = true;
	fresh->end = INT64_MAX;
	fresh->pid = file_process_hook();
	file_lock_insert(&locks->flocks, inode, fresh);
	return 0;
}

static int set_lock(struct file *file, bool is_write, bool may_wait)
{
	struct file_lock *fresh = file_lock_alloc(), *own;
	struct inode *inode = file->inode;
	int error = 0;

	if (!fresh)
		return -ENOLCK;
	spin_lock(&locks_lock);
	own = inode->locks ? own_lock(inode->locks, file) : NULL;
	if (!own || own->is_write != is_write) {
		drop_own(inode, file);
		error = take(inode, file, is_write, may_wait, fresh);
		if (!error)
			fresh = NULL;
		inode_locks_changed(inode);
	}
	spin_unlock(&locks_lock);
	file_lock_free(fresh);
	return error;
}

bool locks_flock_is_known(unsigned operation)
{
	unsigned kind = operation & ~(unsigned)LOCK_NB;

	return (operation & LOCK_MAND) || kind == LOCK_SH || kind == LOCK_EX || kind == LOCK_UN;
}

int locks_flock(struct file *file, unsigned operation)
{
	bool may_wait = !(operation & LOCK_NB);

	if (!file->inode)
		return -EINVAL;
	if (operation & LOCK_MAND) /* mandatory locks are gone from Linux, which lets the request pass */
		return 0;
	switch (operation & ~(unsigned)LOCK_NB) {
	case LOCK_SH:
		return set_lock(file, false, may_wait);
	case LOCK_EX:
		return set_lock(file, true, may_wait);
	case LOCK_UN:
		spin_lock(&locks_lock);
		drop_own(file->inode, file);
		spin_unlock(&locks_lock);
		return 0;
	default:
		return -EINVAL;
	}
}
