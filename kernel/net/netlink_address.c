/*
 * Addresses by NETLINK_ROUTE: RTM_GETADDR, RTM_NEWADDR, RTM_DELADDR.
 */
#include <linux/if_addr.h>

#include "lib/errno.h"
#include "lib/string.h"
#include "net/netlink_route.h"

#ifndef IFA_PROTO
#define IFA_PROTO 11
#endif

#define FOR_EVER UINT32_MAX

/* Places in a dump's filter and position. */
enum { FILTER_FAMILY, FILTER_DEVICE };
enum { AT_DEVICE, AT_ADDRESS };

static uint32_t bytes_of(uint8_t family)
{
	return family == AF_INET ? 4 : 16;
}

static void add_times(struct netlink_writer *out, const struct net_address *address)
{
	struct ifa_cacheinfo times = {.ifa_prefered = FOR_EVER,
				      .ifa_valid = FOR_EVER,
				      .cstamp = address->since_cs,
				      .tstamp = address->since_cs};

	netlink_add(out, IFA_CACHEINFO, &times, sizeof(times));
}

bool netlink_write_address(struct netlink_writer *out, uint16_t type, const struct net_device *device,
			   const struct net_address *address)
{
	static const uint8_t none[4];
	struct ifaddrmsg header = {.ifa_family = address->family,
				   .ifa_prefixlen = address->prefix_bits,
				   .ifa_flags = (uint8_t)address->flags,
				   .ifa_scope = address->scope,
				   .ifa_index = device->index};

	netlink_begin(out, type, &header, sizeof(header));
	netlink_add(out, IFA_ADDRESS, address->address, bytes_of(address->family));
	if (address->family == AF_INET) {
		netlink_add(out, IFA_LOCAL, address->address, bytes_of(AF_INET));
		if (memcmp(address->broadcast, none, sizeof(none)) != 0)
			netlink_add(out, IFA_BROADCAST, address->broadcast, sizeof(address->broadcast));
		netlink_add_text(out, IFA_LABEL, device->name);
	}
	netlink_add_u32(out, IFA_FLAGS, address->flags);
	if (address->protocol)
		netlink_add_u8(out, IFA_PROTO, address->protocol);
	add_times(out, address);
	return netlink_end(out);
}

/* Those of one family, device by device. 0: no more room. */
static int write_family(struct netlink_dump *dump, struct netlink_writer *out, uint8_t family)
{
	struct net_address addresses[NET_ADDRESSES_MOST];
	struct net_device *device;

	for (; (device = net_device_at(dump->position[AT_DEVICE] + 1)); dump->position[AT_DEVICE]++) {
		unsigned count = net_device_addresses(device, addresses);
		if (dump->filter[FILTER_DEVICE] && dump->filter[FILTER_DEVICE] != device->index)
			continue;
		for (; dump->position[AT_ADDRESS] < count; dump->position[AT_ADDRESS]++) {
			const struct net_address *address = &addresses[dump->position[AT_ADDRESS]];
			if (address->family == family && !netlink_write_address(out, RTM_NEWADDR, device, address))
				return 0;
		}
		dump->position[AT_ADDRESS] = 0;
	}
	return 1;
}

/* The filter's family changes from AF_UNSPEC to AF_INET and AF_INET6 in turn. */
static int addresses_step(struct netlink_dump *dump, struct netlink_writer *out)
{
	uint8_t family = (uint8_t)dump->filter[FILTER_FAMILY];

	if (family == AF_INET || family == AF_INET6)
		return write_family(dump, out, family);
	if (!write_family(dump, out, AF_INET))
		return 0;
	dump->filter[FILTER_FAMILY] = AF_INET6;
	dump->position[AT_DEVICE] = 0;
	return write_family(dump, out, AF_INET6);
}

static int read_filter(struct netlink_request *request, struct netlink_dump *dump)
{
	struct ifaddrmsg header;

	if (netlink_read_header(request, &header, sizeof(header)) != 0)
		return netlink_refuse(request, -EINVAL, "Invalid header for address dump request");
	if (header.ifa_prefixlen || header.ifa_flags || header.ifa_scope)
		return netlink_refuse(request, -EINVAL, "Invalid values in header for address dump request");
	if (header.ifa_index && !net_device_at(header.ifa_index))
		return -ENODEV;
	dump->filter[FILTER_DEVICE] = header.ifa_index;
	if (header.ifa_index)
		dump->flags = NLM_F_DUMP_FILTERED;
	return 0;
}

int netlink_dump_addresses(struct netlink_request *request)
{
	struct netlink_dump dump = {.step = addresses_step};
	int error = netlink_is_strict(request) ? read_filter(request, &dump) : 0;

	dump.filter[FILTER_FAMILY] = netlink_family_of(request);
	return error ? error : netlink_dump_start(request, &dump);
}

/* -- changes -- */

static int check_peer(struct netlink_request *request, const struct netlink_attributes *attributes, uint32_t bytes)
{
	const uint8_t *own = attributes->value[IFA_LOCAL], *peer = attributes->value[IFA_ADDRESS];

	if (own && peer && memcmp(own, peer, bytes) != 0)
		return netlink_refuse(request, -EOPNOTSUPP, "Addresses of peers cannot be set");
	return 0;
}

/* Device and address of a request. 0, -EINVAL, -ENODEV, -EAFNOSUPPORT, -EOPNOTSUPP. */
static int read_address(struct netlink_request *request, struct net_device **device, struct net_address *address)
{
	struct netlink_attributes attributes;
	const uint8_t *value;
	struct ifaddrmsg header;
	uint32_t bytes;
	int error = netlink_read_header(request, &header, sizeof(header));

	if (!error)
		error = netlink_read_attributes(request, sizeof(header), &attributes);
	if (error)
		return error;
	if (header.ifa_family != AF_INET && header.ifa_family != AF_INET6)
		return -EOPNOTSUPP;
	bytes = bytes_of(header.ifa_family);
	value = attributes.value[attributes.value[IFA_LOCAL] ? IFA_LOCAL : IFA_ADDRESS];
	for (unsigned type = IFA_ADDRESS; type <= IFA_LOCAL; type++) {
		if (attributes.value[type] && attributes.bytes[type] < bytes)
			return -EINVAL;
	}
	*device = net_device_at(header.ifa_index);
	if (!*device)
		return netlink_refuse(request, -ENODEV, "Device not found");
	if (!value || header.ifa_prefixlen > bytes * 8)
		return -EINVAL;
	*address = (struct net_address){.family = header.ifa_family,
					.prefix_bits = header.ifa_prefixlen,
					.scope = header.ifa_scope,
					.flags = netlink_read_u32(&attributes, IFA_FLAGS, header.ifa_flags)};
	address->flags |= IFA_F_PERMANENT;
	memcpy(address->address, value, bytes);
	if (attributes.value[IFA_BROADCAST] && attributes.bytes[IFA_BROADCAST] >= sizeof(address->broadcast))
		memcpy(address->broadcast, attributes.value[IFA_BROADCAST], sizeof(address->broadcast));
	return check_peer(request, &attributes, bytes);
}

int netlink_new_address(struct netlink_request *request)
{
	struct net_address address;
	struct net_device *device;
	int error = read_address(request, &device, &address);

	if (!error)
		error = net_address_add(device, &address);
	/* What is there may be set again. */
	if (error == -EEXIST && (request->header->nlmsg_flags & NLM_F_REPLACE))
		return 0;
	return error == -EEXIST ? netlink_refuse(request, error, "Address already assigned") : error;
}

int netlink_remove_address(struct netlink_request *request)
{
	struct net_address address;
	struct net_device *device;
	int error = read_address(request, &device, &address);

	if (!error)
		error = net_address_remove(device, address.family, address.address, address.prefix_bits);
	return error == -EADDRNOTAVAIL ? netlink_refuse(request, error, "Address not found") : error;
}
