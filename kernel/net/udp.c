/*
 * UDP: sending, whom a socket is connected to, and its end.
 */
#include "choice/choice.h"
#include "ipc/message_trace.h"
#include "ipc/ring_memory.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "net/inet_count.h"
#include "net/inet_group.h"
#include "net/inet_outside.h"
#include "net/udp.h"

/* Up to this the bytes lie in a block of the slabs; above in pages that leave the kernel's reserve alone. */
#define SMALL_BYTES 2048u
/* What a datagram costs beside its bytes: Linux's figure for its own block. */
#define OVERHEAD 576u

static struct slab_cache message_cache = SLAB_CACHE("inet_message", struct inet_message);

static uint32_t pages_of(uint32_t bytes)
{
	uint32_t pages = PAGE_SIZE;

	while (pages < bytes)
		pages *= 2;
	return pages;
}

struct inet_message *udp_message_alloc(uint32_t bytes)
{
	struct inet_message *message = slab_alloc(&message_cache);

	if (!message)
		return NULL;
	list_init(&message->link);
	message->bytes = bytes;
	message->charged = bytes + OVERHEAD;
	if (!bytes)
		return message;
	message->data = bytes > SMALL_BYTES ? ring_memory_alloc(pages_of(bytes)) : kmalloc(bytes);
	if (message->data)
		return message;
	slab_free(&message_cache, message);
	return NULL;
}

void inet_message_end(struct inet_message *message)
{
	if (message->bytes > SMALL_BYTES)
		ring_memory_free(message->data);
	else
		kfree(message->data);
	slab_free(&message_cache, message);
}

/* -- to a socket -- */

static void trace_message(enum trace_event event, const struct inet_socket *to, const struct inet_message *message)
{
	uint64_t first = 0;

	if (!trace_is_on(event))
		return;
	if (message->bytes)
		memcpy(&first, message->data, MIN(message->bytes, (uint32_t)sizeof(first)));
	trace_record(event, (uint64_t)to, MESSAGE_UDP, message->bytes, first);
}

void udp_deliver(struct inet_socket *to, struct inet_message *datagram)
{
	bool is_taken;

	if (unlikely(socket_has(&to->socket, SOCKET_TIMESTAMPS)))
		datagram->arrived_ns = clock_realtime_ns();
	mutex_lock(&to->mutex);
	is_taken = !to->is_dead && udp_lite_takes(to, datagram) &&
		   (to->queued_bytes + datagram->charged <= to->socket.receive_limit || !to->queued_bytes);
	if (is_taken) {
		trace_message(TRACE_SEND, to, datagram);
		to->queued_bytes += datagram->charged;
		list_append(&to->messages, &datagram->link);
	}
	mutex_unlock(&to->mutex);
	if (is_taken) {
		inet_wake_readers(to);
		return;
	}
	atomic_fetch_add(&to->drops, 1);
	if (inet_is_udp(to))
		inet_count(&inet_counts_of(&datagram->to)->datagrams_no_room, 1);
	inet_message_end(datagram);
}

void udp_refused(struct inet_socket *self, const struct inet_end *to, int error, const void *data, uint32_t bytes)
{
	bool keeps = self->options.bits & (self->socket.family == AF_INET ? INET_OPT_RECVERR : INET_OPT_RECVERR6);
	struct inet_message *kept;

	if (!keeps && inet_state(self) != TCP_ESTABLISHED)
		return;
	kept = keeps ? udp_message_alloc(bytes) : NULL;
	if (kept) {
		memcpy(kept->data, data, bytes);
		kept->error = error;
		kept->from = *to;
		kept->to = self->local.ip;
		kept->interface = 1;
		mutex_lock(&self->mutex);
		if (self->queued_bytes + kept->charged <= self->socket.receive_limit) {
			self->queued_bytes += kept->charged;
			list_append(&self->errors, &kept->link);
			kept = NULL;
		}
		mutex_unlock(&self->mutex);
		if (kept)
			inet_message_end(kept);
	}
	inet_leave_error(self, error);
}

/* -- sending -- */

static int route(const struct inet_socket *self, const struct inet_end *to, struct inet_ip *from, int32_t *interface)
{
	return inet_ip_is_multicast(&to->ip) ? inet_group_route(self, to, from, interface)
					     : inet_route(to, from, interface);
}

/* Where a datagram goes, and from where. */
static int find_way(struct udp_sending *sending)
{
	struct inet_socket *self = sending->self;
	bool is_forbidden;
	int error;

	if (!sending->to.port && inet_is_udp(self))
		return -EINVAL;
	error = inet_destination(self, &sending->to);
	if (error)
		return error;
	if (inet_ip_is_multicast(&sending->from.ip) || inet_ip_is_broadcast(&sending->from.ip))
		sending->from.ip = inet_ip_any(self->socket.family);
	/* One that is connected to an address of IPv6 sends to IPv4 as well, from another address. */
	if (inet_ip_is_v4(&sending->to.ip) && !inet_ip_is_v4(&sending->from.ip))
		sending->from.ip = inet_ip_any(AF_INET);
	is_forbidden = inet_ip_is_broadcast(&sending->to.ip) && !socket_has(&self->socket, SOCKET_BROADCAST);
	/* An address to send from is a way out. */
	if (is_forbidden && !inet_ip_is_any(&sending->from.ip))
		return -EACCES;
	error = route(self, &sending->to, &sending->from.ip, &sending->interface);
	if (error)
		inet_count(&inet_counts_of(&sending->to.ip)->no_routes, 1);
	return !error && is_forbidden ? -EACCES : error;
}

int udp_begin(struct udp_sending *sending, const struct socket_message *message)
{
	struct inet_socket *self = sending->self;
	bool is_v4;
	int error;

	if (!message->address) {
		if (inet_state(self) != TCP_ESTABLISHED)
			return -EDESTADDRREQ;
		sending->to = self->remote;
	}
	sending->from = self->local;
	is_v4 = inet_ip_is_v4(&sending->to.ip);
	sending->tos = is_v4 ? self->options.tos : self->options.traffic_class;
	sending->ttl = (uint8_t)(is_v4 ? self->options.ttl : self->options.hops);
	if ((is_v4 ? self->options.ttl : self->options.hops) < 0)
		sending->ttl = (uint8_t)inet_limits.ttl;
	if (inet_ip_is_multicast(&sending->to.ip))
		sending->ttl = (uint8_t)(is_v4 ? self->options.multicast_ttl : self->options.multicast_hops);
	error = message->control ? udp_control_read(sending, message) : 0;
	return error ? error : find_way(sending);
}

/* An address for a datagram: IPv6 takes one of IPv4 as well, and none at all as AF_UNSPEC. */
int udp_read_address(struct udp_sending *sending, struct socket_message *message)
{
	struct inet_socket *self = sending->self;
	struct socket_address plain = *message->address;

	if (self->socket.family == AF_INET6) {
		if (plain.bytes < sizeof(plain.family))
			return -EINVAL;
		if (plain.family == AF_UNSPEC) {
			message->address = NULL;
			return 0;
		}
		if (plain.family == AF_INET) {
			const struct inet_socket as_v4 = {.socket = {.family = AF_INET}};
			return inet_is_v6only(self) ? -ENETUNREACH : inet_end_from(&as_v4, &plain, &sending->to);
		}
		return plain.family == AF_INET6 ? inet_end_from(self, &plain, &sending->to) : -EINVAL;
	}
	if (plain.bytes >= 16 && plain.family == AF_UNSPEC)
		plain.family = AF_INET;
	return inet_end_from(self, &plain, &sending->to);
}

/* A receiver within this machine: it has arrived, or it met nobody. */
static void deliver_own(struct udp_sending *sending, struct inet_message *datagram)
{
	struct inet_socket *to;

	datagram->from = sending->from;
	datagram->to = sending->to.ip;
	datagram->interface = sending->interface;
	datagram->ttl = sending->ttl;
	datagram->tos = sending->tos;
	inet_count_packet(&datagram->to, datagram->bytes + INET_HEADER_UDP);
	datagram->covered = sending->self->is_lite ? udp_lite_covered(sending->self, datagram->bytes) : 0;
	if (inet_ip_is_multicast(&sending->to.ip)) {
		inet_group_deliver(sending->self, datagram, &sending->to);
		return;
	}
	spin_lock(&inet_lock);
	to = inet_find_receiver_locked(sending->self, &sending->from, &sending->to);
	spin_unlock(&inet_lock);
	if (to) {
		udp_deliver(to, datagram);
		inet_put(to);
		return;
	}
	inet_count(&inet_counts_of(&datagram->to)->datagrams_no_port, 1);
	udp_refused(sending->self, &sending->to, ECONNREFUSED, datagram->data, datagram->bytes);
	inet_message_end(datagram);
}

static ssize_t send_own(struct udp_sending *sending, struct uio *uio)
{
	ssize_t bytes = (ssize_t)uio->left;
	struct inet_message *datagram = udp_message_alloc((uint32_t)bytes);

	if (!datagram)
		return -ENOBUFS;
	if (uio_copy_in(uio, datagram->data, (size_t)bytes) != (size_t)bytes) {
		inet_message_end(datagram);
		return -EFAULT;
	}
	deliver_own(sending, datagram);
	return bytes;
}

int udp_autobind(struct inet_socket *self)
{
	int error;

	if (likely(self->local.port))
		return 0;
	mutex_lock(&self->connect_mutex);
	error = inet_autobind(self);
	mutex_unlock(&self->connect_mutex);
	return error;
}

static ssize_t udp_send(struct socket *socket, struct socket_message *message)
{
	struct inet_socket *self = inet_of(socket);
	struct udp_sending sending = {.self = self};
	uint64_t bytes = message->uio->left;
	int error = 0;

	if (bytes > UINT16_MAX && socket->family == AF_INET)
		return -EMSGSIZE;
	error = udp_autobind(self);
	if (!error && message->address)
		error = udp_read_address(&sending, message);
	if (!error && (message->flags & MSG_OOB) && socket->family == AF_INET)
		error = -EOPNOTSUPP;
	if (!error)
		error = udp_begin(&sending, message);
	if (error)
		return error;
	sending.from.port = self->local.port;
	if (bytes > UDP_BYTES_MOST + (inet_ip_is_v4(&sending.to.ip) ? 0 : 20))
		return -EMSGSIZE;
	error = socket_take_error(socket);
	if (!error && (inet_shut(self) & INET_SHUT_WRITE))
		error = -EPIPE;
	if (error)
		return error;
	inet_count(&inet_counts_of(&sending.to.ip)->datagrams_out, 1);
	if (inet_is_own(&sending.to.ip) || inet_ip_is_multicast(&sending.to.ip))
		return send_own(&sending, message->uio);
	if (self->is_lite)
		return -ENETUNREACH;
	return inet_outside->send_datagram(self, &sending.from, &sending.to, message->uio);
}

/* -- connecting -- */

/* connect_mutex is held. */
static void disconnect(struct inet_socket *self)
{
	spin_lock(&inet_lock);
	self->state = TCP_CLOSE;
	self->remote = (struct inet_end){.port = 0};
	self->local.ip = self->asked;
	if (!self->has_own_port) {
		inet_port_drop_locked(self);
		self->local.port = 0;
	}
	spin_unlock(&inet_lock);
	if (!self->has_own_port)
		inet_forget_outside(self);
}

/* A datagram socket of IPv6 takes an address of IPv4 as well; a raw one looks at the family before the length. */
static int read_peer(const struct inet_socket *self, const struct socket_address *address, struct inet_end *to)
{
	const struct inet_socket as_v4 = {.socket = {.family = AF_INET}};

	if (self->socket.family == AF_INET6 && self->is_raw && address->family != AF_INET6)
		return -EAFNOSUPPORT;
	if (self->socket.family == AF_INET6 && address->family == AF_INET)
		return inet_is_v6only(self) ? -EAFNOSUPPORT : inet_end_from(&as_v4, address, to);
	return inet_end_from(self, address, to);
}

static int connect_to(struct inet_socket *self, const struct socket_address *address)
{
	struct inet_ip from = self->asked;
	struct inet_end to = {.port = 0};
	bool is_forbidden;
	int32_t interface = 0;
	int error = self->is_raw ? 0 : inet_autobind(self);

	if (!error)
		error = read_peer(self, address, &to);
	if (!error)
		error = inet_destination(self, &to);
	is_forbidden = inet_ip_is_broadcast(&to.ip) && !socket_has(&self->socket, SOCKET_BROADCAST);
	if (!error && is_forbidden && inet_ip_is_v4(&self->local.ip) && !inet_ip_is_any(&self->local.ip))
		error = -EACCES;
	if (!error)
		error = route(self, &to, &from, &interface);
	if (!error && is_forbidden)
		error = -EACCES;
	if (error)
		return error;
	spin_lock(&inet_lock);
	self->remote = to;
	self->local.ip = from;
	self->state = TCP_ESTABLISHED;
	spin_unlock(&inet_lock);
	inet_wake_writers(self);
	return 0;
}

int udp_connect(struct socket *socket, const struct socket_address *address, uint32_t file_flags)
{
	struct inet_socket *self = inet_of(socket);
	int error = 0;

	if (address->bytes < sizeof(address->family))
		return -EINVAL;
	mutex_lock(&self->connect_mutex);
	if (address->family == AF_UNSPEC)
		disconnect(self);
	else
		error = connect_to(self, address);
	mutex_unlock(&self->connect_mutex);
	return error;
}

/* -- the end -- */

int udp_shutdown(struct socket *socket, int how)
{
	struct inet_socket *self = inet_of(socket);
	bool is_connected = inet_state(self) == TCP_ESTABLISHED;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	mutex_lock(&self->mutex);
	atomic_fetch_or(&self->shut, (uint8_t)(how + 1));
	mutex_unlock(&self->mutex);
	inet_wake_all(self);
	return is_connected ? 0 : -ENOTCONN;
}

void udp_release(struct socket *socket)
{
	struct inet_socket *self = inet_of(socket);

	mutex_lock(&self->mutex);
	self->is_dead = true;
	mutex_unlock(&self->mutex);
	inet_end(self);
}

uint32_t udp_poll(struct socket *socket, struct file *file, struct poll_table *table)
{
	struct inet_socket *self = inet_of(socket);
	uint32_t events = POLL_OUT | POLL_WRNORM | POLL_WRBAND;
	unsigned halves;

	poll_wait(table, file, &self->read_wait);
	poll_wait(table, file, &self->write_wait);
	halves = inet_shut(self);
	if (!list_is_empty(&self->messages))
		events |= POLL_IN | POLL_RDNORM;
	if (socket->error || !list_is_empty(&self->errors))
		events |= POLL_ERR;
	if (halves & INET_SHUT_READ)
		events |= POLL_RDHUP | POLL_IN | POLL_RDNORM;
	if (halves == INET_SHUT_BOTH)
		events |= POLL_HUP;
	return events;
}

const struct socket_ops udp_ops = {
	.bind = inet_bind,
	.connect = udp_connect,
	.name = inet_name,
	.shutdown = udp_shutdown,
	.send = udp_send,
	.receive = udp_receive,
	.poll = udp_poll,
	.ioctl = inet_ioctl,
	.set_option = inet_set_option,
	.get_option = inet_get_option,
	.release = udp_release,
};
