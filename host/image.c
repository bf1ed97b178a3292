/* Making EROFS images with mkfs.erofs. */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"
#include "program.h"
#include "say.h"
#include "strlist.h"
#include "unfinished.h"

static void maker_arguments(struct strlist *arguments, const char *maker, const char *directory, const char *path)
{
	strlist_add(arguments, maker);
	strlist_add(arguments, "--quiet");
	/* No compression is asked for; a file's last part goes into a block of its own and not beside its inode. */
	strlist_add(arguments, "-Enoinline_data");
	/* A user's tree belongs to that user throughout; in the guest it is the system's, and what lists of permissions
	 * say of the user's own ids would be wrong there. */
	if (geteuid() != 0) {
		strlist_add(arguments, "--all-root");
		strlist_add(arguments, "-x-1");
	}
	strlist_add(arguments, path);
	strlist_add(arguments, directory);
}

static int maker_run(char *const *arguments, const char *directory)
{
	struct program_end end;

	program_run(&end, arguments, NULL);
	if (end.complaint[0])
		say("cannot make an image of %s: %s", directory, end.complaint);
	free(end.said);
	return end.is_good ? 0 : -1;
}

int image_make(const char *directory, const char *path)
{
	struct strlist arguments = {0};
	char *maker = find_program("mkfs.erofs");
	char *partial;
	int result = -1;

	if (!maker) {
		say("mkfs.erofs is missing, it makes the image of a directory (Debian: apt-get install erofs-utils)");
		return -1;
	}
	int fd = unfinished_begin(path, &partial);

	if (fd >= 0) {
		close(fd);
		maker_arguments(&arguments, maker, directory, partial);
		result = unfinished_end(partial, path, maker_run(arguments.items, directory));
	}
	strlist_free(&arguments);
	free(maker);
	return result;
}

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
