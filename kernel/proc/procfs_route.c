/*
 * /proc/net: routes and neighbours (proc(5)).
 */
#include <linux/rtnetlink.h>

#include "lib/printf.h"
#include "lib/string.h"
#include "net/routes.h"
#include "net/socket.h"
#include "proc/procfs_private.h"

/* RTF_* of net/route.h, which needs a C library. */
#define FLAG_UP        0x1u
#define FLAG_GATEWAY   0x2u
#define FLAG_HOST      0x4u
#define FLAG_REJECT    0x200u
#define FLAG_NONEXTHOP 0x200000u
#define FLAG_LOCAL     0x80000000u

#define COLUMNS         127u
#define METRIC_NOWHERE  UINT32_MAX
#define BITS_OF_V4      32u
#define BITS_OF_V6      128u
#define NEIGHBOURS_MOST 64u
#define NEIGHBOUR_KNOWN 0x2u
#define NUD_RESOLVED    0xdeu /* states of linux/neighbour.h in which the hardware address is known */

static uint32_t word_of(const uint8_t *address)
{
	uint32_t word;

	memcpy(&word, address, sizeof(word));
	return word;
}

static uint32_t mask_of(unsigned bits)
{
	return bits ? __builtin_bswap32(UINT32_MAX << (BITS_OF_V4 - bits)) : 0;
}

static const char *name_of(uint32_t device)
{
	const struct net_device *at = net_device_at(device);

	return at ? at->name : "*";
}

static bool print_route(const struct net_route *route, void *arg)
{
	struct proc_text *text = arg;
	size_t start = text->length;
	unsigned flags =
		FLAG_UP | (route->has_gateway ? FLAG_GATEWAY : 0) | (route->prefix_bits == BITS_OF_V4 ? FLAG_HOST : 0);

	if (route->table != RT_TABLE_MAIN)
		return true;
	proc_print(text, "%s\t%08X\t%08X\t%04X\t%d\t%u\t%u\t%08X\t%d\t%u\t%u", name_of(route->device),
		   word_of(route->destination), route->has_gateway ? word_of(route->gateway) : 0, flags, 0, 0u,
		   route->metric, mask_of(route->prefix_bits), 0, 0u, 0u);
	proc_pad(text, start, COLUMNS);
	proc_append(text, "\n", 1);
	return true;
}

int proc_show_route(struct proc_text *text, const struct proc_target *target)
{
	size_t start = text->length;

	proc_print(text, "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT");
	proc_pad(text, start, COLUMNS);
	proc_append(text, "\n", 1);
	net_routes_visit(AF_INET, print_route, text);
	return 0;
}

static void print_address6(struct proc_text *text, const uint8_t *address, unsigned bits)
{
	for (unsigned i = 0; i < 16; i++)
		proc_print(text, "%02x", address ? address[i] : 0);
	proc_print(text, " %02x ", bits);
}

static void print_line6(struct proc_text *text, const struct net_route *route, unsigned flags)
{
	print_address6(text, route->destination, route->prefix_bits);
	print_address6(text, NULL, 0);
	for (unsigned i = 0; i < 16; i++)
		proc_print(text, "%02x", route->has_gateway ? route->gateway[i] : 0);
	proc_print(text, " %08x %08x %08x %08x %8s\n", route->metric, 1, 0, flags, name_of(route->device));
}

/* What no route of a table is for. */
static void print_nowhere(struct proc_text *text)
{
	const struct net_route nowhere = {.metric = METRIC_NOWHERE, .device = 1};

	print_line6(text, &nowhere, FLAG_REJECT | FLAG_NONEXTHOP);
}

struct listing6 {
	struct proc_text *text;
	uint8_t table;
};

static bool print_route6(const struct net_route *route, void *arg)
{
	struct listing6 *listing = arg;
	unsigned flags = FLAG_UP | (route->has_gateway ? FLAG_GATEWAY : 0);

	if (route->table != listing->table)
		return true;
	if (route->type == RTN_LOCAL)
		flags |= FLAG_LOCAL | FLAG_NONEXTHOP;
	else if (route->prefix_bits == BITS_OF_V6)
		flags |= FLAG_HOST;
	print_line6(listing->text, route, flags);
	return true;
}

int proc_show_ipv6_route(struct proc_text *text, const struct proc_target *target)
{
	struct listing6 listing = {.text = text, .table = RT_TABLE_MAIN};

	net_routes_visit(AF_INET6, print_route6, &listing);
	print_nowhere(text);
	listing.table = RT_TABLE_LOCAL;
	net_routes_visit(AF_INET6, print_route6, &listing);
	print_nowhere(text);
	return 0;
}

static void print_neighbours(struct proc_text *text, struct net_device *device)
{
	uint8_t family, at[16], hardware[NET_HARDWARE_BYTES];
	char address[16];
	uint16_t state;

	for (unsigned n = 0; n < NEIGHBOURS_MOST; n++) {
		if (!device->ops->neighbour(device, n, &family, at, hardware, &state))
			return;
		if (family != AF_INET)
			continue;
		string_format(address, sizeof(address), "%u.%u.%u.%u", at[0], at[1], at[2], at[3]);
		proc_print(text, "%-16s 0x%-10x0x%-10x%02x:%02x:%02x:%02x:%02x:%02x     *        %s\n", address,
			   device->hardware_type, state & NUD_RESOLVED ? NEIGHBOUR_KNOWN : 0u, hardware[0], hardware[1],
			   hardware[2], hardware[3], hardware[4], hardware[5], device->name);
	}
}

int proc_show_arp(struct proc_text *text, const struct proc_target *target)
{
	struct net_device *device;

	proc_print(text, "IP address       HW type     Flags       HW address            Mask     Device\n");
	for (uint32_t index = 1; (device = net_device_at(index)) != NULL; index++) {
		if (device->ops && device->ops->neighbour)
			print_neighbours(text, device);
	}
	return 0;
}
