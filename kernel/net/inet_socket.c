/*
 * Sockets of AF_INET and AF_INET6: their making, their memory, their names.
 */
#include <linux/capability.h>
#include <linux/in.h>
#include <linux/in6.h>

#include "lib/errno.h"
#include "mem/slab.h"
#include "net/inet_count.h"
#include "net/inet_group.h"
#include "net/inet_outside.h"
#include "net/raw.h"

#define PROTOCOLS    263 /* IPPROTO_MAX */
#define PORT_FIRST   32768u
#define PORT_LAST    60999u
#define PORT_USER    1024u
#define TTL          64u
#define KEEP_IDLE_S  7200u
#define KEEP_EVERY_S 75u
#define KEEP_COUNT   9u
#define SYN_COUNT    6u

struct inet_limits inet_limits = {.port_first = PORT_FIRST,
				  .port_last = PORT_LAST,
				  .port_free_first = PORT_USER,
				  .ttl = TTL,
				  .keep_idle_s = KEEP_IDLE_S,
				  .keep_interval_s = KEEP_EVERY_S,
				  .keep_count = KEEP_COUNT,
				  .syn_count = SYN_COUNT,
				  .linger2_s = TCP_TIME_WAIT_S,
				  .ping_first = 1};

const struct inet_outside *inet_outside;
struct inet_counts inet_counts;

static struct slab_cache inet_cache = SLAB_CACHE("inet_socket", struct inet_socket);

static void options_init(struct inet_socket *self)
{
	self->options = (struct inet_options){
		.bits = INET_OPT_MCAST_LOOP | INET_OPT_MCAST_ALL | INET_OPT_MCAST_LOOP6 | INET_OPT_MCAST_ALL6 |
			(inet_limits.v6only && self->socket.family == AF_INET6 ? INET_OPT_V6ONLY : 0),
		.ttl = -1,
		.hops = -1,
		.multicast_ttl = 1,
		.multicast_hops = 1,
		.mtu_discover = IP_PMTUDISC_WANT,
		.mtu_discover6 = IP_PMTUDISC_WANT};
	if (self->socket.type != SOCK_STREAM)
		return;
	self->socket.send_limit = TCP_SEND_FIRST;
	self->socket.receive_limit = TCP_RECEIVE;
}

static const struct socket_ops *ops_of(const struct inet_socket *self, int type)
{
	if (self->is_raw)
		return &raw_ops;
	if (self->is_ping)
		return &ping_ops;
	return type == SOCK_STREAM ? &tcp_ops : &udp_ops;
}

struct inet_socket *inet_alloc(int family, int type, int protocol)
{
	struct inet_socket *self = slab_alloc(&inet_cache);

	if (!self)
		return NULL;
	self->is_lite = protocol == IPPROTO_UDPLITE;
	self->is_raw = type == SOCK_RAW;
	self->is_ping = type == SOCK_DGRAM && (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6);
	socket_init(&self->socket, ops_of(self, type), family, type, protocol);
	refcount_init(&self->refs, 1);
	mutex_init(&self->connect_mutex);
	mutex_init(&self->mutex);
	waitq_init(&self->read_wait);
	waitq_init(&self->write_wait);
	list_init(&self->port_link);
	list_init(&self->listen_link);
	list_init(&self->messages);
	list_init(&self->errors);
	list_init(&self->pending);
	list_init(&self->pending_link);
	list_init(&self->callers);
	list_init(&self->groups);
	bytering_init(&self->ring, TCP_RING_BYTES);
	self->local.ip = self->asked = inet_ip_any(family);
	self->state = TCP_CLOSE;
	self->uid = current_cred()->fsuid;
	options_init(self);
	if (self->is_raw || self->is_ping)
		self->socket.options = SOCKET_REUSEADDR;
	if (self->is_raw) {
		self->local.port = (uint16_t)protocol;
		self->has_own_port = true;
		raw_options_init(self);
	}
	spin_lock(&inet_lock);
	self->number = ++inet_table_locked(self)->made;
	list_append(&inet_table_locked(self)->all, &self->all_link);
	spin_unlock(&inet_lock);
	return self;
}

/* The protocol that a socket of this type gets, or -errno. */
static int protocol_of(int family, int type, int asked)
{
	int ping = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;

	if (type == SOCK_RAW && !current_has_cap(CAP_NET_RAW))
		return asked ? -EPERM : -EPROTONOSUPPORT;
	if (type == SOCK_RAW)
		return raw_has_protocol(asked) ? asked : -EPROTONOSUPPORT;
	if (type != SOCK_STREAM && type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	if (type == SOCK_DGRAM && asked == ping)
		return ping_is_allowed() ? ping : -EACCES;
	if (type == SOCK_DGRAM && asked == IPPROTO_UDPLITE)
		return asked;
	if (asked && asked != (type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP))
		return -EPROTONOSUPPORT;
	return type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
}

static struct socket *create(int family, int type, int protocol)
{
	struct inet_socket *self;

	if (protocol < 0 || protocol >= PROTOCOLS)
		return err_ptr(-EINVAL);
	protocol = protocol_of(family, type, protocol);
	if (protocol < 0)
		return err_ptr(protocol);
	self = inet_alloc(family, type, protocol);
	return self ? &self->socket : err_ptr(-ENOMEM);
}

static struct socket *create_v4(int type, int protocol)
{
	return create(AF_INET, type, protocol);
}

static struct socket *create_v6(int type, int protocol)
{
	return create(AF_INET6, type, protocol);
}

const struct socket_family inet_family = {.create = create_v4};
const struct socket_family inet6_family = {.create = create_v6};

static void messages_end(struct list *messages)
{
	while (!list_is_empty(messages)) {
		struct inet_message *message = list_first(messages, struct inet_message, link);
		list_remove(&message->link);
		inet_message_end(message);
	}
}

void inet_put(struct inet_socket *self)
{
	if (!refcount_put(&self->refs))
		return;
	KERNEL_ASSERT(list_is_empty(&self->port_link) && list_is_empty(&self->pending_link));
	spin_lock(&inet_lock);
	list_remove(&self->all_link);
	spin_unlock(&inet_lock);
	messages_end(&self->messages);
	messages_end(&self->errors);
	bytering_free(&self->ring);
	slab_free(&inet_cache, self);
}

void inet_end(struct inet_socket *self)
{
	/* The stack keeps what is left of a connection, and needs the socket no more. */
	bool was_outside = self->is_outside;
	struct inet_socket *peer;

	inet_forget_outside(self);
	inet_group_leave_all(self);
	spin_lock(&inet_lock);
	peer = self->peer;
	self->peer = NULL;
	/* The port of a connection that waits for the other end to close stays its own. */
	if (inet_state(self) == TCP_CLOSE || self->socket.type != SOCK_STREAM || was_outside)
		inet_port_drop_locked(self);
	spin_unlock(&inet_lock);
	if (peer)
		inet_put(peer);
	while (self->former) {
		struct inet_former *former = self->former;
		self->former = former->next;
		inet_put(former->peer);
		kfree(former);
	}
	inet_put(self);
}

void inet_wake_all(struct inet_socket *self)
{
	waitq_wake_all(&self->read_wait);
	waitq_wake_all(&self->write_wait);
}

void inet_leave_error(struct inet_socket *self, int error)
{
	mutex_lock(&self->mutex);
	self->socket.error = error;
	mutex_unlock(&self->mutex);
	inet_wake_all(self);
}

bool inet_is_listening(const struct socket *socket)
{
	return inet_state(container_of(socket, struct inet_socket, socket)) == TCP_LISTEN;
}

/* -- names -- */

static struct inet_end end_of(struct inet_socket *self, bool of_peer)
{
	struct inet_end end;

	spin_lock(&inet_lock);
	end = of_peer ? self->remote : self->local;
	spin_unlock(&inet_lock);
	return end;
}

int inet_name(struct socket *socket, bool of_peer, struct socket_address *address)
{
	struct inet_socket *self = inet_of(socket);
	enum tcp_state state = inet_state(self);
	struct inet_end end = end_of(self, of_peer);

	if (of_peer && (!end.port || state == TCP_CLOSE || state == TCP_SYN_SENT || state == TCP_LISTEN))
		return -ENOTCONN;
	inet_end_to(self, &end, address);
	return 0;
}
