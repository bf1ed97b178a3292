/* Images for the tests of the EROFS reader: a directory is filled, mkfs.erofs makes an image of it, the image is read
 * into memory. */
#ifndef TESTS_UNIT_EROFS_IMAGE_H
#define TESTS_UNIT_EROFS_IMAGE_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

struct test_image {
	uint8_t *data; /* exactly as long as the file: the sanitizer sees every byte too far */
	size_t bytes;
};

#define TEST_MANY 700u /* names in the directory "many": several blocks of them */

static inline void test_write(const char *dir, const char *name, const char *data, size_t bytes)
{
	char path[400];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
	if (fd < 0 || write(fd, data, bytes) != (ssize_t)bytes || close(fd))
		abort();
}

static inline void test_attribute(const char *path, const char *name, const char *value, size_t bytes)
{
	if (setxattr(path, name, value, bytes, 0)) {
		perror("this test's directory is on a file system without user attributes");
		abort();
	}
}

/* Byte `i` of the file of `bytes` bytes. */
static inline char test_byte(size_t bytes, size_t i)
{
	return (char)(i * 7 + bytes + (i >> 12));
}

static const size_t test_sizes[] = {0, 1, 100, 4095, 4096, 4097, 8192, 12345, 200000};

static inline void test_fill(const char *dir)
{
	static char data[200000];
	char name[280] = "";

	for (size_t s = 0; s < sizeof(test_sizes) / sizeof(test_sizes[0]); s++) {
		for (size_t i = 0; i < test_sizes[s]; i++)
			data[i] = test_byte(test_sizes[s], i);
		snprintf(name, sizeof(name), "file%zu", test_sizes[s]);
		test_write(dir, name, data, test_sizes[s]);
	}
	snprintf(name, sizeof(name), "%s/many", dir);
	if (mkdir(name, 0755))
		abort();
	for (unsigned i = 0; i < TEST_MANY; i++) {
		snprintf(name, sizeof(name), "many/name-%03u", i);
		test_write(dir, name, name, 5);
	}
	snprintf(name, sizeof(name), "%s/empty", dir);
	if (mkdir(name, 01777) || chmod(name, 01777))
		abort();
	for (unsigned i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s/file%zu", dir, test_sizes[i]);
		test_attribute(name, "user.shared", "the same in all", 15);
		test_attribute(name, "user.own", name, 1 + i * 50);
	}
	snprintf(name, sizeof(name), "%s/empty", dir);
	test_attribute(name, "user.nothing", "", 0);
	snprintf(name, sizeof(name), "%s/link", dir);
	if (symlink("many/name-000", name))
		abort();
	snprintf(name, sizeof(name), "%s/fifo", dir);
	if (mkfifo(name, 0600))
		abort();
}

/* An image of `dir` by mkfs.erofs with these options. */
static inline struct test_image test_make_image(const char *dir, const char *options)
{
	struct test_image image;
	char path[128], command[512];
	struct stat stat;
	int fd;

	snprintf(path, sizeof(path), "%s.erofs", dir);
	unlink(path);
	snprintf(command, sizeof(command), "mkfs.erofs %s %s %s >/dev/null 2>&1", options, path, dir);
	if (system(command) || (fd = open(path, O_RDONLY)) < 0 || fstat(fd, &stat))
		abort();
	image.bytes = (size_t)stat.st_size;
	image.data = malloc(image.bytes);
	if (!image.data || read(fd, image.data, image.bytes) != (ssize_t)image.bytes || close(fd))
		abort();
	unlink(path);
	return image;
}

static inline void test_remove_directory(const char *dir)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (system(command))
		abort();
}

#endif
