/*
 * Bytes out of turn: urgent ones, looks ahead, several messages at once; and how long calls wait.
 */
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "guest.h"

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

static char text[300]; /* what came last */

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
	long n = raw(SYS_recvfrom, fd, text, bytes, flags | MSG_DONTWAIT, 0, 0);

	text[n > 0 ? n : 0] = 0;
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
	is_str(text, "ab", "comes alone");
	is_int(at_mark(s[1]), 1, "there");
	is_int(take(s[1], 10, MSG_OOB | MSG_PEEK), 1, "a look");
	is_int(take(s[1], 10, MSG_OOB), 1, "the urgent byte");
	is_str(text, "c", "itself");
	is_int(take(s[1], 10, MSG_OOB), -EINVAL, "is read once");
	is_int(events_of(s[1]), POLLIN | POLLOUT, "no more");
	is_int(left(s[1]), 2, "what is left");
	is_int(take(s[1], 10, 0), 2, "what is behind it");
	is_str(text, "de", "comes then");
	is_int(at_mark(s[1]), 0, "the mark is behind");
}

static void urgent_order(void)
{
	make(SOCK_STREAM);
	must(send(s[0], "ab", 2, MSG_OOB) == 2 && write(s[0], "cd", 2) == 2);
	is_int(take(s[1], 10, MSG_OOB), 1, "read out of turn");
	is_int(take(s[1], 10, 0), 1, "what was before stops at the hole");
	is_str(text, "a", "it is left out");
	is_int(at_mark(s[1]), 1, "at the mark");
	is_int(take(s[1], 10, 0), 2, "then the rest");
	is_str(text, "cd", "behind it");
	must(send(s[0], "ab", 2, MSG_OOB) == 2 && send(s[0], "cd", 2, MSG_OOB) == 2);
	is_int(take(s[1], 10, 0), 3, "one that was overtaken is a byte like others");
	is_str(text, "abc", "in its place");
	is_int(take(s[1], 10, 0), -EAGAIN, "passing by the urgent byte drops it");
	is_int(take(s[1], 10, MSG_OOB), -EINVAL, "for good");
	must(send(s[0], "ab", 2, MSG_OOB) == 2 && write(s[0], "c", 1) == 1);
	is_int(take(s[1], 10, MSG_PEEK), 1, "a look stops before it");
	must(take(s[1], 1, 0) == 1);
	is_int(take(s[1], 10, MSG_PEEK), 1, "a look from it on");
	is_str(text, "c", "leaves it out");
	is_int(take(s[1], 10, MSG_OOB), 1, "it is still there");
	must(take(s[1], 10, 0) == 1);
	turn_on(s[1], SO_OOBINLINE);
	must(send(s[0], "ab", 2, MSG_OOB) == 2 && write(s[0], "c", 1) == 1);
	is_int(take(s[1], 10, MSG_OOB), -EINVAL, "in line it is not read apart");
	is_int(take(s[1], 10, 0), 1, "what is before");
	is_int(at_mark(s[1]), 1, "at the mark");
	is_int(take(s[1], 10, 0), 2, "it comes with the rest");
	is_str(text, "bc", "in line");
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
	is_str(text, "cde", "shows that");
	is_int(peek_offset(), 5, "and goes on");
	is_int(take(s[1], 3, MSG_PEEK), 3, "the next");
	is_str(text, "fgh", "look");
	is_int(take(s[1], 3, MSG_PEEK), -EAGAIN, "at the end there is nothing");
	is_int(take(s[1], 2, 0), 2, "a read");
	is_str(text, "ab", "takes from the front");
	is_int(peek_offset(), 6, "and the look stays where it was");
	peek_at(-1);
	is_int(take(s[1], 10, MSG_PEEK), 6, "off again");
	make(SOCK_DGRAM);
	peek_at(0);
	must(write(s[0], "abc", 3) == 3 && write(s[0], "def", 3) == 3);
	is_int(take(s[1], 2, MSG_PEEK), 2, "a part of a datagram");
	is_int(take(s[1], 9, MSG_PEEK), 1, "the rest of it");
	is_str(text, "c", "alone");
	is_int(take(s[1], 9, MSG_PEEK), 3, "the next");
	is_str(text, "def", "datagram");
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
		/* A byte would be taken before the signal is looked at, and is for a read that goes on alone. */
		if (want == 1) {
			sleep_ms(20);
			must(write(s[0], "x", 1) == 1);
		}
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
	{"urgent", urgent, 0},
	{"urgent_order", urgent_order, 0},
	{"told_by_signal", told_by_signal, 0},
	{"peeks", peeks, 0},
	{"several", several, 0},
	{"times", times, 0},
	{"signals_end", signals_end, 0},
};

TAP_MAIN(cases)
