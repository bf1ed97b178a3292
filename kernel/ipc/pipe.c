/*
 * Pipes: reading, writing, waiting and waking. FIFOs join in fifo.c, packets in pipe_packet.c, splice in splice.c.
 */
#include "ipc/pipe.h"

#include <asm-generic/fcntl.h>
#include <asm-generic/ioctls.h>
#include <asm-generic/signal.h>
#include <linux/capability.h>

#include "arch/x86_64/uaccess.h"
#include "fs/anon.h"
#include "fs/attributes.h"
#include "ipc/message_trace.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"

static struct slab_cache pipe_cache = SLAB_CACHE("pipe", struct pipe);

static void wake_reader(struct pipe *pipe)
{
	if (!waitq_is_empty(&pipe->read_wait))
		waitq_wake_key(&pipe->read_wait, POLL_IN | POLL_RDNORM, 1);
}

static void wake_writer(struct pipe *pipe)
{
	if (!waitq_is_empty(&pipe->write_wait))
		waitq_wake_key(&pipe->write_wait, POLL_OUT | POLL_WRNORM, 1);
}

HOT_CODE static void unlock_and_wake(struct pipe *pipe, struct pipe_before before)
{
	uint32_t used = bytering_used(&pipe->ring);
	bool has_room = !pipe_is_full(pipe);
	bool is_news = !before.used || (pipe->is_polled && used > before.used);
	bool to_reader = used && (is_news || before.did_sleep);
	bool to_writer = has_room && (before.was_full || before.did_sleep);

	mutex_unlock(&pipe->mutex);
	if (to_reader)
		wake_reader(pipe);
	if (to_writer)
		wake_writer(pipe);
}

HOT_CODE void pipe_unlock(struct pipe *pipe, struct pipe_before before)
{
	/* Whoever waits or polls was put on its queue under the mutex, so nobody can come between the look and the
	 * release. */
	if (likely(waitq_is_empty(&pipe->read_wait) && waitq_is_empty(&pipe->write_wait)))
		mutex_unlock(&pipe->mutex);
	else
		unlock_and_wake(pipe, before);
}

/* Wait on one of the queues. Registered before the mutex is released, so no change in between is missed. */
HOT_CODE static int pipe_sleep(struct pipe *pipe, struct waitq *queue, enum wait_kind kind, struct pipe_before *before)
{
	struct wait wait = WAIT(kind, pipe, TIME_NEVER);
	int error;

	waitq_add(queue, &wait);
	pipe_unlock(pipe, *before);
	error = wait_block(&wait, WAIT_INTERRUPTIBLE);
	*before = pipe_lock(pipe);
	before->did_sleep = true;
	wait_done(&wait);
	return error;
}

int pipe_wait_bytes(struct pipe *pipe, bool may_block, struct pipe_before *before)
{
	while (!bytering_used(&pipe->ring)) {
		int error;
		if (!pipe->writers)
			return 0;
		if (!may_block)
			return -EAGAIN;
		error = pipe_sleep(pipe, &pipe->read_wait, WAIT_PIPE_READ, before);
		if (error)
			return error;
	}
	return 1;
}

static bool has_room_for(const struct pipe *pipe, uint32_t bytes, bool is_packet)
{
	return bytering_room(&pipe->ring) >= bytes && !(is_packet && pipe_packets_full(pipe));
}

int pipe_wait_room(struct pipe *pipe, uint32_t bytes, bool is_packet, bool may_block, struct pipe_before *before)
{
	for (;;) {
		int error;
		if (unlikely(!pipe->readers)) {
			file_signal_hook(SIGPIPE);
			return -EPIPE;
		}
		if (likely(has_room_for(pipe, bytes, is_packet)))
			return 0;
		if (!may_block)
			return -EAGAIN;
		error = pipe_sleep(pipe, &pipe->write_wait, WAIT_PIPE_WRITE, before);
		if (error)
			return error;
	}
}

static __attribute__((noinline)) size_t take_traced(struct pipe *pipe, struct uio *uio)
{
	uint64_t first = message_first_bytes(&pipe->ring, 0);
	size_t taken = pipe->packets ? pipe_packet_take(pipe, uio) : bytering_take(&pipe->ring, uio, uio->left);

	if (taken && trace_is_on(TRACE_RECEIVE))
		trace_record_message(TRACE_RECEIVE, (uint64_t)pipe, MESSAGE_PIPE, (uint32_t)taken, first);
	return taken;
}

HOT_CODE ssize_t pipe_take(struct pipe *pipe, struct uio *uio, bool may_block)
{
	struct pipe_before before = pipe_lock(pipe);
	ssize_t result = pipe_wait_bytes(pipe, may_block, &before);

	if (likely(result > 0)) {
		if (trace_is_on(TRACE_RECEIVE) || unlikely(pipe->packets))
			result = (ssize_t)take_traced(pipe, uio);
		else
			result = (ssize_t)bytering_take(&pipe->ring, uio, uio->left);
		if (unlikely(!result))
			result = -EFAULT;
	}
	pipe_unlock(pipe, before);
	return result;
}

/*
 * Put up to `bytes`, which were seen to fit. An atomic write that faults leaves nothing behind. Bytes or -errno. Part
 * of its caller: apart, its registers would be saved for every write, which the compiler does not see to be much.
 */
static inline __attribute__((always_inline)) ssize_t put_bytes(struct pipe *pipe, struct uio *uio, uint32_t bytes,
							       bool is_atomic)
{
	struct bytering *ring = &pipe->ring;
	size_t moved;

	if (unlikely(bytering_reserve(ring, bytes) != 0))
		return -ENOMEM;
	moved = bytering_put(ring, uio, bytes);
	if (unlikely(moved < bytes)) {
		if (is_atomic || !moved) {
			bytering_take_back(ring, (uint32_t)moved);
			return -EFAULT;
		}
	}
	message_trace_put(pipe, MESSAGE_PIPE, ring, moved);
	return (ssize_t)moved;
}

/* One step of a write: a packet, or as many bytes as fit. */
static ssize_t write_step(struct pipe *pipe, struct uio *uio, uint32_t need, bool is_packet, bool is_atomic)
{
	uint32_t bytes = need;
	ssize_t moved;

	if (!is_atomic)
		bytes = (uint32_t)MIN(uio->left, (uint64_t)bytering_room(&pipe->ring));
	moved = put_bytes(pipe, uio, bytes, is_atomic);
	if (is_packet && moved > 0)
		pipe_packet_add(pipe, (uint32_t)moved);
	return moved;
}

/* A write in as many steps as it takes, with waits in between. Bytes, or -errno when there were none. */
static ssize_t put_in_steps(struct pipe *pipe, struct uio *uio, bool is_packet, bool may_block,
			    struct pipe_before *before)
{
	bool is_atomic = is_packet || uio->left <= PIPE_BUF_BYTES;
	ssize_t result = 0, done = 0;

	if (is_packet && pipe_packets_prepare(pipe) != 0)
		return -ENOMEM;
	do {
		uint32_t need = is_atomic ? (uint32_t)MIN(uio->left, (uint64_t)PIPE_BUF_BYTES) : 1;
		result = pipe_wait_room(pipe, need, is_packet, may_block, before);
		if (unlikely(result))
			break;
		result = write_step(pipe, uio, need, is_packet, is_atomic);
		if (unlikely(result == -ENOMEM && pipe->ring.allocated))
			continue; /* the ring has become smaller: it may be full now */
		if (unlikely(result < 0))
			break;
		done += result;
	} while (unlikely(uio->left));
	return done ? done : result;
}

HOT_CODE ssize_t pipe_put(struct pipe *pipe, struct uio *uio, bool is_packet, bool may_block)
{
	struct pipe_before before = pipe_lock(pipe);
	ssize_t result;

	/* What fits goes in at once. */
	result = -ENOMEM;
	if (likely(pipe->readers && !is_packet && uio->left <= bytering_room(&pipe->ring)))
		result = put_bytes(pipe, uio, (uint32_t)uio->left, uio->left <= PIPE_BUF_BYTES);
	if (unlikely(result == -ENOMEM))
		result = put_in_steps(pipe, uio, is_packet, may_block, &before);
	pipe_unlock(pipe, before);
	return result;
}

/* A FIFO has times; those of a pipe without a name stay, as on Linux since 6.15. */
static ssize_t fifo_read(struct file *file, struct uio *uio)
{
	ssize_t result = uio->left ? pipe_take(file->private_data, uio, !(file->flags & O_NONBLOCK)) : 0;

	if (result > 0)
		attributes_accessed(&file->path, file->inode);
	return result;
}

static ssize_t fifo_write(struct file *file, struct uio *uio)
{
	uint32_t flags = file->flags;
	ssize_t result = uio->left ? pipe_put(file->private_data, uio, flags & O_DIRECT, !(flags & O_NONBLOCK)) : 0;

	if (result > 0)
		inode_touch(file->inode, false, true, true);
	return result;
}

HOT_CODE static ssize_t pipe_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	if (unlikely(file->path.dentry))
		return fifo_read(file, uio);
	return uio->left ? pipe_take(file->private_data, uio, !(file->flags & O_NONBLOCK)) : 0;
}

HOT_CODE static ssize_t pipe_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	uint32_t flags = file->flags;

	if (unlikely(file->path.dentry))
		return fifo_write(file, uio);
	return uio->left ? pipe_put(file->private_data, uio, flags & O_DIRECT, !(flags & O_NONBLOCK)) : 0;
}

static uint32_t pipe_events(const struct file *file, const struct pipe *pipe)
{
	uint32_t events = 0;

	if (file_may_read(file)) {
		if (bytering_used(&pipe->ring))
			events |= POLL_IN | POLL_RDNORM;
		/* A FIFO opened without waiting reports no hang-up before its first writer came. */
		if (!pipe->writers && file->version != pipe->writers_ever)
			events |= POLL_HUP;
	}
	if (file_may_write(file)) {
		if (!pipe_is_full(pipe))
			events |= POLL_OUT | POLL_WRNORM;
		if (!pipe->readers)
			events |= POLL_ERR;
	}
	return events;
}

static uint32_t pipe_poll(struct file *file, struct poll_table *table)
{
	struct pipe *pipe = file->private_data;
	uint32_t events;

	if (!table)
		return pipe_events(file, pipe);
	mutex_lock(&pipe->mutex);
	pipe->is_polled = true;
	if (file_may_read(file))
		poll_wait(table, file, &pipe->read_wait);
	if (file_may_write(file))
		poll_wait(table, file, &pipe->write_wait);
	events = pipe_events(file, pipe);
	mutex_unlock(&pipe->mutex);
	return events;
}

static int64_t pipe_ioctl(struct file *file, uint32_t command, uint64_t argument)
{
	struct pipe *pipe = file->private_data;

	if (command != FIONREAD)
		return -ENOTTY;
	return put_user_u32(argument, bytering_used(&pipe->ring));
}

/* One description fewer; the last one of a side is news to the other. */
static void pipe_release(struct file *file)
{
	struct pipe *pipe = file->private_data;
	struct inode *inode = file->inode;
	bool is_last;

	mutex_lock(&pipe->mutex);
	if (file_may_read(file))
		pipe->readers--;
	if (file_may_write(file))
		pipe->writers--;
	if (!pipe->readers != !pipe->writers) {
		waitq_wake_key(&pipe->read_wait, POLL_IN | POLL_RDNORM | POLL_HUP, UINT32_MAX);
		waitq_wake_key(&pipe->write_wait, POLL_OUT | POLL_WRNORM | POLL_ERR, UINT32_MAX);
	}
	mutex_unlock(&pipe->mutex);
	mutex_lock(&inode->mutex);
	is_last = --pipe->files == 0;
	if (is_last)
		inode->pipe = NULL;
	mutex_unlock(&inode->mutex);
	if (is_last)
		pipe_free(pipe);
}

const struct file_ops pipe_file_ops = {
	.name = "pipe",
	.message_kind = MESSAGE_PIPE,
	.sends_sigio = true,
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.release = pipe_release,
};

struct pipe *pipe_alloc(void)
{
	struct pipe *pipe = slab_alloc(&pipe_cache);

	if (!pipe)
		return NULL;
	mutex_init(&pipe->mutex);
	bytering_init(&pipe->ring, PIPE_DEFAULT_BYTES);
	waitq_init(&pipe->read_wait);
	waitq_init(&pipe->write_wait);
	waitq_init(&pipe->open_wait);
	return pipe;
}

void pipe_free(struct pipe *pipe)
{
	bytering_free(&pipe->ring);
	kfree(pipe->packets);
	slab_free(&pipe_cache, pipe);
}

static struct file *pipe_end(struct pipe *pipe, struct inode *inode, uint32_t flags)
{
	struct file *file = file_create(&pipe_file_ops, flags, pipe);

	if (!file)
		return NULL;
	file->inode = inode;
	inode_get(inode);
	return file;
}

int pipe_create(struct file *ends[2], uint32_t flags)
{
	struct inode *inode = anon_inode_create(ANON_PIPE, 0600);
	struct pipe *pipe = inode ? pipe_alloc() : NULL;

	if (!pipe)
		goto no_pipe;
	pipe->readers = pipe->writers = 1;
	pipe->readers_ever = pipe->writers_ever = 1;
	pipe->files = 2;
	pipe->is_anonymous = true;
	inode->file_ops = &fifo_file_ops;
	inode->pipe = pipe;
	ends[0] = pipe_end(pipe, inode, O_RDONLY | (flags & O_NONBLOCK));
	if (!ends[0])
		goto no_ends;
	ends[1] = pipe_end(pipe, inode, O_WRONLY | (flags & (O_NONBLOCK | O_DIRECT)));
	if (!ends[1]) {
		/* Its release counts this end and finds the other still there. */
		file_put(ends[0]);
		goto no_ends;
	}
	inode_put(inode);
	return 0;

no_ends:
	inode->pipe = NULL;
	pipe_free(pipe);
no_pipe:
	if (inode)
		inode_put(inode);
	return -ENOMEM;
}

int64_t pipe_size(struct file *file)
{
	struct pipe *pipe = pipe_of(file);

	return pipe ? (int64_t)pipe->ring.capacity : -EBADF;
}

int64_t pipe_set_size(struct file *file, uint64_t bytes)
{
	struct pipe *pipe = pipe_of(file);
	uint32_t capacity = PAGE_SIZE;
	struct pipe_before before;
	int error;

	if (!pipe)
		return -EBADF;
	if (bytes > (1ull << 31))
		return -EINVAL;
	while (capacity < bytes)
		capacity *= 2;
	if (capacity > PIPE_MAX_USER_BYTES && capacity > pipe->ring.capacity && !current_has_cap(CAP_SYS_RESOURCE))
		return -EPERM;
	if (capacity > PIPE_MAX_BYTES)
		return -ENOMEM;
	before = pipe_lock(pipe);
	error = bytering_resize(&pipe->ring, capacity);
	pipe_unlock(pipe, before);
	return error ? error : (int64_t)capacity;
}
