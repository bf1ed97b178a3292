/* Growing byte buffers and files without a name. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "say.h"

static void bytes_make_room(struct bytes *bytes, size_t count)
{
	if (bytes->count + count <= bytes->room)
		return;
	size_t room = bytes->room ? bytes->room : 4096;

	while (room < bytes->count + count)
		room *= 2;
	bytes->data = must_grow(bytes->data, room);
	bytes->room = room;
}

void bytes_add(struct bytes *bytes, const void *data, size_t count)
{
	if (count == 0)
		return;
	bytes_make_room(bytes, count);
	memcpy(bytes->data + bytes->count, data, count);
	bytes->count += count;
}

int bytes_read_fd(struct bytes *bytes, int fd, size_t most)
{
	for (;;) {
		bytes_make_room(bytes, 65536);
		ssize_t n = read(fd, bytes->data + bytes->count, bytes->room - bytes->count);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		bytes->count += (size_t)n;
		if (bytes->count > most)
			return -EFBIG;
	}
}

int memory_file(const char *label)
{
	int fd = memfd_create(label, MFD_CLOEXEC);

	if (fd < 0)
		die("cannot make a file in memory: %s", strerror(errno));
	return fd;
}

char *descriptor_path(int fd)
{
	return must_format("/proc/self/fd/%d", fd);
}

void set_inherited(int fd, bool is_inherited)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags >= 0)
		(void)fcntl(fd, F_SETFD, is_inherited ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC);
}
