/*
 * epoll, the waiting half: wakers put items on the ready list, epoll_wait takes them off and looks what is true of them
 * now.
 */
#include <linux/eventpoll.h>
#include <linux/fcntl.h>

#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "fs/anon.h"
#include "fs/epoll_private.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "mem/slab.h"
#include "vm/uio.h"

static struct slab_cache epoll_cache = SLAB_CACHE("epoll", struct epoll);

uint32_t epoll_item_events(struct epoll_item *item)
{
	return file_poll(item->file, NULL) & item->events & ~EPOLL_PRIVATE_BITS;
}

/* -- wakers -- */

/* Make one sleeper ready. The ready lock is held. */
static bool wake_sleeper(struct epoll *epoll)
{
	struct epoll_sleeper *sleeper;
	unsigned count = 0, index = 0;

	if (list_is_empty(&epoll->sleepers))
		return false;
	if (unlikely(choice_is_seeded)) {
		list_for_each (sleeper, &epoll->sleepers, link)
			count++;
		index = count > 1 ? choice_pick(CHOICE_WAITER, count, 0) : 0;
	}
	sleeper = list_first(&epoll->sleepers, struct epoll_sleeper, link);
	while (index--)
		sleeper = list_first(&sleeper->link, struct epoll_sleeper, link);
	list_remove(&sleeper->link);
	thread_wake(sleeper->thread);
	return true;
}

/*
 * Those who poll the epoll itself. The waker may hold the lock of a watched object's queue, of the same rank as this
 * one: the order is from what is watched to who watches, which epoll_ctl keeps free of circles.
 */
static bool wake_pollers(struct epoll *epoll)
{
	struct wait_entry *entry, *following;
	bool woke = false;

	if (waitq_is_empty(&epoll->pollers))
		return false;
	spin_lock_second(&epoll->pollers.lock);
	list_for_each_safe (entry, following, &epoll->pollers.entries, link) {
		entry->is_fired = true;
		if (entry->notify) {
			woke |= entry->notify(entry, POLL_IN | POLL_RDNORM);
		} else {
			thread_wake(entry->thread);
			woke = true;
		}
	}
	spin_unlock(&epoll->pollers.lock);
	return woke;
}

bool epoll_notify(struct wait_entry *entry, uint64_t key)
{
	struct epoll_item *item = container_of(entry, struct epoll_hook, entry)->item;
	struct epoll *epoll = item->epoll;
	bool is_wanted, woke = false;

	spin_lock(&epoll->ready_lock);
	/* EPOLLONESHOT has taken the events away after the first one. */
	is_wanted = (item->events & ~EPOLL_PRIVATE_BITS) && (!key || (item->events & key));
	if (is_wanted) {
		if (!item->is_listed) {
			item->is_listed = true;
			list_append(&epoll->ready, &item->ready_link);
		}
		woke = wake_sleeper(epoll);
	}
	spin_unlock(&epoll->ready_lock);
	if (is_wanted)
		woke |= wake_pollers(epoll);
	return woke;
}

void epoll_item_ready(struct epoll_item *item)
{
	struct epoll *epoll = item->epoll;

	spin_lock(&epoll->ready_lock);
	if (!item->is_listed) {
		item->is_listed = true;
		list_append(&epoll->ready, &item->ready_link);
	}
	(void)wake_sleeper(epoll);
	spin_unlock(&epoll->ready_lock);
	(void)wake_pollers(epoll);
}

/* -- epoll_wait -- */

/* Take the first item off `list`. From here on a new wake-up lists it again, so no edge is lost while we look. */
static struct epoll_item *take_first(struct epoll *epoll, struct list *list)
{
	struct epoll_item *item = NULL;

	spin_lock(&epoll->ready_lock);
	if (!list_is_empty(list)) {
		item = list_first(list, struct epoll_item, ready_link);
		list_remove(&item->ready_link);
		item->is_listed = false;
	}
	spin_unlock(&epoll->ready_lock);
	return item;
}

static void list_again(struct epoll *epoll, struct epoll_item *item)
{
	spin_lock(&epoll->ready_lock);
	if (!item->is_listed) {
		item->is_listed = true;
		list_append(&epoll->ready, &item->ready_link);
	}
	spin_unlock(&epoll->ready_lock);
}

/* After an event was handed out: once only, every change, or as long as it is true. */
static void rearm(struct epoll *epoll, struct epoll_item *item)
{
	if (item->events & EPOLLONESHOT) {
		spin_lock(&epoll->ready_lock);
		item->events &= EPOLL_PRIVATE_BITS;
		spin_unlock(&epoll->ready_lock);
	} else if (!(item->events & EPOLLET)) {
		list_again(epoll, item);
	}
}

/* Hand out what is ready: count, or -EFAULT when not even the first could be written. */
static int64_t harvest(struct epoll *epoll, uaddr_t events, int limit)
{
	struct list mine = LIST_INIT(mine);
	struct epoll_item *item;
	int64_t count = 0;

	mutex_lock(&epoll->mutex);
	spin_lock(&epoll->ready_lock);
	list_append_all(&mine, &epoll->ready);
	spin_unlock(&epoll->ready_lock);
	while (count < limit && (item = take_first(epoll, &mine))) {
		struct epoll_event event = {.events = epoll_item_events(item), .data = item->data};
		if (!event.events)
			continue;
		if (copy_to_user(events + (uint64_t)count * sizeof(event), &event, sizeof(event)) != 0) {
			list_again(epoll, item);
			count = count ? count : -EFAULT;
			break;
		}
		rearm(epoll, item);
		count++;
	}
	/* What was not looked at stays in front. */
	spin_lock(&epoll->ready_lock);
	list_append_all(&mine, &epoll->ready);
	list_append_all(&epoll->ready, &mine);
	if (count > 0 && !list_is_empty(&epoll->ready))
		(void)wake_sleeper(epoll);
	spin_unlock(&epoll->ready_lock);
	mutex_unlock(&epoll->mutex);
	return count;
}

/* Block until the ready list has something. 0, -ETIMEDOUT or -ERESTART_CALL. */
static int wait_for_items(struct epoll *epoll, uint64_t deadline_ns)
{
	struct epoll_sleeper sleeper = {.thread = current_thread()};
	struct wait_reason reason = {.kind = WAIT_POLL, .object = (uint64_t)epoll};
	int error = 0;

	list_init(&sleeper.link);
	thread_clear_permit();
	spin_lock(&epoll->ready_lock);
	if (list_is_empty(&epoll->ready)) {
		list_append(&epoll->sleepers, &sleeper.link);
		spin_unlock(&epoll->ready_lock);
		error = thread_block(reason, deadline_ns, WAIT_INTERRUPTIBLE);
		spin_lock(&epoll->ready_lock);
		list_remove(&sleeper.link);
	}
	spin_unlock(&epoll->ready_lock);
	return error;
}

int64_t epoll_wait_user(struct file *file, uaddr_t events, int count, uint64_t deadline_ns)
{
	struct epoll *epoll = epoll_of(file);
	int64_t result = 0;
	int error = 0;

	if (!epoll || count <= 0 || (uint64_t)count > INT32_MAX / sizeof(struct epoll_event))
		return -EINVAL;
	if (!user_range_is_valid(events, (uint64_t)count * sizeof(struct epoll_event)))
		return -EFAULT;
	for (;;) {
		if (!list_is_empty(&epoll->ready))
			result = harvest(epoll, events, count);
		if (result || error || deadline_ns == 0)
			break;
		error = wait_for_items(epoll, deadline_ns);
	}
	if (!result && error && error != -ETIMEDOUT)
		result = -EINTR;
	return result;
}

/* -- the epoll as a file -- */

/* Ready when some item is; those that only seemed so leave the list. */
static bool has_ready_item(struct epoll *epoll)
{
	struct list mine = LIST_INIT(mine);
	struct epoll_item *item;
	bool found = false;

	mutex_lock(&epoll->mutex);
	spin_lock(&epoll->ready_lock);
	list_append_all(&mine, &epoll->ready);
	spin_unlock(&epoll->ready_lock);
	while (!found && (item = take_first(epoll, &mine))) {
		found = epoll_item_events(item) != 0;
		if (found)
			list_again(epoll, item);
	}
	spin_lock(&epoll->ready_lock);
	list_append_all(&mine, &epoll->ready);
	list_append_all(&epoll->ready, &mine);
	spin_unlock(&epoll->ready_lock);
	mutex_unlock(&epoll->mutex);
	return found;
}

static uint32_t epoll_poll(struct file *file, struct poll_table *table)
{
	struct epoll *epoll = file->private_data;

	poll_wait(table, file, &epoll->pollers);
	if (list_is_empty(&epoll->ready))
		return 0;
	return has_ready_item(epoll) ? POLL_IN | POLL_RDNORM : 0;
}

static void epoll_release(struct file *file)
{
	struct epoll *epoll = file->private_data;

	mutex_lock(&epoll_files_mutex);
	epoll_remove_all(epoll);
	mutex_unlock(&epoll_files_mutex);
	slab_free(&epoll_cache, epoll);
}

static size_t epoll_fdinfo(struct file *file, char *to, size_t room)
{
	struct epoll *epoll = file->private_data;
	struct rb_node *node;
	size_t used = 0;

	mutex_lock(&epoll->mutex);
	rb_for_each (node, &epoll->items) {
		struct epoll_item *item = rb_entry(node, struct epoll_item, node);
		struct inode *inode = file_inode(item->file);
		if (used >= room)
			break;
		used += (size_t)string_format(
			to + used, room - used, "tfd: %8d events: %8x data: %16llx  pos:%lld ino:%llx sdev:%llx\n",
			item->fd, item->events, (unsigned long long)item->data, (long long)item->file->position,
			(unsigned long long)inode->ino, (unsigned long long)inode->superblock->device);
	}
	mutex_unlock(&epoll->mutex);
	return MIN(used, room);
}

const struct file_ops epoll_file_ops = {
	.name = "[eventpoll]",
	.ignores_seek = true,
	.poll = epoll_poll,
	.fdinfo = epoll_fdinfo,
	.release = epoll_release,
};

struct file *epoll_create_file(uint32_t flags)
{
	struct epoll *epoll = slab_alloc(&epoll_cache);
	struct file *file;

	if (!epoll)
		return NULL;
	mutex_init(&epoll->mutex);
	spin_init(&epoll->ready_lock, "epoll", LOCK_TIMER);
	list_init(&epoll->ready);
	list_init(&epoll->sleepers);
	waitq_init(&epoll->pollers);
	file = anon_file_create(&epoll_file_ops, O_RDWR | flags, epoll);
	if (!file) {
		slab_free(&epoll_cache, epoll);
		return NULL;
	}
	epoll->file = file;
	return file;
}
