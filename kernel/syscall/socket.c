/*
 * System calls that make sockets and join them, and those that send and receive one buffer.
 */
#include <asm-generic/fcntl.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "net/socket.h"
#include "syscall/calls.h"
#include "syscall/socket_calls.h"

#define TYPE_FLAGS ((uint32_t)(O_CLOEXEC | O_NONBLOCK))

int64_t sys_socket(int32_t family, int32_t type, int32_t protocol)
{
	uint32_t flags = (uint32_t)type & ~SOCK_TYPE_MASK;
	struct socket *socket;
	struct file *file;

	if (flags & ~TYPE_FLAGS)
		return -EINVAL;
	socket = socket_create(family, (int)((uint32_t)type & SOCK_TYPE_MASK), protocol);
	if (is_err(socket))
		return ptr_err(socket);
	file = socket_open(socket, flags);
	return is_err(file) ? ptr_err(file) : fd_open(file, flags & O_CLOEXEC);
}

/* Two sockets that are each other's peers, as descriptions. 0, or -errno and nothing is there. */
static int make_pair(int32_t family, int32_t type, int32_t protocol, uint32_t flags, struct file *files[2])
{
	struct socket *first = socket_create(family, type, protocol), *second;
	int error;

	if (is_err(first))
		return (int)ptr_err(first);
	second = socket_create(family, type, protocol);
	if (is_err(second)) {
		first->ops->release(first);
		return (int)ptr_err(second);
	}
	error = first->ops->pair ? first->ops->pair(first, second) : -EOPNOTSUPP;
	if (error) {
		first->ops->release(first);
		second->ops->release(second);
		return error;
	}
	files[0] = socket_open(first, flags);
	files[1] = socket_open(second, flags);
	if (!is_err(files[0]) && !is_err(files[1]))
		return 0;
	error = (int)(is_err(files[0]) ? ptr_err(files[0]) : ptr_err(files[1]));
	for (unsigned i = 0; i < 2; i++) {
		if (!is_err(files[i]))
			file_put(files[i]);
	}
	return error;
}

static int reserve_two(int fds[2], uaddr_t user)
{
	fds[0] = fd_reserve(0);
	if (fds[0] < 0)
		return fds[0];
	fds[1] = fd_reserve(0);
	if (fds[1] < 0) {
		fd_unreserve(fds[0]);
		return fds[1];
	}
	if (copy_to_user(user, fds, 2 * sizeof(int)) == 0)
		return 0;
	fd_unreserve(fds[0]);
	fd_unreserve(fds[1]);
	return -EFAULT;
}

int64_t sys_socketpair(int32_t family, int32_t type, int32_t protocol, user_out_t pair)
{
	uint32_t flags = (uint32_t)type & ~SOCK_TYPE_MASK;
	struct file *files[2];
	int fds[2], error;

	if (flags & ~TYPE_FLAGS)
		return -EINVAL;
	error = reserve_two(fds, pair);
	if (error)
		return error;
	error = make_pair(family, (int32_t)((uint32_t)type & SOCK_TYPE_MASK), protocol, flags, files);
	for (unsigned i = 0; i < 2; i++) {
		if (error)
			fd_unreserve(fds[i]);
		else
			fd_install(fds[i], files[i], flags & O_CLOEXEC);
	}
	return error;
}

struct socket *socket_borrow(fd_t fd, struct fd_loan *loan)
{
	struct socket *socket;

	*loan = fd_borrow(fd);
	if (!loan->file)
		return err_ptr(-EBADF);
	socket = socket_of(loan->file);
	if (likely(socket))
		return socket;
	fd_give_back(*loan);
	return err_ptr(-ENOTSOCK);
}

int64_t sys_shutdown(fd_t fd, int32_t how)
{
	struct fd_loan loan;
	struct socket *socket = socket_borrow(fd, &loan);
	int64_t result;

	if (is_err(socket))
		return ptr_err(socket);
	result = socket->ops->shutdown ? socket->ops->shutdown(socket, how) : -EOPNOTSUPP;
	fd_give_back(loan);
	return result;
}

/* -- addresses -- */

int socket_address_from_user(struct socket_address *address, uaddr_t user, int32_t bytes)
{
	if (bytes < 0 || bytes > (int32_t)sizeof(address->data))
		return -EINVAL;
	address->bytes = (uint32_t)bytes;
	address->family = AF_UNSPEC;
	return bytes ? copy_from_user(address->data, user, (size_t)bytes) : 0;
}

int socket_address_to_user(const struct socket_address *address, uaddr_t user, uaddr_t user_bytes)
{
	uint32_t room, bytes = address->bytes;

	if (get_user_u32(&room, user_bytes) != 0)
		return -EFAULT;
	if ((int32_t)room < 0)
		return -EINVAL;
	room = MIN(room, bytes);
	if (room && copy_to_user(user, address->data, room) != 0)
		return -EFAULT;
	return put_user_u32(user_bytes, bytes);
}

/* -- one buffer -- */

#define INTERNAL_FLAGS 0x80000000u

int64_t sys_sendto(fd_t fd, user_in_t buffer, uint64_t bytes, flags_t flags, user_in_t user_address,
		   int32_t address_bytes)
{
	struct socket_message message = {.flags = flags & ~INTERNAL_FLAGS};
	struct socket_address address;
	struct fd_loan loan;
	struct socket *socket;
	struct uio uio;
	int64_t result = 0;

	if (!user_range_is_valid(buffer, bytes))
		return -EFAULT;
	socket = socket_borrow(fd, &loan);
	if (is_err(socket))
		return ptr_err(socket);
	if (user_address) {
		result = socket_address_from_user(&address, user_address, address_bytes);
		message.address = &address;
	}
	if (!result) {
		uio_init_user(&uio, buffer, bytes);
		message.uio = &uio;
		if (loan.file->flags & O_NONBLOCK)
			message.flags |= MSG_DONTWAIT;
		result = socket->ops->send(socket, &message);
	}
	fd_give_back(loan);
	return result;
}

int64_t sys_recvfrom(fd_t fd, user_out_t buffer, uint64_t bytes, flags_t flags, user_out_t user_address,
		     user_io_t address_bytes)
{
	struct socket_message message = {.flags = flags & ~INTERNAL_FLAGS};
	struct socket_address address;
	struct fd_loan loan;
	struct socket *socket;
	struct uio uio;
	int64_t result;

	if (!user_range_is_valid(buffer, bytes))
		return -EFAULT;
	socket = socket_borrow(fd, &loan);
	if (is_err(socket))
		return ptr_err(socket);
	if (user_address) {
		address.bytes = 0;
		message.address = &address;
	}
	uio_init_user(&uio, buffer, bytes);
	message.uio = &uio;
	if (loan.file->flags & O_NONBLOCK)
		message.flags |= MSG_DONTWAIT;
	result = socket->ops->receive(socket, &message);
	fd_give_back(loan);
	if (result >= 0 && user_address) {
		int error = socket_address_to_user(&address, user_address, address_bytes);
		if (error)
			result = error;
	}
	return result;
}
