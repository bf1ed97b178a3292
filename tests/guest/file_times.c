/*
 * Which call changes which times of a file, of its directory and of another file that takes part: a, m, c for access,
 * modification and change; what was written by Linux is compared.
 */
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "errors.h"

static char buffer[8192];
static int file, dir, other, fifo, ends[2];

static void set_old(const char *name)
{
	/* The access time is the older one, so that "relatime" is asked for a new one. */
	struct timespec old[2] = {{1000000000, 1}, {1000000001, 2}};

	must(utimensat(AT_FDCWD, name, old, AT_SYMLINK_NOFOLLOW) == 0);
}

static void prepare(void)
{
	must(mkdir("d", 0755) == 0);
	must(write_text("d/f", "contents of the file\n") > 0);
	must(write_text("d/o", "another\n") > 0);
	must(symlink("f", "d/l") == 0 && mkdir("d/e", 0755) == 0 && mkfifo("d/p", 0644) == 0);
	must(write_text("away", "elsewhere\n") > 0);
	must((file = open("d/f", O_RDWR)) >= 0 && (dir = open("d", O_RDONLY | O_DIRECTORY)) >= 0);
	must((other = open("d/o", O_RDWR)) >= 0 && pipe(ends) == 0);
	must(write(ends[1], "in a pipe", 9) == 9);
	must((fifo = open("d/p", O_RDWR)) >= 0 && write(fifo, "in a FIFO", 9) == 9);
	set_old("d/p");
	set_old("d/f");
	set_old("d/o");
	set_old("d/l");
	set_old("d/e");
	set_old("d");
	sleep_ms(30);
}

static long map(int protection, int flags)
{
	char *at = mmap(NULL, 4096, protection, flags, file, 0);

	must(at != MAP_FAILED);
	if (protection & PROT_WRITE)
		at[0] = 'x';
	else
		buffer[0] = at[0];
	return msync(at, 4096, MS_SYNC) + munmap(at, 4096);
}

static long times(const char *name, long access, long change, int flags)
{
	struct timespec both[2] = {{7, access}, {8, change}};

	return raw(SYS_utimensat, AT_FDCWD, name, both, flags);
}

static long read_again(void)
{
	struct timespec newer[2] = {{0, UTIME_NOW}, {1000000001, 2}};

	must(futimens(file, newer) == 0);
	sleep_ms(30);
	return raw(SYS_pread64, file, buffer, 4, 0);
}

static long read_unseen(void)
{
	int fd = open("d/f", O_RDONLY | 01000000);

	return raw(SYS_read, fd, buffer, 4);
}

static long open_close(const char *name, int flags)
{
	return close(open(name, flags, 0644));
}

#define OPS(OP)                                                                      \
	OP("nothing", 0)                                                             \
	OP("stat", stat("d/f", (struct stat *)buffer))                               \
	OP("open and close", open_close("d/f", O_RDWR))                              \
	OP("open, O_TRUNC", open_close("d/f", O_RDWR | O_TRUNC))                     \
	OP("open, O_CREAT of a new name", open_close("d/n", O_RDWR | O_CREAT))       \
	OP("read", raw(SYS_read, file, buffer, 4))                                   \
	OP("read of nothing", raw(SYS_read, file, buffer, 0))                        \
	OP("read at the end", raw(SYS_pread64, file, buffer, 4, 1000))               \
	OP("read when the access time is newer", read_again())                       \
	OP("read, O_NOATIME", read_unseen())                                         \
	OP("write", raw(SYS_write, file, "x", 1))                                    \
	OP("write of nothing", raw(SYS_write, file, "x", 0))                         \
	OP("ftruncate", ftruncate(file, 3))                                          \
	OP("ftruncate to the same size", ftruncate(file, 21))                        \
	OP("truncate to the same size", truncate("d/f", 21))                         \
	OP("fallocate", fallocate(file, 0, 0, 100))                                  \
	OP("fallocate within", fallocate(file, 0, 0, 10))                            \
	OP("fallocate, KEEP_SIZE", fallocate(file, 1, 0, 10000))                     \
	OP("fallocate, PUNCH_HOLE", fallocate(file, 3, 0, 10))                       \
	OP("mmap to read", map(PROT_READ, MAP_SHARED))                               \
	OP("mmap to write, private", map(PROT_READ | PROT_WRITE, MAP_PRIVATE))       \
	OP("fsync", fsync(file))                                                     \
	OP("chmod", chmod("d/f", 0600))                                              \
	OP("chmod to the same mode", chmod("d/f", 0644))                             \
	OP("chown", chown("d/f", 0, 0))                                              \
	OP("chown to nobody", chown("d/f", -1, -1))                                  \
	OP("setxattr", setxattr("d/f", "trusted.a", "x", 1, 0))                      \
	OP("link", link("d/f", "d/n"))                                               \
	OP("link elsewhere", link("d/f", "n"))                                       \
	OP("unlink", unlink("d/f"))                                                  \
	OP("rename", rename("d/f", "d/n"))                                           \
	OP("rename away", rename("d/f", "n"))                                        \
	OP("rename onto another", rename("d/f", "d/o"))                              \
	OP("rename to here", rename("away", "d/n"))                                  \
	OP("rename, RENAME_EXCHANGE", raw(316, AT_FDCWD, "d/f", AT_FDCWD, "d/o", 2)) \
	OP("rename to itself", rename("d/f", "d/f"))                                 \
	OP("mkdir", mkdir("d/n", 0755))                                              \
	OP("rmdir", rmdir("d/e"))                                                    \
	OP("symlink", symlink("f", "d/n"))                                           \
	OP("mknod", mknod("d/n", S_IFIFO | 0600, 0))                                 \
	OP("O_TMPFILE", open_close("d", O_RDWR | 020200000))                         \
	OP("getdents", raw(SYS_getdents64, dir, buffer, sizeof(buffer)))             \
	OP("a name looked up", access("d/l", 0))                                     \
	OP("readlink", readlink("d/l", buffer, 10))                                  \
	OP("a link followed", access("d/l", R_OK))                                   \
	OP("utimensat of both", times("d/f", 5, 5, 0))                               \
	OP("utimensat of the access time", times("d/f", 5, UTIME_OMIT, 0))           \
	OP("utimensat of the modification time", times("d/f", UTIME_OMIT, 5, 0))     \
	OP("utimensat of neither", times("d/f", UTIME_OMIT, UTIME_OMIT, 0))          \
	OP("utimensat of a link", times("d/l", 5, 5, AT_SYMLINK_NOFOLLOW))           \
	OP("sendfile from it", sendfile(other, file, NULL, 4))                       \
	OP("sendfile of nothing", sendfile(other, file, NULL, 0))                    \
	OP("copy_file_range from it", raw(326, file, 0, other, 0, 4, 0))             \
	OP("splice from it", raw(SYS_splice, file, 0, ends[1], 0, 4, 0))             \
	OP("splice to it", raw(SYS_splice, ends[0], 0, file, 0, 4, 0))               \
	OP("flock", raw(SYS_flock, file, 2))                                         \
	OP("read of a FIFO", raw(SYS_read, fifo, buffer, 4))                         \
	OP("write to a FIFO", raw(SYS_write, fifo, "x", 1))                          \
	OP("write of nothing to a FIFO", raw(SYS_write, fifo, "x", 0))

static const char *const names[] = {
#define OP(name, call) name,
	OPS(OP)
#undef OP
};

static long operate(size_t row)
{
	size_t at = 0;

#define OP(name, call)   \
	if (at++ == row) \
		return call;
	OPS(OP)
#undef OP
	return 0;
}

#define WATCHED 6
static const char *const watched[WATCHED] = {"the file", "its directory",       "the other",
					     "the link", "the directory in it", "the FIFO"};

static void take(struct stat *stats)
{
	must(fstat(file, &stats[0]) == 0 && fstat(dir, &stats[1]) == 0 && fstat(other, &stats[2]) == 0);
	must(lstat("d/l", &stats[3]) == 0);
	if (lstat("d/e", &stats[4]) != 0)
		memset(&stats[4], 0, sizeof(stats[4]));
	must(fstat(fifo, &stats[5]) == 0);
}

static const char *difference(const struct stat *before, const struct stat *after)
{
	static char text[8];
	char *to = text;

	if (!after->st_ino)
		return "gone";
	if (memcmp(&before->st_atim, &after->st_atim, sizeof(before->st_atim)) != 0)
		*to++ = 'a';
	if (memcmp(&before->st_mtim, &after->st_mtim, sizeof(before->st_mtim)) != 0)
		*to++ = 'm';
	if (memcmp(&before->st_ctim, &after->st_ctim, sizeof(before->st_ctim)) != 0)
		*to++ = 'c';
	if (to == text)
		*to++ = '0';
	*to = 0;
	return text;
}

#ifndef ERRORS_WRITE
static const struct errors_row table[] = {
#include "file_times.table"
};
_Static_assert(count_of(table) == count_of(names), "a row for each call");
#else
static const struct errors_row *table;
#endif

static void try_row(size_t row)
{
	struct stat before[WATCHED], after[WATCHED];
	char home[40];

	snprintf(home, sizeof(home), "%d", (int)row);
	must(mkdir(home, 0755) == 0 && chdir(home) == 0);
	prepare();
	take(before);
	(void)operate(row);
	take(after);
	errors_begin_row(names[row]);
	for (size_t i = 0; i < WATCHED; i++)
		errors_check_word(table, row, i, names[row], watched[i], difference(&before[i], &after[i]));
	errors_end_row();
	close(file);
	close(dir);
	close(other);
	close(fifo);
	close(ends[0]);
	close(ends[1]);
	must(chdir("..") == 0);
}

static void all(void)
{
	for (size_t row = 0; row < count_of(names); row++)
		try_row(row);
}

static const struct tap_case cases[] = {{"all", all, 120}};

TAP_MAIN(cases)
