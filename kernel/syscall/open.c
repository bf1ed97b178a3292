/* System calls that open files, and that name what shall be made, removed or moved. */
#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#include "arch/x86_64/uaccess.h"
#include "fs/file.h"
#include "fs/names.h"
#include "fs/open.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "syscall/calls.h"

#define MODE_BITS   07777u
#define TMPFILE_BIT 020000000u /* O_TMPFILE without O_DIRECTORY */
/* Every flag that open(2) knows; openat2(2) refuses others. */
#define KNOWN_FLAGS                                                                                              \
	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC | O_DSYNC | FASYNC | \
	 O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE)

static int64_t open_at(fd_t dirfd, user_text_t path, uint32_t flags, uint32_t mode, unsigned lookup)
{
	struct file *file;
	char *text;

	if (unlikely(flags & TMPFILE_BIT) && (!(flags & O_DIRECTORY) || !(flags & (O_WRONLY | O_RDWR))))
		return -EINVAL;
	text = path_text_from_user(path, false);
	if (unlikely(is_err(text)))
		return ptr_err(text);
	file = file_open_at(dirfd, text, (int)flags, mode, lookup);
	path_text_free(text);
	if (unlikely(is_err(file)))
		return ptr_err(file);
	return fd_open(file, (flags & O_CLOEXEC) != 0);
}

int64_t sys_open(user_text_t path, flags_t flags, mode_bits_t mode)
{
	return open_at(AT_CWD, path, flags & KNOWN_FLAGS, mode & MODE_BITS, 0);
}

int64_t sys_creat(user_text_t path, mode_bits_t mode)
{
	return open_at(AT_CWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode & MODE_BITS, 0);
}

int64_t sys_openat(fd_t dirfd, user_text_t path, flags_t flags, mode_bits_t mode)
{
	return open_at(dirfd, path, flags & KNOWN_FLAGS, mode & MODE_BITS, 0);
}

static int check_how(const struct open_how *how)
{
	const uint64_t resolve = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH |
				 RESOLVE_IN_ROOT | RESOLVE_CACHED;

	if ((how->flags & ~(uint64_t)KNOWN_FLAGS) || (how->resolve & ~resolve))
		return -EINVAL;
	if ((how->resolve & RESOLVE_BENEATH) && (how->resolve & RESOLVE_IN_ROOT))
		return -EINVAL;
	if (how->flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) {
		if (how->mode & ~(uint64_t)MODE_BITS)
			return -EINVAL;
	} else if (how->mode) {
		return -EINVAL;
	}
	if ((how->flags & O_PATH) && (how->flags & ~(uint64_t)(O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC)))
		return -EINVAL;
	/* What makes or changes something is not even tried. */
	if ((how->resolve & RESOLVE_CACHED) && (how->flags & (O_TRUNC | O_CREAT | TMPFILE_BIT)))
		return -EAGAIN;
	return 0;
}

static unsigned lookup_of(uint64_t resolve)
{
	return (resolve & RESOLVE_NO_XDEV ? LOOKUP_NO_XDEV : 0) |
	       (resolve & RESOLVE_NO_MAGICLINKS ? LOOKUP_NO_MAGIC : 0) |
	       (resolve & RESOLVE_NO_SYMLINKS ? LOOKUP_NO_SYMLINKS : 0) |
	       (resolve & RESOLVE_CACHED ? LOOKUP_CACHED : 0) | (resolve & RESOLVE_BENEATH ? LOOKUP_BENEATH : 0) |
	       (resolve & RESOLVE_IN_ROOT ? LOOKUP_IN_ROOT : 0);
}

int64_t sys_openat2(fd_t dirfd, user_text_t path, user_in_t how_at, uint64_t bytes)
{
	struct open_how how;
	int error;

	if (bytes < sizeof(how))
		return -EINVAL;
	if (bytes > PAGE_SIZE)
		return -E2BIG;
	if (copy_from_user(&how, how_at, sizeof(how)))
		return -EFAULT;
	/* A longer structure of the future is fine as long as it asks for nothing that is unknown here. */
	for (uint64_t at = sizeof(how); at < bytes; at++) {
		uint8_t byte;
		if (copy_from_user(&byte, how_at + at, 1))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	error = check_how(&how);
	if (error)
		return error;
	return open_at(dirfd, path, (uint32_t)how.flags, (uint32_t)how.mode, lookup_of(how.resolve));
}

int64_t sys_mkdirat(fd_t dirfd, user_text_t path, mode_bits_t mode)
{
	char *text = path_text_from_user(path, false);
	int64_t result;

	if (is_err(text))
		return ptr_err(text);
	result = names_make_directory(dirfd, text, mode);
	path_text_free(text);
	return result;
}

int64_t sys_mkdir(user_text_t path, mode_bits_t mode)
{
	return sys_mkdirat(AT_CWD, path, mode);
}

int64_t sys_mknodat(fd_t dirfd, user_text_t path, mode_bits_t mode, uint32_t device)
{
	int64_t result = names_check_node_type(mode);
	char *text = result ? err_ptr(result) : path_text_from_user(path, false);

	if (is_err(text))
		return ptr_err(text);
	result = names_make_node(dirfd, text, mode, device);
	path_text_free(text);
	return result;
}

int64_t sys_mknod(user_text_t path, mode_bits_t mode, uint32_t device)
{
	return sys_mknodat(AT_CWD, path, mode, device);
}

static int64_t remove_at(fd_t dirfd, user_text_t path, bool as_directory)
{
	char *text = path_text_from_user(path, false);
	int64_t result;

	if (is_err(text))
		return ptr_err(text);
	result = as_directory ? names_remove_directory(dirfd, text) : names_remove(dirfd, text);
	path_text_free(text);
	return result;
}

int64_t sys_rmdir(user_text_t path)
{
	return remove_at(AT_CWD, path, true);
}

int64_t sys_unlink(user_text_t path)
{
	return remove_at(AT_CWD, path, false);
}

int64_t sys_unlinkat(fd_t dirfd, user_text_t path, flags_t flags)
{
	if (flags & ~(flags_t)AT_REMOVEDIR)
		return -EINVAL;
	return remove_at(dirfd, path, (flags & AT_REMOVEDIR) != 0);
}

int64_t sys_renameat2(fd_t old_dirfd, user_text_t old_path, fd_t new_dirfd, user_text_t new_path, flags_t flags)
{
	char *old_text = path_text_from_user(old_path, false), *new_text;
	int64_t result;

	if (is_err(old_text))
		return ptr_err(old_text);
	new_text = path_text_from_user(new_path, false);
	if (is_err(new_text)) {
		result = ptr_err(new_text);
	} else {
		result = names_rename(old_dirfd, old_text, new_dirfd, new_text, flags);
		path_text_free(new_text);
	}
	path_text_free(old_text);
	return result;
}

int64_t sys_renameat(fd_t old_dirfd, user_text_t old_path, fd_t new_dirfd, user_text_t new_path)
{
	return sys_renameat2(old_dirfd, old_path, new_dirfd, new_path, 0);
}

int64_t sys_rename(user_text_t old_path, user_text_t new_path)
{
	return sys_renameat2(AT_CWD, old_path, AT_CWD, new_path, 0);
}

int64_t sys_linkat(fd_t old_dirfd, user_text_t old_path, fd_t new_dirfd, user_text_t new_path, flags_t flags)
{
	unsigned lookup = (flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0) | (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	char *old_text, *new_text;
	int64_t result;

	if (flags & ~(flags_t)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	old_text = path_text_from_user(old_path, (flags & AT_EMPTY_PATH) != 0);
	if (is_err(old_text))
		return ptr_err(old_text);
	new_text = path_text_from_user(new_path, false);
	if (is_err(new_text)) {
		result = ptr_err(new_text);
	} else {
		result = names_link(old_dirfd, old_text, lookup, new_dirfd, new_text);
		path_text_free(new_text);
	}
	path_text_free(old_text);
	return result;
}

int64_t sys_link(user_text_t old_path, user_text_t new_path)
{
	return sys_linkat(AT_CWD, old_path, AT_CWD, new_path, 0);
}

int64_t sys_symlinkat(user_text_t target_text, fd_t dirfd, user_text_t path)
{
	char *target = path_text_from_user(target_text, false), *text;
	int64_t result;

	if (is_err(target))
		return ptr_err(target);
	text = path_text_from_user(path, false);
	if (is_err(text)) {
		result = ptr_err(text);
	} else {
		result = names_make_symlink(target, dirfd, text);
		path_text_free(text);
	}
	path_text_free(target);
	return result;
}

int64_t sys_symlink(user_text_t target, user_text_t path)
{
	return sys_symlinkat(target, AT_CWD, path);
}
