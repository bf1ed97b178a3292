/* The store of pulled images. */
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "pack.h"
#include "paths.h"
#include "pull.h"
#include "reference.h"
#include "say.h"
#include "unfinished.h"

#define IMAGE_SUFFIX      ".erofs"
#define UNFINISHED_LIFE_S 86400
#define ID_SHOWN_BYTES    12
#define ID_LEAST_BYTES    4
#define NAME_FILE_BYTES   1024

/* A name in the store. */
struct named {
	char *file; /* of the name */
	char *reference;
	char id[DIGEST_HEX_BYTES + 1];
};

struct names {
	struct named *items;
	size_t count, room;
};

/* The store's directory, made if missing; NULL with a line said when there is no place. */
static char *store_directory(void)
{
	char *cache = cache_directory();
	char *names = cache ? must_format("%s/images/names", cache) : NULL;
	char *directory = cache ? must_format("%s/images", cache) : NULL;

	if (!cache) {
		say("no place for images: set XDG_CACHE_HOME to a directory that you may write");
	} else if ((mkdir(directory, 0700) < 0 && errno != EEXIST) || (mkdir(names, 0700) < 0 && errno != EEXIST)) {
		say("cannot write %s: %s", names, strerror(errno));
		free(directory);
		directory = NULL;
	}
	free(names);
	free(cache);
	return directory;
}

/* The file that says what a reference stands for. */
static char *name_file(const char *directory, const char *full)
{
	unsigned char digest[SHA256_BYTES];
	char text[DIGEST_HEX_BYTES + 1];
	struct sha256 sum;

	sha256_begin(&sum);
	sha256_add(&sum, full, strlen(full));
	sha256_end(&sum, digest);
	digest_text(digest, text);
	return must_format("%s/names/%s", directory, text);
}

static bool is_id(const char *text)
{
	return strlen(text) == DIGEST_HEX_BYTES && strspn(text, "0123456789abcdef") == DIGEST_HEX_BYTES;
}

/* Reads the file of a name: the reference, and the image's digest on the next line. */
static bool name_read(const char *file, struct named *named)
{
	char text[NAME_FILE_BYTES + 1];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	char *line = strchr(text, '\n');

	if (!line || strlen(line + 1) != DIGEST_HEX_BYTES + 1 || line[DIGEST_HEX_BYTES + 1] != '\n')
		return false;
	*line = line[DIGEST_HEX_BYTES + 1] = 0;
	if (!is_id(line + 1))
		return false;
	*named = (struct named){.file = must_copy(file), .reference = must_copy(text)};
	memcpy(named->id, line + 1, sizeof(named->id));
	return true;
}

static void name_free(struct named *named)
{
	free(named->file);
	free(named->reference);
}

static int name_write(const char *directory, const char *full, const char *id)
{
	char *file = name_file(directory, full);
	char *text = must_format("%s\n%s\n", full, id);
	char *partial;
	int fd = unfinished_begin(file, &partial);
	int result = fd < 0 ? -1 : 0;

	if (fd >= 0) {
		if (!write_fully(fd, text, strlen(text))) {
			say("cannot write %s: %s", file, strerror(errno));
			result = -1;
		}
		close(fd);
		result = unfinished_end(partial, file, result);
	}
	free(text);
	free(file);
	return result;
}

static char *image_file(const char *directory, const char *id)
{
	return must_format("%s/%s" IMAGE_SUFFIX, directory, id);
}

char *store_find(const char *reference)
{
	char *cache = cache_directory();
	char *full = cache ? reference_full(reference) : NULL;
	char *path = NULL;
	struct named named;

	if (full) {
		char *directory = must_format("%s/images", cache);
		char *file = name_file(directory, full);

		if (name_read(file, &named)) {
			path = image_file(directory, named.id);
			name_free(&named);
		}
		free(file);
		free(directory);
	}
	if (path && access(path, R_OK) < 0) {
		free(path);
		path = NULL;
	}
	free(full);
	free(cache);
	return path;
}

/* Between a look at the names and what follows from it nobody else may change them. */
static int store_lock(const char *directory)
{
	char *path = must_format("%s/lock", directory);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		say("cannot write %s: %s", path, strerror(errno));
	free(path);
	return fd;
}

/* What a killed pull left of an image's file, after a time that no pull takes. */
static void remove_unfinished_images(const char *directory)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	struct stat status;

	while (stream && (entry = readdir(stream))) {
		if (strstr(entry->d_name, IMAGE_SUFFIX ".new-") &&
		    fstatat(dirfd(stream), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    time(NULL) - status.st_mtime > UNFINISHED_LIFE_S)
			(void)unlinkat(dirfd(stream), entry->d_name, 0);
	}
	if (stream)
		(void)closedir(stream);
}

static int pull_into(const char *directory, const char *full)
{
	struct pack pack;
	struct pulled pulled;
	int result = -1;

	remove_unfinished_images(directory);
	if (pull_begin(&pulled, directory, full) < 0)
		return -1;
	if (pack_open_oci(&pack, full, pulled.layout, NULL) == 0) {
		char *path = image_file(directory, pack.id);
		int lock = -1;

		result = access(path, R_OK) == 0 ? 0 : pack_make(&pack, path);
		if (result == 0)
			lock = store_lock(directory);
		/* Whoever removed it meanwhile saw no name for it yet. */
		if (result == 0 && lock >= 0 && access(path, R_OK) < 0)
			result = pack_make(&pack, path);
		result = result == 0 && lock >= 0 ? name_write(directory, full, pack.id) : -1;
		if (lock >= 0)
			close(lock);
		free(path);
		pack_close(&pack);
	}
	pull_end(&pulled);
	return result;
}

int store_pull(const char *reference)
{
	char *full = reference_full(reference);
	char *directory = NULL;
	int result = -1;

	if (!full)
		say("'%s' is no name of an image (such as debian:12 or ghcr.io/owner/name:tag)", reference);
	else if ((directory = store_directory()))
		result = pull_into(directory, full);
	free(directory);
	free(full);
	return result;
}

char *store_obtain(const char *reference)
{
	char *path = store_find(reference);

	if (path || store_pull(reference) < 0)
		return path;
	path = store_find(reference);
	if (!path)
		say("the image %s was removed while it was pulled", reference);
	return path;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->reference, ((const struct named *)b)->reference);
}

static void names_read(struct names *names, const char *directory)
{
	char *path = must_format("%s/names", directory);
	DIR *stream = opendir(path);
	struct dirent *entry;
	struct named named;

	while (stream && (entry = readdir(stream))) {
		char *file = must_format("%s/%s", path, entry->d_name);

		if (is_id(entry->d_name) && name_read(file, &named)) {
			if (names->count == names->room) {
				names->room = names->room ? names->room * 2 : 16;
				names->items = must_grow(names->items, names->room * sizeof(named));
			}
			names->items[names->count++] = named;
		}
		free(file);
	}
	if (stream)
		(void)closedir(stream);
	if (names->count)
		qsort(names->items, names->count, sizeof(names->items[0]), compare_names);
	free(path);
}

static void names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		name_free(&names->items[i]);
	free(names->items);
}

int store_list(void)
{
	char *directory = store_directory();
	struct names names = {0};
	struct stat status;
	struct tm when;
	char date[32];

	if (!directory)
		return -1;
	names_read(&names, directory);
	printf("%-40s %-*s %9s  %s\n", "NAME", ID_SHOWN_BYTES, "ID", "SIZE", "PULLED");
	for (size_t i = 0; i < names.count; i++) {
		const struct named *named = &names.items[i];
		char *path = image_file(directory, named->id);

		if (stat(path, &status) == 0 && localtime_r(&status.st_mtime, &when)) {
			(void)strftime(date, sizeof(date), "%Y-%m-%d %H:%M", &when);
			printf("%-40s %.*s %5.1f MiB  %s\n", reference_short(named->reference), ID_SHOWN_BYTES,
			       named->id, (double)status.st_size / (1 << 20), date);
		}
		free(path);
	}
	names_free(&names);
	free(directory);
	return fflush(stdout) == 0 ? 0 : -1;
}

/* Which names are meant: those of one reference, or of all images whose digest begins so. */
static bool is_meant(const struct named *named, const char *full, const char *text)
{
	size_t bytes = strlen(text);

	if (full && strcmp(named->reference, full) == 0)
		return true;
	return bytes >= ID_LEAST_BYTES && bytes <= DIGEST_HEX_BYTES && strncmp(named->id, text, bytes) == 0;
}

static int remove_meant(const char *directory, const struct names *names, const char *full, const char *text)
{
	const struct named *first = NULL;
	bool is_kept = false;

	for (size_t i = 0; i < names->count; i++) {
		const struct named *named = &names->items[i];

		if (!is_meant(named, full, text))
			continue;
		if (first && strcmp(first->id, named->id) != 0) {
			say("'%s' is the beginning of more than one image's ID", text);
			return -1;
		}
		first = named;
	}
	if (!first) {
		say("no such image: %s (see 'namu image ls')", text);
		return -1;
	}
	for (size_t i = 0; i < names->count; i++) {
		const struct named *named = &names->items[i];

		if (is_meant(named, full, text))
			(void)unlink(named->file);
		else
			is_kept |= strcmp(named->id, first->id) == 0;
	}
	if (is_kept)
		return 0;
	char *path = image_file(directory, first->id);
	int result = unlink(path) < 0 && errno != ENOENT ? -1 : 0;

	if (result < 0)
		say("cannot remove %s: %s", path, strerror(errno));
	free(path);
	return result;
}

int store_remove(const char *name)
{
	char *directory = store_directory();
	int lock = directory ? store_lock(directory) : -1;
	char *full = reference_full(name);
	struct names names = {0};
	int result = -1;

	if (lock >= 0) {
		names_read(&names, directory);
		result = remove_meant(directory, &names, full, name);
		close(lock);
	}
	names_free(&names);
	free(full);
	free(directory);
	return result;
}
