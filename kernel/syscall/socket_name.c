/*
 * System calls on a socket's names, connections and options.
 */
#include <asm-generic/fcntl.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "syscall/calls.h"
#include "syscall/socket_calls.h"

int64_t sys_bind(fd_t fd, user_in_t user, int32_t bytes)
{
	struct socket_address address;
	struct fd_loan loan;
	struct socket *socket = socket_borrow(fd, &loan);
	int64_t result;

	if (is_err(socket))
		return ptr_err(socket);
	result = socket_address_from_user(&address, user, bytes);
	if (!result)
		result = socket->ops->bind ? socket->ops->bind(socket, &address) : -EOPNOTSUPP;
	fd_give_back(loan);
	return result;
}

int64_t sys_connect(fd_t fd, user_in_t user, int32_t bytes)
{
	struct socket_address address;
	struct fd_loan loan;
	struct socket *socket = socket_borrow(fd, &loan);
	int64_t result;

	if (ptr_err(socket) == -EBADF)
		return -EBADF;
	/* Here an address is looked at before it is said that this is no socket. */
	result = socket_address_from_user(&address, user, bytes);
	if (is_err(socket))
		return result ? result : ptr_err(socket);
	if (!result && !socket->ops->connect)
		result = -EOPNOTSUPP;
	if (!result)
		result = socket->ops->connect(socket, &address, loan.file->flags);
	fd_give_back(loan);
	return result;
}

int64_t sys_listen(fd_t fd, int32_t backlog)
{
	struct fd_loan loan;
	struct socket *socket = socket_borrow(fd, &loan);
	int64_t result;

	if (is_err(socket))
		return ptr_err(socket);
	result = socket->ops->listen ? socket->ops->listen(socket, backlog) : -EOPNOTSUPP;
	fd_give_back(loan);
	return result;
}

/* The connection as a description, its peer told where that is asked for. What can fail before it is taken does. */
static struct file *take_connection(struct socket *socket, uint32_t file_flags, uint32_t flags, uaddr_t address,
				    uaddr_t address_bytes)
{
	struct file *file = socket_file(flags);
	struct socket_address name;
	struct socket *fresh;
	int error = 0;

	if (is_err(file))
		return file;
	fresh = socket->ops->accept ? socket->ops->accept(socket, file_flags) : err_ptr(-EOPNOTSUPP);
	if (is_err(fresh)) {
		file_put(file);
		return (struct file *)fresh;
	}
	socket_attach(file, fresh);
	if (!address)
		return file;
	error = fresh->ops->caller ? fresh->ops->caller(fresh, &name) : fresh->ops->name(fresh, true, &name);
	error = error ? -ECONNABORTED : 0;
	if (!error)
		error = socket_address_to_user(&name, address, address_bytes);
	if (!error)
		return file;
	file_put(file);
	return err_ptr(error);
}

int64_t sys_accept4(fd_t fd, user_out_t address, user_io_t address_bytes, flags_t flags)
{
	struct fd_loan loan;
	struct socket *socket;
	struct file *file;
	int fresh;

	socket = socket_borrow(fd, &loan);
	if (flags & ~(flags_t)(O_CLOEXEC | O_NONBLOCK)) {
		if (!is_err(socket))
			fd_give_back(loan);
		return ptr_err(socket) == -EBADF ? -EBADF : -EINVAL;
	}
	if (is_err(socket))
		return ptr_err(socket);
	fresh = fd_reserve(0);
	if (fresh >= 0) {
		file = take_connection(socket, loan.file->flags, flags, address, address_bytes);
		if (is_err(file)) {
			fd_unreserve(fresh);
			fresh = (int)ptr_err(file);
		} else {
			fd_install(fresh, file, flags & O_CLOEXEC);
		}
	}
	fd_give_back(loan);
	return fresh;
}

int64_t sys_accept(fd_t fd, user_out_t address, user_io_t address_bytes)
{
	return sys_accept4(fd, address, address_bytes, 0);
}

static int64_t tell_name(fd_t fd, bool of_peer, user_out_t address, user_io_t address_bytes)
{
	struct socket_address name;
	struct fd_loan loan;
	struct socket *socket = socket_borrow(fd, &loan);
	int64_t result;

	if (is_err(socket))
		return ptr_err(socket);
	result = socket->ops->name ? socket->ops->name(socket, of_peer, &name) : -EOPNOTSUPP;
	if (!result)
		result = socket_address_to_user(&name, address, address_bytes);
	fd_give_back(loan);
	return result;
}

int64_t sys_getsockname(fd_t fd, user_out_t address, user_io_t address_bytes)
{
	return tell_name(fd, false, address, address_bytes);
}

int64_t sys_getpeername(fd_t fd, user_out_t address, user_io_t address_bytes)
{
	return tell_name(fd, true, address, address_bytes);
}

int64_t sys_setsockopt(fd_t fd, int32_t level, int32_t name, user_in_t value, int32_t bytes)
{
	struct fd_loan loan;
	struct socket *socket = socket_borrow(fd, &loan);
	int64_t result;

	if (is_err(socket))
		return ptr_err(socket);
	result = socket_set_option(socket, level, name, value, bytes);
	fd_give_back(loan);
	return result;
}

int64_t sys_getsockopt(fd_t fd, int32_t level, int32_t name, user_out_t value, user_io_t user_bytes)
{
	struct fd_loan loan;
	struct socket *socket = socket_borrow(fd, &loan);
	uint32_t bytes;
	int64_t result;

	if (is_err(socket))
		return ptr_err(socket);
	result = get_user_u32(&bytes, user_bytes);
	if (!result) {
		int32_t room = (int32_t)bytes;
		result = socket_get_option(socket, level, name, value, &room);
		if ((!result || result == -ERANGE) && put_user_u32(user_bytes, (uint32_t)room) != 0)
			result = -EFAULT;
	}
	fd_give_back(loan);
	return result;
}
