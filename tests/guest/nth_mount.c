/*
 * Mounts when the n-th allocation fails (nth_allocation.h): mount, umount, pivot_root, propagation, mounts by
 * descriptor, trees set up step by step, namespaces.
 */
#include "nth_allocation.h"

#include <sys/mount.h>

#define SYS_open_tree_ 428
#define SYS_move_      429
#define SYS_fsopen_    430
#define SYS_config_    431
#define SYS_fsmount_   432
#define SYS_fspick_    433
#define SYS_setattr_   442
#define RECURSIVE      0x8000
#define CLONE_TREE     1
#define FROM_EMPTY     4

static int setup, tree;

static void close_it(long fd)
{
	must(close((int)fd) == 0);
}

/* How many mounts there are: what is half done would show. */
static long mounts_before;

static long count_mounts(void)
{
	static char text[65536];
	long lines = 0;

	must(read_text("/proc/self/mountinfo", text, sizeof(text)) > 0);
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	return lines;
}

static void remember(void)
{
	mounts_before = count_mounts();
}

static int none_came_or_went(void)
{
	return count_mounts() == mounts_before;
}

static long run_mount(void)
{
	return raw(SYS_mount, "source", "m", "tmpfs", MS_NOSUID, "size=1m,mode=700");
}

static void undo_mount(long result)
{
	(void)result;
	must(umount("m") == 0);
}

static long run_mount_proc(void)
{
	return raw(SYS_mount, "proc", "m", "proc", 0, "hidepid=1");
}

static long run_mount_devpts(void)
{
	return raw(SYS_mount, "devpts", "m", "devpts", 0, "ptmxmode=666");
}

static long run_bind(void)
{
	return raw(SYS_mount, "tree", "m", NULL, MS_BIND, NULL);
}

/* Three mounts below each other, into a place whose events go to two others. */
static long run_bind_all(void)
{
	return raw(SYS_mount, "tree", "shared/place", NULL, MS_BIND | MS_REC, NULL);
}

static void undo_bind_all(long result)
{
	(void)result;
	must(umount2("shared/place", MNT_DETACH) == 0);
}

static long run_share(void)
{
	return raw(SYS_mount, NULL, "tree", NULL, MS_SHARED | MS_REC, NULL);
}

static void undo_share(long result)
{
	(void)result;
	must(mount(NULL, "tree", NULL, MS_PRIVATE | MS_REC, NULL) == 0);
}

static int has_no_peers(void)
{
	static char text[65536];
	char *line;

	must(read_text("/proc/self/mountinfo", text, sizeof(text)) > 0);
	line = strstr(text, "/tree ");
	must(line != NULL);
	line[strcspn(line, "\n")] = 0;
	return strstr(line, " shared:") == NULL;
}

static void mount_to_move(void)
{
	must(mount("x", "m", "tmpfs", 0, NULL) == 0);
	must(mkdir("m/in_moved", 0755) == 0);
	remember();
}

static long run_move(void)
{
	return raw(SYS_mount, "m", "shared/place", NULL, MS_MOVE, NULL);
}

/* It is where it was; and goes, as the next attempt begins with another. */
static int is_not_moved(void)
{
	int is_right = none_came_or_went() && access("m/in_moved", F_OK) == 0;

	must(umount("m") == 0);
	return is_right;
}

static void undo_move(long result)
{
	(void)result;
	must(umount("shared/place") == 0);
}

/* Nothing is needed to take mounts off: it gets through. */
static void mount_shared(void)
{
	must(mount("tree", "shared/place", NULL, MS_BIND | MS_REC, NULL) == 0);
}

static long run_umount(void)
{
	return raw(SYS_umount2, "shared/place", MNT_DETACH);
}

static int go_on_mounted(void)
{
	must(umount2("shared/place", MNT_DETACH) == 0);
	return 1;
}

static long run_remount(void)
{
	return raw(SYS_mount, NULL, "tree", NULL, MS_REMOUNT, "size=3m");
}

static void make_root(void)
{
	must(mount("x", "m", "tmpfs", 0, NULL) == 0 && mkdir("m/old", 0755) == 0);
}

static long run_pivot(void)
{
	return raw(SYS_pivot_root, "m", "m/old");
}

static int root_is_as_before(void)
{
	int is_right = access("/old", F_OK) != 0 && access("m/old", F_OK) == 0;

	must(umount("m") == 0);
	return is_right;
}

/* The working directory is still in the old root, where "m" is a directory again. */
static void pivot_back(long result)
{
	(void)result;
	must(raw(SYS_pivot_root, "/old", "m") == 0);
	must(umount("m") == 0);
}

static long run_unshare(void)
{
	return raw(SYS_unshare, CLONE_NEWNS);
}

static long run_open_tree(void)
{
	return raw(SYS_open_tree_, AT_FDCWD, "tree", CLONE_TREE | RECURSIVE | O_CLOEXEC);
}

static void open_copy(void)
{
	tree = (int)run_open_tree();
	must(tree >= 0);
	remember();
}

static long run_put(void)
{
	return raw(SYS_move_, tree, "", AT_FDCWD, "shared/place", FROM_EMPTY);
}

static int is_not_put(void)
{
	int is_right = none_came_or_went() && faccessat(tree, "in", F_OK, 0) == 0;

	close(tree);
	return is_right;
}

static void undo_put(long result)
{
	(void)result;
	close(tree);
	must(umount2("shared/place", MNT_DETACH) == 0);
}

static long run_setattr(void)
{
	uint64_t attributes[4] = {MS_NODEV, 0, MS_SHARED, 0};

	return raw(SYS_setattr_, AT_FDCWD, "tree", RECURSIVE, attributes, sizeof(attributes));
}

static void undo_setattr(long result)
{
	uint64_t attributes[4] = {0, MS_NODEV, MS_PRIVATE, 0};

	(void)result;
	must(raw(SYS_setattr_, AT_FDCWD, "tree", RECURSIVE, attributes, sizeof(attributes)) == 0);
}

static long run_fsopen(void)
{
	return raw(SYS_fsopen_, "tmpfs", 1);
}

static void open_setup(void)
{
	setup = (int)run_fsopen();
	must(setup >= 0);
}

static long run_source(void)
{
	return raw(SYS_config_, setup, 1, "source", "x", 0);
}

static long run_option(void)
{
	return raw(SYS_config_, setup, 1, "size", "1m", 0);
}

static int drop_setup(void)
{
	close(setup);
	return 1;
}

static void close_setup(long result)
{
	(void)result;
	close(setup);
}

static void open_with_options(void)
{
	open_setup();
	must(run_source() == 0 && run_option() == 0);
}

static long run_create(void)
{
	return raw(SYS_config_, setup, 6, NULL, NULL, 0);
}

static void open_created(void)
{
	open_setup();
	must(run_create() == 0);
}

static long run_fsmount(void)
{
	return raw(SYS_fsmount_, setup, 1, MS_NOSUID);
}

/* One that failed may be tried again. */
static int mounts_later(void)
{
	long fd = run_fsmount();

	must(fd >= 0);
	close((int)fd);
	return drop_setup();
}

static void close_mounted(long fd)
{
	close((int)fd);
	close(setup);
}

static long run_fspick(void)
{
	return raw(SYS_fspick_, AT_FDCWD, "tree", 1);
}

static const struct operation operations[] = {
	{"mount of tmpfs", remember, run_mount, none_came_or_went, undo_mount, 0, 0, 0},
	{"mount of proc", remember, run_mount_proc, none_came_or_went, undo_mount, 0, 0, 0},
	{"mount of devpts", remember, run_mount_devpts, none_came_or_went, undo_mount, 0, 0, 0},
	{"bind", remember, run_bind, none_came_or_went, undo_mount, 0, 0, 0},
	{"bind of a tree into a shared place", remember, run_bind_all, none_came_or_went, undo_bind_all, 0, 0, 0},
	{"sharing of a tree", remember, run_share, has_no_peers, undo_share, 0, 0, 0},
	{"move into a shared place", mount_to_move, run_move, is_not_moved, undo_move, 0, 0, 0},
	{"umount in a shared place", mount_shared, run_umount, go_on_mounted, NULL, 0, 0, 0},
	{"remount", NULL, run_remount, NULL, NULL, 0, 0, 0},
	{"pivot_root", make_root, run_pivot, root_is_as_before, pivot_back, 0, 0, 0},
	{"unshare of mounts", NULL, run_unshare, NULL, NULL, 0, 0, 0},
	{"open_tree", NULL, run_open_tree, NULL, close_it, 0, 0, 0},
	{"move_mount of a copy", open_copy, run_put, is_not_put, undo_put, 0, 0, 0},
	{"mount_setattr", remember, run_setattr, has_no_peers, undo_setattr, 0, 0, 0},
	{"fsopen", NULL, run_fsopen, NULL, close_it, 0, 0, 0},
	{"fsconfig of a source", open_setup, run_source, drop_setup, close_setup, 0, 0, 0},
	{"fsconfig of an option", open_setup, run_option, drop_setup, close_setup, 0, 0, 0},
	{"creation of what was set up", open_with_options, run_create, drop_setup, close_setup, 0, 0, 0},
	{"fsmount", open_created, run_fsmount, mounts_later, close_mounted, 0, 0, 0},
	{"fspick", NULL, run_fspick, NULL, close_it, 0, 0, 0},
};

static void each(void)
{
	char name[40];

	must(unshare(CLONE_NEWNS) == 0);
	must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	must(mkdir("m", 0755) == 0 && mkdir("tree", 0755) == 0 && mkdir("shared", 0755) == 0);
	must(mount("x", "tree", "tmpfs", 0, "size=2m") == 0 && mkdir("tree/in", 0755) == 0);
	must(mount("x", "tree/in", "tmpfs", 0, NULL) == 0 && mkdir("tree/in/deeper", 0755) == 0);
	must(mount("x", "tree/in/deeper", "tmpfs", 0, NULL) == 0);
	must(mount("x", "shared", "tmpfs", 0, NULL) == 0 && mkdir("shared/place", 0755) == 0);
	must(mount(NULL, "shared", NULL, MS_SHARED, NULL) == 0);
	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "peer%d", i);
		must(mkdir(name, 0755) == 0 && mount("shared", name, NULL, MS_BIND, NULL) == 0);
	}
	must(mount(NULL, "peer1", NULL, MS_SLAVE, NULL) == 0);
	nth_run(operations, sizeof(operations) / sizeof(operations[0]));
}

static const struct tap_case cases[] = {{"each", each, 240}};

TAP_MAIN(cases)
