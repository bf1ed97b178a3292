/* inotify watches: made, changed and ended by number or by file. */
#include "fs/handle.h"
#include "fs/inotify_private.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "mem/slab.h"

static struct slab_cache watch_cache = SLAB_CACHE("inotify_watch", struct inotify_watch);

/* What add_watch's mask leaves on the watch. */
#define KEPT_BITS (IN_ALL_EVENTS | IN_ONESHOT | IN_EXCL_UNLINK)

static struct inotify_watch *watch_of(const struct notify_mark *mark)
{
	return container_of(mark, struct inotify_watch, mark);
}

static void watch_event(struct notify_mark *mark, const struct notify_event *event)
{
	const struct inotify_watch *watch = watch_of(mark);

	inotify_queue(watch->instance, watch->number, event);
}

static void watch_ended(struct notify_mark *mark)
{
	static const struct notify_event ignored = {.mask = IN_IGNORED};
	struct inotify_watch *watch = watch_of(mark);

	inotify_queue(watch->instance, watch->number, &ignored);
	list_remove(&watch->link);
	rb_remove(&watch->instance->by_number, &watch->node);
	watch->instance->watch_count--;
}

static void watch_release(struct notify_mark *mark)
{
	slab_free(&watch_cache, watch_of(mark));
}

static const struct notify_ops watch_ops = {.event = watch_event, .ended = watch_ended, .release = watch_release};

static struct inotify_watch *find_by_inode(const struct inotify *instance, const struct inode *inode)
{
	struct notify_mark *mark;

	for (mark = inode->marks; mark; mark = mark->next_on_inode) {
		if (mark->ops == &watch_ops && watch_of(mark)->instance == instance)
			return watch_of(mark);
	}
	return NULL;
}

static struct inotify_watch *find_by_number(const struct inotify *instance, int32_t number)
{
	struct rb_node *node = instance->by_number.root;

	while (node) {
		struct inotify_watch *watch = rb_entry(node, struct inotify_watch, node);
		if (watch->number == number)
			return watch;
		node = number < watch->number ? node->left : node->right;
	}
	return NULL;
}

static bool is_before(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct inotify_watch, node)->number < rb_entry(b, struct inotify_watch, node)->number;
}

/* Numbers go round, so that a number just given up is not met again soon. */
static int32_t take_number(struct inotify *instance)
{
	int32_t number;

	do {
		number = instance->next_number;
		instance->next_number = number == INT32_MAX ? 1 : number + 1;
	} while (find_by_number(instance, number));
	return number;
}

/* The watch that is there already: its number, or -EEXIST. */
static int change(struct inotify_watch *watch, uint32_t mask)
{
	if (mask & IN_MASK_CREATE)
		return -EEXIST;
	watch->mark.mask = (mask & KEPT_BITS) | (mask & IN_MASK_ADD ? watch->mark.mask : 0);
	notify_mark_changed(&watch->mark);
	return watch->number;
}

static void enter(struct inotify *instance, struct inotify_watch *watch, struct inode *inode, uint32_t mask)
{
	watch->instance = instance;
	watch->number = take_number(instance);
	watch->mark.ops = &watch_ops;
	watch->mark.mask = mask & KEPT_BITS;
	list_push(&instance->watches, &watch->link);
	rb_insert(&instance->by_number, &watch->node, is_before);
	instance->watch_count++;
	notify_mark_add(&watch->mark, inode);
}

int inotify_add(struct file *file, struct inode *inode, uint32_t mask)
{
	struct inotify *instance = inotify_of(file);
	struct inotify_watch *fresh = slab_alloc(&watch_cache), *watch;
	int result = -ENOMEM;

	if (!fresh)
		return -ENOMEM;
	/* A view of the image would be forgotten when it loses its name in memory, and a second one made; what is
	 * watched stays the one. */
	if (inode->ops->prepare_write)
		(void)inode->ops->prepare_write(inode);
	/* For the handle in fdinfo. */
	if (inode->superblock->type->make_handle)
		(void)inode->superblock->type->make_handle(inode);
	spin_lock(&notify_lock);
	watch = find_by_inode(instance, inode);
	if (watch) {
		result = change(watch, mask);
	} else if (inotify_user_watches(instance->uid) >= inotify_limits.max_user_watches) {
		result = -ENOSPC;
	} else {
		enter(instance, fresh, inode, mask);
		result = fresh->number;
		fresh = NULL;
	}
	spin_unlock(&notify_lock);
	if (fresh)
		slab_free(&watch_cache, fresh);
	return result;
}

int inotify_remove(struct file *file, int32_t number)
{
	struct inotify *instance = inotify_of(file);
	struct inotify_watch *watch;
	struct list ended;

	list_init(&ended);
	spin_lock(&notify_lock);
	watch = find_by_number(instance, number);
	if (watch)
		notify_mark_end(&watch->mark, &ended);
	spin_unlock(&notify_lock);
	notify_release_ended(&ended);
	return watch ? 0 : -EINVAL;
}

void inotify_end_watches(struct inotify *instance)
{
	struct list ended;

	list_init(&ended);
	spin_lock(&notify_lock);
	while (!list_is_empty(&instance->watches))
		notify_mark_end(&list_first(&instance->watches, struct inotify_watch, link)->mark, &ended);
	spin_unlock(&notify_lock);
	notify_release_ended(&ended);
}

/* A device's number as Linux keeps it inside: twenty bits of minor. */
static uint32_t inner_device(uint64_t device)
{
	uint32_t major = (uint32_t)(device >> 8 & 0xfff),
		 minor = (uint32_t)((device & 0xff) | (device >> 12 & 0xfff00));

	return major << 20 | minor;
}

/* Its handle, by which whoever reads fdinfo may open it; nothing where files have none. */
static void handle_text(const struct inode *inode, char *to, size_t room)
{
	const struct handle handle = {.device = (uint32_t)inode->superblock->device, .ino = inode->ino};
	const uint8_t *bytes = (const uint8_t *)&handle;
	size_t used;

	if (!inode->superblock->type->make_handle)
		return;
	used = (size_t)string_format(to, room, "fhandle-bytes:%x fhandle-type:%x f_handle:", (unsigned)sizeof(handle),
				     HANDLE_TYPE);
	for (size_t i = 0; i < sizeof(handle) && used < room; i++)
		used += (size_t)string_format(to + used, room - used, "%02x", bytes[i]);
}

size_t inotify_fdinfo(struct file *file, char *to, size_t room)
{
	const struct inotify *instance = inotify_of(file);
	const struct inotify_watch *watch;
	size_t used = 0;

	spin_lock(&notify_lock);
	list_for_each (watch, &instance->watches, link) {
		const struct inode *inode = watch->mark.inode;
		char handle[120] = "";

		handle_text(inode, handle, sizeof(handle));
		size_t bytes = (size_t)string_format(to + used, room - used,
						     "inotify wd:%x ino:%lx sdev:%x mask:%x ignored_mask:0 %s\n",
						     (unsigned)watch->number, inode->ino,
						     inner_device(inode->superblock->device), watch->mark.mask, handle);
		if (bytes >= room - used)
			break;
		used += bytes;
	}
	spin_unlock(&notify_lock);
	return used;
}
