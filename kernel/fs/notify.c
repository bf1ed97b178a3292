/* Marks on files, and the way of an event to those who want it. */
#include "fs/notify.h"

#include <linux/stat.h>

#include "fs/dentry.h"

struct spinlock notify_lock = SPINLOCK_INIT("notify", LOCK_OBJECT);
_Atomic uint32_t notify_mask;

/* Lock key: (l) notify_lock. */
static struct {
	struct list all; /* (l) */
} marks = {.all = LIST_INIT(marks.all)};

static _Atomic uint32_t last_cookie;

/* What a mark hears of unasked. */
#define ALWAYS (IN_UNMOUNT | IN_IGNORED)

void notify_mark_changed(const struct notify_mark *mark)
{
	uint32_t wanted = mark->mask & IN_ALL_EVENTS;

	/* A file that goes takes its marks along, whatever they ask for. */
	atomic_fetch_or_explicit(&notify_mask, wanted | IN_DELETE_SELF | IN_UNMOUNT, memory_order_relaxed);
}

void notify_mark_add(struct notify_mark *mark, struct inode *inode)
{
	inode_get(inode);
	mark->inode = inode;
	mark->next_on_inode = inode->marks;
	mark->is_on_inode = true;
	inode->marks = mark;
	list_append(&marks.all, &mark->all_link);
	notify_mark_changed(mark);
}

void notify_mark_end(struct notify_mark *mark, struct list *ended)
{
	struct notify_mark **at = &mark->inode->marks;

	if (!mark->is_on_inode)
		return;
	while (*at != mark)
		at = &(*at)->next_on_inode;
	*at = mark->next_on_inode;
	mark->is_on_inode = false;
	list_remove(&mark->all_link);
	list_append(ended, &mark->all_link);
	/* The mask may be too large while there are marks, and costs little then. */
	if (list_is_empty(&marks.all))
		atomic_store_explicit(&notify_mask, 0, memory_order_relaxed);
	mark->ops->ended(mark);
}

void notify_release_ended(struct list *ended)
{
	while (!list_is_empty(ended)) {
		struct notify_mark *mark = list_first(ended, struct notify_mark, all_link);
		struct inode *inode = mark->inode;

		list_remove(&mark->all_link);
		mark->ops->release(mark);
		inode_put(inode);
	}
}

/* To one inode's marks. notify_lock is held. `skips_unlinked`: the file was reached by a name that is gone. */
static void send_locked(struct inode *inode, const struct notify_event *event, bool skips_unlinked, struct list *ended)
{
	struct notify_mark *mark, *next;

	for (mark = inode->marks; mark; mark = next) {
		next = mark->next_on_inode;
		if (!(event->mask & (mark->mask | ALWAYS) & (IN_ALL_EVENTS | ALWAYS)))
			continue;
		if (skips_unlinked && (mark->mask & IN_EXCL_UNLINK))
			continue;
		mark->ops->event(mark, event);
		if (mark->mask & IN_ONESHOT)
			notify_mark_end(mark, ended);
	}
}

static uint32_t directory_bit(const struct inode *inode)
{
	return S_ISDIR(inode->mode) ? IN_ISDIR : 0;
}

void notify_send_at(const struct dentry *dentry, struct inode *inode, uint32_t event, bool by_description)
{
	struct notify_event told = {.mask = event | directory_bit(inode)};
	bool is_unlinked = by_description && dentry && dentry->is_unlinked;
	struct list ended;

	list_init(&ended);
	if (dentry) {
		const struct dentry *parent;

		spin_lock(&vfs_lock);
		parent = dentry->parent;
		if (parent != dentry && parent->inode && parent->inode->marks) {
			told.name = dentry->name;
			told.name_bytes = dentry->name_bytes;
			spin_lock(&notify_lock);
			send_locked(parent->inode, &told, is_unlinked, &ended);
			spin_unlock(&notify_lock);
			told.name = NULL;
			told.name_bytes = 0;
		}
		spin_unlock(&vfs_lock);
	}
	if (inode->marks) {
		/* Of what a file hears of itself, these two do not say that it is a directory. */
		if (event & (IN_MOVE_SELF | IN_DELETE_SELF))
			told.mask = event;
		spin_lock(&notify_lock);
		send_locked(inode, &told, is_unlinked, &ended);
		spin_unlock(&notify_lock);
	}
	notify_release_ended(&ended);
}

void notify_send_named(struct inode *dir, uint32_t event, const char *name, size_t bytes, const struct inode *inode,
		       uint32_t cookie, bool is_within)
{
	struct notify_event told = {.mask = event | directory_bit(inode),
				    .cookie = cookie,
				    .is_within = is_within,
				    .name = name,
				    .name_bytes = bytes};
	struct list ended;

	if (!dir->marks)
		return;
	list_init(&ended);
	spin_lock(&notify_lock);
	send_locked(dir, &told, false, &ended);
	spin_unlock(&notify_lock);
	notify_release_ended(&ended);
}

uint32_t notify_take_cookie(void)
{
	return atomic_fetch_add_explicit(&last_cookie, 1, memory_order_relaxed) + 1;
}

/* The last event of an inode's marks, which end. notify_lock is held. */
static void send_last_locked(struct inode *inode, uint32_t event, struct list *ended)
{
	const struct notify_event told = {.mask = event};

	send_locked(inode, &told, false, ended);
	while (inode->marks)
		notify_mark_end(inode->marks, ended);
}

void notify_gone(struct inode *inode)
{
	struct list ended;

	if (likely(!inode->marks))
		return;
	list_init(&ended);
	spin_lock(&notify_lock);
	send_last_locked(inode, IN_DELETE_SELF, &ended);
	spin_unlock(&notify_lock);
	notify_release_ended(&ended);
}

void notify_unmounted(const struct superblock *superblock)
{
	struct notify_mark *mark;
	struct list ended;
	bool found = true;

	if (!notify_is_wanted(IN_UNMOUNT))
		return;
	list_init(&ended);
	spin_lock(&notify_lock);
	while (found) {
		found = false;
		list_for_each (mark, &marks.all, all_link) {
			if (mark->inode->superblock != superblock)
				continue;
			send_last_locked(mark->inode, IN_UNMOUNT, &ended);
			found = true;
			break;
		}
	}
	spin_unlock(&notify_lock);
	notify_release_ended(&ended);
}
