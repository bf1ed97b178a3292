/*
 * Listening, connecting and accepting; whom datagrams go to; who the peer is.
 */
#include "unix_name.h"

#include <sys/epoll.h>
#include <sys/time.h>

/* ---- connections ---- */

static void accepting(void)
{
	struct name n = path_name("sock"), mine = abstract_name("mine");
	int a = make(SOCK_STREAM), c = make(SOCK_STREAM), d;
	char text[8];

	is_int(raw(SYS_listen, a, 5), -EINVAL, "listen without a name");
	is_int(raw(SYS_listen, make(SOCK_DGRAM), 5), -EOPNOTSUPP, "datagrams");
	must(do_bind(a, n) == 0);
	is_int(raw(SYS_accept, a, 0, 0), -EINVAL, "accept without listen");
	is_int(raw(SYS_accept, make(SOCK_DGRAM), 0, 0), -EOPNOTSUPP, "of datagrams");
	is_int(option(a, SO_ACCEPTCONN), 0, "SO_ACCEPTCONN before");
	is_int(raw(SYS_listen, a, 5), 0, "listen");
	is_int(raw(SYS_listen, a, 3), 0, "and again");
	is_int(option(a, SO_ACCEPTCONN), 1, "SO_ACCEPTCONN after");
	is_int(events_of(a), 0, "nobody waits");
	is_int(raw(SYS_read, a, text, 1), -EINVAL, "there is nothing to read");
	is_int(raw(SYS_write, a, text, 1), -ENOTCONN, "nor to write");
	must(fcntl(a, F_SETFL, O_NONBLOCK) == 0);
	is_int(raw(SYS_accept, a, 0, 0), -EAGAIN, "accept does not wait");
	is_int(raw(SYS_accept4, a, 0, 0, 1), -EINVAL, "an unknown flag");
	must(do_bind(c, mine) == 0);
	is_int(do_connect(c, n), 0, "connect");
	is_int(do_connect(c, n), -EISCONN, "twice");
	is_int(do_connect(a, n), -EINVAL, "the listening one");
	is_int(raw(SYS_listen, c, 5), -EINVAL, "the connected one does not listen");
	is_int(events_of(a), POLLIN, "somebody waits");
	is_int(write(c, "early", 5), 5, "a word before it is accepted");
	struct sockaddr_un got;
	socklen_t bytes = sizeof(got);
	d = (int)raw(SYS_accept4, a, &got, &bytes, SOCK_CLOEXEC | SOCK_NONBLOCK);
	ok(d >= 0, "accept");
	ok(bytes == mine.bytes && memcmp(&got, &mine.a, bytes) == 0, "tells who it is");
	is_int(fcntl(d, F_GETFD), FD_CLOEXEC, "closed on exec");
	is_int(fcntl(d, F_GETFL), O_RDWR | O_NONBLOCK, "does not block");
	is_int(read(d, text, 8), 5, "the word came");
	is_name(d, 0, n, "the server's name");
	is_name(d, 1, mine, "the client's");
	is_name(c, 1, n, "and from the client");
	close(c);
	is_int(read(d, text, 8), 0, "the end");
	is_name(d, 1, mine, "the name of one that has gone");
}

static void backlog(void)
{
	struct name n = path_name("sock");
	int a = listening(SOCK_STREAM, n, 1), c, made = 0;
	struct timeval soon = {0, 20000};
	pid_t pid;

	for (;;) {
		c = make(SOCK_STREAM | SOCK_NONBLOCK);
		long result = do_connect(c, n);
		if (result) {
			is_int(result, -EAGAIN, "one too many");
			break;
		}
		made++;
	}
	is_int(made, 2, "connections that a backlog of 1 takes");
	c = make(SOCK_STREAM);
	must(setsockopt(c, SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon)) == 0);
	is_int(do_connect(c, n), -EAGAIN, "a time-out");
	if (in_child(&pid))
		_exit(do_connect(make(SOCK_STREAM), n) == 0 ? 0 : 1);
	wait_state(pid, 'S');
	must(accept(a, NULL, NULL) >= 0);
	is_exited(pid, 0, "room lets one that waits connect");
	if (in_child(&pid)) {
		close(a);
		_exit((int)-do_connect(make(SOCK_STREAM), n));
	}
	wait_state(pid, 'S');
	close(a);
	is_exited(pid, ECONNREFUSED, "the end of the listening one refuses it");
	char text[1];
	is_int(raw(SYS_read, c, text, 1), -EINVAL, "the one that waited is not connected");
}

static void pending_end(void)
{
	struct name n = path_name("sock");
	int a = listening(SOCK_STREAM, n, 5), c = make(SOCK_STREAM);
	struct timeval soon = {0, 20000};
	char text[1];

	must(do_connect(c, n) == 0);
	close(a);
	is_int(raw(SYS_read, c, text, 1), -ECONNRESET, "never accepted");
	is_int(raw(SYS_read, c, text, 1), 0, "then the end");
	a = listening(SOCK_STREAM, path_name("sock2"), 5);
	must(setsockopt(a, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon)) == 0);
	is_int(raw(SYS_accept, a, 0, 0), -EAGAIN, "accept with a time-out");
	must(shutdown(a, SHUT_RD) == 0);
	is_int(do_connect(make(SOCK_STREAM), path_name("sock2")), -ECONNREFUSED, "a listening one that was shut");
	is_int(raw(SYS_accept, a, 0, 0), -EINVAL, "accepts nobody");
}

static void talk(int type)
{
	struct name n = path_name("sock");
	int a = listening(type, n, 5), left = 40;
	char text[8];
	pid_t pid;

	if (in_child(&pid)) {
		for (int i = 0; i < 40; i++) {
			int c = make(type);
			must(do_connect(c, n) == 0);
			must(write(c, "ask", 3) == 3 && read(c, text, 8) == 6);
			close(c);
		}
		_exit(0);
	}
	while (left--) {
		int d = accept(a, NULL, NULL);
		must(d >= 0 && read(d, text, 8) == 3 && write(d, "answer", 6) == 6);
		close(d);
	}
	is_exited(pid, 0, "forty conversations");
}

static void talk_stream(void)
{
	talk(SOCK_STREAM);
}

static void talk_packet(void)
{
	talk(SOCK_SEQPACKET);
}

/* An epoll that watches a socket before it is connected hears of what comes later. */
static void epoll_before(void)
{
	struct name n = path_name("sock");
	int a = listening(SOCK_STREAM, n, 5), c = make(SOCK_STREAM), e = epoll_create1(0), d;
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};

	must(epoll_ctl(e, EPOLL_CTL_ADD, c, &event) == 0);
	is_int(epoll_wait(e, &event, 1, 0), 1, "at first");
	is_int(event.events, EPOLLOUT | EPOLLHUP, "writable and hung up");
	is_int(epoll_wait(e, &event, 1, 0), 0, "told once");
	must(do_connect(c, n) == 0);
	d = accept(a, NULL, NULL);
	must(write(d, "x", 1) == 1);
	is_int(epoll_wait(e, &event, 1, 1000), 1, "a byte");
	is_int(event.events, EPOLLIN | EPOLLOUT, "can be read");
	must(write(d, "x", 1) == 1);
	is_int(epoll_wait(e, &event, 1, 1000), 1, "the next byte is news as well");
	is_int(epoll_wait(e, &event, 1, 0), 0, "once");
	close(d);
	is_int(epoll_wait(e, &event, 1, 1000), 1, "the end too");
	is_int(event.events, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP, "of both halves");
}

/* ---- datagrams ---- */

static void to_whom(void)
{
	struct name an = abstract_name("a"), bn = abstract_name("b"), got = {.bytes = sizeof(got.a)};
	int a = make(SOCK_DGRAM), b = make(SOCK_DGRAM), c = make(SOCK_DGRAM), d = make(SOCK_DGRAM);
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	char text[8];

	is_int(events_of(a), POLLOUT, "a fresh one");
	must(do_bind(a, an) == 0 && do_bind(b, bn) == 0);
	is_int(sendto(b, "hi", 2, 0, (void *)&an.a, an.bytes), 2, "to a name");
	is_int(recvfrom(a, text, 8, 0, (void *)&got.a, &got.bytes), 2, "from whom");
	ok(got.bytes == bn.bytes && memcmp(&got.a, &bn.a, got.bytes) == 0, "is told");
	is_int(sendto(c, "hi", 2, 0, (void *)&an.a, an.bytes), 2, "from one without a name");
	got.bytes = sizeof(got.a);
	is_int(recvfrom(a, text, 8, 0, (void *)&got.a, &got.bytes), 2, "comes");
	is_int(got.bytes, 0, "from nobody");
	is_int(do_connect(c, an), 0, "connect");
	is_int(write(c, "x", 1), 1, "then write");
	is_int(do_connect(a, bn), 0, "the receiver gets a peer");
	is_int(raw(SYS_write, c, "x", 1), -EPERM, "others may not send to it");
	is_int(do_connect(d, an), -EPERM, "nor connect");
	is_int(raw(SYS_sendto, d, "x", 1, 0, &an.a, an.bytes), -EPERM, "nor by name");
	is_int(sendto(b, "y", 1, 0, (void *)&an.a, an.bytes), 1, "its peer may");
	is_int(raw(SYS_connect, a, &nobody, sizeof(nobody)), 0, "it gives its peer up");
	is_int(raw(SYS_recvfrom, a, text, 8, MSG_DONTWAIT, 0, 0), -EAGAIN, "and what was sent before");
	is_int(write(c, "x", 1), 1, "now all may again");
	is_int(raw(SYS_connect, c, &nobody, 1), -EINVAL, "an address too short");
	close(a);
	is_int(raw(SYS_write, c, "x", 1), -ECONNREFUSED, "a peer that has gone");
	is_int(raw(SYS_write, c, "x", 1), -ENOTCONN, "is forgotten");
	is_int(raw(SYS_sendto, c, "x", 1, 0, &an.a, an.bytes), -ECONNREFUSED, "its name too");
	/* Mutual peers, one of whom turns away. */
	int p[2];
	must(socketpair(AF_UNIX, SOCK_DGRAM, 0, p) == 0 && write(p[0], "lost", 4) == 4);
	must(do_connect(p[1], bn) == 0);
	is_int(events_of(p[0]) & POLLERR, POLLERR, "what it had not read is lost");
	is_int(option(p[0], SO_ERROR), ECONNRESET, "and told");
	is_int(option(p[0], SO_ERROR), 0, "once");
}

static void full_receiver(void)
{
	struct name an = abstract_name("a");
	int a = make(SOCK_DGRAM), c = make(SOCK_DGRAM), n = 0;
	struct timeval soon = {0, 20000};
	struct epoll_event event = {.events = EPOLLOUT | EPOLLET};
	int e = epoll_create1(0);
	char text[8];
	pid_t pid;

	must(do_bind(a, an) == 0 && do_connect(c, an) == 0 && epoll_ctl(e, EPOLL_CTL_ADD, c, &event) == 0);
	must(epoll_wait(e, &event, 1, 0) == 1);
	while (send(c, "x", 1, MSG_DONTWAIT) == 1)
		n++;
	is_int(errno, EAGAIN, "a full list");
	ok(n >= 11 && n <= 600, "of %d", n);
	is_int(events_of(c), 0, "poll knows");
	is_int(epoll_wait(e, &event, 1, 0), 0, "and epoll");
	must(setsockopt(c, SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon)) == 0);
	is_int(raw(SYS_write, c, "x", 1), -EAGAIN, "a time-out");
	if (in_child(&pid)) {
		int other = make(SOCK_DGRAM);
		_exit(sendto(other, "y", 1, 0, (void *)&an.a, an.bytes) == 1 ? 0 : 1);
	}
	wait_state(pid, 'S');
	while (n--)
		must(recv(a, text, 8, 0) == 1);
	is_exited(pid, 0, "room lets another send");
	is_int(recv(a, text, 8, 0), 1, "which comes");
	is_int(epoll_wait(e, &event, 1, 1000), 1, "the room is news");
	is_int(events_of(c), POLLOUT, "to poll as well");
	if (in_child(&pid)) {
		long result;
		close(a);
		do
			result = raw(SYS_sendto, make(SOCK_DGRAM), "y", 1, 0, &an.a, an.bytes);
		while (result == 1);
		_exit((int)-result);
	}
	close(a);
	is_exited(pid, ECONNREFUSED, "a sender to one that ends is refused");
}

/* ---- whose ---- */

static void peers(void)
{
	struct ucred cred;
	socklen_t bytes = sizeof(cred);
	int a, c = make(SOCK_STREAM), d;
	struct name n = path_name("sock");
	pid_t pid;

	is_int(getsockopt(c, SOL_SOCKET, SO_PEERCRED, &cred, &bytes), 0, "SO_PEERCRED of nobody");
	ok(cred.pid == 0 && cred.uid == (uid_t)-1 && cred.gid == (gid_t)-1, "is nobody");
	a = listening(SOCK_STREAM, n, 5);
	if (in_child(&pid)) {
		must(do_connect(c, n) == 0);
		must(getsockopt(c, SOL_SOCKET, SO_PEERCRED, &cred, &bytes) == 0);
		_exit(cred.pid == getppid() && cred.uid == getuid() && bytes == 12 ? 0 : 1);
	}
	d = accept(a, NULL, NULL);
	must(getsockopt(d, SOL_SOCKET, SO_PEERCRED, &cred, &bytes) == 0);
	is_int(cred.pid, pid, "who has connected");
	is_exited(pid, 0, "and to whom");
	must(getsockopt(d, SOL_SOCKET, SO_PEERCRED, &cred, &bytes) == 0);
	is_int(cred.pid, pid, "also when it has ended");
}

static const struct tap_case cases[] = {
	{"accepting", accepting, 0},
	{"backlog", backlog, 0},
	{"pending_end", pending_end, 0},
	{"talk_stream", talk_stream, 0},
	{"talk_packet", talk_packet, 0},
	{"epoll_before", epoll_before, 0},
	{"to_whom", to_whom, 0},
	{"full_receiver", full_receiver, 0},
	{"peers", peers, 0},
};

TAP_MAIN(cases)
