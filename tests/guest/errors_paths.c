/* What each call on a path answers for each kind of path, for somebody who is not root. */
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "errors.h"

static char long_name[257], longest_name[256], long_path[4200], longest_path[4096];

static const struct {
	const char *name;
	const char *text;
} kinds[] = {
	{"an empty path", ""},
	{"a name that is not there", "fresh"},
	{"a name in a directory that is not there", "none/fresh"},
	{"a file", "target"},
	{"a directory", "empty"},
	{"a directory with something in it", "full"},
	{"a FIFO", "fifo"},
	{"a link to a file", "link"},
	{"a link to a directory", "dlink"},
	{"a link to nothing", "dangling"},
	{"a link to itself", "loop"},
	{"a file and a slash", "target/"},
	{"a name below a file", "target/fresh"},
	{"a name that is not there and a slash", "fresh/"},
	{"a directory and a slash", "empty/"},
	{"a directory and a dot", "empty/."},
	{"a directory and two dots", "empty/.."},
	{"a dot", "."},
	{"the root", "/"},
	{"a link to a file and a slash", "link/"},
	{"a link to a directory and a slash", "dlink/"},
	{"a link to nothing and a slash", "dangling/"},
	{"a name below a link to itself", "loop/fresh"},
	{"a name below a link to a directory", "dlink/fresh"},
	{"a name that is too long", long_name},
	{"the longest name", longest_name},
	{"a path that is too long", long_path},
	{"the longest path", longest_path},
	{"a name in a locked directory", "locked/fresh"},
	{"a name in a directory that may not be written", "fixed/fresh"},
	{"a file in such a directory", "fixed/in"},
	{"a file of another file system", "/proc/version"},
	{"a device", "/dev/null"},
	{"no address", (const char *)8},
	{"an address of the kernel", (const char *)0xffffffff80100000},
};

static char buffer[8192];
static int home, fifo;

/* By root: what the later user cannot change. */
static void prepare(void)
{
	memset(long_name, 'n', 256);
	memset(longest_name, 'n', 255);
	for (size_t i = 0; i < sizeof(long_path) - 1; i++)
		long_path[i] = i % 2 ? '/' : '.';
	for (size_t i = 0; i < sizeof(longest_path) - 1; i++)
		longest_path[i] = i % 2 ? '/' : '.';
	longest_path[4094] = 'y';
	must(mkdir("fixed", 0755) == 0 && write_text("fixed/in", "x") == 1);
	must(chown(".", 1000, 1000) == 0 && chmod(".", 0755) == 0);
	become_user(1000);
	must(mkdir("locked", 0) == 0);
	must(symlink("target", "link") == 0 && symlink("full", "dlink") == 0);
	must(symlink("nowhere", "dangling") == 0 && symlink("loop", "loop") == 0);
	must(mkfifo("fifo", 0644) == 0);
	must((home = open(".", O_RDONLY | O_DIRECTORY)) >= 0);
}

static void remove_all(const char *name)
{
	char below[300];
	struct stat stat_;

	if (lstat(name, &stat_) == 0 && S_ISDIR(stat_.st_mode)) {
		snprintf(below, sizeof(below), "%s/in", name);
		unlink(below);
		snprintf(below, sizeof(below), "%s/fresh", name);
		unlink(below);
		rmdir(below);
		rmdir(name);
	}
	unlink(name);
}

static void restore_name(const char *name, uint32_t type)
{
	struct stat stat_;

	if (lstat(name, &stat_) == 0 && (stat_.st_mode & S_IFMT) == type)
		return;
	remove_all(name);
	if (type == S_IFDIR)
		must(mkdir(name, 0755) == 0);
	else if (type == S_IFIFO)
		must(mkfifo(name, 0644) == 0);
	else if (type == S_IFREG)
		must(write_text(name, "some text\n") > 0);
}

static void restore_link(const char *name, const char *to)
{
	char text[64] = "";

	if (readlink(name, text, sizeof(text) - 1) > 0 && strcmp(text, to) == 0)
		return;
	remove_all(name);
	must(symlink(to, name) == 0);
}

static void reset(void)
{
	static const char *const gone[] = {"fresh", "full/fresh", "empty/fresh", "nowhere", "made", longest_name, "y"};

	must(fchdir(home) == 0);
	restore_name("full", S_IFDIR);
	for (size_t i = 0; i < count_of(gone); i++)
		remove_all(gone[i]);
	restore_name("target", S_IFREG);
	restore_name("source", S_IFREG);
	restore_name("folder", S_IFDIR);
	restore_name("empty", S_IFDIR);
	restore_name("full/in", S_IFREG);
	restore_name("fifo", S_IFIFO);
	restore_link("link", "target");
	restore_link("dlink", "full");
	restore_link("dangling", "nowhere");
	restore_link("loop", "loop");
	must(chmod("target", 0644) == 0 && chmod("empty", 0755) == 0 && chmod("full", 0755) == 0);
	must(write_text("target", "some text\n") > 0);
	/* Somebody is at both ends, so that no opening waits. */
	must((fifo = open("fifo", O_RDWR | O_NONBLOCK)) >= 0);
}

static long opened(long fd)
{
	if (fd >= 0)
		close((int)fd);
	return fd;
}

static long open2(const char *path, uint64_t flags, uint64_t resolve)
{
	uint64_t how[3] = {flags | O_NONBLOCK, 0, resolve};

	return opened(raw(437, AT_FDCWD, path, how, 24));
}

static long set_times(const char *path, long nsec, int flags)
{
	struct timespec times[2] = {{1, nsec}, {2, 5}};

	return raw(SYS_utimensat, AT_FDCWD, path, times, flags);
}

static long watch(const char *path, uint32_t mask)
{
	int fd = inotify_init1(IN_NONBLOCK);
	long result = raw(SYS_inotify_add_watch, fd, path, mask);

	close(fd);
	return result;
}

#define TMPFILE_ 020200000

#include "errors_paths_rows.h"

#define ERRORS_ROWS  ROWS
#define ERRORS_ON    const char *path
#define ERRORS_TABLE "errors_paths.table"
#include "errors_frame.h"

static void try_row(size_t row)
{
	errors_begin_row(names[row]);
	for (size_t kind = 0; kind < count_of(kinds); kind++) {
		reset();
		errors_check(table, row, kind, names[row], kinds[kind].name, attempt(row, kinds[kind].text));
		close(fifo);
	}
	errors_end_row();
}

static void try_part(size_t part)
{
	signal(SIGXFSZ, SIG_IGN);
	prepare();
	try_rows(part, 3, try_row);
}

static void part_1(void)
{
	try_part(0);
}
static void part_2(void)
{
	try_part(1);
}
static void part_3(void)
{
	try_part(2);
}

static const struct tap_case cases[] = {{"part_1", part_1, 300}, {"part_2", part_2, 300}, {"part_3", part_3, 300}};

TAP_MAIN(cases)
