/* From a directory to the merged tree, and to an image. */
#include "directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "erofs_write.h"
#include "files.h"
#include "merge.h"
#include "say.h"
#include "strlist.h"
#include "unfinished.h"

#define DEPTH_MOST 1000
#define PIECE      (1u << 20)
#define MODE_BITS  07777

/* A file with several names: where it was met first. */
struct known {
	dev_t device;
	ino_t number;
	char *path; /* in the tree; NULL: the place is free */
};

struct reading {
	const char *top; /* as the user named it */
	struct merge merge;
	struct erofs_writer writer;
	bool is_root; /* who reads: another's files cannot keep their owners */
	struct known *known;
	size_t known_count, known_room;
};

static int fail(const struct reading *reading, const char *path, int error)
{
	say("cannot read %s%s: %s", reading->top, path, strerror(error));
	return -1;
}

/* The place of a file with several names in the table of those met. */
static struct known *known_place(struct reading *reading, const struct stat *status)
{
	size_t at = (size_t)(status->st_ino * 0x9e3779b97f4a7c15u + status->st_dev) & (reading->known_room - 1);

	while (reading->known[at].path &&
	       (reading->known[at].number != status->st_ino || reading->known[at].device != status->st_dev))
		at = (at + 1) & (reading->known_room - 1);
	return &reading->known[at];
}

static void known_grow(struct reading *reading)
{
	struct known *old = reading->known;
	size_t old_room = reading->known_room;

	reading->known_room = old_room ? 2 * old_room : 64;
	reading->known = must_alloc(reading->known_room * sizeof(*old));
	memset(reading->known, 0, reading->known_room * sizeof(*old));
	for (size_t i = 0; i < old_room; i++) {
		struct stat status = {.st_dev = old[i].device, .st_ino = old[i].number};

		if (old[i].path)
			*known_place(reading, &status) = old[i];
	}
	free(old);
}

/* The name under which this file was met before; NULL: it was not, and is known from now on. */
static const char *met_before(struct reading *reading, const struct stat *status, const char *path)
{
	if (2 * reading->known_count >= reading->known_room)
		known_grow(reading);
	struct known *known = known_place(reading, status);

	if (known->path)
		return known->path;
	*known = (struct known){status->st_dev, status->st_ino, must_copy(path)};
	reading->known_count++;
	return NULL;
}

/* By the file's name: that follows no link at its end and needs no right to read the file. */
static int read_attributes(struct reading *reading, const char *path, struct inode *inode)
{
	char *place = must_format("%s%s", reading->top, path);
	char names[65536];
	ssize_t bytes = llistxattr(place, names, sizeof(names));
	int result = 0;

	/* A file system without them has none. */
	if (bytes < 0 && errno != ENOTSUP && errno != ENODATA)
		result = fail(reading, path, errno);
	for (const char *name = names; bytes > 0 && result == 0 && name < names + bytes; name += strlen(name) + 1) {
		unsigned char value[65536];
		ssize_t value_bytes = lgetxattr(place, name, value, sizeof(value));

		/* Gone meanwhile, or what only the system itself may know. */
		if (value_bytes < 0 || strlen(name) > UINT8_MAX || value_bytes > UINT16_MAX)
			continue;
		if (!inode->attributes) /* a name takes two bytes at least */
			inode->attributes = must_alloc((size_t)bytes / 2 * sizeof(*inode->attributes));
		struct attribute *attribute = &inode->attributes[inode->attribute_count++];

		attribute->name = must_copy(name);
		attribute->value = must_alloc((size_t)value_bytes + 1);
		memcpy(attribute->value, value, (size_t)value_bytes);
		attribute->value_bytes = (size_t)value_bytes;
	}
	free(place);
	return result;
}

/* The bytes of [from, end) of the file, which may be shorter meanwhile, to where its contents begin. */
static int copy_piece(struct reading *reading, int fd, const char *path, uint64_t block, off_t from, off_t end)
{
	static unsigned char piece[PIECE];

	while (from < end) {
		ssize_t n = pread(fd, piece, (size_t)(end - from < PIECE ? end - from : PIECE), from);

		if (n < 0)
			return fail(reading, path, errno);
		if (n == 0)
			return 0;
		int error = erofs_write_data(&reading->writer, block, (uint64_t)from, piece, (size_t)n);

		if (error) {
			say("cannot write the image: %s", strerror(-error));
			return -1;
		}
		from += n;
	}
	return 0;
}

/* Holes are left out; where the file system does not tell of them, everything is data. */
static int read_contents(struct reading *reading, int directory, const char *name, const char *path,
			 const struct stat *status, struct inode *inode)
{
	int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	off_t at = 0;
	int result = 0;

	if (fd < 0)
		return fail(reading, path, errno);
	inode->bytes = (uint64_t)status->st_size;
	inode->block = erofs_write_room(&reading->writer, inode->bytes);
	if (!inode->block) {
		say("cannot make an image of %s: its files together are larger than 64 GiB", reading->top);
		result = -1;
	}
	bool is_sparse = status->st_blocks * 512 < status->st_size;

	while (result == 0 && at < status->st_size) {
		off_t data = is_sparse ? lseek(fd, at, SEEK_DATA) : at;
		off_t end = is_sparse && data >= 0 ? lseek(fd, data, SEEK_HOLE) : status->st_size;

		if (data < 0)
			break;
		if (end < 0 || end > status->st_size)
			end = status->st_size;
		result = copy_piece(reading, fd, path, inode->block, data, end);
		at = end;
	}
	close(fd);
	return result;
}

static int read_target(struct reading *reading, int directory, const char *name, const char *path, struct inode *inode)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(directory, name, target, sizeof(target) - 1);

	if (n < 0)
		return fail(reading, path, errno);
	target[n] = '\0';
	inode->target = must_copy(target);
	return 0;
}

/* What is particular to a kind of file; the inode's facts are there. */
static int read_kind(struct reading *reading, int directory, const char *name, const char *path,
		     const struct stat *status, struct inode *inode)
{
	switch (status->st_mode & S_IFMT) {
	case S_IFREG:
		return read_contents(reading, directory, name, path, status, inode);
	case S_IFLNK:
		return read_target(reading, directory, name, path, inode);
	case S_IFCHR:
	case S_IFBLK:
		inode->device_major = major(status->st_rdev);
		inode->device_minor = minor(status->st_rdev);
	}
	return 0;
}

static int read_directory(struct reading *reading, int parent, const char *name, const char *path, int depth);

static int read_entry(struct reading *reading, int directory, const char *name, const char *path, int depth)
{
	struct stat status;

	if (fstatat(directory, name, &status, depth ? AT_SYMLINK_NOFOLLOW : 0) < 0)
		return fail(reading, path, errno);
	if (!S_ISDIR(status.st_mode) && status.st_nlink > 1) {
		const char *before = met_before(reading, &status, path);

		if (before && merge_link(&reading->merge, path, before) == 0)
			return 0;
	}
	struct inode *inode = inode_new(status.st_mode & (S_IFMT | MODE_BITS));

	inode->uid = reading->is_root ? status.st_uid : 0;
	inode->gid = reading->is_root ? status.st_gid : 0;
	inode->mtime_s = status.st_mtim.tv_sec;
	inode->mtime_ns = (uint32_t)status.st_mtim.tv_nsec;
	/* A user's own attributes are left out: what lists of permissions say of the user's ids would be wrong there.
	 */
	if (read_kind(reading, directory, name, path, &status, inode) < 0 ||
	    (reading->is_root && read_attributes(reading, path, inode) < 0)) {
		inode_free(inode);
		return -1;
	}
	if (merge_put(&reading->merge, path, inode) < 0) {
		say("cannot make an image of %s%s: %s", reading->top, path, reading->merge.wrong);
		return -1;
	}
	return S_ISDIR(status.st_mode) ? read_directory(reading, directory, name, path, depth) : 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names, in an order that does not depend on the file system: the same tree makes the same image. */
static int list_names(struct strlist *names, int fd)
{
	DIR *stream = fdopendir(fd);
	const struct dirent *entry;

	if (!stream) {
		close(fd);
		return errno;
	}
	while (errno = 0, (entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			strlist_add(names, entry->d_name);
	}
	int error = errno;

	(void)closedir(stream);
	if (names->count)
		qsort(names->items, names->count, sizeof(names->items[0]), compare_names);
	return error;
}

static int read_directory(struct reading *reading, int parent, const char *name, const char *path, int depth)
{
	struct strlist names = {0};
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (depth ? O_NOFOLLOW : 0));
	int again = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	int error = again < 0 ? errno : depth > DEPTH_MOST ? ELOOP : list_names(&names, again);
	int result = error ? fail(reading, path, error) : 0;

	for (size_t i = 0; i < names.count && result == 0; i++) {
		char *below = must_format("%s/%s", path, names.items[i]);

		result = read_entry(reading, fd, names.items[i], below, depth + 1);
		free(below);
	}
	strlist_free(&names);
	if (fd >= 0)
		close(fd);
	return result;
}

static int write_image(struct reading *reading)
{
	if (read_entry(reading, AT_FDCWD, reading->top, "", 0) < 0)
		return -1;
	int error = erofs_write_end(&reading->writer, &reading->merge);

	if (error)
		say("cannot write the image of %s: %s", reading->top, strerror(-error));
	return error ? -1 : 0;
}

int directory_image(const char *directory, const char *path)
{
	struct reading reading = {.top = directory, .is_root = geteuid() == 0};
	char *partial;
	int fd = unfinished_begin(path, &partial);

	if (fd < 0)
		return -1;
	merge_begin(&reading.merge);
	erofs_write_begin(&reading.writer, fd);
	reading.merge.layer = 1;
	int result = write_image(&reading);

	merge_free(&reading.merge);
	for (size_t i = 0; i < reading.known_room; i++)
		free(reading.known[i].path);
	free(reading.known);
	/* A file system may keep the news of a full disk until then. */
	if (close(fd) < 0 && result == 0) {
		say("cannot write %s: %s", path, strerror(errno));
		result = -1;
	}
	return unfinished_end(partial, path, result);
}
