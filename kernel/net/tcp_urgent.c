/*
 * The urgent byte of a TCP stream (tcp(7)): one at most, at its place among the others. A read stops before it and
 * leaves it out, unless SO_OOBINLINE puts it in line; MSG_OOB fetches it, once.
 */
#include "fs/async.h"
#include "lib/errno.h"
#include "net/tcp.h"

static bool is_inline(const struct inet_socket *self)
{
	return socket_has(&self->socket, SOCKET_OOBINLINE);
}

void tcp_urgent_put(struct inet_socket *to)
{
	uint32_t used = bytering_used(&to->ring);

	/* One that the reader has come to, and not fetched, is lost; further back it becomes a byte like the others. */
	if (to->urgent && to->urgent_at == to->taken && !is_inline(to) && used > 1) {
		bytering_drop(&to->ring, 1);
		to->taken++;
		used--;
	}
	to->urgent_at = to->taken + used - 1;
	to->urgent = TCP_URGENT_UNREAD;
	/* While it is not dead its description is there, once it is accepted. */
	if (to->socket.file && !to->is_dead)
		async_urgent(to->socket.file);
}

static ssize_t receive_locked(struct inet_socket *self, struct socket_message *message)
{
	enum tcp_state state = inet_state(self);

	if (is_inline(self) || !self->urgent || self->urgent == TCP_URGENT_READ)
		return -EINVAL;
	if (state == TCP_CLOSE && !self->is_done)
		return -ENOTCONN;
	message->result_flags |= MSG_OOB;
	if (!message->uio->left) {
		message->result_flags |= MSG_TRUNC;
	} else if (!(message->flags & MSG_TRUNC) &&
		   bytering_peek(&self->ring, (uint32_t)(self->urgent_at - self->taken), message->uio, 1) != 1) {
		return -EFAULT;
	}
	if (!(message->flags & MSG_PEEK))
		self->urgent = TCP_URGENT_READ;
	return message->result_flags & MSG_TRUNC ? 0 : 1;
}

ssize_t tcp_urgent_receive(struct inet_socket *self, struct socket_message *message)
{
	ssize_t result;

	mutex_lock(&self->mutex);
	result = receive_locked(self, message);
	mutex_unlock(&self->mutex);
	return result;
}

uint32_t tcp_readable(const struct inet_socket *self)
{
	if (!self->urgent || is_inline(self))
		return bytering_used(&self->ring);
	return (uint32_t)(self->urgent_at - self->taken);
}

bool tcp_is_at_urgent(const struct inet_socket *self)
{
	return self->urgent && self->urgent_at == self->taken;
}

bool tcp_has_input(const struct inet_socket *self, uint32_t least)
{
	if (unlikely(tcp_is_at_urgent(self)) && !is_inline(self))
		least++;
	return bytering_used(&self->ring) >= least;
}
