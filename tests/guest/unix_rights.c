/*
 * Descriptors that are sent: with which bytes they come, who gets them, what happens to those that nobody gets, and
 * rings of sockets that lie in each other's queues.
 */
#include "unix_fds.h"

#include <sys/resource.h>

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

static int next_fd(void)
{
	int fd = dup(0);

	must(fd >= 0);
	close(fd);
	return fd;
}

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

static const struct tap_case cases[] = {
	{"stream_file", stream_file, 0},
	{"datagram_file", datagram_file, 0},
	{"packet_file", packet_file, 0},
	{"with_bytes", with_bytes, 0},
	{"datagram_empty", datagram_empty, 0},
	{"cut", cut, 0},
	{"refused", refused, 0},
	{"too_many", too_many, 0},
};

TAP_MAIN(cases)
