/*
 * Raw sockets and those of ping (raw(7), icmp(7)). Between addresses of this machine there are no packets but these:
 * what a raw socket or one of ping sends arrives at once, as a copy on the list of each raw socket of its protocol, and
 * an echo that is asked for is answered. Datagrams and streams of UDP and TCP are not seen by raw sockets. What goes to
 * other machines, or comes from them, passes through the table of net/inet_outside.h: ICMP alone.
 *
 * A raw socket's port is the number of its protocol; that of a socket of ping is the identifier in its echoes. See
 * net/inet.h for the socket and its locks; received packets wait and are read as UDP's datagrams are.
 */
#ifndef NAMU_NET_RAW_H
#define NAMU_NET_RAW_H

#include "net/inet.h"

#define SOL_RAW 255

/* Types of messages of ICMP and ICMPv6. */
#define ICMP_ANSWER    0
#define ICMP_QUESTION  8
#define ICMP6_QUESTION 128
#define ICMP6_ANSWER   129

/* What stands behind the header of IP, and what that says. */
struct raw_packet {
	struct inet_ip from, to;
	int32_t interface;
	uint8_t protocol, ttl, tos;
	bool is_whole; /* not to be cut into fragments */
	const uint8_t *data;
	uint32_t bytes;
};

extern const struct socket_ops raw_ops, ping_ops;

/* May raw sockets have this protocol? What the kernel speaks itself is not seen by them. */
bool raw_has_protocol(int protocol);
/* ping_group_range lets the current process have sockets of ping. */
bool ping_is_allowed(void);
/* A packet has come for an address of this machine. No lock is held. */
void raw_arrived(const struct raw_packet *packet);
/* The same for one that is answered already, if it was to be: it is for sockets alone. */
void raw_heard(const struct raw_packet *packet);
/* ICMP and ICMPv6: net/icmp.c. A question is answered; an answer finds the socket of ping that waits for it. */
void icmp_asked(const struct raw_packet *packet);
void icmp_answered(const struct raw_packet *packet);
/* RFC 1071, in network order, over what IPv6 puts before the data as well. */
uint16_t icmp_checksum(const struct raw_packet *packet);
/* The same of plain bytes. */
uint16_t inet_checksum(const uint8_t *data, uint32_t bytes);

/* The socket of ping with this identifier that an echo from `from` to `to` is for, with a reference; null. */
struct inet_socket *ping_find(uint16_t identifier, const struct inet_ip *from, const struct inet_ip *to);
/* A copy of the packet onto a socket's list. */
void raw_give(struct inet_socket *to, const struct raw_packet *packet, bool has_header);

/* Options of levels SOL_RAW and IPPROTO_ICMPV6: net/raw_option.c. */
bool raw_has_level(const struct inet_socket *self, int level, int name);
int raw_set_option(struct inet_socket *self, int level, int name, uaddr_t value, uint32_t bytes);
int raw_get_option(const struct inet_socket *self, int level, int name, uaddr_t value, int32_t *bytes);
void raw_options_init(struct inet_socket *self);

#endif
