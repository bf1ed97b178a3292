/* System calls of inotify(7). */
#include <linux/fcntl.h>
#include <linux/inotify.h>

#include "fs/inotify.h"
#include "fs/permission.h"
#include "lib/errno.h"
#include "syscall/calls.h"

/* Every bit that a mask may have. */
#define MASK_BITS                                                                                                 \
	(IN_ALL_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | \
	 IN_MASK_CREATE | IN_MASK_ADD | IN_ISDIR | IN_ONESHOT)

int64_t sys_inotify_init1(flags_t flags)
{
	struct file *file;

	if (flags & ~(flags_t)(IN_CLOEXEC | IN_NONBLOCK))
		return -EINVAL;
	file = inotify_create(flags);
	return is_err(file) ? ptr_err(file) : fd_open(file, flags & IN_CLOEXEC);
}

int64_t sys_inotify_init(void)
{
	return sys_inotify_init1(0);
}

static int64_t add_watch(struct file *file, user_text_t path, uint32_t mask)
{
	unsigned lookup = (mask & IN_DONT_FOLLOW ? 0 : LOOKUP_FOLLOW) | (mask & IN_ONLYDIR ? LOOKUP_DIRECTORY : 0);
	struct path place;
	int64_t result;
	char *text;

	if ((mask & IN_MASK_ADD) && (mask & IN_MASK_CREATE))
		return -EINVAL;
	if (!inotify_is(file))
		return -EINVAL;
	text = path_text_from_user(path, false);
	if (is_err(text))
		return ptr_err(text);
	result = path_lookup_at(AT_CWD, text, lookup, &place);
	path_text_free(text);
	if (result)
		return result;
	result = inode_permission(path_inode(&place), MAY_READ);
	if (!result)
		result = inotify_add(file, path_inode(&place), mask);
	path_put(&place);
	return result;
}

int64_t sys_inotify_add_watch(fd_t fd, user_text_t path, uint32_t mask)
{
	struct fd_loan loan;
	int64_t result;

	if ((mask & ~MASK_BITS) || !mask)
		return -EINVAL;
	loan = fd_borrow(fd);
	if (!loan.file)
		return -EBADF;
	result = add_watch(loan.file, path, mask);
	fd_give_back(loan);
	return result;
}

int64_t sys_inotify_rm_watch(fd_t fd, int32_t watch)
{
	struct fd_loan loan = fd_borrow(fd);
	int64_t result;

	if (!loan.file)
		return -EBADF;
	result = inotify_is(loan.file) ? inotify_remove(loan.file, watch) : -EINVAL;
	fd_give_back(loan);
	return result;
}
