/*
 * NETLINK_ROUTE (rtnetlink(7)): what its parts lend each other.
 */
#ifndef NAMU_NET_NETLINK_ROUTE_H
#define NAMU_NET_NETLINK_ROUTE_H

#include <linux/rtnetlink.h>

#include "net/netlink.h"

/* A dump of this kind begins, if the request is fit for it: the bodies of RTM_GET* with NLM_F_DUMP. */
int netlink_dump_links(struct netlink_request *request);
int netlink_dump_addresses(struct netlink_request *request);
int netlink_dump_routes(struct netlink_request *request);
int netlink_dump_rules(struct netlink_request *request);
int netlink_dump_neighbours(struct netlink_request *request);

int netlink_get_link(struct netlink_request *request);
int netlink_change_link(struct netlink_request *request);
int netlink_new_address(struct netlink_request *request);
int netlink_remove_address(struct netlink_request *request);
int netlink_get_route(struct netlink_request *request);

/* RTM_NEWLINK of a device; RTM_NEWADDR or RTM_DELADDR of an address. */
bool netlink_write_link(struct netlink_writer *out, const struct net_device *device, bool has_statistics);
bool netlink_write_address(struct netlink_writer *out, uint16_t type, const struct net_device *device,
			   const struct net_address *address);

/* The family that a request names in its first byte. */
static inline uint8_t netlink_family_of(const struct netlink_request *request)
{
	return request->payload[0];
}
/* It wants its header checked (NETLINK_GET_STRICT_CHK). */
static inline bool netlink_is_strict(const struct netlink_request *request)
{
	return netlink_has(request->from, NETLINK_STRICT);
}
/* Copy the fixed header of a request: 0; -EINVAL when it is shorter. */
int netlink_read_header(struct netlink_request *request, void *header, uint32_t bytes);

#endif
