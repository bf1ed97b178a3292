/*
 * epoll, the other half: which descriptions are watched. epoll_ctl, and the end of a description that is watched.
 */
#include <linux/eventpoll.h>

#include "fs/epoll_private.h"
#include "lib/errno.h"
#include "mem/slab.h"

/* Longest chain of epolls that watch each other. */
#define EPOLL_NEST_MAX 4

static struct slab_cache item_cache = SLAB_CACHE("epoll_item", struct epoll_item);
static struct slab_cache hook_cache = SLAB_CACHE("epoll_hook", struct epoll_hook);

struct mutex epoll_files_mutex = MUTEX_INIT(epoll_files_mutex);

/* -- the tree of items -- */

static int compare_key(const struct epoll_item *item, const struct file *file, int fd)
{
	if (item->file != file)
		return item->file < file ? -1 : 1;
	return (item->fd > fd) - (item->fd < fd);
}

static struct epoll_item *item_find(struct epoll *epoll, const struct file *file, int fd)
{
	struct rb_node *node = epoll->items.root;

	while (node) {
		struct epoll_item *item = rb_entry(node, struct epoll_item, node);
		int order = compare_key(item, file, fd);
		if (order == 0)
			return item;
		node = order > 0 ? node->left : node->right;
	}
	return NULL;
}

static bool item_before(const struct rb_node *a, const struct rb_node *b)
{
	const struct epoll_item *right = rb_entry(b, struct epoll_item, node);

	return compare_key(rb_entry(a, struct epoll_item, node), right->file, right->fd) < 0;
}

/* -- hooks on the queues of what is watched -- */

struct epoll_registration {
	struct poll_table table;
	struct epoll_item *item;
	bool is_out_of_memory;
};

static void add_hook(struct poll_table *table, struct file *file, struct waitq *queue)
{
	struct epoll_registration *registration = container_of(table, struct epoll_registration, table);
	struct epoll_item *item = registration->item;
	struct epoll_hook *hook = item->hooks ? slab_alloc(&hook_cache) : &item->first_hook;

	if (!hook) {
		registration->is_out_of_memory = true;
		return;
	}
	hook->item = item;
	hook->queue = queue;
	hook->entry.notify = epoll_notify;
	/* Never exclusive on the queue, EPOLLEXCLUSIVE or not: an epoll in which nobody waits would swallow the one
	 * wake-up that a thread blocked in read is waiting for. More epolls may hear of an event than need to, which
	 * epoll_ctl(2) allows. */
	hook->entry.is_exclusive = false;
	hook->next = item->hooks;
	item->hooks = hook;
	waitq_add_entry(queue, &hook->entry);
}

static void remove_hooks(struct epoll_item *item)
{
	while (item->hooks) {
		struct epoll_hook *hook = item->hooks;
		item->hooks = hook->next;
		wait_entry_remove(&hook->entry);
		if (hook != &item->first_hook)
			slab_free(&hook_cache, hook);
	}
}

/* -- the list of watchers that hangs on a description -- */

static int watch_file(struct epoll_item *item)
{
	struct file *file = item->file;

	if (!file->epoll_items) {
		struct list *head = kmalloc(sizeof(*head));
		if (!head)
			return -ENOMEM;
		list_init(head);
		file->epoll_items = head;
	}
	list_append(file->epoll_items, &item->file_link);
	return 0;
}

static void unwatch_file(struct epoll_item *item)
{
	struct file *file = item->file;

	list_remove(&item->file_link);
	if (list_is_empty(file->epoll_items)) {
		kfree(file->epoll_items);
		file->epoll_items = NULL;
	}
}

void epoll_item_remove(struct epoll_item *item)
{
	struct epoll *epoll = item->epoll;

	/* No waker can come any more behind this. */
	remove_hooks(item);
	spin_lock(&epoll->ready_lock);
	if (item->is_listed)
		list_remove(&item->ready_link);
	spin_unlock(&epoll->ready_lock);
	rb_remove(&epoll->items, &item->node);
	unwatch_file(item);
	slab_free(&item_cache, item);
}

void epoll_remove_all(struct epoll *epoll)
{
	struct rb_node *node;

	mutex_lock(&epoll->mutex);
	while ((node = rb_first(&epoll->items)))
		epoll_item_remove(rb_entry(node, struct epoll_item, node));
	mutex_unlock(&epoll->mutex);
}

void epoll_file_gone(struct file *file)
{
	mutex_lock(&epoll_files_mutex);
	while (file->epoll_items) {
		struct epoll_item *item = list_first(file->epoll_items, struct epoll_item, file_link);
		struct epoll *epoll = item->epoll;
		mutex_lock(&epoll->mutex);
		epoll_item_remove(item);
		mutex_unlock(&epoll->mutex);
	}
	mutex_unlock(&epoll_files_mutex);
}

/* -- nesting -- */

/* Epolls on the longest way down from `epoll`, itself not counted; or -ELOOP when `forbidden` is met or it goes too
 * deep. */
static int depth_below(struct epoll *epoll, const struct epoll *forbidden, int allowed)
{
	struct rb_node *node;
	int deepest = 0;

	if (epoll == forbidden || allowed < 0)
		return -ELOOP;
	mutex_lock(&epoll->mutex);
	rb_for_each (node, &epoll->items) {
		struct epoll *inner = epoll_of(rb_entry(node, struct epoll_item, node)->file);
		int depth = inner ? depth_below(inner, forbidden, allowed - 1) : -1;
		if (depth == -ELOOP) {
			deepest = -ELOOP;
			break;
		}
		deepest = MAX(deepest, depth + 1);
	}
	mutex_unlock(&epoll->mutex);
	return deepest;
}

/* Epolls on the longest way up. */
static int depth_above(const struct epoll *epoll)
{
	struct epoll_item *item;
	int highest = 0;

	if (!epoll->file->epoll_items)
		return 0;
	list_for_each (item, epoll->file->epoll_items, file_link)
		highest = MAX(highest, depth_above(item->epoll) + 1);
	return highest;
}

/* May `outer` watch `inner`? epoll_files_mutex is held, under which alone chains change. */
static int check_nesting(struct epoll *outer, struct epoll *inner)
{
	int below = depth_below(inner, outer, EPOLL_NEST_MAX);

	if (below < 0)
		return below;
	return below + depth_above(outer) + 1 > EPOLL_NEST_MAX ? -ELOOP : 0;
}

/* -- epoll_ctl -- */

#define EXCLUSIVE_MAY_HAVE (EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)

static int check_add(struct epoll *epoll, struct file *target, uint32_t events)
{
	struct epoll *inner = epoll_of(target);

	if (!target->ops->poll)
		return -EPERM;
	if ((events & EPOLLEXCLUSIVE) && ((events & ~EXCLUSIVE_MAY_HAVE) || inner))
		return -EINVAL;
	return inner ? check_nesting(epoll, inner) : 0;
}

/* Both mutexes are held. */
static int add_item(struct epoll *epoll, int fd, struct file *target, const struct epoll_event *event)
{
	struct epoll_registration registration = {.table.add = add_hook, .table.events = ~0u};
	struct epoll_item *item;
	uint32_t events;

	if (item_find(epoll, target, fd))
		return -EEXIST;
	item = slab_alloc(&item_cache);
	if (!item)
		return -ENOMEM;
	item->epoll = epoll;
	item->file = target;
	item->fd = fd;
	item->events = event->events | EPOLLERR | EPOLLHUP;
	item->data = event->data;
	list_init(&item->ready_link);
	if (watch_file(item) != 0) {
		slab_free(&item_cache, item);
		return -ENOMEM;
	}
	rb_insert(&epoll->items, &item->node, item_before);
	registration.item = item;
	events = file_poll(target, &registration.table);
	if (registration.is_out_of_memory) {
		epoll_item_remove(item);
		return -ENOMEM;
	}
	if (events & item->events & ~EPOLL_PRIVATE_BITS)
		epoll_item_ready(item);
	return 0;
}

static int change_item(struct epoll *epoll, int fd, struct file *target, const struct epoll_event *event)
{
	struct epoll_item *item = item_find(epoll, target, fd);

	if (!item)
		return -ENOENT;
	if ((item->events & EPOLLEXCLUSIVE) || (event->events & EPOLLEXCLUSIVE))
		return -EINVAL;
	spin_lock(&epoll->ready_lock);
	item->events = event->events | EPOLLERR | EPOLLHUP;
	spin_unlock(&epoll->ready_lock);
	item->data = event->data;
	/* What is true already counts as an event under the new terms. */
	if (epoll_item_events(item))
		epoll_item_ready(item);
	return 0;
}

static int remove_item(struct epoll *epoll, int fd, struct file *target)
{
	struct epoll_item *item = item_find(epoll, target, fd);

	if (!item)
		return -ENOENT;
	epoll_item_remove(item);
	return 0;
}

int epoll_control(struct file *file, int operation, int fd, struct file *target, const struct epoll_event *event)
{
	struct epoll *epoll = epoll_of(file);
	int error;

	/* Linux looks whether the target can be polled before whether this is an epoll at all. */
	if (!target->ops->poll)
		return -EPERM;
	if (!epoll || file == target)
		return -EINVAL;
	mutex_lock(&epoll_files_mutex);
	error = operation == EPOLL_CTL_ADD ? check_add(epoll, target, event->events) : 0;
	if (!error) {
		mutex_lock(&epoll->mutex);
		switch (operation) {
		case EPOLL_CTL_ADD:
			error = add_item(epoll, fd, target, event);
			break;
		case EPOLL_CTL_MOD:
			error = change_item(epoll, fd, target, event);
			break;
		case EPOLL_CTL_DEL:
			error = remove_item(epoll, fd, target);
			break;
		default:
			error = -EINVAL;
			break;
		}
		mutex_unlock(&epoll->mutex);
	}
	mutex_unlock(&epoll_files_mutex);
	return error;
}
