/* openat2(2)'s rules where mounts, binds and the links of /proc lie on the way. */
#include "mount_help.h"

#define NO_XDEV       0x01ul
#define NO_MAGICLINKS 0x02ul
#define NO_SYMLINKS   0x04ul
#define BENEATH       0x08ul
#define IN_ROOT       0x10ul
#define CACHED        0x20ul

struct how {
	uint64_t flags, mode, resolve;
};

static long open_flags(int dirfd, const char *path, uint64_t flags, uint64_t resolve)
{
	struct how how = {flags, flags & O_CREAT ? 0644 : 0, resolve};
	long fd = raw(437, dirfd, path, &how, sizeof(how));

	if (fd >= 0)
		close((int)fd);
	return fd >= 0 ? 0 : fd;
}

static long open2(int dirfd, const char *path, uint64_t resolve)
{
	return open_flags(dirfd, path, O_RDONLY, resolve);
}

/* top/ is a tmpfs, with in/ (another), bound/ (a bind of in/), same/ (a bind of its own dir/), and links. */
static int make_tree(void)
{
	int top;

	own_mounts();
	must(mkdir("top", 0755) == 0 && tmpfs_on("top", NULL) == 0);
	must(mkdir("top/in", 0755) == 0 && mkdir("top/bound", 0755) == 0 && mkdir("top/same", 0755) == 0 &&
	     mkdir("top/dir", 0755) == 0);
	must(tmpfs_on("top/in", NULL) == 0);
	make_file("top/in/file");
	make_file("top/dir/file");
	must(mount("top/in", "top/bound", NULL, MS_BIND, NULL) == 0);
	must(mount("top/dir", "top/same", NULL, MS_BIND, NULL) == 0);
	must(symlink("in/file", "top/to_in") == 0);
	must(symlink("dir/file", "top/to_dir") == 0);
	must(symlink("/dir/file", "top/absolute") == 0);
	must(symlink("/in/file", "top/absolute_in") == 0);
	must(symlink("../top/dir/file", "top/up") == 0);
	must(symlink("../dir/file", "top/in/back") == 0);
	top = open("top", O_PATH | O_DIRECTORY);
	must(top >= 0);
	return top;
}

static void no_xdev(void)
{
	int top = make_tree(), in;

	is_int(open2(top, "dir/file", NO_XDEV), 0, "a file of the same mount");
	is_int(open2(top, "in/file", NO_XDEV), -EXDEV, "one of another");
	is_int(open2(top, "in", NO_XDEV), -EXDEV, "its root");
	is_int(open2(top, "bound/file", NO_XDEV), -EXDEV, "one of a bind");
	is_int(open2(top, "same/file", NO_XDEV), -EXDEV, "even of the same tree");
	is_int(open2(top, "..", NO_XDEV), -EXDEV, "up across the mount");
	is_int(open2(top, "dir/..", NO_XDEV), 0, "up within it");
	is_int(open2(top, "to_dir", NO_XDEV), 0, "a link within it");
	is_int(open2(top, "to_in", NO_XDEV), -EXDEV, "one that leads out");
	is_int(open2(top, "/", NO_XDEV), 0, "an absolute path has no start that it could leave");
	is_int(open2(top, "absolute", NO_XDEV), -EXDEV, "an absolute link");
	is_int(open_flags(top, "in/new", O_CREAT | O_WRONLY, NO_XDEV), -EXDEV, "nothing is made across");
	ok(!exists("top/in/new"), "as can be seen");
	is_int(open_flags(top, "dir/new", O_CREAT | O_WRONLY, NO_XDEV), 0, "but here");
	in = open("top/in", O_PATH);
	is_int(open2(in, "file", NO_XDEV), 0, "from within the other mount");
	is_int(open2(in, "../dir/file", NO_XDEV), -EXDEV, "up from its root");
	is_int(open2(in, "back", NO_XDEV), -EXDEV, "by a link too");
	close(in);
	close(top);
}

static void beneath(void)
{
	int top = make_tree(), in;

	is_int(open2(top, "in/file", BENEATH), 0, "mounts are no bounds");
	is_int(open2(top, "bound/../dir/file", BENEATH), 0, "nor on the way back");
	is_int(open2(top, "in/back", BENEATH), 0, "nor for a link that stays below");
	is_int(open2(top, "..", BENEATH), -EXDEV, "the start is");
	is_int(open2(top, "dir/../..", BENEATH), -EXDEV, "also later");
	is_int(open2(top, "up", BENEATH), -EXDEV, "also when it comes back");
	is_int(open2(top, "absolute", BENEATH), -EXDEV, "an absolute link leaves it");
	is_int(open2(top, "/", BENEATH), -EXDEV, "an absolute path too");
	is_int(open2(top, "in/..", BENEATH | NO_XDEV), -EXDEV, "both rules");
	in = open("top/in", O_PATH);
	is_int(open2(in, "back", BENEATH), -EXDEV, "the root of a mount is a start like any other");
	is_int(open2(in, "..", BENEATH), -EXDEV, "nothing is above");
	close(in);
	close(top);
}

static void in_root(void)
{
	int top = make_tree(), in;

	is_int(open2(top, "/in/file", IN_ROOT), 0, "an absolute path begins at the start");
	is_int(open2(top, "absolute", IN_ROOT), 0, "so does an absolute link");
	is_int(open2(top, "absolute_in", IN_ROOT), 0, "into another mount");
	is_int(open2(top, "absolute_in", IN_ROOT | NO_XDEV), -EXDEV, "unless that is forbidden");
	is_int(open2(top, "../../dir/file", IN_ROOT), 0, "nothing is above");
	is_int(open2(top, "up", IN_ROOT), -ENOENT, "also for a link");
	is_int(open2(top, "/proc", IN_ROOT), -ENOENT, "what is outside is not there");
	in = open("top/in", O_PATH);
	is_int(open2(in, "../file", IN_ROOT), 0, "the root of a mount is a root like any other");
	is_int(open2(in, "back", IN_ROOT), -ENOENT, "from which nothing leads back");
	is_int(open_flags(in, "/../made", O_CREAT | O_WRONLY, IN_ROOT), 0, "made");
	ok(exists("top/in/made"), "within it");
	is_int(open2(top, "/in/file", IN_ROOT | BENEATH), -EINVAL, "not both");
	close(in);
	close(top);
}

static void links(void)
{
	int top = make_tree(), file = open("top/dir/file", O_RDONLY);
	char magic[64], own[64];

	must(file >= 0);
	snprintf(magic, sizeof(magic), "/proc/self/fd/%d", file);
	is_int(open2(AT_FDCWD, magic, 0), 0, "a link that leads to a place");
	is_int(open2(AT_FDCWD, magic, NO_MAGICLINKS), -ELOOP, "is forbidden by its rule");
	is_int(open2(AT_FDCWD, magic, NO_SYMLINKS), -ELOOP, "and by that about all links");
	is_int(open2(AT_FDCWD, magic, BENEATH), -EXDEV, "and leads out");
	is_int(open2(AT_FDCWD, magic, IN_ROOT), -ENOENT, "or is not there");
	snprintf(own, sizeof(own), "self/fd/%d", file);
	int proc = open("/proc", O_PATH);
	is_int(open2(proc, own, NO_XDEV), -EXDEV, "it leads to another mount");
	is_int(open2(proc, own, BENEATH), -EXDEV, "and is none that may be followed beneath");
	is_int(open2(proc, own, IN_ROOT), -EXDEV, "nor in a root");
	is_int(open_flags(proc, own, O_PATH | O_NOFOLLOW, NO_MAGICLINKS), 0, "though one may stand on it");
	is_int(open2(proc, "self/status", NO_MAGICLINKS), 0, "/proc/self is an ordinary link");
	is_int(open2(proc, "self/status", NO_SYMLINKS), -ELOOP, "but one");
	is_int(open2(top, "to_dir", NO_MAGICLINKS), 0, "so are those of files");
	is_int(open2(top, "to_dir", NO_SYMLINKS), -ELOOP, "which the other rule forbids");
	is_int(open2(top, "to_in", NO_SYMLINKS), -ELOOP, "wherever they lead");
	is_int(open2(top, "in/file", NO_SYMLINKS | NO_MAGICLINKS), 0, "without links both are kept");
	is_int(open2(AT_FDCWD, "/proc/self/root/", NO_MAGICLINKS), -ELOOP, "a root");
	is_int(open2(AT_FDCWD, "/proc/self/cwd/top", NO_MAGICLINKS), -ELOOP, "a working directory");
	close(proc);
	close(file);
	close(top);
}

static void cached(void)
{
	int top = make_tree();

	must(exists("top/in/file") && exists("top/dir/file"));
	is_int(open2(top, "in/file", CACHED), 0, "a name in memory, across a mount");
	is_int(open2(top, "same/file", CACHED | BENEATH), 0, "with another rule");
	is_int(open_flags(top, "dir/made", O_CREAT | O_RDWR, CACHED), -EAGAIN, "nothing is made");
	is_int(open_flags(top, "dir", O_TMPFILE | O_RDWR, CACHED), -EAGAIN, "not without a name either");
	is_int(open_flags(top, "dir/file", O_WRONLY | O_TRUNC, CACHED), -EAGAIN, "nor emptied");
	ok(!exists("top/dir/made"), "as can be seen");
	close(top);
}

static const struct tap_case cases[] = {
	{"no_xdev", no_xdev, 0}, {"beneath", beneath, 0}, {"in_root", in_root, 0},
	{"links", links, 0},     {"cached", cached, 0},
};

TAP_MAIN(cases)
