/*
 * Routes, as they follow from devices and their addresses: a network behind each address, the default route by a
 * device's gateway, and the table of what is this machine's own. There are no others, so nothing is stored.
 */
#ifndef NAMU_NET_ROUTES_H
#define NAMU_NET_ROUTES_H

#include "net/device.h"

struct net_route {
	uint8_t family;
	uint8_t prefix_bits;
	uint8_t destination[16];
	uint8_t gateway[16]; /* when has_gateway */
	uint8_t source[16];  /* IPv4: the address to send from, when has_source */
	bool has_gateway, has_source;
	uint8_t table;    /* RT_TABLE_MAIN, RT_TABLE_LOCAL of linux/rtnetlink.h */
	uint8_t protocol; /* RTPROT_* */
	uint8_t scope;    /* RT_SCOPE_* */
	uint8_t type;     /* RTN_* */
	uint32_t metric;  /* IPv6 */
	uint32_t device;  /* its index */
};

/* Each route of a family by devices that are up, the main table first, in the order in which `ip route` shows them,
 * until visit says false. */
void net_routes_visit(int family, bool (*visit)(const struct net_route *route, void *arg), void *arg);
/* The route to an address; false: there is none. */
bool net_route_find(int family, const uint8_t *address, struct net_route *route);

#endif
