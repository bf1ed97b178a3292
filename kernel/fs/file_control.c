/*
 * What fcntl and ioctl do to every description alike: status flags, the owner of its signals, the commands that no
 * driver need know.
 */
#include <asm-generic/fcntl.h>
#include <asm-generic/ioctls.h>
#include <linux/fs.h>
#include <linux/stat.h>

#include "arch/x86_64/uaccess.h"
#include "fs/async.h"
#include "fs/file_control.h"
#include "lib/errno.h"

#define SETTABLE_FLAGS (O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME)

int file_set_flags(struct file *file, int fd, uint32_t flags)
{
	uint32_t before = file->flags;
	int error;

	if ((flags & O_NOATIME) && !(before & O_NOATIME) && !inode_owner_or_capable(file_inode(file)))
		return -EPERM;
	error = async_set(file, fd, (flags & FASYNC) != 0);
	if (error)
		return error;
	while (!atomic_compare_exchange_weak(&file->flags, &before,
					     (before & ~(uint32_t)SETTABLE_FLAGS) | (flags & SETTABLE_FLAGS)))
		;
	return 0;
}

static void change_flag(struct file *file, uint32_t flag, bool is_set)
{
	if (is_set)
		atomic_fetch_or(&file->flags, flag);
	else
		atomic_fetch_and(&file->flags, ~flag);
}

static int64_t ioctl_flag(struct file *file, uint64_t argument, uint32_t flag)
{
	uint32_t on;

	if (get_user_u32(&on, argument) != 0)
		return -EFAULT;
	change_flag(file, flag, on != 0);
	return 0;
}

/* FIONREAD of a regular file: what lies between the position and the end (negative behind it), as far as an int can
 * say it. */
static int64_t ioctl_bytes_left(struct file *file, uint64_t argument)
{
	return put_user_u32(argument, (uint32_t)(inode_size(file->inode) - file->position));
}

int64_t file_ioctl(struct file *file, uint32_t command, uint64_t argument)
{
	bool is_regular = file->inode && S_ISREG(file->inode->mode);

	switch (command) {
	case FIONBIO:
		return ioctl_flag(file, argument, O_NONBLOCK);
	case FIONREAD:
		if (is_regular)
			return ioctl_bytes_left(file, argument);
		break;
	case FIGETBSZ:
		return put_user_u32(argument, PAGE_SIZE);
	default:
		break;
	}
	return file->ops->ioctl ? file->ops->ioctl(file, command, argument) : -ENOTTY;
}
