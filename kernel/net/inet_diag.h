/*
 * What programs ask of the sockets of AF_INET and AF_INET6 by NETLINK_SOCK_DIAG (sock_diag(7)): the request, and the
 * filter that may go with it. inet_diag.c answers, inet_diag_filter.c looks whether a socket is meant.
 */
#ifndef NAMU_NET_INET_DIAG_H
#define NAMU_NET_INET_DIAG_H

#include <linux/inet_diag.h>

#include "net/inet.h"

/* A socket, as filters look at it. */
struct inet_diag_look {
	uint16_t family;
	struct inet_end local, remote;
	int32_t interface;
	uint32_t mark;
	bool is_port_chosen; /* by the kernel, not by bind(2) */
};

/* A filter of a program: steps of four bytes and what they compare with, each of which goes on at one of two places
 * further on. 0, or -EINVAL when it could lead astray, -EPERM, -ENOMEM. Takes time by its bytes alone. */
int inet_diag_filter_check(const uint8_t *code, uint32_t bytes);
/* Does a filter that was checked let it pass? */
bool inet_diag_filter_passes(const uint8_t *code, uint32_t bytes, const struct inet_diag_look *look);

#endif
