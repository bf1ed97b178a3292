/*
 * How connections end: halves that are shut, descriptions that end, and connections that are broken off.
 */
#include "lib/errno.h"
#include "net/inet_count.h"
#include "net/inet_outside.h"
#include "net/tcp.h"
#include "sched/sched.h"

void tcp_closed_locked(struct inet_socket *self)
{
	self->state = TCP_CLOSE;
	if (!self->has_own_port || self->is_dead)
		inet_port_drop_locked(self);
}

/* What an end is told whose connection was broken off. */
static int reset_error(enum tcp_state state)
{
	if (state == TCP_SYN_SENT)
		return ECONNREFUSED;
	return state == TCP_CLOSE_WAIT ? EPIPE : ECONNRESET;
}

/* It has left `state` by a reset. */
static void count_end(enum tcp_state state)
{
	if (state == TCP_SYN_SENT)
		inet_count(&inet_counts.failed_opens, 1);
	else if (tcp_is_connected(state))
		inet_count(&inet_counts.broken, 1);
}

void tcp_reset(struct inet_socket *self, int error)
{
	enum tcp_state state;

	mutex_lock(&self->mutex);
	spin_lock(&inet_lock);
	state = inet_state(self);
	if (state != TCP_CLOSE && state != TCP_LISTEN)
		tcp_closed_locked(self);
	spin_unlock(&inet_lock);
	if (state != TCP_CLOSE && state != TCP_LISTEN) {
		count_end(state);
		self->shut = INET_SHUT_BOTH;
		if (!self->is_dead)
			self->socket.error = error ? error : reset_error(state);
	}
	mutex_unlock(&self->mutex);
	inet_wake_all(self);
}

void tcp_abort(struct inet_socket *self)
{
	enum tcp_state state;
	struct inet_socket *peer;
	bool was_connected;

	spin_lock(&inet_lock);
	state = inet_state(self);
	was_connected = state != TCP_CLOSE;
	peer = was_connected ? self->peer : NULL;
	if (peer)
		inet_get(peer);
	tcp_closed_locked(self);
	spin_unlock(&inet_lock);
	count_end(state);
	if (peer) {
		inet_count(&inet_counts.resets_sent, 1);
		tcp_reset(peer, 0);
		inet_put(peer);
	} else if (was_connected && self->is_outside) {
		inet_outside->abort(self);
	}
}

void tcp_refuse(struct inet_socket *self, struct inet_socket *to)
{
	inet_count(&inet_counts.resets_sent, 1);
	tcp_reset(to, 0);
	tcp_reset(self, 0);
}

/* -- in order -- */

void tcp_peer_finished(struct inet_socket *self)
{
	mutex_lock(&self->mutex);
	self->is_done = true;
	atomic_fetch_or(&self->shut, INET_SHUT_READ);
	mutex_unlock(&self->mutex);
	inet_wake_all(self);
}

/* This end has said all. The state goes on, and that of the other end; that one with a reference where it is to be
 * told.
 */
static struct inet_socket *finish_locked(struct inet_socket *self)
{
	struct inet_socket *peer = self->peer;

	if (peer == self) { /* both ends have closed at once */
		tcp_wait_begin_locked(self);
		tcp_closed_locked(self);
	} else if (inet_state(self) == TCP_ESTABLISHED) {
		self->state = self->is_outside ? TCP_FIN_WAIT1 : TCP_FIN_WAIT2;
		if (peer && inet_state(peer) == TCP_ESTABLISHED)
			peer->state = TCP_CLOSE_WAIT;
	} else if (inet_state(self) == TCP_CLOSE_WAIT) {
		if (self->is_outside)
			self->state = TCP_LAST_ACK;
		else
			tcp_closed_locked(self);
		if (peer && inet_state(peer) == TCP_FIN_WAIT2) {
			tcp_wait_begin_locked(peer);
			tcp_closed_locked(peer);
		}
	}
	if (peer)
		inet_get(peer);
	return peer;
}

static void finish(struct inet_socket *self)
{
	struct inet_socket *peer = NULL;
	bool is_outside = false;

	spin_lock(&inet_lock);
	if (tcp_is_connected(inet_state(self))) {
		is_outside = self->is_outside;
		peer = finish_locked(self);
	}
	spin_unlock(&inet_lock);
	if (is_outside)
		inet_outside->finish(self);
	if (!peer)
		return;
	tcp_peer_finished(peer);
	inet_put(peer);
}

static void shut(struct inet_socket *self, unsigned halves)
{
	mutex_lock(&self->mutex);
	atomic_fetch_or(&self->shut, (uint8_t)halves);
	mutex_unlock(&self->mutex);
	inet_wake_all(self);
}

/* connect_mutex is held. */
static int shut_unconnected(struct inet_socket *self, unsigned halves)
{
	if (inet_state(self) == TCP_LISTEN && !(halves & INET_SHUT_READ)) {
		shut(self, halves);
		return 0;
	}
	self->phase = INET_UNCONNECTED;
	return tcp_disconnect(self);
}

int tcp_shutdown(struct socket *socket, int how)
{
	struct inet_socket *self = inet_of(socket);
	unsigned halves = (unsigned)how + 1; /* SHUT_RD, SHUT_WR, SHUT_RDWR */
	enum tcp_state state;
	int error = 0;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	mutex_lock(&self->connect_mutex);
	state = inet_state(self);
	if (state == TCP_LISTEN || state == TCP_SYN_SENT) {
		error = shut_unconnected(self, halves);
	} else {
		if (self->phase == INET_CONNECTING && state != TCP_CLOSE)
			self->phase = INET_CONNECTED;
		shut(self, halves);
		if (state == TCP_CLOSE)
			error = -ENOTCONN;
		else if (halves & INET_SHUT_WRITE)
			finish(self);
	}
	mutex_unlock(&self->connect_mutex);
	return error;
}

/* -- the end of a description -- */

/* SO_LINGER: until the other end's buffer has taken all, or the time is over. */
static void linger(struct inet_socket *self, struct inet_socket *to)
{
	struct wait wait = WAIT(WAIT_SOCKET_WRITE, to, TIME_NEVER);
	struct socket_patience patience = socket_patience(self->socket.linger_s * NS_PER_SEC, true);

	for (;;) {
		waitq_add(&self->write_wait, &wait);
		if (to->is_dead || bytering_used(&to->ring) <= to->socket.receive_limit)
			break;
		if (socket_block(&wait, &patience) != 0)
			break;
	}
	wait_done(&wait);
}

/* Nobody will read it any more. True when something was left. */
static bool drop_input(struct inet_socket *self)
{
	bool had_some;

	mutex_lock(&self->mutex);
	self->shut = INET_SHUT_BOTH;
	self->is_dead = true;
	had_some = bytering_used(&self->ring) != 0;
	bytering_free(&self->ring);
	mutex_unlock(&self->mutex);
	return had_some;
}

void tcp_release(struct socket *socket)
{
	struct inet_socket *self = inet_of(socket), *peer = tcp_peer(self);
	bool lingers = socket_has(socket, SOCKET_LINGER), had_some;

	if (inet_state(self) == TCP_LISTEN)
		tcp_stop_listening(self);
	tcp_cancel_call(self);
	if (lingers && socket->linger_s && peer && tcp_is_connected(inet_state(self)))
		linger(self, peer);
	had_some = drop_input(self);
	/* A sender that waits for room at a reader that has gone. */
	if (peer)
		inet_wake_writers(peer);
	if (had_some || (lingers && !socket->linger_s) || inet_state(self) == TCP_SYN_SENT)
		tcp_abort(self);
	else
		finish(self);
	inet_end(self);
}
