/*
 * ICMP and ICMPv6 within this machine: echoes that are asked for are answered, and answers find the socket of ping that
 * waits for them.
 */
#include <linux/in.h>
#include <linux/in6.h>

#include "lib/string.h"
#include "net/raw.h"
#include "net/udp.h"

#define HEADER_BYTES 8u

static uint32_t sum_of(const uint8_t *data, uint32_t bytes, uint32_t sum)
{
	for (uint32_t i = 0; i + 1 < bytes; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	if (bytes & 1)
		sum += (uint32_t)data[bytes - 1] << 8;
	return sum;
}

static uint16_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return __builtin_bswap16((uint16_t)~sum);
}

uint16_t inet_checksum(const uint8_t *data, uint32_t bytes)
{
	return folded(sum_of(data, bytes, 0));
}

uint16_t icmp_checksum(const struct raw_packet *packet)
{
	uint32_t sum = 0;

	if (!inet_ip_is_v4(&packet->to)) {
		sum = sum_of(packet->from.bytes, sizeof(packet->from), packet->bytes + packet->protocol);
		sum = sum_of(packet->to.bytes, sizeof(packet->to), sum);
	}
	return folded(sum_of(packet->data, packet->bytes, sum));
}

static void answer(const struct raw_packet *packet)
{
	bool is_v4 = inet_ip_is_v4(&packet->to);
	struct inet_message *copy = udp_message_alloc(packet->bytes);
	struct raw_packet reply = {.from = packet->to,
				   .to = packet->from,
				   .interface = packet->interface,
				   .protocol = packet->protocol,
				   .ttl = (uint8_t)inet_limits.ttl,
				   .tos = packet->tos,
				   .bytes = packet->bytes};
	uint16_t checksum;

	if (!copy)
		return;
	memcpy(copy->data, packet->data, packet->bytes);
	copy->data[0] = is_v4 ? ICMP_ANSWER : ICMP6_ANSWER;
	memset(copy->data + 2, 0, sizeof(checksum));
	reply.data = copy->data;
	checksum = icmp_checksum(&reply);
	memcpy(copy->data + 2, &checksum, sizeof(checksum));
	raw_arrived(&reply);
	inet_message_end(copy);
}

static bool is_sound(const struct raw_packet *packet)
{
	return packet->bytes >= HEADER_BYTES && !icmp_checksum(packet);
}

void icmp_asked(const struct raw_packet *packet)
{
	uint8_t question = inet_ip_is_v4(&packet->to) ? ICMP_QUESTION : ICMP6_QUESTION;

	if (is_sound(packet) && packet->data[0] == question && !packet->data[1])
		answer(packet);
}

void icmp_answered(const struct raw_packet *packet)
{
	struct inet_socket *asked;

	if (!is_sound(packet) || packet->data[0] != (inet_ip_is_v4(&packet->to) ? ICMP_ANSWER : ICMP6_ANSWER))
		return;
	asked = ping_find((uint16_t)(packet->data[4] << 8 | packet->data[5]), &packet->from, &packet->to);
	if (!asked)
		return;
	raw_give(asked, packet, false);
	inet_put(asked);
}
