/* System calls on mounts, and those that ask for what is written to be safe. */
#include <linux/capability.h>
#include <linux/mount.h>

#include "arch/x86_64/uaccess.h"
#include "fs/file.h"
#include "fs/mount_ops.h"
#include "fs/path_text.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "syscall/calls.h"

/* Old programs put this in the upper half of mount's flags. */
#define MAGIC_VALUE 0xc0ed0000ul
#define MAGIC_MASK  0xffff0000ul

#define NOFOLLOW_FLAG 8 /* UMOUNT_NOFOLLOW */

/* A text of mount(2); 0 gives null. The options are a page that need not end by zero within it. */
static int64_t optional_text(user_text_t from, char **text)
{
	*text = NULL;
	if (!from)
		return 0;
	*text = path_text_from_user(from, true);
	if (is_err(*text)) {
		int64_t error = ptr_err(*text);
		*text = NULL;
		return error;
	}
	return 0;
}

static void free_text(char *text)
{
	if (text)
		path_text_free(text);
}

int64_t sys_mount(user_text_t source_at, user_text_t where_at, user_text_t type_at, uint64_t flags, user_in_t data_at)
{
	char *source = NULL, *where = NULL, *type = NULL, *data = NULL;
	int64_t error = optional_text(source_at, &source);

	if ((flags & MAGIC_MASK) == MAGIC_VALUE)
		flags &= ~MAGIC_MASK;
	if (!error)
		error = where_at ? optional_text(where_at, &where) : -EFAULT;
	if (!error)
		error = optional_text(type_at, &type);
	if (!error)
		error = optional_text(data_at, &data);
	if (!error)
		error = vfs_mount(type, source, where, (uint32_t)flags, data);
	free_text(source);
	free_text(where);
	free_text(type);
	free_text(data);
	return error;
}

#define UMOUNT_FLAGS (1 | 2 | 4 | NOFOLLOW_FLAG)

int64_t sys_umount2(user_text_t where, int32_t flags)
{
	struct path place;
	char *text;
	int error;

	if (flags & ~UMOUNT_FLAGS)
		return -EINVAL;
	text = path_text_from_user(where, false);
	if (is_err(text))
		return ptr_err(text);
	error = path_lookup_at(AT_CWD, text, flags & NOFOLLOW_FLAG ? 0 : LOOKUP_FOLLOW, &place);
	path_text_free(text);
	if (error)
		return error;
	error = vfs_unmount(&place, flags);
	path_put(&place);
	return error;
}

static int64_t find_place(user_text_t where, struct path *place)
{
	char *text = path_text_from_user(where, false);
	int error;

	if (is_err(text))
		return ptr_err(text);
	error = path_lookup_at(AT_CWD, text, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, place);
	path_text_free(text);
	return error;
}

int64_t sys_pivot_root(user_text_t new_root, user_text_t put_old)
{
	struct path new_place, old_place;
	int64_t error;

	if (!current_has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	error = find_place(new_root, &new_place);
	if (error)
		return error;
	error = find_place(put_old, &old_place);
	if (!error) {
		error = vfs_pivot_root(&new_place, &old_place);
		path_put(&old_place);
	}
	path_put(&new_place);
	return error;
}

static int64_t sync_file(fd_t fd)
{
	struct fd_loan loan = fd_borrow(fd);
	int64_t result;

	if (!loan.file)
		return -EBADF;
	result = loan.file->ops->fsync ? loan.file->ops->fsync(loan.file) : -EINVAL;
	fd_give_back(loan);
	return result;
}

int64_t sys_fsync(fd_t fd)
{
	return sync_file(fd);
}

int64_t sys_fdatasync(fd_t fd)
{
	return sync_file(fd);
}

/* Every tree lives in memory: there is nothing to write back. */
int64_t sys_sync(void)
{
	return 0;
}

int64_t sys_syncfs(fd_t fd)
{
	struct fd_loan loan = fd_borrow(fd);
	bool is_open = loan.file != NULL;

	fd_give_back(loan);
	return is_open ? 0 : -EBADF;
}
