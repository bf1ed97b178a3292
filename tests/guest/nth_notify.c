/*
 * inotify, leases, directory notices and owners of signals when the n-th allocation fails (nth_allocation.h).
 */
#include "nth_allocation.h"

#include <sys/inotify.h>
#include <sys/mount.h>

#define SETOWN_EX 15
#define SETLEASE  1024
#define NOTIFY    1026
#define ASYNC     020000
#define MULTISHOT 0x80000000

static int instance, file, directory, ends[2];

static long run_init(void)
{
	return raw(SYS_inotify_init1, IN_NONBLOCK);
}

static void close_it(long fd)
{
	must(close((int)fd) == 0);
}

static long run_add(void)
{
	return raw(SYS_inotify_add_watch, instance, "file", IN_ALL_EVENTS);
}

static int has_no_watch(void)
{
	return raw(SYS_inotify_rm_watch, instance, 1) == -EINVAL;
}

static void drain(void)
{
	char buffer[4096];

	while (raw(SYS_read, instance, buffer, sizeof(buffer)) > 0)
		;
}

static void remove_watch(long number)
{
	must(raw(SYS_inotify_rm_watch, instance, number) == 0);
	drain();
}

static void watch_directory(void)
{
	must(raw(SYS_inotify_add_watch, instance, ".", IN_CREATE | IN_DELETE) > 0);
	drain();
}

/* Making a name goes on when its event finds no memory: the reader is told that something was lost. */
static long run_event(void)
{
	return raw(SYS_mknod, "made", S_IFIFO | 0600, 0);
}

static int has_none(void)
{
	return access("made", F_OK) != 0;
}

static void remove_made(long result)
{
	char buffer[4096];
	long n;

	(void)result;
	n = raw(SYS_read, instance, buffer, sizeof(buffer));
	must(n >= 16);
	must(unlink("made") == 0);
	drain();
}

static void open_pipe(void)
{
	must(pipe(ends) == 0);
}

static void close_pipe(long result)
{
	(void)result;
	close(ends[0]);
	close(ends[1]);
}

static int pipe_is_quiet(void)
{
	int quiet = (fcntl(ends[0], F_GETFL) & ASYNC) == 0;

	close_pipe(0);
	return quiet;
}

static long run_async(void)
{
	return raw(SYS_fcntl, ends[0], F_SETFL, ASYNC);
}

static int has_no_owner(void)
{
	int none = raw(SYS_fcntl, ends[0], F_GETOWN) == 0;

	close_pipe(0);
	return none;
}

static long run_owner(void)
{
	return raw(SYS_fcntl, ends[0], F_SETOWN, getpid());
}

static long run_signal(void)
{
	return raw(SYS_fcntl, ends[0], 10 /* F_SETSIG */, SIGUSR1);
}

static void open_file(void)
{
	must((file = open("file", O_RDONLY)) >= 0);
}

static void close_file(long result)
{
	(void)result;
	must(close(file) == 0);
}

static int has_no_lease(void)
{
	int none = raw(SYS_fcntl, file, SETLEASE + 1, 0) == F_UNLCK;

	close_file(0);
	return none;
}

static long run_lease(void)
{
	return raw(SYS_fcntl, file, SETLEASE, F_RDLCK);
}

static void open_directory(void)
{
	must((directory = open(".", O_RDONLY | O_DIRECTORY)) >= 0);
}

static void close_directory(long result)
{
	(void)result;
	must(close(directory) == 0);
}

static int directory_is_closed(void)
{
	close_directory(0);
	return 1;
}

static long run_notice(void)
{
	return raw(SYS_fcntl, directory, NOTIFY, 4 | MULTISHOT);
}

static const struct operation operations[] = {
	{.name = "inotify_init1", .run = run_init, .undo = close_it},
	{.name = "inotify_add_watch", .run = run_add, .is_unchanged = has_no_watch, .undo = remove_watch},
	{.name = "a name made under watch",
	 .prepare = watch_directory,
	 .run = run_event,
	 .is_unchanged = has_none,
	 .undo = remove_made,
	 .may_do_without = 1},
	{.name = "O_ASYNC", .prepare = open_pipe, .run = run_async, .is_unchanged = pipe_is_quiet, .undo = close_pipe},
	{.name = "F_SETOWN", .prepare = open_pipe, .run = run_owner, .is_unchanged = has_no_owner, .undo = close_pipe},
	{.name = "F_SETSIG", .prepare = open_pipe, .run = run_signal, .is_unchanged = has_no_owner, .undo = close_pipe},
	{.name = "F_SETLEASE",
	 .prepare = open_file,
	 .run = run_lease,
	 .is_unchanged = has_no_lease,
	 .undo = close_file},
	{.name = "F_NOTIFY",
	 .prepare = open_directory,
	 .run = run_notice,
	 .is_unchanged = directory_is_closed,
	 .undo = close_directory},
};

static void notify(void)
{
	signal(SIGIO, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	/* In a file system of its own, where no name is kept that nobody holds. */
	must(mkdir("own", 0700) == 0 && mount("own", "own", "tmpfs", 0, NULL) == 0 && chdir("own") == 0);
	must(write_text("file", "x") == 1);
	must((instance = inotify_init1(IN_NONBLOCK)) >= 0);
	nth_run(operations, count_of(operations));
}

static const struct tap_case cases[] = {{"notify", notify, 0}};

TAP_MAIN(cases)
