/* inotify instances: the queue of events and its descriptor. */
#include <asm-generic/fcntl.h>
#include <asm-generic/ioctls.h>

#include "arch/x86_64/uaccess.h"
#include "fs/anon.h"
#include "fs/inotify_private.h"
#include "fs/poll.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "vm/uio.h"

static struct slab_cache inotify_cache = SLAB_CACHE("inotify", struct inotify);

/* Lock key: (l) notify_lock. */
static struct {
	struct list all; /* (l) */
} instances = {.all = LIST_INIT(instances.all)};

/* Linux's own numbers; that of watches depends on memory there, between 8192 and 1048576. */
struct inotify_limits inotify_limits = {
	.max_queued_events = 16384, .max_user_instances = 128, .max_user_watches = 65536};

uint64_t inotify_user_watches(uint32_t uid)
{
	const struct inotify *instance;
	uint64_t count = 0;

	list_for_each (instance, &instances.all, all_link) {
		if (instance->uid == uid)
			count += instance->watch_count;
	}
	return count;
}

/* -- the queue -- */

static void append(struct inotify *instance, struct inotify_record *record)
{
	list_append(&instance->events, &record->link);
	instance->event_count++;
	waitq_wake_key(&instance->wait, POLL_IN | POLL_RDNORM, 1);
}

/* An event was lost: that is told once, until it was read. */
static void queue_overflow(struct inotify *instance)
{
	if (instance->has_overflow)
		return;
	instance->has_overflow = true;
	instance->overflow.number = -1;
	instance->overflow.mask = IN_Q_OVERFLOW;
	append(instance, &instance->overflow);
}

static bool is_same(const struct inotify_record *record, int32_t number, const struct notify_event *event)
{
	return !(record->mask & IN_IGNORED) && record->mask == event->mask && record->number == number &&
	       record->name_bytes == event->name_bytes && memcmp(record->name, event->name, event->name_bytes) == 0;
}

void inotify_queue(struct inotify *instance, int32_t number, const struct notify_event *event)
{
	struct inotify_record *record;

	if (instance->event_count >= instance->max_events) {
		queue_overflow(instance);
		return;
	}
	if (!list_is_empty(&instance->events) &&
	    is_same(list_last(&instance->events, struct inotify_record, link), number, event))
		return;
	record = kmalloc(sizeof(*record) + event->name_bytes);
	if (!record) {
		queue_overflow(instance);
		return;
	}
	record->number = number;
	record->mask = event->mask;
	record->cookie = event->cookie;
	record->name_bytes = (uint32_t)event->name_bytes;
	memcpy(record->name, event->name, event->name_bytes);
	append(instance, record);
}

/* With its name, which is filled up with zeros to whole multiples of the head. */
static uint32_t name_room(const struct inotify_record *record)
{
	return record->name_bytes ? ALIGN_UP(record->name_bytes + 1, (uint32_t)sizeof(struct inotify_event)) : 0;
}

static uint64_t record_bytes(const struct inotify_record *record)
{
	return sizeof(struct inotify_event) + name_room(record);
}

/* -- the descriptor -- */

/* The first event if it fits into `room` bytes, taken off: 1, 0 when there is none, -EINVAL. */
static int take(struct inotify *instance, uint64_t room, struct inotify_record **taken)
{
	struct inotify_record *record;
	int result = 0;

	spin_lock(&notify_lock);
	if (!list_is_empty(&instance->events)) {
		record = list_first(&instance->events, struct inotify_record, link);
		result = record_bytes(record) > room ? -EINVAL : 1;
		if (result > 0) {
			list_remove(&record->link);
			instance->event_count--;
			if (record == &instance->overflow)
				instance->has_overflow = false;
			*taken = record;
		}
	}
	spin_unlock(&notify_lock);
	return result;
}

static int deliver(struct inotify *instance, struct inotify_record *record, struct uio *uio)
{
	bool is_overflow = record == &instance->overflow;
	const struct inotify_event head = {.wd = is_overflow ? -1 : record->number,
					   .mask = is_overflow ? IN_Q_OVERFLOW : record->mask,
					   .cookie = is_overflow ? 0 : record->cookie,
					   .len = is_overflow ? 0 : name_room(record)};
	size_t zeros = head.len ? head.len - record->name_bytes : 0;
	bool is_whole = uio_copy_out(uio, &head, sizeof(head)) == sizeof(head);

	if (is_whole && head.len)
		is_whole = uio_copy_out(uio, record->name, record->name_bytes) == record->name_bytes &&
			   uio_zero_out(uio, zeros) == zeros;
	if (!is_overflow)
		kfree(record);
	return is_whole ? 0 : -EFAULT;
}

static bool has_events(const struct inotify *instance)
{
	return !list_is_empty((const struct list *)&instance->events);
}

static ssize_t inotify_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct inotify *instance = file->private_data;
	uint64_t wanted = uio->left;
	int result;

	for (;;) {
		struct inotify_record *record = NULL;

		result = take(instance, uio->left, &record);
		if (result > 0) {
			result = deliver(instance, record, uio);
			if (result)
				return result;
			continue;
		}
		if (uio->left != wanted)
			return (ssize_t)(wanted - uio->left);
		if (result)
			return result;
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		result = waitq_wait(&instance->wait, WAIT_POLL, instance, TIME_NEVER, WAIT_INTERRUPTIBLE,
				    has_events(instance));
		if (result)
			return result;
	}
}

static uint32_t inotify_poll(struct file *file, struct poll_table *table)
{
	struct inotify *instance = file->private_data;
	uint32_t events;

	poll_wait(table, file, &instance->wait);
	spin_lock(&notify_lock);
	events = has_events(instance) ? POLL_IN | POLL_RDNORM : 0;
	spin_unlock(&notify_lock);
	return events;
}

static int64_t inotify_ioctl(struct file *file, uint32_t command, uint64_t argument)
{
	struct inotify *instance = file->private_data;
	const struct inotify_record *record;
	uint64_t bytes = 0;

	if (command != FIONREAD)
		return -ENOTTY;
	spin_lock(&notify_lock);
	list_for_each (record, &instance->events, link)
		bytes += record_bytes(record);
	spin_unlock(&notify_lock);
	return put_user_u32(argument, (uint32_t)bytes);
}

static void inotify_release(struct file *file)
{
	struct inotify *instance = file->private_data;

	inotify_end_watches(instance);
	spin_lock(&notify_lock);
	list_remove(&instance->all_link);
	spin_unlock(&notify_lock);
	while (has_events(instance)) {
		struct inotify_record *record = list_first(&instance->events, struct inotify_record, link);
		list_remove(&record->link);
		if (record != &instance->overflow)
			kfree(record);
	}
	slab_free(&inotify_cache, instance);
}

static size_t inotify_link_text(struct file *file, char *to, size_t room)
{
	return string_copy(to, "anon_inode:inotify", room);
}

static const struct file_ops inotify_ops = {
	.name = "inotify",
	.ignores_seek = true,
	.sends_sigio = true,
	.no_splice_read = true,
	.read = inotify_read,
	.poll = inotify_poll,
	.ioctl = inotify_ioctl,
	.fdinfo = inotify_fdinfo,
	.link_text = inotify_link_text,
	.release = inotify_release,
};

bool inotify_is(const struct file *file)
{
	return file->ops == &inotify_ops;
}

struct inotify *inotify_of(const struct file *file)
{
	return file->private_data;
}

/* -- making -- */

/* Count it for its user: 0 or -EMFILE. */
static int enter(struct inotify *instance)
{
	const struct inotify *other;
	uint32_t count = 0;
	int error = -EMFILE;

	spin_lock(&notify_lock);
	list_for_each (other, &instances.all, all_link)
		count += other->uid == instance->uid;
	if (count < inotify_limits.max_user_instances) {
		list_append(&instances.all, &instance->all_link);
		error = 0;
	}
	spin_unlock(&notify_lock);
	return error;
}

struct file *inotify_create(uint32_t flags)
{
	struct inotify *instance = slab_alloc(&inotify_cache);
	struct file *file;
	int error;

	if (!instance)
		return err_ptr(-ENOMEM);
	list_init(&instance->all_link);
	list_init(&instance->events);
	list_init(&instance->watches);
	waitq_init(&instance->wait);
	instance->uid = current_cred()->euid;
	instance->max_events = inotify_limits.max_queued_events;
	instance->next_number = 1;
	error = enter(instance);
	if (error) {
		slab_free(&inotify_cache, instance);
		return err_ptr(error);
	}
	file = anon_file_create(&inotify_ops, O_RDONLY | (flags & O_NONBLOCK), instance);
	if (file)
		return file;
	spin_lock(&notify_lock);
	list_remove(&instance->all_link);
	spin_unlock(&notify_lock);
	slab_free(&inotify_cache, instance);
	return err_ptr(-ENOMEM);
}
