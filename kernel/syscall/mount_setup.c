/* System calls that set up a tree of files step by step: fsopen, fsconfig, fsmount, fspick. */
#include <linux/capability.h>
#include <linux/fcntl.h>
#include <linux/mount.h>

#include "arch/x86_64/uaccess.h"
#include "fs/mount_ops.h"
#include "fs/mount_setup.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "syscall/calls.h"

#define CREATE_ALONE 8u /* FSCONFIG_CMD_CREATE_EXCL */

#define BYTES_MAX (1 << 20)

#define ATTRIBUTES                                                                                          \
	(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR__ATIME | \
	 MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW)

/* A text shorter than `limit`; err_ptr(-EINVAL): it is not. */
static char *short_text(user_text_t from, size_t limit)
{
	char *text = path_text_from_user(from, true);

	if (is_err(text))
		return ptr_err(text) == -ENAMETOOLONG ? err_ptr(-EINVAL) : text;
	if (strlen(text) < limit)
		return text;
	path_text_free(text);
	return err_ptr(-EINVAL);
}

int64_t sys_fsopen(user_text_t type, flags_t flags)
{
	struct file *file;
	char *text;

	if (!current_has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & ~(flags_t)FSOPEN_CLOEXEC)
		return -EINVAL;
	text = short_text(type, PATH_MAX_BYTES);
	if (is_err(text))
		return ptr_err(text);
	file = mount_setup_open(text);
	path_text_free(text);
	return is_err(file) ? ptr_err(file) : fd_open(file, (flags & FSOPEN_CLOEXEC) != 0);
}

int64_t sys_fspick(fd_t dirfd, user_text_t path, flags_t flags)
{
	const flags_t known = FSPICK_CLOEXEC | FSPICK_SYMLINK_NOFOLLOW | FSPICK_NO_AUTOMOUNT | FSPICK_EMPTY_PATH;
	unsigned lookup =
		(flags & FSPICK_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) | (flags & FSPICK_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	struct file *file;
	char *text;

	if (!current_has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & ~known)
		return -EINVAL;
	text = path_text_from_user(path, (flags & FSPICK_EMPTY_PATH) != 0);
	if (is_err(text))
		return ptr_err(text);
	file = mount_setup_pick(dirfd, text, lookup);
	path_text_free(text);
	return is_err(file) ? ptr_err(file) : fd_open(file, (flags & FSPICK_CLOEXEC) != 0);
}

/* Has the command what it needs and nothing else? 0, -EINVAL, -EOPNOTSUPP. */
static int check_command(uint32_t command, user_text_t key, user_in_t value, int32_t aux)
{
	bool is_right;

	switch (command) {
	case FSCONFIG_SET_FLAG:
		is_right = key && !value && !aux;
		break;
	case FSCONFIG_SET_STRING:
		is_right = key && value && !aux;
		break;
	case FSCONFIG_SET_BINARY:
		is_right = key && value && aux > 0 && aux <= BYTES_MAX;
		break;
	case FSCONFIG_SET_PATH:
	case FSCONFIG_SET_PATH_EMPTY:
		is_right = key && value && (aux == AT_FDCWD || aux >= 0);
		break;
	case FSCONFIG_SET_FD:
		is_right = key && !value && aux >= 0;
		break;
	case FSCONFIG_CMD_CREATE:
	case FSCONFIG_CMD_RECONFIGURE:
	case CREATE_ALONE:
		is_right = !key && !value && !aux;
		break;
	default:
		return -EOPNOTSUPP;
	}
	return is_right ? 0 : -EINVAL;
}

static int check_bytes(user_in_t from, int32_t bytes)
{
	uint8_t piece[256];

	for (int32_t at = 0; at < bytes; at += (int32_t)sizeof(piece)) {
		if (copy_from_user(piece, from + (uint32_t)at, MIN(sizeof(piece), (size_t)(bytes - at))))
			return -EFAULT;
	}
	return 0;
}

/* A value that no file system here takes has to be one all the same: 0, -EFAULT, -EBADF, -ENOENT ... */
static int check_other_value(uint32_t command, user_in_t value, int32_t aux)
{
	struct file *file;
	char *text;

	if (command == FSCONFIG_SET_BINARY)
		return check_bytes(value, aux);
	if (command == FSCONFIG_SET_FD) {
		file = fd_get(aux);
		if (file)
			file_put(file);
		return file ? 0 : -EBADF;
	}
	text = path_text_from_user(value, command == FSCONFIG_SET_PATH_EMPTY);
	if (is_err(text))
		return (int)ptr_err(text);
	path_text_free(text);
	return 0;
}

static int64_t set_parameter(struct mount_setup *setup, uint32_t command, const char *key, user_in_t value, int32_t aux)
{
	char *text;
	int error;

	if (command == FSCONFIG_SET_FLAG)
		return mount_setup_set(setup, key, SETUP_FLAG, NULL);
	if (command != FSCONFIG_SET_STRING) {
		error = check_other_value(command, value, aux);
		return error ? error : mount_setup_set(setup, key, SETUP_OTHER, NULL);
	}
	text = short_text(value, SETUP_TEXT_BYTES);
	if (is_err(text))
		return ptr_err(text);
	error = mount_setup_set(setup, key, SETUP_TEXT, text);
	path_text_free(text);
	return error;
}

static int64_t configure(struct mount_setup *setup, uint32_t command, user_text_t key, user_in_t value, int32_t aux)
{
	int64_t result;
	char *text;

	if (!key)
		return command == FSCONFIG_CMD_RECONFIGURE ? mount_setup_reconfigure(setup)
							   : mount_setup_create(setup, command == CREATE_ALONE);
	text = short_text(key, SETUP_TEXT_BYTES);
	if (is_err(text))
		return ptr_err(text);
	result = set_parameter(setup, command, text, value, aux);
	path_text_free(text);
	return result;
}

int64_t sys_fsconfig(fd_t fd, uint32_t command, user_text_t key, user_in_t value, int32_t aux)
{
	struct mount_setup *setup;
	struct fd_loan loan;
	int64_t result;

	if (fd < 0)
		return -EINVAL;
	result = check_command(command, key, value, aux);
	if (result)
		return result;
	loan = fd_borrow(fd);
	if (!loan.file)
		return -EBADF;
	setup = mount_setup_of(loan.file);
	result = setup ? configure(setup, command, key, value, aux) : -EINVAL;
	fd_give_back(loan);
	return result;
}

/* The flags of a mount; -EINVAL: an unknown attribute, or access times of two kinds. */
static int64_t flags_of(uint32_t attributes)
{
	uint32_t flags = mount_flags_of_attr(attributes);

	if (attributes & ~(uint32_t)ATTRIBUTES)
		return -EINVAL;
	switch (attributes & MOUNT_ATTR__ATIME) {
	case MOUNT_ATTR_RELATIME:
		return flags | MS_RELATIME;
	case MOUNT_ATTR_NOATIME:
		return flags | MS_NOATIME;
	case MOUNT_ATTR_STRICTATIME:
		return flags;
	}
	return -EINVAL;
}

int64_t sys_fsmount(fd_t fd, flags_t flags, flags_t attributes)
{
	int64_t mount_flags = flags_of(attributes);
	struct mount_setup *setup;
	struct fd_loan loan;
	struct file *file;

	if (!current_has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	if ((flags & ~(flags_t)FSMOUNT_CLOEXEC) || mount_flags < 0)
		return -EINVAL;
	loan = fd_borrow(fd);
	if (!loan.file)
		return -EBADF;
	setup = mount_setup_of(loan.file);
	file = setup ? mount_setup_mount(setup, (uint32_t)mount_flags) : err_ptr(-EINVAL);
	fd_give_back(loan);
	return is_err(file) ? ptr_err(file) : fd_open(file, (flags & FSMOUNT_CLOEXEC) != 0);
}
