/*
 * Notices of what happens to files: the floor under inotify(7) and directory notifications (fcntl(2), F_NOTIFY).
 *
 * A mark says that a group wants to hear of events of one inode; for a directory also of what happens to the files in
 * it. Marks hang on the inode and hold a reference to it. Where something happens, one of the functions below is
 * called; while nobody watches anything that costs a look at `notify_mask`.
 *
 * One spin lock, notify_lock, guards marks and the queues of all groups: events are few against reads and writes, as
 * those nobody asked for stop at the mask. Order: vfs_lock, notify_lock, wait queues.
 */
#ifndef NAMU_FS_NOTIFY_H
#define NAMU_FS_NOTIFY_H

#include <linux/inotify.h>

#include "arch/x86_64/spinlock.h"
#include "fs/file.h"

#define NOTIFY_CLOSE (IN_CLOSE_WRITE | IN_CLOSE_NOWRITE)

struct notify_mark;

/* What an event tells beyond its kind. The name is that of the entry in the marked directory; null: the marked file
 * itself. */
struct notify_event {
	uint32_t mask; /* one IN_* bit, with IN_ISDIR where it is about a directory */
	uint32_t cookie;
	bool is_within; /* a move within one directory */
	const char *name;
	size_t name_bytes;
};

/* What kinds of groups do. Both are called with notify_lock held and may not sleep. */
struct notify_ops {
	void (*event)(struct notify_mark *mark, const struct notify_event *event);
	/* The mark is off its inode (file gone, one-shot, unmounted, or notify_mark_end): the group forgets it. */
	void (*ended)(struct notify_mark *mark);
	/* The memory may go. No lock is held. */
	void (*release)(struct notify_mark *mark);
};

/* Embedded in what the group keeps for each watch. Lock key: (i) immutable; (l) notify_lock. */
struct notify_mark {
	const struct notify_ops *ops;      /* (i) */
	struct inode *inode;               /* (i) with a reference */
	struct notify_mark *next_on_inode; /* (l) */
	struct list all_link;              /* (l) on the list of all marks; then on a list of ended ones */
	uint32_t mask;                     /* (l) IN_* wanted, and IN_ONESHOT, IN_EXCL_UNLINK */
	bool is_on_inode;                  /* (l) */
};

extern struct spinlock notify_lock; /* rank LOCK_OBJECT */
/* Every event that some mark may want. */
extern _Atomic uint32_t notify_mask;

static inline bool notify_is_wanted(uint32_t events)
{
	return unlikely(atomic_load_explicit(&notify_mask, memory_order_relaxed) & events);
}

/* Put a mark (ops and mask filled) on `inode`. With notify_lock held. */
void notify_mark_add(struct notify_mark *mark, struct inode *inode);
/* The mask of a mark changed. With notify_lock held. */
void notify_mark_changed(const struct notify_mark *mark);
/* Take a mark off; it is on `ended` afterwards. With notify_lock held. */
void notify_mark_end(struct notify_mark *mark, struct list *ended);
/* Give up the inodes and the memory of ended marks. Without locks. */
void notify_release_ended(struct list *ended);

/* The bodies of the functions below. */
void notify_send_at(const struct dentry *dentry, struct inode *inode, uint32_t event, bool by_description);
void notify_send_named(struct inode *dir, uint32_t event, const char *name, size_t bytes, const struct inode *inode,
		       uint32_t cookie, bool is_within);

/* Something happened to an open file: its directory hears of it by name, then the file itself. */
static inline void notify_file(const struct file *file, uint32_t event)
{
	if (notify_is_wanted(event) && file->inode)
		notify_send_at(file->path.dentry, file->inode, event, true);
}

/* The same where it was reached by a path (or by none: dentry null). */
static inline void notify_place(const struct dentry *dentry, struct inode *inode, uint32_t event)
{
	if (notify_is_wanted(event))
		notify_send_at(dentry, inode, event, false);
}

/* Only the file itself hears of it. */
static inline void notify_inode(struct inode *inode, uint32_t event)
{
	if (notify_is_wanted(event))
		notify_send_at(NULL, inode, event, false);
}

/* A name in `dir` was made or removed, whose mutex is held. */
static inline void notify_name(struct inode *dir, uint32_t event, const struct dentry *dentry,
			       const struct inode *inode)
{
	if (notify_is_wanted(event))
		notify_send_named(dir, event, dentry->name, dentry->name_bytes, inode, 0, false);
}

/* The two halves of a move are known by a number of their own. */
uint32_t notify_take_cookie(void);

/* The last name and the last use of the file are gone, but for the caller's: IN_DELETE_SELF, and the marks end. */
void notify_gone(struct inode *inode);
/* The tree of files ends: IN_UNMOUNT to all marks in it, which end. */
void notify_unmounted(const struct superblock *superblock);

#endif
