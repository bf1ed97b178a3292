/*
 * Sending on TCP connections: bytes go from the sender's memory straight into the ring of the end that reads them.
 */
#include <asm-generic/fcntl.h>
#include <asm-generic/socket.h>

#include "ipc/message_trace.h"
#include "lib/errno.h"
#include "net/inet_count.h"
#include "net/inet_outside.h"
#include "net/stream.h"
#include "net/tcp.h"

/* It reads no more, and has said all: what comes is answered by RST. */
static bool refuses(const struct inet_socket *to)
{
	return to->is_dead || ((inet_shut(to) & INET_SHUT_READ) && inet_state(to) == TCP_FIN_WAIT2);
}

static bool is_broken(const struct inet_socket *self)
{
	return self->socket.error || (inet_shut(self) & INET_SHUT_WRITE);
}

/* Wait until the receiver's ring, whose mutex is held, takes another piece, or nobody will ever take it. 0, -EPIPE ...
 */
static int wait_for_room(struct inet_socket *self, struct inet_socket *to, struct socket_patience *patience)
{
	struct wait wait = WAIT(WAIT_SOCKET_WRITE, to, TIME_NEVER);
	int error = 0;

	for (;;) {
		if (!patience->timeout_ns) {
			error = -EAGAIN;
			break;
		}
		/* This end's own state is not under that mutex: it is looked at behind the entry into the queue. */
		waitq_add(&self->write_wait, &wait);
		if (is_broken(self) || refuses(to) || !stream_is_full(&to->ring, tcp_limit(self, to)))
			break;
		inet_wake_readers(to);
		mutex_unlock(&to->mutex);
		error = socket_block(&wait, patience);
		mutex_lock(&to->mutex);
		if (error)
			break;
	}
	wait_done(&wait);
	return error;
}

/* One piece; of an urgent send the last byte goes by itself. The mutex is held. */
static ssize_t put(struct inet_socket *to, struct uio *uio, bool is_urgent, uint32_t limit)
{
	bool is_last = is_urgent && uio->left == 1;
	ssize_t result = stream_put_piece(&to->ring, uio, uio->left - (is_urgent && !is_last), limit);

	if (is_last && result == 1)
		tcp_urgent_put(to);
	return result;
}

/* 1: to->ring takes a piece; 0: the bytes go nowhere; -errno. The mutex is held. */
static int check_room(struct inet_socket *self, struct inet_socket *to, struct socket_patience *patience)
{
	int error;

	for (;;) {
		if (unlikely(is_broken(self)))
			return -EPIPE;
		if (unlikely(refuses(to)))
			return 0;
		if (likely(!stream_is_full(&to->ring, tcp_limit(self, to))))
			return 1;
		error = wait_for_room(self, to, patience);
		if (error)
			return error;
	}
}

/* What goes nowhere is there all the same. */
static __attribute__((noinline)) bool is_readable(const struct uio *uio)
{
	struct uio look = *uio;
	uint8_t first;

	return uio_copy_in(&look, &first, sizeof(first)) == sizeof(first);
}

static HOT_CODE ssize_t send_pieces(struct inet_socket *self, struct socket_message *message,
				    struct socket_patience *patience)
{
	struct inet_socket *to = tcp_peer(self);
	uint32_t limit = tcp_limit(self, to);
	struct uio *uio = message->uio;
	ssize_t done = 0, result = 0;
	bool is_lost = false;

	mutex_lock(&to->mutex);
	do {
		if (likely(result != -ENOMEM))
			stream_fit_ring(&to->ring, limit);
		result = check_room(self, to, patience);
		is_lost = !result;
		if (unlikely(result <= 0) || !uio->left)
			break;
		result = put(to, uio, unlikely(message->flags & MSG_OOB), limit);
		if (unlikely(result == -ENOMEM && stream_is_full(&to->ring, limit)))
			continue; /* as large as it can be: what is in it must be read first */
		if (unlikely(result < 0))
			break;
		if (likely(result)) {
			inet_count(&inet_counts.pieces, 1);
			inet_count_packet(&to->local.ip, (uint64_t)result + INET_HEADER_TCP);
			message_trace_put(to, MESSAGE_TCP, &to->ring, (uint64_t)result);
		}
		done += result;
	} while (unlikely(uio->left));
	mutex_unlock(&to->mutex);
	if (likely(done))
		inet_wake_readers(to);
	if (unlikely(is_lost && uio->left)) {
		if (!is_readable(uio))
			return done ? done : -EFAULT;
		done += (ssize_t)MIN(uio->left, (uint64_t)limit);
		tcp_refuse(self, to);
	}
	return done ? done : MIN(result, 0);
}

/* Wait until the stack behind the network card takes bytes. */
static int wait_for_outside(struct inet_socket *self, struct socket_patience *patience)
{
	struct wait wait = WAIT(WAIT_SOCKET_WRITE, self, TIME_NEVER);
	int error = 0;

	for (;;) {
		waitq_add(&self->write_wait, &wait);
		if (is_broken(self) || inet_outside->has_room(self))
			break;
		error = socket_block(&wait, patience);
		if (error)
			break;
	}
	wait_done(&wait);
	return error;
}

static ssize_t send_outside(struct inet_socket *self, struct socket_message *message, struct socket_patience *patience)
{
	struct uio *uio = message->uio;
	ssize_t done = 0, result = 0;

	do {
		if (is_broken(self)) {
			result = -EPIPE;
			break;
		}
		if (!uio->left)
			break;
		result = inet_outside->send(self, uio, message->flags & MSG_OOB,
					    (message->flags & MSG_MORE) || (self->tcp.bits & TCP_OPT_CORK));
		if (result > 0)
			done += result;
		else if (!result)
			result = wait_for_outside(self, patience);
	} while (uio->left && result >= 0);
	return done ? done : MIN(result, 0l);
}

/* Control messages say nothing here, but those that nobody knows are refused. */
static __attribute__((noinline)) int check_control(const struct socket_message *message)
{
	struct socket_control control;
	uint32_t offset = 0;
	int more;

	while ((more = socket_control_next(message, &offset, &control)) != 0) {
		if (more > 0 && control.level == SOL_SOCKET)
			more = socket_control_check(&control);
		if (more < 0)
			return more;
	}
	return 0;
}

/* It is not connected: perhaps it will be. 0, -EPIPE, -EAGAIN ... */
static __attribute__((noinline)) int check_connected(struct inet_socket *self, struct socket_patience *patience)
{
	int error = 0;

	if (inet_state(self) == TCP_SYN_SENT)
		error = tcp_wait_connected(self, patience);
	if (error)
		return error;
	return tcp_is_connected(inet_state(self)) ? 0 : -EPIPE;
}

/* An error that waits is told before EPIPE; only that comes with a signal. */
static __attribute__((noinline)) ssize_t broken(struct inet_socket *self, const struct socket_message *message)
{
	int error = socket_take_error(&self->socket);

	return error && error != -EPIPE ? error : stream_pipe_error(message);
}

/* MSG_FASTOPEN: without a cookie of the other end, which nobody here gives out, it is connect and then send. */
static __attribute__((noinline)) int connect_first(struct socket *socket, const struct socket_message *message)
{
	if (!message->address)
		return inet_of(socket)->phase == INET_UNCONNECTED ? -EINVAL : -EISCONN;
	if (message->address->bytes >= sizeof(message->address->family) && message->address->family == AF_UNSPEC)
		return -EOPNOTSUPP;
	return tcp_connect(socket, message->address, message->flags & MSG_DONTWAIT ? O_NONBLOCK : 0);
}

HOT_CODE ssize_t tcp_send(struct socket *socket, struct socket_message *message)
{
	struct inet_socket *self = inet_of(socket);
	struct socket_patience patience = socket_patience(socket->send_timeout_ns, !(message->flags & MSG_DONTWAIT));
	ssize_t result = 0;

	if (unlikely(message->flags & MSG_FASTOPEN))
		result = connect_first(socket, message);
	if (likely(!result) && unlikely(!tcp_is_connected(inet_state(self))))
		result = check_connected(self, &patience);
	if (unlikely(message->control) && !result && !is_broken(self))
		result = check_control(message);
	if (likely(!result))
		result = likely(!self->is_outside) ? send_pieces(self, message, &patience)
						   : send_outside(self, message, &patience);
	return unlikely(result == -EPIPE) ? broken(self, message) : result;
}
