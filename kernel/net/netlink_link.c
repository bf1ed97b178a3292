/*
 * Devices by NETLINK_ROUTE: RTM_GETLINK, and what of RTM_NEWLINK can be done to a device that is there.
 */
#include <linux/if_link.h>

#include "lib/errno.h"
#include "lib/string.h"
#include "net/netlink_route.h"

/* IF_OPER_* of linux/if.h. */
#define OPER_UNKNOWN 0
#define OPER_DOWN    2
#define OPER_UP      6

#define REPLY_BYTES 2048u

/* Places in a dump's filter. */
enum { FILTER_NOTHING, FILTER_NO_STATISTICS };

static uint8_t operational_state(const struct net_device *device, uint32_t flags)
{
	if (!(flags & NET_UP))
		return OPER_DOWN;
	return flags & NET_LOOPBACK ? OPER_UNKNOWN : OPER_UP;
}

static void add_statistics(struct netlink_writer *out, const struct net_device *device)
{
	struct net_counts counters = net_device_counts(device);
	struct rtnl_link_stats64 wide = {.rx_packets = counters.received_packets,
					 .rx_bytes = counters.received_bytes,
					 .rx_dropped = counters.received_dropped,
					 .tx_packets = counters.sent_packets,
					 .tx_bytes = counters.sent_bytes,
					 .tx_dropped = counters.sent_dropped,
					 .multicast = counters.multicast};
	struct rtnl_link_stats narrow = {.rx_packets = (uint32_t)wide.rx_packets,
					 .rx_bytes = (uint32_t)wide.rx_bytes,
					 .rx_dropped = (uint32_t)wide.rx_dropped,
					 .tx_packets = (uint32_t)wide.tx_packets,
					 .tx_bytes = (uint32_t)wide.tx_bytes,
					 .tx_dropped = (uint32_t)wide.tx_dropped,
					 .multicast = (uint32_t)wide.multicast};

	netlink_add(out, IFLA_STATS64, &wide, sizeof(wide));
	netlink_add(out, IFLA_STATS, &narrow, sizeof(narrow));
}

bool netlink_write_link(struct netlink_writer *out, const struct net_device *device, bool has_statistics)
{
	uint32_t flags = device->flags;
	struct ifinfomsg header = {
		.ifi_type = device->hardware_type, .ifi_index = (int32_t)device->index, .ifi_flags = flags};

	netlink_begin(out, RTM_NEWLINK, &header, sizeof(header));
	netlink_add_text(out, IFLA_IFNAME, device->name);
	netlink_add_u32(out, IFLA_TXQLEN, device->queue_length);
	netlink_add_u8(out, IFLA_OPERSTATE, operational_state(device, flags));
	netlink_add_u8(out, IFLA_LINKMODE, 0);
	netlink_add_u32(out, IFLA_MTU, device->mtu);
	netlink_add_u32(out, IFLA_MIN_MTU, device->mtu_least);
	netlink_add_u32(out, IFLA_MAX_MTU, device->mtu_most);
	netlink_add_u32(out, IFLA_GROUP, 0);
	netlink_add_u32(out, IFLA_PROMISCUITY, 0);
	netlink_add_u32(out, IFLA_NUM_TX_QUEUES, 1);
	netlink_add_u32(out, IFLA_NUM_RX_QUEUES, 1);
	netlink_add_u8(out, IFLA_CARRIER, (flags & NET_LOWER_UP) != 0);
	netlink_add_text(out, IFLA_QDISC, "noqueue");
	netlink_add_u32(out, IFLA_CARRIER_CHANGES, 0);
	netlink_add_u8(out, IFLA_PROTO_DOWN, 0);
	netlink_add(out, IFLA_ADDRESS, device->hardware, sizeof(device->hardware));
	netlink_add(out, IFLA_BROADCAST, device->hardware_broadcast, sizeof(device->hardware_broadcast));
	if (has_statistics)
		add_statistics(out, device);
	return netlink_end(out);
}

static bool wants_statistics(const struct netlink_attributes *attributes)
{
	return !(netlink_read_u32(attributes, IFLA_EXT_MASK, 0) & RTEXT_FILTER_SKIP_STATS);
}

static int links_step(struct netlink_dump *dump, struct netlink_writer *out)
{
	struct net_device *device;

	if (dump->filter[FILTER_NOTHING])
		return 1;
	while ((device = net_device_at(dump->position[0] + 1))) {
		if (!netlink_write_link(out, device, !dump->filter[FILTER_NO_STATISTICS]))
			return 0;
		dump->position[0]++;
	}
	return 1;
}

int netlink_dump_links(struct netlink_request *request)
{
	struct netlink_dump dump = {.step = links_step};
	struct netlink_attributes attributes;
	struct ifinfomsg header;

	/* C libraries send the family alone. */
	if (request->bytes < sizeof(header))
		return netlink_is_strict(request) ? netlink_refuse(request, -EINVAL, "Invalid header for link dump")
						  : netlink_dump_start(request, &dump);
	netlink_read_header(request, &header, sizeof(header));
	if (netlink_is_strict(request) && (header.ifi_flags || header.ifi_change))
		return netlink_refuse(request, -EINVAL, "Invalid values in header for link dump request");
	if (netlink_is_strict(request) && header.ifi_index)
		return netlink_refuse(request, -EINVAL, "Filter by device index not supported for link dumps");
	if (netlink_read_attributes(request, sizeof(header), &attributes) != 0)
		return -EINVAL;
	/* There are no devices that have a master, or are of a kind that can be made. */
	dump.filter[FILTER_NOTHING] =
		netlink_read_u32(&attributes, IFLA_MASTER, 0) != 0 || attributes.value[IFLA_LINKINFO];
	dump.filter[FILTER_NO_STATISTICS] = !wants_statistics(&attributes);
	if (dump.filter[FILTER_NOTHING])
		dump.flags = NLM_F_DUMP_FILTERED;
	return netlink_dump_start(request, &dump);
}

/* The device that a request names: null and *error. */
static struct net_device *device_of(const struct ifinfomsg *header, const struct netlink_attributes *attributes,
				    int *error)
{
	struct net_device *device = NULL;
	char name[NET_NAME_BYTES] = "";

	*error = -ENODEV;
	if (header->ifi_index > 0) {
		device = net_device_at((uint32_t)header->ifi_index);
	} else if (attributes->value[IFLA_IFNAME] && attributes->bytes[IFLA_IFNAME] <= sizeof(name)) {
		memcpy(name, attributes->value[IFLA_IFNAME], attributes->bytes[IFLA_IFNAME]);
		name[sizeof(name) - 1] = 0;
		device = net_device_named(name);
	} else if (attributes->value[IFLA_ALT_IFNAME]) {
		return NULL; /* no device has other names */
	} else {
		*error = -EINVAL;
	}
	return device;
}

int netlink_get_link(struct netlink_request *request)
{
	struct netlink_attributes attributes;
	struct netlink_message *message;
	const struct net_device *device;
	struct ifinfomsg header;
	struct netlink_writer out;
	int error = netlink_read_header(request, &header, sizeof(header));

	if (!error)
		error = netlink_read_attributes(request, sizeof(header), &attributes);
	if (error)
		return error;
	device = device_of(&header, &attributes, &error);
	if (!device)
		return error;
	out = netlink_reply(request, REPLY_BYTES, &message);
	if (!message)
		return -ENOBUFS;
	netlink_write_link(&out, device, wants_statistics(&attributes));
	return netlink_reply_end(request, &out, message);
}

/* -- changes -- */

/* What a request may change, beside what follows below; the rest would be left undone. */
static bool is_known_change(unsigned type)
{
	return type == IFLA_IFNAME || type == IFLA_MTU || type == IFLA_TXQLEN || type == IFLA_EXT_MASK;
}

static int check_change(struct netlink_request *request, const struct net_device *device,
			const struct ifinfomsg *header, const struct netlink_attributes *attributes)
{
	uint32_t change = header->ifi_change ? header->ifi_change : header->ifi_flags;
	char name[NET_NAME_BYTES] = "";

	for (unsigned type = 1; type < NETLINK_ATTRIBUTES; type++) {
		if (attributes->value[type] && !is_known_change(type))
			return netlink_refuse(request, -EOPNOTSUPP, "Devices cannot be changed in this way");
	}
	if ((header->ifi_flags ^ device->flags) & change & ~NET_UP)
		return netlink_refuse(request, -EOPNOTSUPP, "Of the flags of a device only UP can be changed");
	if (attributes->value[IFLA_IFNAME]) {
		memcpy(name, attributes->value[IFLA_IFNAME], MIN(attributes->bytes[IFLA_IFNAME], sizeof(name) - 1));
		if (strcmp(name, device->name) != 0)
			return netlink_refuse(request, -EOPNOTSUPP, "Devices cannot be renamed");
	}
	return 0;
}

int netlink_change_link(struct netlink_request *request)
{
	struct netlink_attributes attributes;
	struct net_device *device;
	struct ifinfomsg header;
	uint32_t change;
	int error = netlink_read_header(request, &header, sizeof(header));

	if (!error)
		error = netlink_read_attributes(request, sizeof(header), &attributes);
	if (error)
		return error;
	device = device_of(&header, &attributes, &error);
	if (error == -EINVAL && !header.ifi_index && request->header->nlmsg_type == RTM_NEWLINK)
		error = -ENODEV;
	if (!device && (request->header->nlmsg_flags & NLM_F_CREATE) && error == -ENODEV)
		return netlink_refuse(request, -EOPNOTSUPP, "Unknown device type");
	if (device && (request->header->nlmsg_flags & NLM_F_EXCL))
		return -EEXIST;
	if (!device)
		return error;
	error = check_change(request, device, &header, &attributes);
	if (!error && attributes.value[IFLA_MTU])
		error = net_device_set_mtu(device, netlink_read_u32(&attributes, IFLA_MTU, 0));
	if (!error && attributes.value[IFLA_TXQLEN])
		device->queue_length = netlink_read_u32(&attributes, IFLA_TXQLEN, device->queue_length);
	change = header.ifi_change ? header.ifi_change : header.ifi_flags;
	if (!error && (change & NET_UP))
		error = net_device_set_up(device, header.ifi_flags & NET_UP);
	return error;
}
