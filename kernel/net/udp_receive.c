/*
 * UDP: receiving.
 */
#include "ipc/message_trace.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/inet_count.h"
#include "net/udp.h"

/* Wait for a datagram: 1; 0 at the end; -errno. The mutex is held. */
static int wait_for_datagram(struct inet_socket *self, struct socket_patience *patience)
{
	for (;;) {
		int error = socket_take_error(&self->socket);
		if (error)
			return error;
		if (likely(!list_is_empty(&self->messages)))
			return 1;
		if (inet_shut(self) & INET_SHUT_READ)
			return patience->timeout_ns ? 0 : -EAGAIN;
		error = socket_sleep(&self->read_wait, WAIT_SOCKET_READ, self, &self->mutex, patience);
		if (error)
			return error;
	}
}

/* Copy what fits; the result of the call. */
static ssize_t copy_out(struct inet_socket *self, const struct inet_message *datagram, struct socket_message *message)
{
	size_t bytes = MIN(message->uio->left, (uint64_t)datagram->bytes);

	if (uio_copy_out(message->uio, datagram->data, bytes) != bytes)
		return -EFAULT;
	if (bytes < datagram->bytes)
		message->result_flags |= MSG_TRUNC;
	if (message->address)
		inet_end_to(self, &datagram->from, message->address);
	return message->flags & MSG_TRUNC ? (ssize_t)datagram->bytes : (ssize_t)bytes;
}

static void trace_receive(const struct inet_socket *self, const struct inet_message *datagram)
{
	uint64_t first = 0;

	if (!trace_is_on(TRACE_RECEIVE))
		return;
	if (datagram->bytes)
		memcpy(&first, datagram->data, MIN(datagram->bytes, (uint32_t)sizeof(first)));
	trace_record(TRACE_RECEIVE, (uint64_t)self, MESSAGE_UDP, datagram->bytes, first);
}

/* MSG_PEEK: the datagram stays, so it is copied under the mutex. */
static ssize_t peek(struct inet_socket *self, struct socket_message *message, struct socket_patience *patience)
{
	ssize_t result;

	mutex_lock(&self->mutex);
	result = wait_for_datagram(self, patience);
	if (result > 0) {
		const struct inet_message *datagram = list_first(&self->messages, struct inet_message, link);
		result = copy_out(self, datagram, message);
		if (result >= 0)
			udp_control_give(self, message, datagram);
	}
	mutex_unlock(&self->mutex);
	if (patience->has_begun)
		inet_wake_readers(self);
	return result;
}

/* The next one, off the list; null and *result: none. */
static struct inet_message *take(struct inet_socket *self, struct socket_patience *patience, ssize_t *result)
{
	struct inet_message *datagram = NULL;
	bool has_more = false;

	mutex_lock(&self->mutex);
	*result = wait_for_datagram(self, patience);
	if (*result > 0) {
		datagram = list_first(&self->messages, struct inet_message, link);
		list_remove(&datagram->link);
		self->queued_bytes -= datagram->charged;
		/* A wake-up was used up: what is left over is for the next reader. */
		has_more = patience->has_begun && !list_is_empty(&self->messages);
		trace_receive(self, datagram);
	}
	mutex_unlock(&self->mutex);
	if (has_more)
		inet_wake_readers(self);
	return datagram;
}

ssize_t udp_receive(struct socket *socket, struct socket_message *message)
{
	struct inet_socket *self = inet_of(socket);
	struct socket_patience patience = socket_patience(socket->receive_timeout_ns, !(message->flags & MSG_DONTWAIT));
	struct inet_message *datagram;
	ssize_t result;

	if (unlikely(message->flags & MSG_ERRQUEUE))
		return udp_receive_error(self, message);
	if (message->flags & MSG_PEEK)
		return peek(self, message, &patience);
	datagram = take(self, &patience, &result);
	if (!datagram)
		return result;
	if (likely(inet_is_udp(self)))
		inet_count(&inet_counts_of(&datagram->to)->datagrams_in, 1);
	result = copy_out(self, datagram, message);
	if (result >= 0)
		udp_control_give(self, message, datagram);
	inet_message_end(datagram);
	return result;
}
