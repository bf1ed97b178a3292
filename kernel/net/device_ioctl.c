/*
 * ioctl(2) on sockets about network devices (netdevice(7)): an older way to ask what netlink tells as well.
 */
#include <linux/capability.h>
#include <linux/in.h>
#include <linux/sockios.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/device.h"
#include "net/socket.h"

#define BITS_OF_V4 32u

/* struct ifreq of user programs: a name, and what is asked about it. */
struct request {
	char name[NET_NAME_BYTES];
	union {
		struct sockaddr_in address;
		struct {
			uint16_t type;
			uint8_t hardware[14];
		};
		int16_t flags;
		int32_t number;
		uint8_t room[24];
	};
};
_Static_assert(sizeof(struct request) == 40, "as programs have it");

/* Its first address of IPv4. */
static bool find_v4(struct net_device *device, struct net_address *found)
{
	struct net_address addresses[NET_ADDRESSES_MOST];
	unsigned count = net_device_addresses(device, addresses);

	for (unsigned i = 0; i < count; i++) {
		if (addresses[i].family == AF_INET) {
			*found = addresses[i];
			return true;
		}
	}
	return false;
}

static struct sockaddr_in name_of(const uint8_t *address)
{
	struct sockaddr_in name = {.sin_family = AF_INET};

	memcpy(&name.sin_addr, address, sizeof(name.sin_addr));
	return name;
}

static int get_address(struct net_device *device, uint32_t command, struct request *request)
{
	struct net_address address;
	uint32_t mask;

	if (!find_v4(device, &address))
		return -EADDRNOTAVAIL;
	if (command == SIOCGIFADDR || command == SIOCGIFDSTADDR) {
		request->address = name_of(address.address);
	} else if (command == SIOCGIFBRDADDR) {
		request->address = name_of(address.broadcast);
	} else {
		mask = address.prefix_bits ? __builtin_bswap32(UINT32_MAX << (BITS_OF_V4 - address.prefix_bits)) : 0;
		request->address = name_of((const uint8_t *)&mask);
	}
	return 0;
}

static int get_one(struct net_device *device, uint32_t command, struct request *request)
{
	switch (command) {
	case SIOCGIFFLAGS:
		request->flags = (int16_t)device->flags;
		return 0;
	case SIOCGIFINDEX:
		request->number = (int32_t)device->index;
		return 0;
	case SIOCGIFMTU:
		request->number = (int32_t)device->mtu;
		return 0;
	case SIOCGIFTXQLEN:
		request->number = (int32_t)device->queue_length;
		return 0;
	case SIOCGIFMETRIC:
		request->number = 0;
		return 0;
	case SIOCGIFHWADDR:
		request->type = device->hardware_type;
		memcpy(request->hardware, device->hardware, NET_HARDWARE_BYTES);
		return 0;
	case SIOCGIFADDR:
	case SIOCGIFDSTADDR:
	case SIOCGIFBRDADDR:
	case SIOCGIFNETMASK:
		return get_address(device, command, request);
	default:
		return -ENOTTY;
	}
}

static int set_one(struct net_device *device, uint32_t command, const struct request *request)
{
	if (!current_has_cap(CAP_NET_ADMIN))
		return -EPERM;
	if (command == SIOCSIFFLAGS)
		return net_device_set_up(device, request->flags & 1);
	return net_device_set_mtu(device, (uint32_t)request->number);
}

/* One line of SIOCGIFCONF for each address of IPv4. Bytes of the list; what does not fit is left out. */
static int list_addresses(uaddr_t to, int32_t room)
{
	struct net_address addresses[NET_ADDRESSES_MOST];
	struct net_device *device;
	int32_t bytes = 0;

	for (uint32_t index = 1; (device = net_device_at(index)) != NULL; index++) {
		unsigned count = net_device_addresses(device, addresses);
		for (unsigned i = 0; i < count; i++) {
			struct request line = {.address = name_of(addresses[i].address)};
			if (addresses[i].family != AF_INET)
				continue;
			memcpy(line.name, device->name, NET_NAME_BYTES);
			if (to && bytes + (int32_t)sizeof(line) > room)
				return bytes;
			if (to && copy_to_user(to + (uint64_t)bytes, &line, sizeof(line)) != 0)
				return -EFAULT;
			bytes += (int32_t)sizeof(line);
		}
	}
	return bytes;
}

static int list(uaddr_t user)
{
	struct {
		int32_t bytes, padding;
		uint64_t to;
	} wanted;
	int bytes;

	if (copy_from_user(&wanted, user, sizeof(wanted)) != 0)
		return -EFAULT;
	bytes = list_addresses(wanted.to, wanted.bytes);
	return bytes < 0 ? bytes : put_user_u32(user, (uint32_t)bytes);
}

int64_t net_device_ioctl(uint32_t command, uaddr_t user)
{
	struct net_device *device;
	struct request request;
	int error;

	if (command == SIOCGIFCONF)
		return list(user);
	if (command != SIOCGIFNAME && command != SIOCSIFFLAGS && command != SIOCSIFMTU &&
	    get_one(net_device_at(1), command, &request) == -ENOTTY)
		return -ENOTTY;
	if (copy_from_user(&request, user, sizeof(request)) != 0)
		return -EFAULT;
	request.name[NET_NAME_BYTES - 1] = 0;
	device = command == SIOCGIFNAME ? net_device_at((uint32_t)request.number) : net_device_named(request.name);
	if (!device)
		return -ENODEV;
	if (command == SIOCSIFFLAGS || command == SIOCSIFMTU)
		return set_one(device, command, &request);
	if (command == SIOCGIFNAME) {
		memcpy(request.name, device->name, NET_NAME_BYTES);
	} else {
		memset(request.room, 0, sizeof(request.room));
		error = get_one(device, command, &request);
		if (error)
			return error;
	}
	return copy_to_user(user, &request, sizeof(request));
}
