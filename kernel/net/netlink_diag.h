/*
 * NETLINK_SOCK_DIAG (sock_diag(7)): what sockets there are, for `ss`. A family of addresses that tells of its own is a
 * row in the table of netlink_diag.c.
 */
#ifndef NAMU_NET_NETLINK_DIAG_H
#define NAMU_NET_NETLINK_DIAG_H

#include <linux/sock_diag.h>

#include "net/netlink.h"

/* SOCK_DIAG_BY_FAMILY: the request begins with a struct sock_diag_req. With NLM_F_DUMP a dump is begun. */
int unix_diag_request(struct netlink_request *request);
int inet_diag_request(struct netlink_request *request);
/* The same asked in an older way (TCPDIAG_GETSOCK): TCP of both families. */
int inet_diag_old_request(struct netlink_request *request);

/* SK_MEMINFO_* of a socket, as attribute `type`. */
void netlink_diag_add_memory(struct netlink_writer *out, uint16_t type, const struct socket *socket, uint32_t received,
			     uint32_t sent, uint32_t drops);

#endif
