/*
 * Descriptors that are sent: with which bytes they come, who gets them, what happens to those that nobody gets, and
 * rings of sockets that lie in each other's queues.
 */
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "guest.h"

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

#define MOST 253

static int s[2];

static void make(int type)
{
	must(socketpair(AF_UNIX, type, 0, s) == 0);
}

union space {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int) * (MOST + 1))];
};

static long send_fds(int to, const void *text, size_t bytes, const int *fds, int count, int flags)
{
	union space space;
	struct iovec part = {(void *)text, bytes};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};

	memset(&space, 0, sizeof(space));
	if (count) {
		m.msg_control = space.bytes;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
		space.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count),
						.cmsg_level = SOL_SOCKET,
						.cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&space.header), fds, sizeof(int) * (size_t)count);
	}
	return raw(SYS_sendmsg, to, &m, flags);
}

static struct {
	int fds[MOST];
	int count;
	int flags;
	size_t control;
	char text[256];
} got;

/* Room for `room` descriptors; negative: no control buffer. */
static long receive(int from, size_t bytes, int room, int flags)
{
	static union space space;
	struct iovec part = {got.text, bytes};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
	long result;

	if (room >= 0) {
		m.msg_control = space.bytes;
		m.msg_controllen = room ? CMSG_LEN(sizeof(int) * (size_t)room) : 0;
	}
	result = raw(SYS_recvmsg, from, &m, flags);
	got.count = 0;
	got.flags = m.msg_flags;
	got.control = m.msg_controllen;
	struct cmsghdr *c = result < 0 ? NULL : CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		got.count = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(got.fds, CMSG_DATA(c), sizeof(int) * (size_t)got.count);
	}
	return result;
}

static void close_got(void)
{
	for (int i = 0; i < got.count; i++)
		must(close(got.fds[i]) == 0);
}

static int next_fd(void)
{
	int fd = dup(0);

	must(fd >= 0);
	close(fd);
	return fd;
}

/* ---- what comes ---- */

static void one_file(int type)
{
	int file = open("file", O_RDWR | O_CREAT, 0600);
	struct stat a, b;
	char text[8];

	make(type);
	must(write(file, "abcdef", 6) == 6 && lseek(file, 2, SEEK_SET) == 2);
	is_int(send_fds(s[0], "x", 1, &file, 1, 0), 1, "send a file");
	must(fstat(file, &a) == 0);
	close(file);
	is_int(receive(s[1], 10, 4, 0), 1, "receive it");
	is_int(got.count, 1, "one descriptor");
	is_int(got.control, CMSG_SPACE(sizeof(int)), "of that length");
	is_int(got.flags, 0, "nothing is cut");
	is_int(got.fds[0], file, "the smallest number");
	must(fstat(got.fds[0], &b) == 0);
	ok(a.st_ino == b.st_ino && a.st_dev == b.st_dev, "the same file");
	is_int(read(got.fds[0], text, 8), 4, "at the same position");
	is_int(fcntl(got.fds[0], F_GETFD), 0, "not closed on exec");
	is_int(send_fds(s[0], "x", 1, got.fds, 1, 0), 1, "send it again");
	is_int(receive(s[1], 10, 4, MSG_CMSG_CLOEXEC), 1, "receive it");
	is_int(fcntl(got.fds[0], F_GETFD), FD_CLOEXEC, "closed on exec when asked for");
	ok(got.flags == (int)MSG_CMSG_CLOEXEC || got.flags == 0, "the flags (%x)", got.flags);
}

static void stream_file(void)
{
	one_file(SOCK_STREAM);
}
static void datagram_file(void)
{
	one_file(SOCK_DGRAM);
}
static void packet_file(void)
{
	one_file(SOCK_SEQPACKET);
}

/* With which bytes of a stream they come. */
static void with_bytes(void)
{
	int fds[2] = {0, 1};

	make(SOCK_STREAM);
	must(write(s[0], "ab", 2) == 2 && send_fds(s[0], "cd", 2, fds, 2, 0) == 2 && write(s[0], "ef", 2) == 2);
	is_int(receive(s[1], 100, 4, 0), 4, "what is before them comes too, what is behind not");
	is_int(got.count, 2, "with the descriptors");
	close_got();
	is_int(receive(s[1], 100, 4, 0), 2, "the rest");
	is_int(got.count, 0, "without");
	must(write(s[0], "ab", 2) == 2 && send_fds(s[0], "cdef", 4, fds, 2, 0) == 4);
	is_int(receive(s[1], 2, 4, 0), 2, "bytes before them");
	is_int(got.count, 0, "come alone");
	is_int(receive(s[1], 1, 4, 0), 1, "the first byte");
	is_int(got.count, 2, "brings all");
	close_got();
	is_int(receive(s[1], 100, 4, 0), 3, "the others are plain");
	is_int(got.count, 0, "bytes");
	must(send_fds(s[0], "a", 1, fds, 1, 0) == 1 && send_fds(s[0], "b", 1, fds + 1, 1, 0) == 1);
	is_int(receive(s[1], 100, 4, MSG_WAITALL), 1, "two messages are not one, even when all is waited for");
	is_int(got.count, 1, "each has its own");
	close_got();
	is_int(receive(s[1], 100, 4, 0), 1, "the other");
	is_int(got.count, 1, "too");
	close_got();
	is_int(send_fds(s[0], "", 0, fds, 1, 0), 0, "without bytes they go nowhere");
	is_int(receive(s[1], 100, 4, MSG_DONTWAIT), -EAGAIN, "nothing came");
	must(send_fds(s[0], "abc", 3, fds, 2, 0) == 3);
	is_int(receive(s[1], 2, 4, MSG_PEEK), 2, "a look");
	is_int(got.count, 2, "gives them as well");
	close_got();
	is_int(receive(s[1], 100, 4, 0), 3, "and the read");
	is_int(got.count, 2, "once more");
	close_got();
	must(send_fds(s[0], "abc", 3, fds, 2, 0) == 3);
	int there = next_fd();
	is_int(read(s[1], got.text, 100), 3, "read takes bytes alone");
	is_int(next_fd(), there, "the descriptors are closed");
}

static void datagram_empty(void)
{
	int fds[2] = {0, 1};

	make(SOCK_DGRAM);
	is_int(send_fds(s[0], "", 0, fds, 2, 0), 0, "an empty datagram");
	is_int(receive(s[1], 10, 4, 0), 0, "comes");
	is_int(got.count, 2, "with descriptors");
}

/* Less room than descriptors. */
static void cut(void)
{
	int fds[3] = {0, 1, 2}, there;

	make(SOCK_DGRAM);
	there = next_fd();
	must(send_fds(s[0], "x", 1, fds, 3, 0) == 1);
	is_int(receive(s[1], 10, 2, 0), 1, "room for two");
	is_int(got.count, 2, "brings two");
	is_int(got.flags, MSG_CTRUNC, "and says so");
	close_got();
	must(send_fds(s[0], "x", 1, fds, 3, 0) == 1);
	is_int(receive(s[1], 10, 0, 0), 1, "no room");
	is_int(got.flags, MSG_CTRUNC, "says so");
	must(send_fds(s[0], "x", 1, fds, 3, 0) == 1);
	is_int(receive(s[1], 10, -1, 0), 1, "no buffer");
	is_int(got.flags, MSG_CTRUNC, "says so");
	is_int(next_fd(), there, "nothing is left open");
	struct rlimit few = {(rlim_t)there + 2, (rlim_t)there + 2};
	must(send_fds(s[0], "x", 1, fds, 3, 0) == 1 && setrlimit(RLIMIT_NOFILE, &few) == 0);
	is_int(receive(s[1], 10, 5, 0), 1, "no numbers left");
	is_int(got.count, 2, "after two");
	is_int(got.flags, MSG_CTRUNC, "is told");
}

static void refused(void)
{
	int fds[MOST + 1], bad[2] = {0, 999}, path, there, zero = 0;
	struct msghdr m = {0};
	union space space;

	make(SOCK_STREAM);
	for (int i = 0; i <= MOST; i++)
		fds[i] = 0;
	there = next_fd();
	is_int(send_fds(s[0], "x", 1, fds, MOST, 0), 1, "253 descriptors");
	is_int(receive(s[1], 10, MOST, 0), 1, "come");
	is_int(got.count, MOST, "all");
	close_got();
	is_int(send_fds(s[0], "x", 1, fds, MOST + 1, 0), -EINVAL, "254 are too many");
	is_int(send_fds(s[0], "x", 1, bad, 2, 0), -EBADF, "one that is not open");
	is_int(receive(s[1], 10, 4, MSG_DONTWAIT), -EAGAIN, "sends nothing");
	path = open(".", O_PATH);
	is_int(send_fds(s[0], "x", 1, &path, 1, 0), 1, "one that only names a place");
	is_int(receive(s[1], 10, 4, 0), 1, "comes");
	close_got();
	close(path);
	memset(&space, 0, sizeof(space));
	m.msg_control = &space;
	m.msg_controllen = CMSG_SPACE(sizeof(int));
	space.header = (struct cmsghdr){.cmsg_len = 5, .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
	is_int(raw(SYS_sendmsg, s[0], &m, 0), -EINVAL, "a header that is too short");
	space.header.cmsg_len = 500;
	is_int(raw(SYS_sendmsg, s[0], &m, 0), -EINVAL, "one that is too long");
	space.header.cmsg_len = CMSG_LEN(sizeof(int));
	space.header.cmsg_type = 77;
	is_int(raw(SYS_sendmsg, s[0], &m, 0), -EINVAL, "an unknown type");
	space.header.cmsg_type = 3;
	is_int(raw(SYS_sendmsg, s[0], &m, 0), -EINVAL, "SCM_SECURITY");
	space.header.cmsg_level = 77;
	is_int(raw(SYS_sendmsg, s[0], &m, 0), 0, "another level is let pass");
	m.msg_control = (void *)8;
	is_int(raw(SYS_sendmsg, s[0], &m, 0), -EFAULT, "control messages nowhere");
	m.msg_controllen = 0x80000000u;
	is_int(raw(SYS_sendmsg, s[0], &m, 0), -ENOBUFS, "too many of them");
	m.msg_controllen = 0;
	m.msg_iovlen = 1025;
	is_int(raw(SYS_sendmsg, s[0], &m, 0), -EMSGSIZE, "too many parts");
	is_int(raw(SYS_sendmsg, s[0], 8, 0), -EFAULT, "a message nowhere");
	is_int(raw(SYS_recvmsg, s[0], 8, 0), -EFAULT, "either way");
	is_int(next_fd(), there, "nothing is left open");
	if (setsockopt(s[1], SOL_SOCKET, SO_PASSRIGHTS, &zero, sizeof(zero)) == 0)
		is_int(send_fds(s[0], "x", 1, fds, 1, 0), -EPERM, "who does not take them gets none");
	else
		skip("SO_PASSRIGHTS", "is not known");
}

static void too_many(void)
{
	int fds[MOST];
	struct rlimit few = {64, 64};
	pid_t pid;

	make(SOCK_DGRAM);
	for (int i = 0; i < MOST; i++)
		fds[i] = 0;
	if (getuid() != 0) {
		skip("limits", "of root alone");
		return;
	}
	if (in_child(&pid)) {
		must(setrlimit(RLIMIT_NOFILE, &few) == 0);
		become_user(54321);
		is_int(send_fds(s[0], "x", 1, fds, MOST, 0), 1, "beyond the limit by one message");
		is_int(send_fds(s[0], "x", 1, fds, 1, 0), -ETOOMANYREFS, "no more");
		is_int(receive(s[1], 10, 0, 0), 1, "until they are read");
		is_int(send_fds(s[0], "x", 1, fds, 1, 0), 1, "then again");
		_exit(tap.failed);
	}
	is_exited(pid, 0, "as a user");
}

/* ---- what nobody gets ---- */

/* The reading end of a pipe whose writing end is sent: it hears of the end when nobody can receive that any more. */
static int sent_end(int to)
{
	int ends[2];

	must(pipe(ends) == 0 && send_fds(to, "x", 1, &ends[1], 1, 0) == 1);
	close(ends[1]);
	return ends[0];
}

static int is_over(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 5000) == 1 && (p.revents & POLLHUP);
}

static int is_open(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 0;
}

static void unread(int type)
{
	int end;

	make(type);
	end = sent_end(s[0]);
	close(s[0]);
	ok(is_open(end), "still to be received");
	close(s[1]);
	ok(is_over(end), "closed with the socket");
}

static void stream_unread(void)
{
	unread(SOCK_STREAM);
}
static void datagram_unread(void)
{
	unread(SOCK_DGRAM);
}

static void own_queue(int type)
{
	int end;

	make(type);
	end = sent_end(s[0]);
	must(send_fds(s[0], "y", 1, &s[1], 1, 0) == 1);
	close(s[0]);
	ok(is_open(end), "somebody has it");
	close(s[1]);
	ok(is_over(end), "a socket in its own queue is given up");
}

static void stream_own(void)
{
	own_queue(SOCK_STREAM);
}
static void datagram_own(void)
{
	own_queue(SOCK_DGRAM);
}

static void ring_of_two(void)
{
	int a[2], b[2], end;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, a) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, b) == 0);
	end = sent_end(a[0]);
	must(send_fds(a[0], "x", 1, &b[1], 1, 0) == 1 && send_fds(b[0], "x", 1, &a[1], 1, 0) == 1);
	close(a[0]);
	close(a[1]);
	ok(is_open(end), "one of two is held");
	/* b[1] has a[1] in its queue, a[1] has b[1]; b[1] is still ours. */
	is_int(receive(b[1], 1, 4, 0), 1, "the other can be received");
	is_int(got.count, 1, "through the first");
	int back = got.fds[0];
	is_int(receive(back, 1, 4, 0), 1, "and what lies in its queue");
	close_got();
	must(send_fds(b[0], "x", 1, &back, 1, 0) == 1);
	end = sent_end(b[0]);
	close(back);
	close(b[0]);
	close(b[1]);
	ok(is_over(end), "both are given up");
}

static void listener_ring(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "sock"};
	int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0), end;

	must(bind(l, (void *)&a, sizeof(a)) == 0 && listen(l, 5) == 0 && connect(c, (void *)&a, sizeof(a)) == 0);
	end = sent_end(c);
	must(send_fds(c, "x", 1, &l, 1, 0) == 1);
	close(c);
	ok(is_open(end), "a connection that may be accepted");
	close(l);
	ok(is_over(end), "a listening socket in the queue of a connection to it");
}

/* A long chain, each in the queue of the next: ended one after another, not one within another. */
static void chain(void)
{
	int last[2], next[2], end;

	must(socketpair(AF_UNIX, SOCK_DGRAM, 0, last) == 0);
	end = sent_end(last[0]);
	for (int i = 0; i < 3000; i++) {
		must(socketpair(AF_UNIX, SOCK_DGRAM, 0, next) == 0);
		must(send_fds(next[0], "x", 1, last, 2, 0) == 1);
		close(last[0]);
		close(last[1]);
		memcpy(last, next, sizeof(last));
	}
	ok(is_open(end), "a chain of 3000");
	close(last[0]);
	close(last[1]);
	ok(is_over(end), "is given up");
}

static long resource(const char *name)
{
	return proc_number("/proc/namu/resources", name);
}

static void rings_at_once(void)
{
	int fds[8][2];

	for (int i = 0; i < 8; i++)
		must(socketpair(AF_UNIX, i & 1 ? SOCK_DGRAM : SOCK_STREAM, 0, fds[i]) == 0);
	for (int i = 0; i < 8; i++) {
		int others[4] = {fds[(i + 1) % 8][0], fds[(i + 3) % 8][1], fds[i][0], fds[i][1]};
		must(send_fds(fds[i][0], "x", 1, others, 4, 0) == 1);
		must(send_fds(fds[i][1], "x", 1, others, 4, 0) == 1);
	}
	for (int i = 0; i < 8; i++) {
		close(fds[i][0]);
		close(fds[i][1]);
	}
}

static void counts(void)
{
	static const char *const names[] = {"slab_unix_socket", "slab_unix_message", "slab_unix_mark",
					    "slab_unix_user",   "slab_file",         "slab_unix_address"};
	long before[count_of(names)];

	rings_at_once();
	for (size_t i = 0; i < count_of(names); i++)
		before[i] = resource(names[i]);
	for (int i = 0; i < 300; i++)
		rings_at_once();
	for (int i = 0; i < 10000; i++) {
		must(socketpair(AF_UNIX, i & 1 ? SOCK_DGRAM : SOCK_STREAM, 0, s) == 0);
		must(send_fds(s[0], "some bytes", 10, s, 2, 0) == 10);
		close(s[0]);
		close(s[1]);
	}
	if (!is_namu()) {
		skip("counts", "of Namu alone");
		return;
	}
	for (size_t i = 0; i < count_of(names); i++)
		is_int(resource(names[i]), before[i], "%s is what it was", names[i]);
}

/* Sockets go to and fro while others end: nothing that can be received is given up. */
static void collect_races(void)
{
	int ends[2];
	pid_t pid[3];

	for (int p = 0; p < 2; p++) {
		if (!in_child(&pid[p]))
			continue;
		for (int i = 0; i < 300; i++)
			rings_at_once();
		_exit(0);
	}
	if (in_child(&pid[2])) {
		make(SOCK_STREAM);
		for (int i = 0; i < 1500; i++) {
			must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
			must(send_fds(ends[0], "z", 1, &ends[0], 1, 0) == 1);
			must(send_fds(s[0], "x", 1, &ends[1], 1, 0) == 1);
			close(ends[0]);
			close(ends[1]);
			must(receive(s[1], 1, 4, 0) == 1 && got.count == 1);
			int inner = got.fds[0];
			must(receive(inner, 1, 4, 0) == 1 && got.count == 1);
			close_got();
			close(inner);
		}
		_exit(0);
	}
	for (int p = 0; p < 3; p++)
		is_exited(pid[p], 0, "process %d", p);
}

static const struct tap_case cases[] = {
	{"stream_file", stream_file, 0},
	{"datagram_file", datagram_file, 0},
	{"packet_file", packet_file, 0},
	{"with_bytes", with_bytes, 0},
	{"datagram_empty", datagram_empty, 0},
	{"cut", cut, 0},
	{"refused", refused, 0},
	{"too_many", too_many, 0},
	{"stream_unread", stream_unread, 0},
	{"datagram_unread", datagram_unread, 0},
	{"stream_own", stream_own, 0},
	{"datagram_own", datagram_own, 0},
	{"ring_of_two", ring_of_two, 0},
	{"listener_ring", listener_ring, 0},
	{"chain", chain, 0},
	{"counts", counts, 120},
	{"collect_races", collect_races, 120},
};

TAP_MAIN(cases)
