/*
 * splice, tee and vmsplice over byte rings. What a file lends goes into a pipe as it is, and on from there into other
 * pipes and sockets; other bytes between a pipe and a file go through a buffer, so that no pipe is locked while the
 * other side blocks; between two pipes they go from ring to ring.
 */
#include "ipc/splice.h"

#include <asm-generic/fcntl.h>
#include <linux/stat.h>

#include "fs/lent.h"
#include "ipc/message_trace.h"
#include "ipc/pipe.h"
#include "lib/errno.h"
#include "mem/page.h"
#include "mem/slab.h"
#include "vm/uio.h"

#define SPLICE_NONBLOCK 2u
#define BUFFER_BYTES    65536u

static bool may_block(const struct file *file, uint32_t flags)
{
	return !(flags & SPLICE_NONBLOCK) && !(file->flags & O_NONBLOCK);
}

/* Put all of a buffer. Bytes; an error only when there were none. */
static ssize_t put_buffer(struct pipe *pipe, const uint8_t *buffer, size_t bytes, bool blocking)
{
	struct pipe_before before = pipe_lock(pipe);
	size_t done = 0;
	int error = 0;

	while (done < bytes) {
		uint32_t part;
		error = pipe_wait_room(pipe, 1, false, blocking, &before);
		if (error)
			break;
		part = (uint32_t)MIN(bytes - done, (size_t)bytering_room(&pipe->ring));
		error = bytering_reserve(&pipe->ring, part);
		if (error && pipe->ring.allocated)
			continue; /* smaller than it was: wait for room again */
		if (error)
			break;
		part = (uint32_t)bytering_put_kernel(&pipe->ring, buffer + done, part);
		message_trace_put(pipe, MESSAGE_PIPE, &pipe->ring, part);
		done += part;
	}
	pipe_unlock(pipe, before);
	return done ? (ssize_t)done : error;
}

/* How much fits now; waits for the first byte's room. */
static ssize_t wait_for_room(struct pipe *pipe, bool blocking)
{
	struct pipe_before before = pipe_lock(pipe);
	ssize_t result = pipe_wait_room(pipe, 1, false, blocking, &before);

	if (!result)
		result = bytering_room(&pipe->ring);
	pipe_unlock(pipe, before);
	return result;
}

/* Read through a buffer, at *offset or the position. What found no room any more is read again next time. */
static ssize_t read_to_pipe(struct file *in, uint64_t *offset, struct pipe *pipe, uint64_t bytes, bool blocking)
{
	uint64_t start = offset ? *offset : 0;
	uint8_t *buffer = kmalloc(bytes);
	struct uio uio;
	ssize_t got, put;

	if (!buffer)
		return -ENOMEM;
	uio_init_kernel(&uio, buffer, bytes);
	got = put = file_read(in, &uio, offset);
	if (got > 0)
		put = put_buffer(pipe, buffer, (size_t)got, blocking);
	kfree(buffer);
	if (got > 0 && put < got && in->ops->seek) {
		if (offset)
			*offset = start + (uint64_t)MAX(put, 0l);
		else
			in->position -= (uint64_t)(got - MAX(put, 0l));
	}
	return put;
}

/* Put what the file lends, at *offset or the position, which go on. */
static ssize_t lend_to_pipe(struct file *in, uint64_t *offset, struct pipe *pipe, uint64_t bytes, bool blocking)
{
	uint64_t at = offset ? *offset : in->position;
	ssize_t result = 1;
	uint64_t done = 0;

	while (done < bytes && result > 0) {
		struct lent lent;
		lent_init(&lent);
		result = lent_from_file(&lent, in, at + done, bytes - done);
		if (result > 0)
			result = pipe_put(pipe, &lent.uio, false, blocking);
		lent_put(&lent);
		if (result > 0)
			done += (uint64_t)result;
	}
	if (!done)
		return result;
	if (offset) {
		*offset = at + done;
	} else {
		mutex_lock(&in->position_mutex);
		in->position = at + done;
		mutex_unlock(&in->position_mutex);
	}
	return (ssize_t)done;
}

static int64_t file_to_pipe(struct file *in, uint64_t *in_offset, struct file *out, uint64_t bytes, bool blocking)
{
	struct pipe *pipe = pipe_of(out);
	ssize_t room = wait_for_room(pipe, blocking);

	if (room < 0)
		return room;
	bytes = MIN(bytes, (uint64_t)room);
	if (in->ops->lend)
		return lend_to_pipe(in, in_offset, pipe, bytes, blocking);
	return read_to_pipe(in, in_offset, pipe, MIN(bytes, (uint64_t)BUFFER_BYTES), blocking);
}

/* What lies at the head of a pipe and stays when the pipe is let go. Locked. */
static void gather_lent(struct lent *lent, const struct pipe *pipe, uint64_t bytes)
{
	while (lent->uio.left < bytes && !lent_is_full(lent)) {
		struct bytering_run run = bytering_run(&pipe->ring, (uint32_t)lent->uio.left);
		if (!run.is_lent)
			break;
		if (run.page)
			page_get(run.page);
		lent_add(lent, run.data, MIN((uint64_t)run.bytes, bytes - lent->uio.left), run.page);
	}
}

/* Where the bytes of a pipe go, and what they are copied into when they do not stay. */
struct outlet {
	struct pipe *pipe;
	struct file *file;
	uint64_t *offset;
	uint8_t *buffer; /* null until it is needed */
};

/* Copy what lies at the head. Locked. 0 or -ENOMEM. */
static int copy_head(struct outlet *outlet, struct uio *uio, uint64_t bytes)
{
	bytes = MIN(bytes, (uint64_t)BUFFER_BYTES);
	if (!outlet->buffer)
		outlet->buffer = kmalloc(BUFFER_BYTES);
	if (!outlet->buffer)
		return -ENOMEM;
	uio_init_kernel(uio, outlet->buffer, bytes);
	bytes = bytering_peek(&outlet->pipe->ring, 0, uio, bytes);
	uio_init_kernel(uio, outlet->buffer, bytes);
	return 0;
}

/* One write of what is in the pipe. Bytes are shown to the file first and taken when it has accepted them. */
static int64_t write_head(struct outlet *outlet, uint64_t bytes)
{
	struct pipe *pipe = outlet->pipe;
	const struct inode *inode = outlet->file->inode;
	struct pipe_before before = pipe_lock(pipe);
	struct uio copied, *uio = &copied;
	struct lent lent;
	int64_t result = 0;

	lent_init(&lent);
	if (!inode || !S_ISREG(inode->mode)) /* a file that is written to may be the one that lent */
		gather_lent(&lent, pipe, bytes);
	if (lent.uio.count)
		uio = &lent.uio;
	else
		result = copy_head(outlet, &copied, bytes);
	pipe_unlock(pipe, before);
	if (!result && uio->left)
		result = file_write(outlet->file, uio, outlet->offset);
	lent_put(&lent);
	if (result <= 0)
		return result;
	before = pipe_lock(pipe);
	message_trace_drop(pipe, MESSAGE_PIPE, &pipe->ring, (uint64_t)result);
	bytering_drop(&pipe->ring, (uint32_t)result);
	pipe_packets_dropped(pipe, (uint32_t)result);
	pipe_unlock(pipe, before);
	return result;
}

/* Only for the first bytes is there a wait. */
static int64_t pipe_to_file(struct file *in, struct file *out, uint64_t *out_offset, uint64_t bytes, bool blocking)
{
	struct outlet outlet = {.pipe = pipe_of(in), .file = out, .offset = out_offset};
	struct pipe_before before = pipe_lock(outlet.pipe);
	int64_t result = pipe_wait_bytes(outlet.pipe, blocking, &before);
	uint64_t done = 0;

	pipe_unlock(outlet.pipe, before);
	while (result > 0 && done < bytes) {
		result = write_head(&outlet, bytes - done);
		if (result > 0)
			done += (uint64_t)result;
	}
	kfree(outlet.buffer);
	return done ? (int64_t)done : result;
}

/* Two mutexes of one kind: by address. */
static void lock_both(struct pipe *a, struct pipe *b, struct pipe_before *before_a, struct pipe_before *before_b)
{
	if (a < b) {
		*before_a = pipe_lock(a);
		*before_b = pipe_lock(b);
	} else {
		*before_b = pipe_lock(b);
		*before_a = pipe_lock(a);
	}
}

/* One run of a ring, at most `most`, behind the bytes of another that has the room. Bytes. */
static uint32_t put_run(struct pipe *to, const struct bytering_run *run, uint32_t most)
{
	uint32_t bytes = MIN(run->bytes, most);
	struct lent lent;

	if (!run->is_lent)
		return (uint32_t)bytering_put_kernel(&to->ring, run->data, bytes);
	if (run->page)
		page_get(run->page);
	lent_init(&lent);
	lent_add(&lent, run->data, bytes, run->page);
	bytes = (uint32_t)bytering_put(&to->ring, &lent.uio, bytes);
	lent_put(&lent);
	return bytes;
}

/* Put what is in one ring and fits into the other. Both are locked. Bytes, or -ENOMEM. */
static ssize_t ring_to_ring(struct pipe *in, struct pipe *out, uint64_t bytes, bool keep)
{
	uint32_t used = bytering_used(&in->ring), room = bytering_room(&out->ring);
	uint32_t all = (uint32_t)MIN(bytes, (uint64_t)MIN(used, room));

	while (all && bytering_reserve(&out->ring, all) != 0) {
		if (!out->ring.allocated)
			return -ENOMEM;
		all = MIN(all, bytering_room(&out->ring));
	}
	if (!all)
		return 0;
	for (uint32_t done = 0; done < all;) {
		struct bytering_run run = bytering_run(&in->ring, done);
		done += put_run(out, &run, all - done);
	}
	message_trace_put(out, MESSAGE_PIPE, &out->ring, all);
	if (!keep) {
		message_trace_drop(in, MESSAGE_PIPE, &in->ring, all);
		bytering_drop(&in->ring, all);
		pipe_packets_dropped(in, all);
	}
	return all;
}

static int64_t pipe_to_pipe(struct file *in, struct file *out, uint64_t bytes, uint32_t flags, bool keep)
{
	struct pipe *from = pipe_of(in), *to = pipe_of(out);
	struct pipe_before from_before, to_before;
	ssize_t result;

	for (;;) {
		/* Wait for one side at a time; look at both together. */
		from_before = pipe_lock(from);
		result = pipe_wait_bytes(from, may_block(in, flags), &from_before);
		pipe_unlock(from, from_before);
		if (result <= 0)
			return result;
		result = wait_for_room(to, may_block(out, flags));
		if (result < 0)
			return result;
		lock_both(from, to, &from_before, &to_before);
		result = ring_to_ring(from, to, bytes, keep);
		pipe_unlock(from, from_before);
		pipe_unlock(to, to_before);
		if (result)
			return result;
	}
}

static int check_splice(const struct file *in, const uint64_t *in_offset, const struct file *out,
			const uint64_t *out_offset)
{
	struct pipe *from = pipe_of(in), *to = pipe_of(out);

	if (!file_may_read(in) || !file_may_write(out))
		return -EBADF;
	if (!from && !to)
		return -EINVAL;
	if (from == to || (!to && (out->flags & O_APPEND)))
		return -EINVAL;
	if ((in_offset && !in->ops->seek) || (out_offset && !out->ops->seek))
		return -EINVAL;
	if ((!from && (!in->ops->read || in->ops->no_splice_read)) ||
	    (!to && (!out->ops->write || out->ops->no_splice_write)))
		return -EINVAL;
	return 0;
}

int64_t splice_files(struct file *in, uint64_t *in_offset, struct file *out, uint64_t *out_offset, uint64_t bytes,
		     uint32_t flags)
{
	int64_t result = check_splice(in, in_offset, out, out_offset);

	if (result || !bytes)
		return result;
	if (pipe_of(in) && pipe_of(out))
		return pipe_to_pipe(in, out, bytes, flags, false);
	if (pipe_of(in))
		return pipe_to_file(in, out, out_offset, bytes, may_block(in, flags));
	return file_to_pipe(in, in_offset, out, bytes, may_block(out, flags));
}

int64_t splice_tee(struct file *in, struct file *out, uint64_t bytes, uint32_t flags)
{
	if (!file_may_read(in) || !file_may_write(out))
		return -EBADF;
	if (!pipe_of(in) || !pipe_of(out) || pipe_of(in) == pipe_of(out))
		return -EINVAL;
	return bytes ? pipe_to_pipe(in, out, bytes, flags, true) : 0;
}

int64_t splice_user(struct file *file, struct uio *uio, uint32_t flags)
{
	struct pipe *pipe = pipe_of(file);
	bool blocking;

	if (!pipe)
		return -EBADF;
	if (!uio->left)
		return 0;
	blocking = may_block(file, flags);
	return file_may_write(file) ? pipe_put(pipe, uio, false, blocking) : pipe_take(pipe, uio, blocking);
}
