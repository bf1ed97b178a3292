/*
 * One random system call. Its number comes from the kernel's own table of calls, and so do the kinds of its arguments;
 * values by which calls do much more than fail stand in the list of good ones. Sometimes number and arguments are
 * plain noise.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>

struct call {
	int number;
	const char *name;
	const char *types[6];
	const char *arguments[6];
};

#define SYSCALL0(number, name, level, note)                         {number, #name, {0}, {0}},
#define SYSCALL1(number, name, level, t1, a1, note)                 {number, #name, {#t1}, {#a1}},
#define SYSCALL2(number, name, level, t1, a1, t2, a2, note)         {number, #name, {#t1, #t2}, {#a1, #a2}},
#define SYSCALL3(number, name, level, t1, a1, t2, a2, t3, a3, note) {number, #name, {#t1, #t2, #t3}, {#a1, #a2, #a3}},
#define SYSCALL4(number, name, level, t1, a1, t2, a2, t3, a3, t4, a4, note) \
	{number, #name, {#t1, #t2, #t3, #t4}, {#a1, #a2, #a3, #a4}},
#define SYSCALL5(number, name, level, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, note) \
	{number, #name, {#t1, #t2, #t3, #t4, #t5}, {#a1, #a2, #a3, #a4, #a5}},
#define SYSCALL6(number, name, level, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6, note) \
	{number, #name, {#t1, #t2, #t3, #t4, #t5, #t6}, {#a1, #a2, #a3, #a4, #a5, #a6}},

static const struct call calls[] = {
#include "syscall/rows/all.def"
};

/* Values that lead further than the argument checks: bits to be or-ed (BITS) or one of them (ONE). */
enum how { BITS, ONE };
static const struct good {
	const char *name, *argument;
	enum how how;
	long values[20];
} good[] = {
	{"mmap", "prot", BITS, {1, 2, 4, 3}},
	{"mmap", "flags", BITS, {0x01, 0x02, 0x22, 0x21, 0x10, 0x100000, 0x8000, 0x4000, 0x100, 0x2000}},
	{"mprotect", "prot", BITS, {1, 2, 4, 3}},
	{"mremap", "flags", BITS, {1, 3, 5, 7}},
	{"madvise", "advice", ONE, {0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14, 15, 18, 19, 20, 21, 22, 23, 25}},
	{"mlockall", "flags", BITS, {1, 2, 4}},
	{"open", "flags", BITS, {0, 1, 2, 0100, 0200, 01000, 02000, 04000, 0200000, 010000000, 020200000, 0400000}},
	{"openat", "flags", BITS, {0, 1, 2, 0100, 0200, 01000, 02000, 04000, 0200000, 010000000, 020200000, 0400000}},
	{"fcntl", "command", ONE, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 36, 37, 38, 1030, 1031, 1032, 1033, 1034}},
	{"ioctl", "command", ONE, {0x5401, 0x5402, 0x5403, 0x5404, 0x540e, 0x540f, 0x5410, 0x5413, 0x5414, 0x541b,
				   0x5421, 0x5422, 0x5429, 0x5450, 0x5451, 0x5452, 0x540b, 0x540a, 0x5409, 0x5412}},
	{"flock", "operation", ONE, {1, 2, 4, 5, 6, 8}},
	{"lseek", "whence", ONE, {0, 1, 2, 3, 4}},
	{"futex", "operation", ONE, {0, 1, 3, 4, 5, 9, 10, 128, 129, 131, 132, 133, 137, 138, 256 + 9, 384 + 9}},
	{"epoll_ctl", "operation", ONE, {1, 2, 3}},
	{"eventfd2", "flags", BITS, {0, 1, 04000, 02000000}},
	{"timerfd_create", "flags", BITS, {0, 04000, 02000000}},
	{"timerfd_settime", "flags", BITS, {0, 1, 2}},
	{"signalfd4", "flags", BITS, {0, 04000, 02000000}},
	{"signalfd4", "set_bytes", ONE, {8}},
	{"signalfd", "set_bytes", ONE, {8}},
	{"rt_sigaction", "set_bytes", ONE, {8}},
	{"rt_sigprocmask", "set_bytes", ONE, {8}},
	{"rt_sigprocmask", "how", ONE, {0, 1, 2}},
	{"rt_sigpending", "set_bytes", ONE, {8}},
	{"rt_sigtimedwait", "set_bytes", ONE, {8}},
	{"rt_sigsuspend", "set_bytes", ONE, {8}},
	{"ppoll", "mask_bytes", ONE, {8}},
	{"epoll_pwait", "mask_bytes", ONE, {8}},
	{"epoll_pwait2", "mask_bytes", ONE, {8}},
	{"pipe2", "flags", BITS, {0, 04000, 02000000, 040000}},
	{"socket", "family", ONE, {1, 2, 10, 16}},
	{"socket", "type", ONE, {1, 2, 3, 5, 3 | 04000, 1 | 04000, 2 | 04000, 5 | 04000}},
	{"socket", "protocol", ONE, {0, 1, 0, 4, 11, 15, 58, 253}},
	{"socketpair", "family", ONE, {1}},
	{"socketpair", "type", ONE, {1, 2, 5, 1 | 04000, 2 | 04000, 5 | 04000}},
	{"socketpair", "protocol", ONE, {0, 1}},
	{"accept4", "flags", BITS, {0, 04000, 02000000}},
	{"shutdown", "how", ONE, {0, 1, 2}},
	{"sendto", "flags", BITS, {0, 1, 0x40, 0x4000}},
	{"sendmsg", "flags", BITS, {0, 1, 0x40, 0x4000}},
	{"sendmmsg", "flags", BITS, {0, 1, 0x40, 0x4000}},
	{"recvfrom", "flags", BITS, {0, 1, 2, 0x20, 0x40, 0x100}},
	{"recvmsg", "flags", BITS, {0, 1, 2, 0x20, 0x40, 0x100, 0x40000000}},
	{"recvmmsg", "flags", BITS, {0, 1, 2, 0x20, 0x40, 0x100, 0x10000}},
	{"setsockopt", "level", ONE, {1}},
	{"setsockopt", "name", ONE, {2, 6, 7, 8, 9, 10, 12, 13, 16, 18, 20, 21, 32, 33, 42, 76, 83}},
	{"setsockopt", "bytes", ONE, {4, 8, 16}},
	{"getsockopt", "level", ONE, {1}},
	{"getsockopt", "name", ONE, {3, 4, 7, 8, 13, 16, 17, 20, 28, 30, 38, 39, 42, 57, 59, 77}},
	{"bind", "address_bytes", ONE, {2, 3, 10, 110}},
	{"connect", "address_bytes", ONE, {2, 3, 10, 110}},
	{"splice", "flags", BITS, {0, 1, 2, 4, 8}},
	{"tee", "flags", BITS, {0, 2}},
	{"vmsplice", "flags", BITS, {0, 2, 8}},
	{"copy_file_range", "flags", ONE, {0}},
	{"memfd_create", "flags", BITS, {0, 1, 2, 8, 16}},
	{"fallocate", "mode", ONE, {0, 1, 3, 2, 8, 16, 32, 64}},
	{"renameat2", "flags", BITS, {0, 1, 2}},
	{"linkat", "flags", BITS, {0, 0x400, 0x1000}},
	{"unlinkat", "flags", BITS, {0, 0x200}},
	{"newfstatat", "flags", BITS, {0, 0x100, 0x1000}},
	{"statx", "flags", BITS, {0, 0x100, 0x1000, 0x2000, 0x4000}},
	{"execveat", "flags", BITS, {0, 0x100, 0x1000}},
	{"waitid", "which", ONE, {0, 1, 2, 3}},
	{"waitid", "options", BITS, {1, 2, 4, 8, 0x01000000, 0x40000000, 0x80000000}},
	{"wait4", "options", BITS, {1, 2, 8, 0x20000000, 0x40000000}},
	{"close_range", "flags", BITS, {0, 2, 4}},
	{"unshare", "flags", BITS, {0x200, 0x400, 0x800, 0x40000}},
	{"timer_create", "clock", ONE, {0, 1, 2, 3, 7}},
	{"timer_settime", "flags", BITS, {0, 1}},
	{"clock_nanosleep", "flags", BITS, {0, 1}},
	{"setitimer", "which", ONE, {0, 1, 2}},
	{"prctl", "option", ONE, {1, 2, 3, 4, 8, 15, 16, 21, 22, 23, 24, 25, 26, 29, 30, 36, 37, 38, 39, 47}},
	{"arch_prctl", "option", ONE, {0x1001, 0x1002, 0x1003, 0x1004, 0x1011, 0x1012}},
	{"membarrier", "command", ONE, {0, 1, 2, 4, 8, 16}},
	{"sched_setscheduler", "policy", ONE, {0, 3, 5}},
	{"mount", "flags", BITS, {0, 1, 4096, 8192, 32, 16384}},
	{"umount2", "flags", BITS, {0, 1, 2, 8}},
	{"kcmp", "type", ONE, {0, 1, 2, 3, 4, 5, 6}},
	{"openat2", "bytes", ONE, {24}},
	{"setxattr", "flags", ONE, {0, 1, 2}},
	{"getrandom", "flags", BITS, {0, 1, 2, 4}},
};

static long favourite(struct self *self)
{
	static const long values[] = {0,        1,
				      -1,       2,
				      3,        4,
				      7,        8,
				      16,       64,
				      255,      4095,
				      4096,     4097,
				      65536,    0x200000,
				      INT_MAX,  INT_MIN,
				      UINT_MAX, LONG_MAX,
				      LONG_MIN, -4096,
				      -100,     1l << 47,
				      1l << 40, 0x7fffffffffff};

	return values[below(self, count_of(values))];
}

static long noise(struct self *self)
{
	switch (below(self, 5)) {
	case 0:
		return favourite(self);
	case 1:
		return (long)below(self, 16);
	case 2:
		return 1l << below(self, 64);
	case 3:
		return (long)(self->arena + below(self, ARENA_PAGES * PAGE));
	default:
		return (long)next(self) << below(self, 30);
	}
}

/* An address: mostly of the arena, where the first pages are surely mapped; page edges, holes, the kernel's half. */
static long address(struct self *self)
{
	static const long nasty[] = {0,
				     8,
				     0x7fffffffeff8,
				     0x7ffffffff000,
				     0x800000000000,
				     (long)0xffff800000000000,
				     (long)0xffffffff80100000,
				     (long)0xffffc00000000000,
				     (long)0x8000000000000000,
				     -8,
				     -4096,
				     0x00ff000000000000};
	char *page = self->arena + below(self, one_in(self, 3) ? ARENA_PAGES : 32) * PAGE;

	switch (below(self, 12)) {
	case 0:
		return nasty[below(self, count_of(nasty))];
	case 1:
	case 2:
		return (long)page + PAGE - (long)below(self, 64);
	case 3:
		return (long)page + (long)below(self, PAGE);
	case 4:
	case 5:
		return (long)page;
	case 6:
		return one_in(self, 20) ? (long)&shared : (long)self; /* its own stack */
	default:
		return (long)self->arena + (long)below(self, 8 * PAGE / 64) * 64;
	}
}

static long page_address(struct self *self)
{
	if (one_in(self, 12))
		return address(self);
	if (one_in(self, 6))
		return 0;
	return (long)(self->arena + (below(self, ARENA_PAGES) & (one_in(self, 4) ? -1l : -32l)) * PAGE);
}

static long length(struct self *self)
{
	switch (below(self, 8)) {
	case 0:
		return favourite(self);
	case 1:
		return (long)below(self, 64) * PAGE;
	case 2:
		return (long)below(self, 3 * PAGE);
	case 3:
		return (long)(1 + below(self, 640)) * PAGE;
	default:
		return (long)below(self, 300);
	}
}

static const char *const paths[] = {
	"a",
	"b",
	"dir",
	"dir/a",
	"dir/sub",
	"dir/sub/b",
	"link",
	"loop",
	"fifo",
	"x",
	"script",
	"bad",
	"mapped",
	".",
	"..",
	"/",
	"",
	"dir/..",
	"dir/sub/../../a",
	"//a//",
	"dir/.",
	"a/",
	"mnt",
	"mnt/a",
	"/proc/self/maps",
	"/proc/self/stat",
	"/proc/self/status",
	"/proc/self/fd",
	"/proc/self/fd/4",
	"/proc/self/fd/5",
	"/proc/self/cwd",
	"/proc/self/exe",
	"/proc/self/task",
	"/proc/self/mem",
	"/proc/self/cmdline",
	"/proc/self/environ",
	"/proc/self/root",
	"/proc/thread-self",
	"/proc/self/smaps",
	"/proc/self/mountinfo",
	"/proc/self/oom_score_adj",
	"/proc/self/limits",
	"/proc/self/comm",
	"/proc/self/io",
	"/proc/stat",
	"/proc/meminfo",
	"/proc/namu/resources",
	"/proc/namu/copies",
	"/proc/slabinfo",
	"/proc/1/status",
	"/proc",
	"/dev/null",
	"/dev/zero",
	"/dev/full",
	"/dev/random",
	"/dev/tty",
	"/dev/console",
	"tmpfs",
	"proc",
	"user.name",
};

static long path(struct self *self)
{
	char *room;

	if (one_in(self, 10))
		return address(self);
	if (one_in(self, 3))
		return (long)paths[below(self, count_of(paths))];
	if (one_in(self, 30)) {
		room = self->arena + PAGE;
		memset(room, one_in(self, 2) ? '/' : 'n', 2 * PAGE);
		room[favourite(self) & (2 * PAGE - 1)] = 0;
		return (long)room;
	}
	return (long)paths[below(self, 24)];
}

static long process(struct self *self)
{
	switch (below(self, 8)) {
	case 0:
		return 0;
	case 1:
		return raw(SYS_getppid);
	case 2:
		return self->is_root ? INT_MAX : favourite(self);
	case 3:
		return raw(SYS_gettid);
	case 4:
		return -raw(SYS_getpgrp);
	case 5:
		return (long)below(self, 200);
	default:
		return self->held_pids[below(self, count_of(self->held_pids))];
	}
}

static int has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static long by_kind(struct self *self, const char *type, const char *name)
{
	if (has(type, "fd_t"))
		return one_in(self, 12) ? (has(name, "dirfd") ? -100 : noise(self)) : (long)below(self, 40);
	if (has(type, "text"))
		return path(self);
	if (has(type, "user_id"))
		return one_in(self, 2) ? 1000 : favourite(self);
	if (has(type, "user_"))
		return one_in(self, 8) ? 0 : address(self);
	if (has(type, "address"))
		return page_address(self);
	if (has(type, "pid"))
		return process(self);
	if (has(type, "signal"))
		return (long)below(self, one_in(self, 5) ? 70 : 35);
	if (has(type, "clock"))
		return one_in(self, 5) ? noise(self) : (long)below(self, 12);
	if (has(type, "flags"))
		return one_in(self, 2) ? 0 : noise(self);
	if (has(type, "mode"))
		return one_in(self, 4) ? noise(self) : (long)(below(self, 0x10) << 12 | below(self, 010000));
	if (has(name, "bytes") || has(name, "position") || has(name, "offset"))
		return one_in(self, 3) ? (long)(below(self, 64) * PAGE) : length(self);
	if (has(name, "timeout"))
		return one_in(self, 4) ? noise(self) : (long)below(self, 5);
	if (has(name, "count"))
		return one_in(self, 8) ? noise(self) : (long)below(self, 20);
	return one_in(self, 3) ? address(self) : noise(self);
}

static long argument(struct self *self, const struct call *call, unsigned i)
{
	const char *type = call->types[i], *name = call->arguments[i];

	if (!type || one_in(self, 40))
		return noise(self);
	for (size_t g = 0; g < count_of(good); g++) {
		const long *values = good[g].values;
		unsigned count = count_of(good[g].values);
		long value;
		if (strcmp(good[g].name, call->name) || strcmp(good[g].argument, name) || one_in(self, 20))
			continue;
		while (count > 1 && !values[count - 1])
			count--;
		value = values[below(self, count)];
		while (good[g].how == BITS && one_in(self, 2))
			value |= values[below(self, count)];
		return value;
	}
	return by_kind(self, type, name);
}

/* Clones are made with care elsewhere; these would end the machine, or leave the place that is put away at the end. */
static int is_left_out(struct self *self, long number)
{
	static const long never[] = {SYS_fork,   SYS_vfork,  SYS_clone,  SYS_clone3,      SYS_exit,
				     SYS_reboot, SYS_chroot, SYS_syslog, SYS_settimeofday};
	static const long root[] = {SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex,   SYS_sched_setscheduler,
				    SYS_sched_setattr, SYS_vhangup,       SYS_setpriority};
	static const long rare[] = {SYS_exit_group, SYS_pause,      SYS_rt_sigsuspend, SYS_rt_sigreturn,
				    SYS_setrlimit,  SYS_prlimit64,  SYS_alarm,         SYS_close_range,
				    SYS_mlockall,   SYS_arch_prctl, SYS_execve,        SYS_execveat};

	for (size_t i = 0; i < count_of(never); i++) {
		if (number == never[i])
			return 1;
	}
	for (size_t i = 0; self->is_root && i < count_of(root); i++) {
		if (number == root[i])
			return 1;
	}
	for (size_t i = 0; i < count_of(rare); i++) {
		if (number == rare[i])
			return !one_in(self, 10);
	}
	return 0;
}

void call_at_random(struct self *self)
{
	const struct call *call = &calls[below(self, count_of(calls))];
	long number = call->number, values[6];

	for (unsigned i = 0; i < 6; i++)
		values[i] = argument(self, call, i);
	if (one_in(self, 25)) {
		number = (long)below(self, 470);
		for (unsigned i = 0; i < 6; i++)
			values[i] = noise(self);
	}
	/* Root may do anything to anybody, but the driver must see the end. */
	for (unsigned i = 0; i < 6; i++) {
		if ((int)values[i] == DRIVER_PID || (int)values[i] == -DRIVER_PID)
			values[i] = 1;
	}
	if (self->is_root && number == SYS_fcntl && (int)values[1] == F_SETOWN_EX)
		return;
	if (self->is_root && (int)values[0] == -1 && (number == SYS_kill || number == SYS_rt_sigqueueinfo))
		return;
	if (self->is_root && (number == SYS_umount2) && one_in(self, 2))
		values[0] = (long)"mnt";
	if (!is_left_out(self, number))
		raw(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}
