/*
 * Groups of IP (multicast), on lo alone: no interface to the outside carries them. A socket belongs to those it has
 * joined; what is sent to a group that somebody belongs to goes to all datagram sockets with its port that belong to
 * it, or that hear whatever comes (IP_MULTICAST_ALL). lo has no route to groups: a sender names it (IP_MULTICAST_IF),
 * or sends from an address of it. Groups of IPv6 can be joined there, and nothing can be sent to them, as on Linux.
 *
 * Locks: inet_lock guards all memberships.
 */
#ifndef NAMU_NET_INET_GROUP_H
#define NAMU_NET_INET_GROUP_H

#include "net/inet.h"

struct udp_sending;

/* IP_ADD_MEMBERSHIP, IPV6_ADD_MEMBERSHIP and those that end one. */
int inet_group_option(struct inet_socket *self, int level, int name, uaddr_t user, uint32_t bytes);
/* The socket ends. */
void inet_group_leave_all(struct inet_socket *self);
/* As inet_route, for a group; *interface is what the sender asks for, or 0. */
int inet_group_route(const struct inet_socket *self, const struct inet_end *to, struct inet_ip *from,
		     int32_t *interface);
/* To all who hear it. The datagram is taken over. */
void inet_group_deliver(const struct inet_socket *from, struct inet_message *datagram, const struct inet_end *to);

#endif
