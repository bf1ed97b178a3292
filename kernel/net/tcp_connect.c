/*
 * connect(2).
 *
 * A connection within this machine is made by connect(2) at once, both ends of it: the far one goes on the listening
 * socket's list, and accept only takes it off. Where the list is full the caller stays in SYN_SENT among those that
 * wait for room, with the far end ready, and whoever accepts one lets the next caller in.
 */
#include <asm-generic/fcntl.h>

#include "lib/errno.h"
#include "mem/slab.h"
#include "net/inet_count.h"
#include "net/inet_outside.h"
#include "net/tcp.h"

/* -- calling -- */

/* 0: connected; -EINPROGRESS: it waits for room; -ECONNREFUSED. Takes `fresh` over unless it is refused. */
static int call(struct inet_socket *self, struct inet_socket *fresh, struct inet_socket *listener)
{
	int error = 0;

	mutex_lock(&listener->mutex);
	if (inet_state(listener) != TCP_LISTEN) {
		error = -ECONNREFUSED;
	} else if (tcp_is_full(listener)) {
		inet_get(listener);
		spin_lock(&inet_lock);
		self->calls = listener;
		self->fresh = fresh;
		spin_unlock(&inet_lock);
		list_append(&listener->callers, &self->pending_link);
		error = -EINPROGRESS;
	} else {
		tcp_join(self, fresh, listener);
	}
	mutex_unlock(&listener->mutex);
	if (!error)
		inet_wake_readers(listener);
	return error;
}

struct inet_socket *tcp_call_end_locked(struct inet_socket *self, struct inet_socket **listener)
{
	struct inet_socket *fresh = self->fresh;

	*listener = self->calls;
	self->calls = NULL;
	self->fresh = NULL;
	return fresh;
}

void tcp_cancel_call(struct inet_socket *self)
{
	struct inet_socket *listener, *fresh;

	spin_lock(&inet_lock);
	fresh = tcp_call_end_locked(self, &listener);
	spin_unlock(&inet_lock);
	if (!listener)
		return;
	mutex_lock(&listener->mutex);
	list_remove(&self->pending_link);
	mutex_unlock(&listener->mutex);
	inet_put(fresh);
	inet_put(listener);
}

/* Both names of the connection to be, and the state. */
static int take_ends(struct inet_socket *self, const struct inet_end *to)
{
	struct inet_ip from = self->local.ip;
	int32_t interface;
	int error = inet_route(to, &from, &interface);

	if (error) {
		inet_count(&inet_counts_of(&to->ip)->no_routes, 1);
		return error;
	}
	spin_lock(&inet_lock);
	self->remote = *to;
	self->local.ip = from;
	if (list_is_empty(&self->port_link))
		error = inet_port_take_connected_locked(self);
	else if (inet_pair_is_used_locked(self))
		error = -EADDRNOTAVAIL;
	if (error) {
		self->remote = (struct inet_end){.port = 0};
		self->local.ip = self->asked;
	} else {
		self->state = TCP_SYN_SENT;
	}
	spin_unlock(&inet_lock);
	return error;
}

/* A fresh connection has nothing of one before. */
static void start_anew(struct inet_socket *self)
{
	mutex_lock(&self->mutex);
	self->shut = 0;
	self->is_done = false;
	self->urgent = TCP_URGENT_NONE;
	self->taken = 0;
	bytering_free(&self->ring);
	mutex_unlock(&self->mutex);
}

/* Both ends have one name, so it meets itself before anybody who listens: two openings that cross. */
static bool join_itself(struct inet_socket *self)
{
	bool is_itself;

	spin_lock(&inet_lock);
	is_itself = inet_state(self) == TCP_SYN_SENT && self->local.port == self->remote.port &&
		    inet_ip_is(&self->local.ip, &self->remote.ip);
	if (is_itself) {
		inet_get(self);
		__atomic_store_n(&self->peer, self, __ATOMIC_RELEASE);
		atomic_store_explicit(&self->state, TCP_ESTABLISHED, memory_order_release);
	}
	spin_unlock(&inet_lock);
	if (is_itself)
		tcp_grow(self);
	return is_itself;
}

/* The state is SYN_SENT: find who listens there. What goes wrong from here on is told by the socket. */
static void call_own(struct inet_socket *self, struct inet_socket *fresh)
{
	struct inet_socket *listener;
	int error = -ECONNREFUSED;

	if (join_itself(self)) {
		inet_put(fresh);
		return;
	}
	spin_lock(&inet_lock);
	listener = inet_find_locked(SOCK_STREAM, &self->local, &self->remote);
	spin_unlock(&inet_lock);
	if (listener) {
		error = call(self, fresh, listener);
		inet_put(listener);
	}
	if (error != -ECONNREFUSED)
		return;
	inet_count(&inet_counts.resets_sent, 1);
	inet_put(fresh);
	tcp_reset(self, ECONNREFUSED);
}

static int call_outside(struct inet_socket *self)
{
	int error;

	tcp_grow(self);
	self->is_outside = true;
	error = inet_outside->connect(self);
	if (error) {
		self->is_outside = false;
		tcp_reset(self, -error);
	}
	return 0;
}

static int begin(struct inet_socket *self, const struct inet_end *to)
{
	struct inet_socket *fresh = NULL;
	bool is_own = inet_is_own(&to->ip);
	int error;

	if (inet_ip_is_multicast(&to->ip) || inet_ip_is_broadcast(&to->ip))
		return -ENETUNREACH;
	if (is_own) {
		fresh = inet_alloc(self->socket.family, SOCK_STREAM, self->socket.protocol);
		if (!fresh)
			return -ENOMEM;
	}
	start_anew(self);
	error = take_ends(self, to);
	if (error) {
		if (fresh)
			inet_put(fresh);
		return error;
	}
	inet_count(&inet_counts.active_opens, 1);
	self->phase = INET_CONNECTING;
	if (!is_own)
		return call_outside(self);
	call_own(self, fresh);
	return 0;
}

/* -- connect -- */

/* A peer that a call may still use. */
static int keep_former(struct inet_socket *self)
{
	struct inet_former *former;

	if (!self->peer)
		return 0;
	former = kmalloc(sizeof(*former));
	if (!former)
		return -ENOMEM;
	spin_lock(&inet_lock);
	*former = (struct inet_former){.next = self->former, .peer = self->peer};
	self->peer = NULL;
	self->former = former;
	spin_unlock(&inet_lock);
	return 0;
}

/* No connection any more: the names that it gave the socket go, but what bind has named stays. */
static int undo(struct inet_socket *self)
{
	int error = keep_former(self);

	if (error)
		return error;
	inet_forget_outside(self);
	start_anew(self);
	spin_lock(&inet_lock);
	tcp_closed_locked(self);
	self->local.ip = self->asked;
	self->remote = (struct inet_end){.port = 0};
	if (!self->has_own_port)
		self->local.port = 0;
	spin_unlock(&inet_lock);
	self->phase = INET_UNCONNECTED;
	return 0;
}

int tcp_disconnect(struct inet_socket *self)
{
	enum tcp_state state = inet_state(self);
	int error;

	if (state == TCP_LISTEN)
		tcp_stop_listening(self);
	tcp_cancel_call(self);
	if (state != TCP_LISTEN)
		tcp_abort(self);
	error = undo(self);
	if (!error && state != TCP_LISTEN && state != TCP_CLOSE)
		self->socket.error = ECONNRESET;
	inet_wake_all(self);
	return error;
}

int tcp_wait_connected(struct inet_socket *self, struct socket_patience *patience)
{
	struct wait wait = WAIT(WAIT_SOCKET_CONNECT, self, TIME_NEVER);
	int error = 0;

	for (;;) {
		waitq_add(&self->write_wait, &wait);
		if (inet_state(self) != TCP_SYN_SENT)
			break;
		error = socket_block(&wait, patience);
		if (error)
			break;
	}
	wait_done(&wait);
	return error;
}

/* What has become of it. */
static int end_connect(struct inet_socket *self)
{
	int error = 0;

	mutex_lock(&self->connect_mutex);
	if (inet_state(self) != TCP_CLOSE) {
		self->phase = INET_CONNECTED;
	} else if (self->phase == INET_CONNECTING) {
		error = socket_take_error(&self->socket);
		if (!error)
			error = -ECONNABORTED;
		(void)undo(self);
		self->phase = INET_UNCONNECTED;
	} else if (self->phase == INET_UNCONNECTED) {
		error = -ECONNABORTED;
	}
	mutex_unlock(&self->connect_mutex);
	return error;
}

/* 0: begun, or there was one under way (*was_begun). connect_mutex is held. */
static int begin_or_join(struct inet_socket *self, const struct socket_address *address, bool *was_begun)
{
	struct inet_end to = {.port = 0};
	int error;

	*was_begun = self->phase == INET_CONNECTING;
	if (*was_begun)
		return 0;
	if (self->phase == INET_CONNECTED || inet_state(self) != TCP_CLOSE)
		return -EISCONN;
	error = inet_end_from(self, address, &to);
	if (!error)
		error = inet_destination(self, &to);
	return error ? error : begin(self, &to);
}

int tcp_connect(struct socket *socket, const struct socket_address *address, uint32_t file_flags)
{
	struct socket_patience patience = socket_patience(socket->send_timeout_ns, !(file_flags & O_NONBLOCK));
	struct inet_socket *self = inet_of(socket);
	bool is_end = false, was_begun = false;
	int error;

	if (address->bytes < sizeof(address->family))
		return -EINVAL;
	mutex_lock(&self->connect_mutex);
	if (address->family == AF_UNSPEC) {
		error = tcp_disconnect(self);
		is_end = true;
	} else {
		error = begin_or_join(self, address, &was_begun);
	}
	mutex_unlock(&self->connect_mutex);
	if (error || is_end)
		return error;
	/* As on Linux the outcome is never told at once to who does not wait. */
	if (!was_begun && !patience.timeout_ns)
		return -EINPROGRESS;
	error = tcp_wait_connected(self, &patience);
	if (error)
		return error != -EAGAIN ? error : was_begun ? -EALREADY : -EINPROGRESS;
	return end_connect(self);
}
