/*
 * Mounts and descriptors when the n-th allocation fails (nth_allocation.h).
 */
#include "nth_allocation.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/mount.h>

static int epoll, event, many[80];

static void close_it(long fd)
{
	must(close((int)fd) == 0);
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
	{"of_mounts", of_mounts, 0},
	{"of_descriptors", of_descriptors, 0},
};

TAP_MAIN(cases)
