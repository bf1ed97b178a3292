/* Copying EROFS images. */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "say.h"
#include "unfinished.h"

/* All bytes of one file into another; holes stay holes where the file system can share them. */
static int copy_bytes(int from, int to)
{
	static char piece[1 << 20];
	ssize_t n;

	while ((n = copy_file_range(from, NULL, to, NULL, 1u << 30, 0)) > 0)
		;
	if (n == 0)
		return 0;
	/* Not between these file systems: from where it stopped. */
	while ((n = read(from, piece, sizeof(piece))) > 0) {
		if (!write_fully(to, piece, (size_t)n))
			return -errno;
	}
	return n < 0 ? -errno : 0;
}

int image_copy(const char *from, const char *path)
{
	char *partial;
	int source = open(from, O_RDONLY | O_CLOEXEC);
	int fd = source < 0 ? -1 : unfinished_begin(path, &partial);
	int result = -1;

	if (source < 0)
		say("cannot read %s: %s", from, strerror(errno));
	if (fd >= 0) {
		int error = copy_bytes(source, fd);

		if (error)
			say("cannot write %s: %s", path, strerror(-error));
		close(fd);
		result = unfinished_end(partial, path, error ? -1 : 0);
	}
	if (source >= 0)
		close(source);
	return result;
}
