/* What the calls on threads, signals, time, waiting and tracing answer to arguments that none takes: to root, and to a
 * user. Each call is made in a process of its own. */
#include <sched.h>
#include <sys/uio.h>

#include "errors.h"
#include "errors_threads_rows.h"

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

#define REALTIME 256
#define PRIVATE  128
#define NOBODY   99999999L
#define USER     1000

static int word, word2, of_nobody = 0x3ffffffe;
static void *read_only;
static char buffer[16384] __attribute__((aligned(4096)));
static long zeros[600], ones[8] = {1, 1000000, 1, 1000000}, minus[1] = {-1}, high_bits[16] = {1l << 62};
static long bad_interval[4] = {0, 0, 0, 1000000000};
static const struct timespec none = {0, 0}, soon = {0, 1000}, bad_ns = {0, 1000000000}, negative = {-1, 0};
static struct iovec iov[1025] = {{buffer, 8}}, iov_bad[1] = {{BAD, 8}};
static struct {
	uint64_t value, address;
	uint32_t flags, reserved;
} vector[129];

static long one(long result)
{
	return result < 0 ? result : 0;
}

static long futex(const void *at, int operation, int value, const void *time, const void *other, unsigned third)
{
	return raw(SYS_futex, at, operation, value, time, other, third);
}

/* What a new process does: nothing. */
static long clone_child(long pid)
{
	if (pid == 0)
		raw(SYS_exit_group, 0);
	return pid;
}

static long cloned(unsigned long flags)
{
	return clone_child(raw(SYS_clone, flags, 0, 0, 0, 0));
}

static long reaped(long pid)
{
	if (pid > 0)
		raw(SYS_wait4, pid, 0, 0x40000000, 0);
	return pid;
}

static long clone_with(int field, long value, long bytes)
{
	uint64_t arguments[12] = {0};

	arguments[4] = SIGCHLD;
	arguments[field] = (uint64_t)value;
	return reaped(clone_child(raw(SYS_clone3, arguments, bytes)));
}

static siginfo_t *queue_info(void)
{
	static siginfo_t info = {.si_code = SI_QUEUE};

	return &info;
}

static long stack_of(int flags, size_t bytes)
{
	stack_t stack = {.ss_sp = buffer, .ss_flags = flags, .ss_size = bytes};

	return raw(SYS_sigaltstack, &stack, 0);
}

static long policy(int number, int level)
{
	struct sched_param param = {.sched_priority = level};

	return raw(SYS_sched_setscheduler, 0, number, &param);
}

static long timer_of(int signo, int way, long thread)
{
	struct {
		void *value;
		int signo, notify, thread, rest[13];
	} event = {.signo = signo, .notify = way, .thread = (int)thread};

	return raw(SYS_timer_create, CLOCK_MONOTONIC, &event, buffer);
}

static long pipe_end(void)
{
	int fd[2];

	must(pipe(fd) == 0);
	return fd[0];
}

/* 0: itself; 1: a file; 2: a pipe; 3: nothing. */
static long with_epoll(int operation, int what)
{
	long epoll = raw(SYS_epoll_create1, 0), other = epoll;

	if (what == 1)
		other = raw(SYS_open, "/", O_RDONLY, 0);
	else if (what == 2)
		other = pipe_end();
	else if (what == 3)
		other = 999;
	return raw(SYS_epoll_ctl, epoll, operation, other, buffer);
}

static long own_pidfd(void)
{
	return raw(SYS_pidfd_open, raw(SYS_getpid), 0);
}

static long watch(const char *path, unsigned mask)
{
	return raw(SYS_inotify_add_watch, raw(SYS_inotify_init1, 0), path, mask);
}

static const struct errors_row table[] = {
#ifndef ERRORS_WRITE
#include "errors_threads.table"
#endif
};

#define NAME(name, call) name,
static const char *const names[] = {ROWS(NAME)};

static long make_call(size_t row)
{
#define CALL(name, call) \
	if (row-- == 0)  \
		return call;
	ROWS(CALL)
	return -9999;
}

static long try(size_t row, int is_user)
{
	long *result = map_shared(1), got;
	pid_t pid;

	*result = -9998;
	if (in_child(&pid)) {
		alarm(10);
		if (is_user)
			become_user(USER);
		*result = make_call(row);
		_exit(0);
	}
	reap(pid);
	got = *result;
	munmap(result, PAGE);
	return got;
}

static void calls(void)
{
	if (getuid() != 0) {
		skip("calls", "root's column is of root alone");
		return;
	}
	read_only = map_pages(1);
	must(mprotect(read_only, PAGE, PROT_READ) == 0);
	for (size_t i = 0; i < count_of(names); i++) {
		errors_begin_row(names[i]);
		errors_check(table, i, 0, names[i], "root", try(i, 0));
		errors_check(table, i, 1, names[i], "a user", try(i, 1));
		errors_end_row();
	}
}

static void rows(void)
{
#ifndef ERRORS_WRITE
	is_int(count_of(table), count_of(names), "the table has a row for each call");
	for (size_t i = 0; i < count_of(table) && i < count_of(names); i++) {
		if (strcmp(table[i].name, names[i]) != 0)
			is_str(table[i].name, names[i], "row %zu", i);
	}
#endif
}

static const struct tap_case cases[] = {
	{"rows", rows, 0},
	{"calls", calls, 120},
};

TAP_MAIN(cases)
