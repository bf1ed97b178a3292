/*
 * How a socket of AF_INET or AF_INET6 reaches other machines: a table that the stack behind the network card registers.
 * Without one only addresses of this machine can be reached, and everything else is ENETUNREACH.
 *
 * net/inet*.c and net/tcp*.c keep everything a program sees: names, port tables, states, options, queues, waiting. The
 * stack carries bytes. Whether a socket is its business is decided once a connection (TCP) or a datagram (UDP), by the
 * other end's address: inet_is_own() says whether that is this machine's.
 *
 * Locks. The stack has one sleeping lock of its own (a mutex), outermost: operations of the table are called without
 * any lock of the socket, and take it; the functions below may be called with it held, and take the socket's mutex and
 * inet_lock, never the stack's. They are called by a thread, not by an interrupt. They never call the table.
 *
 * References. From connect, listened, bound or a taken connection on, the stack may hold a socket by inet_get and drops
 * it by inet_put; socket->outside is its own, null at first. After `release` it calls no function below for that
 * socket.
 */
#ifndef NAMU_NET_INET_OUTSIDE_H
#define NAMU_NET_INET_OUTSIDE_H

#include "net/inet.h"

/* What the peer of a connection is told of the stack's side: for TCP_INFO and SIOCOUTQ. */
struct inet_outside_view {
	uint32_t unsent_bytes; /* taken from the program, not yet sent */
	uint32_t unacked_bytes;
	uint32_t max_segment;
	uint32_t round_trip_us;
	uint32_t retransmits;
};

struct raw_packet;

struct inet_outside {
	/* The address from which `to` is reached, and the interface; `from` may be set already by bind. 0,
	 * -ENETUNREACH, -EHOSTUNREACH, -EADDRNOTAVAIL. */
	int (*route)(const struct inet_end *to, struct inet_ip *from, int32_t *interface);
	/* An address of this machine that is not on lo. */
	bool (*is_own)(const struct inet_ip *ip);

	/* -- TCP -- */

	/* Begin a connection: socket->local and ->remote are set, the state is SYN_SENT. 0, and the outcome is told by
	 * inet_outside_connected; or -errno and nothing was begun. */
	int (*connect)(struct inet_socket *socket);
	/* Take connections for socket->local (address, or any) from now on. 0 or -errno. */
	int (*listen)(struct inet_socket *socket);
	/* Take as much as there is room for, and send it; without `has_more` nothing is held back. Bytes, 0: no room
	 * (inet_outside_room will tell), -EFAULT, -ENOMEM. */
	ssize_t (*send)(struct inet_socket *socket, struct uio *uio, bool is_urgent, bool has_more);
	/* Would send take bytes? */
	bool (*has_room)(struct inet_socket *socket);
	/* The program has read so many bytes: the window opens. */
	void (*taken)(struct inet_socket *socket, uint32_t bytes);
	/* No more will be sent (FIN, behind what was taken). */
	void (*finish)(struct inet_socket *socket);
	/* Break the connection off (RST). */
	void (*abort)(struct inet_socket *socket);
	/* TCP_NODELAY, SO_KEEPALIVE and its times, IP_TOS, IP_TTL ... were set: look at socket->options and ->tcp. */
	void (*options)(struct inet_socket *socket);
	void (*view)(struct inet_socket *socket, struct inet_outside_view *view);

	/* -- UDP -- */

	/* A port has been given to a UDP socket whose local address is any or is_own: deliver what comes for it. */
	int (*bound)(struct inet_socket *socket);
	/* Send one datagram: all of the uio. `from` was chosen by route. Bytes or -errno (-EMSGSIZE, -ENOBUFS ...). */
	ssize_t (*send_datagram)(struct inet_socket *socket, const struct inet_end *from, const struct inet_end *to,
				 struct uio *uio);

	/* -- raw sockets (net/raw.h) -- */

	/* Send one packet: 0 or -errno. Of ICMP alone, else -ENETUNREACH. */
	int (*send_raw)(const struct raw_packet *packet);

	/* -- both -- */

	/* The description has ended, or what was bound, listened or connected is undone: the stack finishes what it has
	 * (FIN and what lies before it, unless abort was called), and knows the socket no more. */
	void (*release)(struct inet_socket *socket);
};

/* Null: none. */
extern const struct inet_outside *inet_outside;
/* Once, at boot. */
void inet_outside_register(const struct inet_outside *outside);

/* An address that leads to this machine: 127.0.0.0/8, ::1, and outside->is_own. */
bool inet_is_own(const struct inet_ip *ip);

/* -- what the stack tells: net/inet_outside.c -- */

/* A connection that was begun stands (error 0), or failed: a positive errno (ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH). */
void inet_outside_connected(struct inet_socket *socket, int error);
/* A connection has come for a listening socket. A fresh socket (ESTABLISHED, with a reference for the stack) that waits
 * to be accepted; null: no room or no memory, refuse or forget it. */
struct inet_socket *inet_outside_arrived(struct inet_socket *listener, const struct inet_end *local,
					 const struct inet_end *remote);
/* How many bytes the socket's ring would take: the window. */
uint32_t inet_outside_window(struct inet_socket *socket);
/* Bytes have come, in order: they are put into the ring as far as there is room. Bytes taken; what was not is offered
 * again when `taken` has been called. The last one is urgent when `is_urgent`. */
uint32_t inet_outside_received(struct inet_socket *socket, const void *data, uint32_t bytes, bool is_urgent);
/* The other side will send no more (FIN). */
void inet_outside_finished(struct inet_socket *socket);
/* The connection is gone: a positive errno (ECONNRESET, ETIMEDOUT ...), or 0 when it has ended in order. */
void inet_outside_broken(struct inet_socket *socket, int error);
/* There is room for `send` again. */
void inet_outside_room(struct inet_socket *socket);
/* A datagram has come for `to`; `interface` as in net/device.h. False: no socket has that port (say so by ICMP). */
bool inet_outside_datagram(const struct inet_end *from, const struct inet_end *to, int32_t interface, uint8_t ttl,
			   uint8_t tos, const void *data, uint32_t bytes);
/* An ICMP error has come for a datagram from `from` to `to`. */
void inet_outside_refused(const struct inet_end *from, const struct inet_end *to, int error);

#endif
