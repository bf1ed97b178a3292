/*
 * NETLINK_ROUTE: which requests there are, and telling those who listen of changes.
 */
#include "net/netlink_route.h"

#include <linux/capability.h>

#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "sched/mutex.h"

#define NOTICE_BYTES 2048u

/* Types come in fours: new, delete, get, set. */
#define KIND_MASK 3u
#define KIND_GET  2u

static const struct {
	uint16_t type;
	int (*dump)(struct netlink_request *request);   /* with NLM_F_DUMP */
	int (*handle)(struct netlink_request *request); /* without */
} rows[] = {
	{RTM_GETLINK, netlink_dump_links, netlink_get_link},
	{RTM_NEWLINK, NULL, netlink_change_link},
	{RTM_SETLINK, NULL, netlink_change_link},
	{RTM_GETADDR, netlink_dump_addresses, NULL},
	{RTM_NEWADDR, NULL, netlink_new_address},
	{RTM_DELADDR, NULL, netlink_remove_address},
	{RTM_GETROUTE, netlink_dump_routes, netlink_get_route},
	{RTM_GETRULE, netlink_dump_rules, NULL},
	{RTM_GETNEIGH, netlink_dump_neighbours, NULL},
};

/* Whose change is being told: he hears of it directly, if he asked for that (NLM_F_ECHO), and his number goes with it.
 * Lock key: (r) route_mutex; the thread is read without. */
static struct {
	_Atomic(struct thread *) thread; /* (r) */
	struct netlink_request *request; /* (r) */
} changing;
static struct mutex route_mutex = MUTEX_INIT(route_mutex);

int netlink_read_header(struct netlink_request *request, void *header, uint32_t bytes)
{
	if (request->bytes < bytes)
		return -EINVAL;
	memcpy(header, request->payload, bytes);
	return 0;
}

static int handle(struct netlink_request *request, int (*handler)(struct netlink_request *request))
{
	int result;

	mutex_lock(&route_mutex);
	changing.request = request;
	changing.thread = current_thread();
	result = handler(request);
	changing.thread = NULL;
	mutex_unlock(&route_mutex);
	return result;
}

static int begin_dump(struct netlink_request *request, int (*dump)(struct netlink_request *request))
{
	int result = dump ? dump(request) : -EOPNOTSUPP;

	return dump && result < 0 && result != -EBUSY ? netlink_dump_refuse(request, result) : result;
}

static int route_request(struct netlink_request *request)
{
	uint16_t type = request->header->nlmsg_type;
	bool is_get = (type & KIND_MASK) == KIND_GET;
	bool is_dump = is_get && (request->header->nlmsg_flags & NLM_F_DUMP);

	if (type > RTM_MAX)
		return -EOPNOTSUPP;
	if (!request->bytes)
		return 0;
	if (!is_get && !current_has_cap(CAP_NET_ADMIN))
		return -EPERM;
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].type != type)
			continue;
		if (is_dump)
			return begin_dump(request, rows[i].dump);
		return rows[i].handle ? handle(request, rows[i].handle) : -EOPNOTSUPP;
	}
	return -EOPNOTSUPP;
}

/* -- telling -- */

static uint32_t group_of(const struct net_address *address)
{
	if (!address)
		return RTNLGRP_LINK;
	return address->family == AF_INET ? RTNLGRP_IPV4_IFADDR : RTNLGRP_IPV6_IFADDR;
}

static void write_notice(struct netlink_writer *out, struct net_device *device, const struct net_address *address,
			 bool is_gone)
{
	if (address)
		netlink_write_address(out, is_gone ? RTM_DELADDR : RTM_NEWADDR, device, address);
	else
		netlink_write_link(out, device, true);
}

static void changed(struct net_device *device, const struct net_address *address, bool is_gone)
{
	struct netlink_request *request = changing.thread == current_thread() ? changing.request : NULL;
	bool is_echoed = request && (request->header->nlmsg_flags & NLM_F_ECHO);
	struct netlink_message *message = netlink_message_create(NOTICE_BYTES);
	struct netlink_writer out = {.room = NOTICE_BYTES};

	if (!message)
		return;
	out.data = message->data;
	if (request) {
		out.port = request->from->port;
		out.sequence = request->header->nlmsg_seq;
	}
	write_notice(&out, device, address, is_gone);
	message->bytes = out.used;
	netlink_cast(&(struct netlink_cast){.protocol = NETLINK_ROUTE,
					    .group = group_of(address),
					    .data = message->data,
					    .bytes = message->bytes,
					    .except = is_echoed ? out.port : 0});
	if (is_echoed)
		netlink_deliver(request->from, message);
	else
		kfree(message);
}

struct net_device_listener net_device_listener = {.changed = changed};

const struct netlink_protocol netlink_route_protocol = {
	.request = route_request, .groups = RTNLGRP_MAX, .open_groups = NETLINK_ALL_GROUPS};
