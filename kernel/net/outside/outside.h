/*
 * The stack behind the network card: lwIP, and what joins it to sockets (net/inet_outside.h).
 *
 * lwIP knows no threads: all of it, and all records below, are guarded by one sleeping lock, outside_mutex, which is
 * outermost among those of sockets. A thread of the kernel takes what the card has received and runs the timers; what
 * programs send goes out in their own calls.
 */
#ifndef NAMU_NET_OUTSIDE_OUTSIDE_H
#define NAMU_NET_OUTSIDE_OUTSIDE_H

/* Both sides have a type of this name. */
#define tcp_state lwip_tcp_state
#include "lwip/ip_addr.h"
#include "lwip/netif.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/raw.h"
#include "lwip/tcp.h"
#include "lwip/udp.h"
#undef tcp_state

#include "net/card.h"
#include "net/inet_outside.h"

/*
 * What the stack keeps of a socket: socket->outside. Made by connect, listen, bound or an arriving connection; ended by
 * release. Lock key: (s) outside_mutex; (i) immutable.
 */
struct outside_record {
	struct inet_socket *socket; /* (i) with a reference */
	struct tcp_pcb *tcp;        /* (s) lwIP's; null: it has ended, or it is a datagram socket */
	struct udp_pcb *udp;        /* (s) */
	struct pbuf *held;          /* (s) bytes that have come and found no room in the socket */
	bool is_connecting;         /* (s) the outcome was not told yet */
	bool is_finished;           /* (s) the other side will send no more */
	bool has_told_end;          /* (s) and the socket knows */
};

extern struct mutex outside_mutex;
extern struct netif outside_netif;

/* A record for a socket, which gets it: null when memory is short. */
struct outside_record *outside_record_create(struct inet_socket *socket);
void outside_record_end(struct outside_record *record);
static inline struct outside_record *outside_record_of(struct inet_socket *socket)
{
	return socket->outside;
}

/* A frame was refused since the card is full: wait until it has sent some. 0 or -ERESTART_CALL. No lock is held. */
bool outside_is_full(void);
int outside_wait_for_room(void);

/* An error of lwIP's as a positive errno. */
int outside_errno(err_t error);
/* Addresses there and here. */
ip_addr_t outside_address(const struct inet_ip *ip);
struct inet_ip outside_ip(const ip_addr_t *address);

/* net/outside/outside_tcp.c */
int outside_connect(struct inet_socket *socket);
int outside_listen(struct inet_socket *socket);
ssize_t outside_send(struct inet_socket *socket, struct uio *uio, bool is_urgent, bool has_more);
bool outside_has_room(struct inet_socket *socket);
void outside_taken(struct inet_socket *socket, uint32_t bytes);
void outside_finish(struct inet_socket *socket);
void outside_abort(struct inet_socket *socket);
void outside_options(struct inet_socket *socket);
void outside_view(struct inet_socket *socket, struct inet_outside_view *view);
/* lwIP shall know the socket no more. */
void outside_tcp_leave(struct outside_record *record);

/* net/outside/outside_udp.c */
int outside_bound(struct inet_socket *socket);
ssize_t outside_send_datagram(struct inet_socket *socket, const struct inet_end *from, const struct inet_end *to,
			      struct uio *uio);
void outside_udp_leave(struct outside_record *record);

/* net/outside/outside_raw.c */
void outside_raw_init(void);
int outside_send_raw(const struct raw_packet *packet);

#endif
