/* From ROOT on the command line to an open image. */
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "erofs.h"
#include "image.h"
#include "paths.h"
#include "say.h"

static int root_check(struct root *root)
{
	unsigned char head[EROFS_HEAD_BYTES];
	struct stat status;
	ssize_t n = pread(root->fd, head, sizeof(head), 0);

	if (n < 0 || fstat(root->fd, &status) < 0) {
		say("cannot read the root %s: %s", root->path, strerror(errno));
		return -1;
	}
	const char *wrong = erofs_check(head, (size_t)n, (uint64_t)status.st_size);

	if (wrong) {
		say("the root %s is neither a directory nor a good image: %s", root->path, wrong);
		return -1;
	}
	root->bytes = (uint64_t)status.st_size;
	return 0;
}

int root_open(struct root *root, const char *name)
{
	struct stat status;

	root->fd = -1;
	root->path = name ? must_copy(name) : find_data("root.erofs");
	if (!root->path) {
		say("the built-in root is missing: no root.erofs beside the command (run 'make', or set NAMU_DATA)");
		return -1;
	}
	if (stat(root->path, &status) < 0) {
		if (errno == ENOENT)
			say("no such root: %s (a command of the built-in root is run by: namu run -- %s)", name, name);
		else
			say("cannot read the root %s: %s", root->path, strerror(errno));
		return -1;
	}
	if (S_ISDIR(status.st_mode)) {
		root->fd = image_of_directory(name, &root->path);
		if (root->fd < 0)
			return -1;
	} else if (S_ISREG(status.st_mode)) {
		root->fd = open(root->path, O_RDONLY | O_CLOEXEC);
		if (root->fd < 0) {
			say("cannot read the root %s: %s", root->path, strerror(errno));
			return -1;
		}
	} else {
		say("the root %s is neither a directory nor an image", root->path);
		return -1;
	}
	return root_check(root);
}
