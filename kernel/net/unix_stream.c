/*
 * Stream sockets: bytes go from the sender straight into the receiver's ring.
 */
#include "ipc/message_trace.h"
#include "lib/errno.h"
#include "net/stream.h"
#include "net/unix.h"

/* The peer of a connected stream; it stays while this socket's description does. */
static struct unix_socket *stream_peer(const struct unix_socket *self)
{
	return __atomic_load_n(&self->peer, __ATOMIC_ACQUIRE);
}

static bool is_full(const struct unix_socket *to, uint32_t limit)
{
	return stream_is_full(&to->ring, limit);
}

/* Wait until the receiver's ring, whose mutex is held, takes another piece. */
static int wait_for_room(struct unix_socket *self, struct unix_socket *to, struct socket_patience *patience)
{
	for (;;) {
		int error;
		if (unlikely((unix_shut(to) & UNIX_SHUT_READ) || (unix_shut(self) & UNIX_SHUT_WRITE)))
			return -EPIPE;
		error = socket_take_error(&self->socket);
		if (unlikely(error))
			return error;
		if (likely(!is_full(to, self->socket.send_limit)))
			return 0;
		unix_wake_readers(to);
		error = socket_sleep(&self->write_wait, WAIT_SOCKET_WRITE, to, &to->mutex, patience);
		if (error)
			return error;
	}
}

/* A send of bytes that something goes with, or that may come behind others' of which this is so. */
struct sending {
	struct unix_socket *self, *to;
	struct unix_ancillary ancillary;
	bool is_urgent; /* the last byte is */
	bool has_more;  /* it asks for marks */
};

/* The mutex is held. */
static ssize_t put_marked(struct sending *sending, struct uio *uio, uint32_t limit)
{
	struct unix_socket *to = sending->to;
	bool is_urgent = sending->is_urgent && uio->left == 1;
	struct unix_marks marks;
	ssize_t result = unix_marks_prepare(to, &sending->ancillary, is_urgent, &marks);

	if (result)
		return result;
	result = stream_put_piece(&to->ring, uio, uio->left - (sending->is_urgent && !is_urgent), limit);
	unix_marks_put(to, &sending->ancillary, &marks, result);
	return result;
}

/* Nothing goes with the bytes, nor with those before them. The mutex is held. */
static bool is_plain(const struct sending *sending)
{
	return !sending->has_more && list_is_empty(&sending->to->marks) && !sending->to->head_writer.pid;
}

static int check_destination(const struct unix_socket *self, const struct socket_message *message)
{
	bool is_connected = unix_state(self) == UNIX_CONNECTED;

	if (unlikely(message->address))
		return is_connected ? -EISCONN : -EOPNOTSUPP;
	return is_connected ? 0 : -ENOTCONN;
}

static ssize_t send_pieces(struct sending *sending, struct socket_message *message)
{
	struct unix_socket *self = sending->self, *to = sending->to;
	struct socket_patience patience =
		socket_patience(self->socket.send_timeout_ns, !(message->flags & MSG_DONTWAIT));
	uint32_t limit = self->socket.send_limit;
	struct uio *uio = message->uio;
	ssize_t done = 0, result = 0;

	mutex_lock(&to->mutex);
	do {
		if (likely(result != -ENOMEM))
			stream_fit_ring(&to->ring, limit);
		result = wait_for_room(self, to, &patience);
		if (unlikely(result) || !uio->left)
			break;
		if (likely(is_plain(sending)))
			result = stream_put_piece(&to->ring, uio, uio->left, limit);
		else
			result = put_marked(sending, uio, limit);
		if (unlikely(result == -ENOMEM && is_full(to, limit)))
			continue; /* as large as it can be: what is in it must be read first */
		if (unlikely(result < 0))
			break;
		if (result)
			message_trace_put(to, MESSAGE_UNIX, &to->ring, (uint64_t)result);
		done += result;
	} while (unlikely(uio->left));
	mutex_unlock(&to->mutex);
	if (likely(done))
		unix_wake_readers(to);
	return done ? done : result;
}

/* What is to go with the bytes. 0 or -errno. */
static __attribute__((noinline)) int begin_marked(struct sending *sending, const struct socket_message *message)
{
	sending->has_more = true;
	sending->is_urgent = message->flags & MSG_OOB;
	if (sending->is_urgent && !message->uio->left)
		return -EOPNOTSUPP;
	if (unix_wants_writer(sending->self, sending->to))
		unix_ancillary_writer(&sending->ancillary);
	if (sending->ancillary.rights && !socket_has(&sending->to->socket, SOCKET_PASSRIGHTS))
		return -EPERM;
	return 0;
}

HOT_CODE ssize_t unix_stream_send(struct socket *socket, struct socket_message *message)
{
	struct unix_socket *self = unix_of(socket);
	struct sending sending = {.self = self};
	ssize_t result = 0;

	if (unlikely(message->control))
		result = unix_ancillary_read(message, &sending.ancillary);
	if (likely(!result))
		result = check_destination(self, message);
	/* Behind the look at the state: a connection is joined first and then called so. */
	sending.to = stream_peer(self);
	if (likely(!result) &&
	    unlikely(message->control || (message->flags & MSG_OOB) || unix_wants_writer(self, sending.to)))
		result = begin_marked(&sending, message);
	if (likely(!result))
		result = send_pieces(&sending, message);
	if (unlikely(unix_has_ancillary(&sending.ancillary)))
		unix_ancillary_put(&sending.ancillary);
	return unlikely(result == -EPIPE) ? stream_pipe_error(message) : result;
}

/* Nothing is there: an error, the end (0 with *is_end), or wait. The mutex is held. */
static int wait_for_bytes(struct unix_socket *self, struct socket_patience *patience, bool *is_end)
{
	int error = socket_take_error(&self->socket);

	if (error)
		return error;
	*is_end = unix_shut(self) & UNIX_SHUT_READ;
	if (*is_end)
		return 0;
	return socket_sleep(&self->read_wait, WAIT_SOCKET_READ, self, &self->mutex, patience);
}

/* The sender hears of room when three quarters are free, so that a stream does not cost a switch for every read. */
static bool is_room_news(const struct unix_socket *self, const struct unix_socket *from, uint32_t used_before)
{
	uint32_t enough = from->socket.send_limit / 4;

	return used_before > enough && bytering_used(&self->ring) <= enough;
}

/* Plain bytes from a plain ring. */
static int read_plain(struct unix_reading *reading)
{
	struct unix_socket *self = reading->self;
	uint32_t there = bytering_used(&self->ring);
	size_t moved;

	if (!there)
		return 0;
	moved = bytering_take(&self->ring, reading->uio, reading->uio->left);
	self->taken += moved;
	reading->done += moved;
	return unlikely(moved < there && reading->uio->left) ? -EFAULT : 0;
}

/* 1: the read ends here; 0: there is no more; -EFAULT. */
static int read_some(struct unix_reading *reading)
{
	struct unix_socket *self = reading->self;

	if (likely(!reading->is_peek && !reading->wants_writer && list_is_empty(&self->marks)))
		return read_plain(reading);
	unix_reading_begin(reading);
	return unix_reading_step(reading);
}

static ssize_t receive_bytes(struct unix_reading *reading, struct socket_message *message, uint64_t least)
{
	struct unix_socket *self = reading->self, *from = stream_peer(self);
	struct socket_patience patience =
		socket_patience(self->socket.receive_timeout_ns, !(message->flags & MSG_DONTWAIT));
	bool has_news = false, is_end = false;
	int result;

	mutex_lock(&self->mutex);
	for (;;) {
		uint32_t before = bytering_used(&self->ring);
		size_t done = reading->done;
		result = 0;
		if (likely(before)) {
			uint64_t first = trace_is_on(TRACE_RECEIVE) ? message_first_bytes(&self->ring, 0) : 0;
			result = read_some(reading);
			if (reading->done > done && !reading->is_peek)
				trace(TRACE_RECEIVE, (uint64_t)self, MESSAGE_UNIX, reading->done - done, first);
		}
		has_news |= is_room_news(self, from, before);
		if (likely(result || reading->done >= least) || (reading->is_peek && reading->done > done))
			break;
		if (unlikely(before && !reading->uio->left)) /* nothing was asked for, and something is there */
			break;
		if (has_news)
			unix_wake_writers(from);
		result = wait_for_bytes(self, &patience, &is_end);
		if (result || is_end)
			break;
	}
	if (reading->is_peek)
		unix_peek_forward(self, reading->done);
	else
		unix_peek_back(self, reading->done);
	is_end = !bytering_used(&self->ring);
	mutex_unlock(&self->mutex);
	if (has_news)
		unix_wake_writers(from);
	if (unlikely(patience.has_begun && !is_end)) /* a wake-up was used up: what is left is for the next reader */
		unix_wake_readers(self);
	return reading->done ? (ssize_t)reading->done : MIN(result, 0);
}

HOT_CODE ssize_t unix_stream_receive(struct socket *socket, struct socket_message *message)
{
	struct unix_reading reading = {.self = unix_of(socket), .uio = message->uio};
	uint64_t least = MIN((uint64_t)socket->receive_least, message->uio->left);
	ssize_t result;

	/* A read of nothing waits, as on Linux, until there is something. */
	least = MAX(least, 1ul);
	if (unlikely(unix_state(reading.self) != UNIX_CONNECTED))
		return -EINVAL;
	if (unlikely(message->flags & (MSG_WAITALL | MSG_OOB | MSG_PEEK))) {
		if (message->flags & MSG_OOB)
			return unix_receive_urgent(reading.self, message);
		if (message->flags & MSG_WAITALL)
			least = message->uio->left;
		reading.is_peek = message->flags & MSG_PEEK;
		reading.skip = (uint32_t)MAX(socket->peek_offset, 0);
	}
	reading.wants_writer = socket_has(socket, SOCKET_PASSCRED | SOCKET_PASSPIDFD);
	result = receive_bytes(&reading, message, least);
	if (result > 0 && unlikely(message->address))
		unix_name_of(stream_peer(reading.self), message->address);
	if (unlikely(reading.ancillary.rights || reading.wants_writer))
		unix_ancillary_give(reading.self, message, &reading.ancillary);
	return result;
}

const struct socket_ops unix_stream_ops = {
	.bind = unix_bind,
	.connect = unix_connect,
	.listen = unix_listen,
	.accept = unix_accept,
	.name = unix_name,
	.pair = unix_pair,
	.shutdown = unix_shutdown,
	.send = unix_stream_send,
	.receive = unix_stream_receive,
	.poll = unix_poll,
	.ioctl = unix_ioctl,
	.get_option = unix_get_option,
	.is_listening = unix_is_listening,
	.closing = unix_closing,
	.release = unix_release,
};
