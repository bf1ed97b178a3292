/*
 * Connections: listen, connect and accept of streams and packets, and whom a datagram socket sends to.
 *
 * connect makes both ends at once and puts the server's on the listening socket's list; accept only takes it off.
 */
#include <asm-generic/fcntl.h>

#include "fs/async.h"
#include "lib/errno.h"
#include "net/unix.h"
#include "trace/trace.h"

/* What a connection takes over from the listening socket. */
#define INHERITED (SOCKET_PASSCRED | SOCKET_PASSPIDFD | SOCKET_PASSRIGHTS)

void unix_identity_current(struct unix_identity *identity)
{
	identity->pid = file_owner_hooks.current();
	identity->number = file_process_hook();
	identity->cred = cred_get(current_cred());
}

void unix_identity_put(struct unix_identity *identity)
{
	if (identity->pid)
		file_owner_hooks.put(identity->pid);
	if (identity->cred)
		cred_put(identity->cred);
}

void unix_identity_copy(struct unix_identity *to, const struct unix_identity *from)
{
	*to = *from;
	if (to->pid)
		file_owner_hooks.get(to->pid);
	if (to->cred)
		to->cred = cred_get(to->cred);
}

int unix_listen(struct socket *socket, int backlog)
{
	struct unix_socket *self = unix_of(socket);
	struct unix_identity identity, before;
	int error = 0;

	if (!__atomic_load_n(&self->address, __ATOMIC_ACQUIRE))
		return -EINVAL;
	unix_identity_current(&identity);
	mutex_lock(&self->mutex);
	spin_lock(&unix_lock);
	if (self->state == UNIX_CONNECTED) {
		error = -EINVAL;
		before = identity;
	} else {
		before = self->peer_identity;
		self->peer_identity = identity;
		self->backlog = MIN((uint32_t)backlog, (uint32_t)socket_limits.backlog_most);
		self->state = UNIX_LISTENING;
	}
	spin_unlock(&unix_lock);
	mutex_unlock(&self->mutex);
	unix_identity_put(&before);
	unix_wake_senders(self);
	return error;
}

/* Join the two, if `self` may still be connected. The listening socket's mutex is held; `fresh` is known to nobody. */
static int join(struct unix_socket *self, struct unix_socket *fresh, struct unix_socket *listener)
{
	struct unix_identity identity;
	int error = 0;

	unix_identity_current(&fresh->peer_identity);
	spin_lock(&unix_lock);
	if (self->state != UNIX_IDLE) {
		error = self->state == UNIX_CONNECTED ? -EISCONN : -EINVAL;
	} else {
		unix_identity_copy(&identity, &listener->peer_identity);
		self->peer_identity = identity;
		fresh->address = listener->address;
		refcount_get(&fresh->address->refs);
		unix_get(self);
		unix_get(fresh);
		fresh->peer = self;
		__atomic_store_n(&self->peer, fresh, __ATOMIC_RELEASE);
		fresh->state = self->state = UNIX_CONNECTED;
		trace(TRACE_PEER, (uint64_t)self, (uint64_t)fresh, 0, 0);
	}
	spin_unlock(&unix_lock);
	if (!error) {
		atomic_store(&fresh->socket.options,
			     (fresh->socket.options & ~INHERITED) | (listener->socket.options & INHERITED));
		list_append(&listener->pending, &fresh->pending_link);
		listener->message_count++;
	}
	return error;
}

/* Wait for room among the waiting connections, then join. */
static int join_listener(struct unix_socket *self, struct unix_socket *fresh, struct unix_socket *listener,
			 struct socket_patience *patience)
{
	int error = 0;

	mutex_lock(&listener->mutex);
	for (;;) {
		if (listener->is_dead || unix_state(listener) != UNIX_LISTENING ||
		    (unix_shut(listener) & UNIX_SHUT_READ))
			error = -ECONNREFUSED;
		if (error || !unix_is_full(listener))
			break;
		error = socket_sleep(&listener->room_wait, WAIT_SOCKET_CONNECT, listener, &listener->mutex, patience);
		if (error)
			break;
	}
	if (!error)
		error = join(self, fresh, listener);
	mutex_unlock(&listener->mutex);
	if (!error)
		unix_wake_readers(listener);
	return error;
}

int unix_connect(struct socket *socket, const struct socket_address *address, uint32_t file_flags)
{
	struct socket_patience patience = socket_patience(socket->send_timeout_ns, !(file_flags & O_NONBLOCK));
	struct unix_socket *self = unix_of(socket), *listener, *fresh;
	int error = 0;

	listener = unix_find(address, socket->type);
	if (is_err(listener))
		return (int)ptr_err(listener);
	if (socket_has(socket, SOCKET_PASSCRED | SOCKET_PASSPIDFD))
		error = unix_autobind(self);
	fresh = error ? NULL : unix_alloc(socket->type, socket->protocol);
	if (!error && !fresh)
		error = -ENOMEM;
	if (!error)
		error = join_listener(self, fresh, listener, &patience);
	if (error && fresh)
		unix_put(fresh);
	unix_put(listener);
	if (!error) /* it is writable still, but no longer hung up */
		unix_wake_writers(self);
	return error;
}

struct socket *unix_accept(struct socket *socket, uint32_t file_flags)
{
	struct unix_socket *self = unix_of(socket), *fresh = NULL;
	struct socket_patience patience = socket_patience(socket->receive_timeout_ns, !(file_flags & O_NONBLOCK));
	int error = 0;

	if (unix_state(self) != UNIX_LISTENING)
		return err_ptr(-EINVAL);
	mutex_lock(&self->mutex);
	while (!error && list_is_empty(&self->pending)) {
		error = socket_take_error(socket);
		if (!error && (unix_shut(self) & UNIX_SHUT_READ))
			error = -EINVAL;
		if (!error)
			error = socket_sleep(&self->read_wait, WAIT_SOCKET_ACCEPT, self, &self->mutex, &patience);
	}
	if (!list_is_empty(&self->pending)) {
		fresh = list_first(&self->pending, struct unix_socket, pending_link);
		list_remove(&fresh->pending_link);
		self->message_count--;
	}
	mutex_unlock(&self->mutex);
	if (!fresh)
		return err_ptr(error);
	unix_wake_senders(self);
	return &fresh->socket;
}

/* -- datagrams -- */

/* What a former peer sent is lost; when it was also ours, it is told. */
static void disconnected(struct unix_socket *self, struct unix_socket *former)
{
	struct unix_message *message, *following;
	struct list messages;
	bool was_mutual;

	list_init(&messages);
	mutex_lock(&self->mutex);
	list_append_all(&messages, &self->messages);
	self->message_count = 0;
	mutex_unlock(&self->mutex);
	if (list_is_empty(&messages))
		return;
	unix_wake_senders(self);
	list_for_each_safe (message, following, &messages, link)
		unix_message_end(message);
	spin_lock(&unix_lock);
	was_mutual = former->peer == self && !former->is_dead;
	spin_unlock(&unix_lock);
	if (was_mutual)
		unix_shut_halves(former, 0, ECONNRESET);
}

/* `to` with a reference that is taken over, or null. */
static int set_peer(struct unix_socket *self, struct unix_socket *to)
{
	struct unix_socket *former = NULL;
	int error = 0;

	spin_lock(&unix_lock);
	if (to && !unix_may_send(self, to)) {
		error = -EPERM;
	} else {
		former = self->peer;
		self->peer = to;
		self->state = to ? UNIX_CONNECTED : UNIX_IDLE;
		list_remove(&self->sender_link);
		trace(TRACE_PEER, (uint64_t)self, (uint64_t)to, 1, 0);
	}
	spin_unlock(&unix_lock);
	if (error) {
		unix_put(to);
		return error;
	}
	unix_wake_writers(self);
	if (former && former != to)
		disconnected(self, former);
	if (former)
		unix_put(former);
	return 0;
}

int unix_datagram_connect(struct socket *socket, const struct socket_address *address, uint32_t file_flags)
{
	struct unix_socket *self = unix_of(socket), *to;
	int error = 0;

	if (address->bytes < UNIX_FAMILY_BYTES)
		return -EINVAL;
	if (address->family == AF_UNSPEC)
		return set_peer(self, NULL);
	to = unix_find(address, SOCK_DGRAM);
	if (is_err(to))
		return (int)ptr_err(to);
	if (socket_has(socket, SOCKET_PASSCRED | SOCKET_PASSPIDFD))
		error = unix_autobind(self);
	if (!error)
		return set_peer(self, to);
	unix_put(to);
	return error;
}
