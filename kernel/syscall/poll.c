/*
 * System calls that wait for several descriptors: poll, select, epoll, with their signal masks and time-outs.
 */
#include <linux/eventpoll.h>
#include <linux/fcntl.h>

#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "fs/epoll.h"
#include "fs/poll.h"
#include "lib/errno.h"
#include "proc/process.h"
#include "proc/time.h"
#include "syscall/calls.h"

/* A deadline that is `wait_ns` away; 0 says "do not wait". */
static uint64_t deadline_after(uint64_t wait_ns)
{
	uint64_t deadline;

	if (!wait_ns)
		return 0;
	if (wait_ns == TIME_NEVER || __builtin_add_overflow(clock_monotonic_ns(), wait_ns, &deadline))
		return TIME_NEVER;
	return deadline;
}

static uint64_t deadline_of_ms(int32_t timeout_ms)
{
	return timeout_ms < 0 ? TIME_NEVER : deadline_after((uint64_t)timeout_ms * NS_PER_MSEC);
}

/* From a struct timespec that may be missing. */
static int deadline_of_timespec(uaddr_t timeout, uint64_t *deadline_ns)
{
	uint64_t wait_ns = TIME_NEVER;
	int error = timeout ? timespec_from_user(&wait_ns, timeout) : 0;

	*deadline_ns = error ? 0 : deadline_after(wait_ns);
	return error;
}

/* Linux tells how much was left; that this cannot be written is no error of the call. */
static uint64_t left_until(uint64_t deadline_ns)
{
	uint64_t now = clock_monotonic_ns();

	return deadline_ns > now ? deadline_ns - now : 0;
}

static void left_to_timespec(uaddr_t timeout, uint64_t deadline_ns)
{
	if (timeout && deadline_ns != TIME_NEVER)
		(void)timespec_to_user(timeout, left_until(deadline_ns));
}

/* -- poll -- */

static int64_t poll_again(struct thread_proc *self);

/* An interrupted poll goes on until the deadline it began with. */
static int64_t poll_until(uaddr_t fds, uint32_t count, uint64_t deadline_ns)
{
	int64_t result = poll_wait_user(fds, count, deadline_ns);
	struct thread_proc *self = current_proc();

	if (likely(result != -ERESTART_NOHANDLER))
		return result;
	self->restart_args[0] = fds;
	self->restart_args[1] = count;
	self->restart_deadline_ns = deadline_ns;
	self->restart = poll_again;
	return -ERESTART_BLOCK;
}

static int64_t poll_again(struct thread_proc *self)
{
	return poll_until(self->restart_args[0], (uint32_t)self->restart_args[1], self->restart_deadline_ns);
}

int64_t sys_poll(user_io_t fds, uint32_t count, int32_t timeout_ms)
{
	return poll_until(fds, count, deadline_of_ms(timeout_ms));
}

int64_t sys_ppoll(user_io_t fds, uint32_t count, user_io_t timeout, user_in_t mask, uint64_t mask_bytes)
{
	uint64_t deadline;
	int64_t result = deadline_of_timespec(timeout, &deadline);

	if (!result)
		result = poll_mask_hooks.set(mask, mask_bytes);
	if (result)
		return result;
	result = poll_wait_user(fds, count, deadline);
	if (mask)
		poll_mask_hooks.restore(result == -ERESTART_NOHANDLER);
	left_to_timespec(timeout, deadline);
	return result;
}

/* -- select -- */

/* struct timeval; more than a second of microseconds is allowed here, unlike elsewhere. */
static int timeval_to_deadline(uaddr_t timeout, uint64_t *deadline_ns)
{
	int64_t value[2];
	uint64_t sec, ns;

	*deadline_ns = TIME_NEVER;
	if (!timeout)
		return 0;
	if (copy_from_user(value, timeout, sizeof(value)) != 0)
		return -EFAULT;
	if (value[0] < 0 || value[1] < 0)
		return -EINVAL;
	sec = (uint64_t)value[0] + (uint64_t)value[1] / 1000000;
	if (__builtin_mul_overflow(sec, NS_PER_SEC, &ns))
		return 0;
	ns += (uint64_t)value[1] % 1000000 * NS_PER_USEC;
	*deadline_ns = deadline_after(ns);
	return 0;
}

int64_t sys_select(int32_t count, user_io_t in, user_io_t out, user_io_t except, user_io_t timeout)
{
	uint64_t deadline;
	int64_t result = timeval_to_deadline(timeout, &deadline);

	if (result)
		return result;
	result = select_wait_user(count, in, out, except, deadline);
	if (timeout && deadline != TIME_NEVER)
		(void)timeval_to_user(timeout, left_until(deadline));
	return result;
}

/* The sixth argument points to the address of the mask and its size. */
int64_t sys_pselect6(int32_t count, user_io_t in, user_io_t out, user_io_t except, user_io_t timeout, user_in_t mask)
{
	uint64_t mask_words[2] = {0, 0}, deadline;
	int64_t result = deadline_of_timespec(timeout, &deadline);

	if (!result && mask)
		result = copy_from_user(mask_words, mask, sizeof(mask_words));
	if (!result)
		result = poll_mask_hooks.set(mask_words[0], mask_words[1]);
	if (result)
		return result;
	result = select_wait_user(count, in, out, except, deadline);
	if (mask_words[0])
		poll_mask_hooks.restore(result == -ERESTART_NOHANDLER);
	left_to_timespec(timeout, deadline);
	return result;
}

/* -- epoll -- */

int64_t sys_epoll_create1(flags_t flags)
{
	struct file *file;

	if (flags & ~(flags_t)O_CLOEXEC)
		return -EINVAL;
	file = epoll_create_file(0);
	return file ? fd_open(file, flags & O_CLOEXEC) : -ENOMEM;
}

int64_t sys_epoll_create(int32_t size)
{
	return size <= 0 ? -EINVAL : sys_epoll_create1(0);
}

int64_t sys_epoll_ctl(fd_t epoll, int32_t operation, fd_t fd, user_in_t event)
{
	struct epoll_event wanted = {0};
	struct fd_loan at, target;
	int64_t result = -EBADF;

	if (operation != EPOLL_CTL_DEL && copy_from_user(&wanted, event, sizeof(wanted)) != 0)
		return -EFAULT;
	at = fd_borrow(epoll);
	target = fd_borrow(fd);
	if (at.file && target.file)
		result = epoll_control(at.file, operation, fd, target.file, &wanted);
	fd_give_back(target);
	fd_give_back(at);
	return result;
}

static int64_t epoll_wait_until(fd_t epoll, uaddr_t events, int32_t count, uint64_t deadline_ns)
{
	struct fd_loan loan = fd_borrow(epoll);
	int64_t result;

	if (!loan.file)
		return -EBADF;
	result = epoll_wait_user(loan.file, events, count, deadline_ns);
	fd_give_back(loan);
	return result;
}

int64_t sys_epoll_wait(fd_t epoll, user_out_t events, int32_t count, int32_t timeout_ms)
{
	return epoll_wait_until(epoll, events, count, deadline_of_ms(timeout_ms));
}

static int64_t epoll_wait_masked(fd_t epoll, uaddr_t events, int32_t count, uint64_t deadline_ns, uaddr_t mask,
				 uint64_t mask_bytes)
{
	int64_t result = poll_mask_hooks.set(mask, mask_bytes);

	if (result)
		return result;
	result = epoll_wait_until(epoll, events, count, deadline_ns);
	if (mask)
		poll_mask_hooks.restore(result == -EINTR);
	return result;
}

int64_t sys_epoll_pwait(fd_t epoll, user_out_t events, int32_t count, int32_t timeout_ms, user_in_t mask,
			uint64_t mask_bytes)
{
	return epoll_wait_masked(epoll, events, count, deadline_of_ms(timeout_ms), mask, mask_bytes);
}

int64_t sys_epoll_pwait2(fd_t epoll, user_out_t events, int32_t count, user_in_t timeout, user_in_t mask,
			 uint64_t mask_bytes)
{
	uint64_t deadline;
	int64_t result = deadline_of_timespec(timeout, &deadline);

	return result ? result : epoll_wait_masked(epoll, events, count, deadline, mask, mask_bytes);
}
