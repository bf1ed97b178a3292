/* System calls on handles of files: name_to_handle_at, open_by_handle_at. */
#include <linux/capability.h>
#include <linux/fcntl.h>

#include "arch/x86_64/uaccess.h"
#include "fs/handle.h"
#include "fs/mount.h"
#include "lib/errno.h"
#include "syscall/calls.h"

#define TYPE_NONE 0xff

/* What stands before the bytes of a handle (struct file_handle). */
struct handle_head {
	uint32_t bytes;
	int32_t type;
};

/* The handle as far as there is room: nothing of it when that is too little, and how much it takes. */
static int64_t give_handle(user_io_t to, uint32_t room, const struct handle *handle)
{
	struct handle_head head = {.bytes = sizeof(*handle), .type = HANDLE_TYPE};
	bool has_room = room >= sizeof(*handle);

	if (!has_room)
		head.type = TYPE_NONE;
	if (has_room && copy_to_user(to + sizeof(head), handle, sizeof(*handle)))
		return -EFAULT;
	if (copy_to_user(to, &head, sizeof(head)))
		return -EFAULT;
	return has_room ? 0 : -EOVERFLOW;
}

int64_t sys_name_to_handle_at(fd_t dirfd, user_text_t path, user_io_t handle_at, user_out_t mount_id, flags_t flags)
{
	unsigned lookup = (flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0) | (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	struct handle_head head;
	struct handle handle;
	struct path place;
	char *text;
	int64_t result;

	if (flags & ~(flags_t)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	text = path_text_from_user(path, (flags & AT_EMPTY_PATH) != 0);
	if (is_err(text))
		return ptr_err(text);
	result = path_lookup_at(dirfd, text, lookup, &place);
	path_text_free(text);
	if (result)
		return result;
	result = handle_make(&place, &handle);
	if (!result && copy_from_user(&head, handle_at, sizeof(head)))
		result = -EFAULT;
	if (!result && head.bytes > HANDLE_BYTES_MAX)
		result = -EINVAL;
	if (!result && put_user_u32(mount_id, place.mount->id))
		result = -EFAULT;
	if (!result)
		result = give_handle(handle_at, head.bytes, &handle);
	path_put(&place);
	return result;
}

/* What the descriptor, or the working directory, stands on: *near with references. */
static int mount_near(fd_t fd, struct path *near)
{
	struct file *file;

	if (fd == AT_FDCWD) {
		current_cwd(near);
		return 0;
	}
	file = fd_get_path(fd);
	if (!file)
		return -EBADF;
	*near = file->path;
	if (near->mount)
		path_get(near);
	file_put(file);
	return near->mount ? 0 : -ESTALE;
}

int64_t sys_open_by_handle_at(fd_t mount_fd, user_in_t handle_at, flags_t flags)
{
	struct handle_head head;
	struct handle handle;
	struct file *file;
	struct path near;
	int error;

	if (!current_has_cap(CAP_DAC_READ_SEARCH))
		return -EPERM;
	error = mount_near(mount_fd, &near);
	if (error)
		return error;
	if (copy_from_user(&head, handle_at, sizeof(head)))
		error = -EFAULT;
	else if (head.bytes == 0 || head.bytes > HANDLE_BYTES_MAX)
		error = -EINVAL;
	else if (head.bytes != sizeof(handle) || head.type != HANDLE_TYPE)
		error = -ESTALE;
	else if (copy_from_user(&handle, handle_at + sizeof(head), sizeof(handle)))
		error = -EFAULT;
	file = error ? err_ptr(error) : handle_open(&handle, &near, flags);
	path_put(&near);
	return is_err(file) ? ptr_err(file) : fd_open(file, (flags & O_CLOEXEC) != 0);
}
