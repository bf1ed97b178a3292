/*
 * What all sockets share: their making, and what their descriptions do.
 */
#include "net/socket.h"

#include <asm-generic/fcntl.h>

#include "choice/choice.h"
#include "fs/anon.h"
#include "lib/errno.h"
#include "net/device.h"
#include "net/netlink.h"
#include "trace/trace.h"

/* A family of addresses is a row here. */
static const struct socket_family *const families[AF_LIMIT] = {
	[AF_UNIX] = &unix_family,
	[AF_NETLINK] = &netlink_family,
	[AF_INET] = &inet_family,
	[AF_INET6] = &inet6_family,
};

#define BUFFER_BYTES 212992u

struct socket_limits socket_limits = {.backlog_most = 4096,
				      .send_default = BUFFER_BYTES,
				      .send_most = BUFFER_BYTES,
				      .receive_default = BUFFER_BYTES,
				      .receive_most = BUFFER_BYTES,
				      .control_most = 131072};

struct socket *socket_create(int family, int type, int protocol)
{
	if (family < 0 || family >= AF_LIMIT)
		return err_ptr(-EAFNOSUPPORT);
	if (type < 0 || type >= SOCK_TYPES)
		return err_ptr(-EINVAL);
	if (!families[family])
		return err_ptr(-EAFNOSUPPORT);
	return families[family]->create(type, protocol);
}

void socket_init(struct socket *socket, const struct socket_ops *ops, int family, int type, int protocol)
{
	socket->ops = ops;
	socket->family = (uint16_t)family;
	socket->type = (uint16_t)type;
	socket->protocol = protocol;
	atomic_init(&socket->options, SOCKET_PASSRIGHTS);
	atomic_init(&socket->send_limit, socket_limits.send_default);
	atomic_init(&socket->receive_limit, socket_limits.receive_default);
	atomic_init(&socket->receive_least, 1);
	atomic_init(&socket->peek_offset, -1);
	atomic_init(&socket->receive_timeout_ns, TIME_NEVER);
	atomic_init(&socket->send_timeout_ns, TIME_NEVER);
}

static uint32_t blocking_flag(const struct file *file)
{
	return file->flags & O_NONBLOCK ? MSG_DONTWAIT : 0;
}

static HOT_CODE ssize_t socket_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct socket *socket = file->private_data;
	struct socket_message message = {.uio = uio, .flags = blocking_flag(file)};

	return likely(uio->left) ? socket->ops->receive(socket, &message) : 0;
}

static HOT_CODE ssize_t socket_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct socket *socket = file->private_data;
	struct socket_message message = {.uio = uio, .flags = blocking_flag(file)};

	if (socket->type == SOCK_SEQPACKET)
		message.flags |= MSG_EOR;
	return socket->ops->send(socket, &message);
}

static uint32_t socket_poll(struct file *file, struct poll_table *table)
{
	struct socket *socket = file->private_data;

	return socket->ops->poll(socket, file, table);
}

static int64_t socket_ioctl(struct file *file, uint32_t command, uint64_t argument)
{
	struct socket *socket = file->private_data;
	int64_t result = socket->ops->ioctl ? socket->ops->ioctl(socket, command, argument) : -ENOTTY;

	return result == -ENOTTY ? net_device_ioctl(command, argument) : result;
}

static void socket_flush(struct file *file)
{
	struct socket *socket = file->private_data;

	if (socket->ops->closing)
		socket->ops->closing(socket);
}

static void socket_release(struct file *file)
{
	struct socket *socket = file->private_data;

	if (socket) /* null: it was never attached */
		socket->ops->release(socket);
}

static uint8_t socket_message_kind(const struct file *file)
{
	const struct socket *socket = file->private_data;

	if (!socket)
		return 0;
	if (socket->family == AF_INET || socket->family == AF_INET6)
		return socket->type == SOCK_STREAM ? MESSAGE_TCP : MESSAGE_UDP;
	return socket->type == SOCK_STREAM ? MESSAGE_UNIX : MESSAGE_DATAGRAM;
}

static const struct file_ops socket_file_ops = {
	.name = "socket",
	.message_kind_of = socket_message_kind,
	.sends_sigio = true,
	.read = socket_read,
	.write = socket_write,
	.poll = socket_poll,
	.ioctl = socket_ioctl,
	.flush = socket_flush,
	.closed = unix_collect_wanted,
	.release = socket_release,
};

struct socket *socket_of(const struct file *file)
{
	return file->ops == &socket_file_ops ? file->private_data : NULL;
}

struct file *socket_file(uint32_t flags)
{
	struct inode *inode = anon_inode_create(ANON_SOCKET, 0777);
	struct file *file;
	int error;

	if (!inode)
		return err_ptr(-ENOMEM);
	file = file_create(&socket_file_ops, O_RDWR | (flags & O_NONBLOCK), NULL);
	if (file) {
		file->inode = inode;
		return file;
	}
	error = file_refusal();
	inode_put(inode);
	return err_ptr(error);
}

void socket_attach(struct file *file, struct socket *socket)
{
	file->private_data = socket;
	socket->file = file;
}

struct file *socket_open(struct socket *socket, uint32_t flags)
{
	struct file *file = socket_file(flags);

	if (is_err(file))
		socket->ops->release(socket);
	else
		socket_attach(file, socket);
	return file;
}

int socket_block(struct wait *wait, struct socket_patience *patience)
{
	int error;

	if (!patience->timeout_ns)
		return -EAGAIN;
	if (!patience->has_begun) {
		patience->has_begun = true;
		patience->deadline_ns = TIME_NEVER;
		if (patience->timeout_ns != TIME_NEVER)
			patience->deadline_ns = clock_monotonic_ns() + patience->timeout_ns;
	}
	wait->deadline_ns = patience->deadline_ns;
	error = wait_block(wait, WAIT_INTERRUPTIBLE);
	if (error == -ETIMEDOUT)
		return -EAGAIN;
	return error && patience->timeout_ns != TIME_NEVER ? -EINTR : error;
}

int socket_sleep(struct waitq *queue, enum wait_kind kind, void *object, struct mutex *mutex,
		 struct socket_patience *patience)
{
	struct wait wait = WAIT(kind, object, TIME_NEVER);
	int error;

	if (!patience->timeout_ns)
		return -EAGAIN;
	waitq_add(queue, &wait);
	mutex_unlock(mutex);
	error = socket_block(&wait, patience);
	wait_done(&wait);
	mutex_lock(mutex);
	return error;
}
