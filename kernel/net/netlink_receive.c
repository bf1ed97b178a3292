/*
 * Receiving on AF_NETLINK: a message a call, and what the rest of a dump needs.
 */
#include <asm-generic/socket.h>

#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "net/netlink.h"
#include "net/unix.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif
#define SCM_CREDENTIALS 2

static int wait_for_message(struct netlink_socket *self, struct socket_patience *patience)
{
	for (;;) {
		int error = socket_take_error(&self->socket);
		if (error)
			return error;
		if (!list_is_empty(&self->messages))
			return 0;
		error = socket_sleep(&self->read_wait, WAIT_SOCKET_READ, self, &self->mutex, patience);
		if (error)
			return error;
	}
}

static ssize_t copy_out(const struct netlink_message *from, struct socket_message *message)
{
	size_t bytes = MIN(message->uio->left, (uint64_t)from->bytes);

	if (uio_copy_out(message->uio, from->data, bytes) != bytes)
		return -EFAULT;
	if (bytes < from->bytes)
		message->result_flags |= MSG_TRUNC;
	if (message->address) {
		struct sockaddr_nl name = {.nl_family = AF_NETLINK, .nl_pid = from->port};
		if (from->group - 1 < 32)
			name.nl_groups = 1u << (from->group - 1);
		memcpy(message->address->data, &name, sizeof(name));
		message->address->bytes = sizeof(name);
	}
	return message->flags & MSG_TRUNC ? (ssize_t)from->bytes : (ssize_t)bytes;
}

static int put_control(struct netlink_socket *self, const struct netlink_message *from, struct socket_message *message)
{
	int error = 0;

	if (!message->has_control)
		return 0;
	if (netlink_has(self, NETLINK_WANTS_PKTINFO)) {
		struct nl_pktinfo info = {.group = from->group};
		error = socket_control_put(message, SOL_NETLINK, NETLINK_PKTINFO, &info, sizeof(info));
	}
	if (!error && socket_has(&self->socket, SOCKET_PASSCRED)) {
		struct unix_credentials writer = {from->pid, from->uid, from->gid};
		error = socket_control_put(message, SOL_SOCKET, SCM_CREDENTIALS, &writer, sizeof(writer));
	}
	return error;
}

/* It leaves the list; when nothing else waits, more of the dump is written. The mutex is held. */
static void take_off(struct netlink_socket *self, struct netlink_message *message)
{
	list_remove(&message->link);
	self->queued_bytes -= message->charged;
	if (list_is_empty(&self->messages))
		self->is_overrun = false;
	if (self->dump.step)
		netlink_dump_continue(self);
}

/* The first message, off the list, or a copy of it: user memory is not touched under the mutex, as whoever ends
 * meanwhile may have a word for this socket. -errno, or *first. */
static int take_first(struct netlink_socket *self, const struct socket_message *message,
		      struct socket_patience *patience, struct netlink_message **first)
{
	struct netlink_message *next;
	int error = wait_for_message(self, patience);

	if (error)
		return error;
	self->largest_read =
		(uint32_t)MAX(MIN(message->uio->left, (uint64_t)NETLINK_PIECE_MOST), (uint64_t)self->largest_read);
	next = list_first(&self->messages, struct netlink_message, link);
	if (!(message->flags & MSG_PEEK)) {
		take_off(self, next);
		*first = next;
		return 0;
	}
	*first = kmalloc(sizeof(*next) + next->bytes);
	if (!*first)
		return -ENOBUFS;
	memcpy(*first, next, sizeof(*next) + next->bytes);
	return 0;
}

ssize_t netlink_receive(struct socket *socket, struct socket_message *message)
{
	struct netlink_socket *self = netlink_of(socket);
	struct socket_patience patience = socket_patience(socket->receive_timeout_ns, !(message->flags & MSG_DONTWAIT));
	struct netlink_message *first = NULL;
	bool has_room, has_more;
	ssize_t result;

	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	mutex_lock(&self->mutex);
	result = take_first(self, message, &patience, &first);
	has_room = self->queued_bytes <= self->socket.receive_limit && !self->is_overrun;
	has_more = first && !list_is_empty(&self->messages);
	mutex_unlock(&self->mutex);
	if (!result)
		result = copy_out(first, message);
	if (result >= 0) {
		int error = put_control(self, first, message);
		if (error)
			result = error;
	}
	kfree(first);
	if (has_room && !waitq_is_empty(&self->room_wait))
		waitq_wake_all(&self->room_wait);
	if (has_more && !waitq_is_empty(&self->read_wait))
		waitq_wake_key(&self->read_wait, POLL_IN | POLL_RDNORM, 1);
	return result;
}
