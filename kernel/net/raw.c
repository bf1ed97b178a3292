/*
 * Raw sockets and those of ping: sending, who hears what, names.
 */
#include "net/raw.h"

#include <linux/in.h>
#include <linux/in6.h>

#include "fs/cred.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/inet_count.h"
#include "net/inet_outside.h"
#include "net/udp.h"

#define ICMP_BYTES     8u /* the header of an echo */
#define TYPE_BYTES     2u
#define SHORT_V6_BYTES 24u   /* struct sockaddr_in6 without its scope */
#define DONT_FRAGMENT  0x40u /* in the header of IPv4 */
#define VERSION_LENGTH 0x45u /* there: version 4, five words */

static _Atomic uint32_t next_identification;

bool raw_has_protocol(int protocol)
{
	return protocol != IPPROTO_TCP && protocol != IPPROTO_UDP && protocol != IPPROTO_UDPLITE && protocol > 0 &&
	       protocol < IPPROTO_RAW;
}

bool ping_is_allowed(void)
{
	const struct cred *cred = current_cred();
	uint32_t first = inet_limits.ping_first, last = inet_limits.ping_last;

	if (cred->egid >= first && cred->egid <= last)
		return true;
	for (uint32_t i = 0; cred->groups && i < cred->groups->count; i++) {
		if (cred->groups->gids[i] >= first && cred->groups->gids[i] <= last)
			return true;
	}
	return false;
}

/* -- who hears what -- */

static void write_header(uint8_t *header, const struct raw_packet *packet)
{
	uint32_t total = packet->bytes + INET_HEADER_V4;
	uint32_t identification = packet->is_whole ? 0 : atomic_fetch_add(&next_identification, 1);
	uint16_t checksum;

	memset(header, 0, INET_HEADER_V4);
	header[0] = VERSION_LENGTH;
	header[1] = packet->tos;
	header[2] = (uint8_t)(total >> 8);
	header[3] = (uint8_t)total;
	header[4] = (uint8_t)(identification >> 8);
	header[5] = (uint8_t)identification;
	header[6] = packet->is_whole ? DONT_FRAGMENT : 0;
	header[8] = packet->ttl;
	header[9] = packet->protocol;
	memcpy(header + 12, &packet->from.words[3], sizeof(packet->from.words[3]));
	memcpy(header + 16, &packet->to.words[3], sizeof(packet->to.words[3]));
	checksum = inet_checksum(header, INET_HEADER_V4);
	memcpy(header + 10, &checksum, sizeof(checksum));
}

void raw_give(struct inet_socket *to, const struct raw_packet *packet, bool has_header)
{
	uint32_t before = has_header ? INET_HEADER_V4 : 0;
	struct inet_message *copy = udp_message_alloc(packet->bytes + before);

	if (!copy) {
		atomic_fetch_add(&to->drops, 1);
		return;
	}
	if (has_header)
		write_header(copy->data, packet);
	if (packet->bytes)
		memcpy(copy->data + before, packet->data, packet->bytes);
	copy->from.ip = packet->from;
	copy->to = packet->to;
	copy->interface = packet->interface;
	copy->ttl = packet->ttl;
	copy->tos = packet->tos;
	udp_deliver(to, copy);
}

/* Its protocol has filters, and this one's holds the message back. */
static bool is_filtered(const struct inet_socket *self, const struct raw_packet *packet)
{
	uint8_t type;

	if (!packet->bytes || (packet->protocol != IPPROTO_ICMP && packet->protocol != IPPROTO_ICMPV6))
		return false;
	type = packet->data[0];
	if (packet->protocol == IPPROTO_ICMP && type >= 32)
		return false;
	return self->raw.filter[type / 32] >> type % 32 & 1;
}

static bool is_between(const struct inet_socket *self, const struct inet_ip *from, const struct inet_ip *to)
{
	if ((self->socket.family == AF_INET) != inet_ip_is_v4(to))
		return false;
	if (!inet_ip_is_any(&self->local.ip) && !inet_ip_is(&self->local.ip, to))
		return false;
	return inet_state(self) != TCP_ESTABLISHED || inet_ip_is(&self->remote.ip, from);
}

/* The next raw socket that hears it, after the one with this number; with a reference. Null: no more. */
static struct inet_socket *next_hearer(const struct raw_packet *packet, uint64_t after)
{
	struct inet_socket *one, *found = NULL;

	spin_lock(&inet_lock);
	list_for_each (one, &inet_table_of_type(SOCK_RAW)->all, all_link) {
		if (one->number > after && !one->is_dead && one->socket.protocol == packet->protocol &&
		    is_between(one, &packet->from, &packet->to) && !is_filtered(one, packet)) {
			inet_get(one);
			found = one;
			break;
		}
	}
	spin_unlock(&inet_lock);
	return found;
}

static bool is_icmp(const struct raw_packet *packet)
{
	return packet->protocol == (inet_ip_is_v4(&packet->to) ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

void raw_heard(const struct raw_packet *packet)
{
	struct inet_socket *to;
	uint64_t number = 0;

	while ((to = next_hearer(packet, number))) {
		number = to->number;
		raw_give(to, packet, to->socket.family == AF_INET);
		inet_put(to);
	}
	if (is_icmp(packet))
		icmp_answered(packet);
}

void raw_arrived(const struct raw_packet *packet)
{
	inet_count_packet(&packet->to, packet->bytes);
	raw_heard(packet);
	if (is_icmp(packet))
		icmp_asked(packet);
}

struct inet_socket *ping_find(uint16_t identifier, const struct inet_ip *from, const struct inet_ip *to)
{
	struct inet_socket *one, *found = NULL;

	spin_lock(&inet_lock);
	list_for_each (one, &inet_ping_table_locked()->all, all_link) {
		if (one->local.port == identifier && !one->is_dead && is_between(one, from, to)) {
			inet_get(one);
			found = one;
			break;
		}
	}
	spin_unlock(&inet_lock);
	return found;
}

/* -- sending -- */

/* A raw socket of IPv6: its own family or none, and as port none or its protocol. */
static int read_address6(struct udp_sending *sending, const struct socket_address *address)
{
	struct socket_address plain = *address;
	int error;

	if (plain.bytes >= sizeof(plain.family) && !plain.family)
		plain.family = AF_INET6;
	error = inet_end_from(sending->self, &plain, &sending->to);
	if (!error && sending->to.port && sending->to.port != sending->self->socket.protocol)
		error = -EINVAL;
	return error;
}

static int read_address(struct udp_sending *sending, struct socket_message *message)
{
	struct inet_socket *self = sending->self;
	int error;

	if (self->is_raw && self->socket.family == AF_INET6)
		error = read_address6(sending, message->address);
	else
		error = udp_read_address(sending, message);
	if (!error && message->address && self->socket.family == AF_INET6 && inet_ip_is_v4(&sending->to.ip))
		error = -EINVAL;
	return error;
}

/* Where to, from where and how: 0 or -errno. */
static int prepare(struct udp_sending *sending, struct socket_message *message)
{
	struct inet_socket *self = sending->self;
	int error = message->address ? read_address(sending, message) : 0;

	if (!error)
		error = udp_begin(sending, message);
	/* What waits to be told, and shutdown, do not keep a raw socket from sending. */
	if (!error && self->is_ping)
		error = socket_take_error(&self->socket);
	if (!error && self->is_ping && (inet_shut(self) & INET_SHUT_WRITE))
		error = -EPIPE;
	return error;
}

/* Put the packet's checksum into its data. */
static int sum_up(const struct raw_packet *packet, uint8_t *data, uint32_t at)
{
	uint16_t checksum = 0;

	if (at + sizeof(checksum) > packet->bytes)
		return -EINVAL;
	memcpy(data + at, &checksum, sizeof(checksum));
	checksum = icmp_checksum(packet);
	memcpy(data + at, &checksum, sizeof(checksum));
	return 0;
}

static int send_copy(struct udp_sending *sending, struct inet_message *copy)
{
	const struct inet_socket *self = sending->self;
	bool is_v4 = self->socket.family == AF_INET;
	uint8_t discover = is_v4 ? self->options.mtu_discover : 0;
	struct raw_packet packet = {.from = sending->from.ip,
				    .to = sending->to.ip,
				    .interface = sending->interface,
				    .protocol = (uint8_t)self->socket.protocol,
				    .ttl = sending->ttl,
				    .tos = sending->tos,
				    .is_whole = discover == IP_PMTUDISC_WANT || discover == IP_PMTUDISC_DO,
				    .data = copy->data,
				    .bytes = copy->bytes};
	int error = 0;

	if (self->is_ping) {
		uint16_t identifier = __builtin_bswap16(self->local.port);
		memcpy(copy->data + 4, &identifier, sizeof(identifier));
		error = sum_up(&packet, copy->data, 2);
	} else if (self->raw.checksum_at >= 0) {
		error = sum_up(&packet, copy->data, (uint32_t)self->raw.checksum_at);
	}
	if (error)
		return error;
	if (!inet_is_own(&packet.to))
		return inet_outside && !inet_ip_is_multicast(&packet.to) ? inet_outside->send_raw(&packet)
									 : -ENETUNREACH;
	raw_arrived(&packet);
	return 0;
}

/* An echo is asked for, and nothing else. */
static bool is_echo(const struct inet_socket *self, const struct inet_message *copy)
{
	return copy->data[0] == (self->socket.family == AF_INET ? ICMP_QUESTION : ICMP6_QUESTION) && !copy->data[1];
}

/* Is there too much or too little of it, whatever it says? */
static int check_length(const struct inet_socket *self, uint64_t bytes)
{
	bool is_icmp = self->socket.protocol == IPPROTO_ICMP || self->socket.protocol == IPPROTO_ICMPV6;

	/* Routes may depend on the type and code of ICMP, so Linux looks at these first. */
	if (self->is_raw && is_icmp && bytes < TYPE_BYTES)
		return -EFAULT;
	return bytes > UINT16_MAX - (self->socket.family == AF_INET ? INET_HEADER_V4 : 0) ? -EMSGSIZE : 0;
}

static ssize_t raw_send(struct socket *socket, struct socket_message *message)
{
	struct inet_socket *self = inet_of(socket);
	struct udp_sending sending = {.self = self};
	uint64_t bytes = message->uio->left;
	struct inet_message *copy;
	int error = 0;

	if (bytes > UINT16_MAX && (socket->family == AF_INET || self->is_ping))
		return -EMSGSIZE;
	if (self->is_ping && bytes < ICMP_BYTES)
		return -EINVAL;
	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (self->is_ping)
		error = udp_autobind(self);
	if (!error)
		error = prepare(&sending, message);
	if (!error)
		error = check_length(self, bytes);
	if (error)
		return error;
	copy = udp_message_alloc((uint32_t)bytes);
	if (!copy)
		return -ENOBUFS;
	if (uio_copy_in(message->uio, copy->data, bytes) != bytes)
		error = -EFAULT;
	else if (self->is_ping && !is_echo(self, copy))
		error = -EINVAL;
	else
		error = send_copy(&sending, copy);
	inet_message_end(copy);
	return error ? error : (ssize_t)bytes;
}

static ssize_t raw_receive(struct socket *socket, struct socket_message *message)
{
	return message->flags & MSG_OOB ? -EOPNOTSUPP : udp_receive(socket, message);
}

/* -- names -- */

/* Its length is looked at, and of IPv6 the family: whatever an address of IPv4 is called, it is taken for one. */
static int read_name(const struct inet_socket *self, const struct socket_address *address, struct inet_end *end)
{
	struct socket_address plain = *address;

	if (self->socket.family == AF_INET)
		plain.family = AF_INET;
	else if (plain.bytes >= SHORT_V6_BYTES && plain.family != AF_INET6)
		return -EINVAL;
	return inet_end_from(self, &plain, end);
}

/* This machine's, or a group's; one of IPv6 for a link needs to be told which. */
static int check_name(const struct inet_socket *self, const struct inet_end *end)
{
	bool is_group = inet_ip_is_multicast(&end->ip) || inet_ip_is_broadcast(&end->ip);

	if (self->socket.family == AF_INET6 && inet_ip_is_v4(&end->ip))
		return -EADDRNOTAVAIL;
	if (inet_ip_is_of_link(&end->ip) && !end->scope && !self->options.interface)
		return -EINVAL;
	return inet_ip_is_any(&end->ip) || inet_is_own(&end->ip) || is_group ? 0 : -EADDRNOTAVAIL;
}

static int raw_bind(struct socket *socket, const struct socket_address *address)
{
	struct inet_socket *self = inet_of(socket);
	struct inet_end end = {.port = 0};
	int error = read_name(self, address, &end);

	if (error)
		return error;
	mutex_lock(&self->connect_mutex);
	error = inet_state(self) != TCP_CLOSE ? -EINVAL : check_name(self, &end);
	if (!error) {
		spin_lock(&inet_lock);
		self->local.ip = self->asked = end.ip;
		spin_unlock(&inet_lock);
	}
	mutex_unlock(&self->connect_mutex);
	return error;
}

const struct socket_ops raw_ops = {
	.bind = raw_bind,
	.connect = udp_connect,
	.name = inet_name,
	.shutdown = udp_shutdown,
	.send = raw_send,
	.receive = raw_receive,
	.poll = udp_poll,
	.ioctl = inet_ioctl,
	.set_option = inet_set_option,
	.get_option = inet_get_option,
	.release = udp_release,
};

const struct socket_ops ping_ops = {
	.bind = inet_bind,
	.connect = udp_connect,
	.name = inet_name,
	.shutdown = udp_shutdown,
	.send = raw_send,
	.receive = raw_receive,
	.poll = udp_poll,
	.ioctl = inet_ioctl,
	.set_option = inet_set_option,
	.get_option = inet_get_option,
	.release = udp_release,
};
