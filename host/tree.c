/* The digest of a directory tree. */
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"
#include "strlist.h"

/* Deeper than any tree that has a path for its deepest file. */
#define DEPTH_MOST 2048
/* What images hold of a directory; another number when that changes, so that none of the cache is taken for it. */
#define IMAGE_FORM "2: with extended attributes"

struct walk {
	struct sha256 sum;
	struct tree *tree;
	bool is_everything_readable; /* for root */
};

static int walk_directory(struct walk *walk, int parent, const char *name, const char *path, int depth);

static uint64_t time_ns(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec;
}

static void walk_note(struct walk *walk, const char *name, const struct stat *status)
{
	uint64_t facts[] = {
		status->st_mode,
		status->st_uid,
		status->st_gid,
		(uint64_t)status->st_size,
		time_ns(&status->st_mtim),
		time_ns(&status->st_ctim),
		status->st_ino,
		status->st_dev,
		status->st_rdev,
		status->st_nlink,
	};

	sha256_add(&walk->sum, name, strlen(name) + 1);
	sha256_add(&walk->sum, facts, sizeof(facts));
	if (facts[5] > walk->tree->newest_ns)
		walk->tree->newest_ns = facts[5];
	if (status->st_ctim.tv_nsec != 0)
		walk->tree->is_whole_second = false;
}

static int walk_complain(const char *place, const char *name, int error)
{
	say("cannot read %s/%s: %s", place, name, strerror(error));
	return -1;
}

/* The entry `name` of the directory at `place`. */
static int walk_entry(struct walk *walk, int directory, const char *name, const char *place, int depth)
{
	struct stat status;

	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return walk_complain(place, name, errno);
	walk_note(walk, name, &status);
	if (S_ISDIR(status.st_mode)) {
		char *path = must_format("%s/%s", place, name);
		int result = walk_directory(walk, directory, name, path, depth);

		free(path);
		return result;
	}
	if (S_ISREG(status.st_mode) && !walk->is_everything_readable &&
	    faccessat(directory, name, R_OK, AT_EACCESS) < 0)
		return walk_complain(place, name, errno);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory in a fixed order, whatever order the file system gives. */
static int list_names(struct strlist *names, int fd, const char *path)
{
	DIR *stream = fdopendir(fd);
	struct dirent *entry;

	if (!stream) {
		say("cannot read %s: %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	while (errno = 0, (entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			strlist_add(names, entry->d_name);
	}
	int error = errno;

	(void)closedir(stream);
	if (error) {
		say("cannot read %s: %s", path, strerror(error));
		return -1;
	}
	if (names->count)
		qsort(names->items, names->count, sizeof(names->items[0]), compare_names);
	return 0;
}

static int walk_directory(struct walk *walk, int parent, const char *name, const char *path, int depth)
{
	struct strlist names = {0};
	int result = -1;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (depth ? O_NOFOLLOW : 0));
	int again = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (again < 0 || depth > DEPTH_MOST) {
		say("cannot read %s: %s", path, strerror(depth > DEPTH_MOST ? ELOOP : errno));
		goto done;
	}
	if (list_names(&names, again, path) < 0)
		goto done;
	for (size_t i = 0; i < names.count; i++) {
		if (walk_entry(walk, fd, names.items[i], path, depth + 1) < 0)
			goto done;
	}
	/* The end of a directory, which no name can be. */
	sha256_add(&walk->sum, "/", 2);
	result = 0;
done:
	strlist_free(&names);
	if (fd >= 0)
		close(fd);
	return result;
}

int tree_read(struct tree *tree, const char *directory)
{
	struct walk walk = {.tree = tree, .is_everything_readable = geteuid() == 0};
	struct stat status;

	*tree = (struct tree){.is_whole_second = true};
	sha256_begin(&walk.sum);
	if (stat(directory, &status) < 0) {
		say("cannot read %s: %s", directory, strerror(errno));
		return -1;
	}
	sha256_add(&walk.sum, IMAGE_FORM, sizeof(IMAGE_FORM));
	walk_note(&walk, "", &status);
	if (walk_directory(&walk, AT_FDCWD, directory, directory, 0) < 0)
		return -1;
	sha256_end(&walk.sum, tree->digest);
	return 0;
}

int tree_read_file(struct tree *tree, const char *file, const char *purpose)
{
	struct walk walk = {.tree = tree};
	struct stat status;

	*tree = (struct tree){.is_whole_second = true};
	if (stat(file, &status) < 0) {
		say("cannot read %s: %s", file, strerror(errno));
		return -1;
	}
	sha256_begin(&walk.sum);
	walk_note(&walk, purpose, &status);
	sha256_end(&walk.sum, tree->digest);
	return 0;
}
