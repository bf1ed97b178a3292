/*
 * Names, files and descriptors when the n-th allocation fails (nth_allocation.h).
 */
#include "nth_allocation.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/xattr.h>

#define LONG_NAME "a-name-that-is-longer-than-those-that-stand-in-their-entry-itself-so-that-it-is-allocated"

static int file, epoll, event, many[80];

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

/* ---- mounts ---- */

static long run_tmpfs(void)
{
	return raw(SYS_mount, "some-source", "dir", "tmpfs", 0, "size=1m");
}

static long run_proc(void)
{
	return raw(SYS_mount, "proc", "dir", "proc", 0, 0);
}

static long run_bind(void)
{
	return raw(SYS_mount, ".", "dir", 0, MS_BIND, 0);
}

static void unmount(long result)
{
	(void)result;
	must(umount2("dir", MNT_DETACH) == 0);
}

static int has_no_mount(void)
{
	return umount2("dir", MNT_DETACH) < 0 && errno == EINVAL;
}

/* ---- descriptors ---- */

static int pair[2];

static long run_pipe(void)
{
	return raw(SYS_pipe2, pair, 0);
}

static void close_pair(long result)
{
	(void)result;
	must(close(pair[0]) == 0 && close(pair[1]) == 0);
}

static long run_eventfd(void)
{
	return raw(SYS_eventfd2, 0, 0);
}

static long run_epoll(void)
{
	return raw(SYS_epoll_create1, 0);
}

static void open_epoll(void)
{
	if (epoll > 0)
		return;
	epoll = epoll_create1(0);
	event = (int)raw(SYS_eventfd2, 1, 0);
	must(epoll > 0 && event > 0);
}

static long run_epoll_add(void)
{
	struct epoll_event wanted = {.events = EPOLLIN};

	return raw(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, event, &wanted);
}

static int has_no_event(void)
{
	struct epoll_event got;

	return raw(SYS_epoll_pwait, epoll, &got, 1, 0, 0, 8) == 0;
}

static void epoll_delete(long result)
{
	(void)result;
	must(raw(SYS_epoll_ctl, epoll, EPOLL_CTL_DEL, event, 0) == 0);
}

static long run_timerfd(void)
{
	return raw(SYS_timerfd_create, CLOCK_MONOTONIC, 0);
}

static long run_signalfd(void)
{
	uint64_t set = 1ul << (SIGUSR1 - 1);

	return raw(SYS_signalfd4, -1, &set, 8, 0);
}

static long run_memfd(void)
{
	return raw(SYS_memfd_create, "some", 0);
}

static long run_pidfd(void)
{
	return raw(SYS_pidfd_open, raw(SYS_getpid), 0);
}

static long run_inotify(void)
{
	return raw(SYS_inotify_init1, 0);
}

static int watcher;

static void open_watcher(void)
{
	if (watcher <= 0)
		watcher = (int)raw(SYS_inotify_init1, 0);
	must(watcher > 0);
}

static long run_watch(void)
{
	return raw(SYS_inotify_add_watch, watcher, "file", 2);
}

static void unwatch(long number)
{
	char events[64];

	must(raw(SYS_inotify_rm_watch, watcher, number) == 0);
	must(raw(SYS_read, watcher, events, sizeof(events)) > 0);
}

static long run_terminal(void)
{
	return raw(SYS_open, "/dev/ptmx", O_RDWR | O_NOCTTY, 0);
}

static long run_dup_high(void)
{
	return raw(SYS_fcntl, event, F_DUPFD, 700);
}

static long run_poll(void)
{
	struct pollfd fds[80];

	for (int i = 0; i < 80; i++)
		fds[i] = (struct pollfd){.fd = many[i], .events = POLLIN};
	return raw(SYS_poll, fds, 80, 1);
}

static void open_many(void)
{
	if (many[0])
		return;
	for (int i = 0; i < 80; i++) {
		many[i] = (int)raw(SYS_eventfd2, 0, 0);
		must(many[i] > 0);
	}
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

static const struct operation mounts[] = {
	{"mount of a tmpfs", 0, run_tmpfs, has_no_mount, unmount, 0, 0, 0},
	{"mount of proc", 0, run_proc, has_no_mount, unmount, 0, 0, 0},
	{"bind mount", 0, run_bind, has_no_mount, unmount, 0, 0, 0},
};

static const struct operation descriptors[] = {
	{"pipe", 0, run_pipe, 0, close_pair, 0, 1, 0},
	{"eventfd", 0, run_eventfd, 0, close_it, 0, 0, 0},
	{"epoll_create", 0, run_epoll, 0, close_it, 0, 0, 0},
	{"epoll_ctl", open_epoll, run_epoll_add, has_no_event, epoll_delete, 0, 0, 0},
	{"timerfd_create", 0, run_timerfd, 0, close_it, 0, 0, 0},
	{"signalfd", 0, run_signalfd, 0, close_it, 0, 0, 0},
	{"memfd_create", 0, run_memfd, 0, close_it, 0, 0, 0},
	{"pidfd_open", 0, run_pidfd, 0, close_it, 0, 0, 0},
	{"inotify_init", 0, run_inotify, 0, close_it, 0, 0, 0},
	{"inotify_add_watch", open_watcher, run_watch, 0, unwatch, ENOSPC, 0, 0},
	{"a pseudo-terminal", 0, run_terminal, 0, close_it, 0, 0, 0},
	{"poll", open_many, run_poll, 0, 0, 0, 0, 0},
	{"a descriptor far up", open_epoll, run_dup_high, 0, close_it, 0, 0, 0},
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

static void of_mounts(void)
{
	prepare();
	nth_run(mounts, count_of(mounts));
}

static void of_descriptors(void)
{
	prepare();
	nth_run(descriptors, count_of(descriptors));
}

static const struct tap_case cases[] = {
	{"of_names", of_names, 0},
	{"of_mounts", of_mounts, 0},
	{"of_descriptors", of_descriptors, 0},
};

TAP_MAIN(cases)
