/*
 * pipe2(2) as programs call it: two descriptions, two descriptors, or nothing at all.
 */
#include <asm-generic/fcntl.h>

#include "arch/x86_64/uaccess.h"
#include "ipc/pipe.h"
#include "lib/errno.h"

static int reserve_two(int fds[2])
{
	fds[0] = fd_reserve(0);
	if (fds[0] < 0)
		return fds[0];
	fds[1] = fd_reserve(0);
	if (fds[1] < 0) {
		fd_unreserve(fds[0]);
		return fds[1];
	}
	return 0;
}

int pipe_open_user(uaddr_t user, uint32_t flags)
{
	struct file *ends[2];
	int fds[2], error;

	if (flags & ~(uint32_t)(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	error = pipe_create(ends, flags);
	if (error)
		return error;
	error = reserve_two(fds);
	if (!error) {
		error = copy_to_user(user, fds, sizeof(fds));
		if (error) {
			fd_unreserve(fds[0]);
			fd_unreserve(fds[1]);
		}
	}
	for (unsigned i = 0; i < 2; i++) {
		if (error)
			file_put(ends[i]);
		else
			fd_install(fds[i], ends[i], flags & O_CLOEXEC);
	}
	return error;
}
