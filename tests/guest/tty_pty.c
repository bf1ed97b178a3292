/* Pseudo-terminals: making pairs, names and numbers, both ends' states, what comes back when they end. */
#include "tty.h"

#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static void names(void)
{
	struct pair p = pair_open();
	struct stat s;
	char path[64], link[64] = "";
	unsigned number = 77;
	int lock = 1;

	is_int(ioctl(p.master, TIOCGPTN, &number), 0, "TIOCGPTN");
	must(fstat(p.slave, &s) == 0);
	ok(S_ISCHR(s.st_mode), "the slave is a character device");
	is_int(major(s.st_rdev), 136, "major 136");
	is_int(minor(s.st_rdev), number, "minor is the number");
	is_int(s.st_uid, geteuid(), "owned by who opened the master");
	must(fstat(p.master, &s) == 0);
	is_int(s.st_rdev, makedev(5, 2), "the master is 5,2");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p.slave);
	must(readlink(path, link, sizeof(link) - 1) > 0);
	is_str(link, p.name, "the slave's name in /proc/self/fd");
	ok(isatty(p.master) && isatty(p.slave), "both are terminals");
	fails(ioctl(p.slave, TIOCGPTN, &number), ENOTTY, "the slave has no TIOCGPTN");
	must(ioctl(p.master, TIOCSPTLCK, &lock) == 0);
	fails(open(p.name, O_RDWR | O_NOCTTY), EIO, "a locked slave cannot be opened");
	lock = 7;
	is_int(ioctl(p.master, TIOCGPTLCK, &lock), 0, "TIOCGPTLCK");
	is_int(lock, 1, "says that it is locked");
	must(chmod(p.name, 0600) == 0 && stat(p.name, &s) == 0);
	is_int(s.st_mode & 0777, 0600, "its mode can be changed");
	close(p.master);
	fails(stat(p.name, &s), ENOENT, "the name ends with the master");
	close(p.slave);
}

static void numbers(void)
{
	struct pair a = pair_open(), b = pair_open();
	unsigned first = 0, second = 0, third = 0;

	must(ioctl(a.master, TIOCGPTN, &first) == 0 && ioctl(b.master, TIOCGPTN, &second) == 0);
	ok(first != second, "two pairs, two numbers");
	close(a.master);
	int other = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	must(other >= 0 && ioctl(other, TIOCGPTN, &third) == 0);
	ok(third != first, "a number is not given again while the slave is open");
	close(a.slave);
	close(other);
	pair_close(&b);
}

static void peer(void)
{
	struct pair p = pair_open();
	struct stat a, b;
	int fd = ioctl(p.master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

	ok(fd >= 0, "TIOCGPTPEER opens the slave");
	must(fstat(fd, &a) == 0 && fstat(p.slave, &b) == 0);
	ok(a.st_ino == b.st_ino && a.st_rdev == b.st_rdev, "the same one");
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC, "with O_CLOEXEC");
	pair_close(&p);
	close(fd);
}

static void bytes(void)
{
	struct pair p = pair_open();
	char text[64] = "";

	type(&p, "hello\n");
	is_int(queued(p.slave), 6, "FIONREAD of a line");
	is_int(read(p.slave, text, sizeof(text)), 6, "the slave reads the line");
	is_str(text, "hello\n", "as it was typed");
	is_str(shown(&p, "hello\r\n"), "hello\r\n", "its echo");
	must(write(p.slave, "out\n", 4) == 4);
	settle();
	is_int(queued(p.master), 5, "FIONREAD of the master");
	is_str(shown(&p, "out\r\n"), "out\r\n", "output is processed");
	type(&p, "\004");
	is_int(ready(p.slave, POLLIN, 10000) & POLLIN, POLLIN, "end of file is ready");
	is_int(read(p.slave, text, sizeof(text)), 0, "and reads as nothing");
	pair_close(&p);
}

static void states(void)
{
	struct pair p = pair_open();
	char text[64];
	int e = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN | EPOLLHUP | EPOLLET};

	must(e >= 0 && epoll_ctl(e, EPOLL_CTL_ADD, p.master, &event) == 0);
	is_int(epoll_wait(e, &event, 1, 0), 0, "epoll: nothing on the master");
	is_int(ready(p.master, POLLIN | POLLOUT, 0), POLLOUT, "master: room only");
	is_int(ready(p.slave, POLLIN | POLLOUT, 0), POLLOUT, "slave: room only");
	must(write(p.slave, "x", 1) == 1);
	is_int(epoll_wait(e, &event, 1, 10000), 1, "epoll: output");
	is_int(event.events, EPOLLIN, "to read");
	is_int(ready(p.master, POLLIN | POLLOUT, 10000), POLLIN | POLLOUT, "poll: the same");
	close(p.slave);
	settle();
	is_int(ready(p.master, POLLIN | POLLOUT, 0), POLLIN | POLLOUT | POLLHUP,
	       "slave closed: what it wrote, and POLLHUP");
	is_int(epoll_wait(e, &event, 1, 10000), 1, "epoll: the hang-up");
	is_int(event.events, EPOLLIN | EPOLLHUP, "with the byte");
	is_int(read(p.master, text, sizeof(text)), 1, "the byte can be read");
	fails(read(p.master, text, sizeof(text)), EIO, "then EIO");
	is_int(write(p.master, "kept\n", 5), 5, "the master may still write");
	p.slave = open(p.name, O_RDWR | O_NOCTTY);
	must(p.slave >= 0);
	is_int(ready(p.master, POLLIN, 0) & POLLHUP, 0, "opened again: no POLLHUP");
	is_int(ready(p.slave, POLLIN, 10000), POLLIN, "what was typed meanwhile is there");
	is_int(read(p.slave, text, sizeof(text)), 5, "and is read");
	close(e);
	pair_close(&p);
}

static void master_gone(void)
{
	struct pair p = pair_open();
	char text[16];
	int number;
	pid_t pid;

	if (in_child(&pid)) {
		close(p.master);
		_exit(read(p.slave, text, sizeof(text)) == -1 && errno == EIO ? 0 : 1);
	}
	wait_state(pid, 'S');
	close(p.master);
	is_exited(pid, 0, "a reader that waits gets EIO");
	is_int(read(p.slave, text, sizeof(text)), 0, "reading afterwards finds the end");
	fails(write(p.slave, "x", 1), EIO, "writing is EIO");
	is_int(ready(p.slave, POLLIN | POLLOUT, 0), POLLIN | POLLOUT | POLLERR | POLLHUP, "poll says all of it");
	fails(ioctl(p.slave, FIONREAD, &number), EIO, "ioctl is EIO");
	fails(ioctl(p.slave, TIOCSPGRP, &number), ENOTTY, "but TIOCSPGRP ENOTTY");
	close(p.slave);
}

static void writer_waits(void)
{
	struct pair p = pair_open();
	static char block[65536], back[65536];
	size_t total = 0;
	pid_t pid;

	modes(&p, 0, 0, 0);
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (char)(i * 7 + i / 251);
	if (in_child(&pid))
		_exit(write(p.slave, block, sizeof(block)) == sizeof(block) ? 0 : 1);
	while (total < sizeof(back)) {
		ssize_t n = read(p.master, back + total, sizeof(back) - total);
		must(n > 0);
		total += (size_t)n;
	}
	is_exited(pid, 0, "64 KiB of output through the pair");
	ok(memcmp(block, back, sizeof(block)) == 0, "nothing is lost or changed");
	if (in_child(&pid))
		_exit(write(p.master, block, sizeof(block)) == sizeof(block) ? 0 : 1);
	for (total = 0; total < sizeof(back);) {
		ssize_t n = read(p.slave, back + total, sizeof(back) - total);
		must(n > 0);
		total += (size_t)n;
	}
	is_exited(pid, 0, "64 KiB of input");
	ok(memcmp(block, back, sizeof(block)) == 0, "nothing is lost or changed");
	pair_close(&p);
}

static void not_waiting(void)
{
	struct pair p = pair_open();
	static char block[4096];
	ssize_t n, total = 0;

	must(fcntl(p.master, F_SETFL, O_RDWR | O_NONBLOCK) == 0 && fcntl(p.slave, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
	modes(&p, 0, 0, 0);
	fails(read(p.master, block, 1), EAGAIN, "nothing to read: EAGAIN at the master");
	fails(read(p.slave, block, 1), EAGAIN, "and at the slave");
	/* Linux hands bytes on by a worker of its own, so that there may be room again after a first EAGAIN. */
	do {
		while ((n = write(p.slave, block, sizeof(block))) > 0)
			total += n;
	} while (n == -1 && errno == EAGAIN && (settle(), ready(p.slave, POLLOUT, 0)) && total < 10000000);
	ok(n == -1 && errno == EAGAIN && total >= 4096, "a full slave: EAGAIN");
	is_int(ready(p.slave, POLLOUT, 0), 0, "no POLLOUT");
	while ((n = read(p.master, block, sizeof(block))) > 0 || (total > 0 && (settle(), 1))) {
		total -= n > 0 ? n : 0;
		if (total <= 0)
			break;
	}
	is_int(total, 0, "all of it is read");
	is_int(ready(p.slave, POLLOUT, 10000), POLLOUT, "room again");
	pair_close(&p);
}

static void window(void)
{
	struct pair p = pair_open();
	struct winsize size = {.ws_row = 24, .ws_col = 80}, got;

	must(ioctl(p.slave, TIOCGWINSZ, &got) == 0);
	is_int(got.ws_row + got.ws_col, 0, "no size at first");
	must(ioctl(p.master, TIOCSWINSZ, &size) == 0 && ioctl(p.slave, TIOCGWINSZ, &got) == 0);
	ok(got.ws_row == 24 && got.ws_col == 80, "set by the master, seen by the slave");
	size.ws_col = 132;
	must(ioctl(p.slave, TIOCSWINSZ, &size) == 0 && ioctl(p.master, TIOCGWINSZ, &got) == 0);
	is_int(got.ws_col, 132, "and the other way round");
	pair_close(&p);
}

static void wrong_calls(void)
{
	struct pair p = pair_open();
	int number = 0;

	fails(ioctl(p.slave, 0x541c /* TIOCLINUX */, &number), ENOTTY, "TIOCLINUX: it is no virtual console");
	fails(ioctl(p.slave, 0x5603 /* VT_GETSTATE */, &number), ENOTTY, "nor has it VT_GETSTATE");
	fails(ioctl(p.slave, 0x4b33 /* KDGKBTYPE */, &number), ENOTTY, "nor a keyboard");
	fails(ioctl(p.slave, TIOCPKT, &number), ENOTTY, "packet mode is the master's");
	fails(ioctl(p.slave, TCFLSH, 3), EINVAL, "TCFLSH 3");
	fails(ioctl(p.slave, TCXONC, 4), EINVAL, "TCXONC 4");
	fails(ioctl(p.slave, TCGETS, 8), EFAULT, "TCGETS nowhere");
	fails(lseek(p.slave, 0, SEEK_CUR), ESPIPE, "no position");
	fails(ioctl(p.slave, TIOCGPGRP, &number), ENOTTY, "not our controlling terminal: TIOCGPGRP");
	fails(ioctl(p.slave, TIOCGSID, &number), ENOTTY, "TIOCGSID");
	must(ioctl(p.master, TIOCGPGRP, &number) == 0);
	is_int(number, 0, "asked of the master: no group");
	pair_close(&p);
}

static int has_line(const char *path, const char *part)
{
	static char text[16384];

	must(read_text(path, text, sizeof(text)) > 0);
	return strstr(text, part) != NULL;
}

static void instances(void)
{
	unsigned number = 99;
	int unlocked = 0, fd;
	struct stat s;

	must(unshare(CLONE_NEWNS) == 0 || errno == EINVAL);
	must(mkdir("pts", 0755) == 0);
	must(mount("devpts", "pts", "devpts", 0, "newinstance,ptmxmode=0666,mode=0640,gid=7,max=2") == 0);
	fd = open("pts/ptmx", O_RDWR | O_NOCTTY);
	ok(fd >= 0, "ptmx of a mount of its own");
	must(ioctl(fd, TIOCGPTN, &number) == 0 && ioctl(fd, TIOCSPTLCK, &unlocked) == 0);
	is_int(number, 0, "with numbers of its own");
	must(stat("pts/0", &s) == 0);
	is_int(s.st_mode & 0777, 0640, "mode=");
	is_int(s.st_gid, 7, "gid=");
	int slave = ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	ok(slave >= 0, "its peer");
	int second = open("pts/ptmx", O_RDWR | O_NOCTTY);
	ok(second >= 0, "a second pair");
	fails(open("pts/ptmx", O_RDWR | O_NOCTTY), ENOSPC, "max=2: no third");
	ok(has_line("/proc/mounts", " devpts rw,relatime,gid=7,mode=640,ptmxmode=666,max=2 0 0"),
	   "options in /proc/mounts");
	is_int(mount(NULL, "pts", NULL, MS_REMOUNT, "ptmxmode=0600,max=9"), 0, "other options");
	must(stat("pts/ptmx", &s) == 0);
	is_int(s.st_mode & 0777, 0600, "ptmxmode=");
	must(mknod("ptmx", S_IFCHR | 0666, makedev(5, 2)) == 0);
	close(second);
	second = open("ptmx", O_RDWR | O_NOCTTY);
	ok(second >= 0, "a node 5,2 beside pts finds it");
	must(ioctl(second, TIOCGPTN, &number) == 0);
	is_int(number, 1, "and takes a number of it");
	close(second);
	close(slave);
	close(fd);
	is_int(umount("pts"), 0, "umount");
	fails(open("ptmx", O_RDWR | O_NOCTTY), ENODEV, "without pts beside it: ENODEV");
	fails(mount("devpts", "pts", "devpts", 0, "mode=0640,wrong=1"), EINVAL, "an unknown option");
}

static long pairs_now(void)
{
	char text[32];

	must(read_text("/proc/sys/kernel/pty/nr", text, sizeof(text)) > 0);
	return strtol(text, NULL, 10);
}

/* Pages that somebody uses, without those that caches keep ready. */
/* The kernel's pages; not those of processes, which depend on where their parts lie, nor what caches keep ready. */
static long memory_in_use(void)
{
	return proc_number("/proc/namu/resources", "pages_kernel");
}

/* 500 pairs with something in every queue, closed in both orders, twice: the second time takes no more memory. */
static void many(void)
{
	enum { PAIRS = 500 };
	static struct pair pairs[PAIRS];
	long before = pairs_now(), in_use = 0;

	struct rlimit limit = {2048, 2048};

	must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < PAIRS; i++) {
			pairs[i] = pair_open();
			must(write(pairs[i].master, "typed\nhalf", 10) == 10);
			must(write(pairs[i].slave, "out", 3) == 3);
		}
		is_int(pairs_now() - before, PAIRS, "500 pairs are counted");
		for (int i = 0; i < PAIRS; i++) {
			close(i % 2 ? pairs[i].master : pairs[i].slave);
			close(i % 2 ? pairs[i].slave : pairs[i].master);
		}
		is_int(pairs_now() - before, 0, "and gone when closed");
		if (is_namu() && round == 0)
			in_use = memory_in_use();
		if (is_namu() && round == 1)
			is_int(memory_in_use() - in_use, 0, "no more memory is in use after the second round");
	}
}

static const struct tap_case cases[] = {
	{"names", names, 0},
	{"numbers", numbers, 0},
	{"peer", peer, 0},
	{"bytes", bytes, 0},
	{"states", states, 0},
	{"master_gone", master_gone, 0},
	{"writer_waits", writer_waits, 0},
	{"not_waiting", not_waiting, 0},
	{"window", window, 0},
	{"wrong_calls", wrong_calls, 0},
	{"instances", instances, 0},
	{"many", many, 0},
};

TAP_MAIN(cases)
