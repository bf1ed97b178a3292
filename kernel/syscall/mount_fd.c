/* System calls on mounts held by descriptors. */
#include <linux/fcntl.h>
#include <linux/mount.h>

#include "arch/x86_64/uaccess.h"
#include "fs/file.h"
#include "fs/mount_ops.h"
#include "lib/errno.h"
#include "syscall/calls.h"

#define CLOEXEC 02000000u /* OPEN_TREE_CLOEXEC */

#define TREE_FLAGS (OPEN_TREE_CLONE | CLOEXEC | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW)
#define MOVE_FLAGS 0x77u
#define ATTR_FLAGS (AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW)

static unsigned lookup_of(uint32_t flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) | (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

int64_t sys_open_tree(fd_t dirfd, user_text_t path, flags_t flags)
{
	struct file *file;
	char *text;

	if ((flags & ~(uint32_t)TREE_FLAGS) || (flags & (AT_RECURSIVE | OPEN_TREE_CLONE)) == AT_RECURSIVE)
		return -EINVAL;
	text = path_text_from_user(path, (flags & AT_EMPTY_PATH) != 0);
	if (is_err(text))
		return ptr_err(text);
	file = mount_open_tree(dirfd, text, lookup_of(flags), (flags & OPEN_TREE_CLONE) != 0,
			       (flags & AT_RECURSIVE) != 0);
	path_text_free(text);
	return is_err(file) ? ptr_err(file) : fd_open(file, (flags & CLOEXEC) != 0);
}

/* Three bits for each end: follow symbolic links, automounts, empty path. */
static unsigned lookup_of_end(uint32_t bits)
{
	return (bits & 1 ? LOOKUP_FOLLOW : 0) | (bits & 4 ? LOOKUP_EMPTY : 0);
}

int64_t sys_move_mount(fd_t from_dirfd, user_text_t from_path, fd_t to_dirfd, user_text_t to_path, flags_t flags)
{
	struct mount_end from = {.dirfd = from_dirfd, .lookup = lookup_of_end(flags)};
	struct mount_end to = {.dirfd = to_dirfd, .lookup = lookup_of_end(flags >> 4)};
	char *from_text, *to_text;
	int64_t error;

	if (flags & ~MOVE_FLAGS)
		return -EINVAL;
	from_text = path_text_from_user(from_path, (from.lookup & LOOKUP_EMPTY) != 0);
	if (is_err(from_text))
		return ptr_err(from_text);
	to_text = path_text_from_user(to_path, (to.lookup & LOOKUP_EMPTY) != 0);
	if (is_err(to_text)) {
		error = ptr_err(to_text);
	} else {
		from.text = from_text;
		to.text = to_text;
		error = mount_move_at(&from, &to);
		path_text_free(to_text);
	}
	path_text_free(from_text);
	return error;
}

int64_t sys_mount_setattr(fd_t dirfd, user_text_t path, flags_t flags, user_in_t attr_at, uint64_t bytes)
{
	struct mount_end where = {.dirfd = dirfd, .lookup = lookup_of(flags)};
	struct mount_attr attr;
	char *text;
	int64_t error;

	if (flags & ~(uint32_t)ATTR_FLAGS)
		return -EINVAL;
	if (bytes > PAGE_SIZE)
		return -E2BIG;
	if (bytes < sizeof(attr))
		return -EINVAL;
	if (copy_from_user(&attr, attr_at, sizeof(attr)))
		return -EFAULT;
	for (uint64_t at = sizeof(attr); at < bytes; at++) {
		uint8_t byte;
		if (copy_from_user(&byte, attr_at + at, 1))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	if (!attr.attr_set && !attr.attr_clr && !attr.propagation)
		return 0;
	text = path_text_from_user(path, (flags & AT_EMPTY_PATH) != 0);
	if (is_err(text))
		return ptr_err(text);
	where.text = text;
	error = mount_set_attr(&where, &attr, (flags & AT_RECURSIVE) != 0);
	path_text_free(text);
	return error;
}
