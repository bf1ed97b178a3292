/* What each call on a descriptor answers for each kind of descriptor, and for arguments that no call takes. */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/statfs.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/xattr.h>

#include "errors.h"

#define AT_EMPTY 0x1000
#define HUGE     0x7fffffffffffffffL

/* -- kinds of descriptors -- */

static int other_end = -1; /* of a pipe */

static int pipe_end(int which)
{
	int ends[2];

	must(raw(SYS_pipe2, ends, O_NONBLOCK) == 0);
	other_end = ends[!which];
	return ends[which];
}

static int open_none(void)
{
	return -1;
}
static int open_closed(void)
{
	return 500;
}
static int open_read(void)
{
	return open("file", O_RDONLY);
}
static int open_write(void)
{
	return open("file", O_WRONLY);
}
static int open_both(void)
{
	return open("file", O_RDWR);
}
static int open_append(void)
{
	return open("file", O_WRONLY | O_APPEND);
}
static int open_directory(void)
{
	return open("dir", O_RDONLY | O_DIRECTORY);
}
static int open_path(void)
{
	return open("file", O_PATH);
}
static int open_path_directory(void)
{
	return open("dir", O_PATH);
}
static int open_pipe_read(void)
{
	return pipe_end(0);
}
static int open_pipe_write(void)
{
	return pipe_end(1);
}
static int open_fifo(void)
{
	return open("fifo", O_RDWR | O_NONBLOCK);
}
static int open_null(void)
{
	return open("/dev/null", O_RDWR);
}
static int open_eventfd(void)
{
	return eventfd(1, EFD_NONBLOCK);
}
static int open_timerfd(void)
{
	return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
}
static int open_signalfd(void)
{
	uint64_t set = 1ull << (SIGUSR1 - 1);

	return (int)raw(SYS_signalfd4, -1, &set, 8, SFD_NONBLOCK);
}
static int open_epoll(void)
{
	return epoll_create1(0);
}
static int open_inotify(void)
{
	return inotify_init1(IN_NONBLOCK);
}
static int open_memfd(void)
{
	return (int)raw(SYS_memfd_create, "m", 2);
}
static const struct {
	const char *name;
	int (*open)(void);
} kinds[] = {
	{"-1", open_none},
	{"a closed one", open_closed},
	{"a file for reading", open_read},
	{"a file for writing", open_write},
	{"a file for both", open_both},
	{"a file for appending", open_append},
	{"a directory", open_directory},
	{"a file by O_PATH", open_path},
	{"a directory by O_PATH", open_path_directory},
	{"a pipe's reading end", open_pipe_read},
	{"a pipe's writing end", open_pipe_write},
	{"a FIFO", open_fifo},
	{"/dev/null", open_null},
	{"an eventfd", open_eventfd},
	{"a timerfd", open_timerfd},
	{"a signalfd", open_signalfd},
	{"an epoll", open_epoll},
	{"an inotify", open_inotify},
	{"a memfd", open_memfd},
};

/* -- what the calls need beside -- */

static char buffer[65536] __attribute__((aligned(4096)));
static int helper_read, helper_write, helper_pipe[2], helper_epoll, helper_dir;

static void reset(void)
{
	must(chmod(".", 0755) == 0);
	unlink("fresh");
	rmdir("fresh");
	unlink("dir/fresh");
	rmdir("dir/fresh");
	unlink("file");
	must(write_text("file", "contents of a file\n") > 0);
	must(chmod("file", 0644) == 0);
	must(write_text("source", "contents of another\n") > 0);
	must(write_text("target", "") == 0);
	mkdir("dir", 0755);
	must(write_text("dir/in", "x") == 1);
	mkfifo("fifo", 0644);
}

static void open_helpers(void)
{
	must((helper_read = open("source", O_RDONLY)) >= 0);
	must((helper_write = open("target", O_RDWR)) >= 0);
	must(raw(SYS_pipe2, helper_pipe, O_NONBLOCK) == 0);
	must(write(helper_pipe[1], "in a pipe", 9) == 9);
	must((helper_epoll = epoll_create1(0)) >= 0);
	must((helper_dir = open(".", O_RDONLY | O_DIRECTORY)) >= 0);
}

static void close_helpers(void)
{
	close(helper_read);
	close(helper_write);
	close(helper_pipe[0]);
	close(helper_pipe[1]);
	close(helper_epoll);
	close(helper_dir);
}

static struct iovec good_vector[1] = {{buffer, 8}}, bad_vector[1] = {{BAD, 8}}, long_vector[1] = {{buffer, -1ul}};

static long lock(int fd, int command, int type, int whence, long start, long bytes)
{
	struct flock request = {.l_type = (short)type, .l_whence = (short)whence, .l_start = start, .l_len = bytes};

	return raw(SYS_fcntl, fd, command, &request);
}

static long lock_by_pid(int fd, int command)
{
	struct flock request = {.l_type = F_RDLCK, .l_pid = 1};

	return raw(SYS_fcntl, fd, command, &request);
}

static long owner(int fd, int type, int number)
{
	int request[2] = {type, number};

	return raw(SYS_fcntl, fd, 15 /* F_SETOWN_EX */, request);
}

static long map(int fd, int protection, int flags, long bytes, long offset)
{
	long at = raw(SYS_mmap, 0, bytes, protection, flags, fd, offset);

	if (at > 0 && at < -4096L && bytes)
		munmap((void *)at, (size_t)bytes);
	return at < 0 && at > -4096 ? at : 0;
}

static long add_to_epoll(int epoll, int operation, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return raw(SYS_epoll_ctl, epoll, operation, fd, &event);
}

static long close_made(long fd)
{
	if (fd >= 0)
		close((int)fd);
	return fd;
}

static long change_directory(int fd)
{
	long result = raw(SYS_fchdir, fd);

	must(fchdir(helper_dir) == 0);
	return result;
}

static long set_timer(int fd, int flags, long nsec)
{
	struct itimerspec value = {{0, 0}, {100, nsec}};

	return raw(SYS_timerfd_settime, fd, flags, &value, 0);
}

static long open_how(int fd, uint64_t flags, uint64_t mode, uint64_t resolve, size_t bytes)
{
	uint64_t how[4] = {flags, mode, resolve, 0};

	return close_made(raw(437, fd, "in", how, bytes));
}

static long with_offsets(int number, int in, long from, int out, long to)
{
	return raw(number, in, &from, out, &to, 4, 0);
}

/* -- the rows -- */

#include "errors_files_rows.h"

#define ERRORS_ROWS  ROWS
#define ERRORS_ON    int fd
#define ERRORS_TABLE "errors_files.table"
#include "errors_frame.h"

/* One row on all kinds. */
static void try_row(size_t row)
{
	errors_begin_row(names[row]);
	for (size_t kind = 0; kind < count_of(kinds); kind++) {
		int fd;

		reset();
		open_helpers();
		other_end = -1;
		fd = kinds[kind].open();
		errors_check(table, row, kind, names[row], kinds[kind].name, attempt(row, fd));
		close_helpers();
		if (fd >= 0 && fd != 500)
			close(fd);
		if (other_end >= 0)
			close(other_end);
	}
	errors_end_row();
}

static void try_part(size_t part)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	try_rows(part, 4, try_row);
}

static void part_1(void)
{
	try_part(0);
}
static void part_2(void)
{
	try_part(1);
}
static void part_3(void)
{
	try_part(2);
}
static void part_4(void)
{
	try_part(3);
}

static const struct tap_case cases[] = {
	{"part_1", part_1, 300}, {"part_2", part_2, 300}, {"part_3", part_3, 300}, {"part_4", part_4, 300}};

TAP_MAIN(cases)
