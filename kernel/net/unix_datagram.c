/*
 * Datagram and sequenced-packet sockets: whole messages on the receiver's list.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/unix.h"
#include "ipc/message_trace.h"

/* The room that Linux keeps back of SO_SNDBUF. */
#define SEND_RESERVE 32u

static void trace_message(enum trace_event event, const struct unix_socket *at, const struct unix_message *message)
{
	uint64_t first = 0;

	if (!trace_is_on(event))
		return;
	if (message->bytes)
		memcpy(&first, message->data, MIN(message->bytes, (uint32_t)sizeof(first)));
	trace_record(event, (uint64_t)at, MESSAGE_DATAGRAM, message->bytes, first);
}

/* Wait until what this socket has on its way leaves room: then the message is taken from the program. */
static int wait_for_own_room(struct unix_socket *self, struct socket_patience *patience)
{
	struct wait wait = WAIT(WAIT_SOCKET_WRITE, self, TIME_NEVER);
	int error = 0;

	for (;;) {
		waitq_add(&self->write_wait, &wait);
		error = socket_take_error(&self->socket);
		if (!error && (unix_shut(self) & UNIX_SHUT_WRITE))
			error = -EPIPE;
		if (error || self->sent < self->socket.send_limit)
			break;
		error = socket_block(&wait, patience);
		if (error)
			break;
	}
	wait_done(&wait);
	return error;
}

static int check_own_room(struct unix_socket *self, struct socket_patience *patience)
{
	int error = socket_take_error(&self->socket);

	if (error)
		return error;
	if (unix_shut(self) & UNIX_SHUT_WRITE)
		return -EPIPE;
	return likely(self->sent < self->socket.send_limit) ? 0 : wait_for_own_room(self, patience);
}

/* Put it on the receiver's list, or say why not. */
static int deliver(struct unix_socket *self, struct unix_socket *to, struct unix_message *message,
		   struct socket_patience *patience)
{
	int error = 0;

	mutex_lock(&to->mutex);
	for (;;) {
		if (unlikely(to->is_dead))
			error = self->socket.type == SOCK_SEQPACKET ? -EPIPE : -ECONNREFUSED;
		else if (unlikely(unix_shut(to) & UNIX_SHUT_READ))
			error = -EPIPE;
		if (error || likely(!unix_is_full(to) || to == self || to->peer == self))
			break;
		error = socket_sleep(&to->room_wait, WAIT_SOCKET_WRITE, to, &to->mutex, patience);
		if (error)
			break;
	}
	if (!error) {
		trace_message(TRACE_SEND, to, message);
		list_append(&to->messages, &message->link);
		to->message_count++;
	}
	mutex_unlock(&to->mutex);
	return error;
}

/* Nobody else may be the receiver's peer. */
static int check_receiver(const struct unix_socket *self, const struct unix_socket *to)
{
	bool may_send;

	spin_lock(&unix_lock);
	may_send = unix_may_send(self, to);
	spin_unlock(&unix_lock);
	return may_send ? 0 : -EPERM;
}

/* What goes with the message; who does not take descriptions gets none. */
static int attach(struct unix_socket *self, struct unix_socket *to, struct unix_message *packet,
		  struct unix_ancillary *ancillary)
{
	if (unix_wants_writer(self, to))
		unix_ancillary_writer(ancillary);
	packet->ancillary = *ancillary;
	*ancillary = (struct unix_ancillary){0};
	return packet->ancillary.rights && !socket_has(&to->socket, SOCKET_PASSRIGHTS) ? -EPERM : 0;
}

static struct unix_socket *receiver_of(struct unix_socket *self, const struct socket_address *address)
{
	struct unix_socket *to;

	if (address)
		return unix_find(address, self->socket.type);
	to = unix_peer_get(self);
	return to ? to : err_ptr(-ENOTCONN);
}

/* The message is ready: find out whom it is for, and put it there. What goes with it comes along. */
static int send_packet(struct unix_socket *self, struct unix_message *packet, const struct socket_address *address,
		       struct unix_ancillary *ancillary, struct socket_patience *patience)
{
	struct unix_socket *to = receiver_of(self, address);
	int error = is_err(to) ? (int)ptr_err(to) : check_receiver(self, to);

	if (is_err(to))
		return error;
	if (!error)
		error = attach(self, to, packet, ancillary);
	if (!error)
		error = deliver(self, to, packet, patience);
	if (!error)
		unix_wake_readers(to);
	if (error == -ECONNREFUSED)
		unix_disconnect(self, to);
	unix_put(to);
	return error;
}

static ssize_t send_bytes(struct unix_socket *self, struct socket_message *message, struct unix_ancillary *ancillary)
{
	struct socket_patience patience =
		socket_patience(self->socket.send_timeout_ns, !(message->flags & MSG_DONTWAIT));
	ssize_t bytes = (ssize_t)message->uio->left;
	struct unix_message *packet;
	int error;

	if (bytes > (ssize_t)self->socket.send_limit - SEND_RESERVE)
		return -EMSGSIZE;
	error = check_own_room(self, &patience);
	if (error)
		return error;
	packet = unix_message_create(self, message->uio);
	if (is_err(packet))
		return ptr_err(packet);
	error = send_packet(self, packet, message->address, ancillary, &patience);
	if (!error)
		return bytes;
	unix_message_end(packet);
	return error;
}

ssize_t unix_datagram_send(struct socket *socket, struct socket_message *message)
{
	struct unix_socket *self = unix_of(socket);
	struct unix_ancillary ancillary = {0};
	ssize_t result = 0;

	if (unlikely(message->control))
		result = unix_ancillary_read(message, &ancillary);
	if (!result && (message->flags & MSG_OOB))
		result = -EOPNOTSUPP;
	if (!result && message->address)
		result = unix_check_address(message->address);
	if (!result && socket_has(socket, SOCKET_PASSCRED | SOCKET_PASSPIDFD))
		result = unix_autobind(self);
	if (!result)
		result = send_bytes(self, message, &ancillary);
	unix_ancillary_put(&ancillary);
	return result;
}

ssize_t unix_packet_send(struct socket *socket, struct socket_message *message)
{
	int error = socket_take_error(socket);

	if (error)
		return error;
	if (unix_state(unix_of(socket)) != UNIX_CONNECTED)
		return -ENOTCONN;
	message->address = NULL; /* it has its peer */
	return unix_datagram_send(socket, message);
}

/* -- receiving -- */

/* Wait for a message: 1; 0 at the end; -errno. The mutex is held. */
static int wait_for_message(struct unix_socket *self, struct socket_patience *patience)
{
	for (;;) {
		int error = socket_take_error(&self->socket);
		if (error)
			return error;
		if (likely(!list_is_empty(&self->messages)))
			return 1;
		if (unix_shut(self) & UNIX_SHUT_READ)
			return patience->timeout_ns || self->socket.type == SOCK_SEQPACKET ? 0 : -EAGAIN;
		error = socket_sleep(&self->read_wait, WAIT_SOCKET_READ, self, &self->mutex, patience);
		if (error)
			return error;
	}
}

/* Copy what fits of the bytes from `skip` on; the result of the call. */
static ssize_t copy_out(const struct unix_message *packet, uint32_t skip, struct socket_message *message)
{
	uint32_t there = packet->bytes - MIN(skip, packet->bytes);
	size_t bytes = MIN(message->uio->left, (uint64_t)there);

	if (uio_copy_out(message->uio, packet->data + skip, bytes) != bytes)
		return -EFAULT;
	if (bytes < there)
		message->result_flags |= MSG_TRUNC;
	if (message->address)
		unix_name_of(packet->sender, message->address);
	return message->flags & MSG_TRUNC ? (ssize_t)there : (ssize_t)bytes;
}

/* The message in which the byte `*skip` behind the head lies (SO_PEEK_OFF), and where in it; the first one when that is
 * not used; null when it is beyond all. */
static struct unix_message *message_at(struct unix_socket *self, uint32_t *skip)
{
	struct unix_message *packet;

	list_for_each (packet, &self->messages, link) {
		if (!*skip || *skip < packet->bytes)
			return packet;
		*skip -= packet->bytes;
	}
	return NULL;
}

static void share(const struct unix_message *packet, struct unix_ancillary *ancillary)
{
	unix_writer_copy(&ancillary->writer, &packet->ancillary.writer);
	ancillary->rights = packet->ancillary.rights;
	if (ancillary->rights)
		refcount_get(&ancillary->rights->refs);
}

/* Wait for a message to look at. The mutex is held. */
static ssize_t wait_at(struct unix_socket *self, struct socket_patience *patience, uint32_t offset, uint32_t *skip,
		       struct unix_message **packet)
{
	for (;;) {
		ssize_t result = wait_for_message(self, patience);
		*skip = offset;
		*packet = result > 0 ? message_at(self, skip) : NULL;
		if (result <= 0 || *packet)
			return result;
		result = socket_sleep(&self->read_wait, WAIT_SOCKET_READ, self, &self->mutex, patience);
		if (result)
			return result;
	}
}

/* MSG_PEEK: the message stays, so it is copied under the mutex. */
static ssize_t peek(struct unix_socket *self, struct socket_message *message, struct socket_patience *patience)
{
	uint32_t offset = (uint32_t)MAX(self->socket.peek_offset, 0), skip;
	struct unix_ancillary ancillary = {0};
	struct unix_message *packet;
	ssize_t result;

	mutex_lock(&self->mutex);
	result = wait_at(self, patience, offset, &skip, &packet);
	if (packet) {
		result = copy_out(packet, skip, message);
		share(packet, &ancillary);
		if (result > 0)
			unix_peek_forward(self, (size_t)result);
	}
	mutex_unlock(&self->mutex);
	if (patience->has_begun)
		unix_wake_readers(self);
	if (packet)
		unix_ancillary_give(self, message, &ancillary);
	return result;
}

/* The next message, off the list; null and *result: none. */
static struct unix_message *take(struct unix_socket *self, struct socket_patience *patience, ssize_t *result)
{
	struct unix_message *packet = NULL;
	bool was_full, has_more = false;

	mutex_lock(&self->mutex);
	*result = wait_for_message(self, patience);
	was_full = unix_is_full(self);
	if (*result > 0) {
		packet = list_first(&self->messages, struct unix_message, link);
		list_remove(&packet->link);
		self->message_count--;
		/* A wake-up was used up: what is left over is for the next reader. */
		has_more = patience->has_begun && !list_is_empty(&self->messages);
		unix_peek_back(self, packet->bytes);
		trace_message(TRACE_RECEIVE, self, packet);
	}
	mutex_unlock(&self->mutex);
	if (packet && was_full)
		unix_wake_senders(self);
	if (has_more)
		unix_wake_readers(self);
	return packet;
}

ssize_t unix_datagram_receive(struct socket *socket, struct socket_message *message)
{
	struct unix_socket *self = unix_of(socket);
	struct socket_patience patience = socket_patience(socket->receive_timeout_ns, !(message->flags & MSG_DONTWAIT));
	struct unix_ancillary ancillary;
	struct unix_message *packet;
	ssize_t result;

	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (message->flags & MSG_PEEK)
		return peek(self, message, &patience);
	packet = take(self, &patience, &result);
	if (!packet)
		return result;
	result = copy_out(packet, 0, message);
	ancillary = packet->ancillary;
	packet->ancillary = (struct unix_ancillary){0};
	if (result >= 0)
		unix_ancillary_give(self, message, &ancillary);
	unix_ancillary_put(&ancillary);
	unix_message_end(packet);
	return result;
}

ssize_t unix_packet_receive(struct socket *socket, struct socket_message *message)
{
	if (unix_state(unix_of(socket)) != UNIX_CONNECTED)
		return -ENOTCONN;
	return unix_datagram_receive(socket, message);
}

const struct socket_ops unix_datagram_ops = {
	.bind = unix_bind,
	.connect = unix_datagram_connect,
	.name = unix_name,
	.pair = unix_pair,
	.shutdown = unix_shutdown,
	.send = unix_datagram_send,
	.receive = unix_datagram_receive,
	.poll = unix_poll,
	.ioctl = unix_ioctl,
	.get_option = unix_get_option,
	.is_listening = unix_is_listening,
	.closing = unix_closing,
	.release = unix_release,
};

const struct socket_ops unix_packet_ops = {
	.bind = unix_bind,
	.connect = unix_connect,
	.listen = unix_listen,
	.accept = unix_accept,
	.name = unix_name,
	.pair = unix_pair,
	.shutdown = unix_shutdown,
	.send = unix_packet_send,
	.receive = unix_packet_receive,
	.poll = unix_poll,
	.ioctl = unix_ioctl,
	.get_option = unix_get_option,
	.is_listening = unix_is_listening,
	.closing = unix_closing,
	.release = unix_release,
};
