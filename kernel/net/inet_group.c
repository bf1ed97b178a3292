/*
 * Groups of IP: who belongs to which, how they are reached, who hears what is sent to them.
 */
#include "net/inet_group.h"

#include <linux/in.h>
#include <linux/in6.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "net/inet_count.h"
#include "net/inet_outside.h"
#include "net/udp.h"

/* For one socket: Linux's igmp_max_memberships, and what its optmem_max holds of those of IPv6. */
#define GROUPS_MOST_V4 20
#define GROUPS_MOST_V6 2340
#define ALL_HOSTS      0xe0000001u

/* Lock key: (i) immutable; (n) inet_lock. */
struct inet_membership {
	struct list link;     /* (n) on its socket's list */
	struct list all_link; /* (n) among all */
	struct inet_ip group; /* (i) */
	struct inet_ip by;    /* (i) the address that named the interface, or any */
};

/* What a program names: a group, and an interface by its number or its address. */
struct request {
	struct inet_ip group, by;
	int32_t interface;
	bool is_v4;
};

static struct slab_cache cache = SLAB_CACHE("inet_membership", struct inet_membership);

/* Lock key: (n) inet_lock. */
static struct {
	struct list list; /* (n) struct inet_membership.all_link */
} all = {.list = LIST_INIT(all.list)};

/* -- joining and leaving -- */

static int read_request(int level, uaddr_t user, uint32_t bytes, struct request *request)
{
	struct ip_mreqn v4 = {.imr_ifindex = 0};
	struct ipv6_mreq v6;

	*request = (struct request){.is_v4 = level == IPPROTO_IP};
	if (bytes < (request->is_v4 ? sizeof(struct ip_mreq) : sizeof(v6)))
		return -EINVAL;
	if (!request->is_v4) {
		if (copy_from_user(&v6, user, sizeof(v6)) != 0)
			return -EFAULT;
		memcpy(request->group.bytes, &v6.ipv6mr_multiaddr, sizeof(request->group));
		request->interface = v6.ipv6mr_ifindex;
		return 0;
	}
	if (copy_from_user(&v4, user, bytes < sizeof(v4) ? sizeof(struct ip_mreq) : sizeof(v4)) != 0)
		return -EFAULT;
	request->group = inet_ip_v4(v4.imr_multiaddr.s_addr);
	request->by = inet_ip_v4(v4.imr_address.s_addr);
	request->interface = v4.imr_ifindex;
	return 0;
}

/* The interface that is named is there; when none is, the one to which the address leads. */
static bool has_interface(const struct request *request)
{
	if (request->interface)
		return request->interface == LO_INTERFACE;
	if (request->is_v4 && !inet_ip_is_any(&request->by))
		return inet_ip_is_loopback(&request->by);
	return inet_ip_is_loopback(&request->group);
}

static bool names_none(const struct request *request)
{
	return !request->interface && (!request->is_v4 || inet_ip_is_any(&request->by));
}

static struct inet_membership *find_locked(const struct inet_socket *self, const struct inet_ip *group)
{
	struct inet_membership *one;

	list_for_each (one, &self->groups, link) {
		if (inet_ip_is(&one->group, group))
			return one;
	}
	return NULL;
}

/* Has it as many of this family as it may have? */
static bool is_full_locked(const struct inet_socket *self, bool is_v4)
{
	const struct inet_membership *one;
	uint32_t count = 0;

	list_for_each (one, &self->groups, link)
		count += inet_ip_is_v4(&one->group) == is_v4;
	return count >= (is_v4 ? GROUPS_MOST_V4 : GROUPS_MOST_V6);
}

static int join(struct inet_socket *self, const struct request *request)
{
	struct inet_membership *fresh;
	int error = 0;

	if (!inet_ip_is_multicast(&request->group))
		return -EINVAL;
	if (request->is_v4 && !has_interface(request))
		return -ENODEV;
	fresh = slab_alloc(&cache);
	if (!fresh)
		return request->is_v4 ? -ENOBUFS : -ENOMEM;
	list_init(&fresh->link);
	list_init(&fresh->all_link);
	fresh->group = request->group;
	fresh->by = request->by;
	spin_lock(&inet_lock);
	if (find_locked(self, &request->group) && (request->is_v4 || names_none(request) || has_interface(request)))
		error = -EADDRINUSE;
	else if (is_full_locked(self, request->is_v4))
		error = request->is_v4 ? -ENOBUFS : -ENOMEM;
	else if (!has_interface(request))
		error = -ENODEV;
	if (!error) {
		list_append(&self->groups, &fresh->link);
		list_append(&all.list, &fresh->all_link);
	}
	spin_unlock(&inet_lock);
	if (error)
		slab_free(&cache, fresh);
	return error;
}

/* Is this the interface by which it was joined? Without a number it is the address that counts. */
static bool is_same_interface(const struct inet_membership *one, const struct request *request)
{
	if (request->interface)
		return request->interface == LO_INTERFACE;
	return names_none(request) || inet_ip_is(&one->by, &request->by);
}

static int leave(struct inet_socket *self, const struct request *request)
{
	struct inet_membership *one;

	if (!request->is_v4 && !inet_ip_is_multicast(&request->group))
		return -EINVAL;
	if (request->is_v4 && names_none(request) && !has_interface(request))
		return -ENODEV;
	spin_lock(&inet_lock);
	one = find_locked(self, &request->group);
	if (one && !is_same_interface(one, request))
		one = NULL;
	if (one) {
		list_remove(&one->link);
		list_remove(&one->all_link);
	}
	spin_unlock(&inet_lock);
	if (!one)
		return -EADDRNOTAVAIL;
	slab_free(&cache, one);
	return 0;
}

int inet_group_option(struct inet_socket *self, int level, int name, uaddr_t user, uint32_t bytes)
{
	bool is_v4 = level == IPPROTO_IP, is_stream = self->socket.type == SOCK_STREAM;
	struct request request;
	int error;

	if (is_v4 && is_stream)
		return -EPROTO;
	error = read_request(level, user, bytes, &request);
	if (!error && is_stream)
		error = -EPROTO;
	if (error)
		return error;
	return name == (is_v4 ? IP_ADD_MEMBERSHIP : IPV6_ADD_MEMBERSHIP) ? join(self, &request) : leave(self, &request);
}

void inet_group_leave_all(struct inet_socket *self)
{
	struct inet_membership *one, *following;
	struct list ended = LIST_INIT(ended);

	if (likely(list_is_empty(&self->groups)))
		return;
	spin_lock(&inet_lock);
	list_for_each_safe (one, following, &self->groups, link) {
		list_remove(&one->link);
		list_remove(&one->all_link);
		list_append(&ended, &one->link);
	}
	spin_unlock(&inet_lock);
	list_for_each_safe (one, following, &ended, link) {
		list_remove(&one->link);
		slab_free(&cache, one);
	}
}

/* -- the way -- */

int inet_group_route(const struct inet_socket *self, const struct inet_end *to, struct inet_ip *from,
		     int32_t *interface)
{
	if (!inet_ip_is_v4(&to->ip))
		return -ENETUNREACH;
	if (!*interface)
		*interface = self->options.interface ? self->options.interface : self->options.multicast_interface[0];
	if (inet_ip_is_any(from))
		*from = inet_ip_v4(self->options.multicast_from);
	if (!*interface && inet_ip_is_loopback(from))
		*interface = LO_INTERFACE;
	return *interface == LO_INTERFACE ? 0 : -ENETUNREACH;
}

/* -- who hears -- */

static bool is_joined_locked(const struct inet_ip *group)
{
	const struct inet_membership *one;

	list_for_each (one, &all.list, all_link) {
		if (inet_ip_is(&one->group, group))
			return true;
	}
	return group->words[3] == __builtin_bswap32(ALL_HOSTS);
}

static bool hears_locked(const struct inet_socket *self, const struct inet_message *datagram, const struct inet_end *to)
{
	bool is_any = inet_ip_is_any(&self->local.ip);

	if (self->local.port != to->port || self->is_dead)
		return false;
	if (is_any ? !inet_ip_is_v4(&self->local.ip) && inet_is_v6only(self) : !inet_ip_is(&self->local.ip, &to->ip))
		return false;
	if (inet_state(self) == TCP_ESTABLISHED &&
	    (self->remote.port != datagram->from.port || !inet_ip_is(&self->remote.ip, &datagram->from.ip)))
		return false;
	return (self->options.bits & INET_OPT_MCAST_ALL) || find_locked(self, &to->ip);
}

/* The next one, in the order of their making, after the one with this number; with a reference. Null: no more. */
static struct inet_socket *next_hearer(const struct inet_socket *from, const struct inet_message *datagram,
				       const struct inet_end *to, uint64_t after)
{
	struct inet_socket *one, *found = NULL;

	spin_lock(&inet_lock);
	if (is_joined_locked(&to->ip)) {
		list_for_each (one, inet_bucket(inet_table_locked(from)->bound, to->port), port_link) {
			if (one->number > after && (!found || one->number < found->number) &&
			    hears_locked(one, datagram, to))
				found = one;
		}
	}
	if (found)
		inet_get(found);
	spin_unlock(&inet_lock);
	return found;
}

static struct inet_message *copy_of(const struct inet_message *datagram)
{
	struct inet_message *copy = udp_message_alloc(datagram->bytes);

	if (!copy)
		return NULL;
	if (datagram->bytes)
		memcpy(copy->data, datagram->data, datagram->bytes);
	copy->from = datagram->from;
	copy->to = datagram->to;
	copy->interface = datagram->interface;
	copy->ttl = datagram->ttl;
	copy->tos = datagram->tos;
	copy->covered = datagram->covered;
	return copy;
}

void inet_group_deliver(const struct inet_socket *from, struct inet_message *datagram, const struct inet_end *to)
{
	struct inet_socket *hearer;
	uint64_t number = 0;

	inet_count(&inet_counts_of(&to->ip)->group_packets, 1);
	inet_count(&inet_counts_of(&to->ip)->group_bytes, datagram->bytes + INET_HEADER_UDP + INET_HEADER_V4);
	while ((hearer = next_hearer(from, datagram, to, number))) {
		struct inet_message *copy = copy_of(datagram);
		number = hearer->number;
		if (copy)
			udp_deliver(hearer, copy);
		else
			atomic_fetch_add(&hearer->drops, 1);
		inet_put(hearer);
	}
	inet_message_end(datagram);
}
