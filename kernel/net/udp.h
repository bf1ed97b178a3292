/*
 * UDP: a datagram is a block on the receiver's list, with its sender's address. The receiver pays for it (SO_RCVBUF);
 * what finds no room is dropped and counted, as with the datagrams of a network. See net/inet.h for the socket.
 */
#ifndef NAMU_NET_UDP_H
#define NAMU_NET_UDP_H

#include "net/inet.h"

/* What a sender asks for one datagram, by control messages or as the socket's options say. */
struct udp_sending {
	struct inet_socket *self;
	struct inet_end from, to;
	int32_t interface;
	uint8_t ttl, tos;
	bool has_source; /* from.ip was asked for */
};

/* Control messages of a sender: net/udp_control.c. 0, -EINVAL ... */
int udp_control_read(struct udp_sending *sending, const struct socket_message *message);
/* What goes to the receiver with a datagram. */
void udp_control_give(struct inet_socket *self, struct socket_message *message, const struct inet_message *datagram);
/* MSG_ERRQUEUE: the first of the errors that IP_RECVERR keeps. */
ssize_t udp_receive_error(struct inet_socket *self, struct socket_message *message);

/* A message with room for so many bytes; null: no memory. */
struct inet_message *udp_message_alloc(uint32_t bytes);
/* Put it on the receiver's list, or drop it. It is taken over. */
void udp_deliver(struct inet_socket *to, struct inet_message *datagram);
/* A datagram that `self` has sent met nobody: the error is kept as its options say, with a copy of what was sent. */
void udp_refused(struct inet_socket *self, const struct inet_end *to, int error, const void *data, uint32_t bytes);

/* UDP-Lite (RFC 3828): net/udp_lite.c. What of a datagram of so many bytes the sender's checksum covers, and whether
 * that is enough for the receiver. */
uint16_t udp_lite_covered(const struct inet_socket *self, uint32_t bytes);
bool udp_lite_takes(const struct inet_socket *to, const struct inet_message *datagram);
int udp_lite_set_option(struct inet_socket *self, int name, uaddr_t user, uint32_t bytes);
int udp_lite_get_option(const struct inet_socket *self, int name, uaddr_t user, int32_t *bytes);

ssize_t udp_receive(struct socket *socket, struct socket_message *message);

/* Parts that raw sockets and those of ping have as well (net/raw.h). */
static inline bool inet_is_udp(const struct inet_socket *self)
{
	return !self->is_raw && !self->is_ping;
}
int udp_autobind(struct inet_socket *self);
/* Whom the call names: sending->to, or message->address is null. */
int udp_read_address(struct udp_sending *sending, struct socket_message *message);
/* Where it goes from there, and how. */
int udp_begin(struct udp_sending *sending, const struct socket_message *message);
int udp_connect(struct socket *socket, const struct socket_address *address, uint32_t file_flags);
int udp_shutdown(struct socket *socket, int how);
void udp_release(struct socket *socket);
uint32_t udp_poll(struct socket *socket, struct file *file, struct poll_table *table);

#endif
