/*
 * Messages of ICMP to and from the outside, for raw sockets and those of ping (net/raw.h). Echoes that others ask for
 * lwIP answers itself.
 */
#include "net/outside/outside.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "net/device.h"
#include "net/raw.h"

/* One for all sockets: who hears what, they know. Lock key: (s) outside_mutex. */
static struct raw_pcb *messages; /* (s) */

/* A whole packet, with its header. It is not taken: lwIP looks at it as well. */
static u8_t heard(void *arg, struct raw_pcb *pcb, struct pbuf *packet, const ip_addr_t *address)
{
	const struct ip_hdr *header = ip4_current_header();
	uint32_t before = ip_current_header_tot_len(), bytes = packet->tot_len;
	struct raw_packet message = {.from = outside_ip(ip_current_src_addr()),
				     .to = outside_ip(ip_current_dest_addr()),
				     .interface = (int32_t)((struct net_device *)outside_netif.state)->index,
				     .protocol = IPH_PROTO(header),
				     .ttl = IPH_TTL(header),
				     .tos = IPH_TOS(header),
				     .is_whole = (IPH_OFFSET(header) & PP_HTONS(IP_DF)) != 0};
	uint8_t *copy;

	if (bytes < before)
		return 0;
	copy = kmalloc(bytes);
	if (!copy)
		return 0;
	pbuf_copy_partial(packet, copy, (u16_t)bytes, 0);
	message.data = copy + before;
	message.bytes = bytes - before;
	raw_heard(&message);
	kfree(copy);
	return 0;
}

void outside_raw_init(void)
{
	messages = raw_new(IP_PROTO_ICMP);
	if (messages)
		raw_recv(messages, heard, NULL);
}

static int send_once(const struct raw_packet *packet)
{
	ip_addr_t source = outside_address(&packet->from), address = outside_address(&packet->to);
	struct pbuf *buffer = pbuf_alloc(PBUF_IP, (u16_t)packet->bytes, PBUF_RAM);
	err_t error = ERR_MEM;

	if (!buffer)
		return -ENOBUFS;
	if (packet->bytes)
		pbuf_take(buffer, packet->data, (u16_t)packet->bytes);
	mutex_lock(&outside_mutex);
	if (messages) {
		messages->ttl = packet->ttl;
		messages->tos = packet->tos;
		error = raw_sendto_if_src(messages, buffer, &address, &outside_netif, &source);
	}
	pbuf_free(buffer);
	mutex_unlock(&outside_mutex);
	return -outside_errno(error);
}

int outside_send_raw(const struct raw_packet *packet)
{
	int result, error = 0;

	if (packet->protocol != IP_PROTO_ICMP)
		return -ENETUNREACH;
	do {
		result = send_once(packet);
	} while (result == -ENOBUFS && outside_is_full() && !(error = outside_wait_for_room()));
	return error ? error : result;
}
