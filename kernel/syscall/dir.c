/* System calls on directories and on a process's place in the tree of names. */
#include "fs/directory.h"

#include <linux/capability.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "arch/x86_64/uaccess.h"
#include "fs/path_text.h"
#include "fs/permission.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "syscall/calls.h"

static int64_t read_entries(fd_t fd, user_out_t to, uint32_t bytes, bool is_old)
{
	struct fd_loan loan = fd_borrow(fd);
	int64_t result;

	if (!loan.file)
		return -EBADF;
	result = directory_read_entries(loan.file, to, bytes, is_old);
	fd_give_back(loan);
	return result;
}

int64_t sys_getdents(fd_t fd, user_out_t buffer, uint32_t bytes)
{
	return read_entries(fd, buffer, bytes, true);
}

int64_t sys_getdents64(fd_t fd, user_out_t buffer, uint32_t bytes)
{
	return read_entries(fd, buffer, bytes, false);
}

int64_t sys_getcwd(user_out_t buffer, uint64_t bytes)
{
	char *room = path_buffer_get(), *text;
	struct path cwd;
	int64_t length;

	if (!room)
		return -ENOMEM;
	current_cwd(&cwd);
	text = path_text_for_getcwd(&cwd, room, PATH_MAX_BYTES);
	path_put(&cwd);
	if (is_err(text)) {
		length = ptr_err(text);
	} else {
		length = (int64_t)strlen(text) + 1;
		if ((uint64_t)length > bytes)
			length = -ERANGE;
		else if (copy_to_user(buffer, text, (size_t)length))
			length = -EFAULT;
	}
	path_text_free(room);
	return length;
}

/* The directory that `path` names, if it may be searched. */
static int64_t find_directory(user_text_t path, struct path *place)
{
	char *text = path_text_from_user(path, false);
	int error;

	if (is_err(text))
		return ptr_err(text);
	error = path_lookup_at(AT_CWD, text, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, place);
	path_text_free(text);
	if (error)
		return error;
	error = inode_permission(path_inode(place), MAY_EXECUTE);
	if (error)
		path_put(place);
	return error;
}

int64_t sys_chdir(user_text_t path)
{
	struct path place;
	int64_t error = find_directory(path, &place);

	if (error)
		return error;
	fs_context_set_cwd(current_thread()->fs, &place);
	path_put(&place);
	return 0;
}

int64_t sys_fchdir(fd_t fd)
{
	struct file *file = fd_get_path(fd);
	int error = 0;

	if (!file)
		return -EBADF;
	if (!file->inode || !S_ISDIR(file->inode->mode))
		error = -ENOTDIR;
	if (!error)
		error = inode_permission(file->inode, MAY_EXECUTE);
	if (!error)
		fs_context_set_cwd(current_thread()->fs, &file->path);
	file_put(file);
	return error;
}

int64_t sys_chroot(user_text_t path)
{
	struct path place;
	int64_t error = find_directory(path, &place);

	if (error)
		return error;
	if (current_has_cap(CAP_SYS_CHROOT))
		fs_context_set_root(current_thread()->fs, &place);
	else
		error = -EPERM;
	path_put(&place);
	return error;
}

int64_t sys_umask(mode_bits_t mask)
{
	struct fs_context *context = current_thread()->fs;
	uint32_t before;

	spin_lock(&context->lock);
	before = context->umask;
	context->umask = mask & 0777;
	spin_unlock(&context->lock);
	return before;
}
