/* From ROOT on the command line to an open image. */
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "erofs.h"
#include "image.h"
#include "pack.h"
#include "paths.h"
#include "reference.h"
#include "say.h"
#include "store.h"

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

/* How an image wants to be used. */
static int root_read_note(struct root *root)
{
	struct bytes text = {0};
	const char *wrong = note_read(root->fd, root->bytes, &text) < 0 ? "the note behind it is damaged" : NULL;

	if (!wrong && text.count)
		wrong = note_parse(&root->note, text.data, text.count);
	if (wrong)
		say("cannot use the root %s: %s", root->path, wrong);
	free(text.data);
	return wrong ? -1 : 0;
}

static int root_open_file(struct root *root)
{
	unsigned char head[EROFS_HEAD_BYTES];

	root->fd = open(root->path, O_RDONLY | O_CLOEXEC);
	ssize_t n = root->fd < 0 ? -1 : pread(root->fd, head, sizeof(head), 0);

	if (n < 0) {
		say("cannot read the root %s: %s", root->path, strerror(errno));
		return -1;
	}
	if (erofs_is_image(head, (size_t)n))
		return 0;
	close(root->fd);
	root->fd = -1;
	/* What is no image may be an archive: the archive's reader says if it is none. */
	char *path = must_copy(root->path);
	int fd = pack_image(path, &root->path);

	free(path);
	root->fd = fd;
	return fd < 0 ? -1 : 0;
}

/* A root that is no file of the host's: from the store, pulled when it is not there yet. */
static int root_open_reference(struct root *root, const char *name)
{
	char *path = store_find(name);

	if (!path && !reference_is_clear(name)) {
		say("no such root: %s (a command of the built-in root is run by: namu run -- %s; an image is pulled "
		    "by: "
		    "namu image pull %s)",
		    name, name, name);
		return -1;
	}
	if (!path)
		path = store_obtain(name);
	if (!path)
		return -1;
	free(root->path);
	root->path = path;
	root->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (root->fd < 0)
		say("cannot read the root %s: %s", path, strerror(errno));
	return root->fd < 0 ? -1 : 0;
}

static int root_find(struct root *root, const char *name)
{
	struct stat status;

	if (name && pack_is_named(name)) {
		root->fd = pack_image(name, &root->path);
		return root->fd < 0 ? -1 : 0;
	}
	if (name && strncmp(name, REFERENCE_PREFIX, strlen(REFERENCE_PREFIX)) == 0)
		return root_open_reference(root, name);
	if (stat(root->path, &status) < 0) {
		if (errno == ENOENT && name && name[0] != '/' && name[0] != '.')
			return root_open_reference(root, name);
		if (errno == ENOENT)
			say("no such root: %s (a command of the built-in root is run by: namu run -- %s)", root->path,
			    root->path);
		else
			say("cannot read the root %s: %s", root->path, strerror(errno));
		return -1;
	}
	if (S_ISDIR(status.st_mode)) {
		root->fd = image_of_directory(name ? name : root->path, &root->path);
		return root->fd < 0 ? -1 : 0;
	}
	if (S_ISREG(status.st_mode))
		return root_open_file(root);
	say("the root %s is neither a directory nor an image", root->path);
	return -1;
}

int root_open(struct root *root, const char *name)
{
	root->fd = -1;
	root->path = name ? must_copy(name) : find_data("root.erofs");
	if (!root->path) {
		say("the built-in root is missing: no root.erofs beside the command (run 'make', or set NAMU_DATA)");
		return -1;
	}
	if (root_find(root, name) < 0 || root_check(root) < 0)
		return -1;
	return root_read_note(root);
}
