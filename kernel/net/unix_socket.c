/*
 * What stream, datagram and packet sockets of AF_UNIX do alike: their making, their end, shutting halves, poll.
 */
#include <asm-generic/ioctls.h>
#include <linux/sockios.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "mem/slab.h"
#include "net/unix.h"

static struct slab_cache unix_cache = SLAB_CACHE("unix_socket", struct unix_socket);
struct spinlock unix_lock = SPINLOCK_INIT("unix", LOCK_OBJECT);

static const struct socket_ops *const ops_of_type[SOCK_TYPES] = {
	[SOCK_STREAM] = &unix_stream_ops,
	[SOCK_DGRAM] = &unix_datagram_ops,
	[SOCK_RAW] = &unix_datagram_ops,
	[SOCK_SEQPACKET] = &unix_packet_ops,
};

static struct socket *unix_create(int type, int protocol)
{
	struct unix_socket *self;

	if (protocol && protocol != AF_UNIX)
		return err_ptr(-EPROTONOSUPPORT);
	if (!ops_of_type[type])
		return err_ptr(-ESOCKTNOSUPPORT);
	self = slab_alloc(&unix_cache);
	if (!self)
		return err_ptr(-ENOMEM);
	socket_init(&self->socket, ops_of_type[type], AF_UNIX, type == SOCK_RAW ? SOCK_DGRAM : type, protocol);
	refcount_init(&self->refs, 1);
	mutex_init(&self->mutex);
	bytering_init(&self->ring, UNIX_RING_BYTES);
	list_init(&self->messages);
	waitq_init(&self->read_wait);
	waitq_init(&self->write_wait);
	waitq_init(&self->room_wait);
	return &self->socket;
}

const struct socket_family unix_family = {.create = unix_create};

void unix_put(struct unix_socket *self)
{
	if (refcount_put(&self->refs))
		slab_free(&unix_cache, self);
}

struct unix_socket *unix_peer_get(struct unix_socket *self)
{
	struct unix_socket *peer;

	spin_lock(&unix_lock);
	peer = self->peer;
	if (peer)
		unix_get(peer);
	spin_unlock(&unix_lock);
	return peer;
}

void unix_disconnect(struct unix_socket *self, struct unix_socket *peer)
{
	bool was_peer;

	spin_lock(&unix_lock);
	was_peer = self->peer == peer;
	if (was_peer) {
		self->peer = NULL;
		self->state = UNIX_IDLE;
	}
	spin_unlock(&unix_lock);
	if (was_peer)
		unix_put(peer);
}

int unix_pair(struct socket *first, struct socket *second)
{
	struct unix_socket *a = unix_of(first), *b = unix_of(second);

	unix_get(a);
	unix_get(b);
	spin_lock(&unix_lock);
	a->peer = b;
	b->peer = a;
	a->state = b->state = UNIX_CONNECTED;
	spin_unlock(&unix_lock);
	return 0;
}

static bool is_connecting_type(const struct unix_socket *self)
{
	return self->socket.type != SOCK_DGRAM;
}

/* -- shutting -- */

static void wake_all(struct unix_socket *self)
{
	waitq_wake_all(&self->read_wait);
	waitq_wake_all(&self->write_wait);
	waitq_wake_all(&self->room_wait);
}

static void shut(struct unix_socket *self, unsigned halves, int error)
{
	mutex_lock(&self->mutex);
	atomic_fetch_or(&self->shut, (uint8_t)halves);
	if (error)
		self->socket.error = error;
	mutex_unlock(&self->mutex);
	wake_all(self);
}

/* What one end does not send the other will not read, and the other way round. */
static unsigned other_halves(unsigned halves)
{
	return (halves & UNIX_SHUT_READ ? UNIX_SHUT_WRITE : 0) | (halves & UNIX_SHUT_WRITE ? UNIX_SHUT_READ : 0);
}

int unix_shutdown(struct socket *socket, int how)
{
	struct unix_socket *self = unix_of(socket), *peer;
	unsigned halves = (unsigned)how + 1; /* SHUT_RD, SHUT_WR, SHUT_RDWR */

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	shut(self, halves, 0);
	peer = is_connecting_type(self) ? unix_peer_get(self) : NULL;
	if (peer) {
		shut(peer, other_halves(halves), 0);
		unix_put(peer);
	}
	return 0;
}

/* -- the end -- */

/* Nobody will read it any more. True when something was left. */
static bool drop_input(struct unix_socket *self)
{
	struct unix_message *message, *following;
	struct list messages;
	bool had_some;

	list_init(&messages);
	mutex_lock(&self->mutex);
	atomic_fetch_or(&self->shut, UNIX_SHUT_BOTH);
	self->is_dead = true;
	had_some = bytering_used(&self->ring) || !list_is_empty(&self->messages);
	bytering_free(&self->ring);
	list_append_all(&messages, &self->messages);
	self->message_count = 0;
	mutex_unlock(&self->mutex);
	waitq_wake_all(&self->room_wait);
	list_for_each_safe (message, following, &messages, link)
		unix_message_end(message);
	return had_some;
}

void unix_release(struct socket *socket)
{
	struct unix_socket *self = unix_of(socket), *peer;
	bool had_some = drop_input(self);

	spin_lock(&unix_lock);
	peer = self->peer;
	self->peer = NULL;
	self->state = UNIX_IDLE;
	spin_unlock(&unix_lock);
	if (peer) {
		if (is_connecting_type(self))
			shut(peer, UNIX_SHUT_BOTH, had_some ? ECONNRESET : 0);
		unix_put(peer);
	}
	unix_put(self);
}

/* -- what is there -- */

bool unix_has_input(const struct unix_socket *self)
{
	return bytering_used(&self->ring) || !list_is_empty(&self->messages);
}

uint32_t unix_unread(const struct unix_socket *self)
{
	const struct unix_socket *peer;
	uint32_t bytes = self->sent;

	if (self->socket.type != SOCK_STREAM)
		return bytes;
	spin_lock(&unix_lock);
	peer = self->peer;
	bytes = peer ? bytering_used(&peer->ring) : 0;
	spin_unlock(&unix_lock);
	return bytes;
}

void unix_wake_writers(struct unix_socket *self)
{
	if (!waitq_is_empty(&self->write_wait))
		waitq_wake_key(&self->write_wait, POLL_OUT | POLL_WRNORM | POLL_WRBAND, UINT32_MAX);
}

static bool is_writable(const struct unix_socket *self)
{
	return unix_state(self) != UNIX_LISTENING && unix_unread(self) <= self->socket.send_limit / 4;
}

uint32_t unix_poll(struct socket *socket, struct file *file, struct poll_table *table)
{
	struct unix_socket *self = unix_of(socket);
	uint32_t events = 0;
	unsigned shut_halves;

	poll_wait(table, file, &self->read_wait);
	poll_wait(table, file, &self->write_wait);
	shut_halves = unix_shut(self);
	if (socket->error)
		events |= POLL_ERR;
	if (shut_halves == UNIX_SHUT_BOTH)
		events |= POLL_HUP;
	if (shut_halves & UNIX_SHUT_READ)
		events |= POLL_RDHUP | POLL_IN | POLL_RDNORM;
	if (unix_has_input(self))
		events |= POLL_IN | POLL_RDNORM;
	if (is_connecting_type(self) && unix_state(self) == UNIX_IDLE)
		events |= POLL_HUP;
	if (is_writable(self))
		events |= POLL_OUT | POLL_WRNORM | POLL_WRBAND;
	return events;
}

/* FIONREAD: all bytes of a stream, of the others the next message. */
static uint32_t input_bytes(struct unix_socket *self)
{
	uint32_t bytes;

	mutex_lock(&self->mutex);
	bytes = bytering_used(&self->ring);
	if (!list_is_empty(&self->messages)) {
		const struct unix_message *message = list_first(&self->messages, struct unix_message, link);
		struct list *at;
		bytes = message->bytes;
		if (self->socket.type == SOCK_SEQPACKET) {
			bytes = 0;
			for (at = self->messages.next; at != &self->messages; at = at->next)
				bytes += list_entry(at, struct unix_message, link)->bytes;
		}
	}
	mutex_unlock(&self->mutex);
	return bytes;
}

int64_t unix_ioctl(struct socket *socket, uint32_t command, uint64_t argument)
{
	struct unix_socket *self = unix_of(socket);

	switch (command) {
	case SIOCINQ:
		if (unix_state(self) == UNIX_LISTENING)
			return -EINVAL;
		return put_user_u32(argument, input_bytes(self));
	case SIOCOUTQ:
		return put_user_u32(argument, unix_unread(self));
	default:
		return -ENOTTY;
	}
}
