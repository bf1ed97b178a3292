/*
 * What stream, datagram and packet sockets of AF_UNIX do alike: their making, their end, shutting halves, poll.
 */
#include <asm-generic/ioctls.h>
#include <linux/sockios.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "mem/slab.h"
#include "net/unix.h"
#include "trace/trace.h"

_Atomic uint32_t unix_messages_most = 10;

static struct slab_cache unix_cache = SLAB_CACHE("unix_socket", struct unix_socket);
struct spinlock unix_lock = SPINLOCK_INIT("unix", LOCK_OBJECT);

/* Lock key: (u) unix_lock. */
static struct {
	struct list list; /* (u) struct unix_socket.all_link */
	uint64_t made;    /* (u) */
} all = {.list = LIST_INIT(all.list)};

static const struct socket_ops *const ops_of_type[SOCK_TYPES] = {
	[SOCK_STREAM] = &unix_stream_ops,
	[SOCK_DGRAM] = &unix_datagram_ops,
	[SOCK_RAW] = &unix_datagram_ops,
	[SOCK_SEQPACKET] = &unix_packet_ops,
};

struct unix_socket *unix_alloc(int type, int protocol)
{
	struct unix_socket *self = slab_alloc(&unix_cache);

	if (!self)
		return NULL;
	socket_init(&self->socket, ops_of_type[type], AF_UNIX, type == SOCK_RAW ? SOCK_DGRAM : type, protocol);
	refcount_init(&self->refs, 1);
	mutex_init(&self->mutex);
	bytering_init(&self->ring, UNIX_RING_BYTES);
	list_init(&self->messages);
	list_init(&self->marks);
	list_init(&self->flight_link);
	list_init(&self->collect_link);
	list_init(&self->pending);
	list_init(&self->pending_link);
	list_init(&self->senders);
	list_init(&self->sender_link);
	mutex_init(&self->bind_mutex);
	self->backlog = unix_messages_most;
	spin_lock(&unix_lock);
	self->number = ++all.made;
	list_append(&all.list, &self->all_link);
	spin_unlock(&unix_lock);
	waitq_init(&self->read_wait);
	waitq_init(&self->write_wait);
	waitq_init(&self->room_wait);
	return self;
}

static struct socket *unix_create(int type, int protocol)
{
	struct unix_socket *self;

	if (protocol && protocol != AF_UNIX)
		return err_ptr(-EPROTONOSUPPORT);
	if (!ops_of_type[type])
		return err_ptr(-ESOCKTNOSUPPORT);
	self = unix_alloc(type, protocol);
	return self ? &self->socket : err_ptr(-ENOMEM);
}

const struct socket_family unix_family = {.create = unix_create};

void unix_put(struct unix_socket *self)
{
	if (!refcount_put(&self->refs))
		return;
	spin_lock(&unix_lock);
	list_remove(&self->all_link);
	spin_unlock(&unix_lock);
	unix_address_put(self->address);
	unix_writer_put(&self->head_writer);
	unix_identity_put(&self->peer_identity);
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
		list_remove(&self->sender_link);
	}
	spin_unlock(&unix_lock);
	if (was_peer)
		unix_put(peer);
}

int unix_pair(struct socket *first, struct socket *second)
{
	struct unix_socket *a = unix_of(first), *b = unix_of(second);

	unix_identity_current(&a->peer_identity);
	unix_identity_current(&b->peer_identity);
	unix_get(a);
	unix_get(b);
	spin_lock(&unix_lock);
	a->peer = b;
	b->peer = a;
	a->state = b->state = UNIX_CONNECTED;
	spin_unlock(&unix_lock);
	trace(TRACE_PEER, (uint64_t)a, (uint64_t)b, 0, 0);
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

void unix_shut_halves(struct unix_socket *self, unsigned halves, int error)
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
	unix_shut_halves(self, halves, 0);
	peer = is_connecting_type(self) ? unix_peer_get(self) : NULL;
	if (peer) {
		unix_shut_halves(peer, other_halves(halves), 0);
		/* Who sends looked at our half with the peer's mutex held, and may have gone to sleep since it was
		 * shut. */
		waitq_wake_all(&self->write_wait);
		unix_put(peer);
	}
	return 0;
}

/* -- the end -- */

static void end(struct unix_socket *self, bool was_pending);

/* Connections that nobody has accepted end as if they had been, and closed. */
static void drop_pending(struct list *pending)
{
	while (!list_is_empty(pending)) {
		struct unix_socket *one = list_first(pending, struct unix_socket, pending_link);
		list_remove(&one->pending_link);
		end(one, true);
	}
}

/* Nobody will read it any more. True when something was left. */
static bool drop_input(struct unix_socket *self)
{
	struct unix_message *message, *following;
	struct list messages, pending, marks;
	bool had_some;

	list_init(&messages);
	list_init(&marks);
	list_init(&pending);
	mutex_lock(&self->mutex);
	atomic_fetch_or(&self->shut, UNIX_SHUT_BOTH);
	self->is_dead = true;
	had_some = bytering_used(&self->ring) > unix_holes(self) || !list_is_empty(&self->messages);
	bytering_free(&self->ring);
	self->urgent = NULL;
	list_append_all(&marks, &self->marks);
	list_append_all(&messages, &self->messages);
	list_append_all(&pending, &self->pending);
	self->message_count = 0;
	mutex_unlock(&self->mutex);
	list_for_each_safe (message, following, &messages, link)
		unix_message_end(message);
	while (!list_is_empty(&marks))
		unix_mark_end(list_first(&marks, struct unix_mark, link));
	drop_pending(&pending);
	return had_some;
}

static void leave_senders_locked(struct unix_socket *self)
{
	while (!list_is_empty(&self->senders))
		list_remove(self->senders.next);
	list_remove(&self->sender_link);
}

/* Its description has ended, or there was never to be one. */
static void end(struct unix_socket *self, bool was_pending)
{
	struct unix_socket *peer;
	bool had_some;

	unix_unbind(self);
	had_some = drop_input(self);
	unix_wake_senders(self);
	spin_lock(&unix_lock);
	peer = self->peer;
	self->peer = NULL;
	self->state = UNIX_IDLE;
	list_remove(&self->all_link);
	leave_senders_locked(self);
	spin_unlock(&unix_lock);
	if (peer) {
		if (is_connecting_type(self))
			unix_shut_halves(peer, UNIX_SHUT_BOTH, had_some || was_pending ? ECONNRESET : 0);
		unix_put(peer);
	}
	unix_put(self);
}

void unix_release(struct socket *socket)
{
	end(unix_of(socket), false);
}

/* -- what is there -- */

bool unix_has_input(const struct unix_socket *self)
{
	return bytering_used(&self->ring) || self->message_count;
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

void unix_wake_senders(struct unix_socket *self)
{
	waitq_wake_all(&self->room_wait);
	atomic_thread_fence(memory_order_seq_cst); /* see is_peer_full */
	if (list_is_empty(&self->senders))
		return;
	spin_lock(&unix_lock);
	while (!list_is_empty(&self->senders)) {
		struct unix_socket *sender = list_first(&self->senders, struct unix_socket, sender_link);
		list_remove(&sender->sender_link);
		unix_wake_writers(sender);
	}
	spin_unlock(&unix_lock);
}

/* The list of a datagram socket's peer is full. Then it stands among those whom that one tells of room. */
static bool is_peer_full(struct unix_socket *self)
{
	struct unix_socket *peer;
	bool is_full = false;

	if (self->socket.type == SOCK_STREAM || !__atomic_load_n(&self->peer, __ATOMIC_RELAXED))
		return false;
	spin_lock(&unix_lock);
	peer = self->peer;
	if (peer && peer->peer != self && unix_is_full(peer)) {
		list_remove(&self->sender_link);
		list_append(&peer->senders, &self->sender_link);
		/* Looked at again behind it: whoever makes room looks at the list afterwards. */
		atomic_thread_fence(memory_order_seq_cst);
		is_full = unix_is_full(peer);
	}
	spin_unlock(&unix_lock);
	return is_full;
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
	if (__atomic_load_n(&self->urgent, __ATOMIC_RELAXED))
		events |= POLL_PRI;
	if (is_connecting_type(self) && unix_state(self) == UNIX_IDLE)
		events |= POLL_HUP;
	if (is_writable(self) && !is_peer_full(self))
		events |= POLL_OUT | POLL_WRNORM | POLL_WRBAND;
	return events;
}

void unix_for_each(void (*visit)(const struct unix_view *view, void *arg), void *arg)
{
	const struct unix_socket *self;

	spin_lock(&unix_lock);
	list_for_each (self, &all.list, all_link) {
		const struct file *file = self->socket.file;
		struct unix_view view = {.number = self->number,
					 .references = refcount_read(&self->refs),
					 .state = unix_state(self),
					 .type = self->socket.type,
					 .ino = file && !self->is_dead ? file->inode->ino : 0,
					 .address = self->address};
		visit(&view, arg);
	}
	spin_unlock(&unix_lock);
}

struct list *unix_all(void)
{
	return &all.list;
}

uint32_t unix_input_bytes(struct unix_socket *self)
{
	uint32_t bytes;

	mutex_lock(&self->mutex);
	bytes = bytering_used(&self->ring) - unix_holes(self);
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
		return put_user_u32(argument, unix_input_bytes(self));
	case SIOCOUTQ:
		return put_user_u32(argument, unix_unread(self));
	case SIOCATMARK:
		if (socket->type != SOCK_STREAM)
			return -EOPNOTSUPP;
		return put_user_u32(argument, unix_is_at_urgent(self));
	default:
		return -ENOTTY;
	}
}
