/*
 * NETLINK_SOCK_DIAG: which families tell of their sockets.
 */
#include "net/netlink_diag.h"

#include "lib/errno.h"
#include "lib/string.h"

static int (*const families[AF_LIMIT])(struct netlink_request *request) = {
	[AF_UNIX] = unix_diag_request,
	[AF_INET] = inet_diag_request,
	[AF_INET6] = inet_diag_request,
};

/* Groups tell of sockets that end; nothing is sent there. */
#define GROUPS 32

/* Older requests for TCP and DCCP alone (TCPDIAG_GETSOCK, DCCPDIAG_GETSOCK). */
#define OLD_INET 18
#define OLD_DCCP 19

void netlink_diag_add_memory(struct netlink_writer *out, uint16_t type, const struct socket *socket, uint32_t received,
			     uint32_t sent, uint32_t drops)
{
	uint32_t values[SK_MEMINFO_VARS] = {[SK_MEMINFO_RMEM_ALLOC] = received,
					    [SK_MEMINFO_RCVBUF] = socket->receive_limit,
					    [SK_MEMINFO_WMEM_ALLOC] = sent,
					    [SK_MEMINFO_SNDBUF] = socket->send_limit,
					    [SK_MEMINFO_DROPS] = drops};

	netlink_add(out, type, values, sizeof(values));
}

static int diag_request(struct netlink_request *request)
{
	struct sock_diag_req asked;

	if (request->header->nlmsg_type == OLD_INET)
		return inet_diag_old_request(request);
	if (request->header->nlmsg_type == OLD_DCCP)
		return -ENOENT;
	if (request->header->nlmsg_type == SOCK_DESTROY)
		return -EOPNOTSUPP;
	if (request->header->nlmsg_type != SOCK_DIAG_BY_FAMILY || request->bytes < sizeof(asked))
		return -EINVAL;
	memcpy(&asked, request->payload, sizeof(asked));
	if (asked.sdiag_family >= AF_LIMIT)
		return -EINVAL;
	return families[asked.sdiag_family] ? families[asked.sdiag_family](request) : -ENOENT;
}

const struct netlink_protocol netlink_diag_protocol = {
	.request = diag_request, .groups = GROUPS, .open_groups = NETLINK_ALL_GROUPS};
