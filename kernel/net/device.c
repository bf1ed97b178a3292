/*
 * The table of network devices, and changes of it.
 */
#include "net/device.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "arch/x86_64/spinlock.h"
#include "choice/choice.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/inet_count.h"
#include "sched/mutex.h"

#define HOST_BITS4     32
#define HOST_BITS6     128
#define LOOPBACK_BITS  8
#define LOOPBACK_FIRST 127
#define LOOPBACK_MTU   65536u
#define QUEUE_LENGTH   1000u
#define NS_PER_CS      (NS_PER_SEC / 100)

static struct spinlock net_device_lock = SPINLOCK_INIT("net_device", LOCK_DEVICE);
/* One change at a time, from the look at the table to what listeners are told; outside of net_device_lock. */
static struct mutex change_mutex = MUTEX_INIT(change_mutex);

#define LOOPBACK_ADDRESS6                                                                             \
	{                                                                                             \
		.family = AF_INET6, .prefix_bits = HOST_BITS6, .scope = RT_SCOPE_HOST, .protocol = 1, \
		.flags = IFA_F_PERMANENT, .address = {                                                \
			0,                                                                            \
			0,                                                                            \
			0,                                                                            \
			0,                                                                            \
			0,                                                                            \
			0,                                                                            \
			0,                                                                            \
			0,                                                                            \
			0,                                                                            \
			0,                                                                            \
			0,                                                                            \
			0,                                                                            \
			0,                                                                            \
			0,                                                                            \
			0,                                                                            \
			1                                                                             \
		}                                                                                     \
	}
static const struct net_address loopback_address6 = LOOPBACK_ADDRESS6;

static struct net_device loopback = {
	.name = "lo",
	.index = 1,
	.hardware_type = NET_HARDWARE_LOOPBACK,
	.flags = NET_UP | NET_LOOPBACK | NET_RUNNING | NET_LOWER_UP,
	.mtu = LOOPBACK_MTU,
	.queue_length = QUEUE_LENGTH,
	.address_count = 2,
	.addresses = {{.family = AF_INET,
		       .prefix_bits = LOOPBACK_BITS,
		       .scope = RT_SCOPE_HOST,
		       .flags = IFA_F_PERMANENT,
		       .address = {LOOPBACK_FIRST, 0, 0, 1}},
		      LOOPBACK_ADDRESS6},
};

/* Lock key: (b) written at boot alone. */
static struct {
	struct net_device *of[NET_DEVICES_MOST]; /* (b) */
	uint32_t count;                          /* (b) */
} devices = {.of = {&loopback}, .count = 1};

struct net_counts net_device_counts(const struct net_device *device)
{
	const struct net_counters *own = &device->counters;
	struct net_counts counts = {.received_packets = own->received_packets,
				    .received_bytes = own->received_bytes,
				    .received_dropped = own->received_dropped,
				    .sent_packets = own->sent_packets,
				    .sent_bytes = own->sent_bytes,
				    .sent_dropped = own->sent_dropped,
				    .multicast = own->multicast};

	if (device == &loopback) {
		counts.received_packets = counts.sent_packets = inet_counts.v4.packets + inet_counts.v6.packets;
		counts.received_bytes = counts.sent_bytes = inet_counts.v4.bytes + inet_counts.v6.bytes;
	}
	return counts;
}

int net_device_register(struct net_device *device)
{
	if (devices.count == NET_DEVICES_MOST)
		return -ENOSPC;
	device->index = devices.count + 1;
	devices.of[devices.count++] = device;
	return 0;
}

struct net_device *net_device_at(uint32_t index)
{
	return index - 1 < devices.count ? devices.of[index - 1] : NULL;
}

struct net_device *net_device_named(const char *name)
{
	for (uint32_t i = 0; i < devices.count; i++) {
		if (strcmp(devices.of[i]->name, name) == 0)
			return devices.of[i];
	}
	return NULL;
}

unsigned net_device_addresses(struct net_device *device, struct net_address addresses[NET_ADDRESSES_MOST])
{
	unsigned count;

	spin_lock(&net_device_lock);
	count = device->address_count;
	memcpy(addresses, device->addresses, count * sizeof(*addresses));
	spin_unlock(&net_device_lock);
	return count;
}

static uint8_t *gateway_of(struct net_device *device, int family)
{
	return family == AF_INET ? device->gateway4 : device->gateway6;
}

static size_t bytes_of(int family)
{
	return family == AF_INET ? 4 : 16;
}

bool net_device_gateway(struct net_device *device, int family, uint8_t *gateway)
{
	static const uint8_t none[16];

	spin_lock(&net_device_lock);
	memcpy(gateway, gateway_of(device, family), bytes_of(family));
	spin_unlock(&net_device_lock);
	return memcmp(gateway, none, bytes_of(family)) != 0;
}

void net_device_set_gateway(struct net_device *device, int family, const uint8_t *gateway)
{
	spin_lock(&net_device_lock);
	memcpy(gateway_of(device, family), gateway, bytes_of(family));
	spin_unlock(&net_device_lock);
}

/* -- addresses -- */

static bool is_address(const struct net_address *one, int family, const uint8_t *address)
{
	return one->family == family && memcmp(one->address, address, bytes_of(family)) == 0;
}

/* net_device_lock is held. */
static bool has_address(const struct net_device *device, int family, const uint8_t *address)
{
	if ((device->flags & NET_LOOPBACK) && family == AF_INET && address[0] == LOOPBACK_FIRST)
		return true;
	for (uint32_t i = 0; i < device->address_count; i++) {
		if (is_address(&device->addresses[i], family, address))
			return true;
	}
	return false;
}

struct net_device *net_address_owner(int family, const uint8_t *address)
{
	struct net_device *owner = NULL;

	spin_lock(&net_device_lock);
	for (uint32_t i = 0; i < devices.count && !owner; i++) {
		if ((devices.of[i]->flags & NET_UP) && has_address(devices.of[i], family, address))
			owner = devices.of[i];
	}
	spin_unlock(&net_device_lock);
	return owner;
}

/* -- changes: change_mutex is held -- */

static void tell(struct net_device *device, const struct net_address *address, bool is_gone)
{
	if (net_device_listener.changed)
		net_device_listener.changed(device, address, is_gone);
}

/* IPv4 stands before IPv6. */
static int insert(struct net_device *device, const struct net_address *address)
{
	uint32_t at = 0;
	int error = -ENOSPC;

	spin_lock(&net_device_lock);
	if (device->address_count < NET_ADDRESSES_MOST) {
		while (at < device->address_count &&
		       (address->family == AF_INET6 || device->addresses[at].family == AF_INET))
			at++;
		memmove(&device->addresses[at + 1], &device->addresses[at],
			(device->address_count - at) * sizeof(*address));
		device->addresses[at] = *address;
		device->addresses[at].since_cs = (uint32_t)(clock_monotonic_ns() / NS_PER_CS);
		device->address_count++;
		error = 0;
	}
	spin_unlock(&net_device_lock);
	return error;
}

/* The place of an address; address_count: not there. `prefix_bits` 0: any. */
static uint32_t place_of(const struct net_device *device, int family, const uint8_t *address, uint8_t prefix_bits)
{
	uint32_t at = 0;

	while (at < device->address_count && (!is_address(&device->addresses[at], family, address) ||
					      (prefix_bits && device->addresses[at].prefix_bits != prefix_bits)))
		at++;
	return at;
}

static void take_out(struct net_device *device, uint32_t at)
{
	spin_lock(&net_device_lock);
	device->address_count--;
	memmove(&device->addresses[at], &device->addresses[at + 1],
		(device->address_count - at) * sizeof(device->addresses[0]));
	spin_unlock(&net_device_lock);
}

static int add(struct net_device *device, const struct net_address *address)
{
	/* IPv4 may have one address with several lengths of prefix. */
	uint8_t prefix_bits = address->family == AF_INET ? address->prefix_bits : 0;
	int error = 0;

	if (place_of(device, address->family, address->address, prefix_bits) < device->address_count)
		return -EEXIST;
	if (device->ops)
		error = device->ops->add_address ? device->ops->add_address(device, address) : -EOPNOTSUPP;
	if (!error)
		error = insert(device, address);
	if (!error)
		tell(device, address, false);
	return error;
}

int net_address_add(struct net_device *device, const struct net_address *address)
{
	int error;

	if (!address->prefix_bits || address->prefix_bits > (address->family == AF_INET ? HOST_BITS4 : HOST_BITS6))
		return -EINVAL;
	mutex_lock(&change_mutex);
	error = add(device, address);
	mutex_unlock(&change_mutex);
	return error;
}

int net_address_remove(struct net_device *device, int family, const uint8_t *address, uint8_t prefix_bits)
{
	struct net_address copy;
	int error = -EADDRNOTAVAIL;
	uint32_t at;

	mutex_lock(&change_mutex);
	at = place_of(device, family, address, prefix_bits);
	if (at < device->address_count) {
		copy = device->addresses[at];
		error = 0;
		if (device->ops)
			error = device->ops->remove_address ? device->ops->remove_address(device, &copy) : -EOPNOTSUPP;
		if (!error) {
			take_out(device, at);
			tell(device, &copy, true);
		}
	}
	mutex_unlock(&change_mutex);
	return error;
}

/* A device that goes down loses its addresses of IPv6; lo gets its own back when it comes up. */
static void change_addresses6(struct net_device *device, bool is_up)
{
	if (is_up && (device->flags & NET_LOOPBACK))
		add(device, &loopback_address6);
	for (uint32_t at = 0; !is_up && at < device->address_count;) {
		struct net_address copy = device->addresses[at];
		if (copy.family == AF_INET6) {
			take_out(device, at);
			tell(device, &copy, true);
		} else {
			at++;
		}
	}
}

int net_device_set_up(struct net_device *device, bool is_up)
{
	uint32_t bits = NET_UP | NET_RUNNING | NET_LOWER_UP;
	int error = 0;

	mutex_lock(&change_mutex);
	if (!(device->flags & NET_UP) == is_up) {
		if (device->ops)
			error = device->ops->set_up ? device->ops->set_up(device, is_up) : -EOPNOTSUPP;
		if (!error) {
			if (is_up)
				atomic_fetch_or(&device->flags, bits);
			else
				atomic_fetch_and(&device->flags, ~bits);
			change_addresses6(device, is_up);
			tell(device, NULL, false);
		}
	}
	mutex_unlock(&change_mutex);
	return error;
}

int net_device_set_mtu(struct net_device *device, uint32_t mtu)
{
	int error = 0;

	if (mtu > INT32_MAX || mtu < device->mtu_least || (device->mtu_most && mtu > device->mtu_most))
		return -EINVAL;
	mutex_lock(&change_mutex);
	if (device->ops)
		error = device->ops->set_mtu ? device->ops->set_mtu(device, mtu) : -EOPNOTSUPP;
	if (!error) {
		device->mtu = mtu;
		tell(device, NULL, false);
	}
	mutex_unlock(&change_mutex);
	return error;
}
