/*
 * Forged pointers: every system call that takes one answers EFAULT to whatever address is no good, and nothing else
 * happens. One row a pointer; each is tried with every kind of bad address.
 */
#include "guest.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/time.h>

#define P 0x7e57 /* stands for the forged pointer */

/* Descriptors with fixed numbers, so that rows can be constant. */
enum { ZERO = 100, FILE_FD, DIRECTORY, PIPE_IN, PIPE_OUT };

enum {
	IN = 1,      /* the kernel reads there */
	OUT = 2,     /* the kernel writes there */
	NULL_OK = 4, /* NULL has a meaning */
	PARTIAL = 8, /* the call may do a part before it meets the end of the buffer */
	STRING = 16,
	ALIGNED = 32, /* an odd address has another answer */
};

struct row {
	const char *name;
	long number;
	long argument[6];
	int how;
	int bytes;
};

static char buffer[PAGE];
static struct timespec half_second = {0, 500000000};

#define PATH(name, number, ...)                             \
	{                                                   \
		name, number, {__VA_ARGS__}, IN | STRING, 0 \
	}
#define FROM(name, number, bytes, ...)                 \
	{                                              \
		name, number, {__VA_ARGS__}, IN, bytes \
	}
#define INTO(name, number, bytes, ...)                  \
	{                                               \
		name, number, {__VA_ARGS__}, OUT, bytes \
	}

static const struct row file_rows[] = {
	{"read", SYS_read, {ZERO, P, 64}, OUT | PARTIAL, 64},
	{"read of a pipe", SYS_read, {PIPE_IN, P, 64}, OUT | PARTIAL, 64},
	{"read of a file", SYS_read, {FILE_FD, P, 64}, OUT | PARTIAL, 64},
	{"write to a file", SYS_write, {FILE_FD, P, 64}, IN | PARTIAL, 64},
	{"write to a pipe", SYS_write, {PIPE_OUT, P, 64}, IN | PARTIAL, 64},
	{"pread64", SYS_pread64, {FILE_FD, P, 64, 0}, OUT | PARTIAL, 64},
	{"pwrite64", SYS_pwrite64, {FILE_FD, P, 64, 0}, IN | PARTIAL, 64},
	FROM("readv", SYS_readv, 32, ZERO, P, 2),
	FROM("writev", SYS_writev, 32, FILE_FD, P, 2),
	FROM("preadv", SYS_preadv, 32, FILE_FD, P, 2, 0),
	FROM("pwritev", SYS_pwritev, 32, FILE_FD, P, 2, 0),
	PATH("open", SYS_open, P, O_RDONLY),
	PATH("open for creation", SYS_open, P, O_CREAT | O_RDWR, 0600),
	PATH("openat", SYS_openat, AT_FDCWD, P, O_RDONLY),
	PATH("creat", SYS_creat, P, 0600),
	PATH("stat: path", SYS_stat, P, (long)buffer),
	INTO("stat", SYS_stat, 144, (long)".", P),
	INTO("lstat", SYS_lstat, 144, (long)".", P),
	INTO("fstat", SYS_fstat, 144, FILE_FD, P),
	INTO("newfstatat", SYS_newfstatat, 144, AT_FDCWD, (long)".", P, 0),
	PATH("newfstatat: path", SYS_newfstatat, AT_FDCWD, P, (long)buffer, 0),
	INTO("statx", SYS_statx, 256, AT_FDCWD, (long)".", 0, 0x7ff, P),
	PATH("statx: path", SYS_statx, AT_FDCWD, P, 0, 0x7ff, (long)buffer),
	INTO("statfs", SYS_statfs, 120, (long)".", P),
	INTO("fstatfs", SYS_fstatfs, 120, FILE_FD, P),
	PATH("access", SYS_access, P, 0),
	PATH("faccessat", SYS_faccessat, AT_FDCWD, P, 0),
	PATH("faccessat2", 439, AT_FDCWD, P, 0, 0),
	INTO("pipe", SYS_pipe, 8, P),
	INTO("pipe2", SYS_pipe2, 8, P, O_CLOEXEC),
	INTO("getcwd", SYS_getcwd, 2, P, 4096),
	PATH("chdir", SYS_chdir, P),
	PATH("mkdir", SYS_mkdir, P, 0700),
	PATH("mkdirat", SYS_mkdirat, AT_FDCWD, P, 0700),
	PATH("rmdir", SYS_rmdir, P),
	PATH("unlink", SYS_unlink, P),
	PATH("unlinkat", SYS_unlinkat, AT_FDCWD, P, 0),
	PATH("rename: old", SYS_rename, P, (long)"x"),
	PATH("rename: new", SYS_rename, (long)"file", P),
	PATH("renameat2: old", SYS_renameat2, AT_FDCWD, P, AT_FDCWD, (long)"x", 0),
	PATH("link: old", SYS_link, P, (long)"x"),
	PATH("link: new", SYS_link, (long)"file", P),
	PATH("symlink: target", SYS_symlink, P, (long)"x"),
	PATH("symlink: name", SYS_symlink, (long)"x", P),
	PATH("readlink: path", SYS_readlink, P, (long)buffer, 100),
	INTO("readlink", SYS_readlink, 4, (long)"symlink", P, 100),
	PATH("chmod", SYS_chmod, P, 0600),
	PATH("fchmodat", SYS_fchmodat, AT_FDCWD, P, 0600),
	PATH("chown", SYS_chown, P, 0, 0),
	PATH("lchown", SYS_lchown, P, 0, 0),
	PATH("truncate", SYS_truncate, P, 0),
	PATH("mknod", SYS_mknod, P, S_IFIFO | 0600, 0),
	PATH("chroot", SYS_chroot, P),
	PATH("utimensat: path", SYS_utimensat, AT_FDCWD, P, 0, 0x100),
	{"utimensat: times", SYS_utimensat, {AT_FDCWD, (long)"file", P, 0}, IN | NULL_OK, 32},
	INTO("getdents64", SYS_getdents64, 24, DIRECTORY, P, 4096),
	{"sendfile: offset", SYS_sendfile, {PIPE_OUT, FILE_FD, P, 1}, IN | OUT | NULL_OK, 8},
	{"copy_file_range: offset", SYS_copy_file_range, {FILE_FD, P, FILE_FD, (long)buffer, 1}, IN | NULL_OK, 8},
	INTO("ioctl FIONREAD", SYS_ioctl, 4, PIPE_IN, 0x541b, P),
	FROM("ioctl FIONBIO", SYS_ioctl, 4, PIPE_IN, 0x5421, P),
	{"poll", SYS_poll, {P, 2, 0}, IN | OUT, 16},
	{"ppoll: descriptors", SYS_ppoll, {P, 2, (long)&half_second, 0, 8}, IN | OUT, 16},
	{"ppoll: time", SYS_ppoll, {0, 0, P, 0, 8}, IN | NULL_OK, 16},
	{"ppoll: mask", SYS_ppoll, {0, 0, (long)&half_second, P, 8}, IN | NULL_OK, 8},
	{"select: set", SYS_select, {64, P, 0, 0, (long)&half_second}, IN | OUT | NULL_OK, 8},
	{"select: time", SYS_select, {0, 0, 0, 0, P}, IN | NULL_OK, 16},
	{"fcntl F_GETLK", SYS_fcntl, {FILE_FD, F_GETLK, P}, IN | OUT, 32},
};

static const struct row other_rows[] = {
	INTO("uname", SYS_uname, 390, P),
	INTO("sysinfo", SYS_sysinfo, 112, P),
	INTO("clock_gettime", SYS_clock_gettime, 16, 0, P),
	{"clock_getres", SYS_clock_getres, {0, P}, OUT | NULL_OK, 16},
	{"gettimeofday", SYS_gettimeofday, {P, 0}, OUT | NULL_OK, 16},
	{"time", SYS_time, {P}, OUT | NULL_OK, 8},
	{"times", SYS_times, {P}, OUT | NULL_OK, 32},
	FROM("nanosleep", SYS_nanosleep, 16, P, 0),
	FROM("clock_nanosleep", SYS_clock_nanosleep, 16, 0, 0, P, 0),
	INTO("getitimer", SYS_getitimer, 32, 0, P),
	{"setitimer", SYS_setitimer, {0, P, 0}, IN | NULL_OK, 32},
	INTO("getrusage", SYS_getrusage, 144, 0, P),
	INTO("getrlimit", SYS_getrlimit, 16, RLIMIT_NOFILE, P),
	FROM("setrlimit", SYS_setrlimit, 16, RLIMIT_CORE, P),
	{"prlimit64: new", SYS_prlimit64, {0, RLIMIT_CORE, P, 0}, IN | NULL_OK, 16},
	{"prlimit64: old", SYS_prlimit64, {0, RLIMIT_CORE, 0, P}, OUT | NULL_OK, 16},
	{"rt_sigaction: new", SYS_rt_sigaction, {SIGUSR1, P, 0, 8}, IN | NULL_OK, 32},
	{"rt_sigaction: old", SYS_rt_sigaction, {SIGUSR1, 0, P, 8}, OUT | NULL_OK, 32},
	{"rt_sigprocmask: new", SYS_rt_sigprocmask, {SIG_BLOCK, P, 0, 8}, IN | NULL_OK, 8},
	{"rt_sigprocmask: old", SYS_rt_sigprocmask, {SIG_BLOCK, 0, P, 8}, OUT | NULL_OK, 8},
	INTO("rt_sigpending", SYS_rt_sigpending, 8, P, 8),
	FROM("rt_sigtimedwait: set", SYS_rt_sigtimedwait, 8, P, 0, (long)&half_second, 8),
	{"rt_sigtimedwait: time", SYS_rt_sigtimedwait, {(long)buffer, 0, P, 8}, IN | NULL_OK, 16},
	FROM("rt_sigsuspend", SYS_rt_sigsuspend, 8, P, 8),
	FROM("rt_sigqueueinfo", SYS_rt_sigqueueinfo, 32, 999999, SIGUSR1, P),
	{"sigaltstack: new", SYS_sigaltstack, {P, 0}, IN | NULL_OK, 24},
	{"sigaltstack: old", SYS_sigaltstack, {0, P}, OUT | NULL_OK, 24},
	{"getrandom", SYS_getrandom, {P, 64, 0}, OUT | PARTIAL, 64},
	INTO("arch_prctl ARCH_GET_FS", SYS_arch_prctl, 8, 0x1003, P),
	PATH("prctl PR_SET_NAME", SYS_prctl, 15, P),
	INTO("prctl PR_GET_NAME", SYS_prctl, 16, 16, P),
	INTO("prctl PR_GET_PDEATHSIG", SYS_prctl, 4, 2, P),
	FROM("setgroups", SYS_setgroups, 8, 2, P),
	INTO("getgroups", SYS_getgroups, 8, 2, P),
	INTO("getresuid", SYS_getresuid, 4, (long)buffer, (long)buffer, P),
	INTO("getresgid", SYS_getresgid, 4, P, (long)buffer, (long)buffer),
	INTO("sched_getaffinity", SYS_sched_getaffinity, 8, 0, 128, P),
	FROM("sched_setaffinity", SYS_sched_setaffinity, 8, 0, 8, P),
	{"sched_setscheduler", SYS_sched_setscheduler, {0, 0, P}, IN | NULL_OK, 4},
	{"sched_getparam", SYS_sched_getparam, {0, P}, OUT | NULL_OK, 4},
	{"getcpu", SYS_getcpu, {P, 0}, OUT | NULL_OK, 4},
	{"futex wait", SYS_futex, {P, 0, 0, (long)&half_second}, IN | ALIGNED, 1},
	{"futex wait: time", SYS_futex, {(long)buffer, 0, 0, P}, IN | NULL_OK, 16},
	FROM("clone3", SYS_clone3, 88, P, 88),
	PATH("execve", SYS_execve, P, 0, 0),
	PATH("execveat", SYS_execveat, AT_FDCWD, P, 0, 0, 0),
	FROM("capget: header", SYS_capget, 1, P, (long)buffer),
};

struct bad {
	const char *name;
	long address;
	int only; /* 0: for all; else for rows with this bit */
};

static struct bad bads[16];
static int bad_count;
static char *edge; /* the end of a mapped page before one that is not */

static void add_bad(const char *name, long address, int only)
{
	bads[bad_count++] = (struct bad){name, address, only};
}

static void make_bads(void)
{
	char *p = map_pages(4), *q = map_pages(1);

	must(munmap(p + PAGE, PAGE) == 0);
	memset(p, 'a', PAGE);
	edge = p + PAGE;
	must(mprotect(p + 2 * PAGE, PAGE, PROT_NONE) == 0);
	must(mprotect(q, PAGE, PROT_READ) == 0);
	add_bad("NULL", 0, 0);
	add_bad("-1", -1, 0);
	add_bad("16", 16, 0);
	add_bad("the kernel's lowest address", (long)0xffff800000000000ul, 0);
	add_bad("the kernel's text", (long)0xffffffff80000000ul, 0);
	add_bad("the last page", -PAGE, 0);
	add_bad("the first non-canonical", 0x0000800000000000l, 0);
	add_bad("far non-canonical", (long)0x8000000000000000ul, 0);
	add_bad("the last user page's end", 0x00007ffffffff000l, 0);
	add_bad("an unmapped page", (long)edge, 0);
	add_bad("a page without rights", (long)(p + 2 * PAGE), 0);
	add_bad("a read-only page", (long)q, OUT);
	add_bad("read-only text", (long)make_bads & ~7l, OUT);
}

static long call_with(const struct row *row, long pointer)
{
	long a[6];

	for (int i = 0; i < 6; i++)
		a[i] = row->argument[i] == P ? pointer : row->argument[i];
	return raw_call(row->number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void try_row(const struct row *row)
{
	const char *wrong = NULL;
	long got = 0, result;

	for (int i = 0; i < bad_count && !wrong; i++) {
		if ((bads[i].address == 0 && (row->how & NULL_OK)) || (bads[i].address == -1 && (row->how & ALIGNED)) ||
		    (bads[i].only && !(row->how & bads[i].only)))
			continue;
		/* What is read before it is written may be refused for what it holds. */
		if (bads[i].only == OUT && (row->how & IN))
			continue;
		result = call_with(row, bads[i].address);
		if (result != -EFAULT) {
			wrong = bads[i].name;
			got = result;
		}
	}
	if (!wrong && !(row->how & PARTIAL) && row->bytes != 1) {
		memset(edge - 200, row->how & STRING ? 'a' : 0, 200);
		result = call_with(row, (long)edge - (row->how & STRING ? 8 : row->bytes / 2));
		if (result != -EFAULT) {
			wrong = "a buffer that runs into an unmapped page";
			got = result;
		}
	}
	if (wrong)
		tap_say("%s: %s gave %ld%s", row->name, wrong, got, tap_errno_name(got));
	ok(wrong == NULL, "%s", row->name);
}

static void prepare(void)
{
	int fd[2];
	gid_t groups[2] = {0, 1};

	make_bads();
	must(write_text("file", "some bytes in a file") > 0);
	must(symlink("file", "symlink") == 0);
	must(setgroups(2, groups) == 0);
	must(dup2(open("/dev/zero", O_RDWR), ZERO) == ZERO);
	must(dup2(open("file", O_RDWR), FILE_FD) == FILE_FD);
	must(dup2(open(".", O_RDONLY), DIRECTORY) == DIRECTORY);
	must(pipe(fd) == 0 && dup2(fd[0], PIPE_IN) == PIPE_IN && dup2(fd[1], PIPE_OUT) == PIPE_OUT);
	must(write(PIPE_OUT, "pipe", 4) == 4);
}

static void files(void)
{
	prepare();
	for (size_t i = 0; i < count_of(file_rows); i++)
		try_row(&file_rows[i]);
	is_int(lseek(FILE_FD, 0, SEEK_CUR), 0, "no offset moved");
}

static void others(void)
{
	prepare();
	for (size_t i = 0; i < count_of(other_rows); i++)
		try_row(&other_rows[i]);
}

static void vectors(void)
{
	struct {
		void *base;
		size_t bytes;
	} v[2];

	prepare();
	for (int i = 0; i < bad_count; i++) {
		if (bads[i].only || bads[i].address == 0)
			continue;
		v[0].base = buffer;
		v[0].bytes = 0;
		v[1].base = (void *)bads[i].address;
		v[1].bytes = 8;
		is_int(raw(SYS_readv, ZERO, v, 2), -EFAULT, "readv into %s", bads[i].name);
		is_int(raw(SYS_writev, PIPE_OUT, v, 2), -EFAULT, "writev from %s", bads[i].name);
	}
}

static void partial(void)
{
	char *p;

	prepare();
	p = edge - 10;
	is_int(raw(SYS_read, ZERO, p, 100), 10, "a read ends where the memory ends");
	is_int(raw(SYS_pwrite64, FILE_FD, p, 100, 0), 10, "so does a write to a file");
	is_int(raw(SYS_getrandom, p, 100, 0), 10, "and getrandom");
}

static void wait_status(void)
{
	pid_t pid;

	prepare();
	if (in_child(&pid))
		_exit(0);
	wait_state(pid, 'Z');
	is_int(raw(SYS_wait4, pid, edge, 0, 0), -EFAULT, "wait4: status");
	if (in_child(&pid))
		_exit(0);
	wait_state(pid, 'Z');
	is_int(raw(SYS_waitid, P_ALL, 0, edge, WEXITED, 0), -EFAULT, "waitid: info");
}

static const struct tap_case cases[] = {
	{"files", files, 0},     {"others", others, 0},           {"vectors", vectors, 0},
	{"partial", partial, 0}, {"wait_status", wait_status, 0},
};

TAP_MAIN(cases)
