/*
 * Addresses of AF_INET and AF_INET6: from programs, to programs, and which of them are this machine's.
 */
#include <linux/in.h>
#include <linux/in6.h>

#include "lib/errno.h"
#include "lib/string.h"
#include "net/device.h"
#include "net/inet.h"
#include "net/inet_outside.h"

/* Linux takes an IPv6 address without its last field, sin6_scope_id. */
#define SHORT_V6_BYTES 24u

_Static_assert(sizeof(struct sockaddr_in) == 16 && sizeof(struct sockaddr_in6) == 28, "as programs have them");

struct inet_ip inet_ip_v4(uint32_t network_order)
{
	return (struct inet_ip){.words = {0, 0, __builtin_bswap32(0xffff), network_order}};
}

struct inet_ip inet_ip_any(int family)
{
	return family == AF_INET ? inet_ip_v4(0) : (struct inet_ip){.words = {0}};
}

static struct inet_ip loopback(int family)
{
	if (family == AF_INET)
		return inet_ip_v4(__builtin_bswap32(INADDR_LOOPBACK));
	return (struct inet_ip){.words = {0, 0, 0, __builtin_bswap32(1)}};
}

bool inet_ip_is_loopback(const struct inet_ip *ip)
{
	struct inet_ip one = loopback(AF_INET6);

	return inet_ip_is_v4(ip) ? ip->bytes[12] == 127 : inet_ip_is(ip, &one);
}

bool inet_is_own(const struct inet_ip *ip)
{
	if (inet_ip_is_loopback(ip))
		return !inet_ip_is_broadcast(ip);
	if (inet_ip_is_v4(ip))
		return net_address_is_local(AF_INET, &ip->bytes[12]);
	return net_address_is_local(AF_INET6, ip->bytes);
}

bool inet_ip_is_of_link(const struct inet_ip *ip)
{
	return ip->bytes[0] == 0xff && ((ip->bytes[1] & 0xf) == 1 || (ip->bytes[1] & 0xf) == 2);
}

bool inet_ip_overlap(const struct inet_ip *a, bool a_v6only, const struct inet_ip *b, bool b_v6only)
{
	bool a_is_v4 = inet_ip_is_v4(a), b_is_v4 = inet_ip_is_v4(b);

	if (inet_ip_is_any(a) && (a_is_v4 == b_is_v4 || (!a_is_v4 && !a_v6only)))
		return true;
	if (inet_ip_is_any(b) && (a_is_v4 == b_is_v4 || (!b_is_v4 && !b_v6only)))
		return true;
	return inet_ip_is(a, b);
}

static int end_from_v4(const struct socket_address *address, struct inet_end *end)
{
	struct sockaddr_in in;

	if (address->bytes < sizeof(in))
		return -EINVAL;
	memcpy(&in, address->data, sizeof(in));
	*end = (struct inet_end){.ip = inet_ip_v4(in.sin_addr.s_addr), .port = __builtin_bswap16(in.sin_port)};
	return 0;
}

int inet_end_from(const struct inet_socket *self, const struct socket_address *address, struct inet_end *end)
{
	struct sockaddr_in6 in = {0};

	if (self->socket.family == AF_INET) {
		if (address->bytes < sizeof(struct sockaddr_in))
			return -EINVAL;
		return address->family == AF_INET ? end_from_v4(address, end) : -EAFNOSUPPORT;
	}
	if (address->bytes < SHORT_V6_BYTES)
		return -EINVAL;
	if (address->family != AF_INET6)
		return -EAFNOSUPPORT;
	memcpy(&in, address->data, MIN(address->bytes, (uint32_t)sizeof(in)));
	end->port = __builtin_bswap16(in.sin6_port);
	end->scope = in.sin6_scope_id;
	memcpy(end->ip.bytes, &in.sin6_addr, sizeof(end->ip));
	return 0;
}

void inet_end_to(const struct inet_socket *self, const struct inet_end *end, struct socket_address *address)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	struct sockaddr_in in = {.sin_family = AF_INET};

	if (self->socket.family == AF_INET) {
		in.sin_port = __builtin_bswap16(end->port);
		in.sin_addr.s_addr = end->ip.words[3];
		address->bytes = sizeof(in);
		memcpy(address->data, &in, sizeof(in));
		return;
	}
	in6.sin6_port = __builtin_bswap16(end->port);
	in6.sin6_scope_id = end->scope;
	memcpy(&in6.sin6_addr, end->ip.bytes, sizeof(end->ip));
	address->bytes = sizeof(in6);
	memcpy(address->data, &in6, sizeof(in6));
}

int inet_destination(const struct inet_socket *self, struct inet_end *to)
{
	bool is_v4 = inet_ip_is_v4(&to->ip);

	/* An address of IPv4 is none for a socket of IPv6 alone, which one is that is bound to an address of it. */
	if (is_v4 && self->socket.family == AF_INET6 && inet_is_v6only(self))
		return -ENETUNREACH;
	if (!is_v4 && inet_ip_is_v4(&self->local.ip))
		return -EINVAL;
	if (inet_ip_is_any(&to->ip))
		to->ip = loopback(is_v4 ? AF_INET : AF_INET6);
	return 0;
}

int inet_route(const struct inet_end *to, struct inet_ip *from, int32_t *interface)
{
	if (inet_is_own(&to->ip)) {
		*interface = LO_INTERFACE;
		if (inet_ip_is_any(from))
			*from = inet_ip_is_loopback(&to->ip) ? loopback(inet_ip_is_v4(&to->ip) ? AF_INET : AF_INET6)
							     : to->ip;
		return 0;
	}
	if (!inet_outside)
		return -ENETUNREACH;
	return inet_outside->route(to, from, interface);
}
