/* Reading and writing: offsets, holes, vectors, sizes, sendfile, copies, devices. */
#include "guest.h"

#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/uio.h>

static int fresh(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	must(fd >= 0);
	return fd;
}

static void offsets(void)
{
	char text[32] = {0};
	int fd = fresh("file");

	is_int(write(fd, "0123456789", 10), 10, "write");
	is_int(lseek(fd, 0, SEEK_CUR), 10, "moves the offset");
	is_int(read(fd, text, 5), 0, "at the end there is nothing");
	is_int(lseek(fd, -4, SEEK_END), 6, "SEEK_END");
	is_int(read(fd, text, 32), 4, "a short read at the end");
	is_str(text, "6789", "of the last bytes");
	is_int(lseek(fd, 2, SEEK_SET), 2, "SEEK_SET");
	is_int(lseek(fd, 3, SEEK_CUR), 5, "SEEK_CUR");
	is_int(pread(fd, text, 3, 1), 3, "pread");
	is_int(pwrite(fd, "XY", 2, 8), 2, "pwrite");
	is_int(lseek(fd, 0, SEEK_CUR), 5, "leave the offset alone");
	is_int(lseek(fd, 1000, SEEK_SET), 1000, "a seek past the end");
	is_int(read(fd, text, 1), 0, "reads nothing");
	is_int(lseek(fd, 0, SEEK_END), 10, "and does not make the file longer");
}

static void holes(void)
{
	char block[PAGE];
	struct stat st;
	int fd = fresh("file"), zero = 1;

	must(pwrite(fd, "a", 1, 0) == 1 && pwrite(fd, "z", 1, 10 * PAGE) == 1);
	must(fstat(fd, &st) == 0);
	is_int(st.st_size, 10 * PAGE + 1, "the size counts the hole");
	ok(st.st_blocks < 10 * 8, "the blocks do not (%ld)", (long)st.st_blocks);
	must(pread(fd, block, PAGE, 5 * PAGE) == PAGE);
	for (int i = 0; i < PAGE; i++)
		zero &= block[i] == 0;
	ok(zero, "a hole reads as zeros");
	is_int(lseek(fd, 0, SEEK_DATA), 0, "SEEK_DATA at data");
	is_int(lseek(fd, 0, SEEK_HOLE), PAGE, "SEEK_HOLE behind it");
	is_int(lseek(fd, PAGE, SEEK_DATA), 10 * PAGE, "SEEK_DATA over the hole");
	is_int(lseek(fd, 10 * PAGE, SEEK_HOLE), 10 * PAGE + 1, "the end counts as a hole");
	fails(lseek(fd, 11 * PAGE, SEEK_DATA), ENXIO, "SEEK_DATA past the end");
	fails(lseek(fd, 11 * PAGE, SEEK_HOLE), ENXIO, "SEEK_HOLE past the end");
	must(ftruncate(fd, 20 * PAGE) == 0);
	fails(lseek(fd, 11 * PAGE, SEEK_DATA), ENXIO, "no data behind");
}

static void sizes(void)
{
	char text[16] = {0};
	struct stat st;
	int fd = fresh("file");

	must(write(fd, "0123456789", 10) == 10);
	is_int(ftruncate(fd, 4), 0, "ftruncate");
	must(fstat(fd, &st) == 0);
	is_int(st.st_size, 4, "cuts");
	is_int(lseek(fd, 0, SEEK_CUR), 10, "the offset stays");
	must(write(fd, "!", 1) == 1);
	must(pread(fd, text, 16, 0) == 11);
	ok(memcmp(text, "0123\0\0\0\0\0\0!", 11) == 0, "a write there leaves zeros between");
	is_int(truncate("file", 2), 0, "truncate by path");
	is_int(pread(fd, text, 16, 0), 2, "is seen");
	fails(truncate("none", 0), ENOENT, "of nothing");
	fails(truncate("/tmp", 0), EISDIR, "of a directory");
	is_int(fallocate(fd, 0, 0, 3 * PAGE), 0, "fallocate");
	must(fstat(fd, &st) == 0);
	is_int(st.st_size, 3 * PAGE, "makes it longer");
	is_int(fallocate(fd, 1 /* KEEP_SIZE */, 0, 9 * PAGE), 0, "KEEP_SIZE");
	must(fstat(fd, &st) == 0);
	is_int(st.st_size, 3 * PAGE, "does not");
	must(pwrite(fd, "data", 4, PAGE) == 4);
	is_int(fallocate(fd, 3 /* PUNCH_HOLE | KEEP_SIZE */, PAGE, PAGE), 0, "PUNCH_HOLE");
	must(pread(fd, text, 4, PAGE) == 4);
	is_int(text[0], 0, "zeroes");
	fails(fallocate(fd, 0x1000, 0, 1), EOPNOTSUPP, "an unknown mode");
}

static void vectors(void)
{
	char a[3], b[4], c[10];
	struct iovec out[3] = {{"Hello", 5}, {", ", 2}, {"world", 5}};
	struct iovec in[3] = {{a, 3}, {b, 4}, {c, 10}};
	int fd = fresh("file");

	is_int(writev(fd, out, 3), 12, "writev");
	is_int(preadv(fd, in, 3, 0), 12, "preadv");
	ok(memcmp(a, "Hel", 3) == 0 && memcmp(b, "lo, ", 4) == 0 && memcmp(c, "world", 5) == 0, "in order");
	is_int(pwritev(fd, out + 2, 1, 20), 5, "pwritev");
	is_int(lseek(fd, 0, SEEK_CUR), 12, "which moves nothing");
	is_int(lseek(fd, 7, SEEK_SET), 7, "seek");
	is_int(readv(fd, in, 3), 17, "readv");
	is_int(lseek(fd, 0, SEEK_CUR), 24, "which does");
}

static void large(void)
{
	static char block[100000], back[100000];
	int fd = fresh("file"), good = 1;

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (char)(i * 17 >> 3);
	for (int i = 0; i < 50; i++)
		must(write(fd, block, sizeof(block)) == sizeof(block));
	for (int i = 0; i < 50; i++) {
		must(pread(fd, back, sizeof(back), i * 100000l) == sizeof(back));
		good &= memcmp(block, back, sizeof(back)) == 0;
	}
	ok(good, "five megabytes written and read back");
	must(pwrite(fd, "odd", 3, 1234567) == 3);
	must(pread(fd, back, 5, 1234566) == 5);
	ok(memcmp(back + 1, "odd", 3) == 0 && back[0] == block[1234566 % 100000] && back[4] == block[1234570 % 100000],
	   "a few bytes in the middle");
}

static void send_file(void)
{
	char text[32] = {0};
	int from = fresh("from"), to = fresh("to"), fd[2];
	off_t at = 3;

	must(write(from, "0123456789", 10) == 10 && lseek(from, 2, SEEK_SET) == 2);
	is_int(sendfile(to, from, NULL, 4), 4, "sendfile from the offset");
	is_int(lseek(from, 0, SEEK_CUR), 6, "which moves");
	is_int(sendfile(to, from, &at, 100), 7, "from a given place, to the end");
	is_int(at, 10, "which moves instead");
	is_int(lseek(from, 0, SEEK_CUR), 6, "of the offset");
	must(pread(to, text, 32, 0) == 11);
	is_str(text, "23453456789", "the bytes");
	must(pipe(fd) == 0);
	at = 0;
	is_int(sendfile(fd[1], from, &at, 10), 10, "into a pipe");
	is_int(read(fd[0], text, 32), 10, "from which they are read");
	fails(sendfile(to, fd[0], NULL, 1), EINVAL, "not from a pipe");
}

/* Straight from a file's pages: its bytes, its holes and its end, from any place, with a reader that takes its time. */
static void sent_pages(void)
{
	enum { HEAD = 3 * 4096 + 700, HOLE = 5 * 4096, TAIL = 90000, ALL = HEAD + HOLE + TAIL };
	static char expected[ALL], got[ALL];
	int from = fresh("pages"), fd[2];
	long begin = 1234, at = begin, sent;
	pid_t child;

	for (int i = 0; i < ALL; i++)
		expected[i] = i < HEAD || i >= HEAD + HOLE ? (char)(i * 7 + i / 4096) : 0;
	must(pwrite(from, expected, HEAD, 0) == HEAD &&
	     pwrite(from, expected + HEAD + HOLE, TAIL, HEAD + HOLE) == TAIL);
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	if (in_child(&child)) {
		int same = 1;
		close(fd[1]);
		for (long place = begin, n; (n = read(fd[0], got, 3000)) > 0; place += n)
			same &= place + n <= ALL && memcmp(got, expected + place, (size_t)n) == 0;
		_exit(same ? 0 : 1);
	}
	close(fd[0]);
	while ((sent = sendfile(fd[1], from, &at, 60000)) > 0)
		continue;
	is_int(sent, 0, "until the end");
	is_int(at, ALL, "which is reached");
	close(fd[1]);
	is_exited(child, 0, "the other end has read the same bytes");
}

static void copy_range(void)
{
	char text[32] = {0};
	int from = fresh("from"), to = fresh("to");
	long in = 2, out = 5;

	must(write(from, "0123456789", 10) == 10);
	is_int(raw(SYS_copy_file_range, from, &in, to, &out, 4, 0), 4, "copy_file_range");
	is_int(in * 100 + out, 609, "both places move");
	must(pread(to, text, 32, 0) == 9);
	ok(memcmp(text,
		  "\0\0\0\0\0"
		  "2345",
		  9) == 0,
	   "the bytes");
	is_int(raw(SYS_copy_file_range, from, &in, to, &out, 4, 1), -EINVAL, "an unknown flag");
	in = 100;
	is_int(raw(SYS_copy_file_range, from, &in, to, &out, 4, 0), 0, "past the end is nothing");
}

static void devices(void)
{
	char block[64], other[64];
	struct stat st;
	int fd, n = 0;

	fd = open("/dev/null", O_RDWR);
	is_int(read(fd, block, 10), 0, "/dev/null reads as its end");
	is_int(write(fd, block, 10), 10, "and takes all");
	must(stat("/dev/null", &st) == 0);
	ok(S_ISCHR(st.st_mode) && st.st_rdev == 0x103, "its number is 1:3");
	fd = open("/dev/zero", O_RDWR);
	memset(block, 1, sizeof(block));
	is_int(read(fd, block, 64), 64, "/dev/zero reads");
	for (int i = 0; i < 64; i++)
		n += block[i] != 0;
	is_int(n, 0, "as zeros");
	is_int(write(fd, block, 10), 10, "and takes all");
	fd = open("/dev/full", O_RDWR);
	is_int(read(fd, block, 10), 10, "/dev/full reads");
	fails(write(fd, block, 1), ENOSPC, "and is full");
	fd = open("/dev/urandom", O_RDONLY);
	is_int(read(fd, block, 64), 64, "/dev/urandom");
	must(read(fd, other, 64) == 64);
	ok(memcmp(block, other, 64) != 0, "is never the same");
	fd = open("/dev/random", O_RDONLY);
	is_int(read(fd, block, 64), 64, "/dev/random");
	must(stat("/dev/zero", &st) == 0);
	ok(st.st_rdev == 0x105 && (st.st_mode & 0777) == 0666, "/dev/zero is 1:5 and open to all");
	fails(ioctl(open("/dev/null", O_RDONLY), TIOCGWINSZ, block), ENOTTY, "/dev/null is no terminal");
}

static void unread(void)
{
	int fd = fresh("file"), n = 0;

	must(write(fd, "0123456789", 10) == 10 && lseek(fd, 3, SEEK_SET) == 3);
	is_int(ioctl(fd, FIONREAD, &n), 0, "FIONREAD of a file");
	is_int(n, 7, "is what is left");
	is_int(fsync(fd), 0, "fsync");
	is_int(fdatasync(fd), 0, "fdatasync");
	sync();
}

static void unlinked(void)
{
	char c = 0;
	struct stat st;
	int fd = fresh("file");

	must(write(fd, "x", 1) == 1);
	is_int(unlink("file"), 0, "unlink of an open file");
	must(fstat(fd, &st) == 0);
	is_int(st.st_nlink, 0, "leaves it without a link");
	must(pread(fd, &c, 1, 0) == 1);
	is_int(c, 'x', "and readable");
	is_int(pwrite(fd, "more", 4, PAGE), 4, "and writable");
	fails(open("file", O_RDONLY), ENOENT, "but its name is gone");
	works(open("file", O_RDWR | O_CREAT | O_EXCL, 0600), "and free");
}

static void file_systems(void)
{
	struct statfs fs;
	int fd = fresh("file");

	is_int(statfs(".", &fs), 0, "statfs");
	ok(fs.f_bsize > 0 && fs.f_blocks > 0 && fs.f_bfree <= fs.f_blocks, "its counts make sense");
	is_int(fs.f_namelen, 255, "names of up to 255 bytes");
	is_int(fstatfs(fd, &fs), 0, "fstatfs");
	must(statfs("/proc", &fs) == 0);
	is_int(fs.f_type, 0x9fa0, "/proc says what it is");
	fails(statfs("none", &fs), ENOENT, "of nothing");
}

static void many_writers(void)
{
	enum { WRITERS = 8, LINES = 200 };
	char line[16], *all;
	pid_t pid[WRITERS];
	int fd = open("log", O_RDWR | O_CREAT | O_APPEND, 0600), good = 1;
	struct stat st;

	must(fd >= 0);
	for (int i = 0; i < WRITERS; i++) {
		if (in_child(&pid[i])) {
			for (int j = 0; j < LINES; j++) {
				snprintf(line, sizeof(line), "%d %07d\n", i, j);
				must(write(fd, line, 10) == 10);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < WRITERS; i++)
		must(reap(pid[i]) == 0);
	must(fstat(fd, &st) == 0);
	is_int(st.st_size, WRITERS * LINES * 10, "eight processes append; nothing is lost");
	all = malloc(WRITERS * LINES * 10);
	must(all && pread(fd, all, WRITERS * LINES * 10, 0) == WRITERS * LINES * 10);
	for (int i = 0; i < WRITERS * LINES; i++)
		good &= all[i * 10 + 9] == '\n' && all[i * 10 + 1] == ' ';
	ok(good, "and no line is mixed with another");
}

static const struct tap_case cases[] = {
	{"offsets", offsets, 0},
	{"holes", holes, 0},
	{"sizes", sizes, 0},
	{"vectors", vectors, 0},
	{"large", large, 0},
	{"send_file", send_file, 0},
	{"sent_pages", sent_pages, 0},
	{"copy_range", copy_range, 0},
	{"devices", devices, 0},
	{"unread", unread, 0},
	{"unlinked", unlinked, 0},
	{"file_systems", file_systems, 0},
	{"many_writers", many_writers, 0},
};

TAP_MAIN(cases)
