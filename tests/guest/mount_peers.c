/* Propagation: shared mounts, slaves, private and unbindable ones (mount_namespaces(7)), and namespaces themselves. */
#include "mount_help.h"

#include <poll.h>

static void make_places(void)
{
	own_mounts();
	must(mkdir("a", 0755) == 0 && mkdir("b", 0755) == 0 && mkdir("c", 0755) == 0 && mkdir("d", 0755) == 0);
	must(tmpfs_on("a", NULL) == 0 && mkdir("a/in", 0755) == 0 && mkdir("a/in2", 0755) == 0);
}

static void bind(const char *from, const char *to)
{
	must(mount(from, to, NULL, MS_BIND, NULL) == 0);
}

static void change(const char *where, unsigned long how)
{
	must(mount(NULL, where, NULL, how, NULL) == 0);
}

static void shared(void)
{
	make_places();
	change("a", MS_SHARED);
	bind("a", "b");
	ok(mount_peer(here("a"), "shared") > 0, "a shared mount has a group");
	is_int(mount_peer(here("b"), "shared"), mount_peer(here("a"), "shared"), "its copy is of the same");
	must(tmpfs_on("b/in", NULL) == 0);
	ok(is_mounted(here("a/in")), "what is mounted in one is mounted in the other");
	is_int(mount_peer(here("a/in"), "shared"), mount_peer(here("b/in"), "shared"), "and shared itself");
	make_file("a/in/f");
	ok(exists("b/in/f"), "it is the same tree");
	must(umount("a/in") == 0);
	ok(!is_mounted(here("b/in")), "and gone with the other");
	change("b", MS_PRIVATE);
	is_int(mount_peer(here("b"), "shared"), 0, "a private one is of none");
	must(tmpfs_on("a/in", NULL) == 0);
	ok(!is_mounted(here("b/in")), "and receives nothing");
}

static void slaves(void)
{
	make_places();
	change("a", MS_SHARED);
	bind("a", "b");
	change("b", MS_SLAVE);
	is_int(mount_peer(here("b"), "master"), mount_peer(here("a"), "shared"), "a slave names its master");
	must(tmpfs_on("a/in", NULL) == 0);
	ok(is_mounted(here("b/in")), "a slave receives");
	is_int(mount_peer(here("b/in"), "master"), mount_peer(here("a/in"), "shared"), "slaves");
	must(tmpfs_on("b/in2", NULL) == 0);
	ok(!is_mounted(here("a/in2")), "and sends nothing");
	change("b", MS_SHARED);
	ok(mount_peer(here("b"), "shared") && mount_peer(here("b"), "master"), "it may be shared as well");
	bind("b", "c");
	must(umount("a/in") == 0);
	ok(!is_mounted(here("b/in")), "an unmount goes down to it");
	must(tmpfs_on("a/in", NULL) == 0);
	ok(is_mounted(here("b/in")) && is_mounted(here("c/in")), "a mount goes down to all of its group");
	is_int(mount_peer(here("b/in"), "shared"), mount_peer(here("c/in"), "shared"), "as one group");
	is_int(mount_peer(here("c/in"), "master"), mount_peer(here("a/in"), "shared"), "below the one above");
	must(umount("a") == -1 && errno == EBUSY);
	change("a", MS_PRIVATE);
	is_int(mount_peer(here("b"), "master"), 0, "without the last of its master it has none");
}

static void chain(void)
{
	make_places();
	change("a", MS_SHARED);
	bind("a", "b");
	change("b", MS_SLAVE);
	change("b", MS_SHARED);
	bind("b", "c");
	change("c", MS_SLAVE);
	ok(mount_peer(here("c"), "master") == mount_peer(here("b"), "shared"), "a slave of a slave");
	must(tmpfs_on("a/in", NULL) == 0);
	ok(is_mounted(here("c/in")), "receives from the top");
	is_int(mount_peer(here("c/in"), "master"), mount_peer(here("b/in"), "shared"), "through the one between");
	change("b", MS_PRIVATE);
	is_int(mount_peer(here("c"), "master"), mount_peer(here("a"), "shared"), "which may go: then the top is next");
}

static void beneath(void)
{
	make_places();
	change("a", MS_SHARED);
	bind("a", "b");
	change("b", MS_SLAVE);
	must(tmpfs_on("b/in", NULL) == 0);
	make_file("b/in/mine");
	must(tmpfs_on("a/in", NULL) == 0);
	make_file("a/in/theirs");
	ok(exists("b/in/mine") && !exists("b/in/theirs"), "what comes by propagation goes beneath what is there");
	must(umount("b/in") == 0);
	ok(exists("b/in/theirs"), "and is seen when that is gone");
	must(tmpfs_on("b/in", NULL) == 0);
	make_file("b/in/mine");
	must(umount("a/in") == 0);
	ok(exists("b/in/mine"), "when it goes again what covers it stays");
	must(umount("b/in") == 0);
	ok(!is_mounted(here("b/in")), "alone");
}

static void subdirectories(void)
{
	make_places();
	must(mkdir("a/in/deep", 0755) == 0);
	change("a", MS_SHARED);
	bind("a/in", "b");
	must(tmpfs_on("a/in/deep", NULL) == 0);
	ok(is_mounted(here("b/deep")), "a bind of a part receives what is mounted in that part");
	must(tmpfs_on("a/in2", NULL) == 0);
	is_str(mount_field(here("b"), 3), "/in", "it is the part");
	must(umount("b/deep") == 0);
	ok(!is_mounted(here("a/in/deep")), "and sends what happens there");
}

static void kept_by_contents(void)
{
	make_places();
	change("a", MS_SHARED);
	bind("a", "b");
	change("b", MS_SLAVE);
	must(tmpfs_on("a/in", NULL) == 0);
	must(mkdir("b/in/own", 0755) == 0 && tmpfs_on("b/in/own", NULL) == 0);
	works(umount("a/in"), "it goes from the master");
	ok(is_mounted(here("b/in")), "and stays where something is mounted in it");
	must(tmpfs_on("a/in", NULL) == 0);
	int fd = open("b/in2", O_RDONLY);
	must(fd >= 0);
	works(umount("a/in"), "a file open beside it does no harm");
	close(fd);
	must(tmpfs_on("a/in2", NULL) == 0);
	fd = open("b/in2", O_RDONLY);
	fails(umount("a/in2"), EBUSY, "one open in a copy does");
	close(fd);
	works(umount("a/in2"), "until it is closed");
}

static void unbindable(void)
{
	make_places();
	must(tmpfs_on("a/in", NULL) == 0);
	change("a/in", MS_UNBINDABLE);
	must(mount("a", "b", NULL, MS_BIND | MS_REC, NULL) == 0);
	ok(!is_mounted(here("b/in")), "a recursive bind leaves an unbindable one out");
	must(tmpfs_on("c", NULL) == 0 && mkdir("c/x", 0755) == 0);
	change("c", MS_SHARED);
	fails(mount("a", "c/x", NULL, MS_MOVE, NULL), EINVAL, "nor does it go where it would be copied");
	change("a", MS_SHARED | MS_REC);
	works(mount("a/in", "d", NULL, MS_BIND, NULL), "shared, it can be bound");
}

static void moved(void)
{
	make_places();
	must(tmpfs_on("c", NULL) == 0);
	make_file("c/f");
	change("a", MS_SHARED);
	bind("a", "b");
	works(mount("c", "a/in", NULL, MS_MOVE, NULL), "a mount is moved into a shared one");
	ok(exists("b/in/f") && !is_mounted(here("c")), "and comes up in the others");
	ok(mount_peer(here("a/in"), "shared") > 0, "as a shared one");
}

static void recursive(void)
{
	make_places();
	must(tmpfs_on("a/in", NULL) == 0);
	change("a", MS_SHARED | MS_REC);
	ok(mount_peer(here("a"), "shared") && mount_peer(here("a/in"), "shared"), "MS_REC shares all below");
	ok(mount_peer(here("a"), "shared") != mount_peer(here("a/in"), "shared"), "each in a group of its own");
	change("a", MS_PRIVATE);
	ok(!mount_peer(here("a"), "shared") && mount_peer(here("a/in"), "shared"), "without it one alone changes");
	must(umount2("a", MNT_DETACH) == 0);
	ok(!is_mounted(here("a/in")), "MNT_DETACH takes all off");
}

static void namespaces(void)
{
	struct gate to = gate_make(), from = gate_make();
	char mine[64] = "", theirs[64] = "";
	pid_t child;
	int fd;

	make_places();
	change("a", MS_SHARED);
	must(readlink("/proc/self/ns/mnt", mine, sizeof(mine) - 1) > 0);
	if (in_child(&child)) {
		int is_right = unshare(CLONE_NEWNS) == 0 && readlink("/proc/self/ns/mnt", theirs, 63) > 0 &&
			       strcmp(mine, theirs) != 0 && tmpfs_on("b", NULL) == 0 && tmpfs_on("a/in2", NULL) == 0;
		make_file("b/inner");
		gate_open(&to);
		close(from.fd[1]);
		gate_wait(&from);
		_exit(is_right && exists("a/in/outer") && !exists("c/private") ? 0 : 1);
	}
	close(to.fd[1]);
	ok(gate_wait(&to), "a child has a namespace of its own");
	ok(!is_mounted(here("b")), "what it mounts is not seen outside");
	ok(is_mounted(here("a/in2")), "but in what is shared");
	must(tmpfs_on("a/in", NULL) == 0 && tmpfs_on("c", NULL) == 0);
	make_file("a/in/outer");
	make_file("c/private");
	snprintf(theirs, sizeof(theirs), "/proc/%d/ns/mnt", (int)child);
	fd = open(theirs, O_RDONLY);
	ok(fd >= 0, "its namespace can be opened");
	works(mkdir("e", 0755), "a directory is made");
	gate_open(&from);
	is_exited(child, 0, "it sees what is shared and nothing else");
	works(setns(fd, CLONE_NEWNS), "the namespace is entered after its end");
	fails(setns(fd, CLONE_NEWUTS), EINVAL, "it is no other kind");
	fails(setns(-1, 0), EBADF, "no descriptor");
	fails(setns(from.fd[0], 0), EINVAL, "no namespace");
	close(fd);
}

static void told(void)
{
	struct pollfd poll_ = {.events = POLLPRI};
	struct pollfd other = {.events = POLLPRI};

	make_places();
	poll_.fd = open("/proc/self/mountinfo", O_RDONLY);
	other.fd = open("/proc/self/mounts", O_RDONLY);
	must(poll_.fd >= 0 && other.fd >= 0);
	is_int(poll(&poll_, 1, 0), 0, "nothing has changed");
	must(tmpfs_on("b", NULL) == 0);
	is_int(poll(&poll_, 1, 1000), 1, "a mount is told of");
	is_int(poll_.revents, POLLPRI | POLLERR, "as an exceptional condition");
	is_int(poll(&poll_, 1, 0), 0, "once");
	is_int(poll(&other, 1, 0), 1, "to each who looks");
	must(umount("b") == 0);
	is_int(poll(&poll_, 1, 1000), 1, "so is an unmount");
}

static const struct tap_case cases[] = {
	{"shared", shared, 0},
	{"slaves", slaves, 0},
	{"chain", chain, 0},
	{"beneath", beneath, 0},
	{"subdirectories", subdirectories, 0},
	{"kept_by_contents", kept_by_contents, 0},
	{"unbindable", unbindable, 0},
	{"moved", moved, 0},
	{"recursive", recursive, 0},
	{"namespaces", namespaces, 0},
	{"told", told, 0},
};

TAP_MAIN(cases)
