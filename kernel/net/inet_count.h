/*
 * What AF_INET and AF_INET6 count, for /proc/net/snmp, /proc/net/snmp6, /proc/net/netstat and the counters of lo. What
 * goes through the stack behind the network card is counted by its device alone (net/device.h).
 *
 * Between sockets of this machine there are no packets: a datagram counts as one, and each piece of a stream that is
 * put into the receiver's ring, with the headers that Linux would put before it. What is sent on lo is received there
 * in the same moment, so one count serves both.
 *
 * Locks: none; every count is a word of its own.
 */
#ifndef NAMU_NET_INET_COUNT_H
#define NAMU_NET_INET_COUNT_H

#include "net/inet.h"

/* Of one kind of address. Lock key: (a) atomic, no order among them. */
struct inet_family_counts {
	_Atomic uint64_t packets, bytes;                       /* (a) on lo, in either direction */
	_Atomic uint64_t group_packets, group_bytes;           /* (a) of these, to groups */
	_Atomic uint64_t no_routes;                            /* (a) what led nowhere */
	_Atomic uint64_t datagrams_in, datagrams_out;          /* (a) UDP */
	_Atomic uint64_t datagrams_no_port, datagrams_no_room; /* (a) UDP */
};

/* Lock key: (a) as above. */
struct inet_counts {
	struct inet_family_counts v4, v6;             /* (a) */
	_Atomic uint64_t pieces;                      /* (a) TCP: of streams */
	_Atomic uint64_t active_opens, passive_opens; /* (a) TCP */
	_Atomic uint64_t failed_opens;                /* (a) TCP */
	_Atomic uint64_t broken;      /* (a) TCP: connections that ended by a reset, each end by itself */
	_Atomic uint64_t resets_sent; /* (a) TCP */
	_Atomic uint64_t waits;       /* (a) TCP: TIME_WAIT begun */
};
extern struct inet_counts inet_counts;

#define INET_HEADER_V4  20u
#define INET_HEADER_V6  40u
#define INET_HEADER_TCP 20u
#define INET_HEADER_UDP 8u

static inline void inet_count(_Atomic uint64_t *count, uint64_t more)
{
	atomic_fetch_add_explicit(count, more, memory_order_relaxed);
}
static inline struct inet_family_counts *inet_counts_of(const struct inet_ip *ip)
{
	return inet_ip_is_v4(ip) ? &inet_counts.v4 : &inet_counts.v6;
}
/* One packet on lo, with `bytes` behind the header of its IP. */
static inline void inet_count_packet(const struct inet_ip *to, uint64_t bytes)
{
	bool is_v4 = inet_ip_is_v4(to);
	struct inet_family_counts *counts = is_v4 ? &inet_counts.v4 : &inet_counts.v6;

	inet_count(&counts->packets, 1);
	inet_count(&counts->bytes, bytes + (is_v4 ? INET_HEADER_V4 : INET_HEADER_V6));
}

#endif
