/*
 * Routes made up from the table of devices.
 */
#include "net/routes.h"

#include <linux/rtnetlink.h>

#include "lib/string.h"
#include "net/socket.h"

#define BITS4 32u
#define BITS6 128u

#define METRIC_NETWORK6 256u
#define METRIC_DEFAULT6 1024u
#define MULTICAST_FIRST 0xff
#define MULTICAST_BITS  8

/* A visit in progress. */
struct visit {
	bool (*visit)(const struct net_route *route, void *arg);
	void *arg;
	bool is_over;
};

static unsigned address_bits(int family)
{
	return family == AF_INET ? BITS4 : BITS6;
}

/* Keep the first `bits` of an address; the others become `rest`. */
static void cut(uint8_t *address, unsigned bytes, unsigned bits, uint8_t rest)
{
	for (unsigned i = 0; i < bytes; i++) {
		unsigned kept = bits > i * 8 ? MIN(bits - i * 8, 8u) : 0;
		uint8_t mask = (uint8_t)(0xff00u >> kept);
		address[i] = (uint8_t)((address[i] & mask) | (rest & ~mask));
	}
}

static void show(struct visit *visit, const struct net_route *route)
{
	if (!visit->is_over)
		visit->is_over = !visit->visit(route, visit->arg);
}

static struct net_route route_of(const struct net_device *device, int family, uint8_t table)
{
	return (struct net_route){.family = (uint8_t)family,
				  .table = table,
				  .protocol = RTPROT_KERNEL,
				  .type = RTN_UNICAST,
				  .device = device->index};
}

static void show_default(struct visit *visit, struct net_device *device, int family)
{
	struct net_route route = route_of(device, family, RT_TABLE_MAIN);

	route.protocol = RTPROT_BOOT;
	route.metric = family == AF_INET ? 0 : METRIC_DEFAULT6;
	route.has_gateway = true;
	if (net_device_gateway(device, family, route.gateway))
		show(visit, &route);
}

static void set_source(struct net_route *route, const struct net_address *address)
{
	route->has_source = route->family == AF_INET;
	if (route->has_source)
		memcpy(route->source, address->address, sizeof(route->source));
}

/* The network behind an address. That of lo is this machine's own. */
static void show_network(struct visit *visit, struct net_device *device, const struct net_address *address)
{
	struct net_route route = route_of(device, address->family, RT_TABLE_MAIN);

	if (address->prefix_bits == address_bits(address->family) || (device->flags & NET_LOOPBACK))
		return;
	memcpy(route.destination, address->address, sizeof(route.destination));
	cut(route.destination, sizeof(route.destination), address->prefix_bits, 0);
	route.prefix_bits = address->prefix_bits;
	route.scope = address->family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	route.metric = address->family == AF_INET ? 0 : METRIC_NETWORK6;
	set_source(&route, address);
	show(visit, &route);
}

static void show_own(struct visit *visit, struct net_device *device, const struct net_address *address)
{
	struct net_route route = route_of(device, address->family, RT_TABLE_LOCAL);

	route.type = RTN_LOCAL;
	route.scope = address->family == AF_INET ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
	set_source(&route, address);
	memcpy(route.destination, address->address, sizeof(route.destination));
	if (address->family == AF_INET && (device->flags & NET_LOOPBACK) && address->prefix_bits < BITS4) {
		route.prefix_bits = address->prefix_bits;
		cut(route.destination, sizeof(route.destination), route.prefix_bits, 0);
		show(visit, &route);
		memcpy(route.destination, address->address, sizeof(route.destination));
	}
	route.prefix_bits = (uint8_t)address_bits(address->family);
	show(visit, &route);
	if (address->family == AF_INET && address->prefix_bits < BITS4 - 1) {
		route.type = RTN_BROADCAST;
		route.scope = RT_SCOPE_LINK;
		cut(route.destination, 4, address->prefix_bits, 0xff);
		show(visit, &route);
	}
}

static void show_multicast6(struct visit *visit, struct net_device *device)
{
	struct net_route route = route_of(device, AF_INET6, RT_TABLE_LOCAL);

	if (!(device->flags & NET_MULTICAST))
		return;
	route.type = RTN_MULTICAST;
	route.destination[0] = MULTICAST_FIRST;
	route.prefix_bits = MULTICAST_BITS;
	route.metric = METRIC_NETWORK6;
	show(visit, &route);
}

static void show_addresses(struct visit *visit, struct net_device *device, int family,
			   void (*show_one)(struct visit *visit, struct net_device *device,
					    const struct net_address *address))
{
	struct net_address addresses[NET_ADDRESSES_MOST];
	unsigned count = net_device_addresses(device, addresses);

	for (unsigned i = 0; i < count; i++) {
		if (addresses[i].family == family)
			show_one(visit, device, &addresses[i]);
	}
}

void net_routes_visit(int family, bool (*visit)(const struct net_route *route, void *arg), void *arg)
{
	struct visit state = {.visit = visit, .arg = arg};
	struct net_device *device;

	/* `ip -6 route` shows the default route behind the networks. */
	for (uint32_t i = 1; family == AF_INET && (device = net_device_at(i)); i++) {
		if (device->flags & NET_UP)
			show_default(&state, device, family);
	}
	for (uint32_t i = 1; (device = net_device_at(i)); i++) {
		if (device->flags & NET_UP)
			show_addresses(&state, device, family, show_network);
	}
	for (uint32_t i = 1; family == AF_INET6 && (device = net_device_at(i)); i++) {
		if (device->flags & NET_UP)
			show_default(&state, device, family);
	}
	for (uint32_t i = 1; (device = net_device_at(i)); i++) {
		if (device->flags & NET_UP)
			show_addresses(&state, device, family, show_own);
	}
	for (uint32_t i = 1; family == AF_INET6 && (device = net_device_at(i)); i++) {
		if (device->flags & NET_UP)
			show_multicast6(&state, device);
	}
}

/* -- looking one up -- */

struct search {
	uint8_t address[16];
	struct net_route *best;
	bool is_found;
};

/* What is this machine's own goes before all else; then the longest prefix counts. */
static bool is_better(const struct net_route *route, const struct net_route *best)
{
	if (route->table != best->table)
		return route->table == RT_TABLE_LOCAL;
	return route->prefix_bits > best->prefix_bits;
}

static bool look(const struct net_route *route, void *arg)
{
	struct search *search = arg;
	uint8_t network[16];

	memcpy(network, search->address, sizeof(network));
	cut(network, sizeof(network), route->prefix_bits, 0);
	if (memcmp(network, route->destination, route->family == AF_INET ? 4 : 16) == 0 &&
	    (!search->is_found || is_better(route, search->best))) {
		*search->best = *route;
		search->is_found = true;
	}
	return true;
}

bool net_route_find(int family, const uint8_t *address, struct net_route *route)
{
	struct search search = {.best = route};

	memcpy(search.address, address, family == AF_INET ? 4 : 16);
	net_routes_visit(family, look, &search);
	return search.is_found;
}
