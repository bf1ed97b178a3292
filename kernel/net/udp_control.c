/*
 * UDP: control messages of senders and receivers (ip(7), ipv6(7)), and the queue of errors.
 */
#include <asm-generic/socket.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ipv6.h>

#include "choice/choice.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/inet_outside.h"
#include "net/udp.h"

/* struct sock_extended_err of user programs (linux/errqueue.h), and what stands there for a port that nobody has. */
struct extended_error {
	uint32_t error;
	uint8_t origin, type, code, padding;
	uint32_t info, data;
};
#define ORIGIN_ICMP       2
#define ORIGIN_ICMP6      3
#define UNREACHABLE       3
#define UNREACHABLE_PORT  3
#define UNREACHABLE6      1
#define UNREACHABLE6_PORT 4

/* -- sending -- */

static int read_source(struct udp_sending *sending, const struct inet_ip *ip, uint32_t interface)
{
	if (interface)
		sending->interface = (int32_t)interface;
	if (inet_ip_is_any(ip))
		return 0;
	if (!inet_is_own(ip))
		return -EINVAL;
	sending->from.ip = *ip;
	return 0;
}

static int read_number(const struct socket_control *control, int32_t least, int32_t most, uint8_t *to)
{
	int32_t value;

	if (control->bytes == 1) {
		value = control->data[0];
	} else {
		if (control->bytes != sizeof(value))
			return -EINVAL;
		memcpy(&value, control->data, sizeof(value));
	}
	if (value < least || value > most)
		return -EINVAL;
	*to = (uint8_t)value;
	return 0;
}

static int read_v4(struct udp_sending *sending, const struct socket_control *control)
{
	struct in_pktinfo info;
	struct inet_ip ip;

	switch (control->type) {
	case IP_PKTINFO:
		if (control->bytes != sizeof(info))
			return -EINVAL;
		memcpy(&info, control->data, sizeof(info));
		ip = inet_ip_v4(info.ipi_spec_dst.s_addr);
		return read_source(sending, &ip, (uint32_t)info.ipi_ifindex);
	case IP_TTL:
		return read_number(control, 1, UINT8_MAX, &sending->ttl);
	case IP_TOS:
		return read_number(control, 0, UINT8_MAX, &sending->tos);
	default:
		return -EINVAL;
	}
}

/* -1 stands for what the socket has. */
static int read_number_v6(const struct socket_control *control, uint8_t *to)
{
	int32_t value;

	if (control->bytes != sizeof(value))
		return -EINVAL;
	memcpy(&value, control->data, sizeof(value));
	return value == -1 ? 0 : read_number(control, 0, UINT8_MAX, to);
}

static int read_v6(struct udp_sending *sending, const struct socket_control *control)
{
	struct in6_pktinfo info;
	struct inet_ip ip;

	switch (control->type) {
	case IPV6_PKTINFO:
		if (control->bytes < sizeof(info))
			return -EINVAL;
		memcpy(&info, control->data, sizeof(info));
		memcpy(ip.bytes, &info.ipi6_addr, sizeof(ip));
		return read_source(sending, &ip, info.ipi6_ifindex);
	case IPV6_HOPLIMIT:
		return read_number_v6(control, &sending->ttl);
	case IPV6_TCLASS:
		return read_number_v6(control, &sending->tos);
	default:
		return -EINVAL;
	}
}

int udp_control_read(struct udp_sending *sending, const struct socket_message *message)
{
	struct socket_control control;
	uint32_t offset = 0;
	int error = 0, more;

	while (!error && (more = socket_control_next(message, &offset, &control)) != 0) {
		if (more < 0)
			error = more;
		else if (control.level == SOL_SOCKET)
			error = socket_control_check(&control);
		else if (control.level == IPPROTO_IP && inet_ip_is_v4(&sending->to.ip))
			error = read_v4(sending, &control);
		else if (control.level == IPPROTO_IPV6 && sending->self->socket.family == AF_INET6 &&
			 (control.type == IPV6_PKTINFO || !inet_ip_is_v4(&sending->to.ip)))
			error = read_v6(sending, &control);
	}
	return error;
}

/* -- receiving -- */

static void give(struct socket_message *message, int level, int type, const void *data, uint32_t bytes)
{
	(void)socket_control_put(message, level, type, data, bytes);
}

static void give_v4(uint32_t bits, struct socket_message *message, const struct inet_message *datagram)
{
	struct in_pktinfo info = {.ipi_ifindex = datagram->interface,
				  .ipi_spec_dst = {.s_addr = datagram->to.words[3]},
				  .ipi_addr = {.s_addr = datagram->to.words[3]}};
	int32_t ttl = datagram->ttl;

	/* Groups are on lo alone, and who has an address is answered from there. */
	if (inet_ip_is_multicast(&datagram->to))
		info.ipi_spec_dst.s_addr = inet_ip_is_any(&datagram->from.ip) ? 0 : __builtin_bswap32(INADDR_LOOPBACK);
	if (bits & INET_OPT_PKTINFO)
		give(message, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	if (bits & INET_OPT_RECVTTL)
		give(message, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	if (bits & INET_OPT_RECVTOS)
		give(message, IPPROTO_IP, IP_TOS, &datagram->tos, sizeof(datagram->tos));
}

static void give_v6(uint32_t bits, struct socket_message *message, const struct inet_message *datagram)
{
	struct in6_pktinfo info = {.ipi6_ifindex = datagram->interface};
	int32_t hops = datagram->ttl, class = datagram->tos;

	memcpy(&info.ipi6_addr, datagram->to.bytes, sizeof(datagram->to));
	if (bits & INET_OPT_PKTINFO6)
		give(message, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	if (inet_ip_is_v4(&datagram->to))
		return;
	if (bits & INET_OPT_HOPLIMIT6)
		give(message, IPPROTO_IPV6, IPV6_HOPLIMIT, &hops, sizeof(hops));
	if (bits & INET_OPT_TCLASS6)
		give(message, IPPROTO_IPV6, IPV6_TCLASS, &class, sizeof(class));
}

/* When it came: struct timeval, or struct timespec. One that came before somebody wanted to know came now. */
static void give_time(const struct socket *socket, struct socket_message *message, const struct inet_message *datagram)
{
	uint64_t ns = datagram->arrived_ns ? datagram->arrived_ns : clock_realtime_ns();
	bool is_fine = socket_has(socket, SOCKET_TIMESTAMPNS);
	int64_t time[2] = {(int64_t)(ns / NS_PER_SEC), (int64_t)(ns % NS_PER_SEC)};

	if (!is_fine)
		time[1] /= 1000;
	give(message, SOL_SOCKET, is_fine ? SO_TIMESTAMPNS : SO_TIMESTAMP, time, sizeof(time));
}

void udp_control_give(struct inet_socket *self, struct socket_message *message, const struct inet_message *datagram)
{
	uint32_t bits = self->options.bits;

	if (!message->has_control)
		return;
	if (unlikely(socket_has(&self->socket, SOCKET_TIMESTAMPS)))
		give_time(&self->socket, message, datagram);
	if (self->socket.family == AF_INET6)
		give_v6(bits, message, datagram);
	if (inet_ip_is_v4(&datagram->to))
		give_v4(bits, message, datagram);
}

/* -- errors -- */

static void give_error(struct inet_socket *self, struct socket_message *message, const struct inet_message *kept)
{
	struct {
		struct extended_error error;
		struct sockaddr_in from;
	} v4 = {.error = {.error = (uint32_t)kept->error,
			  .origin = ORIGIN_ICMP,
			  .type = UNREACHABLE,
			  .code = UNREACHABLE_PORT},
		.from = {.sin_family = AF_INET, .sin_addr = {.s_addr = kept->from.ip.words[3]}}};
	struct {
		struct extended_error error;
		struct sockaddr_in6 from;
	} v6 = {.error = {.error = (uint32_t)kept->error,
			  .origin = ORIGIN_ICMP6,
			  .type = UNREACHABLE6,
			  .code = UNREACHABLE6_PORT},
		.from = {.sin6_family = AF_INET6}};

	if (self->socket.family == AF_INET) {
		give(message, IPPROTO_IP, IP_RECVERR, &v4, sizeof(v4));
		return;
	}
	if (inet_ip_is_v4(&kept->from.ip))
		v6.error = v4.error;
	memcpy(&v6.from.sin6_addr, kept->from.ip.bytes, sizeof(kept->from.ip));
	give(message, IPPROTO_IPV6, IPV6_RECVERR, &v6, sizeof(v6));
}

ssize_t udp_receive_error(struct inet_socket *self, struct socket_message *message)
{
	struct inet_message *kept = NULL;
	ssize_t bytes;

	mutex_lock(&self->mutex);
	if (!list_is_empty(&self->errors)) {
		kept = list_first(&self->errors, struct inet_message, link);
		list_remove(&kept->link);
		self->queued_bytes -= kept->charged;
		/* The next one is told, or nothing. */
		self->socket.error =
			list_is_empty(&self->errors) ? 0 : list_first(&self->errors, struct inet_message, link)->error;
	}
	mutex_unlock(&self->mutex);
	if (!kept)
		return -EAGAIN;
	bytes = (ssize_t)MIN(message->uio->left, (uint64_t)kept->bytes);
	message->result_flags |= MSG_ERRQUEUE | (bytes < (ssize_t)kept->bytes ? MSG_TRUNC : 0);
	if (uio_copy_out(message->uio, kept->data, (size_t)bytes) != (size_t)bytes)
		bytes = -EFAULT;
	if (message->address)
		inet_end_to(self, &kept->from, message->address);
	if (bytes >= 0 && message->has_control)
		give_error(self, message, kept);
	inet_message_end(kept);
	return bytes;
}
