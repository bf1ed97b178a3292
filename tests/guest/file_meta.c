/* What stat tells and what changes it: modes, owners, times, counts; permission checks; the sticky bit; mknod. */
#include "guest.h"

#include <sys/sysmacros.h>
#include <sys/time.h>

static struct stat of(const char *path)
{
	struct stat st;

	memset(&st, 0xff, sizeof(st));
	must(lstat(path, &st) == 0);
	return st;
}

static void modes(void)
{
	int fd;

	must(write_text("file", "12345") == 5);
	is_int(chmod("file", 0604), 0, "chmod");
	is_int(of("file").st_mode, S_IFREG | 0604, "is told");
	is_int(chmod("file", 07777), 0, "with the upper bits");
	is_int(of("file").st_mode, S_IFREG | 07777, "is told");
	fd = open("file", O_RDONLY);
	is_int(fchmod(fd, 0600), 0, "fchmod");
	is_int(of("file").st_mode & 07777, 0600, "is told");
	must(symlink("file", "link") == 0);
	is_int(chmod("link", 0644), 0, "chmod follows a link");
	is_int(of("file").st_mode & 07777, 0644, "to its target");
	is_int(fchmodat(AT_FDCWD, "file", 0611, 0), 0, "fchmodat");
	fails(chmod("none", 0600), ENOENT, "of nothing");
	is_int(umask(022), 022, "umask tells the old one");
	is_int(umask(0777777), 022, "and takes nine bits");
	is_int(umask(022), 0777, "no more");
}

static void owners(void)
{
	int fd;

	must(write_text("file", "x") == 1 && symlink("file", "link") == 0);
	is_int(of("file").st_uid + of("file").st_gid, 0, "root's file");
	is_int(chown("file", 1000, 1001), 0, "chown");
	is_int(of("file").st_uid * 10000l + of("file").st_gid, 10001001, "is told");
	is_int(chown("file", (uid_t)-1, 5), 0, "-1 leaves the owner");
	is_int(of("file").st_uid * 10000l + of("file").st_gid, 10000005, "as it was");
	is_int(lchown("link", 7, 8), 0, "lchown");
	is_int(of("link").st_uid * 10 + of("link").st_gid, 78, "changes the link");
	is_int(of("file").st_uid, 1000, "not its target");
	fd = open("file", O_RDONLY);
	is_int(fchown(fd, 3, 4), 0, "fchown");
	is_int(of("file").st_uid * 10 + of("file").st_gid, 34, "is told");
	is_int(fchownat(AT_FDCWD, "link", 1, 2, AT_SYMLINK_NOFOLLOW), 0, "fchownat");
	is_int(of("link").st_uid * 10 + of("link").st_gid, 12, "of a link");
}

static void set_id_bits(void)
{
	pid_t pid;
	int fd;

	must(write_text("file", "x") == 1 && chmod("file", 06755) == 0);
	must(chown("file", 1000, 1000) == 0);
	is_int(of("file").st_mode & 07777, 0755, "chown clears set-user-id and set-group-id");
	must(chmod("file", 06777) == 0);
	if (in_child(&pid)) {
		become_user(1001);
		fd = open("file", O_WRONLY);
		_exit(fd >= 0 && write(fd, "y", 1) == 1 ? 0 : 1);
	}
	is_exited(pid, 0, "a write by another user");
	is_int(of("file").st_mode & 07777, 0777, "clears them too");
	must(chmod("file", 06777) == 0);
	fd = open("file", O_WRONLY);
	must(write(fd, "z", 1) == 1);
	is_int(of("file").st_mode & 07777, 06777, "root's does not");
	must(mkdir("dir", 0777) == 0 && chown("dir", 0, 50) == 0 && chmod("dir", 02777) == 0);
	must(write_text("dir/new", "x") == 1 && mkdir("dir/sub", 0700) == 0);
	is_int(of("dir/new").st_gid, 50, "a set-group-id directory hands its group on");
	ok(of("dir/sub").st_gid == 50 && (of("dir/sub").st_mode & 02000), "to directories with the bit");
}

static void times(void)
{
	struct timespec t[2] = {{1000000000, 123456789}, {1100000000, 987654321}};
	struct stat before, st;

	must(write_text("file", "x") == 1);
	is_int(utimensat(AT_FDCWD, "file", t, 0), 0, "utimensat");
	st = of("file");
	is_int(st.st_atim.tv_sec, 1000000000, "the time of access");
	is_int(st.st_atim.tv_nsec, 123456789, "to the nanosecond");
	is_int(st.st_mtim.tv_sec, 1100000000, "of modification");
	is_int(st.st_mtim.tv_nsec, 987654321, "to the nanosecond");
	ok(st.st_ctim.tv_sec > 1200000000, "of change is now");
	t[0].tv_nsec = UTIME_OMIT;
	t[1].tv_nsec = UTIME_NOW;
	is_int(utimensat(AT_FDCWD, "file", t, 0), 0, "UTIME_OMIT and UTIME_NOW");
	st = of("file");
	is_int(st.st_atim.tv_sec, 1000000000, "leave");
	ok(st.st_mtim.tv_sec > 1200000000, "and set");
	is_int(utimensat(AT_FDCWD, "file", NULL, 0), 0, "without times");
	ok(of("file").st_atim.tv_sec > 1200000000, "both are now");
	t[0].tv_nsec = 1000000000;
	fails(utimensat(AT_FDCWD, "file", t, 0), EINVAL, "a billion nanoseconds");
	before = of(".");
	sleep_ms(20);
	must(write_text("another", "x") == 1);
	st = of(".");
	ok(memcmp(&st.st_mtim, &before.st_mtim, sizeof(st.st_mtim)) != 0, "a new entry changes its directory's time");
	before = of("file");
	sleep_ms(20);
	must(chmod("file", 0600) == 0);
	st = of("file");
	ok(memcmp(&st.st_mtim, &before.st_mtim, sizeof(st.st_mtim)) == 0, "chmod leaves the modification time");
	ok(memcmp(&st.st_ctim, &before.st_ctim, sizeof(st.st_ctim)) != 0, "and moves the change time");
	must(symlink("file", "link") == 0);
	t[0] = t[1] = (struct timespec){5, 6};
	is_int(utimensat(AT_FDCWD, "link", t, AT_SYMLINK_NOFOLLOW), 0, "of a link");
	is_int(of("link").st_mtim.tv_sec, 5, "itself");
}

/* The fields of statx that are looked at, by their place. */
struct statx_head {
	uint32_t mask, block_bytes;
	uint64_t attributes;
	uint32_t links, uid, gid;
	uint16_t mode, pad;
	uint64_t inode, size, blocks, attributes_mask;
	struct {
		int64_t sec;
		uint32_t nsec;
		int32_t pad;
	} atime, btime, ctime, mtime;
	uint8_t rest[256];
};

static void extended(void)
{
	struct statx_head x;
	struct stat st;
	int fd;

	must(write_text("file", "123") == 3 && chmod("file", 0640) == 0);
	st = of("file");
	is_int(raw(SYS_statx, AT_FDCWD, "file", 0, 0x7ff, &x), 0, "statx");
	is_int(x.mask & 0x7ff, 0x7ff, "has the basic fields");
	is_int(x.mode, S_IFREG | 0640, "mode");
	is_int((long)x.size, 3, "size");
	is_int((long)x.inode, (long)st.st_ino, "inode");
	is_int(x.links, 1, "links");
	is_int(x.mtime.sec, st.st_mtim.tv_sec, "modification");
	is_int(x.mtime.nsec, st.st_mtim.tv_nsec, "to the nanosecond");
	fd = open("file", O_RDONLY);
	is_int(raw(SYS_statx, fd, "", AT_EMPTY_PATH, 0x7ff, &x), 0, "of a descriptor");
	is_int(raw(SYS_statx, fd, "", 0, 0x7ff, &x), -ENOENT, "without the flag");
	is_int(raw(SYS_statx, AT_FDCWD, "file", 0x1, 0x7ff, &x), -EINVAL, "an unknown flag");
	is_int(raw(SYS_statx, AT_FDCWD, "file", 0, 0x80000000, &x), -EINVAL, "a reserved mask");
	is_int(raw(SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH), 0, "fstatat of a descriptor");
	is_int(raw(SYS_newfstatat, AT_FDCWD, "file", &st, 0x1), -EINVAL, "fstatat with an unknown flag");
}

static void access_as_root(void)
{
	must(write_text("file", "x") == 1 && chmod("file", 0) == 0);
	is_int(access("file", R_OK | W_OK), 0, "root reads and writes all");
	fails(access("file", X_OK), EACCES, "but executes only what somebody may");
	must(chmod("file", 0001) == 0);
	is_int(access("file", X_OK), 0, "now somebody may");
	fails(access("file", 9), EINVAL, "an unknown right");
	fails(access("none", F_OK), ENOENT, "nothing");
	is_int(raw(439, AT_FDCWD, "file", R_OK, 0x200 /* AT_EACCESS */), 0, "faccessat2");
	is_int(raw(439, AT_FDCWD, "file", R_OK, 0x8000), -EINVAL, "with an unknown flag");
}

static void make_permission_files(void)
{
	static const struct {
		const char *name;
		mode_t mode;
		unsigned owner, group;
	} files[] = {{"mine", 0400, 1000, 1000}, {"group", 0060, 0, 1000},    {"other", 0004, 0, 0},
		     {"none", 0770, 0, 0},       {"not-mine", 0077, 1000, 0}, {"supplement", 0040, 0, 77}};

	must(chmod(".", 0755) == 0);
	for (size_t i = 0; i < count_of(files); i++) {
		must(write_text(files[i].name, "x") == 1);
		must(chown(files[i].name, files[i].owner, files[i].group) == 0);
		must(chmod(files[i].name, files[i].mode) == 0);
	}
	must(mkdir("closed", 0700) == 0 && write_text("closed/in", "x") == 1);
	must(mkdir("passage", 0711) == 0 && write_text("passage/in", "x") == 1);
	must(mkdir("list-only", 0744) == 0 && write_text("list-only/in", "x") == 1);
	must(mkdir("read-only", 0755) == 0);
}

static void access_as_user(void)
{
	pid_t pid;

	make_permission_files();
	if (in_child(&pid)) {
		gid_t group = 77;
		must(setgroups(1, &group) == 0 && setgid(1000) == 0 && setuid(1000) == 0);
		is_int(access("mine", R_OK), 0, "the owner's right to read");
		fails(access("mine", W_OK), EACCES, "but not to write");
		is_int(access("group", R_OK | W_OK), 0, "the group's");
		fails(access("group", X_OK), EACCES, "no more");
		is_int(access("other", R_OK), 0, "everybody's");
		fails(access("other", W_OK), EACCES, "no more");
		fails(access("none", R_OK), EACCES, "nobody's");
		fails(access("not-mine", R_OK), EACCES, "the owner gets the owner's right alone");
		is_int(access("supplement", R_OK), 0, "a supplementary group counts");
		fails(open("none", O_RDONLY), EACCES, "open");
		fails(open("mine", O_RDWR), EACCES, "open for writing");
		fails(open("other", O_RDONLY | O_TRUNC), EACCES, "O_TRUNC needs the right to write");
		fails(open("closed/in", O_RDONLY), EACCES, "through a closed directory");
		is_int(access("passage/in", R_OK), 0, "through one that may be searched");
		fails(open("passage", O_RDONLY | O_DIRECTORY), EACCES, "which may not be listed");
		fails(access("list-only/in", F_OK), EACCES, "one that may only be listed");
		works(open("list-only", O_RDONLY | O_DIRECTORY), "is listed");
		fails(open("read-only/new", O_CREAT | O_RDWR, 0600), EACCES, "nothing is made in another's directory");
		fails(mkdir("read-only/d", 0700), EACCES, "no directory");
		fails(unlink("mine"), EACCES, "nothing removed");
		fails(rename("mine", "x"), EACCES, "nothing renamed");
		fails(chmod("other", 0777), EPERM, "another's mode is not changed");
		is_int(chmod("mine", 0600), 0, "one's own is");
		fails(chown("mine", 1001, (gid_t)-1), EPERM, "nothing is given away");
		is_int(chown("mine", (uid_t)-1, 77), 0, "but to a group of one's own");
		fails(chown("mine", (uid_t)-1, 78), EPERM, "not to another");
		fails(utimensat(AT_FDCWD, "other", NULL, 0), EACCES, "another's times are not changed");
		fails(truncate("other", 0), EACCES, "nor its size");
		fails(chdir("closed"), EACCES, "chdir into a closed directory");
		fails(mknod("/tmp/device", S_IFCHR | 0600, makedev(1, 3)), EPERM, "no devices are made");
		_exit(tap.failed);
	}
	is_exited(pid, 0, "the user's checks ran to their end");
}

static void sticky(void)
{
	pid_t pid;

	must(mkdir("dir", 0777) == 0 && chmod("dir", 01777) == 0 && chmod(".", 0755) == 0);
	must(write_text("dir/roots", "x") == 1 && chmod("dir/roots", 0666) == 0);
	if (in_child(&pid)) {
		become_user(1000);
		must(write_text("dir/mine", "x") == 1);
		fails(unlink("dir/roots"), EPERM, "in a sticky directory another's file cannot be removed");
		fails(rename("dir/roots", "dir/x"), EPERM, "nor renamed");
		fails(rename("dir/mine", "dir/roots"), EPERM, "nor replaced");
		is_int(unlink("dir/mine"), 0, "one's own can");
		_exit(tap.failed);
	}
	is_exited(pid, 0, "the user's checks ran to their end");
}

static void nodes(void)
{
	struct stat st;
	char c;
	int fd;

	is_int(mknod("zero", S_IFCHR | 0600, makedev(1, 5)), 0, "mknod of a device");
	st = of("zero");
	ok(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 5), "its kind and number");
	is_int(mknod("fifo", S_IFIFO | 0600, 0), 0, "of a fifo");
	ok(S_ISFIFO(of("fifo").st_mode), "its kind");
	is_int(mknod("file", S_IFREG | 0600, 0), 0, "of a file");
	fd = open("file", O_RDWR);
	is_int(read(fd, &c, 1), 0, "which is empty");
	fails(mknod("dir", S_IFDIR | 0600, 0), EPERM, "not of a directory");
	fails(mknod("file", S_IFREG | 0600, 0), EEXIST, "not twice");
	must(mknod("nothing", S_IFCHR | 0600, makedev(99, 99)) == 0);
	fails(open("nothing", O_RDONLY), ENXIO, "a device that is not there");
}

static const struct tap_case cases[] = {
	{"modes", modes, 0},
	{"owners", owners, 0},
	{"set_id_bits", set_id_bits, 0},
	{"times", times, 0},
	{"extended", extended, 0},
	{"access_as_root", access_as_root, 0},
	{"access_as_user", access_as_user, 0},
	{"sticky", sticky, 0},
	{"nodes", nodes, 0},
};

TAP_MAIN(cases)
