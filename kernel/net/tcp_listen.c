/*
 * Connections at the side that waits for them: listen(2) and accept(2).
 */
#include <asm-generic/fcntl.h>

#include "lib/errno.h"
#include "net/inet_count.h"
#include "net/inet_outside.h"
#include "net/tcp.h"
#include "trace/trace.h"

/* What a connection takes over from the listening socket. */
#define INHERITED                                                                                                      \
	(SOCKET_DEBUG | SOCKET_REUSEADDR | SOCKET_REUSEPORT | SOCKET_KEEPALIVE | SOCKET_DONTROUTE | SOCKET_BROADCAST | \
	 SOCKET_OOBINLINE | SOCKET_LINGER)

void tcp_inherit(struct inet_socket *fresh, const struct inet_socket *listener)
{
	fresh->socket.family = listener->socket.family;
	atomic_fetch_or(&fresh->socket.options, listener->socket.options & INHERITED);
	fresh->socket.send_limit = listener->socket.send_limit;
	fresh->socket.receive_limit = listener->socket.receive_limit;
	fresh->socket.receive_least = listener->socket.receive_least;
	fresh->socket.receive_timeout_ns = listener->socket.receive_timeout_ns;
	fresh->socket.send_timeout_ns = listener->socket.send_timeout_ns;
	fresh->socket.linger_s = listener->socket.linger_s;
	fresh->socket.priority = listener->socket.priority;
	fresh->socket.mark = listener->socket.mark;
	fresh->options = listener->options;
	fresh->tcp = listener->tcp;
	fresh->uid = listener->uid;
	fresh->phase = INET_CONNECTED;
}

void tcp_grow(struct inet_socket *self)
{
	uint32_t first = TCP_SEND_FIRST;

	atomic_compare_exchange_strong(&self->socket.send_limit, &first, TCP_SEND_GROWN);
}

void tcp_join(struct inet_socket *self, struct inet_socket *fresh, struct inet_socket *listener)
{
	tcp_inherit(fresh, listener);
	tcp_grow(self);
	tcp_grow(fresh);
	inet_get(self);
	inet_get(fresh);
	spin_lock(&inet_lock);
	fresh->local = self->remote;
	fresh->asked = self->remote.ip;
	fresh->remote = self->local;
	fresh->peer = self;
	trace(TRACE_PEER, (uint64_t)self, (uint64_t)fresh, 0, 0);
	list_append(inet_bucket(inet_table_locked(fresh)->bound, fresh->local.port), &fresh->port_link);
	__atomic_store_n(&self->peer, fresh, __ATOMIC_RELEASE);
	atomic_store_explicit(&fresh->state, TCP_ESTABLISHED, memory_order_release);
	atomic_store_explicit(&self->state, TCP_ESTABLISHED, memory_order_release);
	spin_unlock(&inet_lock);
	list_append(&listener->pending, &fresh->pending_link);
	listener->pending_count++;
	inet_count(&inet_counts.passive_opens, 1);
}

/* There may be room for those who wait for it. The mutex is held. The one let in with a reference, or null. */
static struct inet_socket *let_in(struct inet_socket *self)
{
	struct inet_socket *caller, *fresh, *listener;

	while (!tcp_is_full(self) && !list_is_empty(&self->callers)) {
		caller = list_first(&self->callers, struct inet_socket, pending_link);
		list_remove(&caller->pending_link);
		spin_lock(&inet_lock);
		fresh = tcp_call_end_locked(caller, &listener);
		if (fresh)
			inet_get(caller);
		spin_unlock(&inet_lock);
		if (!fresh)
			continue;
		tcp_join(caller, fresh, self);
		inet_put(listener); /* not the last: the caller of this holds one */
		return caller;
	}
	return NULL;
}

/* -- listening -- */

int tcp_listen(struct socket *socket, int backlog)
{
	struct inet_socket *self = inet_of(socket);
	bool is_fresh = false;
	int error = 0;

	mutex_lock(&self->connect_mutex);
	if (self->phase != INET_UNCONNECTED || (inet_state(self) != TCP_CLOSE && inet_state(self) != TCP_LISTEN))
		error = -EINVAL;
	if (!error) {
		error = inet_autobind(self);
		if (error == -EAGAIN)
			error = -EADDRINUSE;
	}
	mutex_lock(&self->mutex);
	if (!error) {
		self->backlog = MIN((uint32_t)backlog, (uint32_t)socket_limits.backlog_most);
		self->shut = 0;
	}
	spin_lock(&inet_lock);
	if (!error && inet_state(self) == TCP_CLOSE) {
		if (inet_port_may_listen_locked(self)) {
			self->state = TCP_LISTEN;
			list_push(inet_listening_locked(self->local.port), &self->listen_link);
			is_fresh = true;
		} else {
			error = -EADDRINUSE;
		}
	}
	spin_unlock(&inet_lock);
	mutex_unlock(&self->mutex);
	if (is_fresh && inet_outside && !inet_ip_is_loopback(&self->local.ip))
		self->is_outside = inet_outside->listen(self) == 0;
	mutex_unlock(&self->connect_mutex);
	inet_wake_all(self);
	return error;
}

/* The first of a list of a listening socket, off it; null. */
static struct inet_socket *first_of(struct inet_socket *self, struct list *list)
{
	struct inet_socket *one = NULL;

	mutex_lock(&self->mutex);
	if (!list_is_empty(list)) {
		one = list_first(list, struct inet_socket, pending_link);
		list_remove(&one->pending_link);
		if (list == &self->callers)
			inet_get(one);
		else
			self->pending_count--;
	}
	mutex_unlock(&self->mutex);
	return one;
}

void tcp_stop_listening(struct inet_socket *self)
{
	struct inet_socket *one;

	inet_forget_outside(self);
	mutex_lock(&self->mutex);
	spin_lock(&inet_lock);
	self->state = TCP_CLOSE;
	list_remove(&self->listen_link);
	spin_unlock(&inet_lock);
	mutex_unlock(&self->mutex);
	while ((one = first_of(self, &self->pending)) != NULL) {
		tcp_abort(one);
		tcp_release(&one->socket);
	}
	while ((one = first_of(self, &self->callers)) != NULL) {
		tcp_reset(one, ECONNREFUSED);
		tcp_cancel_call(one);
		inet_put(one);
	}
	inet_wake_all(self);
}

/* -- accepting -- */

struct socket *tcp_accept(struct socket *socket, uint32_t file_flags)
{
	struct socket_patience patience = socket_patience(socket->receive_timeout_ns, !(file_flags & O_NONBLOCK));
	struct inet_socket *self = inet_of(socket), *fresh = NULL, *caller = NULL;
	bool has_more = false;
	int error = 0;

	mutex_lock(&self->mutex);
	for (;;) {
		if (inet_state(self) != TCP_LISTEN)
			error = -EINVAL;
		if (error || !list_is_empty(&self->pending))
			break;
		error = socket_sleep(&self->read_wait, WAIT_SOCKET_ACCEPT, self, &self->mutex, &patience);
	}
	if (!list_is_empty(&self->pending)) {
		fresh = list_first(&self->pending, struct inet_socket, pending_link);
		list_remove(&fresh->pending_link);
		self->pending_count--;
		caller = let_in(self);
		/* A wake-up was used up: what is left over is for the next who accepts. */
		has_more = self->pending_count && (patience.has_begun || caller);
	}
	mutex_unlock(&self->mutex);
	if (has_more)
		inet_wake_readers(self);
	if (caller) {
		inet_wake_all(caller);
		inet_put(caller);
	}
	return fresh ? &fresh->socket : err_ptr(error);
}

int tcp_caller(struct socket *socket, struct socket_address *address)
{
	struct inet_socket *self = inet_of(socket);

	inet_end_to(self, &self->remote, address);
	return 0;
}
