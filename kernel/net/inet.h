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
#define INET_BUCKETS    128u
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
	int32_t error;       /* on the list of errors: a positive errno; else 0 */
	uint16_t covered;    /* UDP-Lite: bytes under the checksum, with the header; 0: all */
	uint64_t arrived_ns; /* CLOCK_REALTIME, for those who want to know (SO_TIMESTAMP) */
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
	uint32_t multicast_from;             /* (o) of IPv4: the address that IP_MULTICAST_IF named, in network order */
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

/* Options of level IPPROTO_UDPLITE: net/udp_lite.c. Lock key: (o) as above. */
struct udp_lite_options {
	uint16_t sends; /* (o) bytes that a checksum covers, with the header; 0: all */
	uint16_t wants; /* (o) what a datagram must have covered at least, if wants_any; 0: all of it */
	bool wants_any; /* (o) */
};

/* Options of raw sockets: net/raw_option.c. Lock key: (o) as above. */
struct raw_options {
	uint32_t filter[8];  /* (o) types of messages of ICMP that it does not want, a bit each */
	int32_t checksum_at; /* (o) where the kernel puts a checksum; negative: nowhere */
};

/*
 * Lock key: (i) immutable; (a) atomic; (m) its mutex; (n) inet_lock; (c) its connect_mutex; (q) its own lock; (l) the
 * mutex of the listening socket whose list it is on; (s) the stack's own lock; (o) setsockopt.
 */
struct inet_socket {
	struct socket socket;           /* (a) first: the family's socket is the socket */
	struct refcount refs;           /* (a) */
	uint32_t uid;                   /* (i) of its maker: SO_REUSEPORT, /proc/net */
	bool is_lite;                   /* (i) a datagram socket of UDP-Lite */
	bool is_raw;                    /* (i) net/raw.h */
	bool is_ping;                   /* (i) a datagram socket of ICMP (net/raw.h) */
	struct list all_link;           /* (n) among all of its protocol, in the order of their making */
	uint64_t number;                /* (i) of its making, from 1 */
	struct mutex connect_mutex;     /* (i) outside of the others: bind, connect and listen, one at a time */
	struct mutex mutex;             /* (i) */
	struct inet_end local;          /* (n) as bind and connect have set it; port 0: none */
	struct inet_end remote;         /* (n) whom it is connected to; port 0: nobody */
	struct inet_ip asked;           /* (n) what bind asked for: where a broken connection leads back to */
	struct list port_link;          /* (n) on the bucket of its local port */
	struct list listen_link;        /* (n) on that of the ports that are listened to */
	bool is_port_shared;            /* (n) connect has chosen the port, for this pair of ends alone */
	bool has_own_port;              /* (c) bind has named the port, so it stays when a connection is undone */
	_Atomic uint8_t state;          /* (n) enum tcp_state, read without */
	uint8_t phase;                  /* (c) enum inet_phase */
	_Atomic uint8_t shut;           /* (m) INET_SHUT_*, read without */
	_Atomic bool is_dead;           /* (m) its description has ended */
	_Atomic bool is_done;           /* (m) the other end will send no more */
	struct inet_socket *calls;      /* (n) a listening socket without room, with a reference: state SYN_SENT */
	struct inet_socket *fresh;      /* (n) what is to be its peer then */
	struct inet_socket *peer;       /* (n) the other end within this machine, with a reference; null */
	struct inet_former *former;     /* (c) the peers that were */
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
	struct udp_lite_options lite;   /* (o) */
	struct raw_options raw;         /* (o) */
	struct list groups;             /* (n) those it belongs to: net/inet_group.c */
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

/* A peer of a connection that was undone: it stays memory for a call that is under way. */
struct inet_former {
	struct inet_former *next;
	struct inet_socket *peer; /* with a reference */
};

/* Bits of inet_options.bits. */
#define INET_OPT_V6ONLY       0x000001u
#define INET_OPT_PKTINFO      0x000002u
#define INET_OPT_RECVTTL      0x000004u
#define INET_OPT_RECVTOS      0x000008u
#define INET_OPT_RECVERR      0x000010u
#define INET_OPT_FREEBIND     0x000020u
#define INET_OPT_TRANSPARENT  0x000040u
#define INET_OPT_MCAST_LOOP   0x000080u
#define INET_OPT_MCAST_ALL    0x000100u
#define INET_OPT_PKTINFO6     0x000200u
#define INET_OPT_HOPLIMIT6    0x000400u
#define INET_OPT_TCLASS6      0x000800u
#define INET_OPT_RECVERR6     0x001000u
#define INET_OPT_MCAST_LOOP6  0x002000u
#define INET_OPT_MCAST_ALL6   0x004000u
#define INET_OPT_LATE_PORT    0x008000u /* IP_BIND_ADDRESS_NO_PORT */
#define INET_OPT_ORIGDST      0x010000u
#define INET_OPT_ORIGDST6     0x020000u
#define INET_OPT_DONTFRAG6    0x040000u
#define INET_OPT_HDRINCL      0x080000u
#define INET_OPT_ROUTER_ALERT 0x100000u
#define INET_OPT_RECVOPTS     0x200000u /* nothing here carries options of IP, so there is none to tell */
#define INET_OPT_RETOPTS      0x400000u

/* Bits of tcp_options.bits. */
#define TCP_OPT_NODELAY          0x01u
#define TCP_OPT_CORK             0x02u
#define TCP_OPT_QUICKACK         0x04u
#define TCP_OPT_FASTOPEN_CONNECT 0x08u

static inline bool inet_is_v6only(const struct inet_socket *self)
{
	return self->options.bits & INET_OPT_V6ONLY;
}

/* /proc/sys/net/ipv4. Lock key: (a) atomic. */
struct inet_limits {
	_Atomic uint32_t port_first, port_last;                    /* (a) ip_local_port_range */
	_Atomic uint32_t port_free_first;                          /* (a) ip_unprivileged_port_start */
	_Atomic uint32_t ttl;                                      /* (a) ip_default_ttl */
	_Atomic uint32_t keep_idle_s, keep_interval_s, keep_count; /* (a) tcp_keepalive_* */
	_Atomic uint32_t syn_count;                                /* (a) tcp_syn_retries */
	_Atomic uint32_t linger2_s;                                /* (a) tcp_fin_timeout */
	_Atomic uint32_t v6only;                                   /* (a) ipv6.bindv6only */
	_Atomic uint32_t ping_first, ping_last;                    /* (a) ping_group_range */
};
extern struct inet_limits inet_limits;

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
/* Both are asked several times for every datagram. */
static inline bool inet_ip_is_multicast(const struct inet_ip *ip)
{
	return inet_ip_is_v4(ip) ? (ip->bytes[12] & 0xf0) == 0xe0 : ip->bytes[0] == 0xff;
}
/* 255.255.255.255, or lo's. */
static inline bool inet_ip_is_broadcast(const struct inet_ip *ip)
{
	if (likely(ip->words[3] != UINT32_MAX && ip->words[3] != __builtin_bswap32(0x7fffffff)))
		return false;
	return inet_ip_is_v4(ip);
}
/* A group of IPv6 that means nothing without an interface. */
bool inet_ip_is_of_link(const struct inet_ip *ip);
bool inet_ip_is_loopback(const struct inet_ip *ip);
/* 0.0.0.0 or :: as the socket's family has it. */
struct inet_ip inet_ip_any(int family);
struct inet_ip inet_ip_v4(uint32_t network_order);
/* Do two bound addresses, each perhaps any, have an address in common? */
bool inet_ip_overlap(const struct inet_ip *a, bool a_v6only, const struct inet_ip *b, bool b_v6only);
/* An address of a program for a socket of that family: -EINVAL when it is too short, -EAFNOSUPPORT. */
int inet_end_from(const struct inet_socket *self, const struct socket_address *address, struct inet_end *end);
void inet_end_to(const struct inet_socket *self, const struct inet_end *end, struct socket_address *address);
/* Where to: any becomes this machine; an address that the socket's family or IPV6_V6ONLY rules out is refused. */
int inet_destination(const struct inet_socket *self, struct inet_end *to);
/* The address to send from to `to`, which is this machine's or lies behind the outside: 0, -ENETUNREACH ... */
int inet_route(const struct inet_end *to, struct inet_ip *from, int32_t *interface);

/* -- ports: net/inet_port.c -- */

struct inet_table {
	struct list bound[INET_BUCKETS]; /* (n) struct inet_socket.port_link by port */
	struct list all;                 /* (n) struct inet_socket.all_link */
	uint64_t made;                   /* (n) the number of the last one */
	bool is_ready;                   /* (n) */
};
/* That of the socket's protocol. inet_lock is held. */
struct inet_table *inet_table_locked(const struct inet_socket *self);
struct inet_table *inet_table_of_type(int type);
struct inet_table *inet_ping_table_locked(void);
/* TCP: struct inet_socket.listen_link, by port. */
struct list *inet_listening_locked(uint16_t port);
static inline struct list *inet_bucket(struct list *buckets, uint16_t port)
{
	return &buckets[port % INET_BUCKETS];
}
/* Give it `port` (0: one of the kernel's choice) at self->local.ip: 0 or -EADDRINUSE. */
int inet_port_take_locked(struct inet_socket *self, uint16_t port);
/* The same where the port need only be free for the connection to self->remote: 0 or -EADDRNOTAVAIL. */
int inet_port_take_connected_locked(struct inet_socket *self);
/* May a socket with its port begin to listen there? */
bool inet_port_may_listen_locked(const struct inet_socket *self);
/* Is the pair of ends in use by another connection? */
bool inet_pair_is_used_locked(const struct inet_socket *self);
void inet_port_drop_locked(struct inet_socket *self);
/* The listening socket, or UDP's, that something from `from` to `to` is for, with a reference; null. */
struct inet_socket *inet_find_locked(int type, const struct inet_end *from, const struct inet_end *to);
/* The same for a datagram that `self` sends: of its own protocol. */
struct inet_socket *inet_find_receiver_locked(const struct inet_socket *self, const struct inet_end *from,
					      const struct inet_end *to);

/* -- what has just ended: net/tcp_wait.c -- */

/* The connection's first closer: its pair of ends stays in use for a minute. inet_lock is held, as for the rest. */
void tcp_wait_begin_locked(const struct inet_socket *self);
bool tcp_wait_blocks_locked(const struct inet_socket *self, uint16_t port);
bool tcp_wait_has_pair_locked(const struct inet_end *local, const struct inet_end *remote);
struct tcp_wait_view {
	struct inet_end local, remote;
	uint64_t left_ns;
	uint64_t number; /* counted from the first there ever was, 1 */
	uint16_t family;
};
void tcp_wait_for_each_locked(void (*visit)(const struct tcp_wait_view *view, void *arg), void *arg);

/* -- sockets: net/inet_socket.c -- */

struct inet_socket *inet_alloc(int family, int type, int protocol);
extern const struct socket_ops tcp_ops, udp_ops;
/* A message's memory: net/udp.c. */
void inet_message_end(struct inet_message *message);
int inet_name(struct socket *socket, bool of_peer, struct socket_address *address);
int64_t inet_ioctl(struct socket *socket, uint32_t command, uint64_t argument);
bool inet_is_listening(const struct socket *socket);
int inet_set_option(struct socket *socket, int level, int name, uaddr_t value, uint32_t bytes);
int inet_get_option(struct socket *socket, int level, int name, uaddr_t value, int32_t *bytes);
/* An error for the next call, and everybody wakes. */
void inet_leave_error(struct inet_socket *self, int error);
void inet_wake_all(struct inet_socket *self);
/* The description has ended: off the tables, and its own reference goes. */
void inet_end(struct inet_socket *self);
/* Names: net/inet_bind.c. */
int inet_bind(struct socket *socket, const struct socket_address *address);
/* A port of the kernel's choice, unless it has one: 0 or -EAGAIN. connect_mutex is held. */
int inet_autobind(struct inet_socket *self);
/* It was bound, or undone: the stack of the outside is told. No lock but connect_mutex is held. */
void inet_forget_outside(struct inet_socket *self);

static inline void inet_wake_readers(struct inet_socket *self)
{
	if (!waitq_is_empty(&self->read_wait))
		waitq_wake_key(&self->read_wait, POLL_IN | POLL_RDNORM, 1);
}
static inline void inet_wake_writers(struct inet_socket *self)
{
	if (!waitq_is_empty(&self->write_wait))
		waitq_wake_key(&self->write_wait, POLL_OUT | POLL_WRNORM | POLL_WRBAND, UINT32_MAX);
}
/* What /proc/net shows of one: net/inet_view.c. */
struct inet_view {
	struct inet_end local, remote;
	uint16_t family;
	enum tcp_state state;
	uint32_t received_bytes, sent_bytes; /* of a listening socket: connections that wait */
	uint32_t uid, references;
	uint64_t ino; /* 0: no description */
	uint64_t drops;
};
/* inet_lock is held. */
void inet_view_read_locked(const struct inet_socket *self, struct inet_view *view);
/* Does /proc/net show it? Those without a port are told nowhere. */
static inline bool inet_is_shown_locked(const struct inet_socket *self)
{
	return self->socket.type == SOCK_STREAM ? inet_state(self) != TCP_CLOSE : self->local.port != 0;
}
/* Each socket of that type, in the order of their making; visit is called under inet_lock. */
void inet_for_each(int type, void (*visit)(const struct inet_view *view, void *arg), void *arg);
/* Each connection in TIME_WAIT, in the same way. */
void inet_waits_for_each(void (*visit)(const struct tcp_wait_view *view, void *arg), void *arg);

#endif
