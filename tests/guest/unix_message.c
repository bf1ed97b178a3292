/*
 * What goes with messages beside descriptions: who wrote them, urgent bytes, looks ahead, several messages at once; and
 * how long calls wait.
 */
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
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

static int events_of(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP};

	must(poll(&p, 1, 0) >= 0);
	return p.revents;
}

/* ---- who wrote it ---- */

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

/* ---- urgent bytes ---- */

static int at_mark(int fd)
{
	int is_at = -1;

	must(ioctl(fd, SIOCATMARK, &is_at) == 0);
	return is_at;
}

static int left(int fd)
{
	int bytes = -1;

	must(ioctl(fd, FIONREAD, &bytes) == 0);
	return bytes;
}

static long take(int fd, int bytes, int flags)
{
	long n = raw(SYS_recvfrom, fd, got.text, bytes, flags | MSG_DONTWAIT, 0, 0);

	got.text[n > 0 ? n : 0] = 0;
	return n;
}

static void urgent(void)
{
	make(SOCK_STREAM);
	is_int(take(s[1], 1, MSG_OOB), -EINVAL, "nothing is urgent");
	is_int(raw(SYS_sendto, s[0], "", 0, MSG_OOB, 0, 0), -EOPNOTSUPP, "nothing cannot be");
	is_int(send(s[0], "abc", 3, MSG_OOB), 3, "the last byte is");
	must(write(s[0], "de", 2) == 2);
	is_int(events_of(s[1]), POLLIN | POLLOUT | POLLPRI, "poll knows");
	is_int(at_mark(s[1]), 0, "not yet there");
	is_int(take(s[1], 10, 0), 2, "what is before it");
	is_str(got.text, "ab", "comes alone");
	is_int(at_mark(s[1]), 1, "there");
	is_int(take(s[1], 10, MSG_OOB | MSG_PEEK), 1, "a look");
	is_int(take(s[1], 10, MSG_OOB), 1, "the urgent byte");
	is_str(got.text, "c", "itself");
	is_int(take(s[1], 10, MSG_OOB), -EINVAL, "is read once");
	is_int(events_of(s[1]), POLLIN | POLLOUT, "no more");
	is_int(left(s[1]), 2, "what is left");
	is_int(take(s[1], 10, 0), 2, "what is behind it");
	is_str(got.text, "de", "comes then");
	is_int(at_mark(s[1]), 0, "the mark is behind");
}

static void urgent_order(void)
{
	make(SOCK_STREAM);
	must(send(s[0], "ab", 2, MSG_OOB) == 2 && write(s[0], "cd", 2) == 2);
	is_int(take(s[1], 10, MSG_OOB), 1, "read out of turn");
	is_int(take(s[1], 10, 0), 1, "what was before stops at the hole");
	is_str(got.text, "a", "it is left out");
	is_int(at_mark(s[1]), 1, "at the mark");
	is_int(take(s[1], 10, 0), 2, "then the rest");
	is_str(got.text, "cd", "behind it");
	must(send(s[0], "ab", 2, MSG_OOB) == 2 && send(s[0], "cd", 2, MSG_OOB) == 2);
	is_int(take(s[1], 10, 0), 3, "one that was overtaken is a byte like others");
	is_str(got.text, "abc", "in its place");
	is_int(take(s[1], 10, 0), -EAGAIN, "passing by the urgent byte drops it");
	is_int(take(s[1], 10, MSG_OOB), -EINVAL, "for good");
	must(send(s[0], "ab", 2, MSG_OOB) == 2 && write(s[0], "c", 1) == 1);
	is_int(take(s[1], 10, MSG_PEEK), 1, "a look stops before it");
	must(take(s[1], 1, 0) == 1);
	is_int(take(s[1], 10, MSG_PEEK), 1, "a look from it on");
	is_str(got.text, "c", "leaves it out");
	is_int(take(s[1], 10, MSG_OOB), 1, "it is still there");
	must(take(s[1], 10, 0) == 1);
	turn_on(s[1], SO_OOBINLINE);
	must(send(s[0], "ab", 2, MSG_OOB) == 2 && write(s[0], "c", 1) == 1);
	is_int(take(s[1], 10, MSG_OOB), -EINVAL, "in line it is not read apart");
	is_int(take(s[1], 10, 0), 1, "what is before");
	is_int(at_mark(s[1]), 1, "at the mark");
	is_int(take(s[1], 10, 0), 2, "it comes with the rest");
	is_str(got.text, "bc", "in line");
}

static volatile sig_atomic_t signals, last_signal;

static void on_signal(int signal)
{
	signals++;
	last_signal = signal;
}

static void catch_signal(int signal, int flags)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};

	must(sigaction(signal, &action, NULL) == 0);
}

static void told_by_signal(void)
{
	catch_signal(SIGURG, 0);
	catch_signal(SIGIO, 0);
	make(SOCK_STREAM);
	must(fcntl(s[1], F_SETOWN, getpid()) == 0);
	must(send(s[0], "a", 1, MSG_OOB) == 1);
	is_int(signals, 1, "an urgent byte raises a signal");
	is_int(last_signal, SIGURG, "SIGURG");
	must(take(s[1], 1, MSG_OOB) == 1);
	must(fcntl(s[1], F_SETFL, O_ASYNC) == 0);
	signals = 0;
	must(write(s[0], "x", 1) == 1);
	is_int(signals, 1, "O_ASYNC: bytes raise one");
	is_int(last_signal, SIGIO, "SIGIO");
	signals = 0;
	close(s[0]);
	ok(signals >= 1, "the end too");
}

/* ---- looks ahead ---- */

static void peek_at(int offset)
{
	must(setsockopt(s[1], SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof(offset)) == 0);
}

static int peek_offset(void)
{
	int offset = 77;
	socklen_t bytes = sizeof(offset);

	must(getsockopt(s[1], SOL_SOCKET, SO_PEEK_OFF, &offset, &bytes) == 0);
	return offset;
}

static void peeks(void)
{
	make(SOCK_STREAM);
	is_int(peek_offset(), -1, "off at first");
	must(write(s[0], "abcdefgh", 8) == 8);
	peek_at(2);
	is_int(take(s[1], 3, MSG_PEEK), 3, "a look from 2 on");
	is_str(got.text, "cde", "shows that");
	is_int(peek_offset(), 5, "and goes on");
	is_int(take(s[1], 3, MSG_PEEK), 3, "the next");
	is_str(got.text, "fgh", "look");
	is_int(take(s[1], 3, MSG_PEEK), -EAGAIN, "at the end there is nothing");
	is_int(take(s[1], 2, 0), 2, "a read");
	is_str(got.text, "ab", "takes from the front");
	is_int(peek_offset(), 6, "and the look stays where it was");
	peek_at(-1);
	is_int(take(s[1], 10, MSG_PEEK), 6, "off again");
	make(SOCK_DGRAM);
	peek_at(0);
	must(write(s[0], "abc", 3) == 3 && write(s[0], "def", 3) == 3);
	is_int(take(s[1], 2, MSG_PEEK), 2, "a part of a datagram");
	is_int(take(s[1], 9, MSG_PEEK), 1, "the rest of it");
	is_str(got.text, "c", "alone");
	is_int(take(s[1], 9, MSG_PEEK), 3, "the next");
	is_str(got.text, "def", "datagram");
	is_int(take(s[1], 9, MSG_PEEK), -EAGAIN, "no more");
	is_int(take(s[1], 9, 0), 3, "read the first");
	is_int(peek_offset(), 3, "the look stays at the end");
}

/* ---- several at once ---- */

static void several(void)
{
	struct iovec out[3] = {{"one", 3}, {"two!", 4}, {"three", 5}}, in[5];
	struct mmsghdr m[5];
	char text[5][8];
	struct timespec none = {0, 0}, bad = {0, -1};

	make(SOCK_DGRAM);
	memset(m, 0, sizeof(m));
	for (int i = 0; i < 3; i++) {
		m[i].msg_hdr.msg_iov = &out[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	is_int(raw(SYS_sendmmsg, s[0], m, 3, 0), 3, "three messages");
	is_int(m[1].msg_len, 4, "each with its length");
	memset(m, 0, sizeof(m));
	for (int i = 0; i < 5; i++) {
		in[i] = (struct iovec){text[i], 8};
		m[i].msg_hdr.msg_iov = &in[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	is_int(raw(SYS_recvmmsg, s[1], m, 2, 0, 0), 2, "two of them");
	ok(m[0].msg_len == 3 && m[1].msg_len == 4 && memcmp(text[1], "two!", 4) == 0, "as they were sent");
	is_int(raw(SYS_recvmmsg, s[1], m, 5, MSG_WAITFORONE, 0), 1, "MSG_WAITFORONE: what is there");
	is_int(raw(SYS_recvmmsg, s[1], m, 5, MSG_DONTWAIT, 0), -EAGAIN, "nothing");
	is_int(raw(SYS_recvmmsg, s[1], m, 5, 0, &bad), -EINVAL, "a bad time");
	is_int(raw(SYS_recvmmsg, s[1], m, 5, 0, 8), -EFAULT, "a time nowhere");
	must(write(s[0], "a", 1) == 1 && write(s[0], "b", 1) == 1);
	is_int(raw(SYS_recvmmsg, s[1], m, 5, 0, &none), 1, "a time that is over ends it behind the first");
	is_int(raw(SYS_recvmmsg, 0, m, 5, 0, 0), -ENOTSOCK, "no socket");
	is_int(raw(SYS_sendmmsg, s[0], 8, 1, 0), -EFAULT, "nowhere");
	is_int(raw(SYS_sendmmsg, s[0], m, 0, 0), 0, "none");
	must(read(s[1], text[0], 8) == 1);
	/* A message that fails behind one that does not. */
	m[0].msg_hdr.msg_iov = &out[0];
	m[1].msg_hdr.msg_iov = (void *)8;
	is_int(raw(SYS_sendmmsg, s[0], m, 2, 0), 1, "one went");
	is_int(raw(SYS_recvmmsg, s[1], m + 1, 1, MSG_DONTWAIT, 0), -EFAULT, "a receiver nowhere");
}

/* ---- how long ---- */

static void set_time(int fd, int option, long ms)
{
	struct timeval time = {ms / 1000, ms % 1000 * 1000};

	must(setsockopt(fd, SOL_SOCKET, option, &time, sizeof(time)) == 0);
}

static void times(void)
{
	static char block[300000];
	struct timeval time = {0, 1000000};
	socklen_t bytes = sizeof(time);
	int64_t start;

	make(SOCK_STREAM);
	is_int(raw(SYS_setsockopt, s[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)), -EDOM,
	       "a second of microseconds");
	is_int(raw(SYS_setsockopt, s[0], SOL_SOCKET, SO_RCVTIMEO, &time, 8), -EINVAL, "half a time");
	set_time(s[0], SO_RCVTIMEO, 1500);
	must(getsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &time, &bytes) == 0);
	ok(time.tv_sec == 1 && time.tv_usec == 500000 && bytes == sizeof(time), "told as it was set");
	set_time(s[0], SO_RCVTIMEO, 30);
	start = now_ns();
	is_int(raw(SYS_read, s[0], block, 1), -EAGAIN, "a read that takes too long");
	ok(now_ns() - start >= 29000000, "after its time");
	must(write(s[1], "ab", 2) == 2);
	is_int(raw(SYS_recvfrom, s[0], block, 10, MSG_WAITALL, 0, 0), 2, "what came in that time counts");
	set_time(s[0], SO_SNDTIMEO, 30);
	start = now_ns();
	long n = raw(SYS_write, s[0], block, sizeof(block));
	ok(n > 0 && n < (long)sizeof(block), "a write that takes too long (%ld)", n);
	ok(now_ns() - start >= 29000000, "after its time");
	is_int(raw(SYS_write, s[0], block, 1), -EAGAIN, "and one that cannot begin");
	make(SOCK_DGRAM);
	set_time(s[0], SO_RCVTIMEO, 30);
	is_int(raw(SYS_read, s[0], block, 1), -EAGAIN, "a datagram that does not come");
}

static void interrupted(int flags, long time, long want, const char *what)
{
	pid_t pid, parent = getpid();
	char c;

	signals = 0;
	catch_signal(SIGUSR1, flags);
	make(SOCK_STREAM);
	if (time)
		set_time(s[1], SO_RCVTIMEO, time);
	if (in_child(&pid)) {
		close(s[1]);
		wait_state(parent, 'S');
		kill(parent, SIGUSR1);
		sleep_ms(20);
		must(write(s[0], "x", 1) == 1);
		_exit(0);
	}
	is_int(raw(SYS_read, s[1], &c, 1), want, "%s", what);
	is_int(signals, 1, "after its signal");
	is_exited(pid, 0, "the writer");
}

static void signals_end(void)
{
	interrupted(0, 0, -EINTR, "a signal ends a read");
	interrupted(SA_RESTART, 0, 1, "which is begun anew where that is asked for");
	interrupted(SA_RESTART, 10000, -EINTR, "but not one with a time");
}

static const struct tap_case cases[] = {
	{"stream_writers", stream_writers, 0},
	{"datagram_writers", datagram_writers, 0},
	{"packet_writers", packet_writers, 0},
	{"pidfds", pidfds, 0},
	{"named", named, 0},
	{"urgent", urgent, 0},
	{"urgent_order", urgent_order, 0},
	{"told_by_signal", told_by_signal, 0},
	{"peeks", peeks, 0},
	{"several", several, 0},
	{"times", times, 0},
	{"signals_end", signals_end, 0},
};

TAP_MAIN(cases)
