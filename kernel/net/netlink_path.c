/*
 * Routes, rules and neighbours by NETLINK_ROUTE: RTM_GETROUTE, RTM_GETRULE, RTM_GETNEIGH.
 */
#include <linux/fib_rules.h>
#include <linux/in_route.h>
#include <linux/neighbour.h>

#include "lib/errno.h"
#include "lib/string.h"
#include "net/netlink_route.h"
#include "net/routes.h"

#define REPLY_BYTES 512u

static uint32_t bytes_of(uint8_t family)
{
	return family == AF_INET ? 4 : 16;
}

/* -- routes -- */

enum { FILTER_FAMILY, FILTER_TABLE, FILTER_DEVICE };
enum { AT_ROUTE };

static void write_values(struct netlink_writer *out, const struct net_route *route)
{
	uint32_t bytes = bytes_of(route->family);

	netlink_add_u32(out, RTA_TABLE, route->table);
	if (route->prefix_bits)
		netlink_add(out, RTA_DST, route->destination, bytes);
	if (route->metric || route->family == AF_INET6)
		netlink_add_u32(out, RTA_PRIORITY, route->metric);
	if (route->has_source)
		netlink_add(out, RTA_PREFSRC, route->source, bytes);
	if (route->has_gateway)
		netlink_add(out, RTA_GATEWAY, route->gateway, bytes);
	netlink_add_u32(out, RTA_OIF, route->device);
	if (route->family == AF_INET6)
		netlink_add_u8(out, RTA_PREF, 0);
}

static bool write_route(struct netlink_writer *out, const struct net_route *route, uint32_t flags)
{
	struct rtmsg header = {.rtm_family = route->family,
			       .rtm_dst_len = route->prefix_bits,
			       .rtm_table = route->table,
			       .rtm_protocol = route->protocol,
			       .rtm_scope = route->scope,
			       .rtm_type = route->type,
			       .rtm_flags = flags};

	netlink_begin(out, RTM_NEWROUTE, &header, sizeof(header));
	write_values(out, route);
	return netlink_end(out);
}

/* A step over the routes: those before the position were written. */
struct routes_walk {
	struct netlink_dump *dump;
	struct netlink_writer *out;
	uint32_t at;
	bool is_full;
};

static bool walk_route(const struct net_route *route, void *arg)
{
	struct routes_walk *walk = arg;
	const uint32_t *filter = walk->dump->filter;

	if (walk->at++ < walk->dump->position[AT_ROUTE])
		return true;
	if ((!filter[FILTER_TABLE] || filter[FILTER_TABLE] == route->table) &&
	    (!filter[FILTER_DEVICE] || filter[FILTER_DEVICE] == route->device))
		walk->is_full = !write_route(walk->out, route, 0);
	if (!walk->is_full)
		walk->dump->position[AT_ROUTE]++;
	return !walk->is_full;
}

static int routes_step(struct netlink_dump *dump, struct netlink_writer *out)
{
	uint32_t family = dump->filter[FILTER_FAMILY];
	struct routes_walk walk = {.dump = dump, .out = out};

	if (family != AF_INET6)
		net_routes_visit(AF_INET, walk_route, &walk);
	if (family != AF_INET && !walk.is_full)
		net_routes_visit(AF_INET6, walk_route, &walk);
	return !walk.is_full;
}

static int read_filter(struct netlink_request *request, struct netlink_dump *dump)
{
	struct netlink_attributes attributes;
	struct rtmsg header;

	if (netlink_read_header(request, &header, sizeof(header)) != 0)
		return netlink_refuse(request, -EINVAL, "Invalid header for FIB dump request");
	if (header.rtm_dst_len || header.rtm_src_len || header.rtm_tos || header.rtm_scope)
		return netlink_refuse(request, -EINVAL, "Invalid values in header for FIB dump request");
	if (netlink_read_attributes(request, sizeof(header), &attributes) != 0)
		return -EINVAL;
	dump->filter[FILTER_TABLE] = netlink_read_u32(&attributes, RTA_TABLE, header.rtm_table);
	dump->filter[FILTER_DEVICE] = netlink_read_u32(&attributes, RTA_OIF, 0);
	if (dump->filter[FILTER_TABLE] || dump->filter[FILTER_DEVICE])
		dump->flags = NLM_F_DUMP_FILTERED;
	return 0;
}

int netlink_dump_routes(struct netlink_request *request)
{
	struct netlink_dump dump = {.step = routes_step};
	int error = netlink_is_strict(request) ? read_filter(request, &dump) : 0;

	dump.filter[FILTER_FAMILY] = netlink_family_of(request);
	return error ? error : netlink_dump_start(request, &dump);
}

/* RTCF_* of linux/in_route.h, for IPv4. */
static uint32_t flags_of(const struct net_route *route)
{
	uint32_t flags = RTM_F_CLONED;

	if (route->family == AF_INET && route->type == RTN_LOCAL)
		flags |= RTCF_LOCAL;
	if (route->family == AF_INET && route->type == RTN_BROADCAST)
		flags |= RTCF_BROADCAST | RTCF_LOCAL;
	return flags;
}

/* One route, as packets to an address would take it: it is told as a route to that address alone. */
static void write_way(struct netlink_writer *out, struct net_route *route, const uint8_t *to)
{
	uint32_t flags = flags_of(route);

	route->prefix_bits = (uint8_t)(bytes_of(route->family) * 8);
	memcpy(route->destination, to, bytes_of(route->family));
	route->protocol = RTPROT_UNSPEC;
	route->scope = RT_SCOPE_UNIVERSE;
	route->table = RT_TABLE_MAIN;
	write_route(out, route, flags);
}

/* The address to send from to another network is that of the device which leads there. */
static void choose_source(struct net_route *route)
{
	struct net_address addresses[NET_ADDRESSES_MOST];
	unsigned count = net_device_addresses(net_device_at(route->device), addresses);

	for (unsigned i = 0; i < count && !route->has_source; i++) {
		if (addresses[i].family == route->family) {
			memcpy(route->source, addresses[i].address, sizeof(route->source));
			route->has_source = true;
		}
	}
}

int netlink_get_route(struct netlink_request *request)
{
	struct netlink_attributes attributes;
	struct netlink_message *message;
	struct netlink_writer out;
	struct net_route route;
	struct rtmsg header;
	uint8_t to[16] = {0};
	int error = netlink_read_header(request, &header, sizeof(header));

	if (!error)
		error = netlink_read_attributes(request, sizeof(header), &attributes);
	if (error)
		return error;
	if (header.rtm_family != AF_INET && header.rtm_family != AF_INET6)
		return -EOPNOTSUPP;
	if (attributes.value[RTA_DST]) {
		if (attributes.bytes[RTA_DST] < bytes_of(header.rtm_family))
			return -EINVAL;
		memcpy(to, attributes.value[RTA_DST], bytes_of(header.rtm_family));
	}
	if (!net_route_find(header.rtm_family, to, &route))
		return -ENETUNREACH;
	choose_source(&route);
	out = netlink_reply(request, REPLY_BYTES, &message);
	if (!message)
		return -ENOBUFS;
	write_way(&out, &route, to);
	return netlink_reply_end(request, &out, message);
}

/* -- rules: those that every Linux begins with -- */

static const struct {
	uint8_t family;
	uint8_t table;
	uint32_t priority;
} rules[] = {
	{AF_INET, RT_TABLE_LOCAL, 0},  {AF_INET, RT_TABLE_MAIN, 32766},  {AF_INET, RT_TABLE_DEFAULT, 32767},
	{AF_INET6, RT_TABLE_LOCAL, 0}, {AF_INET6, RT_TABLE_MAIN, 32766},
};

static bool write_rule(struct netlink_writer *out, unsigned i)
{
	struct fib_rule_hdr header = {.family = rules[i].family, .table = rules[i].table, .action = FR_ACT_TO_TBL};

	netlink_begin(out, RTM_NEWRULE, &header, sizeof(header));
	netlink_add_u32(out, FRA_TABLE, rules[i].table);
	netlink_add_u32(out, FRA_SUPPRESS_PREFIXLEN, UINT32_MAX);
	netlink_add_u8(out, FRA_PROTOCOL, RTPROT_KERNEL);
	if (rules[i].priority)
		netlink_add_u32(out, FRA_PRIORITY, rules[i].priority);
	return netlink_end(out);
}

static int rules_step(struct netlink_dump *dump, struct netlink_writer *out)
{
	for (; dump->position[0] < ARRAY_LEN(rules); dump->position[0]++) {
		uint8_t family = rules[dump->position[0]].family;
		if ((dump->filter[FILTER_FAMILY] == AF_UNSPEC || dump->filter[FILTER_FAMILY] == family) &&
		    !write_rule(out, dump->position[0]))
			return 0;
	}
	return 1;
}

int netlink_dump_rules(struct netlink_request *request)
{
	struct netlink_dump dump = {.step = rules_step};

	dump.filter[FILTER_FAMILY] = netlink_family_of(request);
	if (dump.filter[FILTER_FAMILY] != AF_UNSPEC && dump.filter[FILTER_FAMILY] != AF_INET &&
	    dump.filter[FILTER_FAMILY] != AF_INET6)
		return -EAFNOSUPPORT;
	return netlink_dump_start(request, &dump);
}

/* -- neighbours -- */

enum { AT_DEVICE, AT_NEIGHBOUR };

/* The next of a device: -1 no more, 0 no room, 1 written or not wanted. */
static int write_neighbour(struct netlink_writer *out, struct net_device *device, uint32_t nth, uint32_t family)
{
	uint8_t address[16], hardware[NET_HARDWARE_BYTES], its_family;
	struct ndmsg header = {.ndm_ifindex = (int32_t)device->index, .ndm_type = RTN_UNICAST};
	uint16_t state;

	if (!device->ops || !device->ops->neighbour ||
	    !device->ops->neighbour(device, nth, &its_family, address, hardware, &state))
		return -1;
	if (family != AF_UNSPEC && family != its_family)
		return 1;
	header.ndm_family = its_family;
	header.ndm_state = state;
	netlink_begin(out, RTM_NEWNEIGH, &header, sizeof(header));
	netlink_add(out, NDA_DST, address, bytes_of(its_family));
	if (!(state & (NUD_INCOMPLETE | NUD_FAILED)))
		netlink_add(out, NDA_LLADDR, hardware, sizeof(hardware));
	return netlink_end(out);
}

static int neighbours_step(struct netlink_dump *dump, struct netlink_writer *out)
{
	struct net_device *device;

	while ((device = net_device_at(dump->position[AT_DEVICE] + 1))) {
		int result = -1;
		if (!dump->filter[FILTER_DEVICE] || dump->filter[FILTER_DEVICE] == device->index)
			result =
				write_neighbour(out, device, dump->position[AT_NEIGHBOUR], dump->filter[FILTER_FAMILY]);
		if (!result)
			return 0;
		dump->position[AT_NEIGHBOUR]++;
		if (result < 0) {
			dump->position[AT_DEVICE]++;
			dump->position[AT_NEIGHBOUR] = 0;
		}
	}
	return 1;
}

int netlink_dump_neighbours(struct netlink_request *request)
{
	struct netlink_dump dump = {.step = neighbours_step};
	struct netlink_attributes attributes;
	struct ndmsg header;

	if (netlink_is_strict(request) && request->bytes < sizeof(header))
		return netlink_refuse(request, -EINVAL, "Invalid header for neighbor dump request");
	dump.filter[FILTER_FAMILY] = netlink_family_of(request);
	if (!netlink_read_header(request, &header, sizeof(header))) {
		if (netlink_read_attributes(request, sizeof(header), &attributes) != 0)
			return -EINVAL;
		dump.filter[FILTER_DEVICE] = netlink_read_u32(&attributes, NDA_IFINDEX, 0);
		if (dump.filter[FILTER_DEVICE])
			dump.flags = NLM_F_DUMP_FILTERED;
	}
	return netlink_dump_start(request, &dump);
}
