/*
 * Who wrote a message: credentials that come with it, pidfds of writers and peers, the name that who asks is given.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "guest.h"

/* musl's CMSG_NXTHDR compares a length with a difference. */
#pragma GCC diagnostic ignored "-Wsign-compare"

#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#define SO_PEERPIDFD 77
#endif
#define SCM_CREDS      2
#define SCM_PIDFD_TYPE 4

static int s[2];

static void make(int type)
{
	must(socketpair(AF_UNIX, type, 0, s) == 0);
}

static void turn_on(int fd, int option)
{
	int one = 1;

	must(setsockopt(fd, SOL_SOCKET, option, &one, sizeof(one)) == 0);
}

struct writer {
	int pid, uid, gid;
};

static struct {
	int has_writer, pidfd, flags;
	struct writer writer;
	char text[300];
} got;

static long receive(int from, size_t bytes, size_t room, int flags)
{
	static char space[256] __attribute__((aligned(8)));
	struct iovec part = {got.text, bytes};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = (socklen_t)room};
	long result = raw(SYS_recvmsg, from, &m, flags);

	got.has_writer = 0;
	got.pidfd = -1;
	got.flags = m.msg_flags;
	if (result < 0)
		return result;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_type == SCM_CREDS && c->cmsg_len == CMSG_LEN(sizeof(got.writer))) {
			got.has_writer = 1;
			memcpy(&got.writer, CMSG_DATA(c), sizeof(got.writer));
		} else if (c->cmsg_type == SCM_PIDFD_TYPE) {
			memcpy(&got.pidfd, CMSG_DATA(c), sizeof(int));
		}
	}
	return result;
}

static long send_as(int to, const char *text, struct writer w, size_t length)
{
	char space[CMSG_SPACE(32)] __attribute__((aligned(8))) = {0};
	struct iovec part = {(void *)text, strlen(text)};
	struct msghdr m = {.msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = space,
			   .msg_controllen = (socklen_t)CMSG_SPACE(length)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_len = (socklen_t)CMSG_LEN(length);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_CREDS;
	memcpy(CMSG_DATA(c), &w, sizeof(w));
	return raw(SYS_sendmsg, to, &m, 0);
}

static void writers(int type)
{
	struct writer me = {getpid(), (int)getuid(), (int)getgid()}, other;
	pid_t pid;

	make(type);
	must(write(s[0], "x", 1) == 1);
	turn_on(s[1], SO_PASSCRED);
	is_int(receive(s[1], 10, 256, 0), 1, "sent before anybody asked");
	ok(got.has_writer && got.writer.pid == 0 && got.writer.uid == 65534 && got.writer.gid == 65534,
	   "by nobody (%d %d %d)", got.writer.pid, got.writer.uid, got.writer.gid);
	must(write(s[0], "y", 1) == 1);
	is_int(receive(s[1], 10, 256, 0), 1, "sent after that");
	ok(got.has_writer && memcmp(&got.writer, &me, sizeof(me)) == 0, "by this process (%d)", got.writer.pid);
	if (in_child(&pid)) {
		must(write(s[0], "c", 1) == 1);
		_exit(0);
	}
	is_exited(pid, 0, "a child writes");
	must(write(s[0], "p", 1) == 1);
	is_int(receive(s[1], 10, 256, 0), 1, "bytes of two writers come one by one");
	is_int(got.writer.pid, pid, "the child's");
	is_int(receive(s[1], 10, 256, 0), 1, "then");
	is_int(got.writer.pid, me.pid, "the parent's");
	is_int(send_as(s[0], "z", me, sizeof(me)), 1, "a true word");
	is_int(receive(s[1], 10, 256, 0), 1, "comes");
	is_int(got.writer.pid, me.pid, "as such");
	is_int(send_as(s[0], "z", me, sizeof(me) - 4), -EINVAL, "half a word");
	if (getuid() == 0) {
		other = (struct writer){getppid(), 1234, 4321};
		is_int(send_as(s[0], "z", other, sizeof(other)), 1, "root may say what it likes");
		is_int(receive(s[1], 10, 256, 0), 1, "comes");
		ok(memcmp(&got.writer, &other, sizeof(other)) == 0, "as it was said");
		other.pid = 4000000;
		is_int(send_as(s[0], "z", other, sizeof(other)), -ESRCH, "but of processes that there are");
		if (in_child(&pid)) {
			become_user(1000);
			me = (struct writer){getpid(), 1000, 1000};
			is_int(send_as(s[0], "t", me, sizeof(me)), 1, "a user says the truth");
			other = me;
			other.uid = 0;
			is_int(send_as(s[0], "z", other, sizeof(other)), -EPERM, "and nothing else of its user");
			other = me;
			other.gid = 0;
			is_int(send_as(s[0], "z", other, sizeof(other)), -EPERM, "of its group");
			other = me;
			other.pid = 1;
			is_int(send_as(s[0], "z", other, sizeof(other)), -EPERM, "of its process");
			_exit(tap.failed);
		}
		is_exited(pid, 0, "as a user");
		is_int(receive(s[1], 10, 256, 0), 1, "the true one comes");
		is_int(got.writer.uid, 1000, "from the user");
	} else {
		skip("other writers", "of root alone");
	}
	must(write(s[0], "v", 1) == 1);
	is_int(receive(s[1], 10, 0, 0), 1, "no room for the writer");
	is_int(got.flags & MSG_CTRUNC, MSG_CTRUNC, "is told");
	must(write(s[0], "v", 1) == 1);
	is_int(receive(s[1], 10, 20, 0), 1, "room for a part");
	is_int(got.flags & MSG_CTRUNC, MSG_CTRUNC, "is told too");
}

static void stream_writers(void)
{
	writers(SOCK_STREAM);
}
static void datagram_writers(void)
{
	writers(SOCK_DGRAM);
}
static void packet_writers(void)
{
	writers(SOCK_SEQPACKET);
}

static void pidfds(void)
{
	int one = 1, fd;
	socklen_t bytes = sizeof(fd);
	siginfo_t info;
	pid_t pid;

	make(SOCK_STREAM);
	if (setsockopt(s[1], SOL_SOCKET, SO_PASSPIDFD, &one, sizeof(one)) != 0) {
		skip("pidfds", "this Linux has none");
		return;
	}
	if (in_child(&pid)) {
		must(write(s[0], "x", 1) == 1);
		_exit(7);
	}
	is_int(receive(s[1], 10, 256, 0), 1, "a byte");
	ok(got.pidfd >= 0, "with a pidfd");
	is_int(fcntl(got.pidfd, F_GETFD), FD_CLOEXEC, "closed on exec");
	is_int(raw(SYS_waitid, 3 /* P_PIDFD */, got.pidfd, &info, WEXITED, 0), 0, "of the child");
	is_int(info.si_pid, pid, "which it is");
	must(getsockopt(s[1], SOL_SOCKET, SO_PEERPIDFD, &fd, &bytes) == 0);
	ok(fd >= 0 && bytes == sizeof(fd), "and one of the peer");
	is_int(raw(SYS_pidfd_send_signal, fd, 0, 0, 0), 0, "which is this process");
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	is_int(raw(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERPIDFD, &one, &bytes), -ENODATA, "no peer, no pidfd");
}

/* A socket that wants to know who writes has a name, so that it can be answered. */
static void named(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	socklen_t bytes = sizeof(a);
	int l = socket(AF_UNIX, SOCK_DGRAM, 0), c = socket(AF_UNIX, SOCK_DGRAM, 0);

	must(bind(l, (void *)&a, 2) == 0 && getsockname(l, (void *)&a, &bytes) == 0);
	turn_on(c, SO_PASSCRED);
	must(connect(c, (void *)&a, bytes) == 0);
	bytes = sizeof(a);
	must(getsockname(c, (void *)&a, &bytes) == 0);
	is_int(bytes, 8, "connect gives it one");
}

static const struct tap_case cases[] = {
	{"stream_writers", stream_writers, 0},
	{"datagram_writers", datagram_writers, 0},
	{"packet_writers", packet_writers, 0},
	{"pidfds", pidfds, 0},
	{"named", named, 0},
};

TAP_MAIN(cases)
