/*
 * The cache of images made from directories and archives.
 *
 * An image's name is the digest of what it is made of (of a directory, its tree), so what has changed has another name
 * and no image is ever stale. Images are made under another name and renamed, so that runs side by side see whole
 * images or none; the descriptor that a run holds keeps its image alive when the name is dropped. The least recently
 * used ones are dropped beyond a bound.
 */
#include "directory.h"
#include "image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "parse.h"
#include "paths.h"
#include "say.h"
#include "tree.h"

#define CACHE_MOST_BYTES  (4ull << 30)
#define PARTIAL_LIFE_S    3600
#define DIGEST_TEXT_BYTES (2ul * SHA256_BYTES)
#define MAKE_ATTEMPTS     3
#define NS_PER_S          1000000000ull
/* File times move in steps: of a kernel tick, and of up to two seconds where they are whole seconds. */
#define TIME_STEP_FINE_NS   20000000ull
#define TIME_STEP_COARSE_NS (2 * NS_PER_S)

struct cached {
	char name[NAME_MAX + 1];
	uint64_t bytes;
	struct timespec used;
};

static uint64_t cache_most_bytes(void)
{
	const char *text = getenv("NAMU_CACHE_SIZE");
	uint64_t bytes;

	return text && parse_size(text, &bytes) ? bytes : CACHE_MOST_BYTES;
}

static bool is_image_name(const char *name)
{
	size_t bytes = strlen(name);

	return bytes == DIGEST_TEXT_BYTES + 6 && strcmp(name + DIGEST_TEXT_BYTES, ".erofs") == 0;
}

static int compare_use(const void *a, const void *b)
{
	const struct timespec *x = &((const struct cached *)a)->used;
	const struct timespec *y = &((const struct cached *)b)->used;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec > y->tv_sec ? -1 : 1;
	return x->tv_nsec == y->tv_nsec ? 0 : x->tv_nsec > y->tv_nsec ? -1 : 1;
}

/* The images in the cache; what a killed run left unfinished long ago is removed on the way. */
static size_t cache_list(int directory, struct cached **list)
{
	size_t count = 0, room = 0;
	int again = fcntl(directory, F_DUPFD_CLOEXEC, 0);
	DIR *stream = again < 0 ? NULL : fdopendir(again);
	struct dirent *entry;
	struct stat status;

	while (stream && (entry = readdir(stream))) {
		if (fstatat(directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(status.st_mode))
			continue;
		if (strstr(entry->d_name, ".erofs.") && time(NULL) - status.st_mtime > PARTIAL_LIFE_S)
			(void)unlinkat(directory, entry->d_name, 0);
		if (!is_image_name(entry->d_name))
			continue;
		if (count == room) {
			room = room ? room * 2 : 16;
			*list = must_grow(*list, room * sizeof(**list));
		}
		struct cached *cached = &(*list)[count++];

		(void)snprintf(cached->name, sizeof(cached->name), "%s", entry->d_name);
		cached->bytes = (uint64_t)status.st_size;
		cached->used = status.st_mtim;
	}
	if (stream)
		(void)closedir(stream);
	return count;
}

/* Drops the least recently used images beyond the bound, but never the newest. */
static void cache_shrink(const char *path)
{
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct cached *list = NULL;
	uint64_t most = cache_most_bytes(), total = 0;

	if (directory < 0)
		return;
	size_t count = cache_list(directory, &list);

	if (count)
		qsort(list, count, sizeof(list[0]), compare_use);
	for (size_t i = 0; i < count; i++) {
		total += list[i].bytes;
		if (i > 0 && total > most)
			(void)unlinkat(directory, list[i].name, 0);
	}
	free(list);
	close(directory);
}

static char *cache_path(const char *cache, const struct tree *tree)
{
	char digest[DIGEST_TEXT_BYTES + 1];

	for (size_t i = 0; i < SHA256_BYTES; i++)
		(void)snprintf(digest + 2 * i, 3, "%02x", tree->digest[i]);
	return must_format("%s/%s.erofs", cache, digest);
}

/*
 * A file written twice within one step of its file system's clock shows the same times twice. So a tree is read only
 * when its newest change lies more than a step back; false when it would have to lie in the future for long.
 */
static bool tree_settle(const struct tree *tree)
{
	uint64_t step = tree->is_whole_second ? TIME_STEP_COARSE_NS : TIME_STEP_FINE_NS;
	struct timespec now, pause;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	uint64_t now_ns = (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;

	if (tree->newest_ns > now_ns)
		return false;
	if (tree->newest_ns + step <= now_ns)
		return true;
	uint64_t wait_ns = tree->newest_ns + step - now_ns;

	pause = (struct timespec){.tv_sec = (time_t)(wait_ns / NS_PER_S), .tv_nsec = (long)(wait_ns % NS_PER_S)};
	while (nanosleep(&pause, &pause) < 0 && errno == EINTR)
		;
	return true;
}

static int open_image(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Makes an image that is nobody else's: its name is gone before this returns. */
static int image_unnamed(const struct image_maker *maker)
{
	const char *place = getenv("TMPDIR");
	char *path = must_format("%s/namu-%d.erofs", place && place[0] == '/' ? place : "/tmp", (int)getpid());
	int fd = -1;

	if (maker->make(maker->context, path) == 0) {
		fd = open_image(path);
		if (fd < 0)
			say("cannot read %s: %s", path, strerror(errno));
		(void)unlink(path);
	}
	free(path);
	return fd;
}

/* One attempt: the descriptor, -1 with a line said, or -2 when the tree changed meanwhile. */
static int cache_attempt(const char *cache, const struct image_maker *maker, char **path)
{
	struct tree before, after;

	if (maker->identify(maker->context, &before) < 0)
		return -1;
	free(*path);
	*path = cache_path(cache, &before);
	int fd = open_image(*path);

	if (fd >= 0) {
		/* The time of last use; it fails only where it does not matter. */
		(void)futimens(fd, NULL);
		return fd;
	}
	if (!tree_settle(&before))
		return -2;
	say_verbose("making an image of %s", maker->name);
	char *fresh = must_format("%s.fresh-%d", *path, (int)getpid());

	fd = -1;
	if (maker->make(maker->context, fresh) == 0 && maker->identify(maker->context, &after) == 0) {
		bool is_same = memcmp(before.digest, after.digest, SHA256_BYTES) == 0;

		fd = is_same ? open_image(fresh) : -2;
		if (fd == -1)
			say("cannot read %s: %s", fresh, strerror(errno));
		if (fd >= 0 && rename(fresh, *path) == 0)
			cache_shrink(cache);
	}
	(void)unlink(fresh);
	free(fresh);
	return fd;
}

/* Whether a directory lies in another one or is the same; both must exist. */
static bool is_inside(const char *inner, const char *outer)
{
	char *a = realpath(inner, NULL);
	char *b = realpath(outer, NULL);
	size_t bytes = b ? strlen(b) : 0;
	bool result = a && b && strncmp(a, b, bytes) == 0 && (a[bytes] == 0 || a[bytes] == '/' || bytes == 1);

	free(a);
	free(b);
	return result;
}

int image_cached(const struct image_maker *maker, char **path)
{
	char *cache = cache_directory();
	char *cached_path = NULL;
	int fd = -2;

	for (int i = 0; cache && fd == -2 && i < MAKE_ATTEMPTS; i++)
		fd = cache_attempt(cache, maker, &cached_path);
	if (fd == -2) {
		say_verbose(cache ? "%s keeps changing: its image is not kept"
				  : "no place for a cache: %s is made anew",
			    maker->name);
		struct tree tree;

		fd = maker->identify(maker->context, &tree) < 0 ? -1 : image_unnamed(maker);
	}
	if (fd >= 0 && cached_path) {
		free(*path);
		*path = cached_path;
	} else {
		free(cached_path);
	}
	free(cache);
	return fd;
}

static int identify_directory(void *context, struct tree *tree)
{
	return tree_read(tree, context);
}

static int make_directory(void *context, const char *path)
{
	return directory_image(context, path);
}

int image_of_directory(const char *directory, char **path)
{
	char *cache = cache_directory();
	char *name = must_copy(directory);
	struct image_maker maker = {directory, identify_directory, make_directory, name};
	int fd = -1;

	if (cache && is_inside(cache, directory))
		say("the image cache %s lies inside the root %s (set XDG_CACHE_HOME to another place)", cache,
		    directory);
	else
		fd = image_cached(&maker, path);
	free(name);
	free(cache);
	return fd;
}
