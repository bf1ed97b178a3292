/* open: every flag and every refusal; descriptors and their numbers; dup, fcntl, limits, close_range. */
#include "guest.h"

#include <sys/resource.h>

static void creation(void)
{
	struct stat st;
	int fd;

	fails(open("new", O_RDWR), ENOENT, "no file");
	fd = open("new", O_RDWR | O_CREAT, 0640);
	ok(fd >= 0, "O_CREAT makes it");
	must(fstat(fd, &st) == 0);
	is_int(st.st_mode, S_IFREG | 0640, "with its mode");
	is_int(st.st_size, 0, "empty");
	is_int(st.st_nlink, 1, "one link");
	works(open("new", O_RDWR | O_CREAT, 0), "O_CREAT opens an old one");
	fails(open("new", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST, "O_EXCL does not");
	must(symlink("nowhere", "dangling") == 0);
	fails(open("dangling", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST, "nor does it follow a link");
	works(open("dangling", O_RDWR | O_CREAT, 0600), "O_CREAT alone does");
	is_int(access("nowhere", F_OK), 0, "and makes the target");
	umask(027);
	fd = open("masked", O_RDWR | O_CREAT, 0777);
	must(fstat(fd, &st) == 0);
	is_int(st.st_mode & 0777, 0750, "the umask is taken off");
}

static void truncation(void)
{
	struct stat st;

	must(write_text("file", "content") == 7);
	must(stat("file", &st) == 0 && st.st_size == 7);
	works(open("file", O_WRONLY | O_TRUNC), "O_TRUNC");
	must(stat("file", &st) == 0);
	is_int(st.st_size, 0, "empties");
}

static void append(void)
{
	char text[32] = {0};
	int fd, other;

	must(write_text("file", "start") == 5);
	fd = open("file", O_RDWR | O_APPEND);
	other = open("file", O_RDWR | O_APPEND);
	must(fd >= 0 && other >= 0);
	must(lseek(fd, 0, SEEK_SET) == 0);
	must(write(fd, "+a", 2) == 2 && write(other, "+b", 2) == 2 && write(fd, "+c", 2) == 2);
	must(pread(fd, text, 31, 0) == 11);
	is_str(text, "start+a+b+c", "O_APPEND writes at the end, whatever the offset");
	is_int(lseek(fd, 0, SEEK_CUR), 11, "and leaves the offset there");
	must(pwrite(fd, "!", 1, 0) == 1);
	must(pread(fd, text, 31, 0) == 12);
	is_str(text, "start+a+b+c!", "pwrite too, as Linux has it");
}

static void refusals(void)
{
	char longer[5000], name[300];

	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = 0;
	memset(name, 'n', sizeof(name) - 1);
	name[256] = 0;
	must(write_text("file", "x") == 1 && mkdir("dir", 0755) == 0);
	must(symlink("file", "link") == 0 && symlink("b", "a") == 0 && symlink("a", "b") == 0);
	fails(open("", O_RDONLY), ENOENT, "an empty path");
	fails(open("none/file", O_RDONLY | O_CREAT, 0600), ENOENT, "a directory that is not");
	fails(open("file/x", O_RDONLY), ENOTDIR, "a file as a directory");
	fails(open("file/", O_RDONLY), ENOTDIR, "a file with a slash behind");
	fails(open("file/.", O_RDONLY), ENOTDIR, "a file with /. behind");
	fails(open("dir", O_WRONLY), EISDIR, "a directory to write");
	fails(open("dir", O_RDONLY | O_CREAT, 0600), EISDIR, "a directory to create");
	fails(open("newfile/", O_RDWR | O_CREAT, 0600), EISDIR, "a new file with a slash behind");
	fails(open("file", O_RDONLY | O_DIRECTORY), ENOTDIR, "O_DIRECTORY of a file");
	works(open("dir", O_RDONLY | O_DIRECTORY), "of a directory");
	fails(open("link", O_RDONLY | O_NOFOLLOW), ELOOP, "O_NOFOLLOW of a link");
	works(open("link", O_PATH | O_NOFOLLOW), "but O_PATH opens the link itself");
	fails(open("a", O_RDONLY), ELOOP, "a loop of links");
	fails(open(longer, O_RDONLY), ENAMETOOLONG, "a path too long");
	fails(open(name, O_RDONLY | O_CREAT, 0600), ENAMETOOLONG, "a name of 256 bytes");
	name[255] = 0;
	works(open(name, O_RDONLY | O_CREAT, 0600), "one of 255 is good");
	fails(open("dir/..//./none", O_RDONLY), ENOENT, "dots and slashes are passed over");
	works(open("dir/..//./file", O_RDONLY), "to the file");
	works(open("///dev//null", O_RDONLY), "slashes at the start");
	works(open("/../../dev/null", O_RDONLY), "the root's parent is the root");
}

static void numbers(void)
{
	int a = open("/", O_RDONLY), b = open("/", O_RDONLY), c = open("/", O_RDONLY);

	ok(b == a + 1 && c == a + 2, "descriptors are given in order");
	close(a);
	close(b);
	is_int(open("/", O_RDONLY), a, "the lowest free one first");
	is_int(dup(c), b, "by dup too");
	is_int(fcntl(c, F_DUPFD, 40), 40, "F_DUPFD: not below what was asked");
	is_int(fcntl(c, F_DUPFD, 40), 41, "the next free one");
	is_int(fcntl(c, F_DUPFD_CLOEXEC, 42), 42, "F_DUPFD_CLOEXEC");
	is_int(fcntl(42, F_GETFD), FD_CLOEXEC, "sets its flag");
	is_int(fcntl(41, F_GETFD), 0, "the others have none");
	fails(close(999), EBADF, "close of nothing");
	close(41);
	fails(close(41), EBADF, "close twice");
}

static void duplicates(void)
{
	char c;
	int fd, copy, again;

	must(write_text("file", "abcdef") == 6);
	fd = open("file", O_RDWR);
	copy = dup(fd);
	again = open("file", O_RDONLY);
	must(read(fd, &c, 1) == 1 && read(copy, &c, 1) == 1);
	is_int(c, 'b', "dup shares the offset");
	must(read(again, &c, 1) == 1);
	is_int(c, 'a', "a second open does not");
	must(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK) == 0);
	is_int(fcntl(copy, F_GETFL) & (O_APPEND | O_NONBLOCK), O_APPEND | O_NONBLOCK, "and the status flags");
	is_int(fcntl(again, F_GETFL) & (O_APPEND | O_NONBLOCK), 0, "a second open does not");
	is_int(dup2(fd, 60), 60, "dup2");
	is_int(dup2(fd, fd), fd, "dup2 to itself is nothing");
	must(fcntl(60, F_SETFD, FD_CLOEXEC) == 0);
	is_int(dup2(copy, 60), 60, "dup2 over an open one");
	is_int(fcntl(60, F_GETFD), 0, "the new one has no FD_CLOEXEC");
	is_int(dup3(fd, 61, O_CLOEXEC), 61, "dup3");
	is_int(fcntl(61, F_GETFD), FD_CLOEXEC, "with O_CLOEXEC");
	close(fd);
	is_int(pread(copy, &c, 1, 0), 1, "the file stays open while one is left");
}

static void shared_offset_by_fork(void)
{
	char c;
	pid_t pid;
	int fd;

	must(write_text("file", "abcdef") == 6);
	fd = open("file", O_RDONLY);
	if (in_child(&pid)) {
		must(lseek(fd, 3, SEEK_SET) == 3);
		must(fcntl(fd, F_SETFD, FD_CLOEXEC) == 0);
		_exit(0);
	}
	must(reap(pid) == 0);
	must(read(fd, &c, 1) == 1);
	is_int(c, 'd', "fork shares the offset");
	is_int(fcntl(fd, F_GETFD), 0, "but not the descriptor's flags");
}

static void status_flags(void)
{
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

	is_int(fcntl(fd, F_GETFL) & ~0100000, O_RDWR | O_APPEND, "F_GETFL: mode and status, not O_CREAT and O_TRUNC");
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC, "O_CLOEXEC is the descriptor's");
	is_int(fcntl(fd, F_SETFL, O_RDONLY | O_NONBLOCK | O_CREAT), 0, "F_SETFL passes over what cannot be set");
	is_int(fcntl(fd, F_GETFL) & ~0100000, O_RDWR | O_NONBLOCK, "only the status changes");
	is_int(fcntl(fd, F_SETFD, 0), 0, "F_SETFD");
	is_int(fcntl(fd, F_GETFD), 0, "takes FD_CLOEXEC away");
	is_int(fcntl(open("/", O_PATH), F_GETFL) & O_PATH, O_PATH, "O_PATH is told");
}

static void too_many(void)
{
	struct rlimit limit = {20, 50};
	int fd, last = -1;

	must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	while ((fd = open("/dev/null", O_RDONLY)) >= 0)
		last = fd;
	is_int(errno, EMFILE, "RLIMIT_NOFILE: EMFILE");
	is_int(last, 19, "after the last allowed number");
	fails(dup(0), EMFILE, "dup too");
	fails(pipe((int[2]){0}), EMFILE, "pipe too");
	fails(fcntl(0, F_DUPFD, 20), EINVAL, "F_DUPFD beyond the limit");
	fails(dup2(0, 20), EBADF, "dup2 beyond the limit");
	limit.rlim_cur = 50;
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	works(open("/dev/null", O_RDONLY), "a raised limit gives more");
}

static void thousand(void)
{
	struct rlimit limit;
	int fd = -1, good = 1;

	must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = 1000;
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	for (int i = 3; i < 900; i++) {
		fd = open("/dev/null", O_RDONLY);
		good &= fd == i;
	}
	ok(good, "nine hundred open at once");
	for (int i = 3; i < 900; i += 2)
		close(i);
	is_int(open("/dev/null", O_RDONLY), 3, "the lowest of many holes");
	is_int(open("/dev/null", O_RDONLY), 5, "the next");
}

static void ranges(void)
{
	for (int i = 10; i < 30; i++)
		must(dup2(0, i) == i);
	is_int(raw(436, 12, 20, 0), 0, "close_range");
	ok(fcntl(11, F_GETFD) >= 0 && fcntl(12, F_GETFD) < 0 && fcntl(20, F_GETFD) < 0 && fcntl(21, F_GETFD) >= 0,
	   "closes both ends of the range and no more");
	is_int(raw(436, 21, 25, 4), 0, "CLOSE_RANGE_CLOEXEC");
	ok(fcntl(21, F_GETFD) == FD_CLOEXEC && fcntl(26, F_GETFD) == 0, "only marks");
	is_int(raw(436, 25, 20, 0), -EINVAL, "an upper end below the lower");
	is_int(raw(436, 3, 4, 64), -EINVAL, "an unknown flag");
	is_int(raw(436, 3, ~0u, 0), 0, "to the end of all");
	fails(fcntl(29, F_GETFD), EBADF, "takes all");
}

static void path_only(void)
{
	struct stat st;
	int fd;

	must(write_text("file", "x") == 1 && mkdir("dir", 0755) == 0 && write_text("dir/in", "y") == 1);
	fd = open("file", O_PATH);
	must(fd >= 0);
	is_int(fstat(fd, &st), 0, "fstat of an O_PATH descriptor");
	fails(read(fd, &st, 1), EBADF, "read");
	is_int(raw(SYS_fchmod, fd, 0600), -EBADF, "fchmod");
	fails(ftruncate(fd, 0), EBADF, "ftruncate");
	is_int(close(fd), 0, "close");
	fd = open("dir", O_PATH | O_DIRECTORY);
	works(openat(fd, "in", O_RDONLY), "openat relative to it");
	is_int(fchdir(fd), 0, "fchdir");
}

static const struct tap_case cases[] = {
	{"creation", creation, 0},
	{"truncation", truncation, 0},
	{"append", append, 0},
	{"refusals", refusals, 0},
	{"numbers", numbers, 0},
	{"duplicates", duplicates, 0},
	{"shared_offset_by_fork", shared_offset_by_fork, 0},
	{"status_flags", status_flags, 0},
	{"too_many", too_many, 0},
	{"thousand", thousand, 0},
	{"ranges", ranges, 0},
	{"path_only", path_only, 0},
};

TAP_MAIN(cases)
