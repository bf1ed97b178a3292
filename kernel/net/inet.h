/*
 * AF_INET and AF_INET6 (ip(7), ipv6(7), tcp(7), udp(7)). Between two sockets of this machine nothing is cut into
 * packets: a TCP connection is two byte rings, each with the end that reads it, and a datagram is a block on the
 * receiver's list. What goes to other machines, or comes from them, passes through the table of net/inet_outside.h.
 *
 * One kind of address serves both families: sixteen bytes, of which IPv4 has ::ffff:a.b.c.d. Ports are in host order
 * here.
 *
 * Life: a socket is held by its description, by the socket whose peer it is, by the listening socket's list until it is
 * accepted, and by the stack of the outside (inet_outside.h). `is_dead` says that the description has ended; the rest
 * is memory that goes with the last reference.
 *
 * Locks. mutex: what waits to be read in this socket, and errors and shut halves that belong to it. Nobody holds two of
 * them. inet_lock, a spin lock for all sockets, inside a mutex: ports, names, states, who is whose peer. A peer is set
 * once a connection and stays memory until the socket's own description ends, so sending looks at it without the lock.
 * Whoever shuts a half, kills a socket or leaves it an error does so under its mutex, and wakes after it.
 */
#ifndef NAMU_NET_INET_H
#define NAMU_NET_INET_H

#include "ipc/bytering.h"
#include "net/socket.h"

#define INET_PORTS      65536u
#define INET_BUCKETS    256u
#define TCP_RING_BYTES  262144u
#define TCP_SEND_FIRST  16384u  /* SO_SNDBUF of a fresh TCP socket ... */
#define TCP_SEND_GROWN  131072u /* ... and of a connected one, unless the program has set it */
#define TCP_RECEIVE     131072u
#define UDP_BYTES_MOST  65507u /* of one datagram by IPv4; IPv6 takes 20 more */
#define TCP_TIME_WAIT_S 60u

/* States of a TCP socket by Linux's numbers (TCP_INFO, /proc/net/tcp); a UDP socket is CLOSE, or ESTABLISHED when it is
 * connected. */
enum tcp_state {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT,
	TCP_SYN_RECV,
	TCP_FIN_WAIT1,
	TCP_FIN_WAIT2,
	TCP_TIME_WAIT,
	TCP_CLOSE,
	TCP_CLOSE_WAIT,
	TCP_LAST_ACK,
	TCP_LISTEN,
	TCP_CLOSING
};

/* What connect(2) has come to, apart from the state of the connection. */
enum inet_phase { INET_UNCONNECTED, INET_CONNECTING, INET_CONNECTED };

/* Bits of inet_socket.shut. */
#define INET_SHUT_READ  1u
#define INET_SHUT_WRITE 2u
#define INET_SHUT_BOTH  3u

/* An address, in network order. */
struct inet_ip {
	union {
		uint8_t bytes[16];
		uint32_t words[4];
		uint64_t halves[2];
	};
};

struct inet_end {
	struct inet_ip ip;
	uint16_t port;  /* 0: none */
	uint32_t scope; /* sin6_scope_id: an interface, or 0 */
};

/* A datagram that waits to be read. Owned by the list it is on, or by who took it off. */
struct inet_message {
	struct list link;
	uint32_t bytes;
	uint32_t charged;     /* against the receiver's SO_RCVBUF */
	struct inet_end from; /* of an error: whom the datagram was for */
	struct inet_ip to;    /* the address that it was sent to */
	int32_t interface;    /* by which it came: 1 is lo */
	uint8_t ttl, tos;
	int32_t error; /* on the list of errors: a positive errno; else 0 */
	uint8_t *data;
};

/* The urgent byte of a stream. */
enum tcp_urgent { TCP_URGENT_NONE, TCP_URGENT_UNREAD, TCP_URGENT_READ };

/* Options of levels IPPROTO_IP and IPPROTO_IPV6. Lock key: (o) written by setsockopt alone, a word each. */
struct inet_options {
	uint32_t bits;                       /* (o) INET_OPT_*: net/inet_option.c */
	int16_t ttl, hops;                   /* (o) negative: the system's */
	int16_t multicast_ttl;               /* (o) */
	int16_t multicast_hops;              /* (o) */
	uint8_t tos, traffic_class;          /* (o) */
	uint8_t mtu_discover, mtu_discover6; /* (o) */
	int32_t multicast_interface[2];      /* (o) of IPv4 and of IPv6 */
	uint32_t flow_info;                  /* (o) */
	uint8_t min_ttl, min_hops;           /* (o) */
	int32_t interface;                   /* (o) SO_BINDTODEVICE; 0: any */
};

/* Options of level IPPROTO_TCP. Lock key: (o) as above. */
struct tcp_options {
	uint32_t bits;            /* (o) TCP_OPT_*: net/tcp_option.c */
	int32_t keep_idle_s;      /* (o) */
	int32_t keep_interval_s;  /* (o) */
	int32_t keep_count;       /* (o) */
	int32_t syn_count;        /* (o) */
	int32_t linger2_s;        /* (o) */
	int32_t defer_accept_s;   /* (o) */
	int32_t window_clamp;     /* (o) */
	int32_t max_segment;      /* (o) */
	uint32_t user_timeout_ms; /* (o) */
	int32_t fast_open;        /* (o) */
	uint32_t lowat_unsent;    /* (o) */
	uint8_t congestion;       /* (o) index of its name */
};

/*
 * Lock key: (i) immutable; (a) atomic; (m) its mutex; (n) inet_lock; (c) its connect_mutex; (q) its own lock; (l) the
 * mutex of the listening socket whose list it is on; (s) the stack's own lock; (o) setsockopt.
 */
struct inet_socket {
	struct socket socket;           /* (a) first: the family's socket is the socket */
	struct refcount refs;           /* (a) */
	uint32_t uid;                   /* (i) of its maker: SO_REUSEPORT, /proc/net */
	struct list all_link;           /* (n) among all of its protocol, in the order of their making */
	struct mutex connect_mutex;     /* (i) outside of the others: bind, connect and listen, one at a time */
	struct mutex mutex;             /* (i) */
	struct inet_end local;          /* (n) as bind and connect have set it; port 0: none */
	struct inet_end remote;         /* (n) whom it is connected to; port 0: nobody */
	struct inet_ip asked;           /* (n) what bind asked for: where a broken connection leads back to */
	struct list port_link;          /* (n) on the bucket of its local port */
	bool has_own_port;              /* (c) bind has named the port, so it stays when a connection is undone */
	_Atomic uint8_t state;          /* (n) enum tcp_state, read without */
	uint8_t phase;                  /* (c) enum inet_phase */
	_Atomic uint8_t shut;           /* (m) INET_SHUT_*, read without */
	_Atomic bool is_dead;           /* (m) its description has ended */
	_Atomic bool is_done;           /* (m) the other end will send no more */
	bool is_accepted;               /* (n) made by a listening socket */
	struct inet_socket *peer;       /* (n) the other end within this machine, with a reference; null */
	struct list former;             /* (n) those that were: struct inet_former */
	struct bytering ring;           /* (m) TCP: bytes to be read */
	uint64_t taken;                 /* (m) TCP: bytes that have left the ring */
	uint64_t urgent_at;             /* (m) TCP: where the urgent byte stands, counted from the stream's beginning */
	_Atomic uint8_t urgent;         /* (m) enum tcp_urgent, read without */
	struct list messages;           /* (m) UDP: struct inet_message to be read */
	struct list errors;             /* (m) what IP_RECVERR keeps, for MSG_ERRQUEUE */
	uint32_t queued_bytes;          /* (m) UDP: memory of both, read without */
	_Atomic uint64_t drops;         /* (a) UDP: datagrams that found no room */
	struct waitq read_wait;         /* (q) those who wait to read, accept, poll */
	struct waitq write_wait;        /* (q) those who wait to write, or to be connected */
	struct list pending;            /* (m) of a listening socket: connections not yet accepted */
	struct list pending_link;       /* (l) on one of its lists */
	struct list callers;            /* (m) of a listening socket: sockets within this machine that wait for room */
	_Atomic uint32_t pending_count; /* (m) read without by pollers */
	uint32_t backlog;               /* (m) */
	struct inet_options options;    /* (o) */
	struct tcp_options tcp;         /* (o) */
	_Atomic uint64_t sent, received; /* (a) bytes, for TCP_INFO */
	_Atomic uint64_t sent_at_ns;     /* (a) when last, for TCP_INFO */
	_Atomic uint64_t received_at_ns; /* (a) */
	/* The outside (net/inet_outside.h). */
	_Atomic bool is_outside; /* (n) the stack carries it: connected, listening or bound there */
	void *outside;           /* (s) the stack's own */
};

extern struct spinlock inet_lock;

static inline struct inet_socket *inet_of(struct socket *socket)
{
	return container_of(socket, struct inet_socket, socket);
}
static inline enum tcp_state inet_state(const struct inet_socket *self)
{
	return (enum tcp_state)atomic_load_explicit(&self->state, memory_order_acquire);
}
static inline unsigned inet_shut(const struct inet_socket *self)
{
	return atomic_load_explicit(&self->shut, memory_order_relaxed);
}
static inline void inet_get(struct inet_socket *self)
{
	refcount_get(&self->refs);
}
void inet_put(struct inet_socket *self);

/* -- addresses: net/inet_address.c -- */

static inline bool inet_ip_is(const struct inet_ip *a, const struct inet_ip *b)
{
	return a->halves[0] == b->halves[0] && a->halves[1] == b->halves[1];
}
/* Of IPv4, 0.0.0.0 as well. */
static inline bool inet_ip_is_v4(const struct inet_ip *ip)
{
	return !ip->halves[0] && ip->words[2] == __builtin_bswap32(0xffff);
}
/* 0.0.0.0 or :: . */
static inline bool inet_ip_is_any(const struct inet_ip *ip)
{
	return !ip->words[3] && (inet_ip_is_v4(ip) || (!ip->halves[0] && !ip->words[2]));
}

#endif
