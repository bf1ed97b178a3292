/*
 * What record locks and flock share: where locks are kept, waiting for them, circles of waiters.
 */
#include "fs/locks_private.h"
#include "lib/errno.h"
#include "mem/slab.h"

/* Longest chain of waiters that is followed, as on Linux: longer ones are let pass rather than walked for ever. */
#define DEADLOCK_DEPTH 10

struct spinlock locks_lock = SPINLOCK_INIT("file locks", LOCK_INODE);

static struct slab_cache lock_cache = SLAB_CACHE("file_lock", struct file_lock);
static struct slab_cache inode_locks_cache = SLAB_CACHE("inode_locks", struct inode_locks);

/* Lock key: (l) locks_lock. */
static struct list all_locks = LIST_INIT(all_locks);         /* (l) */
static struct list posix_waiters = LIST_INIT(posix_waiters); /* (l) */

struct file_lock *file_lock_alloc(void)
{
	return slab_alloc(&lock_cache);
}

void file_lock_free(struct file_lock *lock)
{
	if (lock)
		slab_free(&lock_cache, lock);
}

void file_lock_insert(struct list *list, struct inode *inode, struct file_lock *lock)
{
	lock->inode = inode;
	list_append(list, &lock->link);
	list_append(&all_locks, &lock->all_link);
}

void file_lock_delete(struct file_lock *lock)
{
	list_remove(&lock->link);
	list_remove(&lock->all_link);
	file_lock_free(lock);
}

struct inode_locks *inode_locks_get(struct inode *inode)
{
	struct inode_locks *locks = inode->locks;

	if (locks)
		return locks;
	locks = slab_alloc(&inode_locks_cache);
	if (!locks)
		return NULL;
	list_init(&locks->records);
	list_init(&locks->flocks);
	waitq_init(&locks->changed);
	inode->locks = locks;
	return locks;
}

void inode_locks_changed(struct inode *inode)
{
	struct inode_locks *locks = inode->locks;

	if (!locks)
		return;
	if (locks->waiters) {
		waitq_wake_all(&locks->changed);
		return;
	}
	if (list_is_empty(&locks->records) && list_is_empty(&locks->flocks)) {
		inode->locks = NULL;
		slab_free(&inode_locks_cache, locks);
	}
}

/* Whom it waits for; null: nobody, as what it waited for has gone and it has not looked yet. */
static const void *waits_for(const struct lock_waiter *waiter)
{
	const struct file_lock *blocker = waiter->wish->look(waiter->wish);

	return blocker && !blocker->is_ofd ? blocker->owner : NULL;
}

/* Would `owner`, by waiting for `holder`, close a circle? */
static bool is_deadlock(const void *owner, const void *holder)
{
	struct lock_waiter *waiter;

	for (unsigned depth = 0; depth < DEADLOCK_DEPTH; depth++) {
		const void *next = NULL;
		if (holder == owner)
			return true;
		list_for_each (waiter, &posix_waiters, link) {
			if (waiter->owner == holder) {
				next = waits_for(waiter);
				break;
			}
		}
		if (!next)
			return false;
		holder = next;
	}
	return false;
}

int inode_locks_wait(struct inode *inode, const void *owner, const struct file_lock *blocker,
		     const struct lock_request *wish)
{
	struct inode_locks *locks = inode->locks;
	struct lock_waiter waiter = {.owner = owner, .wish = wish};
	struct wait wait = WAIT(WAIT_FILE_LOCK, inode->ino, TIME_NEVER);
	int error;

	if (wish && is_deadlock(owner, blocker->owner))
		return -EDEADLK;
	list_init(&waiter.link);
	if (wish)
		list_append(&posix_waiters, &waiter.link);
	locks->waiters++;
	wait.entry.is_exclusive = false;
	waitq_add(&locks->changed, &wait);
	spin_unlock(&locks_lock);
	error = wait_block(&wait, WAIT_INTERRUPTIBLE);
	wait_done(&wait);
	spin_lock(&locks_lock);
	list_remove(&waiter.link);
	locks->waiters--;
	return error;
}

static const char *type_of(const struct file_lock *lock)
{
	if (lock->pid == -1)
		return "OFDLCK";
	return lock->is_ofd ? "FLOCK" : "POSIX";
}

void locks_for_each(void (*visit)(const struct lock_view *view, void *arg), void *arg)
{
	struct file_lock *lock;

	spin_lock(&locks_lock);
	list_for_each (lock, &all_locks, all_link) {
		struct lock_view view = {.type = type_of(lock),
					 .is_write = lock->is_write,
					 .pid = lock->pid,
					 .device = lock->inode->superblock->device,
					 .ino = lock->inode->ino,
					 .start = lock->start,
					 .end = lock->end};
		visit(&view, arg);
	}
	spin_unlock(&locks_lock);
}
