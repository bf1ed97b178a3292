/* Directories, links, renames: every rule and its errno. */
#include "guest.h"

#include <dirent.h>

static int nlink_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? (int)st.st_nlink : -1;
}

static long inode(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? (long)st.st_ino : -1;
}

static void directories(void)
{
	struct stat st;

	umask(0);
	is_int(mkdir("dir", 0751), 0, "mkdir");
	must(stat("dir", &st) == 0);
	is_int(st.st_mode, S_IFDIR | 0751, "its mode");
	is_int(st.st_nlink, 2, "two links");
	fails(mkdir("dir", 0700), EEXIST, "again");
	fails(mkdir("none/x", 0700), ENOENT, "in a directory that is not");
	is_int(mkdir("dir/sub/", 0700), 0, "with a slash behind");
	is_int(nlink_of("dir"), 3, "a directory inside is a link more");
	fails(rmdir("dir"), ENOTEMPTY, "rmdir of a full one");
	fails(unlink("dir/sub"), EISDIR, "unlink of a directory");
	is_int(rmdir("dir/sub"), 0, "rmdir");
	is_int(nlink_of("dir"), 2, "takes the link back");
	must(write_text("file", "x") == 1);
	fails(rmdir("file"), ENOTDIR, "rmdir of a file");
	fails(rmdir("dir/."), EINVAL, "rmdir of .");
	fails(rmdir("dir/.."), ENOTEMPTY, "rmdir of ..");
	fails(rmdir("none"), ENOENT, "rmdir of nothing");
	is_int(unlinkat(AT_FDCWD, "dir", AT_REMOVEDIR), 0, "unlinkat with AT_REMOVEDIR");
	fails(unlinkat(AT_FDCWD, "file", 0x40000000), EINVAL, "with an unknown flag");
	fails(mkdir("", 0700), ENOENT, "an empty name");
	fails(mkdir("/", 0700), EEXIST, "the root");
	fails(rmdir("/"), EBUSY, "rmdir of the root");
}

static void working_directory(void)
{
	char here[300], now[300];
	int fd;

	must(getcwd(here, sizeof(here)));
	must(mkdir("a", 0755) == 0 && mkdir("a/b", 0755) == 0 && symlink("a/b", "short") == 0);
	is_int(chdir("a/b"), 0, "chdir");
	must(getcwd(now, sizeof(now)));
	ok(strncmp(now, here, strlen(here)) == 0, "below the old one");
	is_str(now + strlen(here), "/a/b", "getcwd");
	is_int(chdir("../.."), 0, "and back");
	is_int(chdir("short"), 0, "through a link");
	must(getcwd(now, sizeof(now)));
	is_str(now + strlen(here), "/a/b", "getcwd tells the true path");
	must(rename("../../a", "../../c") == 0);
	must(getcwd(now, sizeof(now)));
	is_str(now + strlen(here), "/c/b", "also after a parent was renamed");
	fd = open(here, O_RDONLY);
	is_int(fchdir(fd), 0, "fchdir");
	fails(chdir("none"), ENOENT, "to nothing");
	must(write_text("file", "x") == 1);
	fails(chdir("file"), ENOTDIR, "to a file");
	must(mkdir("gone", 0755) == 0 && chdir("gone") == 0 && rmdir("../gone") == 0);
	is_int(raw(SYS_getcwd, now, sizeof(now)), -ENOENT, "getcwd of a removed directory");
	fails(open("x", O_CREAT | O_RDWR, 0600), ENOENT, "in which nothing can be made");
}

static void roots(void)
{
	pid_t pid;

	must(mkdir("new", 0755) == 0 && mkdir("new/inside", 0755) == 0 && write_text("new/mark", "x") == 1);
	if (in_child(&pid)) {
		char now[100];
		must(chroot("new") == 0 && chdir("/") == 0);
		must(access("/mark", F_OK) == 0);
		must(access("/../../mark", F_OK) == 0);
		must(chdir("/inside") == 0 && getcwd(now, sizeof(now)) && strcmp(now, "/inside") == 0);
		must(access("/dev/null", F_OK) != 0);
		_exit(0);
	}
	is_exited(pid, 0, "chroot: the new root cannot be left by ..");
	fails(chroot("none"), ENOENT, "to nothing");
	fails(chroot("new/mark"), ENOTDIR, "to a file");
	if (in_child(&pid)) {
		become_user(1000);
		_exit(chroot("/tmp") == -1 && errno == EPERM ? 0 : 1);
	}
	is_exited(pid, 0, "nor by a user");
}

static void listing(void)
{
	enum { COUNT = 500 };
	static char seen[COUNT];
	DIR *d;
	struct dirent *e;
	int total = 0, dots = 0, wrong = 0, n;
	char name[40];

	must(mkdir("dir", 0755) == 0 && chdir("dir") == 0);
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "a-rather-long-name-%04d", i);
		must(write_text(name, "") == 0);
	}
	d = opendir(".");
	must(d);
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.') {
			dots++;
			wrong += e->d_type != DT_DIR;
		} else if (sscanf(e->d_name, "a-rather-long-name-%d", &n) == 1 && n < COUNT) {
			seen[n]++;
			total++;
			wrong += e->d_type != DT_REG || e->d_ino != (ino_t)inode(e->d_name);
		}
	}
	is_int(total, COUNT, "five hundred names are listed");
	is_int(dots, 2, ". and .. among them");
	is_int(wrong, 0, "with the right kinds and inode numbers");
	rewinddir(d);
	total = 0;
	while ((e = readdir(d)))
		total++;
	is_int(total, COUNT + 2, "again after rewinddir");
	closedir(d);
}

static void listing_while_removing(void)
{
	enum { COUNT = 400 };
	static char seen[COUNT];
	DIR *d;
	struct dirent *e;
	int twice = 0, missed = 0, n;
	char name[40];

	must(mkdir("dir", 0755) == 0 && chdir("dir") == 0);
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "entry-%04d", i);
		must(write_text(name, "") == 0);
	}
	d = opendir(".");
	must(d);
	while ((e = readdir(d))) {
		if (sscanf(e->d_name, "entry-%d", &n) != 1)
			continue;
		twice += seen[n]++;
		must(unlink(e->d_name) == 0);
		snprintf(name, sizeof(name), "new-%04d", n);
		if (n % 10 == 0)
			must(write_text(name, "") == 0);
	}
	closedir(d);
	for (int i = 0; i < COUNT; i++)
		missed += !seen[i];
	is_int(twice, 0, "no name is listed twice while names come and go");
	is_int(missed, 0, "none that was there all the time is missed");
}

static void hard_links(void)
{
	char text[8] = {0};

	must(write_text("file", "one") == 3 && mkdir("dir", 0755) == 0);
	is_int(link("file", "other"), 0, "link");
	is_int(nlink_of("file"), 2, "two links");
	is_int(inode("other"), inode("file"), "one inode");
	must(write_text("other", "two") == 3);
	must(read_text("file", text, sizeof(text)) == 3);
	is_str(text, "two", "one content");
	must(unlink("file") == 0);
	is_int(nlink_of("other"), 1, "one left");
	fails(link("other", "other"), EEXIST, "over itself");
	fails(link("dir", "x"), EPERM, "of a directory");
	fails(link("none", "x"), ENOENT, "of nothing");
	must(symlink("other", "sym") == 0);
	must(link("sym", "hardsym") == 0);
	is_int(inode("hardsym"), inode("sym"), "of a symbolic link: itself");
	must(linkat(AT_FDCWD, "sym", AT_FDCWD, "followed", AT_SYMLINK_FOLLOW) == 0);
	is_int(inode("followed"), inode("other"), "with AT_SYMLINK_FOLLOW: its target");
}

static void symbolic_links(void)
{
	char text[64] = {0}, longest[4096];
	struct stat st;

	is_int(symlink("some/target", "link"), 0, "symlink to what is not");
	is_int(readlink("link", text, sizeof(text)), 11, "readlink");
	ok(memcmp(text, "some/target", 12) == 0, "its text, without an end");
	is_int(readlink("link", text, 4), 4, "cut to the buffer");
	must(lstat("link", &st) == 0);
	is_int(st.st_mode, S_IFLNK | 0777, "its mode");
	is_int(st.st_size, 11, "its size is the text's");
	fails(stat("link", &st), ENOENT, "stat follows");
	fails(symlink("x", "link"), EEXIST, "again");
	fails(symlink("", "empty"), ENOENT, "to nothing at all");
	must(write_text("file", "x") == 1);
	fails(readlink("file", text, 10), EINVAL, "readlink of a file");
	memset(longest, 'l', sizeof(longest));
	longest[4095] = 0;
	is_int(symlink(longest, "longest"), 0, "a target of 4095 bytes");
	is_int(readlink("longest", longest, sizeof(longest)), 4095, "is told");
	must(mkdir("dir", 0755) == 0 && write_text("dir/in", "y") == 1 && symlink("dir", "to-dir") == 0);
	is_int(access("to-dir/in", F_OK), 0, "a link in the middle of a path");
	is_int(access("to-dir/../file", F_OK), 0, ".. goes up from its target");
	must(lstat("to-dir/", &st) == 0);
	ok(S_ISDIR(st.st_mode), "lstat with a slash behind follows");
	fails(rmdir("to-dir"), ENOTDIR, "rmdir of a link");
	is_int(unlink("to-dir"), 0, "unlink takes the link");
	is_int(access("dir/in", F_OK), 0, "not the target");
	fails(unlink("dir/in/"), ENOTDIR, "unlink with a slash behind a file");
}

static void link_depth(void)
{
	char name[20], target[20];

	must(write_text("end", "x") == 1 && symlink("end", "l0") == 0);
	for (int i = 1; i < 45; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		snprintf(target, sizeof(target), "l%d", i - 1);
		must(symlink(target, name) == 0);
	}
	is_int(access("l39", F_OK), 0, "forty links one behind another");
	fails(access("l40", F_OK), ELOOP, "forty-one are too many");
}

static void renames(void)
{
	char text[8] = {0};
	long before;

	must(write_text("a", "A") == 1 && write_text("b", "B") == 1 && mkdir("dir", 0755) == 0);
	before = inode("a");
	is_int(rename("a", "c"), 0, "rename");
	is_int(inode("c"), before, "keeps the inode");
	fails(access("a", F_OK), ENOENT, "the old name is gone");
	is_int(rename("c", "b"), 0, "over a file");
	must(read_text("b", text, sizeof(text)) == 1);
	is_str(text, "A", "replaces it");
	is_int(rename("b", "b"), 0, "to itself");
	is_int(rename("b", "dir/b"), 0, "into a directory");
	fails(rename("none", "x"), ENOENT, "of nothing");
	fails(rename("dir/b", "none/x"), ENOENT, "into nothing");
	fails(rename("dir", "dir/b"), EINVAL, "a directory below itself, by a name that is");
	fails(rename("dir", "dir/new"), EINVAL, "a directory below itself");
	fails(rename("dir/b", "dir"), ENOTEMPTY, "over the directory that holds it");
	must(write_text("file", "x") == 1 && mkdir("empty", 0755) == 0 && mkdir("full", 0755) == 0);
	must(write_text("full/x", "x") == 1);
	fails(rename("file", "empty"), EISDIR, "a file over a directory");
	fails(rename("empty", "file"), ENOTDIR, "a directory over a file");
	fails(rename("empty", "full"), ENOTEMPTY, "a directory over a full one");
	is_int(rename("full", "empty"), 0, "a directory over an empty one");
	is_int(access("empty/x", F_OK), 0, "with what is in it");
	fails(rename("file/", "x"), ENOTDIR, "a file with a slash behind");
	fails(rename("file", "x/"), ENOTDIR, "a file to a name with a slash behind");
	is_int(rename("empty/", "moved/"), 0, "a directory with slashes behind");
	fails(rename("moved/.", "x"), EBUSY, "of .");
	fails(rename("moved/..", "x"), EBUSY, "of ..");
	must(link("file", "same") == 0);
	is_int(rename("file", "same"), 0, "of two names of one file");
	ok(access("file", F_OK) == 0 && access("same", F_OK) == 0, "does nothing");
	fails(rename("file", "/proc/x"), EXDEV, "across file systems");
}

static void rename_moves_parents(void)
{
	struct stat up, b;

	must(mkdir("a", 0755) == 0 && mkdir("b", 0755) == 0 && mkdir("a/x", 0755) == 0);
	must(nlink_of("a") == 3 && nlink_of("b") == 2);
	must(rename("a/x", "b/x") == 0);
	is_int(nlink_of("a") * 10 + nlink_of("b"), 23, "the parents' links follow a moved directory");
	must(stat("b/x/..", &up) == 0 && stat("b", &b) == 0);
	is_int((long)up.st_ino, (long)b.st_ino, "and its .. too");
}

static void rename_flags(void)
{
	char text[8] = {0};

	must(write_text("a", "A") == 1 && write_text("b", "B") == 1 && mkdir("dir", 0755) == 0);
	is_int(raw(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 1), -EEXIST, "NOREPLACE over a file");
	is_int(raw(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "c", 1), 0, "NOREPLACE to a free name");
	is_int(raw(SYS_renameat2, AT_FDCWD, "c", AT_FDCWD, "b", 2), 0, "EXCHANGE");
	must(read_text("b", text, sizeof(text)) == 1 && text[0] == 'A');
	must(read_text("c", text, sizeof(text)) == 1);
	is_int(text[0], 'B', "exchanges");
	is_int(raw(SYS_renameat2, AT_FDCWD, "b", AT_FDCWD, "dir", 2), 0, "a file and a directory");
	is_int(raw(SYS_renameat2, AT_FDCWD, "b", AT_FDCWD, "none", 2), -ENOENT, "with nothing");
	is_int(raw(SYS_renameat2, AT_FDCWD, "b", AT_FDCWD, "c", 3), -EINVAL, "both flags");
	is_int(raw(SYS_renameat2, AT_FDCWD, "b", AT_FDCWD, "c", 64), -EINVAL, "an unknown flag");
}

static int is_whiteout(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0 && (st.st_mode & ~07777) == S_IFCHR && st.st_rdev == 0 && st.st_nlink == 1;
}

static void whiteouts(void)
{
	struct stat before, after;

	must(write_text("a", "A") == 1 && write_text("b", "B") == 1 && mkdir("dir", 0755) == 0 &&
	     mkdir("dir/sub", 0755) == 0);
	is_int(raw(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "dir/a", 4), 0, "WHITEOUT");
	ok(is_whiteout("a"), "leaves a device of number 0");
	is_int(raw(SYS_open, "a", O_RDONLY), -ENXIO, "that nobody may open");
	is_int(raw(SYS_mkdir, "a", 0755), -EEXIST, "which is a name like any other");
	is_int(raw(SYS_renameat2, AT_FDCWD, "dir/a", AT_FDCWD, "b", 5), -EEXIST, "NOREPLACE goes with it");
	is_int(raw(SYS_renameat2, AT_FDCWD, "dir/a", AT_FDCWD, "b", 4), 0, "over another file");
	ok(is_whiteout("dir/a"), "leaves one too");
	is_int(raw(SYS_renameat2, AT_FDCWD, "b", AT_FDCWD, "a", 4), 0, "over a whiteout");
	ok(is_whiteout("b") && !is_whiteout("a"), "it takes its place");
	is_int(raw(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 6), -EINVAL, "EXCHANGE does not go with it");
	must(stat(".", &before) == 0);
	is_int(raw(SYS_renameat2, AT_FDCWD, "dir/sub", AT_FDCWD, "moved", 4), 0, "a directory");
	must(stat(".", &after) == 0);
	ok(is_whiteout("dir/sub") && after.st_nlink == before.st_nlink + 1, "moves with its link");
	is_int(raw(SYS_rmdir, "dir"), -ENOTEMPTY, "what is left are names");
	must(unlink("dir/sub") == 0 && unlink("dir/a") == 0);
	is_int(raw(SYS_rmdir, "dir"), 0, "and can be removed");
}

static const struct tap_case cases[] = {
	{"directories", directories, 0},
	{"working_directory", working_directory, 0},
	{"roots", roots, 0},
	{"listing", listing, 0},
	{"listing_while_removing", listing_while_removing, 0},
	{"hard_links", hard_links, 0},
	{"symbolic_links", symbolic_links, 0},
	{"link_depth", link_depth, 0},
	{"renames", renames, 0},
	{"rename_moves_parents", rename_moves_parents, 0},
	{"rename_flags", rename_flags, 0},
	{"whiteouts", whiteouts, 0},
};

TAP_MAIN(cases)
