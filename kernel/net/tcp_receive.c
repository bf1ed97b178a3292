/*
 * Receiving on TCP connections, and what poll tells of them.
 */
#include "ipc/message_trace.h"
#include "lib/errno.h"
#include "net/inet_outside.h"
#include "net/tcp.h"

/* One call, on its stack. */
struct reading {
	struct inet_socket *self;
	struct uio *uio;
	uint64_t wanted; /* bytes still asked for */
	uint32_t skip;   /* MSG_PEEK: bytes behind the head that were looked at */
	size_t done;
	bool is_peek;
	bool is_discard; /* MSG_TRUNC: bytes are thrown away */
};

/* The read has come to the urgent byte: 1: it ends here; 0: it goes on. */
static int at_urgent(struct reading *reading)
{
	struct inet_socket *self = reading->self;

	if (reading->done)
		return 1;
	if (socket_has(&self->socket, SOCKET_OOBINLINE)) {
		if (!reading->is_peek)
			self->urgent = TCP_URGENT_NONE;
		return 0;
	}
	if (reading->is_peek) {
		reading->skip++;
		return 0;
	}
	bytering_drop(&self->ring, 1);
	self->taken++;
	self->urgent = TCP_URGENT_NONE;
	return 0;
}

static size_t move(struct reading *reading, uint64_t run)
{
	struct inet_socket *self = reading->self;
	size_t moved = run;

	if (reading->is_peek && !reading->is_discard)
		moved = bytering_peek(&self->ring, reading->skip, reading->uio, run);
	else if (!reading->is_peek && reading->is_discard)
		bytering_drop(&self->ring, (uint32_t)run);
	else if (!reading->is_peek)
		moved = bytering_take(&self->ring, reading->uio, run);
	if (reading->is_peek)
		reading->skip += (uint32_t)moved;
	else
		self->taken += moved;
	reading->done += moved;
	reading->wanted -= moved;
	return moved;
}

/* Read what is there. 1: the read ends here; 0: more may come; -EFAULT. The mutex is held. */
static HOT_CODE int read_some(struct reading *reading)
{
	struct inet_socket *self = reading->self;

	while (reading->wanted) {
		uint32_t there = bytering_used(&self->ring);
		uint64_t run;
		if (likely(!self->urgent)) {
			run = MIN((uint64_t)(there - reading->skip), reading->wanted);
		} else {
			uint64_t before = self->urgent_at - self->taken;
			bool is_before = before >= reading->skip;
			if (before == reading->skip) {
				/* In line it stays the urgent one for those who only look. */
				if (at_urgent(reading))
					return 1;
				is_before = false;
				there = bytering_used(&self->ring);
			}
			run = is_before ? before - reading->skip : there - reading->skip;
			run = MIN(run, reading->wanted);
		}
		if (!run)
			return 0;
		if (unlikely(move(reading, run) < run))
			return reading->done ? 1 : -EFAULT;
	}
	return 1;
}

/* Nothing is there: an error, the end (0 with *is_end), or wait. The mutex is held. */
static int wait_for_bytes(struct reading *reading, struct socket_patience *patience, bool *is_end)
{
	struct inet_socket *self = reading->self;
	int error;

	*is_end = reading->done && (self->socket.error || inet_state(self) == TCP_CLOSE);
	*is_end |= self->is_done;
	if (*is_end)
		return 0;
	error = socket_take_error(&self->socket);
	if (error)
		return error;
	*is_end = inet_shut(self) & INET_SHUT_READ;
	if (*is_end)
		return 0;
	if (inet_state(self) == TCP_CLOSE)
		return -ENOTCONN;
	return socket_sleep(&self->read_wait, WAIT_SOCKET_READ, self, &self->mutex, patience);
}

/* The sender hears of room when three quarters are free, so that a stream does not cost a switch for every read. */
static bool is_room_news(const struct inet_socket *self, const struct inet_socket *from, uint32_t before)
{
	uint32_t enough = from ? tcp_limit(from, self) / 4 : 0;

	return from && before > enough && bytering_used(&self->ring) <= enough;
}

static void tell_room(struct inet_socket *self, struct inet_socket *from, uint64_t taken_before)
{
	if (from)
		inet_wake_writers(from);
	else if (self->is_outside && self->taken != taken_before)
		inet_outside->taken(self, (uint32_t)(self->taken - taken_before));
}

static HOT_CODE ssize_t receive(struct reading *reading, struct socket_message *message, uint64_t least)
{
	struct inet_socket *self = reading->self, *from = tcp_peer(self);
	struct socket_patience patience =
		socket_patience(self->socket.receive_timeout_ns, !(message->flags & MSG_DONTWAIT));
	bool has_news = self->is_outside, is_end = false, is_empty;
	uint64_t taken;
	int result;

	mutex_lock(&self->mutex);
	taken = self->taken;
	for (;;) {
		uint32_t before = bytering_used(&self->ring);
		result = 0;
		if (likely(before)) {
			uint64_t first = trace_is_on(TRACE_RECEIVE) ? message_first_bytes(&self->ring, 0) : 0;
			size_t done = reading->done;
			result = read_some(reading);
			if (reading->done > done && !reading->is_peek)
				trace(TRACE_RECEIVE, (uint64_t)self, MESSAGE_TCP, reading->done - done, first);
		}
		has_news |= is_room_news(self, from, before);
		if (likely(result || reading->done >= least))
			break;
		if (has_news && from)
			inet_wake_writers(from);
		result = wait_for_bytes(reading, &patience, &is_end);
		if (result || is_end)
			break;
		if (!from) /* it was not connected when the call began */
			from = tcp_peer(self);
	}
	is_empty = !bytering_used(&self->ring);
	mutex_unlock(&self->mutex);
	if (unlikely(has_news))
		tell_room(self, from, taken);
	if (unlikely(patience.has_begun && !is_empty)) /* a wake-up was used up: what is left is for the next reader */
		inet_wake_readers(self);
	return reading->done ? (ssize_t)reading->done : MIN(result, 0);
}

HOT_CODE ssize_t tcp_receive(struct socket *socket, struct socket_message *message)
{
	struct reading reading = {.self = inet_of(socket), .uio = message->uio, .wanted = message->uio->left};
	uint64_t least = MIN((uint64_t)socket->receive_least, message->uio->left);

	if (unlikely(message->flags & (MSG_WAITALL | MSG_OOB | MSG_PEEK | MSG_TRUNC | MSG_ERRQUEUE))) {
		if (message->flags & MSG_ERRQUEUE)
			return -EAGAIN;
		if (inet_state(reading.self) == TCP_LISTEN)
			return -ENOTCONN;
		if (message->flags & MSG_OOB)
			return tcp_urgent_receive(reading.self, message);
		if (message->flags & MSG_WAITALL)
			least = message->uio->left;
		reading.is_peek = message->flags & MSG_PEEK;
		reading.is_discard = message->flags & MSG_TRUNC;
	}
	if (unlikely(inet_state(reading.self) == TCP_LISTEN))
		return -ENOTCONN;
	return receive(&reading, message, MAX(least, 1ul));
}

/* -- poll -- */

static bool is_writable(const struct inet_socket *self)
{
	const struct inet_socket *to = tcp_peer(self);

	if (self->is_outside)
		return inet_outside->has_room((struct inet_socket *)self);
	return !to || (uint64_t)bytering_used(&to->ring) * 3 <= (uint64_t)tcp_limit(self, to) * 2;
}

uint32_t tcp_poll(struct socket *socket, struct file *file, struct poll_table *table)
{
	struct inet_socket *self = inet_of(socket);
	uint32_t events = 0;
	enum tcp_state state;
	unsigned halves;

	poll_wait(table, file, &self->read_wait);
	poll_wait(table, file, &self->write_wait);
	state = inet_state(self);
	if (state == TCP_LISTEN)
		return self->pending_count ? POLL_IN | POLL_RDNORM : 0;
	halves = inet_shut(self);
	if (halves == INET_SHUT_BOTH || state == TCP_CLOSE)
		events |= POLL_HUP;
	if (halves & INET_SHUT_READ)
		events |= POLL_IN | POLL_RDNORM | POLL_RDHUP;
	if (state != TCP_SYN_SENT) {
		if (tcp_has_input(self, (uint32_t)socket->receive_least))
			events |= POLL_IN | POLL_RDNORM;
		if ((halves & INET_SHUT_WRITE) || is_writable(self))
			events |= POLL_OUT | POLL_WRNORM;
		if (self->urgent == TCP_URGENT_UNREAD)
			events |= POLL_PRI;
	}
	if (socket->error)
		events |= POLL_ERR;
	return events;
}

const struct socket_ops tcp_ops = {
	.bind = inet_bind,
	.connect = tcp_connect,
	.listen = tcp_listen,
	.accept = tcp_accept,
	.name = inet_name,
	.caller = tcp_caller,
	.shutdown = tcp_shutdown,
	.send = tcp_send,
	.receive = tcp_receive,
	.poll = tcp_poll,
	.ioctl = inet_ioctl,
	.set_option = inet_set_option,
	.get_option = inet_get_option,
	.is_listening = inet_is_listening,
	.release = tcp_release,
};
