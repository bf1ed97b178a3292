/*
 * AF_NETLINK: which protocols there are, the making and the end of a socket, poll.
 */
#include "net/netlink.h"

#include <linux/capability.h>

#include "ipc/mqueue.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"

static struct slab_cache netlink_cache = SLAB_CACHE("netlink_socket", struct netlink_socket);

/* Programs among themselves, and events of devices, of which there are none after the boot. */
static const struct netlink_protocol user_protocol = {.groups = 32, .may_anybody_send = true};
static const struct netlink_protocol event_protocol = {.groups = 32, .open_groups = NETLINK_ALL_GROUPS};

static const struct netlink_protocol *const protocols[] = {
	[NETLINK_ROUTE] = &netlink_route_protocol,    [NETLINK_USERSOCK] = &user_protocol,
	[NETLINK_SOCK_DIAG] = &netlink_diag_protocol, [NETLINK_CONNECTOR] = &netlink_connector_protocol,
	[NETLINK_KOBJECT_UEVENT] = &event_protocol,
};

const struct netlink_protocol *netlink_protocol_of(const struct netlink_socket *self)
{
	return protocols[self->socket.protocol];
}

bool netlink_may_send(const struct netlink_protocol *protocol)
{
	return protocol->may_anybody_send || current_has_cap(CAP_NET_ADMIN);
}

bool netlink_may_hear(const struct netlink_protocol *protocol, uint64_t groups)
{
	return !(groups & ~protocol->open_groups) || current_has_cap(CAP_NET_ADMIN);
}

static uint32_t netlink_poll(struct socket *socket, struct file *file, struct poll_table *table)
{
	struct netlink_socket *self = netlink_of(socket);
	uint32_t events = POLL_OUT | POLL_WRNORM | POLL_WRBAND;

	poll_wait(table, file, &self->read_wait);
	if (socket->error)
		events |= POLL_ERR;
	if (self->queued_bytes)
		events |= POLL_IN | POLL_RDNORM;
	return events;
}

void netlink_put(struct netlink_socket *self)
{
	if (!refcount_put(&self->refs))
		return;
	netlink_dump_end(&self->dump);
	slab_free(&netlink_cache, self);
}

static void netlink_release(struct socket *socket)
{
	struct netlink_socket *self = netlink_of(socket);
	struct netlink_message *message, *following;

	netlink_leave(self);
	mutex_lock(&self->mutex);
	self->is_dead = true;
	list_for_each_safe (message, following, &self->messages, link) {
		list_remove(&message->link);
		kfree(message);
	}
	mutex_unlock(&self->mutex);
	waitq_wake_all(&self->room_wait);
	netlink_put(self);
}

static const struct socket_ops netlink_ops = {
	.bind = netlink_bind,
	.connect = netlink_connect,
	.name = netlink_name,
	.send = netlink_send,
	.receive = netlink_receive,
	.poll = netlink_poll,
	.set_option = netlink_set_option,
	.get_option = netlink_get_option,
	.release = netlink_release,
};

static struct socket *netlink_create(int type, int protocol)
{
	struct netlink_socket *self;

	if (type != SOCK_RAW && type != SOCK_DGRAM)
		return err_ptr(-ESOCKTNOSUPPORT);
	if (protocol < 0 || protocol >= (int)ARRAY_LEN(protocols) || !protocols[protocol])
		return err_ptr(-EPROTONOSUPPORT);
	self = slab_alloc(&netlink_cache);
	if (!self)
		return err_ptr(-ENOMEM);
	socket_init(&self->socket, &netlink_ops, AF_NETLINK, type, protocol);
	refcount_init(&self->refs, 1);
	mutex_init(&self->mutex);
	list_init(&self->messages);
	waitq_init(&self->read_wait);
	waitq_init(&self->room_wait);
	netlink_enter(self);
	return &self->socket;
}

const struct socket_family netlink_family = {.create = netlink_create};

/* -- what a C library's thread waits for (mq_notify(2), SIGEV_THREAD) -- */

static bool is_netlink(struct file *file)
{
	const struct socket *socket = socket_of(file);

	return socket && socket->family == AF_NETLINK;
}

static void send_cookie(struct file *file, const void *data, size_t bytes)
{
	struct netlink_message *message = netlink_message_create((uint32_t)bytes);

	if (!message)
		return;
	memcpy(message->data, data, bytes);
	netlink_deliver(netlink_of(socket_of(file)), message);
}

void netlink_init(void)
{
	mqueue_socket_hooks.is_netlink = is_netlink;
	mqueue_socket_hooks.send = send_cookie;
}
