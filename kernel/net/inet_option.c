/*
 * Options of levels IPPROTO_IP and IPPROTO_IPV6 (ip(7), ipv6(7)), and of SOL_SOCKET those that only these families
 * have. Most are a bit or a number of a range: rows of tables.
 */
#include <asm-generic/socket.h>
#include <linux/capability.h>
#include <linux/in.h>
#include <linux/in6.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/inet_group.h"
#include "net/inet_outside.h"
#include "net/raw.h"
#include "net/tcp.h"
#include "net/udp.h"

#define LO_MTU      65536
#define NAME_BYTES  16u
#define STREAM_MASK 3u /* of IP_TOS: TCP's own bits */

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

static const struct {
	int level, name;
	uint32_t bit;
} bits[] = {
	{IPPROTO_IP, IP_PKTINFO, INET_OPT_PKTINFO},
	{IPPROTO_IP, IP_RECVTTL, INET_OPT_RECVTTL},
	{IPPROTO_IP, IP_RECVTOS, INET_OPT_RECVTOS},
	{IPPROTO_IP, IP_RECVERR, INET_OPT_RECVERR},
	{IPPROTO_IP, IP_RECVOPTS, INET_OPT_RECVOPTS},
	{IPPROTO_IP, IP_RETOPTS, INET_OPT_RETOPTS},
	{IPPROTO_IP, IP_FREEBIND, INET_OPT_FREEBIND},
	{IPPROTO_IP, IP_TRANSPARENT, INET_OPT_TRANSPARENT},
	{IPPROTO_IP, IP_MULTICAST_LOOP, INET_OPT_MCAST_LOOP},
	{IPPROTO_IP, IP_MULTICAST_ALL, INET_OPT_MCAST_ALL},
	{IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, INET_OPT_LATE_PORT},
	{IPPROTO_IP, IP_RECVORIGDSTADDR, INET_OPT_ORIGDST},
	{IPPROTO_IPV6, IPV6_V6ONLY, INET_OPT_V6ONLY},
	{IPPROTO_IPV6, IPV6_RECVPKTINFO, INET_OPT_PKTINFO6},
	{IPPROTO_IPV6, IPV6_RECVHOPLIMIT, INET_OPT_HOPLIMIT6},
	{IPPROTO_IPV6, IPV6_RECVTCLASS, INET_OPT_TCLASS6},
	{IPPROTO_IPV6, IPV6_RECVERR, INET_OPT_RECVERR6},
	{IPPROTO_IPV6, IPV6_MULTICAST_LOOP, INET_OPT_MCAST_LOOP6},
	{IPPROTO_IPV6, IPV6_MULTICAST_ALL, INET_OPT_MCAST_ALL6},
	{IPPROTO_IPV6, IPV6_DONTFRAG, INET_OPT_DONTFRAG6},
	{IPPROTO_IPV6, IPV6_FREEBIND, INET_OPT_FREEBIND},
	{IPPROTO_IPV6, IPV6_TRANSPARENT, INET_OPT_TRANSPARENT},
	{IPPROTO_IPV6, IPV6_RECVORIGDSTADDR, INET_OPT_ORIGDST6},
};

enum number_size { BYTE, SIGNED_SHORT };

/* A number of a range; -1 stands for `absent`. */
static const struct {
	int level, name;
	int32_t least, most, absent;
	enum number_size size;
	uint32_t at; /* in struct inet_options */
} numbers[] = {
#define AT(member) offsetof(struct inet_options, member)
	{IPPROTO_IP, IP_TOS, INT32_MIN, INT32_MAX, -1, BYTE, AT(tos)},
	{IPPROTO_IP, IP_TTL, 1, UINT8_MAX, -1, SIGNED_SHORT, AT(ttl)},
	{IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT, INT32_MIN, BYTE, AT(mtu_discover)},
	{IPPROTO_IP, IP_MULTICAST_TTL, 0, UINT8_MAX, 1, SIGNED_SHORT, AT(multicast_ttl)},
	{IPPROTO_IP, IP_MINTTL, 0, UINT8_MAX, INT32_MIN, BYTE, AT(min_ttl)},
	{IPPROTO_IPV6, IPV6_UNICAST_HOPS, 0, UINT8_MAX, -1, SIGNED_SHORT, AT(hops)},
	{IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 0, UINT8_MAX, 1, SIGNED_SHORT, AT(multicast_hops)},
	{IPPROTO_IPV6, IPV6_TCLASS, 0, UINT8_MAX, 0, BYTE, AT(traffic_class)},
	{IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT, IPV6_PMTUDISC_OMIT, INT32_MIN, BYTE, AT(mtu_discover6)},
	{IPPROTO_IPV6, IPV6_MINHOPCOUNT, 0, UINT8_MAX, INT32_MIN, BYTE, AT(min_hops)},
#undef AT
};

/* Has the socket options of this level? A raw socket of IPv6 has none of IPv4. */
static bool is_ip(const struct inet_socket *self, int level)
{
	bool is_v6 = self->socket.family == AF_INET6;

	return is_v6 ? level == IPPROTO_IPV6 || (level == IPPROTO_IP && !self->is_raw) : level == IPPROTO_IP;
}

static uint32_t bit_of(int level, int name)
{
	for (unsigned i = 0; i < ARRAY_LEN(bits); i++) {
		if (bits[i].level == level && bits[i].name == name)
			return bits[i].bit;
	}
	return 0;
}

static int number_of(int level, int name)
{
	for (unsigned i = 0; i < ARRAY_LEN(numbers); i++) {
		if (numbers[i].level == level && numbers[i].name == name)
			return (int)i;
	}
	return -1;
}

/* -- setting -- */

/* IPv4's options also come as a single byte, and as nothing, which is 0. */
static int read_value(int level, uaddr_t user, uint32_t bytes, int32_t *value)
{
	uint32_t word = 0;
	uint8_t byte = 0;

	if (bytes >= sizeof(word)) {
		if (get_user_u32(&word, user) != 0)
			return -EFAULT;
	} else if (level != IPPROTO_IP) {
		return -EINVAL;
	} else if (bytes) {
		if (copy_from_user(&byte, user, 1) != 0)
			return -EFAULT;
		word = byte;
	}
	*value = (int32_t)word;
	return 0;
}

static int set_bit(struct inet_socket *self, uint32_t bit, int32_t value)
{
	if (bit == INET_OPT_V6ONLY && self->local.port)
		return -EINVAL;
	if (bit == INET_OPT_TRANSPARENT && value && !current_has_cap(CAP_NET_RAW) && !current_has_cap(CAP_NET_ADMIN))
		return -EPERM;
	if ((bit == INET_OPT_MCAST_LOOP6 || bit == INET_OPT_MCAST_ALL || bit == INET_OPT_MCAST_ALL6) &&
	    (value < 0 || value > 1))
		return -EINVAL;
	if (value)
		self->options.bits |= bit;
	else
		self->options.bits &= ~bit;
	return 0;
}

static bool is_of_datagrams(int level, int name)
{
	return level == IPPROTO_IP ? name == IP_MULTICAST_TTL || name == IP_MULTICAST_IF
				   : name == IPV6_MULTICAST_HOPS || name == IPV6_MULTICAST_IF;
}

static int set_ranged(struct inet_socket *self, int row, int32_t value)
{
	uint8_t *at = (uint8_t *)&self->options + numbers[row].at;
	int name = numbers[row].name;

	if (value == -1 && numbers[row].absent != INT32_MIN && numbers[row].least != INT32_MIN)
		value = numbers[row].absent;
	else if (value < numbers[row].least || value > numbers[row].most)
		return -EINVAL;
	if (numbers[row].level == IPPROTO_IP && name == IP_TOS && self->socket.type == SOCK_STREAM)
		value = (int32_t)(((uint32_t)value & ~STREAM_MASK) | (self->options.tos & STREAM_MASK));
	if (numbers[row].size == BYTE)
		*at = (uint8_t)value;
	else
		*(int16_t *)(void *)at = (int16_t)value;
	return 0;
}

/* The interface that an address (*from) or a number names: 0: any; or -errno. Only lo is known here. */
static int read_multicast_interface(int level, uaddr_t user, uint32_t bytes, uint32_t *from)
{
	struct ip_mreqn request = {.imr_ifindex = 0};
	struct inet_ip ip;
	uint32_t word;

	if (bytes < sizeof(word))
		return -EINVAL;
	if (level == IPPROTO_IPV6) {
		if (get_user_u32(&word, user) != 0)
			return -EFAULT;
		return word <= 1 ? (int)word : -ENODEV;
	}
	if (bytes >= sizeof(struct ip_mreq)) {
		if (copy_from_user(&request, user, MIN(bytes, (uint32_t)sizeof(request))) != 0)
			return -EFAULT;
	} else if (copy_from_user(&request.imr_address, user, sizeof(request.imr_address)) != 0) {
		return -EFAULT;
	}
	*from = request.imr_address.s_addr;
	if (request.imr_ifindex)
		return request.imr_ifindex == 1 ? 1 : -EADDRNOTAVAIL;
	ip = inet_ip_v4(request.imr_address.s_addr);
	if (inet_ip_is_any(&ip))
		return 0;
	return inet_ip_is_loopback(&ip) ? 1 : -EADDRNOTAVAIL;
}

static int set_other(struct inet_socket *self, int level, int name, uaddr_t user, uint32_t bytes)
{
	bool is_v4 = level == IPPROTO_IP;
	uint32_t from = 0;
	int interface;

	if (name == (is_v4 ? IP_MULTICAST_IF : IPV6_MULTICAST_IF)) {
		interface = read_multicast_interface(level, user, bytes, &from);
		if (interface >= 0)
			self->options.multicast_interface[!is_v4] = interface;
		if (interface >= 0 && is_v4)
			self->options.multicast_from = from;
		return MIN(interface, 0);
	}
	if (is_v4 ? name == IP_ADD_MEMBERSHIP || name == IP_DROP_MEMBERSHIP
		  : name == IPV6_ADD_MEMBERSHIP || name == IPV6_DROP_MEMBERSHIP)
		return inet_group_option(self, level, name, user, bytes);
	if (is_v4 && name == IP_OPTIONS && !bytes)
		return 0;
	return -ENOPROTOOPT;
}

static int set_ip(struct inet_socket *self, int level, int name, uaddr_t user, uint32_t bytes)
{
	int row = number_of(level, name), error;
	int32_t value;

	if (self->socket.type == SOCK_STREAM && is_of_datagrams(level, name))
		return level == IPPROTO_IP ? -EINVAL : -ENOPROTOOPT;
	if (!bit_of(level, name) && row < 0)
		return set_other(self, level, name, user, bytes);
	error = read_value(level, user, bytes, &value);
	if (error)
		return error;
	error = row < 0 ? set_bit(self, bit_of(level, name), value) : set_ranged(self, row, value);
	if (!error && self->is_outside && self->socket.type == SOCK_STREAM)
		inet_outside->options(self);
	return error;
}

static int bind_to_device(struct inet_socket *self, uaddr_t user, uint32_t bytes)
{
	int interface = socket_read_device(user, bytes);

	if (interface < 0)
		return interface;
	if (self->options.interface && !current_has_cap(CAP_NET_RAW))
		return -EPERM;
	self->options.interface = interface;
	return 0;
}

int inet_set_option(struct socket *socket, int level, int name, uaddr_t value, uint32_t bytes)
{
	struct inet_socket *self = inet_of(socket);

	if (unlikely(raw_has_level(self, level, name)))
		return raw_set_option(self, level, name, value, bytes);
	if (is_ip(self, level))
		return set_ip(self, level, name, value, bytes);
	if (level == IPPROTO_TCP && socket->type == SOCK_STREAM)
		return tcp_set_option(self, name, value, bytes);
	if (level == IPPROTO_UDPLITE && self->is_lite)
		return udp_lite_set_option(self, name, value, bytes);
	if (level == SOL_SOCKET && name == SO_BINDTODEVICE)
		return bind_to_device(self, value, bytes);
	return -ENOPROTOOPT;
}

/* -- asking -- */

static int32_t ranged(const struct inet_socket *self, int row)
{
	const uint8_t *at = (const uint8_t *)&self->options + numbers[row].at;
	int32_t value = numbers[row].size == BYTE ? *at : *(const int16_t *)(const void *)at;

	return value < 0 ? (int32_t)inet_limits.ttl : value;
}

/* It has a peer, or had one that it has not left. */
static bool has_way(const struct inet_socket *self)
{
	enum tcp_state state = inet_state(self);

	return state != TCP_CLOSE && state != TCP_LISTEN && state != TCP_SYN_SENT;
}

static int get_other(const struct inet_socket *self, int level, int name, int32_t *value)
{
	bool is_v4 = level == IPPROTO_IP;

	if (name == (is_v4 ? IP_MTU : IPV6_MTU)) {
		*value = LO_MTU;
		return has_way(self) ? 0 : -ENOTCONN;
	}
	if (name != (is_v4 ? IP_MULTICAST_IF : IPV6_MULTICAST_IF))
		return -ENOPROTOOPT;
	/* IPv4 tells an address, of an interface that was named by number none. */
	*value = is_v4 ? (int32_t)self->options.multicast_from : self->options.multicast_interface[1];
	return 0;
}

static int get_ip(const struct inet_socket *self, int level, int name, uaddr_t user, int32_t *bytes)
{
	uint32_t bit = bit_of(level, name);
	int row = number_of(level, name), error = 0;
	int32_t value = 0;
	uint8_t byte;

	if (level == IPPROTO_IP && name == IP_OPTIONS) {
		*bytes = 0;
		return 0;
	}
	if (bit)
		value = (self->options.bits & bit) != 0;
	else if (row >= 0)
		value = ranged(self, row);
	else
		error = get_other(self, level, name, &value);
	if (error)
		return error;
	if (level == IPPROTO_IP && *bytes > 0 && *bytes < (int32_t)sizeof(value) && value >= 0 &&
	    value <= (int32_t)UINT8_MAX) {
		byte = (uint8_t)value;
		return socket_option_to_user(user, bytes, &byte, sizeof(byte));
	}
	return socket_option_to_user(user, bytes, &value, sizeof(value));
}

static int get_device(const struct inet_socket *self, uaddr_t user, int32_t *bytes)
{
	if (!self->options.interface) {
		*bytes = 0;
		return 0;
	}
	if (*bytes < (int32_t)NAME_BYTES)
		return -EINVAL;
	return socket_option_to_user(user, bytes, "lo", sizeof("lo"));
}

int inet_get_option(struct socket *socket, int level, int name, uaddr_t value, int32_t *bytes)
{
	struct inet_socket *self = inet_of(socket);

	if (unlikely(raw_has_level(self, level, name)))
		return raw_get_option(self, level, name, value, bytes);
	if (is_ip(self, level))
		return get_ip(self, level, name, value, bytes);
	if (level == IPPROTO_TCP && socket->type == SOCK_STREAM)
		return tcp_get_option(self, name, value, bytes);
	if (level == IPPROTO_UDPLITE && self->is_lite)
		return udp_lite_get_option(self, name, value, bytes);
	if (level == SOL_SOCKET && (name == SO_PEERCRED || name == SO_PEERGROUPS))
		return socket_no_peer(name, value, bytes);
	if (level == SOL_SOCKET && name == SO_BINDTODEVICE)
		return get_device(self, value, bytes);
	return level != SOL_SOCKET && socket->family == AF_INET ? -EOPNOTSUPP : -ENOPROTOOPT;
}
