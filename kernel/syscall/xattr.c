/* System calls on extended attributes. */
#include "fs/xattr.h"

#include <linux/limits.h>

#include "arch/x86_64/uaccess.h"
#include "fs/file.h"
#include "fs/stat.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "syscall/calls.h"

static int64_t named_by(user_text_t path, unsigned lookup, struct named_file *named)
{
	char *text = path_text_from_user(path, false);
	int64_t result;

	if (is_err(text))
		return ptr_err(text);
	result = named_file_get(AT_CWD, text, lookup, named);
	path_text_free(text);
	return result;
}

static int64_t name_from_user(char *name, user_text_t from)
{
	int64_t length = string_from_user(name, from, XATTR_NAME_BYTES);

	if (length == 0 || length == -ENAMETOOLONG)
		return -ERANGE;
	return length < 0 ? length : 0;
}

/* The file's references are given up by all four, whatever they return. */
static int64_t set_named(struct named_file *named, user_text_t name_at, user_in_t value_at, uint64_t bytes,
			 flags_t flags)
{
	char name[XATTR_NAME_BYTES];
	int64_t result = name_from_user(name, name_at);
	void *value = NULL;

	if (!result && bytes > XATTR_SIZE_MAX)
		result = -E2BIG;
	if (!result && bytes) {
		value = kmalloc(bytes);
		result = !value ? -ENOMEM : copy_from_user(value, value_at, bytes);
	}
	if (!result)
		result = xattr_set(&named->path, named->inode, name, value, bytes, (int)flags);
	kfree(value);
	named_file_put(named);
	return result;
}

static int64_t get_named(struct named_file *named, user_text_t name_at, user_out_t value_at, uint64_t bytes)
{
	char name[XATTR_NAME_BYTES];
	int64_t result = name_from_user(name, name_at);
	void *value = NULL;

	bytes = MIN(bytes, (uint64_t)XATTR_SIZE_MAX);
	if (!result && bytes) {
		value = kmalloc(bytes);
		result = value ? 0 : -ENOMEM;
	}
	if (!result)
		result = xattr_get(named->inode, name, value, bytes);
	if (result > 0 && bytes && copy_to_user(value_at, value, (size_t)result))
		result = -EFAULT;
	kfree(value);
	named_file_put(named);
	return result;
}

static int64_t list_named(struct named_file *named, user_out_t names_at, uint64_t bytes)
{
	char *names = NULL;
	int64_t result = 0;

	bytes = MIN(bytes, (uint64_t)XATTR_LIST_MAX);
	if (bytes) {
		names = kmalloc(bytes);
		result = names ? 0 : -ENOMEM;
	}
	if (!result)
		result = xattr_list(named->inode, names, bytes);
	if (result > 0 && bytes && copy_to_user(names_at, names, (size_t)result))
		result = -EFAULT;
	kfree(names);
	named_file_put(named);
	return result;
}

static int64_t remove_named(struct named_file *named, user_text_t name_at)
{
	char name[XATTR_NAME_BYTES];
	int64_t result = name_from_user(name, name_at);

	if (!result)
		result = xattr_remove(&named->path, named->inode, name);
	named_file_put(named);
	return result;
}

int64_t sys_setxattr(user_text_t path, user_text_t name, user_in_t value, uint64_t bytes, flags_t flags)
{
	struct named_file named;
	int64_t error = named_by(path, LOOKUP_FOLLOW, &named);

	return error ? error : set_named(&named, name, value, bytes, flags);
}

int64_t sys_lsetxattr(user_text_t path, user_text_t name, user_in_t value, uint64_t bytes, flags_t flags)
{
	struct named_file named;
	int64_t error = named_by(path, 0, &named);

	return error ? error : set_named(&named, name, value, bytes, flags);
}

int64_t sys_fsetxattr(fd_t fd, user_text_t name, user_in_t value, uint64_t bytes, flags_t flags)
{
	struct named_file named;
	int64_t error = named_file_get_descriptor(fd, false, &named);

	return error ? error : set_named(&named, name, value, bytes, flags);
}

int64_t sys_getxattr(user_text_t path, user_text_t name, user_out_t value, uint64_t bytes)
{
	struct named_file named;
	int64_t error = named_by(path, LOOKUP_FOLLOW, &named);

	return error ? error : get_named(&named, name, value, bytes);
}

int64_t sys_lgetxattr(user_text_t path, user_text_t name, user_out_t value, uint64_t bytes)
{
	struct named_file named;
	int64_t error = named_by(path, 0, &named);

	return error ? error : get_named(&named, name, value, bytes);
}

int64_t sys_fgetxattr(fd_t fd, user_text_t name, user_out_t value, uint64_t bytes)
{
	struct named_file named;
	int64_t error = named_file_get_descriptor(fd, false, &named);

	return error ? error : get_named(&named, name, value, bytes);
}

int64_t sys_listxattr(user_text_t path, user_out_t names, uint64_t bytes)
{
	struct named_file named;
	int64_t error = named_by(path, LOOKUP_FOLLOW, &named);

	return error ? error : list_named(&named, names, bytes);
}

int64_t sys_llistxattr(user_text_t path, user_out_t names, uint64_t bytes)
{
	struct named_file named;
	int64_t error = named_by(path, 0, &named);

	return error ? error : list_named(&named, names, bytes);
}

int64_t sys_flistxattr(fd_t fd, user_out_t names, uint64_t bytes)
{
	struct named_file named;
	int64_t error = named_file_get_descriptor(fd, false, &named);

	return error ? error : list_named(&named, names, bytes);
}

int64_t sys_removexattr(user_text_t path, user_text_t name)
{
	struct named_file named;
	int64_t error = named_by(path, LOOKUP_FOLLOW, &named);

	return error ? error : remove_named(&named, name);
}

int64_t sys_lremovexattr(user_text_t path, user_text_t name)
{
	struct named_file named;
	int64_t error = named_by(path, 0, &named);

	return error ? error : remove_named(&named, name);
}

int64_t sys_fremovexattr(fd_t fd, user_text_t name)
{
	struct named_file named;
	int64_t error = named_file_get_descriptor(fd, false, &named);

	return error ? error : remove_named(&named, name);
}
