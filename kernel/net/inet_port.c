/*
 * Ports: which sockets have which, who may have one that is in use, and whom something that arrives is for.
 *
 * A port is in use at an address. Two sockets may share one where their addresses have nothing in common, where both
 * have SO_REUSEADDR and none of them listens, or where both have SO_REUSEPORT and one user (socket(7), ip(7)).
 */
#include "choice/choice.h"
#include "lib/errno.h"
#include "net/inet.h"

struct spinlock inet_lock = SPINLOCK_INIT("inet", LOCK_OBJECT);

/* Lock key: (n) inet_lock. */
static struct {
	struct inet_table tcp, udp, udp_lite, raw, ping; /* (n) */
	struct list listening[INET_BUCKETS];             /* (n) ready with tcp */
} tables;

static struct inet_table *ready(struct inet_table *table)
{
	if (unlikely(!table->is_ready)) {
		for (unsigned i = 0; i < INET_BUCKETS; i++) {
			list_init(&table->bound[i]);
			if (table == &tables.tcp)
				list_init(&tables.listening[i]);
		}
		list_init(&table->all);
		table->is_ready = true;
	}
	return table;
}

struct inet_table *inet_table_of_type(int type)
{
	if (type == SOCK_RAW)
		return ready(&tables.raw);
	return ready(type == SOCK_STREAM ? &tables.tcp : &tables.udp);
}

struct list *inet_listening_locked(uint16_t port)
{
	ready(&tables.tcp);
	return inet_bucket(tables.listening, port);
}

struct inet_table *inet_ping_table_locked(void)
{
	return ready(&tables.ping);
}

struct inet_table *inet_table_locked(const struct inet_socket *self)
{
	if (unlikely(self->is_ping))
		return ready(&tables.ping);
	return self->is_lite ? ready(&tables.udp_lite) : inet_table_of_type(self->socket.type);
}

/* -- who may have a port -- */

/* May the two have one port at one address? */
static bool may_share(const struct inet_socket *self, const struct inet_socket *other)
{
	uint32_t both = self->socket.options & other->socket.options;

	if ((both & SOCKET_REUSEADDR) && inet_state(other) != TCP_LISTEN)
		return true;
	return (both & SOCKET_REUSEPORT) && self->uid == other->uid;
}

static bool is_conflict(const struct inet_socket *self, const struct inet_socket *other)
{
	if (self == other)
		return false;
	if (self->options.interface && other->options.interface && self->options.interface != other->options.interface)
		return false;
	return !may_share(self, other) &&
	       inet_ip_overlap(&self->local.ip, inet_is_v6only(self), &other->local.ip, inet_is_v6only(other));
}

static bool may_have(const struct inet_socket *self, uint16_t port)
{
	const struct inet_socket *other;

	list_for_each (other, inet_bucket(inet_table_locked(self)->bound, port), port_link) {
		if (other->local.port == port && is_conflict(self, other))
			return false;
	}
	return self->socket.type != SOCK_STREAM || !tcp_wait_blocks_locked(self, port);
}

static bool has_nobody(struct inet_socket *self, uint16_t port)
{
	const struct inet_socket *other;

	list_for_each (other, inet_bucket(inet_table_locked(self)->bound, port), port_link) {
		if (other->local.port == port)
			return false;
	}
	return self->socket.type != SOCK_STREAM || !tcp_wait_blocks_locked(self, port);
}

static void take(struct inet_socket *self, uint16_t port, bool is_shared)
{
	self->local.port = port;
	self->is_port_shared = is_shared;
	list_push(inet_bucket(inet_table_locked(self)->bound, port), &self->port_link);
}

void inet_port_drop_locked(struct inet_socket *self)
{
	list_remove(&self->port_link);
	list_remove(&self->listen_link);
}

/* A port of the range that `is_good` likes, looked for from a random one on in steps of 2: bind and connect take
 * different halves first, so that connections leave ports for names. 0: none. */
static uint16_t choose(struct inet_socket *self, bool (*is_good)(struct inet_socket *self, uint16_t port),
		       uint32_t half)
{
	uint32_t first = inet_limits.port_first, count = inet_limits.port_last - first + 1;
	uint32_t start = (uint32_t)(choice_random_u64(STREAM_RANDOM) % count);

	start = count > 1 ? (start & ~1u) | half : 0;
	for (uint32_t i = 0; i < 2 * count; i += 2) {
		/* The second time round takes the other half. */
		uint32_t at = (start + i + (i >= count && !(count & 1) ? 1 : 0)) % count;
		if (is_good(self, (uint16_t)(first + at)))
			return (uint16_t)(first + at);
	}
	return 0;
}

static bool is_shareable(struct inet_socket *self, uint16_t port)
{
	return may_have(self, port);
}

int inet_port_take_locked(struct inet_socket *self, uint16_t port)
{
	if (port) {
		if (!may_have(self, port))
			return -EADDRINUSE;
	} else {
		port = choose(self, has_nobody, 1);
		if (!port)
			port = choose(self, is_shareable, 1);
		if (!port)
			return -EADDRINUSE;
	}
	take(self, port, false);
	return 0;
}

bool inet_port_may_listen_locked(const struct inet_socket *self)
{
	return may_have(self, self->local.port);
}

/* -- pairs of ends -- */

static bool pair_is_used(const struct inet_socket *self, uint16_t port)
{
	struct inet_end local = {.ip = self->local.ip, .port = port};
	const struct inet_socket *other;

	list_for_each (other, inet_bucket(inet_table_locked(self)->bound, port), port_link) {
		if (other != self && other->local.port == port && other->remote.port == self->remote.port &&
		    inet_ip_is(&other->local.ip, &self->local.ip) && inet_ip_is(&other->remote.ip, &self->remote.ip))
			return true;
	}
	return tcp_wait_has_pair_locked(&local, &self->remote);
}

bool inet_pair_is_used_locked(const struct inet_socket *self)
{
	return pair_is_used(self, self->local.port);
}

/* Only connections have it, whose other ends are others; not that of the remote end itself. */
static bool is_connectable(struct inet_socket *self, uint16_t port)
{
	const struct inet_socket *other;

	if (port == self->remote.port && inet_ip_is(&self->local.ip, &self->remote.ip))
		return false;
	list_for_each (other, inet_bucket(inet_table_locked(self)->bound, port), port_link) {
		if (other->local.port == port && !other->is_port_shared)
			return false;
	}
	return !pair_is_used(self, port);
}

int inet_port_take_connected_locked(struct inet_socket *self)
{
	uint16_t port = choose(self, is_connectable, 0);

	if (!port)
		return -EADDRNOTAVAIL;
	take(self, port, true);
	return 0;
}

/* -- whom something is for -- */

/* How well a socket fits: 0: not at all. */
static unsigned fit(const struct inet_socket *self, const struct inet_end *from, const struct inet_end *to)
{
	bool is_v4 = inet_ip_is_v4(&to->ip);
	unsigned score = self->socket.family == AF_INET ? 2 : 1;

	if (self->local.port != to->port)
		return 0;
	if (inet_ip_is_any(&self->local.ip)) {
		if (is_v4 ? !inet_ip_is_v4(&self->local.ip) && inet_is_v6only(self) : inet_ip_is_v4(&self->local.ip))
			return 0;
	} else if (!inet_ip_is(&self->local.ip, &to->ip)) {
		return 0;
	} else {
		score += 4;
	}
	if (self->socket.type == SOCK_DGRAM && inet_state(self) == TCP_ESTABLISHED) {
		if ((self->remote.port && self->remote.port != from->port) || !inet_ip_is(&self->remote.ip, &from->ip))
			return 0;
		score += 8;
	}
	return score;
}

/* Of those that share the port by SO_REUSEPORT, one: always the same one for the same sender. */
static struct inet_socket *spread(struct list *bucket, bool listens, const struct inet_end *from,
				  const struct inet_end *to, unsigned score)
{
	uint32_t hash = (from->port ^ from->ip.words[3]) * 2654435761u;
	unsigned count = 0, wanted = 0;

	for (unsigned round = 0; round < 2; round++) {
		unsigned seen = 0;
		for (struct list *at = bucket->next; at != bucket; at = at->next) {
			struct inet_socket *one = listens ? list_entry(at, struct inet_socket, listen_link)
							  : list_entry(at, struct inet_socket, port_link);
			if (!socket_has(&one->socket, SOCKET_REUSEPORT) || fit(one, from, to) != score)
				continue;
			if (round && seen == wanted)
				return one;
			seen++;
		}
		count = seen;
		wanted = count ? choice_pick(CHOICE_RECEIVER, count, (hash >> 16) % count) : 0;
	}
	return NULL;
}

static struct inet_socket *find_in(struct inet_table *table, const struct inet_end *from, const struct inet_end *to)
{
	bool listens = table == &tables.tcp;
	struct list *bucket = listens ? inet_listening_locked(to->port) : inet_bucket(table->bound, to->port);
	struct inet_socket *best = NULL;
	unsigned most = 0;

	for (struct list *at = bucket->next; at != bucket; at = at->next) {
		struct inet_socket *one = listens ? list_entry(at, struct inet_socket, listen_link)
						  : list_entry(at, struct inet_socket, port_link);
		unsigned score = fit(one, from, to);
		if (score > most) {
			most = score;
			best = one;
		}
	}
	if (best && socket_has(&best->socket, SOCKET_REUSEPORT))
		best = spread(bucket, listens, from, to, most);
	if (best)
		inet_get(best);
	return best;
}

struct inet_socket *inet_find_locked(int type, const struct inet_end *from, const struct inet_end *to)
{
	return find_in(inet_table_of_type(type), from, to);
}

struct inet_socket *inet_find_receiver_locked(const struct inet_socket *self, const struct inet_end *from,
					      const struct inet_end *to)
{
	return find_in(inet_table_locked(self), from, to);
}
