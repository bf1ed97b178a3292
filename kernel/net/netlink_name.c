/*
 * Ports and groups of AF_NETLINK sockets, by which they are found, and their options.
 */
#include <asm-generic/socket.h>
#include <linux/capability.h>

#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "fs/async.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/netlink.h"
#include "net/netlink_connector.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

/* Ports of the kernel's choice, when the process's number is taken: these, and above as unsigned numbers. */
#define PORT_FIRST 0x80000000u
#define PORTS      0x7ffff000u

struct mutex netlink_mutex = MUTEX_INIT(netlink_mutex);

/* Lock key: (t) netlink_mutex. */
static struct {
	struct list list; /* (t) struct netlink_socket.link */
} all = {.list = LIST_INIT(all.list)};

void netlink_enter(struct netlink_socket *self)
{
	mutex_lock(&netlink_mutex);
	list_append(&all.list, &self->link);
	mutex_unlock(&netlink_mutex);
}

void netlink_leave(struct netlink_socket *self)
{
	mutex_lock(&netlink_mutex);
	connector_forget_locked(self);
	list_remove(&self->link);
	mutex_unlock(&netlink_mutex);
}

/* netlink_mutex is held. */
static struct netlink_socket *at_port(int32_t protocol, uint32_t port)
{
	struct netlink_socket *one;

	list_for_each (one, &all.list, link) {
		if (one->port == port && one->socket.protocol == protocol)
			return one;
	}
	return NULL;
}

struct netlink_socket *netlink_find(int32_t protocol, uint32_t port)
{
	struct netlink_socket *found;

	mutex_lock(&netlink_mutex);
	found = port ? at_port(protocol, port) : NULL;
	if (found)
		refcount_get(&found->refs);
	mutex_unlock(&netlink_mutex);
	return found;
}

void netlink_cast_locked(const struct netlink_cast *cast)
{
	struct netlink_socket *one;

	list_for_each (one, &all.list, link) {
		struct netlink_message *message;
		if (one->socket.protocol != cast->protocol || !(one->groups >> (cast->group - 1) & 1) ||
		    (cast->except && one->port == cast->except) || (cast->wants && !cast->wants(one, cast->what)))
			continue;
		message = netlink_message_create(cast->bytes);
		if (message) {
			memcpy(message->data, cast->data, cast->bytes);
			message->group = cast->group;
			netlink_deliver(one, message);
		} else if (!netlink_has(one, NETLINK_NO_OVERRUN)) {
			one->socket.error = ENOBUFS;
		}
	}
}

void netlink_cast(const struct netlink_cast *cast)
{
	mutex_lock(&netlink_mutex);
	netlink_cast_locked(cast);
	mutex_unlock(&netlink_mutex);
}

/* netlink_mutex is held. */
static void choose_port(struct netlink_socket *self)
{
	uint32_t port = (uint32_t)file_process_hook();

	while (at_port(self->socket.protocol, port))
		port = PORT_FIRST + (uint32_t)(choice_random_u64(STREAM_RANDOM) % PORTS);
	self->port = port;
}

int netlink_autobind(struct netlink_socket *self)
{
	mutex_lock(&netlink_mutex);
	if (!self->port)
		choose_port(self);
	mutex_unlock(&netlink_mutex);
	return 0;
}

static int read_address(const struct socket_address *address, struct sockaddr_nl *name)
{
	if (address->bytes < sizeof(*name) || address->family != AF_NETLINK)
		return -EINVAL;
	memcpy(name, address->data, sizeof(*name));
	return 0;
}

/* The port is free, or its own already, and it is set. netlink_mutex is held. */
static int set_port(struct netlink_socket *self, uint32_t port)
{
	if (self->port)
		return self->port == port ? 0 : -EINVAL;
	if (!port)
		choose_port(self);
	else if (at_port(self->socket.protocol, port))
		return -EADDRINUSE;
	else
		self->port = port;
	return 0;
}

int netlink_bind(struct socket *socket, const struct socket_address *address)
{
	struct netlink_socket *self = netlink_of(socket);
	const struct netlink_protocol *protocol = netlink_protocol_of(self);
	struct sockaddr_nl name;
	int error = read_address(address, &name);

	if (error)
		return error;
	if (!netlink_may_hear(protocol, name.nl_groups))
		return -EPERM;
	mutex_lock(&netlink_mutex);
	error = self->port && !name.nl_pid ? -EINVAL : set_port(self, name.nl_pid);
	if (!error)
		self->groups = (self->groups & ~(uint64_t)UINT32_MAX) | name.nl_groups;
	mutex_unlock(&netlink_mutex);
	return error;
}

int netlink_connect(struct socket *socket, const struct socket_address *address, uint32_t file_flags)
{
	struct netlink_socket *self = netlink_of(socket);
	struct sockaddr_nl name = {0};
	int error;

	if (address->bytes < sizeof(address->family))
		return -EINVAL;
	if (address->family != AF_UNSPEC) {
		error = read_address(address, &name);
		if (error)
			return error;
		if ((name.nl_groups || name.nl_pid) && !netlink_may_send(netlink_protocol_of(self)))
			return -EPERM;
		netlink_autobind(self);
	}
	mutex_lock(&netlink_mutex);
	self->peer_port = name.nl_pid;
	self->peer_group = name.nl_groups ? (uint32_t)__builtin_ctz(name.nl_groups) + 1 : 0;
	mutex_unlock(&netlink_mutex);
	return 0;
}

int netlink_name(struct socket *socket, bool of_peer, struct socket_address *address)
{
	struct netlink_socket *self = netlink_of(socket);
	struct sockaddr_nl name = {.nl_family = AF_NETLINK};

	mutex_lock(&netlink_mutex);
	name.nl_pid = of_peer ? self->peer_port : self->port;
	name.nl_groups = (uint32_t)self->groups;
	if (of_peer)
		name.nl_groups = self->peer_group - 1 < 32 ? 1u << (self->peer_group - 1) : 0;
	mutex_unlock(&netlink_mutex);
	memcpy(address->data, &name, sizeof(name));
	address->bytes = sizeof(name);
	return 0;
}

/* -- options -- */

static const struct {
	int name;
	uint32_t setting;
} settings[] = {
	{NETLINK_PKTINFO, NETLINK_WANTS_PKTINFO}, {NETLINK_BROADCAST_ERROR, NETLINK_WANTS_ERRORS},
	{NETLINK_NO_ENOBUFS, NETLINK_NO_OVERRUN}, {NETLINK_LISTEN_ALL_NSID, NETLINK_ALL_SPACES},
	{NETLINK_CAP_ACK, NETLINK_SHORT_ACK},     {NETLINK_EXT_ACK, NETLINK_LONG_ACK},
	{NETLINK_GET_STRICT_CHK, NETLINK_STRICT},
};

static uint32_t setting_of(int name)
{
	for (unsigned i = 0; i < ARRAY_LEN(settings); i++) {
		if (settings[i].name == name)
			return settings[i].setting;
	}
	return 0;
}

static int join(struct netlink_socket *self, uint32_t group, bool is_in)
{
	const struct netlink_protocol *protocol = netlink_protocol_of(self);
	uint64_t bit;

	if (!protocol->open_groups && !netlink_may_hear(protocol, 1))
		return -EPERM;
	if (!group || group > protocol->groups)
		return -EINVAL;
	bit = 1ul << (group - 1);
	if (is_in && !netlink_may_hear(protocol, bit))
		return -EPERM;
	mutex_lock(&netlink_mutex);
	self->groups = is_in ? self->groups | bit : self->groups & ~bit;
	mutex_unlock(&netlink_mutex);
	return 0;
}

int netlink_set_option(struct socket *socket, int level, int name, uaddr_t value, uint32_t bytes)
{
	struct netlink_socket *self = netlink_of(socket);
	uint32_t number = 0, setting = setting_of(name);

	if (level == SOL_SOCKET && name == SO_BINDTODEVICE)
		return MIN(socket_read_device(value, bytes), 0);
	if (level != SOL_NETLINK)
		return -ENOPROTOOPT;
	if (bytes >= sizeof(number) && get_user_u32(&number, value) != 0)
		return -EFAULT;
	if (name == NETLINK_ADD_MEMBERSHIP || name == NETLINK_DROP_MEMBERSHIP)
		return join(self, number, name == NETLINK_ADD_MEMBERSHIP);
	if (!setting)
		return -ENOPROTOOPT;
	if (setting == NETLINK_ALL_SPACES && !current_has_cap(CAP_NET_BROADCAST))
		return -EPERM;
	if (number)
		atomic_fetch_or(&self->settings, setting);
	else
		atomic_fetch_and(&self->settings, ~setting);
	return 0;
}

/* A bit for each group, in words of 32; what does not fit is left away, and the length tells what there was. */
static int get_memberships(struct netlink_socket *self, uaddr_t value, int32_t *bytes)
{
	uint32_t words = (MAX(netlink_protocol_of(self)->groups, 32u) + 31) / 32;
	uint64_t groups;
	uint32_t room;

	mutex_lock(&netlink_mutex);
	groups = self->groups;
	mutex_unlock(&netlink_mutex);
	room = MIN((uint32_t)*bytes / 4, words) * 4;
	*bytes = (int32_t)(words * 4);
	return room ? copy_to_user(value, &groups, room) : 0;
}

int netlink_get_option(struct socket *socket, int level, int name, uaddr_t value, int32_t *bytes)
{
	struct netlink_socket *self = netlink_of(socket);
	uint32_t setting = setting_of(name), number;

	if (level == SOL_SOCKET && (name == SO_PEERCRED || name == SO_PEERGROUPS))
		return socket_no_peer(name, value, bytes);
	if (level == SOL_SOCKET && name == SO_BINDTODEVICE) {
		*bytes = 0;
		return 0;
	}
	if (level != SOL_NETLINK)
		return -ENOPROTOOPT;
	if (name == NETLINK_LIST_MEMBERSHIPS)
		return get_memberships(self, value, bytes);
	if (!setting)
		return -ENOPROTOOPT;
	if (*bytes < (int32_t)sizeof(number))
		return -EINVAL;
	number = netlink_has(self, setting);
	return socket_option_to_user(value, bytes, &number, sizeof(number));
}
