/*
 * System calls on descriptors: close, dup, fcntl, flock, ioctl, and the making of small objects that are descriptors.
 */
#include <asm-generic/ioctls.h>
#include <linux/fcntl.h>

#include "arch/x86_64/uaccess.h"
#include "fs/async.h"
#include "fs/dnotify.h"
#include "fs/file_control.h"
#include "fs/lease.h"
#include "fs/locks.h"
#include "ipc/eventfd.h"
#include "ipc/memfd.h"
#include "ipc/pipe.h"
#include "ipc/timerfd.h"
#include "lib/string.h"
#include "proc/process.h"
#include "proc/time.h"
#include "syscall/calls.h"

int64_t sys_close(fd_t fd)
{
	return fd_close(fd);
}

int64_t sys_close_range(uint32_t first, uint32_t last, flags_t flags)
{
	return fd_close_range(first, last, flags);
}

int64_t sys_dup(fd_t fd)
{
	return fd_dup(fd, 0, false);
}

static int64_t same_descriptor(fd_t fd)
{
	return fd_close_on_exec(fd) < 0 ? -EBADF : fd;
}

int64_t sys_dup2(fd_t fd, fd_t target)
{
	return fd == target ? same_descriptor(fd) : fd_dup_to(fd, target, false);
}

int64_t sys_dup3(fd_t fd, fd_t target, flags_t flags)
{
	if ((flags & ~(flags_t)O_CLOEXEC) || fd == target)
		return -EINVAL;
	return fd_dup_to(fd, target, flags & O_CLOEXEC);
}

static int64_t lock_set(fd_t fd, struct file *file, uaddr_t address, bool is_ofd, bool may_wait)
{
	struct flock lock;

	if (copy_from_user(&lock, address, sizeof(lock)) != 0)
		return -EFAULT;
	return locks_set(fd, file, &lock, is_ofd, may_wait, current_process()->pid->number);
}

static int64_t lock_get(struct file *file, uaddr_t address, bool is_ofd)
{
	struct flock lock;
	int error;

	if (copy_from_user(&lock, address, sizeof(lock)) != 0)
		return -EFAULT;
	error = locks_test(file, &lock, is_ofd);
	return error ? error : copy_to_user(address, &lock, sizeof(lock));
}

/* F_SETOWN: a group is a negative number. */
static int64_t owner_set(struct file *file, int32_t number)
{
	if (number == INT32_MIN)
		return -EINVAL;
	return number < 0 ? async_set_owner(file, F_OWNER_PGRP, -number) : async_set_owner(file, F_OWNER_PID, number);
}

static int64_t owner_get(struct file *file)
{
	int32_t type, number = async_owner(file, &type);

	return type == F_OWNER_PGRP ? -number : number;
}

static int64_t owner_set_ex(struct file *file, uaddr_t address)
{
	struct f_owner_ex owner;

	if (copy_from_user(&owner, address, sizeof(owner)) != 0)
		return -EFAULT;
	if (owner.type != F_OWNER_TID && owner.type != F_OWNER_PID && owner.type != F_OWNER_PGRP)
		return -EINVAL;
	return async_set_owner(file, owner.type, owner.pid);
}

static int64_t owner_get_ex(struct file *file, uaddr_t address)
{
	struct f_owner_ex owner;

	owner.pid = async_owner(file, &owner.type);
	return copy_to_user(address, &owner, sizeof(owner));
}

/* Commands that need the description; those on the descriptor alone are sys_fcntl's own. */
static int64_t control(fd_t fd, struct file *file, uint32_t command, uint64_t argument)
{
	switch (command) {
	case F_SETFL:
		return file_set_flags(file, fd, (uint32_t)argument);
	case F_GETLK:
	case F_OFD_GETLK:
		return lock_get(file, argument, command == F_OFD_GETLK);
	case F_SETLK:
	case F_OFD_SETLK:
		return lock_set(fd, file, argument, command == F_OFD_SETLK, false);
	case F_SETLKW:
	case F_OFD_SETLKW:
		return lock_set(fd, file, argument, command == F_OFD_SETLKW, true);
	case F_SETOWN:
		return owner_set(file, (int32_t)argument);
	case F_GETOWN:
		return owner_get(file);
	case F_SETOWN_EX:
		return owner_set_ex(file, argument);
	case F_GETOWN_EX:
		return owner_get_ex(file, argument);
	case F_SETSIG:
		return async_set_signal(file, (int)argument);
	case F_GETSIG:
		return async_signal(file);
	case F_SETLEASE:
		return lease_set(file, fd, (int)argument);
	case F_GETLEASE:
		return lease_get(file);
	case F_NOTIFY:
		return dnotify_set(file, fd, (uint32_t)argument);
	case F_SETPIPE_SZ:
		return pipe_set_size(file, (uint32_t)argument);
	case F_GETPIPE_SZ:
		return pipe_size(file);
	case F_ADD_SEALS:
		return memfd_add_seals(file, (uint32_t)argument);
	case F_GET_SEALS:
		return memfd_get_seals(file);
	default:
		return -EINVAL;
	}
}

static int64_t flags_of(fd_t fd)
{
	struct file *file = fd_get_path(fd);
	int64_t flags;

	if (!file)
		return -EBADF;
	flags = (int64_t)file->flags;
	file_put(file);
	return flags;
}

int64_t sys_fcntl(fd_t fd, uint32_t command, uint64_t argument)
{
	struct fd_loan loan;
	int64_t result;

	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return fd_dup(fd, (int)argument, command == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return fd_close_on_exec(fd);
	case F_SETFD:
		return fd_set_close_on_exec(fd, argument & FD_CLOEXEC);
	case F_GETFL:
		return flags_of(fd);
	default:
		break;
	}
	loan = fd_borrow(fd);
	if (!loan.file)
		return -EBADF;
	result = control(fd, loan.file, command, argument);
	fd_give_back(loan);
	return result;
}

int64_t sys_flock(fd_t fd, uint32_t operation)
{
	struct fd_loan loan;
	int64_t result;

	if (!locks_flock_is_known(operation))
		return -EINVAL;
	loan = fd_borrow(fd);
	if (!loan.file)
		return -EBADF;
	result = locks_flock(loan.file, operation);
	fd_give_back(loan);
	return result;
}

static int64_t ioctl_async(struct file *file, fd_t fd, uint64_t argument)
{
	uint32_t on;

	if (get_user_u32(&on, argument) != 0)
		return -EFAULT;
	if (!file->ops->sends_sigio)
		return (on != 0) == ((file->flags & FASYNC) != 0) ? 0 : -ENOTTY;
	return async_set(file, fd, on != 0);
}

int64_t sys_ioctl(fd_t fd, uint32_t command, uint64_t argument)
{
	struct fd_loan loan = fd_borrow(fd);
	int64_t result;

	if (!loan.file)
		return -EBADF;
	if (command == FIOCLEX || command == FIONCLEX)
		result = fd_set_close_on_exec(fd, command == FIOCLEX);
	else if (command == FIOASYNC)
		result = ioctl_async(loan.file, fd, argument);
	else
		result = file_ioctl(loan.file, command, argument);
	fd_give_back(loan);
	return result;
}

/* -- objects -- */

#define EVENTFD_FLAGS (1u | O_CLOEXEC | O_NONBLOCK)

int64_t sys_eventfd2(uint32_t initial, flags_t flags)
{
	struct file *file;

	if (flags & ~(flags_t)EVENTFD_FLAGS)
		return -EINVAL;
	file = eventfd_create(initial, flags);
	return file ? fd_open(file, flags & O_CLOEXEC) : -ENOMEM;
}

int64_t sys_eventfd(uint32_t initial)
{
	return sys_eventfd2(initial, 0);
}

int64_t sys_memfd_create(user_text_t name, flags_t flags)
{
	return memfd_open_user(name, flags);
}

int64_t sys_timerfd_create(clock_id_t clock, flags_t flags)
{
	struct file *file;

	if (flags & ~(flags_t)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	file = timerfd_create(clock, flags);
	return is_err(file) ? ptr_err(file) : fd_open(file, flags & O_CLOEXEC);
}

/* struct itimerspec: the period, then the first time. */
#define TIMER_INTERVAL_AT 0
#define TIMER_VALUE_AT    16
#define TIMER_FLAGS       3 /* TFD_TIMER_ABSTIME, TFD_TIMER_CANCEL_ON_SET */

static int setting_to_user(uaddr_t to, const struct timerfd_setting *setting)
{
	int error = timespec_to_user(to + TIMER_INTERVAL_AT, setting->interval_ns);

	return error ? error : timespec_to_user(to + TIMER_VALUE_AT, setting->value_ns);
}

int64_t sys_timerfd_settime(fd_t fd, flags_t flags, user_in_t value, user_out_t before)
{
	struct timerfd_setting setting, old = {0};
	struct fd_loan loan;
	int64_t result = timespec_from_user(&setting.interval_ns, value + TIMER_INTERVAL_AT);

	if (!result)
		result = timespec_from_user(&setting.value_ns, value + TIMER_VALUE_AT);
	if (!result && (flags & ~(flags_t)TIMER_FLAGS))
		result = -EINVAL;
	if (result)
		return result;
	loan = fd_borrow(fd);
	if (!loan.file)
		return -EBADF;
	result = timerfd_set(loan.file, flags, &setting, &old);
	fd_give_back(loan);
	return !result && before ? setting_to_user(before, &old) : result;
}

int64_t sys_timerfd_gettime(fd_t fd, user_out_t value)
{
	struct timerfd_setting setting = {0};
	struct fd_loan loan = fd_borrow(fd);
	int64_t result;

	if (!loan.file)
		return -EBADF;
	result = timerfd_get(loan.file, &setting);
	fd_give_back(loan);
	return result ? result : setting_to_user(value, &setting);
}
