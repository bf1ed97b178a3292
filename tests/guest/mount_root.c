/* pivot_root(2), and mounts held by descriptors: open_tree(2), move_mount(2), mount_setattr(2). */
#include "mount_help.h"

/* The C library of the tests has none of these. */
#define OPEN_TREE_CLONE         1
#define OPEN_TREE_CLOEXEC       O_CLOEXEC
#define MOVE_MOUNT_F_EMPTY_PATH 4
#define MOUNT_ATTR_RDONLY       1
#define MOUNT_ATTR_NOSUID       2
#define MOUNT_ATTR_NODEV        4
#define MOUNT_ATTR__ATIME       0x70
#define MOUNT_ATTR_NOATIME      0x10

struct mount_attr {
	uint64_t attr_set, attr_clr, propagation, userns_fd;
};

#ifndef SYS_open_tree
#define SYS_open_tree  428
#define SYS_move_mount 429
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#define RECURSIVE 0x8000

static long pivot(const char *new_root, const char *put_old)
{
	return syscall(SYS_pivot_root, new_root, put_old);
}

static void pivot_to(void)
{
	own_mounts();
	must(mkdir("r", 0755) == 0 && mkdir("plain", 0755) == 0);
	must(tmpfs_on("r", NULL) == 0 && mkdir("r/old", 0755) == 0 && mkdir("r/proc", 0755) == 0);
	make_file("r/in_new");
	fails(pivot("plain", "plain"), EBUSY, "a directory of the present root is no other one");
	fails(pivot("r", "plain"), EBUSY, "nor does the old one go into itself");
	fails(pivot("/", "r/old"), EBUSY, "it is not the present root");
	fails(pivot("r/in_new", "r/old"), ENOTDIR, "nor a file");
	fails(pivot("none", "r/old"), ENOENT, "nor nothing");
	must(mount(NULL, "r", NULL, MS_SHARED, NULL) == 0);
	fails(pivot("r", "r/old"), EINVAL, "nothing here may be shared");
	must(mount(NULL, "r", NULL, MS_PRIVATE, NULL) == 0);
	works(pivot("r", "r/old"), "the root changes places");
	ok(exists("/in_new") && exists("/old/tmp"), "the old one is below the new");
	must(chdir("/") == 0 && mount("proc", "/proc", "proc", 0, NULL) == 0);
	works(umount2("/old", MNT_DETACH), "it can be taken off");
	ok(!exists("/old/tmp") && is_mounted("/") && !is_mounted("/old"), "and nothing of it is left");
	fails(umount("/in_new"), EINVAL, "what is no mount is none here either");
}

static void pivot_in_place(void)
{
	own_mounts();
	must(mkdir("r", 0755) == 0 && tmpfs_on("r", NULL) == 0);
	make_file("r/in_new");
	must(chdir("r") == 0);
	works(pivot(".", "."), "both may be the same place");
	works(umount2(".", MNT_DETACH), "then the old root lies on the new and goes");
	ok(exists("/in_new") && !exists("/tmp"), "the new one is left");
}

static void chroot_and_pivot(void)
{
	own_mounts();
	must(mkdir("r", 0755) == 0 && mkdir("r/sub", 0755) == 0 && chroot("r") == 0 && chdir("/") == 0);
	must(mkdir("m", 0755) == 0 && tmpfs_on("m", NULL) == 0 && mkdir("m/old", 0755) == 0);
	fails(pivot("m", "m/old"), EINVAL, "a root that is no mount stays");
	fails(umount("/"), EINVAL, "and is not unmounted");
}

static void open_trees(void)
{
	int copy, all, plain;

	own_mounts();
	must(mkdir("a", 0755) == 0 && mkdir("b", 0755) == 0 && mkdir("c", 0755) == 0);
	must(tmpfs_on("a", NULL) == 0 && mkdir("a/in", 0755) == 0 && tmpfs_on("a/in", NULL) == 0);
	make_file("a/f");
	make_file("a/in/g");
	plain = (int)syscall(SYS_open_tree, AT_FDCWD, "a", 0);
	ok(plain >= 0, "a place is opened");
	ok(faccessat(plain, "in/g", F_OK, 0) == 0, "with what is mounted in it");
	copy = (int)syscall(SYS_open_tree, AT_FDCWD, "a", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	all = (int)syscall(SYS_open_tree, AT_FDCWD, "a", OPEN_TREE_CLONE | RECURSIVE);
	ok(copy >= 0 && all >= 0, "copies are made");
	ok(faccessat(copy, "f", F_OK, 0) == 0 && faccessat(copy, "in/g", F_OK, 0) != 0, "without the mounts below");
	ok(faccessat(all, "in/g", F_OK, 0) == 0, "or with them");
	works(syscall(SYS_move_mount, all, "", AT_FDCWD, "b", MOVE_MOUNT_F_EMPTY_PATH), "a copy is put somewhere");
	ok(exists("b/in/g") && is_mounted(here("b/in")), "and is there");
	close(all);
	ok(exists("b/in/g"), "also without its descriptor");
	close(copy);
	works(syscall(SYS_move_mount, AT_FDCWD, "b", AT_FDCWD, "c", 0), "a mount is moved");
	ok(exists("c/in/g") && !is_mounted(here("b")), "as by mount(2)");
	fails(syscall(SYS_open_tree, AT_FDCWD, "a", RECURSIVE), EINVAL, "all below of no copy");
	fails(syscall(SYS_open_tree, AT_FDCWD, "a", 2), EINVAL, "an unknown flag");
	fails(syscall(SYS_open_tree, AT_FDCWD, "", OPEN_TREE_CLONE), ENOENT, "an empty path");
	fails(syscall(SYS_move_mount, AT_FDCWD, "a/f", AT_FDCWD, "b", 0), EINVAL, "no mount");
	fails(syscall(SYS_move_mount, plain, "", AT_FDCWD, "b", 0), ENOENT, "an empty path where none is allowed");
	fails(syscall(SYS_move_mount, AT_FDCWD, "a", AT_FDCWD, "b", 0x8000), EINVAL, "an unknown flag of a move");
	close(plain);
}

static long set(const char *where, unsigned flags, struct mount_attr attr)
{
	return syscall(SYS_mount_setattr, AT_FDCWD, where, flags, &attr, sizeof(attr));
}

static void attributes(void)
{
	struct mount_attr attr = {0};

	own_mounts();
	must(mkdir("a", 0755) == 0 && tmpfs_on("a", NULL) == 0 && mkdir("a/in", 0755) == 0 &&
	     tmpfs_on("a/in", NULL) == 0);
	works(set("a", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID}), "flags are set");
	is_str(mount_field(here("a"), 5), "ro,nosuid,relatime", "on the mount");
	is_str(mount_field(here("a/in"), 5), "rw,relatime", "and on no other");
	works(set("a", RECURSIVE, (struct mount_attr){.attr_set = MOUNT_ATTR_NODEV, .attr_clr = MOUNT_ATTR_RDONLY}),
	      "or set and cleared");
	is_str(mount_field(here("a"), 5), "rw,nosuid,nodev,relatime", "on it");
	is_str(mount_field(here("a/in"), 5), "rw,nodev,relatime", "and all below");
	works(set("a", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_NOATIME, .attr_clr = MOUNT_ATTR__ATIME}),
	      "access times");
	is_str(mount_field(here("a"), 5), "rw,nosuid,nodev,noatime", "are one of three");
	works(set("a", RECURSIVE, (struct mount_attr){.propagation = MS_SHARED}), "propagation");
	ok(mount_peer(here("a"), "shared") && mount_peer(here("a/in"), "shared"), "of all");
	int fd = open("a/in/f", O_CREAT | O_WRONLY, 0644);
	must(fd >= 0);
	fails(set("a", RECURSIVE, (struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY}), EBUSY, "one is written to");
	is_str(mount_field(here("a"), 5), "rw,nosuid,nodev,noatime", "none is changed");
	close(fd);
	fails(set("a", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_NOATIME}), EINVAL,
	      "one of three without the others");
	fails(set("a", 0, (struct mount_attr){.attr_set = 1ull << 40}), EINVAL, "an unknown flag");
	fails(set("a", 0, (struct mount_attr){.propagation = MS_SHARED | MS_SLAVE}), EINVAL, "two kinds");
	fails(set(".", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY}), EINVAL, "no mount");
	fails(set("a", 2, attr), EINVAL, "an unknown flag of the call");
	fails(syscall(SYS_mount_setattr, AT_FDCWD, "a", 0, &attr, 8), EINVAL, "a structure too short");
	fails(syscall(SYS_mount_setattr, AT_FDCWD, "a", 0, &attr, 8192), E2BIG, "and too long");
}

static const struct tap_case cases[] = {
	{"pivot_to", pivot_to, 0},     {"pivot_in_place", pivot_in_place, 0}, {"chroot_and_pivot", chroot_and_pivot, 0},
	{"open_trees", open_trees, 0}, {"attributes", attributes, 0},
};

TAP_MAIN(cases)
