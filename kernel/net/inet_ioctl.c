/*
 * ioctl(2) on sockets of AF_INET and AF_INET6: how much lies in queues.
 */
#include <asm-generic/ioctls.h>
#include <linux/sockios.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "net/inet_outside.h"
#include "net/tcp.h"

/* Of a stream all bytes before the urgent one, else the next datagram. */
static uint32_t input_bytes(struct inet_socket *self)
{
	uint32_t bytes = 0;

	mutex_lock(&self->mutex);
	if (self->socket.type == SOCK_STREAM)
		bytes = tcp_readable(self);
	else if (!list_is_empty(&self->messages))
		bytes = list_first(&self->messages, struct inet_message, link)->bytes;
	mutex_unlock(&self->mutex);
	return bytes;
}

/* What the other end's buffer (SO_RCVBUF) has not taken. Datagrams are never on their way. */
static uint32_t output_bytes(struct inet_socket *self, bool unsent_alone)
{
	const struct inet_socket *to = tcp_peer(self);
	struct inet_outside_view view = {0};
	uint32_t used;

	if (self->is_outside && self->socket.type == SOCK_STREAM) {
		inet_outside->view(self, &view);
		return view.unsent_bytes + (unsent_alone ? 0 : view.unacked_bytes);
	}
	if (!to)
		return 0;
	used = bytering_used(&to->ring);
	return used - MIN(used, (uint32_t)to->socket.receive_limit);
}

static int64_t at_mark(struct inet_socket *self, uint64_t argument)
{
	bool is_at;

	mutex_lock(&self->mutex);
	is_at = tcp_is_at_urgent(self);
	mutex_unlock(&self->mutex);
	return put_user_u32(argument, is_at);
}

int64_t inet_ioctl(struct socket *socket, uint32_t command, uint64_t argument)
{
	struct inet_socket *self = inet_of(socket);
	bool is_listening = inet_state(self) == TCP_LISTEN;

	switch (command) {
	case SIOCINQ:
		return is_listening ? -EINVAL : (int64_t)put_user_u32(argument, input_bytes(self));
	case SIOCOUTQ:
	case SIOCOUTQNSD:
		return is_listening ? -EINVAL
				    : (int64_t)put_user_u32(argument, output_bytes(self, command == SIOCOUTQNSD));
	case SIOCATMARK:
		return socket->type == SOCK_STREAM ? at_mark(self, argument) : -ENOTTY;
	default:
		return -ENOTTY;
	}
}
