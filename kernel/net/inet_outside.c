/*
 * What the stack behind the network card tells sockets (net/inet_outside.h).
 */
#include "net/inet_outside.h"

#include "ipc/message_trace.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/stream.h"
#include "net/tcp.h"
#include "net/udp.h"

void inet_outside_register(const struct inet_outside *outside)
{
	inet_outside = outside;
}

/* -- TCP -- */

void inet_outside_connected(struct inet_socket *socket, int error)
{
	if (error) {
		tcp_reset(socket, error);
		return;
	}
	spin_lock(&inet_lock);
	if (inet_state(socket) == TCP_SYN_SENT)
		socket->state = TCP_ESTABLISHED;
	spin_unlock(&inet_lock);
	inet_wake_all(socket);
}

struct inet_socket *inet_outside_arrived(struct inet_socket *listener, const struct inet_end *local,
					 const struct inet_end *remote)
{
	struct inet_socket *fresh = inet_alloc(listener->socket.family, SOCK_STREAM, listener->socket.protocol);
	bool is_taken;

	if (!fresh)
		return NULL;
	mutex_lock(&listener->mutex);
	is_taken = inet_state(listener) == TCP_LISTEN && listener->pending_count <= listener->backlog;
	if (is_taken) {
		tcp_inherit(fresh, listener);
		fresh->is_outside = true;
		inet_get(fresh);
		spin_lock(&inet_lock);
		fresh->local = *local;
		fresh->remote = *remote;
		fresh->asked = local->ip;
		list_append(inet_bucket(inet_table_locked(fresh)->bound, local->port), &fresh->port_link);
		fresh->state = TCP_ESTABLISHED;
		spin_unlock(&inet_lock);
		list_append(&listener->pending, &fresh->pending_link);
		listener->pending_count++;
	}
	mutex_unlock(&listener->mutex);
	if (!is_taken) {
		inet_put(fresh);
		return NULL;
	}
	inet_wake_readers(listener);
	return fresh;
}

uint32_t inet_outside_window(struct inet_socket *socket)
{
	uint32_t limit = socket->socket.receive_limit, used;

	mutex_lock(&socket->mutex);
	used = bytering_used(&socket->ring);
	limit = MIN(limit, bytering_room(&socket->ring) + used);
	mutex_unlock(&socket->mutex);
	return limit - MIN(limit, used);
}

uint32_t inet_outside_received(struct inet_socket *socket, const void *data, uint32_t bytes, bool is_urgent)
{
	struct bytering *ring = &socket->ring;
	uint32_t all = bytes;

	mutex_lock(&socket->mutex);
	if (socket->is_dead) {
		mutex_unlock(&socket->mutex);
		return bytes;
	}
	stream_fit_ring(ring, socket->socket.receive_limit);
	bytes = MIN(bytes, bytering_room(ring));
	while (bytes && bytering_reserve(ring, bytes) != 0)
		bytes = ring->allocated ? MIN(bytes, bytering_room(ring)) : 0;
	bytes = (uint32_t)bytering_put_kernel(ring, data, bytes);
	if (is_urgent && bytes && bytes == all)
		tcp_urgent_put(socket);
	if (bytes)
		message_trace_put(socket, MESSAGE_TCP, ring, bytes);
	mutex_unlock(&socket->mutex);
	inet_wake_readers(socket);
	return bytes;
}

void inet_outside_finished(struct inet_socket *socket)
{
	spin_lock(&inet_lock);
	if (inet_state(socket) == TCP_ESTABLISHED)
		socket->state = TCP_CLOSE_WAIT;
	else if (inet_state(socket) == TCP_FIN_WAIT1 || inet_state(socket) == TCP_FIN_WAIT2)
		tcp_closed_locked(socket);
	spin_unlock(&inet_lock);
	tcp_peer_finished(socket);
}

void inet_outside_broken(struct inet_socket *socket, int error)
{
	if (error) {
		tcp_reset(socket, error);
		return;
	}
	spin_lock(&inet_lock);
	tcp_closed_locked(socket);
	spin_unlock(&inet_lock);
	inet_wake_all(socket);
}

void inet_outside_room(struct inet_socket *socket)
{
	inet_wake_writers(socket);
}

/* -- UDP -- */

static struct inet_socket *find_datagram(const struct inet_end *from, const struct inet_end *to)
{
	struct inet_socket *found;

	spin_lock(&inet_lock);
	found = inet_find_locked(SOCK_DGRAM, from, to);
	spin_unlock(&inet_lock);
	return found;
}

bool inet_outside_datagram(const struct inet_end *from, const struct inet_end *to, int32_t interface, uint8_t ttl,
			   uint8_t tos, const void *data, uint32_t bytes)
{
	struct inet_socket *found = find_datagram(from, to);
	struct inet_message *datagram;

	if (!found)
		return false;
	datagram = udp_message_alloc(bytes);
	if (datagram) {
		memcpy(datagram->data, data, bytes);
		datagram->from = *from;
		datagram->to = to->ip;
		datagram->interface = interface;
		datagram->ttl = ttl;
		datagram->tos = tos;
		udp_deliver(found, datagram);
	} else {
		atomic_fetch_add(&found->drops, 1);
	}
	inet_put(found);
	return true;
}

void inet_outside_refused(const struct inet_end *from, const struct inet_end *to, int error)
{
	struct inet_socket *found = find_datagram(to, from);

	if (!found)
		return;
	udp_refused(found, to, error, NULL, 0);
	inet_put(found);
}
