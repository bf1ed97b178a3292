/* Directory notices: marks of fs/notify.h whose events are signals to the owner of the description. */
#include "fs/dnotify.h"

#include <linux/fcntl.h>
#include <linux/stat.h>

#include "fs/async.h"
#include "fs/notify.h"
#include "lib/errno.h"
#include "mem/slab.h"

/* Lock key: (i) immutable; (l) notify_lock. */
struct notice {
	struct notify_mark mark;      /* (l) */
	struct list link;             /* (l) */
	struct file *file;            /* (i) no reference: closing it ends the notice */
	const struct fd_table *table; /* (i) whose descriptor asked */
	int fd;                       /* (l) */
	uint32_t events;              /* (l) DN_* */
};

static struct slab_cache notice_cache = SLAB_CACHE("dnotify", struct notice);

/* Lock key: (l) notify_lock. */
static struct {
	struct list all; /* (l) */
} notices = {.all = LIST_INIT(notices.all)};

_Atomic uint32_t dnotify_count;

static const struct {
	uint32_t asked, told;
} kinds[] = {
	{DN_ACCESS, IN_ACCESS},
	{DN_MODIFY, IN_MODIFY},
	{DN_CREATE, IN_CREATE | IN_MOVED_TO},
	{DN_DELETE, IN_DELETE | IN_MOVED_FROM},
	{DN_ATTRIB, IN_ATTRIB},
	{DN_RENAME, IN_MOVED_FROM},
};

/* Does this event interest who asked for `events`? */
static bool is_asked_for(uint32_t events, const struct notify_event *event)
{
	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++) {
		if ((events & kinds[i].asked) && (event->mask & kinds[i].told) &&
		    (kinds[i].asked != DN_RENAME || event->is_within))
			return true;
	}
	return false;
}

static uint32_t mask_of(uint32_t events)
{
	uint32_t mask = 0;

	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
		mask |= events & kinds[i].asked ? kinds[i].told : 0;
	return mask | (events & DN_MULTISHOT ? 0 : IN_ONESHOT);
}

static void notice_event(struct notify_mark *mark, const struct notify_event *event)
{
	struct notice *notice = container_of(mark, struct notice, mark);

	if (is_asked_for(notice->events, event))
		async_tell(notice->file, notice->fd);
}

static void notice_ended(struct notify_mark *mark)
{
	struct notice *notice = container_of(mark, struct notice, mark);

	list_remove(&notice->link);
	dnotify_count--;
}

static void notice_release(struct notify_mark *mark)
{
	slab_free(&notice_cache, container_of(mark, struct notice, mark));
}

static const struct notify_ops notice_ops = {.event = notice_event, .ended = notice_ended, .release = notice_release};

static struct notice *find_locked(const struct file *file, const struct fd_table *table)
{
	struct notice *notice;

	list_for_each (notice, &notices.all, link) {
		if (notice->file == file && notice->table == table)
			return notice;
	}
	return NULL;
}

void dnotify_end(const struct file *file, const struct fd_table *table)
{
	struct notice *notice;
	struct list ended;

	list_init(&ended);
	spin_lock(&notify_lock);
	notice = find_locked(file, table);
	if (notice)
		notify_mark_end(&notice->mark, &ended);
	spin_unlock(&notify_lock);
	notify_release_ended(&ended);
}

/* A second request adds to the first. */
static void add_locked(struct notice *notice, int fd, uint32_t events)
{
	notice->fd = fd;
	notice->events |= events;
	notice->mark.mask = mask_of(notice->events);
}

int dnotify_set(struct file *file, int fd, uint32_t events)
{
	const struct fd_table *table = current_thread()->files;
	struct notice *fresh, *notice;
	int error;

	if (!(events & ~(uint32_t)DN_MULTISHOT)) {
		dnotify_end(file, table);
		return 0;
	}
	if (!file->inode || !S_ISDIR(file->inode->mode))
		return -ENOTDIR;
	error = async_set_default_owner(file);
	fresh = error ? NULL : slab_alloc(&notice_cache);
	if (!fresh)
		return -ENOMEM;
	spin_lock(&notify_lock);
	notice = find_locked(file, table);
	if (notice) {
		add_locked(notice, fd, events);
		notify_mark_changed(&notice->mark);
	} else {
		fresh->file = file;
		fresh->table = table;
		fresh->mark.ops = &notice_ops;
		add_locked(fresh, fd, events);
		list_append(&notices.all, &fresh->link);
		dnotify_count++;
		notify_mark_add(&fresh->mark, file->inode);
		fresh = NULL;
	}
	spin_unlock(&notify_lock);
	if (fresh)
		slab_free(&notice_cache, fresh);
	return 0;
}
