/*
 * /proc/net: network devices and their addresses (proc(5)).
 */
#include "net/device.h"
#include "net/socket.h"
#include "proc/procfs_private.h"

int proc_show_dev(struct proc_text *text, const struct proc_target *target)
{
	struct net_device *device;

	proc_print(text, "Inter-|   Receive                                                |  Transmit\n"
			 " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop "
			 "fifo colls carrier compressed\n");
	for (uint32_t index = 1; (device = net_device_at(index)) != NULL; index++) {
		struct net_counts counts = net_device_counts(device);
		proc_print(text,
			   "%6s: %7lu %7lu    0 %4lu    0     0          0 %9lu %8lu %7lu    0 %4lu    0     0       0",
			   device->name, counts.received_bytes, counts.received_packets, counts.received_dropped,
			   counts.multicast, counts.sent_bytes, counts.sent_packets, counts.sent_dropped);
		proc_print(text, "          0\n");
	}
	return 0;
}

int proc_show_if_inet6(struct proc_text *text, const struct proc_target *target)
{
	struct net_address addresses[NET_ADDRESSES_MOST];
	struct net_device *device;

	for (uint32_t index = 1; (device = net_device_at(index)) != NULL; index++) {
		unsigned count = net_device_addresses(device, addresses);
		for (unsigned i = 0; i < count; i++) {
			if (addresses[i].family != AF_INET6)
				continue;
			for (unsigned at = 0; at < sizeof(addresses[i].address); at++)
				proc_print(text, "%02x", addresses[i].address[at]);
			/* Linux's own numbers of scopes: those of a host have the bit of loopback, 0x10, of a link
			 * 0x20. */
			proc_print(text, " %02x %02x %02x %02x %8s\n", index, addresses[i].prefix_bits,
				   addresses[i].scope == 254   ? 0x10
				   : addresses[i].scope == 253 ? 0x20
							       : 0,
				   addresses[i].flags & 0xff, device->name);
		}
	}
	return 0;
}
