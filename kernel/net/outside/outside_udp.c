/*
 * Datagrams to and from the outside.
 */
#include "net/outside/outside.h"

#include "lib/errno.h"
#include "mem/slab.h"
#include "net/device.h"

#define HEADERS_BYTES 28u /* of IPv4 and UDP */

/* lwIP has found a socket with the port; which of several gets it, sockets know. */
static void received(void *arg, struct udp_pcb *pcb, struct pbuf *packet, const ip_addr_t *address, u16_t port)
{
	struct inet_end from = {.ip = outside_ip(address), .port = port};
	struct inet_end to = {.ip = outside_ip(ip_current_dest_addr()), .port = pcb->local_port};
	const struct ip_hdr *header = ip4_current_header();
	const void *data = packet->payload;
	uint8_t *copy = NULL;

	if (packet->next) {
		copy = kmalloc(packet->tot_len);
		if (copy)
			pbuf_copy_partial(packet, copy, packet->tot_len, 0);
		data = copy;
	}
	if (data)
		inet_outside_datagram(&from, &to, (int32_t)((struct net_device *)outside_netif.state)->index,
				      IPH_TTL(header), IPH_TOS(header), data, packet->tot_len);
	kfree(copy);
	pbuf_free(packet);
}

static int bind_socket(struct inet_socket *socket)
{
	struct outside_record *record = outside_record_create(socket);
	ip_addr_t address = outside_address(&socket->local.ip);
	err_t error;

	if (!record)
		return -ENOMEM;
	record->udp = udp_new();
	if (!record->udp) {
		outside_record_end(record);
		return -ENOMEM;
	}
	/* Sockets have looked whether the port may be shared. */
	ip_set_option(record->udp, SOF_REUSEADDR | SOF_BROADCAST);
	udp_recv(record->udp, received, record);
	error = udp_bind(record->udp, &address, socket->local.port);
	if (error == ERR_OK)
		return 0;
	udp_remove(record->udp);
	outside_record_end(record);
	return -outside_errno(error);
}

int outside_bound(struct inet_socket *socket)
{
	int error = 0;

	mutex_lock(&outside_mutex);
	/* One of IPv6 alone has nothing to hear: the outside is IPv4. */
	if (!outside_record_of(socket) && (inet_ip_is_v4(&socket->local.ip) || inet_ip_is_any(&socket->local.ip)))
		error = bind_socket(socket);
	mutex_unlock(&outside_mutex);
	return error;
}

static ssize_t send_packet(struct udp_pcb *pcb, const struct inet_end *from, const struct inet_end *to, struct uio *uio)
{
	ip_addr_t source = outside_address(&from->ip), address = outside_address(&to->ip);
	uint32_t bytes = (uint32_t)uio->left;
	struct pbuf *packet = pbuf_alloc(PBUF_TRANSPORT, (u16_t)bytes, PBUF_RAM);
	err_t error;

	if (!packet)
		return -ENOBUFS;
	if (uio_copy_in(uio, packet->payload, bytes) != bytes) {
		pbuf_free(packet);
		return -EFAULT;
	}
	error = udp_sendto_if_src(pcb, packet, &address, to->port, &outside_netif, &source);
	pbuf_free(packet);
	return error == ERR_OK ? (ssize_t)bytes : -outside_errno(error);
}

static ssize_t send_once(struct inet_socket *socket, const struct inet_end *from, const struct inet_end *to,
			 struct uio *uio)
{
	struct outside_record *record;
	ssize_t result = -ENETUNREACH;

	mutex_lock(&outside_mutex);
	record = outside_record_of(socket);
	if (record && record->udp) {
		record->udp->ttl = socket->options.ttl > 0 ? (uint8_t)socket->options.ttl : UDP_TTL;
		record->udp->tos = socket->options.tos;
		result = send_packet(record->udp, from, to, uio);
	}
	mutex_unlock(&outside_mutex);
	return result;
}

ssize_t outside_send_datagram(struct inet_socket *socket, const struct inet_end *from, const struct inet_end *to,
			      struct uio *uio)
{
	struct uio before = *uio;
	ssize_t result;
	int error = 0;

	if (uio->left > UINT16_MAX - HEADERS_BYTES)
		return -EMSGSIZE;
	do {
		*uio = before;
		result = send_once(socket, from, to, uio);
	} while (result == -ENOBUFS && outside_is_full() && !(error = outside_wait_for_room()));
	return error ? error : result;
}

void outside_udp_leave(struct outside_record *record)
{
	if (record->udp)
		udp_remove(record->udp);
	record->udp = NULL;
}
