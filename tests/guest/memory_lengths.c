/* Forged lengths, offsets, counts and descriptors: each has its errno, and none does harm. */
#include "guest.h"

#include <limits.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/uio.h>

static char buffer[2 * PAGE];

static void reads_and_writes(void)
{
	struct iovec v[2] = {{buffer, (size_t)-1}, {buffer, 1}};
	int fd = open("file", O_RDWR | O_CREAT, 0600), zero = open("/dev/zero", O_RDWR);

	must(fd >= 0 && zero >= 0);
	is_int(raw(SYS_read, zero, buffer, -1l), -EFAULT, "a read of more bytes than there are addresses");
	is_int(raw(SYS_write, fd, buffer, -1l), -EFAULT, "a write of the same");
	is_int(raw(SYS_readv, zero, v, 1), -EINVAL, "a vector of negative length");
	is_int(raw(SYS_readv, zero, v, 1025), -EINVAL, "more than 1024 vectors");
	is_int(raw(SYS_readv, zero, v, -1l), -EINVAL, "less than no vectors");
	is_int(raw(SYS_readv, zero, v, 0), 0, "no vectors");
	is_int(raw(SYS_pread64, fd, buffer, 10, -1l), -EINVAL, "a negative offset");
	is_int(raw(SYS_pwrite64, fd, buffer, 10, -1l), -EINVAL, "a negative offset to write at");
	is_int(raw(SYS_pwrite64, fd, buffer, 10, LONG_MAX - 4), -EINVAL, "a write whose end overflows");
	is_int(raw(SYS_lseek, fd, -1l, SEEK_SET), -EINVAL, "a seek to before the start");
	is_int(raw(SYS_lseek, fd, 0, 99), -EINVAL, "an unknown way to seek");
	is_int(raw(SYS_ftruncate, fd, -1l), -EINVAL, "a negative size");
	is_int(raw(SYS_truncate, "file", -1l), -EINVAL, "the same by path");
	is_int(raw(SYS_fallocate, fd, 0, -1l, 10), -EINVAL, "fallocate at a negative offset");
	is_int(raw(SYS_fallocate, fd, 0, 0, 0), -EINVAL, "fallocate of nothing");
	is_int(raw(SYS_fallocate, fd, 0, LONG_MAX, 10), -EFBIG, "fallocate beyond all");
	is_int(raw(SYS_read, fd, buffer, 0), 0, "a read of nothing");
	is_int(raw(SYS_write, fd, buffer, 0), 0, "a write of nothing");
}

static void counts(void)
{
	struct rlimit limit = {10, 20}, wrong = {20, 10};
	struct timespec bad = {0, 1000000000}, negative = {-1, 0};
	struct pollfd p = {0, 0, 0};
	int dir = open("/", O_RDONLY);

	is_int(raw(SYS_select, -1, 0, 0, 0, 0), -EINVAL, "select of -1 descriptors");
	is_int(raw(SYS_getdents64, dir, buffer, 10), -EINVAL, "getdents64 into ten bytes");
	is_int(raw(SYS_getcwd, buffer, 1), -ERANGE, "getcwd into one byte");
	is_int(raw(SYS_getcwd, buffer, 0), -ERANGE, "getcwd into none");
	is_int(raw(SYS_readlink, "/proc/self", buffer, 0), -EINVAL, "readlink into none");
	is_int(raw(SYS_readlink, "/proc/self", buffer, -1), -EINVAL, "readlink into less");
	is_int(raw(SYS_getgroups, -1, buffer), -EINVAL, "getgroups into less than none");
	is_int(raw(SYS_setgroups, 1 << 20, buffer), -EINVAL, "too many groups");
	is_int(raw(SYS_sched_getaffinity, 0, 0, buffer), -EINVAL, "a CPU set of no bytes");
	is_int(raw(SYS_sched_getaffinity, 0, 9, buffer), -EINVAL, "a CPU set of nine bytes");
	is_int(raw(SYS_setrlimit, RLIMIT_NOFILE, &wrong), -EINVAL, "a limit above its maximum");
	is_int(raw(SYS_getrlimit, 99, &limit), -EINVAL, "an unknown limit");
	is_int(raw(SYS_getrlimit, -1, &limit), -EINVAL, "limit -1");
	is_int(raw(SYS_nanosleep, &bad, 0), -EINVAL, "a billion nanoseconds");
	is_int(raw(SYS_nanosleep, &negative, 0), -EINVAL, "a negative time");
	is_int(raw(SYS_clock_gettime, 99, buffer), -EINVAL, "an unknown clock");
	is_int(raw(SYS_clock_gettime, INT_MIN, buffer), -EINVAL, "the smallest clock");
	is_int(raw(SYS_futex, buffer + 1, 0, 0, 0), -EINVAL, "a futex at an odd address");
	is_int(raw(SYS_futex, buffer, 99, 0, 0), -ENOSYS, "an unknown operation on a futex");
	is_int(raw(SYS_getrandom, buffer, 16, 64), -EINVAL, "getrandom with unknown flags");
	is_int(raw(SYS_set_robust_list, buffer, 23), -EINVAL, "a robust list of a wrong size");
	is_int(raw(SYS_getpriority, 9, 0), -EINVAL, "an unknown kind of priority");
	is_int(raw(SYS_getrusage, 9, buffer), -EINVAL, "usage of an unknown kind");
	is_int(raw(SYS_arch_prctl, 0x9999, 0), -EINVAL, "an unknown arch_prctl");
	is_int(raw(SYS_arch_prctl, 0x1002, 0x800000000000), -EPERM, "an FS base that is no user address");
	is_int(raw(SYS_prctl, 9999, 0), -EINVAL, "an unknown prctl");
	is_int(raw(SYS_umask, 0) >= 0, 1, "umask cannot fail");
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	is_int(raw(SYS_poll, &p, 11, 0), -EINVAL, "poll of more descriptors than the limit");
	is_int(raw(SYS_poll, 0, -1, 0), -EINVAL, "poll of -1 descriptors");
}

static void descriptors(void)
{
	static const struct {
		const char *name;
		long number;
		long rest[3];
	} rows[] = {
		{"read", SYS_read, {(long)buffer, 1}},
		{"write", SYS_write, {(long)buffer, 1}},
		{"pread64", SYS_pread64, {(long)buffer, 1, 0}},
		{"pwrite64", SYS_pwrite64, {(long)buffer, 1, 0}},
		{"readv", SYS_readv, {(long)buffer, 1}},
		{"close", SYS_close, {0}},
		{"fstat", SYS_fstat, {(long)buffer}},
		{"lseek", SYS_lseek, {0, 0}},
		{"ioctl", SYS_ioctl, {0x541b, (long)buffer}},
		{"dup", SYS_dup, {0}},
		{"dup2", SYS_dup2, {50}},
		{"dup3", SYS_dup3, {50, 0}},
		{"fcntl", SYS_fcntl, {F_GETFL}},
		{"fsync", SYS_fsync, {0}},
		{"fdatasync", SYS_fdatasync, {0}},
		{"ftruncate", SYS_ftruncate, {0}},
		{"getdents64", SYS_getdents64, {(long)buffer, 100}},
		{"fchdir", SYS_fchdir, {0}},
		{"fchmod", SYS_fchmod, {0600}},
		{"fchown", SYS_fchown, {0, 0}},
		{"fstatfs", SYS_fstatfs, {(long)buffer}},
		{"fallocate", SYS_fallocate, {0, 0, 1}},
		{"openat", SYS_openat, {(long)"x", 0}},
		{"mkdirat", SYS_mkdirat, {(long)"x", 0}},
		{"unlinkat", SYS_unlinkat, {(long)"x", 0}},
		{"newfstatat", SYS_newfstatat, {(long)"x", (long)buffer, 0}},
		{"flock", SYS_flock, {2}},
	};
	static const long bad[] = {-1, 999, 1 << 20, INT_MAX, INT_MIN};

	for (size_t i = 0; i < count_of(rows); i++) {
		int good = 1;
		for (size_t j = 0; j < count_of(bad); j++)
			good &= raw(rows[i].number, bad[j], rows[i].rest[0], rows[i].rest[1], rows[i].rest[2]) ==
				-EBADF;
		ok(good, "%s of a descriptor that is none", rows[i].name);
	}
	is_int(raw(SYS_sendfile, 999, 0, 0, 1), -EBADF, "sendfile to none");
	is_int(raw(SYS_dup2, 0, 1 << 20), -EBADF, "dup2 to beyond the limit");
	is_int(raw(SYS_dup2, 0, -1), -EBADF, "dup2 to -1");
	is_int(raw(SYS_dup3, 0, 0, 0), -EINVAL, "dup3 to itself");
	is_int(raw(SYS_dup3, 0, 5, 1), -EINVAL, "dup3 with an unknown flag");
}

static void wrong_kind(void)
{
	int dir = open("/", O_RDONLY), fd[2], file = open("file", O_RDWR | O_CREAT, 0600);
	int path = open("/", O_PATH), read_only, write_only;

	must(write_text("x", "x") == 1);
	read_only = open("x", O_RDONLY);
	write_only = open("x", O_WRONLY);
	must(pipe(fd) == 0 && path >= 0);
	is_int(raw(SYS_read, dir, buffer, 1), -EISDIR, "read of a directory");
	is_int(raw(SYS_write, dir, buffer, 1), -EBADF, "write of a directory");
	is_int(raw(SYS_lseek, fd[0], 0, SEEK_CUR), -ESPIPE, "lseek of a pipe");
	is_int(raw(SYS_pread64, fd[0], buffer, 1, 0), -ESPIPE, "pread of a pipe");
	is_int(raw(SYS_ftruncate, fd[1], 0), -EINVAL, "ftruncate of a pipe");
	is_int(raw(SYS_read, fd[1], buffer, 1), -EBADF, "read of a pipe's writing end");
	is_int(raw(SYS_write, fd[0], buffer, 1), -EBADF, "write to its reading end");
	is_int(raw(SYS_getdents64, file, buffer, 100), -ENOTDIR, "getdents64 of a file");
	is_int(raw(SYS_fchdir, file), -ENOTDIR, "fchdir to a file");
	is_int(raw(SYS_write, read_only, buffer, 1), -EBADF, "write where only reading was asked for");
	is_int(raw(SYS_read, write_only, buffer, 1), -EBADF, "read where only writing was");
	is_int(raw(SYS_ftruncate, read_only, 0), -EINVAL, "ftruncate of what is open for reading");
	is_int(raw(SYS_read, path, buffer, 1), -EBADF, "read of an O_PATH descriptor");
	is_int(raw(SYS_openat, file, "x", O_RDONLY), -ENOTDIR, "openat relative to a file");
	is_int(raw(SYS_ioctl, file, 0x12345678, 0), -ENOTTY, "an unknown ioctl");
	is_int(raw(SYS_ioctl, fd[0], 0x5401, buffer), -ENOTTY, "TCGETS of a pipe");
	is_int(raw(SYS_fcntl, file, 9999, 0), -EINVAL, "an unknown fcntl");
	is_int(raw(SYS_fallocate, fd[1], 0, 0, 1), -ESPIPE, "fallocate of a pipe");
}

static void unknown_calls(void)
{
	static const long numbers[] = {340, 400, 423, 600, 1000, 65536, -1, INT_MIN, (1l << 40) + 600};

	for (size_t i = 0; i < count_of(numbers); i++)
		is_int(raw(numbers[i]), -ENOSYS, "call %ld", numbers[i]);
	is_int(raw((1l << 40) + SYS_getpid), getpid(), "only the lower half of the number counts");
}

static const struct tap_case cases[] = {
	{"reads_and_writes", reads_and_writes, 0}, {"counts", counts, 0},
	{"descriptors", descriptors, 0},           {"wrong_kind", wrong_kind, 0},
	{"unknown_calls", unknown_calls, 0},
};

TAP_MAIN(cases)
