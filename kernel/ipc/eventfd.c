/*
 * Event counters (eventfd(2)).
 */
#include "ipc/eventfd.h"

#include <asm-generic/fcntl.h>

#include "fs/anon.h"
#include "fs/poll.h"
#include "ipc/message_trace.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "mem/slab.h"
#include "vm/uio.h"

#define EVENTFD_SEMAPHORE 1u
#define EVENTFD_MOST      (UINT64_MAX - 1)

/* Lock key: (i) immutable; (l) its lock. */
struct eventfd {
	struct spinlock lock;    /* (i) rank LOCK_OBJECT */
	uint64_t count;          /* (l) */
	bool is_semaphore;       /* (i) */
	uint32_t id;             /* (i) for /proc/PID/fdinfo */
	struct waitq read_wait;  /* (i) readers and pollers */
	struct waitq write_wait; /* (i) writers that wait for room in the counter */
};

static struct slab_cache eventfd_cache = SLAB_CACHE("eventfd", struct eventfd);
static _Atomic uint32_t next_id;

static void trace_event(enum trace_event event, const struct eventfd *eventfd, uint64_t value)
{
	trace(event, (uint64_t)eventfd, MESSAGE_EVENTFD, sizeof(value), value);
}

/* Wait on `queue` with the lock given up meanwhile. */
static int eventfd_sleep(struct eventfd *eventfd, struct waitq *queue, enum wait_kind kind)
{
	struct wait wait = WAIT(kind, eventfd, TIME_NEVER);
	int error;

	waitq_add(queue, &wait);
	spin_unlock(&eventfd->lock);
	error = wait_block(&wait, WAIT_INTERRUPTIBLE);
	wait_done(&wait);
	spin_lock(&eventfd->lock);
	return error;
}

static ssize_t eventfd_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct eventfd *eventfd = file->private_data;
	uint64_t value = 0;
	bool has_more, was_full;
	int error = 0;

	if (uio->left < sizeof(value))
		return -EINVAL;
	spin_lock(&eventfd->lock);
	while (!eventfd->count && !error)
		error = file->flags & O_NONBLOCK ? -EAGAIN
						 : eventfd_sleep(eventfd, &eventfd->read_wait, WAIT_PIPE_READ);
	was_full = eventfd->count == EVENTFD_MOST;
	if (eventfd->count) {
		value = eventfd->is_semaphore ? 1 : eventfd->count;
		eventfd->count -= value;
		error = 0;
	}
	has_more = eventfd->count != 0;
	if (!error)
		trace_event(TRACE_RECEIVE, eventfd, value);
	spin_unlock(&eventfd->lock);
	if (error)
		return error;
	if (has_more)
		waitq_wake_key(&eventfd->read_wait, POLL_IN | POLL_RDNORM, 1);
	/* A writer waits for room for its own value, whatever that is: every read may make it. */
	waitq_wake_key(&eventfd->write_wait, POLL_OUT | POLL_WRNORM, UINT32_MAX);
	/* Pollers stand on one queue for both directions. */
	if (was_full)
		waitq_wake_key(&eventfd->read_wait, POLL_OUT | POLL_WRNORM, 0);
	return uio_copy_out(uio, &value, sizeof(value)) == sizeof(value) ? (ssize_t)sizeof(value) : -EFAULT;
}

static ssize_t eventfd_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct eventfd *eventfd = file->private_data;
	uint64_t value;
	int error = 0;

	if (uio->left < sizeof(value))
		return -EINVAL;
	if (uio_copy_in(uio, &value, sizeof(value)) != sizeof(value))
		return -EFAULT;
	if (value == UINT64_MAX)
		return -EINVAL;
	spin_lock(&eventfd->lock);
	while (value > EVENTFD_MOST - eventfd->count && !error)
		error = file->flags & O_NONBLOCK ? -EAGAIN
						 : eventfd_sleep(eventfd, &eventfd->write_wait, WAIT_PIPE_WRITE);
	if (value <= EVENTFD_MOST - eventfd->count) {
		eventfd->count += value;
		error = 0;
		trace_event(TRACE_SEND, eventfd, value);
	}
	spin_unlock(&eventfd->lock);
	if (error)
		return error;
	waitq_wake_key(&eventfd->read_wait, POLL_IN | POLL_RDNORM, 1);
	return sizeof(value);
}

static uint32_t eventfd_poll(struct file *file, struct poll_table *table)
{
	struct eventfd *eventfd = file->private_data;
	uint32_t events = 0;

	poll_wait(table, file, &eventfd->read_wait);
	spin_lock(&eventfd->lock);
	if (eventfd->count > 0)
		events |= POLL_IN;
	if (eventfd->count < EVENTFD_MOST)
		events |= POLL_OUT;
	spin_unlock(&eventfd->lock);
	return events;
}

static size_t eventfd_fdinfo(struct file *file, char *to, size_t room)
{
	struct eventfd *eventfd = file->private_data;

	return (size_t)string_format(to, room, "eventfd-count: %16llx\neventfd-id: %u\neventfd-semaphore: %d\n",
				     (unsigned long long)eventfd->count, eventfd->id, eventfd->is_semaphore);
}

static void eventfd_release(struct file *file)
{
	slab_free(&eventfd_cache, file->private_data);
}

static const struct file_ops eventfd_ops = {
	.name = "[eventfd]",
	.message_kind = MESSAGE_EVENTFD,
	.ignores_seek = true,
	.no_splice_read = true,
	.no_splice_write = true,
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.fdinfo = eventfd_fdinfo,
	.release = eventfd_release,
};

struct file *eventfd_create(uint64_t initial, uint32_t flags)
{
	struct eventfd *eventfd = slab_alloc(&eventfd_cache);
	struct file *file;

	if (!eventfd)
		return NULL;
	spin_init(&eventfd->lock, "eventfd", LOCK_OBJECT);
	eventfd->count = initial;
	eventfd->is_semaphore = flags & EVENTFD_SEMAPHORE;
	eventfd->id = atomic_fetch_add_explicit(&next_id, 1, memory_order_relaxed);
	waitq_init(&eventfd->read_wait);
	waitq_init(&eventfd->write_wait);
	file = anon_file_create(&eventfd_ops, O_RDWR | (flags & O_NONBLOCK), eventfd);
	if (!file)
		slab_free(&eventfd_cache, eventfd);
	return file;
}
