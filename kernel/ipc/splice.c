/*
 * splice, tee and vmsplice over byte rings. Between a pipe and a file the bytes go through a buffer, so that no pipe is
 * locked while the other side blocks; between two pipes they go from ring to ring.
 */
#include "ipc/splice.h"

#include <asm-generic/fcntl.h>

#include "ipc/message_trace.h"
#include "ipc/pipe.h"
#include "lib/errno.h"
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

static int64_t file_to_pipe(struct file *in, uint64_t *in_offset, struct file *out, uint64_t bytes, bool blocking,
			    uint8_t *buffer)
{
	struct pipe *pipe = pipe_of(out);
	uint64_t start = in_offset ? *in_offset : 0;
	ssize_t room = wait_for_room(pipe, blocking), got, put;
	struct uio uio;

	if (room < 0)
		return room;
	uio_init_kernel(&uio, buffer, MIN(MIN(bytes, (uint64_t)room), (uint64_t)BUFFER_BYTES));
	got = file_read(in, &uio, in_offset);
	if (got <= 0)
		return got;
	put = put_buffer(pipe, buffer, (size_t)got, blocking);
	if (put < got && in->ops->seek) {
		/* What found no room any more is read again next time. */
		uint64_t back = (uint64_t)(got - MAX(put, 0l));
		if (in_offset)
			*in_offset = start + (uint64_t)MAX(put, 0l);
		else
			in->position -= back;
	}
	return put;
}

/* Bytes are copied out first and taken when the file has accepted them. */
static int64_t pipe_to_file(struct file *in, struct file *out, uint64_t *out_offset, uint64_t bytes, bool blocking,
			    uint8_t *buffer)
{
	struct pipe *pipe = pipe_of(in);
	struct pipe_before before = pipe_lock(pipe);
	ssize_t result = pipe_wait_bytes(pipe, blocking, &before);
	struct uio uio;
	size_t peeked = 0;

	if (result > 0) {
		uio_init_kernel(&uio, buffer, MIN(bytes, (uint64_t)BUFFER_BYTES));
		peeked = bytering_peek(&pipe->ring, 0, &uio, uio.left);
	}
	pipe_unlock(pipe, before);
	if (!peeked)
		return result;
	uio_init_kernel(&uio, buffer, peeked);
	result = file_write(out, &uio, out_offset);
	if (result <= 0)
		return result;
	before = pipe_lock(pipe);
	message_trace_drop(pipe, MESSAGE_PIPE, &pipe->ring, (uint64_t)result);
	bytering_drop(&pipe->ring, (uint32_t)result);
	pipe_packets_dropped(pipe, (uint32_t)result);
	pipe_unlock(pipe, before);
	return result;
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

/* Copy what is in one ring and fits into the other. Both are locked. Bytes, or -ENOMEM. */
static ssize_t ring_to_ring(struct pipe *in, struct pipe *out, uint64_t bytes, bool keep)
{
	uint32_t used = bytering_used(&in->ring), room = bytering_room(&out->ring);
	uint32_t all = (uint32_t)MIN(bytes, (uint64_t)MIN(used, room)), first, rest;
	const uint8_t *from;

	while (all && bytering_reserve(&out->ring, all) != 0) {
		if (!out->ring.allocated)
			return -ENOMEM;
		all = MIN(all, bytering_room(&out->ring));
	}
	if (!all)
		return 0;
	from = bytering_front(&in->ring, &first);
	first = MIN(first, all);
	rest = all - first;
	bytering_put_kernel(&out->ring, from, first);
	if (rest) /* the ring wraps: what is left lies at the start of its memory */
		bytering_put_kernel(&out->ring, in->ring.data, rest);
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
	uint8_t *buffer;

	if (result || !bytes)
		return result;
	if (pipe_of(in) && pipe_of(out))
		return pipe_to_pipe(in, out, bytes, flags, false);
	buffer = kmalloc(MIN(bytes, (uint64_t)BUFFER_BYTES));
	if (!buffer)
		return -ENOMEM;
	if (pipe_of(in))
		result = pipe_to_file(in, out, out_offset, bytes, may_block(in, flags), buffer);
	else
		result = file_to_pipe(in, in_offset, out, bytes, may_block(out, flags), buffer);
	kfree(buffer);
	return result;
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
