/*
 * Names and files when the n-th allocation fails (nth_allocation.h).
 */
#include "nth_allocation.h"

#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/xattr.h>

#define LONG_NAME "a-name-that-is-longer-than-those-that-stand-in-their-entry-itself-so-that-it-is-allocated"

static int file;

static int has(const char *name)
{
	struct stat st;

	return raw(SYS_newfstatat, AT_FDCWD, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* ---- names ---- */

static int has_none(void)
{
	return !has(LONG_NAME);
}

static void remove_it(long result)
{
	(void)result;
	must(unlink(LONG_NAME) == 0);
}

static void close_and_remove(long fd)
{
	must(close((int)fd) == 0);
	remove_it(0);
}

static long run_create(void)
{
	return raw(SYS_open, LONG_NAME, O_CREAT | O_RDWR, 0600);
}

static long run_tmpfile(void)
{
	return raw(SYS_open, ".", O_TMPFILE | O_RDWR, 0600);
}

static void close_it(long fd)
{
	must(close((int)fd) == 0);
}

static long run_open(void)
{
	return raw(SYS_open, "file", O_RDWR, 0);
}

static long run_truncate(void)
{
	return raw(SYS_open, "file", O_RDWR | O_TRUNC, 0);
}

static long run_mkdir(void)
{
	return raw(SYS_mkdir, LONG_NAME, 0700);
}

static void remove_directory(long result)
{
	(void)result;
	must(rmdir(LONG_NAME) == 0);
}

static long run_symlink(void)
{
	return raw(SYS_symlink, LONG_NAME "/" LONG_NAME, LONG_NAME);
}

static long run_link(void)
{
	return raw(SYS_link, "file", LONG_NAME);
}

static long run_mknod(void)
{
	return raw(SYS_mknod, LONG_NAME, S_IFIFO | 0600, 0);
}

static int is_not_renamed(void)
{
	return has("file") && !has("dir/" LONG_NAME);
}

static long run_rename(void)
{
	return raw(SYS_rename, "file", "dir/" LONG_NAME);
}

static void rename_back(long result)
{
	(void)result;
	must(rename("dir/" LONG_NAME, "file") == 0);
}

static long run_whiteout(void)
{
	return raw(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "dir/" LONG_NAME, 4);
}

static int is_not_moved(void)
{
	struct stat st;

	return is_not_renamed() && stat("file", &st) == 0 && S_ISREG(st.st_mode);
}

static void make_other(void)
{
	must(write_text("other", "other") == 5);
}

static int other_is_there(void)
{
	char text[16];

	return has("file") && read_text("other", text, sizeof(text)) == 5 && strcmp(text, "other") == 0;
}

static long run_replace(void)
{
	return raw(SYS_rename, "file", "other");
}

static void replaced(long result)
{
	(void)result;
	must(rename("other", "file") == 0);
}

static long run_exchange(void)
{
	return raw(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "other", 2);
}

static long run_unlink(void)
{
	return raw(SYS_unlink, "other");
}

static long run_setxattr(void)
{
	return raw(SYS_setxattr, "file", "user.some", "value", 5, XATTR_CREATE);
}

static int has_no_attribute(void)
{
	return getxattr("file", "user.some", NULL, 0) < 0 && errno == ENODATA;
}

static void remove_attribute(long result)
{
	(void)result;
	must(removexattr("file", "user.some") == 0);
}

static long run_write(void)
{
	static char block[3 * PAGE];

	return raw(SYS_pwrite64, file, block, sizeof(block), 40 * PAGE);
}

static void cut(long result)
{
	(void)result;
	must(ftruncate(file, 10) == 0);
}

static void open_file(void)
{
	if (file <= 0)
		file = open("file", O_RDWR);
	must(file > 0 && ftruncate(file, 10) == 0);
}

/* What the object has grown by inside itself is its own until it is cut. */
static int can_be_cut(void)
{
	return ftruncate(file, 10) == 0;
}

static long run_allocate(void)
{
	return raw(SYS_fallocate, file, 0, 80 * PAGE, 3 * PAGE);
}

static long run_lock(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 5};

	return raw(SYS_fcntl, file, F_SETLK, &lock);
}

static void unlock(long result)
{
	struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

	(void)result;
	must(fcntl(file, F_SETLK, &lock) == 0);
}

static long run_flock(void)
{
	return raw(SYS_flock, file, 2);
}

static void unflock(long result)
{
	(void)result;
	must(raw(SYS_flock, file, 8) == 0);
}

static long run_list(void)
{
	char block[1024];
	long fd = raw(SYS_open, "/proc/self/fd", O_RDONLY | O_DIRECTORY, 0), n;

	if (fd < 0)
		return fd;
	n = raw(SYS_getdents64, fd, block, sizeof(block));
	raw(SYS_close, fd);
	return n;
}

static long run_maps(void)
{
	char block[512];
	long fd = raw(SYS_open, "/proc/self/maps", O_RDONLY, 0), n;

	if (fd < 0)
		return fd;
	n = raw(SYS_read, fd, block, sizeof(block));
	raw(SYS_close, fd);
	return n;
}

static long run_readlink(void)
{
	char block[512];

	return raw(SYS_readlink, "/proc/self/exe", block, sizeof(block));
}

static long run_getcwd(void)
{
	char block[512];

	return raw(SYS_getcwd, block, sizeof(block));
}

static const struct operation names[] = {
	{"open of a new file", 0, run_create, has_none, close_and_remove, 0, 0, 0},
	{"open of a file", 0, run_open, 0, close_it, 0, 0, 0},
	{"open of a file that is cut", 0, run_truncate, 0, close_it, 0, 0, 0},
	{"O_TMPFILE", 0, run_tmpfile, 0, close_it, 0, 0, 0},
	{"mkdir", 0, run_mkdir, has_none, remove_directory, 0, 0, 0},
	{"symlink", 0, run_symlink, has_none, remove_it, 0, 0, 0},
	{"link", 0, run_link, has_none, remove_it, 0, 0, 0},
	{"mknod", 0, run_mknod, has_none, remove_it, 0, 0, 0},
	{"rename", 0, run_rename, is_not_renamed, rename_back, 0, 0, 0},
	{"rename that leaves a whiteout", 0, run_whiteout, is_not_moved, rename_back, 0, 0, 0},
	{"rename over another", make_other, run_replace, other_is_there, replaced, 0, 0, 0},
	{"exchange", make_other, run_exchange, other_is_there, 0, 0, 0, 0},
	{"unlink", make_other, run_unlink, other_is_there, 0, 0, 0, 0},
	{"setxattr", 0, run_setxattr, has_no_attribute, remove_attribute, ENOSPC, 0, 0},
	{"write", open_file, run_write, 0, cut, ENOSPC, 1, 0},
	{"fallocate", open_file, run_allocate, can_be_cut, cut, ENOSPC, 0, 0},
	{"a record lock", open_file, run_lock, 0, unlock, ENOLCK, 0, 0},
	{"flock", open_file, run_flock, 0, unflock, ENOLCK, 0, 0},
	{"listing /proc/self/fd", 0, run_list, 0, 0, 0, 0, 0},
	{"reading /proc/self/maps", 0, run_maps, 0, 0, 0, 0, 0},
	{"readlink of /proc/self/exe", 0, run_readlink, 0, 0, 0, 0, 0},
	{"getcwd", 0, run_getcwd, 0, 0, 0, 0, 0},
};

/* In a file system of its own, where no name is kept that nobody holds. */
static void prepare(void)
{
	must(mkdir("own", 0700) == 0);
	must(mount("own", "own", "tmpfs", 0, NULL) == 0 && chdir("own") == 0);
	must(write_text("file", "some text\n") == 10 && mkdir("dir", 0700) == 0);
}

static void of_names(void)
{
	prepare();
	nth_run(names, count_of(names));
}

static const struct tap_case cases[] = {
	{"of_names", of_names, 0},
};

TAP_MAIN(cases)
