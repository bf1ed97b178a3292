/*
 * The table of network devices: lo from the start, eth0 when the machine has a card. What programs ask about devices
 * (netlink, SIOCGIF*, /proc/net/dev) is answered from here, and whether an address is this machine's.
 *
 * Life: a device is registered at boot and never goes, so a pointer to one stays good. Lock: net_device_lock, a spin
 * lock of rank LOCK_DEVICE, so that it may be taken under the lock of any object; nothing is called while it is held.
 */
#ifndef NAMU_NET_DEVICE_H
#define NAMU_NET_DEVICE_H

#include "lib/types.h"

#define NET_NAME_BYTES     16 /* IFNAMSIZ */
#define NET_HARDWARE_BYTES 6
#define NET_DEVICES_MOST   4
#define NET_ADDRESSES_MOST 16 /* of one device */

struct net_device;

/* One address of a device. Both families in 16 bytes, in network order: IPv4 in the first four, the rest zero. */
struct net_address {
	uint8_t family; /* AF_INET, AF_INET6 */
	uint8_t prefix_bits;
	uint8_t scope;     /* RT_SCOPE_* of linux/rtnetlink.h */
	uint8_t protocol;  /* IFAPROT_*: who set it; 0: not told */
	uint32_t flags;    /* IFA_F_* of linux/if_addr.h */
	uint32_t since_cs; /* hundredths of a second after the boot */
	uint8_t address[16];
	uint8_t broadcast[4]; /* of IPv4; zeros: none */
};

/* Of RTM_NEWLINK's statistics. Lock key: (a) atomic, no order among them. */
struct net_counters {
	_Atomic uint64_t received_packets, received_bytes, received_dropped; /* (a) */
	_Atomic uint64_t sent_packets, sent_bytes, sent_dropped;             /* (a) */
	_Atomic uint64_t multicast;                                          /* (a) */
};

/* ARPHRD_* of linux/if_arp.h, which needs a C library. */
#define NET_HARDWARE_ETHERNET 1
#define NET_HARDWARE_LOOPBACK 772

/* Flags of a device: IFF_* of linux/if.h, which needs one too. */
#define NET_UP        0x1u
#define NET_BROADCAST 0x2u
#define NET_LOOPBACK  0x8u
#define NET_RUNNING   0x40u
#define NET_MULTICAST 0x1000u
#define NET_LOWER_UP  0x10000u

/* What a device's driver does when its settings change; called without locks, may sleep. Null entries: -EOPNOTSUPP,
 * and a device with none at all (lo) takes every change. */
struct net_device_ops {
	int (*set_up)(struct net_device *device, bool is_up);
	int (*set_mtu)(struct net_device *device, uint32_t mtu);
	int (*add_address)(struct net_device *device, const struct net_address *address);
	int (*remove_address)(struct net_device *device, const struct net_address *address);
	/* The n-th neighbour that it knows: false when there are no more. `state` is NUD_* of linux/neighbour.h. */
	bool (*neighbour)(struct net_device *device, unsigned n, uint8_t *family, uint8_t *address, uint8_t *hardware,
			  uint16_t *state);
};

/* Lock key: (i) immutable; (l) net_device_lock; (a) atomic. */
struct net_device {
	char name[NET_NAME_BYTES];                        /* (i) */
	uint32_t index;                                   /* (i) from 1 */
	uint16_t hardware_type;                           /* (i) NET_HARDWARE_* */
	uint8_t hardware[NET_HARDWARE_BYTES];             /* (i) */
	uint8_t hardware_broadcast[NET_HARDWARE_BYTES];   /* (i) */
	const struct net_device_ops *ops;                 /* (i) or null */
	uint32_t mtu_least, mtu_most;                     /* (i) 0 and 0: any */
	_Atomic uint32_t flags;                           /* (a) NET_UP ...; changed by net_device_set_up */
	_Atomic uint32_t mtu;                             /* (a) */
	_Atomic uint32_t queue_length;                    /* (a) IFLA_TXQLEN */
	struct net_counters counters;                     /* (a) */
	uint32_t address_count;                           /* (l) */
	struct net_address addresses[NET_ADDRESSES_MOST]; /* (l) IPv4 first */
	uint8_t gateway4[4];                              /* (l) of the default route; zeros: none */
	uint8_t gateway6[16];                             /* (l) the same */
};

/* Boot: enter a device, filled but for its index. 0, or -ENOSPC. */
int net_device_register(struct net_device *device);
/* By index (from 1) or name; null: there is none. Indices have no gaps: going up from 1 sees all. */
struct net_device *net_device_at(uint32_t index);
struct net_device *net_device_named(const char *name);

/* A copy of its addresses; how many. */
unsigned net_device_addresses(struct net_device *device, struct net_address addresses[NET_ADDRESSES_MOST]);
/* Its default gateway of a family (4 or 16 bytes); false: none. */
bool net_device_gateway(struct net_device *device, int family, uint8_t *gateway);
void net_device_set_gateway(struct net_device *device, int family, const uint8_t *gateway);

/* The device that is up and has this address as its own (all of 127.0.0.0/8 is lo's); null: not this machine's. */
struct net_device *net_address_owner(int family, const uint8_t *address);
static inline bool net_address_is_local(int family, const uint8_t *address)
{
	return net_address_owner(family, address) != NULL;
}

/*
 * Changes, as RTM_NEWLINK, RTM_NEWADDR, SIOCSIF* ask for them; the caller has looked for CAP_NET_ADMIN. They tell the
 * device's driver and then netlink's groups. -EEXIST, -EADDRNOTAVAIL, -ENOSPC, -EINVAL, -EOPNOTSUPP, or the driver's.
 */
int net_device_set_up(struct net_device *device, bool is_up);
int net_device_set_mtu(struct net_device *device, uint32_t mtu);
int net_address_add(struct net_device *device, const struct net_address *address);
int net_address_remove(struct net_device *device, int family, const uint8_t *address, uint8_t prefix_bits);

/* Whom changes are told: filled by netlink. `address` null: the device itself. */
struct net_device_listener {
	void (*changed)(struct net_device *device, const struct net_address *address, bool is_gone);
};
extern struct net_device_listener net_device_listener;

/* ioctl(2) on any socket about devices, SIOCGIF* and its like: net/device_ioctl.c. -ENOTTY for what it does not know.
 */
int64_t net_device_ioctl(uint32_t command, uint64_t user);

/* The counters as they stand. Those of lo are what sockets count (net/inet_count.h). */
struct net_counts {
	uint64_t received_packets, received_bytes, received_dropped;
	uint64_t sent_packets, sent_bytes, sent_dropped;
	uint64_t multicast;
};
struct net_counts net_device_counts(const struct net_device *device);
static inline void net_device_count_sent(struct net_device *device, uint64_t bytes)
{
	atomic_fetch_add_explicit(&device->counters.sent_packets, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&device->counters.sent_bytes, bytes, memory_order_relaxed);
}
static inline void net_device_count_received(struct net_device *device, uint64_t bytes)
{
	atomic_fetch_add_explicit(&device->counters.received_packets, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&device->counters.received_bytes, bytes, memory_order_relaxed);
}

#endif
