/*
 * Stream sockets: bytes go from the sender straight into the receiver's ring.
 */
#include <asm-generic/signal.h>

#include "ipc/message_trace.h"
#include "lib/errno.h"
#include "net/unix.h"

/* The peer of a connected stream; it stays while this socket's description does. */
static struct unix_socket *stream_peer(const struct unix_socket *self)
{
	return __atomic_load_n(&self->peer, __ATOMIC_ACQUIRE);
}

static bool is_full(const struct unix_socket *to, uint32_t limit)
{
	return bytering_used(&to->ring) >= limit || !bytering_room(&to->ring);
}

/* The ring holds what the sender may have on its way and the last piece beyond it. Where memory was short it is
 * smaller.
 */
static void fit_ring(struct bytering *ring, uint32_t limit)
{
	while (ring->capacity < limit + UNIX_PIECE_BYTES && ring->capacity < PAGE_SIZE << PAGE_ORDER_MAX)
		ring->capacity *= 2;
}

static int pipe_error(const struct socket_message *message)
{
	if (!(message->flags & MSG_NOSIGNAL))
		file_signal_hook(SIGPIPE);
	return -EPIPE;
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

/* One piece, whole or not at all. Bytes, -EFAULT, -ENOMEM. */
static ssize_t put_piece(struct unix_socket *to, struct uio *uio, uint32_t limit)
{
	uint32_t bytes = (uint32_t)MIN(uio->left, (uint64_t)MIN(UNIX_PIECE_BYTES, limit / 2));
	struct bytering *ring = &to->ring;
	uint32_t moved;

	bytes = MIN(bytes, bytering_room(ring));
	while (unlikely(bytering_reserve(ring, bytes) != 0)) {
		bytes = MIN(bytes, bytering_room(ring));
		if (!ring->allocated || !bytes)
			return -ENOMEM;
	}
	moved = (uint32_t)bytering_put(ring, uio, bytes);
	if (unlikely(moved < bytes)) {
		ring->tail -= moved;
		return -EFAULT;
	}
	return moved;
}

static int check_destination(const struct unix_socket *self, const struct socket_message *message)
{
	bool is_connected = unix_state(self) == UNIX_CONNECTED;

	if (unlikely(message->address))
		return is_connected ? -EISCONN : -EOPNOTSUPP;
	return is_connected ? 0 : -ENOTCONN;
}

__attribute__((hot)) ssize_t unix_stream_send(struct socket *socket, struct socket_message *message)
{
	struct unix_socket *self = unix_of(socket), *to = stream_peer(self);
	struct socket_patience patience = socket_patience(socket->send_timeout_ns, !(message->flags & MSG_DONTWAIT));
	struct uio *uio = message->uio;
	ssize_t done = 0, result = check_destination(self, message);

	if (unlikely(result))
		return result;
	if (unlikely(message->flags & MSG_OOB))
		return -EOPNOTSUPP;
	mutex_lock(&to->mutex);
	fit_ring(&to->ring, socket->send_limit);
	do {
		result = wait_for_room(self, to, &patience);
		if (unlikely(result) || !uio->left)
			break;
		result = put_piece(to, uio, socket->send_limit);
		if (unlikely(result == -ENOMEM && bytering_used(&to->ring)))
			continue; /* as large as it can be: what is in it must be read first */
		if (unlikely(result < 0))
			break;
		done += result;
	} while (unlikely(uio->left));
	message_trace(TRACE_SEND, to, MESSAGE_UNIX, &to->ring, (uint64_t)done);
	mutex_unlock(&to->mutex);
	if (done)
		unix_wake_readers(to);
	if (done)
		return done;
	return result == -EPIPE ? pipe_error(message) : result;
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

__attribute__((hot)) ssize_t unix_stream_receive(struct socket *socket, struct socket_message *message)
{
	struct unix_socket *self = unix_of(socket), *from = stream_peer(self);
	struct uio *uio = message->uio;
	struct socket_patience patience = socket_patience(socket->receive_timeout_ns, !(message->flags & MSG_DONTWAIT));
	uint64_t least = MIN((uint64_t)socket->receive_least, uio->left), done = 0;
	bool is_end = false, has_news = false, did_wait = false;
	int error = 0;

	if (unlikely(unix_state(self) != UNIX_CONNECTED || (message->flags & MSG_OOB)))
		return -EINVAL;
	if (unlikely(message->flags & MSG_WAITALL))
		least = uio->left;
	mutex_lock(&self->mutex);
	for (;;) {
		uint32_t before = bytering_used(&self->ring);
		if (likely(before)) {
			size_t moved;
			message_trace(TRACE_RECEIVE, self, MESSAGE_UNIX, &self->ring, MIN(before, uio->left));
			if (unlikely(message->flags & MSG_PEEK))
				moved = bytering_peek(&self->ring, 0, uio, uio->left);
			else
				moved = bytering_take(&self->ring, uio, uio->left);
			done += moved;
			has_news |= is_room_news(self, from, before);
			if (unlikely(moved < before && uio->left))
				error = -EFAULT;
		}
		if (likely(done >= least) || error || (message->flags & MSG_PEEK && before))
			break;
		if (has_news)
			unix_wake_writers(from);
		error = wait_for_bytes(self, &patience, &is_end);
		did_wait = true;
		if (error || is_end)
			break;
	}
	did_wait &= bytering_used(&self->ring) != 0;
	mutex_unlock(&self->mutex);
	if (has_news)
		unix_wake_writers(from);
	if (unlikely(did_wait)) /* a wake-up was used up: what is left over is for the next reader */
		unix_wake_readers(self);
	if (done && unlikely(message->address))
		unix_name_of(from, message->address);
	return done ? (ssize_t)done : error;
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
	.release = unix_release,
};
