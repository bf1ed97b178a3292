/* inotify(7): which events, in which order, with which names; the descriptor; the limits. */
#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "guest.h"
#include "tap.h"

#define O_TMPFILE_FLAGS (020000000 | O_DIRECTORY)
#define EXCHANGE        2

static const struct {
	uint32_t bit;
	const char *name;
} bit_names[] = {{IN_ACCESS, "ACCESS"},
		 {IN_MODIFY, "MODIFY"},
		 {IN_ATTRIB, "ATTRIB"},
		 {IN_CLOSE_WRITE, "CLOSE_WRITE"},
		 {IN_CLOSE_NOWRITE, "CLOSE_NOWRITE"},
		 {IN_OPEN, "OPEN"},
		 {IN_MOVED_FROM, "MOVED_FROM"},
		 {IN_MOVED_TO, "MOVED_TO"},
		 {IN_CREATE, "CREATE"},
		 {IN_DELETE, "DELETE"},
		 {IN_DELETE_SELF, "DELETE_SELF"},
		 {IN_MOVE_SELF, "MOVE_SELF"},
		 {IN_UNMOUNT, "UNMOUNT"},
		 {IN_Q_OVERFLOW, "Q_OVERFLOW"},
		 {IN_IGNORED, "IGNORED"},
		 {IN_ISDIR, "ISDIR"}};

/* What is on the queue, as text: "1 CREATE|ISDIR name, 2 OPEN". Watches are numbered in order of their making. */
static const char *events_of(int fd)
{
	static char text[4000];
	char buffer[8192] __attribute__((aligned(8)));
	size_t used = 0;
	long n;

	text[0] = 0;
	while ((n = raw(SYS_read, fd, buffer, sizeof(buffer))) > 0) {
		for (char *at = buffer; at < buffer + n;) {
			struct inotify_event *event = (struct inotify_event *)at;
			const char *between = "";

			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%d ", used ? ", " : "",
						 event->wd);
			for (size_t i = 0; i < count_of(bit_names); i++) {
				if (!(event->mask & bit_names[i].bit))
					continue;
				used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", between,
							 bit_names[i].name);
				between = "|";
			}
			if (event->len)
				used += (size_t)snprintf(text + used, sizeof(text) - used, " %s", event->name);
			at += sizeof(*event) + event->len;
		}
	}
	return text;
}

static int watch(const char *path, uint32_t mask)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	must(fd >= 0);
	must(inotify_add_watch(fd, path, mask) == 1);
	return fd;
}

static void directory(void)
{
	int fd = watch(".", IN_ALL_EVENTS), file;
	char buffer[16];

	must((file = open("a", O_RDWR | O_CREAT, 0644)) >= 0);
	is_str(events_of(fd), "1 CREATE a, 1 OPEN a", "a file is made");
	must(write(file, "hello", 5) == 5);
	must(write(file, "hello", 5) == 5);
	is_str(events_of(fd), "1 MODIFY a", "two writes are one event");
	must(pread(file, buffer, 5, 0) == 5);
	must(pread(file, buffer, 5, 100) == 0);
	is_str(events_of(fd), "1 ACCESS a", "a read, but not one at the end");
	must(ftruncate(file, 3) == 0 && fchmod(file, 0600) == 0 && fchown(file, -1, -1) == 0);
	is_str(events_of(fd), "1 MODIFY a, 1 ATTRIB a", "size and mode; a change of owner to none is told");
	close(file);
	is_str(events_of(fd), "1 CLOSE_WRITE a", "closed after writing");
	must((file = open("a", O_RDONLY)) >= 0);
	close(file);
	is_str(events_of(fd), "1 OPEN a, 1 CLOSE_NOWRITE a", "closed after reading");
	must(truncate("a", 1) == 0 && chmod("a", 0644) == 0);
	is_str(events_of(fd), "1 MODIFY a, 1 ATTRIB a", "by path");
	must(mkdir("d", 0755) == 0);
	must(symlink("a", "s") == 0 && mkfifo("p", 0600) == 0);
	is_str(events_of(fd), "1 CREATE|ISDIR d, 1 CREATE s, 1 CREATE p", "other kinds are made");
	must(link("a", "h") == 0);
	is_str(events_of(fd), "1 CREATE h", "a hard link: the directory hears of the name only");
	must(unlink("h") == 0 && rmdir("d") == 0 && unlink("s") == 0);
	is_str(events_of(fd), "1 DELETE h, 1 DELETE|ISDIR d, 1 DELETE s", "names go");
	must(rename("a", "b") == 0);
	is_str(events_of(fd), "1 MOVED_FROM a, 1 MOVED_TO b", "a name moves");
	must(open("b", O_PATH) >= 0);
	is_str(events_of(fd), "", "O_PATH opens nothing");
	close(fd);
}

static void times(void)
{
	struct timespec both[2] = {{5, 5}, {6, 6}}, first[2] = {{5, 5}, {0, UTIME_OMIT}},
			second[2] = {{0, UTIME_OMIT}, {7, 7}}, none[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
	int fd, file;

	must(write_text("f", "x") == 1);
	fd = watch("f", IN_ALL_EVENTS);
	must(utimensat(AT_FDCWD, "f", both, 0) == 0);
	is_str(events_of(fd), "1 ATTRIB", "both times");
	must(utimensat(AT_FDCWD, "f", first, 0) == 0);
	is_str(events_of(fd), "1 ACCESS", "the access time");
	must(utimensat(AT_FDCWD, "f", second, 0) == 0);
	is_str(events_of(fd), "1 MODIFY", "the modification time");
	must(utimensat(AT_FDCWD, "f", none, 0) == 0);
	is_str(events_of(fd), "", "neither");
	must(setxattr("f", "user.a", "b", 1, 0) == 0);
	is_str(events_of(fd), "1 ATTRIB", "an extended attribute");
	must(removexattr("f", "user.a") == 0);
	is_str(events_of(fd), "1 ATTRIB", "and its end");
	must((file = open("f", O_RDWR)) >= 0);
	must(fallocate(file, 0, 0, 10000) == 0);
	close(file);
	is_str(events_of(fd), "1 OPEN, 1 MODIFY, 1 CLOSE_WRITE", "fallocate");
}

static void own_events(void)
{
	int fd, file;

	must(write_text("f", "x") == 1);
	fd = watch("f", IN_ALL_EVENTS);
	must(inotify_add_watch(fd, ".", IN_ALL_EVENTS) == 2);
	must((file = open("f", O_RDONLY)) >= 0);
	close(file);
	is_str(events_of(fd), "2 OPEN f, 1 OPEN, 2 CLOSE_NOWRITE f, 1 CLOSE_NOWRITE", "the directory hears first");
	must(link("f", "g") == 0);
	is_str(events_of(fd), "1 ATTRIB, 2 CREATE g", "a link");
	must((file = open("g", O_RDONLY)) >= 0);
	is_str(events_of(fd), "2 OPEN g, 1 OPEN", "by its other name");
	close(file);
	(void)events_of(fd);
	must(unlink("g") == 0);
	is_str(events_of(fd), "1 ATTRIB, 2 DELETE g", "one of two names goes");
	must(rename("f", "e") == 0);
	is_str(events_of(fd), "2 MOVED_FROM f, 2 MOVED_TO e, 1 MOVE_SELF", "it moves");
	must(unlink("e") == 0);
	is_str(events_of(fd), "1 ATTRIB, 1 DELETE_SELF, 1 IGNORED, 2 DELETE e", "the last name goes");
	fails(inotify_rm_watch(fd, 1), EINVAL, "its watch is gone");
	close(fd);
}

static void open_when_unlinked(void)
{
	int fd, file;

	must(write_text("f", "x") == 1);
	fd = watch("f", IN_ALL_EVENTS);
	must(inotify_add_watch(fd, ".", IN_ALL_EVENTS) == 2);
	must((file = open("f", O_RDWR)) >= 0);
	(void)events_of(fd);
	must(unlink("f") == 0);
	is_str(events_of(fd), "1 ATTRIB, 2 DELETE f", "unlinked while open");
	must(write(file, "y", 1) == 1);
	is_str(events_of(fd), "2 MODIFY f, 1 MODIFY", "and written: the directory still hears of it");
	close(file);
	is_str(events_of(fd), "2 CLOSE_WRITE f, 1 CLOSE_WRITE, 1 DELETE_SELF, 1 IGNORED",
	       "its end comes with the close");
	close(fd);
	must(write_text("g", "x") == 1);
	fd = watch(".", IN_ALL_EVENTS | IN_EXCL_UNLINK);
	must((file = open("g", O_RDWR)) >= 0);
	must(unlink("g") == 0);
	(void)events_of(fd);
	must(write(file, "y", 1) == 1);
	close(file);
	is_str(events_of(fd), "", "IN_EXCL_UNLINK: nothing of unlinked files");
}

static void directory_itself(void)
{
	char buffer[4096];
	int fd, dir;

	must(mkdir("d", 0755) == 0);
	fd = watch("d", IN_ALL_EVENTS);
	must(inotify_add_watch(fd, ".", IN_ALL_EVENTS) == 2);
	must((dir = open("d", O_RDONLY | O_DIRECTORY)) >= 0);
	must(raw(SYS_getdents64, dir, buffer, sizeof(buffer)) > 0);
	close(dir);
	is_str(events_of(fd),
	       "2 OPEN|ISDIR d, 1 OPEN|ISDIR, 2 ACCESS|ISDIR d, 1 ACCESS|ISDIR, 2 CLOSE_NOWRITE|ISDIR d, "
	       "1 CLOSE_NOWRITE|ISDIR",
	       "it is read");
	must(chmod("d", 0700) == 0);
	is_str(events_of(fd), "2 ATTRIB|ISDIR d, 1 ATTRIB|ISDIR", "its mode changes");
	must(rename("d", "e") == 0);
	is_str(events_of(fd), "2 MOVED_FROM|ISDIR d, 2 MOVED_TO|ISDIR e, 1 MOVE_SELF", "it moves");
	must(rmdir("e") == 0);
	is_str(events_of(fd), "1 DELETE_SELF, 1 IGNORED, 2 DELETE|ISDIR e", "it goes");
}

/* The cookies of the two events on the queue. */
static int cookies_agree(int fd)
{
	char buffer[512] __attribute__((aligned(8)));
	struct inotify_event *first = (struct inotify_event *)buffer, *second;

	must(raw(SYS_read, fd, buffer, sizeof(buffer)) > (long)sizeof(*first));
	second = (struct inotify_event *)(buffer + sizeof(*first) + first->len);
	return first->cookie && first->cookie == second->cookie;
}

static void moves(void)
{
	int fd;

	must(mkdir("x", 0755) == 0 && mkdir("y", 0755) == 0);
	must(write_text("x/f", "1") == 1 && write_text("x/g", "2") == 1);
	fd = watch("x", IN_ALL_EVENTS);
	must(inotify_add_watch(fd, "y", IN_ALL_EVENTS) == 2);
	must(inotify_add_watch(fd, "x/g", IN_ALL_EVENTS) == 3);
	must(rename("x/f", "y/f") == 0);
	ok(cookies_agree(fd), "both halves of a move have one cookie");
	must(rename("y/f", "x/g") == 0);
	is_str(events_of(fd), "2 MOVED_FROM f, 1 MOVED_TO g, 3 ATTRIB, 3 DELETE_SELF, 3 IGNORED",
	       "a move onto another file ends that");
	must(write_text("y/h", "3") == 1 && mkdir("y/d", 0755) == 0);
	(void)events_of(fd);
	must(raw(SYS_renameat2, AT_FDCWD, "x/g", AT_FDCWD, "y/d", EXCHANGE) == 0);
	is_str(events_of(fd), "1 MOVED_FROM g, 2 MOVED_TO d, 2 MOVED_FROM|ISDIR d, 1 MOVED_TO|ISDIR g", "an exchange");
	must(rename("y/h", "y/h") == 0);
	is_str(events_of(fd), "", "a move to itself is none");
}

static void marks(void)
{
	int fd, file;

	must(write_text("f", "x") == 1 && symlink("f", "s") == 0);
	fd = watch("f", IN_OPEN | IN_ONESHOT);
	must((file = open("f", O_RDONLY)) >= 0);
	close(file);
	is_str(events_of(fd), "1 OPEN, 1 IGNORED", "IN_ONESHOT");
	is_int(inotify_add_watch(fd, "f", IN_OPEN), 2, "numbers are not used again");
	is_int(inotify_add_watch(fd, "f", IN_CLOSE), 2, "one file, one watch");
	must((file = open("f", O_RDONLY)) >= 0);
	close(file);
	is_str(events_of(fd), "2 CLOSE_NOWRITE", "the later mask counts");
	is_int(inotify_add_watch(fd, "f", IN_OPEN | IN_MASK_ADD), 2, "IN_MASK_ADD");
	must((file = open("f", O_RDONLY)) >= 0);
	close(file);
	is_str(events_of(fd), "2 OPEN, 2 CLOSE_NOWRITE", "both count");
	fails(inotify_add_watch(fd, "f", IN_OPEN | IN_MASK_CREATE), EEXIST, "IN_MASK_CREATE");
	is_int(inotify_add_watch(fd, "s", IN_OPEN | IN_MASK_ADD), 2, "a link is followed");
	is_int(inotify_add_watch(fd, "s", IN_ALL_EVENTS | IN_DONT_FOLLOW), 3, "but for IN_DONT_FOLLOW");
	fails(inotify_add_watch(fd, "f", IN_OPEN | IN_ONLYDIR), ENOTDIR, "IN_ONLYDIR");
	must(inotify_rm_watch(fd, 2) == 0);
	is_str(events_of(fd), "2 IGNORED", "a watch is given up");
	fails(inotify_rm_watch(fd, 2), EINVAL, "twice");
	must(lchown("s", -1, 0) == 0);
	is_str(events_of(fd), "3 ATTRIB", "the link's own events");
}

static void arguments(void)
{
	int fd = inotify_init(), other[2];
	char *text = (char *)map_pages(1);

	must(fd >= 0 && pipe(other) == 0);
	fails(inotify_init1(1), EINVAL, "unknown flag");
	fails(inotify_add_watch(fd, ".", 0), EINVAL, "empty mask");
	fails(inotify_add_watch(fd, ".", 0x1000), EINVAL, "unknown bit");
	fails(inotify_add_watch(fd, ".", IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE), EINVAL, "both kinds of masks");
	works(inotify_add_watch(fd, ".", IN_ONLYDIR), "a mask without events");
	fails(inotify_add_watch(-1, ".", IN_OPEN), EBADF, "no descriptor");
	fails(inotify_add_watch(other[0], ".", IN_OPEN), EINVAL, "a pipe");
	fails(inotify_add_watch(fd, "none", IN_OPEN), ENOENT, "no file");
	fails(inotify_add_watch(fd, "", IN_OPEN), ENOENT, "empty path");
	fails(inotify_add_watch(fd, (char *)8, IN_OPEN), EFAULT, "bad path");
	fails(inotify_rm_watch(other[0], 1), EINVAL, "watch of a pipe");
	fails(inotify_rm_watch(99, 1), EBADF, "watch of nothing");
	fails(write(fd, "x", 1), EBADF, "it cannot be written");
	is_int(lseek(fd, 100, SEEK_SET), 0, "a position is let pass");
	*text = 0;
	must(write_text("f", "x") == 1 && chmod("f", 0200) == 0);
	become_user(1000);
	fails(inotify_add_watch(fd, "f", IN_OPEN), EACCES, "what may not be read may not be watched");
}

static void reading(void)
{
	int fd = watch(".", IN_CREATE), bytes = -1;
	struct pollfd poller = {.fd = fd, .events = POLLIN | POLLOUT};
	char buffer[200] __attribute__((aligned(8)));
	struct inotify_event *event = (struct inotify_event *)buffer;
	pid_t child;

	is_int(raw(SYS_read, fd, buffer, sizeof(buffer)), -EAGAIN, "nothing yet");
	is_int(poll(&poller, 1, 0), 0, "poll agrees");
	must(mkdir("sixteen-letters-", 0755) == 0 && mkdir("b", 0755) == 0);
	is_int(poll(&poller, 1, 0), 1, "poll");
	is_int(poller.revents, POLLIN, "says readable");
	must(ioctl(fd, FIONREAD, &bytes) == 0);
	is_int(bytes, 16 + 32 + 16 + 16, "FIONREAD");
	is_int(raw(SYS_read, fd, buffer, 47), -EINVAL, "too short for the first");
	is_int(raw(SYS_read, fd, buffer, 63), 48, "room for the first alone");
	is_int(event->len, 32, "a name and its zero are filled up to 16");
	is_int(raw(SYS_read, fd, (char *)8, 100), -EFAULT, "bad buffer");
	is_int(raw(SYS_read, fd, buffer, sizeof(buffer)), -EAGAIN, "which loses the event");
	must(fcntl(fd, F_SETFL, 0) == 0);
	child = fork();
	if (child == 0) {
		wait_state(getppid(), 'S');
		_exit(mkdir("c", 0755) != 0);
	}
	is_int(raw(SYS_read, fd, buffer, sizeof(buffer)), 32, "a reader that waits is woken");
	must(waitpid(child, NULL, 0) == child);
}

static void overflow(void)
{
	char limit[40] = "", name[40], buffer[16] __attribute__((aligned(8)));
	struct inotify_event *event = (struct inotify_event *)buffer;
	int fd = watch(".", IN_ATTRIB), file;
	long most, n;

	must(read_text("/proc/sys/fs/inotify/max_queued_events", limit, sizeof(limit)) > 0);
	most = strtol(limit, NULL, 10);
	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%d", i);
		must((file = open(name, O_CREAT | O_WRONLY, 0600)) >= 0);
		close(file);
		must(inotify_add_watch(fd, name, IN_ATTRIB) == i + 2);
	}
	must(inotify_add_watch(fd, ".", IN_OPEN) == 1);
	for (long i = 0; i < most + 10; i++)
		must(chmod(i & 1 ? "0" : "1", 0600) == 0);
	for (long i = 0; i < most; i++) {
		n = raw(SYS_read, fd, buffer, sizeof(buffer));
		if (n != 16 || event->wd != (i & 1 ? 2 : 3))
			break;
		if (i == most - 1)
			ok(1, "as many events as the queue may hold");
	}
	is_str(events_of(fd), "-1 Q_OVERFLOW", "then that some were lost");
	must(chmod("0", 0600) == 0);
	is_str(events_of(fd), "2 ATTRIB", "then it goes on");
}

static void information(void)
{
	int fd = watch(".", IN_OPEN | IN_ONESHOT);
	char path[64], text[1000], wanted[100];
	struct stat stat_;

	must(stat(".", &stat_) == 0);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	must(read_text(path, text, sizeof(text)) > 0);
	snprintf(wanted, sizeof(wanted), "inotify wd:1 ino:%lx sdev:", (long)stat_.st_ino);
	ok(strstr(text, wanted), "fdinfo names the file");
	ok(strstr(text, " mask:80000020 ignored_mask:0 "), "and the mask");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	must(readlink(path, text, sizeof(text)) > 0);
	ok(strncmp(text, "anon_inode:inotify", 18) == 0, "the link says what it is");
}

static void many(void)
{
	int fd = inotify_init1(IN_NONBLOCK);
	char name[20];

	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		must(mkdir(name, 0755) == 0);
		must(inotify_add_watch(fd, name, IN_DELETE_SELF) == i + 1);
	}
	for (int i = 0; i < 2000; i += 2)
		must(inotify_rm_watch(fd, i + 1) == 0);
	must(strlen(events_of(fd)) > 0);
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		must(rmdir(name) == 0);
	}
	must(strncmp(events_of(fd), "2 DELETE_SELF, 2 IGNORED, 4 DELETE_SELF", 39) == 0);
	close(fd);
	ok(1, "two thousand watches come and go");
}

static void instances(void)
{
	char limit[40] = "";
	long most;
	int fd, count = 0;

	must(read_text("/proc/sys/fs/inotify/max_user_instances", limit, sizeof(limit)) > 0);
	most = strtol(limit, NULL, 10);
	become_user(4321);
	while ((fd = inotify_init()) >= 0)
		count++;
	is_int(errno, EMFILE, "too many instances");
	is_int(count, most, "as /proc/sys/fs/inotify says");
}

static void nameless(void)
{
	char path[64];
	int fd, file;

	must((file = open(".", O_TMPFILE_FLAGS | O_RDWR, 0600)) >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	fd = watch(path, IN_ALL_EVENTS);
	must(write(file, "x", 1) == 1);
	is_str(events_of(fd), "1 MODIFY", "a file without a name");
	must(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW) == 0);
	is_str(events_of(fd), "1 ATTRIB", "gets one");
	must(unlink("named") == 0);
	close(file);
	is_str(events_of(fd), "1 ATTRIB, 1 DELETE_SELF, 1 IGNORED", "and ends with its last name");
}

static const struct tap_case cases[] = {{"directory", directory, 0},
					{"times", times, 0},
					{"own_events", own_events, 0},
					{"open_when_unlinked", open_when_unlinked, 0},
					{"directory_itself", directory_itself, 0},
					{"moves", moves, 0},
					{"marks", marks, 0},
					{"arguments", arguments, 0},
					{"reading", reading, 0},
					{"overflow", overflow, 0},
					{"information", information, 0},
					{"many", many, 0},
					{"instances", instances, 0},
					{"nameless", nameless, 0}};

TAP_MAIN(cases)
