/* mount(2) and umount2(2): file systems, binds, moves, flags, what is busy, what is refused. */
#include "mount_help.h"

static void tmpfs_options(void)
{
	struct statfs info;
	struct stat stat_;

	own_mounts();
	must(mkdir("t", 0755) == 0);
	works(tmpfs_on("t", "size=1m,nr_inodes=50,mode=700,uid=5,gid=6"), "tmpfs with all options is mounted");
	must(statfs("t", &info) == 0 && stat("t", &stat_) == 0);
	is_int(info.f_blocks, 256, "size= gives its blocks");
	is_int(info.f_files, 50, "nr_inodes= its files");
	is_int(stat_.st_mode & 07777, 0700, "mode= the root's mode");
	is_int(stat_.st_uid, 5, "uid= its owner");
	is_int(stat_.st_gid, 6, "gid= its group");
	works(mount("x", "t", "x", MS_REMOUNT, "size=2m"), "a remount changes the limit");
	must(statfs("t", &info) == 0);
	is_int(info.f_blocks, 512, "to the new size");
	is_int(info.f_files, 50, "and leaves the other as it was");
	fails(mount("x", "t", "x", MS_REMOUNT, "size=bad"), EINVAL, "a wrong option of a remount is refused");
	works(umount("t"), "it is unmounted");
	works(tmpfs_on("t", "nr_blocks=3"), "nr_blocks= is taken");
	must(statfs("t", &info) == 0);
	is_int(info.f_blocks, 3, "as blocks");
	fails(tmpfs_on("t", "color=blue"), EINVAL, "an unknown option is refused");
	fails(tmpfs_on("t", "mode=9"), EINVAL, "so is a wrong value");
	works(umount("t"), "it is unmounted again");
}

static void tmpfs_full(void)
{
	char page[4096] = "x", name[40];
	struct statfs info;
	int fd, made = 0, written = 0;

	own_mounts();
	must(mkdir("t", 0755) == 0);
	must(tmpfs_on("t", "size=64k,nr_inodes=10") == 0);
	fd = open("t/f", O_CREAT | O_RDWR, 0644);
	must(fd >= 0);
	while (write(fd, page, sizeof(page)) == sizeof(page))
		written++;
	is_int(errno, ENOSPC, "a full tmpfs answers ENOSPC");
	is_int(written, 16, "when its size is used up");
	must(statfs("t", &info) == 0);
	is_int(info.f_bfree, 0, "statfs shows nothing free");
	fails(mount("x", "t", "x", MS_REMOUNT, "size=4k"), EINVAL, "it cannot become smaller than it is full");
	works(ftruncate(fd, 4096), "it can be emptied");
	must(statfs("t", &info) == 0);
	is_int(info.f_bfree, 15, "which gives the room back");
	for (;; made++) {
		snprintf(name, sizeof(name), "t/d%d", made);
		if (mkdir(name, 0755) != 0)
			break;
	}
	is_int(errno, ENOSPC, "so does one with too many files");
	is_int(made, 8, "beside the root and the first");
	close(fd);
	works(umount("t"), "it is unmounted");
}

/* Some Linuxes say how wide inode numbers are, others do not. */
static const char *tmpfs_text(const char *where)
{
	static char text[200];
	char *wide;

	snprintf(text, sizeof(text), "%s", mount_field(where, 9));
	wide = strstr(text, ",inode64");
	if (wide)
		*wide = 0;
	return text;
}

static void shown_options(void)
{
	own_mounts();
	must(mkdir("t", 0755) == 0);
	must(mount("a b", "t", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=1m,mode=750") == 0);
	is_str(mount_field(here("t"), 3), "/", "the root within the file system");
	is_str(mount_field(here("t"), 5), "rw,nosuid,nodev,noexec,relatime", "the flags of the mount");
	is_str(mount_field(here("t"), 7), "tmpfs", "the type");
	is_str(mount_field(here("t"), 8), "a\\040b", "the source, with its blank in octal");
	is_str(tmpfs_text(here("t")), "rw,size=1024k,mode=750", "the options of the file system");
	must(mount("x", "t", "x", MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOATIME, NULL) == 0);
	is_str(mount_field(here("t"), 5), "ro,noatime", "a bind remount changes the mount");
	is_str(tmpfs_text(here("t")), "rw,size=1024k,mode=750", "and nothing else");
	must(mount("x", "t", "x", MS_REMOUNT | MS_BIND | MS_STRICTATIME, NULL) == 0);
	is_str(mount_field(here("t"), 5), "rw", "strict access times are none of the words");
	must(mkdir("t/sub", 0755) == 0 && mkdir("b", 0755) == 0);
	must(mount("t/sub", "b", NULL, MS_BIND, NULL) == 0);
	is_str(mount_field(here("b"), 3), "/sub", "a bind shows which directory it is");
	must(rmdir("t/sub") == 0);
	is_str(mount_field(here("b"), 3), "/sub//deleted", "also when that is gone");
}

static void readonly(void)
{
	int fd;

	own_mounts();
	must(mkdir("t", 0755) == 0 && mkdir("b", 0755) == 0);
	must(tmpfs_on("t", NULL) == 0 && mount("t", "b", NULL, MS_BIND, NULL) == 0);
	works(mount(NULL, "b", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), "a bind becomes read-only");
	fails(open("b/f", O_CREAT | O_WRONLY, 0644), EROFS, "nothing is made in it");
	fails(mkdir("b/d", 0755), EROFS, "nor a directory");
	fd = open("t/f", O_CREAT | O_WRONLY, 0644);
	ok(fd >= 0, "the other mount of it is as before");
	fails(mount(NULL, "t", NULL, MS_REMOUNT | MS_RDONLY, NULL), EBUSY, "what is written to does not");
	fails(mount(NULL, "t", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), EBUSY, "nor its mount");
	close(fd);
	works(mount(NULL, "t", NULL, MS_REMOUNT | MS_RDONLY, NULL), "when it is closed it does");
	fails(unlink("t/f"), EROFS, "nothing is removed there");
	works(mount(NULL, "t", NULL, MS_REMOUNT, NULL), "and it goes back");
	works(unlink("t/f"), "so that it is");
}

static void flags_act(void)
{
	char *const arguments[] = {"t/true", NULL};
	struct stat before, after;
	char c;
	int fd;

	own_mounts();
	must(mkdir("t", 0755) == 0 && tmpfs_on("t", NULL) == 0);
	must(symlink("f", "t/l") == 0);
	make_file("t/f");
	must(mknod("t/null", S_IFCHR | 0666, 1 << 8 | 3) == 0);
	must(chmod("t/f", 0755) == 0);
	fd = open("t/null", O_RDONLY);
	ok(fd >= 0, "a device is opened");
	close(fd);
	must(mount(NULL, "t", NULL, MS_REMOUNT | MS_BIND | MS_NODEV | MS_NOEXEC | 256, NULL) == 0);
	fails(open("t/null", O_RDONLY), EACCES, "nodev: not any more");
	fails(execv("t/f", arguments), EACCES, "noexec: nothing is executed");
	fails(access("t/f", X_OK), EACCES, "nor said to be executable");
	fails(open("t/l", O_RDONLY), ELOOP, "nosymfollow: no link is followed");
	ok(readlink("t/l", &c, 1) == 1, "though it can be read");
	must(mount(NULL, "t", NULL, MS_REMOUNT | MS_BIND | MS_NOATIME, NULL) == 0);
	fd = open("t/f", O_RDWR);
	must(fd >= 0 && write(fd, "x", 1) == 1 && fstat(fd, &before) == 0);
	sleep_ms(20);
	must(pread(fd, &c, 1, 0) == 1 && fstat(fd, &after) == 0);
	ok(before.st_atim.tv_nsec == after.st_atim.tv_nsec, "noatime: a read leaves the access time");
	must(mount(NULL, "t", NULL, MS_REMOUNT | MS_BIND | MS_STRICTATIME, NULL) == 0);
	for (int i = 0; i < 2; i++) {
		before = after;
		sleep_ms(20);
		must(pread(fd, &c, 1, 0) == 1 && fstat(fd, &after) == 0);
		ok(before.st_atim.tv_nsec != after.st_atim.tv_nsec, "strictatime: each read sets it (%d)", i);
	}
}

static void binds(void)
{
	own_mounts();
	must(mkdir("a", 0755) == 0 && mkdir("b", 0755) == 0 && mkdir("c", 0755) == 0);
	must(tmpfs_on("a", NULL) == 0 && mkdir("a/in", 0755) == 0 && tmpfs_on("a/in", NULL) == 0);
	make_file("a/in/f");
	make_file("a/g");
	works(mount("a", "b", NULL, MS_BIND, NULL), "a bind");
	ok(exists("b/g") && !exists("b/in/f"), "shows the tree without what is mounted in it");
	works(mount("a", "c", NULL, MS_BIND | MS_REC, NULL), "a recursive one");
	ok(exists("c/in/f"), "shows that too");
	make_file("file");
	works(mount("a/g", "file", NULL, MS_BIND, NULL), "a file is bound to a file");
	fails(mount("a/g", "b", NULL, MS_BIND, NULL), ENOTDIR, "but not to a directory");
	fails(mount("a", "file", NULL, MS_BIND, NULL), ENOTDIR, "nor a directory to a file");
	fails(unlink("file"), EBUSY, "what is mounted on is not removed");
	fails(rmdir("c"), EBUSY, "nor a directory");
	fails(rename("c", "d"), EBUSY, "nor renamed");
	fails(umount("c"), EBUSY, "what has a mount in it is busy");
	works(umount("c/in"), "that goes first");
	works(umount("c"), "then it goes");
	works(umount("file"), "the file goes");
	must(mount(NULL, "a", NULL, MS_UNBINDABLE, NULL) == 0);
	fails(mount("a", "c", NULL, MS_BIND, NULL), EINVAL, "what is unbindable is not bound");
}

static void stacked_and_moved(void)
{
	own_mounts();
	must(mkdir("a", 0755) == 0 && mkdir("b", 0755) == 0);
	must(tmpfs_on("a", NULL) == 0);
	make_file("a/one");
	must(tmpfs_on("a", NULL) == 0);
	make_file("a/two");
	ok(exists("a/two") && !exists("a/one"), "the upper of two covers the lower");
	works(mount("a", "b", NULL, MS_MOVE, NULL), "the upper is moved");
	ok(exists("b/two") && exists("a/one"), "and the lower is seen again");
	must(mkdir("b/in", 0755) == 0);
	fails(mount("b", "b/in", NULL, MS_MOVE, NULL), ELOOP, "nothing is moved into itself");
	fails(mount("b/in", "a", NULL, MS_MOVE, NULL), EINVAL, "only what is mounted is moved");
	make_file("a/file");
	fails(mount("b", "a/file", NULL, MS_MOVE, NULL), EINVAL, "and not onto a file");
	must(mkdir("s", 0755) == 0 && tmpfs_on("s", NULL) == 0 && mount(NULL, "s", NULL, MS_SHARED, NULL) == 0);
	must(mkdir("s/in", 0755) == 0 && tmpfs_on("s/in", NULL) == 0);
	fails(mount("s/in", "a", NULL, MS_MOVE, NULL), EINVAL, "what stands in a shared mount stays there");
}

static void busy_and_lazy(void)
{
	char line[1024];
	int fd;

	own_mounts();
	must(mkdir("t", 0755) == 0 && tmpfs_on("t", NULL) == 0);
	fd = open("t/f", O_CREAT | O_RDWR, 0644);
	fails(umount("t"), EBUSY, "an open file keeps it");
	must(mkdir("t/in", 0755) == 0 && tmpfs_on("t/in", NULL) == 0);
	works(umount2("t", MNT_DETACH), "MNT_DETACH takes it off all the same");
	ok(!mount_line(here("t"), line, sizeof(line)) && !exists("t/f"), "nobody finds it");
	ok(write(fd, "x", 1) == 1, "the open file is still there");
	close(fd);
	must(tmpfs_on("t", NULL) == 0 && chdir("t") == 0);
	fails(umount2("../t", 0), EBUSY, "so does a working directory");
	works(umount2("../t", MNT_DETACH), "which may be left behind");
	ok(!exists("../t"), "and then leads nowhere");
}

static void expiry(void)
{
	own_mounts();
	must(mkdir("t", 0755) == 0 && tmpfs_on("t", NULL) == 0);
	fails(umount2("t", MNT_EXPIRE), EAGAIN, "the first MNT_EXPIRE marks it");
	must(access("t/none", F_OK) == -1);
	fails(umount2("t", MNT_EXPIRE), EAGAIN, "who comes by takes the mark off");
	works(umount2("t", MNT_EXPIRE), "the second in a row takes it off");
	fails(umount2("t", MNT_EXPIRE), EINVAL, "nothing is mounted there now");
	must(tmpfs_on("t", NULL) == 0);
	fails(umount2("t", MNT_EXPIRE | MNT_DETACH), EINVAL, "it goes with no other flag");
	int fd = open("t", O_RDONLY);
	fails(umount2("t", MNT_EXPIRE), EBUSY, "what is in use is busy");
	close(fd);
}

static long number_in(const char *name)
{
	char text[4096];

	return read_text(name, text, sizeof(text)) > 0 ? atol(text) : -1;
}

static void of_the_kernel(void)
{
	char name[100], text[4096];
	struct stat first, second;
	struct statfs info;

	own_mounts();
	must(mkdir("s", 0755) == 0 && mkdir("s2", 0755) == 0 && mkdir("p", 0755) == 0);
	works(mount("sysfs", "s", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "sysfs is mounted");
	must(statfs("s", &info) == 0);
	is_int(info.f_type, 0x62656572, "and says so");
	must(read_text("s/devices/system/cpu/online", text, sizeof(text)) > 0);
	ok(text[0] == '0' && strchr("-\n", text[1]), "the processors that are there");
	is_int(number_in("s/devices/system/cpu/cpu0/topology/thread_siblings_list"), 0, "the first of them");
	ok(exists("s/devices/system/node/node0/meminfo"), "the memory");
	is_int(number_in("s/class/tty/tty/dev"), 5, "a device by its class");
	ok(exists("s/kernel/mm/transparent_hugepage/enabled"), "large pages");
	ok(exists("s/fs/cgroup") && exists("s/block") && exists("s/class/net"), "what may be empty");
	fails(open("s/kernel/new", O_CREAT | O_WRONLY, 0644), EACCES, "nothing is made there");
	must(mount("sysfs", "s2", "sysfs", 0, NULL) == 0);
	must(stat("s", &first) == 0 && stat("s2", &second) == 0);
	is_int(second.st_dev, first.st_dev, "there is one sysfs for all");
	fails(mount("sysfs", "s", "sysfs", 0, NULL), EBUSY, "not twice on one place");
	works(mount("proc", "p", "proc", 0, NULL), "proc is mounted once more");
	snprintf(name, sizeof(name), "p/%d/stat", (int)getpid());
	ok(exists(name), "and shows the same processes");
}

static void refusals(void)
{
	pid_t child;

	own_mounts();
	must(mkdir("t", 0755) == 0 && symlink("t", "l") == 0);
	make_file("f");
	fails(mount("x", "t", "nosuchfs", 0, NULL), ENODEV, "an unknown type");
	fails(mount("x", "none", "tmpfs", 0, NULL), ENOENT, "no such place");
	fails(mount("x", "f", "tmpfs", 0, NULL), ENOTDIR, "a file is no place for a directory");
	fails(mount("none", "t", NULL, MS_BIND, NULL), ENOENT, "no such source");
	fails(mount(NULL, "t", NULL, MS_BIND, NULL), EINVAL, "no source");
	fails(mount(NULL, "t", NULL, MS_MOVE, NULL), EINVAL, "nor of a move");
	fails(mount("x", "t", "x", MS_REMOUNT, NULL), EINVAL, "no mount to remount");
	fails(mount(NULL, "t", NULL, MS_SHARED, NULL), EINVAL, "no mount to share");
	fails(mount(NULL, "t", NULL, MS_SHARED | MS_PRIVATE, NULL), EINVAL, "two kinds at once");
	fails(mount("x", (char *)8, "tmpfs", 0, NULL), EFAULT, "a bad address");
	fails(umount("t"), EINVAL, "nothing to unmount");
	fails(umount2("t", 64), EINVAL, "an unknown flag");
	fails(umount("none"), ENOENT, "nothing there");
	must(tmpfs_on("t", NULL) == 0);
	fails(umount2("l", UMOUNT_NOFOLLOW), EINVAL, "UMOUNT_NOFOLLOW: the link itself");
	works(umount2("l", 0), "else what it leads to");
	must(tmpfs_on("t", NULL) == 0);
	if (in_child(&child)) {
		become_user(1234);
		if (mount("x", "/", "tmpfs", 0, NULL) != -1 || errno != EPERM)
			_exit(1);
		if (umount("/") != -1 || errno != EPERM)
			_exit(2);
		_exit(unshare(CLONE_NEWNS) == -1 && errno == EPERM ? 0 : 3);
	}
	is_exited(child, 0, "who has no CAP_SYS_ADMIN is refused");
}

static void thousand(void)
{
	char name[40];

	own_mounts();
	must(mkdir("t", 0755) == 0 && tmpfs_on("t", NULL) == 0);
	for (int round = 0; round < 2; round++) {
		int failed = 0;
		for (int i = 0; i < 500; i++) {
			snprintf(name, sizeof(name), "t/%d", i);
			failed += (round == 0 && mkdir(name, 0755) != 0) ||
				  mount("/proc", name, NULL, MS_BIND, NULL) != 0;
		}
		is_int(failed, 0, "round %d: 500 mounts", round);
		for (int i = 0; i < 500; i++) {
			snprintf(name, sizeof(name), "t/%d", i);
			failed += umount(name) != 0;
		}
		is_int(failed, 0, "round %d: and off again", round);
	}
	works(umount("t"), "nothing is left on it");
}

static const struct tap_case cases[] = {
	{"tmpfs_options", tmpfs_options, 0},
	{"tmpfs_full", tmpfs_full, 0},
	{"shown_options", shown_options, 0},
	{"readonly", readonly, 0},
	{"flags_act", flags_act, 0},
	{"binds", binds, 0},
	{"stacked_and_moved", stacked_and_moved, 0},
	{"busy_and_lazy", busy_and_lazy, 0},
	{"expiry", expiry, 0},
	{"of_the_kernel", of_the_kernel, 0},
	{"refusals", refusals, 0},
	{"thousand", thousand, 0},
};

TAP_MAIN(cases)
