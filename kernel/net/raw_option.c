/*
 * Options of raw sockets: which messages of ICMP they do not want, and where the kernel puts a checksum.
 */
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/in6.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/raw.h"

#ifndef IPV6_CHECKSUM
#define IPV6_CHECKSUM 7
#endif
#define ICMP_FILTER       1 /* of linux/icmp.h */
#define ICMP6_CHECKSUM_AT 2

void raw_options_init(struct inet_socket *self)
{
	self->raw.checksum_at = self->socket.protocol == IPPROTO_ICMPV6 ? ICMP6_CHECKSUM_AT : -1;
}

bool raw_has_level(const struct inet_socket *self, int level, int name)
{
	bool is_v6 = self->socket.family == AF_INET6;

	if (!self->is_raw)
		return false;
	return level == SOL_RAW || (is_v6 && level == IPPROTO_ICMPV6) ||
	       (is_v6 && level == IPPROTO_IPV6 && name == IPV6_CHECKSUM);
}

/* How long the filter is that the option names; 0: it is none. */
static uint32_t filter_bytes(const struct inet_socket *self, int level, int name)
{
	if (self->socket.family == AF_INET)
		return level == SOL_RAW && name == ICMP_FILTER && self->socket.protocol == IPPROTO_ICMP
			       ? (uint32_t)sizeof(self->raw.filter[0])
			       : 0;
	return level == IPPROTO_ICMPV6 && name == ICMPV6_FILTER && self->socket.protocol == IPPROTO_ICMPV6
		       ? (uint32_t)sizeof(struct icmp6_filter)
		       : 0;
}

static bool is_checksum(const struct inet_socket *self, int level, int name)
{
	return self->socket.family == AF_INET6 && level != IPPROTO_ICMPV6 && name == IPV6_CHECKSUM;
}

/* A filter of a protocol that has none. */
static int refused(const struct inet_socket *self, int level, int name)
{
	bool is_filter =
		self->socket.family == AF_INET ? level == SOL_RAW && name == ICMP_FILTER : level == IPPROTO_ICMPV6;

	return is_filter && self->socket.protocol != IPPROTO_ICMP && self->socket.protocol != IPPROTO_ICMPV6
		       ? -EOPNOTSUPP
		       : -ENOPROTOOPT;
}

static int set_checksum(struct inet_socket *self, int level, uaddr_t value, uint32_t bytes)
{
	uint32_t word;

	if (bytes < sizeof(word))
		return -EINVAL;
	if (get_user_u32(&word, value) != 0)
		return -EFAULT;
	if (self->socket.protocol == IPPROTO_ICMPV6 && level == IPPROTO_IPV6)
		return -EINVAL;
	if ((int32_t)word > 0 && (word & 1))
		return -EINVAL;
	self->raw.checksum_at = (int32_t)word < 0 ? -1 : (int32_t)word;
	return 0;
}

int raw_set_option(struct inet_socket *self, int level, int name, uaddr_t value, uint32_t bytes)
{
	uint32_t most = filter_bytes(self, level, name);
	uint32_t filter[ARRAY_LEN(self->raw.filter)];

	if (is_checksum(self, level, name))
		return set_checksum(self, level, value, bytes);
	if (!most)
		return refused(self, level, name);
	memcpy(filter, self->raw.filter, sizeof(filter));
	if (copy_from_user(filter, value, MIN(bytes, most)) != 0)
		return -EFAULT;
	memcpy(self->raw.filter, filter, sizeof(filter));
	return 0;
}

int raw_get_option(const struct inet_socket *self, int level, int name, uaddr_t value, int32_t *bytes)
{
	uint32_t most = filter_bytes(self, level, name);

	if (is_checksum(self, level, name))
		return socket_option_to_user(value, bytes, &self->raw.checksum_at, sizeof(self->raw.checksum_at));
	if (!most)
		return refused(self, level, name);
	return socket_option_to_user(value, bytes, self->raw.filter, most);
}
