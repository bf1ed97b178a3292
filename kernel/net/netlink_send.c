/*
 * Sending on AF_NETLINK: to the kernel, which answers every request of a message in turn, to a program's socket, or to
 * all that hear a group.
 */
#include "fs/async.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "net/netlink.h"
#include "net/unix.h"

/* The room that Linux keeps back of SO_SNDBUF. */
#define SEND_RESERVE 32u
#define HEADER_BYTES ((uint32_t)sizeof(struct nlmsghdr))

struct netlink_message *netlink_message_create(uint32_t bytes)
{
	struct netlink_message *message = kmalloc(sizeof(*message) + bytes);

	if (!message)
		return NULL;
	*message = (struct netlink_message){.bytes = bytes, .charged = bytes + (uint32_t)sizeof(*message)};
	list_init(&message->link);
	return message;
}

static bool is_full(const struct netlink_socket *to)
{
	return to->queued_bytes > to->socket.receive_limit || to->is_overrun;
}

/* The mutex is held. */
static void put_on_list(struct netlink_socket *to, struct netlink_message *message)
{
	list_append(&to->messages, &message->link);
	to->queued_bytes += message->charged;
}

static void wake_reader(struct netlink_socket *to)
{
	if (!waitq_is_empty(&to->read_wait))
		waitq_wake_key(&to->read_wait, POLL_IN | POLL_RDNORM | POLL_ERR, 1);
}

void netlink_deliver(struct netlink_socket *to, struct netlink_message *message)
{
	bool is_lost;

	mutex_lock(&to->mutex);
	is_lost = to->is_dead || is_full(to);
	if (!is_lost) {
		put_on_list(to, message);
	} else if (!netlink_has(to, NETLINK_NO_OVERRUN) && !to->is_overrun) {
		to->is_overrun = !list_is_empty(&to->messages);
		to->socket.error = ENOBUFS;
	}
	mutex_unlock(&to->mutex);
	if (is_lost)
		kfree(message);
	wake_reader(to);
}

/* From a program to another, with patience. Takes the message over. */
static int deliver_patiently(struct netlink_socket *to, struct netlink_message *message,
			     struct socket_patience *patience)
{
	int error = 0;

	mutex_lock(&to->mutex);
	while (!error && is_full(to) && !to->is_dead)
		error = socket_sleep(&to->room_wait, WAIT_SOCKET_WRITE, to, &to->mutex, patience);
	if (!error && to->is_dead)
		error = -ECONNREFUSED;
	if (!error)
		put_on_list(to, message);
	mutex_unlock(&to->mutex);
	if (error)
		kfree(message);
	else
		wake_reader(to);
	return error;
}

static int send_to_program(struct netlink_socket *self, uint32_t port, struct netlink_message *message,
			   struct socket_patience *patience)
{
	struct netlink_socket *to = netlink_find(self->socket.protocol, port);
	int error = -ECONNREFUSED;

	/* Who has a peer hears that one alone. */
	if (to && (!to->peer_port || to->peer_port == self->port)) {
		error = deliver_patiently(to, message, patience);
		message = NULL;
	}
	if (to)
		netlink_put(to);
	kfree(message);
	return error;
}

/* -- to the kernel -- */

/* What a long acknowledgement says beside the error. */
static void add_complaint(struct netlink_writer *out, const struct netlink_request *request)
{
	if (request->complaint)
		netlink_add_text(out, NLMSGERR_ATTR_MSG, request->complaint);
}

/* NLMSG_ERROR: the error (0: none), and the request or at least its header. */
static void acknowledge(struct netlink_request *request, int error)
{
	struct netlink_socket *self = request->from;
	bool is_whole = error && !netlink_has(self, NETLINK_SHORT_ACK);
	uint32_t copied = is_whole ? request->header->nlmsg_len : HEADER_BYTES;
	bool is_long = request->complaint && netlink_has(self, NETLINK_LONG_ACK);
	uint32_t room = HEADER_BYTES + (uint32_t)sizeof(int32_t) + NLMSG_ALIGN(copied) + 256;
	struct netlink_message *message;
	struct netlink_writer out = netlink_reply(request, room, &message);
	int32_t number = error;

	if (!message) {
		self->socket.error = ENOBUFS;
		wake_reader(self);
		return;
	}
	out.flags = (uint16_t)((is_whole ? 0 : NLM_F_CAPPED) | (is_long ? NLM_F_ACK_TLVS : 0));
	netlink_begin(&out, NLMSG_ERROR, &number, sizeof(number));
	/* netlink_begin has left its place: the request stands directly behind the number. */
	if (NLMSG_ALIGN(copied) <= out.room - out.used) {
		memcpy(out.data + out.used, request->header, copied);
		memset(out.data + out.used + copied, 0, NLMSG_ALIGN(copied) - copied);
		out.used += NLMSG_ALIGN(copied);
	}
	if (is_long)
		add_complaint(&out, request);
	netlink_end(&out);
	netlink_reply_end(request, &out, message);
}

static void handle(struct netlink_socket *self, const struct nlmsghdr *header)
{
	const struct netlink_protocol *protocol = netlink_protocol_of(self);
	struct netlink_request request = {.from = self,
					  .header = header,
					  .payload = (const uint8_t *)header + HEADER_BYTES,
					  .bytes = header->nlmsg_len - HEADER_BYTES};
	int result = 0;

	if ((header->nlmsg_flags & NLM_F_REQUEST) && header->nlmsg_type >= NLMSG_MIN_TYPE)
		result = protocol->request(&request);
	if (result != NETLINK_DUMPS && (result || (header->nlmsg_flags & NLM_F_ACK)))
		acknowledge(&request, result);
}

static int send_to_kernel(struct netlink_socket *self, const struct netlink_message *message)
{
	uint32_t at = 0;

	if (netlink_protocol_of(self)->take) {
		netlink_protocol_of(self)->take(self, message->data, message->bytes);
		return 0;
	}
	if (!netlink_protocol_of(self)->request)
		return -ECONNREFUSED;
	while (message->bytes - at >= HEADER_BYTES) {
		const struct nlmsghdr *header = (const struct nlmsghdr *)(const void *)(message->data + at);
		if (header->nlmsg_len < HEADER_BYTES || header->nlmsg_len > message->bytes - at)
			break;
		handle(self, header);
		at += MIN(NLMSG_ALIGN(header->nlmsg_len), message->bytes - at);
	}
	return 0;
}

/* -- the call -- */

/* Where to: as the call says, or the peer. */
static int find_receivers(struct netlink_socket *self, const struct socket_address *address, uint32_t *port,
			  uint32_t *group)
{
	struct sockaddr_nl name;

	if (!address) {
		mutex_lock(&netlink_mutex);
		*port = self->peer_port;
		*group = self->peer_group;
		mutex_unlock(&netlink_mutex);
		return 0;
	}
	if (address->bytes < sizeof(name) || address->family != AF_NETLINK)
		return -EINVAL;
	memcpy(&name, address->data, sizeof(name));
	if ((name.nl_groups || name.nl_pid) && !netlink_may_send(netlink_protocol_of(self)))
		return -EPERM;
	*port = name.nl_pid;
	*group = name.nl_groups ? (uint32_t)__builtin_ctz(name.nl_groups) + 1 : 0;
	return 0;
}

/* Who it is from: the process, or whom it says in a control message. */
static int read_writer(const struct socket_message *message, struct unix_ancillary *ancillary)
{
	int error = message->control ? unix_ancillary_read(message, ancillary) : 0;

	if (!error && ancillary->rights) {
		unix_ancillary_put(ancillary);
		error = -EINVAL;
	}
	if (!error)
		unix_ancillary_writer(ancillary);
	return error;
}

static ssize_t copy_in(struct netlink_socket *self, struct uio *uio, const struct unix_writer *writer,
		       struct netlink_message **copy)
{
	uint32_t bytes = (uint32_t)uio->left;
	struct netlink_message *message = netlink_message_create(bytes);

	if (!message)
		return -ENOBUFS;
	if (uio_copy_in(uio, message->data, bytes) != bytes) {
		kfree(message);
		return -EFAULT;
	}
	message->port = self->port;
	message->pid = writer->number;
	message->uid = writer->uid;
	message->gid = writer->gid;
	*copy = message;
	return bytes;
}

static ssize_t send_copy(struct netlink_socket *self, struct netlink_message *copy, uint32_t port, uint32_t group,
			 struct socket_patience *patience)
{
	int error;

	if (group)
		netlink_cast(&(struct netlink_cast){.protocol = self->socket.protocol,
						    .group = group,
						    .data = copy->data,
						    .bytes = copy->bytes,
						    .except = self->port});
	if (port)
		return send_to_program(self, port, copy, patience);
	error = send_to_kernel(self, copy);
	kfree(copy);
	return error;
}

ssize_t netlink_send(struct socket *socket, struct socket_message *message)
{
	struct netlink_socket *self = netlink_of(socket);
	struct socket_patience patience = socket_patience(socket->send_timeout_ns, !(message->flags & MSG_DONTWAIT));
	struct unix_ancillary ancillary = {0};
	struct netlink_message *copy;
	uint32_t port, group;
	ssize_t result, bytes;

	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (!message->uio->left)
		return -ENODATA;
	result = read_writer(message, &ancillary);
	if (result)
		return result;
	result = find_receivers(self, message->address, &port, &group);
	if (!result && message->uio->left > socket->send_limit - SEND_RESERVE)
		result = -EMSGSIZE;
	if (!result) {
		netlink_autobind(self);
		bytes = copy_in(self, message->uio, &ancillary.writer, &copy);
		result = bytes;
		if (bytes >= 0)
			result = send_copy(self, copy, port, group, &patience);
		if (!result)
			result = bytes;
	}
	unix_ancillary_put(&ancillary);
	return result;
}
