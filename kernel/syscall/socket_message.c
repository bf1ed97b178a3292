/*
 * sendmsg, recvmsg and their forms for several messages: struct msghdr and struct mmsghdr of user programs.
 */
#include <asm-generic/fcntl.h>

#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "lib/errno.h"
#include "mem/slab.h"
#include "proc/time.h"
#include "sched/sched.h"
#include "syscall/calls.h"
#include "syscall/socket_calls.h"

#define INTERNAL_FLAGS 0x80000000u
#define MESSAGES_MOST  1024u
/* net.core.optmem_max: what control messages of a sender may take. */
#define CONTROL_MOST  131072u
#define CONTROL_SMALL 256u

struct user_message {
	uint64_t name;
	int32_t name_bytes;
	uint32_t padding;
	uint64_t iovec, count;
	uint64_t control, control_bytes;
	uint32_t flags;
	uint32_t padding2;
};
#define USER_MESSAGE_BYTES  56u
#define USER_MMESSAGE_BYTES 64u /* the same and what was transferred */
_Static_assert(sizeof(struct user_message) == USER_MESSAGE_BYTES, "as struct msghdr lies in memory");

static int read_header(struct user_message *header, uaddr_t user)
{
	if (copy_from_user(header, user, sizeof(*header)) != 0)
		return -EFAULT;
	if (!header->name)
		header->name_bytes = 0;
	if (header->name_bytes < 0)
		return -EINVAL;
	return header->count > UIO_MAX_SEGMENTS ? -EMSGSIZE : 0;
}

/* -- sending -- */

/* A copy of the control messages, in `small` or of its own memory. */
static int read_control(const struct user_message *header, struct socket_message *message, uint8_t *small)
{
	uint8_t *copy = small;

	if (header->control_bytes > INT32_MAX)
		return -ENOBUFS;
	if (!header->control_bytes || !header->control)
		return 0;
	if (header->control_bytes > socket_limits.control_most)
		return -ENOBUFS;
	if (header->control_bytes > CONTROL_SMALL) {
		copy = kmalloc(header->control_bytes);
		if (!copy)
			return -ENOMEM;
	}
	if (copy_from_user(copy, header->control, header->control_bytes) != 0) {
		if (copy != small)
			kfree(copy);
		return -EFAULT;
	}
	message->control = copy;
	message->control_bytes = (uint32_t)header->control_bytes;
	return 0;
}

static int64_t send_message(struct socket *socket, const struct fd_loan *loan, uaddr_t user, flags_t flags)
{
	uint8_t small[CONTROL_SMALL] __attribute__((aligned(8)));
	struct socket_message message = {.flags = flags & ~INTERNAL_FLAGS};
	struct socket_address address;
	struct user_message header;
	struct uio uio;
	int64_t result = read_header(&header, user);

	if (!result && header.name_bytes) {
		result = socket_address_from_user(&address, header.name,
						  MIN(header.name_bytes, (int32_t)sizeof(address.data)));
		message.address = &address;
	}
	if (!result)
		result = uio_init_iovec(&uio, header.iovec, header.count);
	if (result)
		return result;
	result = read_control(&header, &message, small);
	if (!result) {
		message.uio = &uio;
		if (loan->file->flags & O_NONBLOCK)
			message.flags |= MSG_DONTWAIT;
		result = socket->ops->send(socket, &message);
	}
	if (message.control && message.control != small)
		kfree((void *)message.control);
	uio_release(&uio);
	return result;
}

int64_t sys_sendmsg(fd_t fd, user_in_t user, flags_t flags)
{
	struct fd_loan loan;
	struct socket *socket = socket_borrow(fd, &loan);
	int64_t result;

	if (is_err(socket))
		return ptr_err(socket);
	result = send_message(socket, &loan, user, flags);
	fd_give_back(loan);
	return result;
}

static bool is_interrupted(void)
{
	preempt_point();
	return thread_has_work(current_thread(), WORK_SIGNAL | WORK_KILL);
}

int64_t sys_sendmmsg(fd_t fd, user_io_t user, uint32_t count, flags_t flags)
{
	struct fd_loan loan;
	struct socket *socket = socket_borrow(fd, &loan);
	int64_t result = 0;
	uint32_t done = 0;

	if (is_err(socket))
		return ptr_err(socket);
	count = MIN(count, MESSAGES_MOST);
	while (done < count) {
		uaddr_t at = user + (uint64_t)done * USER_MMESSAGE_BYTES;
		result = send_message(socket, &loan, at, flags);
		if (result >= 0)
			result = put_user_u32(at + USER_MESSAGE_BYTES, (uint32_t)result);
		if (result < 0)
			break;
		done++;
		if (is_interrupted())
			break;
	}
	fd_give_back(loan);
	return done ? (int64_t)done : result;
}

/* -- receiving -- */

#define AT_NAME_BYTES    8u
#define AT_CONTROL_BYTES 40u
#define AT_FLAGS         48u

/* What came with the bytes goes back into the header. */
static int write_header(const struct user_message *header, uaddr_t user, const struct socket_message *message,
			const struct socket_address *address)
{
	uint64_t control_bytes = message->control_to ? message->control_to - header->control : 0;

	if (header->name) {
		uint32_t bytes = MIN(address->bytes, (uint32_t)header->name_bytes);
		if ((bytes && copy_to_user(header->name, address->data, bytes) != 0) ||
		    put_user_u32(user + AT_NAME_BYTES, address->bytes) != 0)
			return -EFAULT;
	}
	if (put_user_u32(user + AT_FLAGS, message->result_flags | (message->flags & MSG_CMSG_CLOEXEC)) != 0 ||
	    put_user_u64(user + AT_CONTROL_BYTES, control_bytes) != 0)
		return -EFAULT;
	return 0;
}

static int64_t receive_message(struct socket *socket, const struct fd_loan *loan, uaddr_t user, flags_t flags)
{
	struct socket_message message = {.flags = flags & ~INTERNAL_FLAGS, .has_control = true};
	struct socket_address address = {.bytes = 0};
	struct user_message header;
	struct uio uio;
	int64_t result = read_header(&header, user);
	int error;

	if (!result)
		result = uio_init_iovec(&uio, header.iovec, header.count);
	if (result)
		return result;
	message.uio = &uio;
	message.control_to = header.control;
	message.control_room = header.control ? header.control_bytes : 0;
	if (header.name)
		message.address = &address;
	if (loan->file->flags & O_NONBLOCK)
		message.flags |= MSG_DONTWAIT;
	result = socket->ops->receive(socket, &message);
	if (result >= 0) {
		error = write_header(&header, user, &message, &address);
		if (error)
			result = error;
	}
	uio_release(&uio);
	return result;
}

int64_t sys_recvmsg(fd_t fd, user_io_t user, flags_t flags)
{
	struct fd_loan loan;
	struct socket *socket = socket_borrow(fd, &loan);
	int64_t result;

	if (is_err(socket))
		return ptr_err(socket);
	result = receive_message(socket, &loan, user, flags);
	fd_give_back(loan);
	return result;
}

static int64_t receive_several(struct socket *socket, const struct fd_loan *loan, uaddr_t user, uint32_t count,
			       flags_t flags, uint64_t deadline_ns)
{
	int64_t result = socket_take_error(socket);
	uint32_t done = 0;

	while (!result && done < count) {
		uaddr_t at = user + (uint64_t)done * USER_MMESSAGE_BYTES;
		result = receive_message(socket, loan, at, flags & ~MSG_WAITFORONE);
		if (result >= 0)
			result = put_user_u32(at + USER_MESSAGE_BYTES, (uint32_t)result);
		if (result < 0)
			break;
		done++;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if (clock_monotonic_ns() >= deadline_ns || is_interrupted())
			break;
	}
	/* What went wrong behind the first is told by the next call. */
	if (done && result < 0 && result != -EAGAIN && result > -ERESTART_CALL)
		socket->error = (int32_t)-result;
	return done ? (int64_t)done : result;
}

int64_t sys_recvmmsg(fd_t fd, user_io_t user, uint32_t count, flags_t flags, user_io_t timeout)
{
	uint64_t deadline_ns = TIME_NEVER, timeout_ns;
	struct fd_loan loan;
	struct socket *socket;
	int64_t result;

	if (timeout) {
		result = timespec_from_user(&timeout_ns, timeout);
		if (result)
			return result;
		deadline_ns = clock_monotonic_ns() + timeout_ns;
		if (deadline_ns < timeout_ns)
			deadline_ns = TIME_NEVER;
	}
	socket = socket_borrow(fd, &loan);
	if (is_err(socket))
		return ptr_err(socket);
	result = receive_several(socket, &loan, user, MIN(count, MESSAGES_MOST), flags, deadline_ns);
	fd_give_back(loan);
	if (result > 0 && timeout) {
		uint64_t now = clock_monotonic_ns();
		int error = timespec_to_user(timeout, deadline_ns > now ? deadline_ns - now : 0);
		if (error)
			result = error;
	}
	return result;
}
