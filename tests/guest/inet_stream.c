/*
 * TCP between processes of one machine: connections, halves that are shut, ends that are closed and broken off.
 */
#include <sys/epoll.h>
#include <sys/sendfile.h>

#include "inet.h"

static int s[2];
static char big[1 << 20];

static volatile sig_atomic_t pipes;

static void on_pipe(int signal)
{
	(void)signal;
	pipes++;
}

static void catch_pipe(void)
{
	struct sigaction action = {.sa_handler = on_pipe};

	must(sigaction(SIGPIPE, &action, NULL) == 0);
}

static const int families[] = {AF_INET, AF_INET6};

static void making(void)
{
	for (unsigned i = 0; i < 2; i++) {
		int f = families[i];
		is_int(raw(SYS_socket, f, 0, 0), -ESOCKTNOSUPPORT, "type 0");
		is_int(raw(SYS_socket, f, SOCK_RDM, 0), -ESOCKTNOSUPPORT, "SOCK_RDM");
		is_int(raw(SYS_socket, f, SOCK_SEQPACKET, 0), -ESOCKTNOSUPPORT, "SOCK_SEQPACKET");
		is_int(raw(SYS_socket, f, SOCK_STREAM, IPPROTO_UDP), -EPROTONOSUPPORT, "a stream of UDP");
		is_int(raw(SYS_socket, f, SOCK_DGRAM, IPPROTO_TCP), -EPROTONOSUPPORT, "datagrams of TCP");
		is_int(raw(SYS_socket, f, SOCK_STREAM, -1), -EINVAL, "a negative protocol");
		is_int(raw(SYS_socket, f, SOCK_STREAM, 263), -EINVAL, "a protocol beyond all");
		is_int(raw(SYS_socketpair, f, SOCK_STREAM, 0, s), -EOPNOTSUPP, "socketpair");
	}
	is_int(dup(0), 3, "no descriptor is left over");
	must(close(3) == 0);
	s[0] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	is_int(fcntl(s[0], F_GETFL), O_RDWR | O_NONBLOCK, "its flags");
	is_int(get_int(s[0], SOL_SOCKET, SO_TYPE), SOCK_STREAM, "SO_TYPE");
	is_int(get_int(s[0], SOL_SOCKET, SO_DOMAIN), AF_INET, "SO_DOMAIN");
	is_int(get_int(s[0], SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP, "SO_PROTOCOL");
	is_int(get_int(s[0], SOL_SOCKET, SO_ACCEPTCONN), 0, "SO_ACCEPTCONN");
	is_int(events_of(s[0]), POLLOUT | POLLHUP, "poll of a fresh one");
	catch_pipe();
	is_int(raw(SYS_recvfrom, s[0], big, 1, 0, 0, 0), -ENOTCONN, "reading before a connection");
	is_int(raw(SYS_sendto, s[0], big, 1, 0, 0, 0), -EPIPE, "writing before a connection");
	is_int(pipes, 1, "with a signal");
	is_int(raw(SYS_shutdown, s[0], SHUT_WR), -ENOTCONN, "shutdown before a connection");
	is_int(raw(SYS_accept, s[0], 0, 0), -EINVAL, "accept without listen");
}

static void names(void)
{
	for (unsigned i = 0; i < 2; i++) {
		union any_address a, b;
		socklen_t bytes = sizeof(a);
		int listener = listener_of(families[i], 5), port = port_of(listener);

		is_int(get_int(listener, SOL_SOCKET, SO_ACCEPTCONN), 1, "it listens");
		is_int(port >= 32768 && port <= 60999, 1, "a port of the range");
		s[0] = socket(families[i], SOCK_STREAM, 0);
		is_int(connect_to(s[0], loop_of(families[i], port)), 0, "connect");
		s[1] = accept(listener, &a.sa, &bytes);
		is_int(s[1] >= 0, 1, "accept");
		is_int(bytes, size_of(&a), "the size of its address");
		is_int(port_of(s[1]), port, "the accepted one has the listener's port");
		bytes = sizeof(b);
		must(getsockname(s[0], &b.sa, &bytes) == 0);
		is_int(memcmp(&a, &b, bytes), 0, "accept tells the caller's name");
		bytes = sizeof(b);
		is_int(raw(SYS_getpeername, s[1], &b, &bytes), 0, "getpeername");
		is_int(memcmp(&a, &b, bytes), 0, "tells the same");
		bytes = sizeof(b);
		is_int(raw(SYS_getpeername, listener, &b, &bytes), -ENOTCONN, "getpeername of a listener");
		is_int(connect_to(s[0], loop_of(families[i], port)), -EISCONN, "connect again");
		is_int(connect_to(listener, loop_of(families[i], port)), -EISCONN, "connect of a listener");
		is_int(raw(SYS_listen, s[0], 1), -EINVAL, "listen on a connection");
		close(s[0]);
		close(s[1]);
		close(listener);
	}
}

static void bytes_through(void)
{
	char buffer[16];

	for (unsigned i = 0; i < 2; i++) {
		connect_pair(families[i], s);
		is_int(events_of(s[0]), POLLOUT, "poll of a connection");
		is_int(write(s[0], "hello", 5), 5, "write");
		is_int(events_of(s[1]), POLLIN | POLLOUT, "something to read");
		is_int(raw(SYS_recvfrom, s[1], buffer, 3, MSG_PEEK, 0, 0), 3, "peek");
		is_int(raw(SYS_recvfrom, s[1], buffer, 1, MSG_TRUNC, 0, 0), 1, "one byte thrown away");
		is_int(read(s[1], buffer, sizeof(buffer)), 4, "read");
		is_int(memcmp(buffer, "ello", 4), 0, "the bytes");
		is_int(raw(SYS_recvfrom, s[1], buffer, 3, MSG_DONTWAIT, 0, 0), -EAGAIN, "nothing more");
		is_int(raw(SYS_recvfrom, s[1], buffer, 3, MSG_ERRQUEUE, 0, 0), -EAGAIN, "no errors");
		is_int(write(s[1], "abc", 3), 3, "the other way");
		is_int(write(s[1], "def", 3), 3, "and more");
		is_int(raw(SYS_recvfrom, s[0], buffer, 6, MSG_WAITALL, 0, 0), 6, "all of it");
		is_int(memcmp(buffer, "abcdef", 6), 0, "in order");
		close(s[0]);
		close(s[1]);
	}
}

static void much(void)
{
	unsigned long sum = 0, total = 0;
	ssize_t n;
	pid_t pid;

	connect_pair(AF_INET, s);
	for (unsigned i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7 + (i >> 10));
	if (in_child(&pid)) {
		close(s[1]);
		for (int i = 0; i < 16; i++)
			must(write(s[0], big, sizeof(big)) == (ssize_t)sizeof(big));
		_exit(0);
	}
	close(s[0]);
	while ((n = read(s[1], big, 50000)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			unsigned at = (unsigned)((total + (unsigned long)i) % sizeof(big));
			sum += big[i] != (char)(at * 7 + (at >> 10));
		}
		total += (unsigned long)n;
	}
	is_int(n, 0, "to the end");
	is_int(total, 16ul << 20, "as many bytes");
	is_int(sum, 0, "and the same ones");
	is_exited(pid, 0, "the writer");
}

static void full(void)
{
	size_t sent = 0, got = 0;
	ssize_t n;

	connect_pair(AF_INET, s);
	while ((n = send(s[0], big, 10000, MSG_DONTWAIT)) > 0)
		sent += (size_t)n;
	is_int(errno, EAGAIN, "a full one");
	is_int(events_of(s[0]), 0, "is not writable");
	while ((n = recv(s[1], big, sizeof(big), MSG_DONTWAIT)) > 0)
		got += (size_t)n;
	wait_events(s[0], POLLOUT);
	while (got < sent) {
		n = recv(s[1], big, sizeof(big), 0);
		must(n > 0);
		got += (size_t)n;
	}
	is_int(got, sent, "everything arrives");
	struct timeval t = {0, 20000};
	must(setsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)) == 0);
	is_int(raw(SYS_recvfrom, s[1], big, 1, 0, 0, 0), -EAGAIN, "SO_RCVTIMEO");
	must(setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)) == 0);
	while ((n = send(s[0], big, 10000, 0)) > 0)
		;
	is_int(errno, EAGAIN, "SO_SNDTIMEO");
}

/* ---- ends ---- */

static void halves(void)
{
	char c;

	catch_pipe();
	connect_pair(AF_INET, s);
	is_int(write(s[1], "x", 1), 1, "a byte before the end");
	is_int(shutdown(s[1], SHUT_WR), 0, "one end has said all");
	wait_events(s[0], POLLRDHUP);
	is_int(events_of(s[0]), POLLIN | POLLOUT | POLLRDHUP, "the other hears it");
	is_int(read(s[0], &c, 1), 1, "the byte");
	is_int(read(s[0], &c, 1), 0, "the end");
	is_int(read(s[0], &c, 1), 0, "again");
	is_int(write(s[0], "yz", 2), 2, "the other half goes on");
	is_int(read(s[1], &c, 1), 1, "and is read");
	is_int(raw(SYS_write, s[1], "x", 1), -EPIPE, "no writing behind it");
	is_int(pipes, 1, "SIGPIPE");
	is_int(raw(SYS_sendto, s[1], "x", 1, MSG_NOSIGNAL, 0, 0), -EPIPE, "MSG_NOSIGNAL");
	is_int(pipes, 1, "no signal");
	is_int(shutdown(s[0], SHUT_WR), 0, "both have said all");
	is_int(read(s[1], &c, 1), 1, "what was sent before");
	is_int(read(s[1], &c, 1), 0, "the end");
	is_int(events_of(s[1]), POLLIN | POLLOUT | POLLHUP | POLLRDHUP, "poll when both have");
	is_int(raw(SYS_shutdown, s[1], SHUT_RDWR), -ENOTCONN, "no connection any more");
	is_int(raw(SYS_shutdown, s[1], 3), -EINVAL, "an unknown half");
	connect_pair(AF_INET, s);
	is_int(shutdown(s[0], SHUT_RD), 0, "reading is shut");
	is_int(events_of(s[0]), POLLIN | POLLOUT | POLLRDHUP, "poll there");
	is_int(events_of(s[1]), POLLOUT, "the other knows nothing");
	is_int(read(s[0], &c, 1), 0, "the end at once");
	is_int(write(s[1], "q", 1), 1, "it may still be written to");
	wait_events(s[0], POLLIN);
	is_int(read(s[0], &c, 1), 1, "and read");
}

static void closed(void)
{
	char c;

	catch_pipe();
	connect_pair(AF_INET, s);
	is_int(write(s[0], "bye", 3), 3, "some bytes");
	close(s[0]);
	is_int(read(s[1], &c, 1), 1, "are still read");
	is_int(write(s[1], "x", 1), 1, "the first write behind a close goes");
	while (!(events_of(s[1]) & POLLERR))
		sleep_ms(1);
	is_int(events_of(s[1]), POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP, "and is answered by a reset");
	is_int(get_int(s[1], SOL_SOCKET, SO_ERROR), EPIPE, "the error");
	is_int(raw(SYS_write, s[1], "x", 1), -EPIPE, "the second write");
	is_int(pipes, 1, "SIGPIPE");
	is_int(read(s[1], &c, 1), 1, "bytes from before");
	is_int(read(s[1], &c, 1), 1, "bytes from before");
	is_int(read(s[1], &c, 1), 0, "the end");
	close(s[1]);
	connect_pair(AF_INET, s);
	is_int(write(s[1], "unread", 6), 6, "bytes that nobody reads");
	wait_events(s[0], POLLIN);
	is_int(write(s[0], "abc", 3), 3, "and some the other way");
	wait_events(s[1], POLLIN);
	close(s[0]);
	wait_events(s[1], POLLERR);
	is_int(events_of(s[1]), POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP, "a close that loses bytes resets");
	is_int(read(s[1], &c, 1), 1, "what had arrived");
	is_int(read(s[1], big, 10), 2, "can be read");
	is_int(raw(SYS_read, s[1], &c, 1), -ECONNRESET, "then the reset");
	is_int(read(s[1], &c, 1), 0, "told once");
	is_int(raw(SYS_write, s[1], "x", 1), -EPIPE, "EPIPE behind it");
	close(s[1]);
	connect_pair(AF_INET6, s);
	must(setsockopt(s[0], SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger)) == 0);
	close(s[0]);
	wait_events(s[1], POLLERR);
	pipes = 0;
	is_int(raw(SYS_write, s[1], "x", 1), -ECONNRESET, "SO_LINGER 0 resets");
	is_int(pipes, 0, "that is no SIGPIPE");
	is_int(raw(SYS_write, s[1], "x", 1), -EPIPE, "but the next");
	union any_address a;
	socklen_t bytes = sizeof(a);
	is_int(raw(SYS_getpeername, s[1], &a, &bytes), -ENOTCONN, "no peer any more");
}

/* ---- killed ---- */

/* The other end is killed while this one waits in a call: what the call gives. */
static void killed(void)
{
	struct gate g;
	pid_t pid;
	char c;

	catch_pipe();
	for (int round = 0; round < 4; round++) {
		connect_pair(round & 1 ? AF_INET6 : AF_INET, s);
		g = gate_make();
		if (in_child(&pid)) {
			close(s[0]);
			gate_wait(&g);
			if (round & 2)
				must(read(s[1], &c, 1) == 1);
			raise(SIGKILL);
		}
		close(s[1]);
		if (round & 2) {
			ssize_t n;
			pipes = 0;
			gate_open(&g);
			while ((n = write(s[0], big, sizeof(big))) > 0)
				;
			is_int(n, -1, "a writer hears of the reader's death");
			is_int(errno, ECONNRESET, "as a reset: bytes were lost");
		} else {
			gate_open(&g);
			is_int(read(s[0], &c, 1), 0, "a reader sees the end");
		}
		is_killed(pid, SIGKILL, "the peer");
		close(s[0]);
		close(g.fd[0]);
		close(g.fd[1]);
	}
	/* A listener is killed with connections that nobody has accepted. */
	int listener = listener_of(AF_INET, 5), port = port_of(listener);
	g = gate_make();
	if (in_child(&pid)) {
		gate_wait(&g);
		raise(SIGKILL);
	}
	close(listener);
	s[0] = socket(AF_INET, SOCK_STREAM, 0);
	is_int(connect_to(s[0], loop_of(AF_INET, port)), 0, "connected, not accepted");
	is_int(write(s[0], "x", 1), 1, "written to nobody");
	gate_open(&g);
	is_int(raw(SYS_read, s[0], &c, 1), -ECONNRESET, "the listener's death resets it");
	is_killed(pid, SIGKILL, "the listener");
	s[1] = socket(AF_INET, SOCK_STREAM, 0);
	is_int(connect_to(s[1], loop_of(AF_INET, port)), -ECONNREFUSED, "nobody listens");
}

/* ---- other calls ---- */

static void other_calls(void)
{
	char buffer[64];
	int p[2], file, e = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN | EPOLLET}, got;
	struct iovec parts[2] = {{"ab", 2}, {"cde", 3}};
	struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2};

	connect_pair(AF_INET, s);
	is_int(sendmsg(s[0], &header, 0), 5, "sendmsg of two parts");
	is_int(recv(s[1], buffer, 64, 0), 5, "arrives as one");
	file = open("data", O_RDWR | O_CREAT, 0600);
	must(file >= 0 && write(file, "0123456789", 10) == 10 && lseek(file, 0, SEEK_SET) == 0);
	is_int(sendfile(s[0], file, NULL, 10), 10, "sendfile");
	is_int(recv(s[1], buffer, 64, MSG_WAITALL * 0), 10, "arrives");
	must(pipe(p) == 0 && write(p[1], "pipe", 4) == 4);
	is_int(splice(p[0], NULL, s[0], NULL, 4, 0), 4, "splice to it");
	wait_events(s[1], POLLIN);
	is_int(splice(s[1], NULL, p[1], NULL, 64, 0), 4, "splice from it");
	is_int(read(p[0], buffer, 64), 4, "through and through");
	must(epoll_ctl(e, EPOLL_CTL_ADD, s[1], &event) == 0);
	is_int(epoll_wait(e, &got, 1, 0), 0, "no edge yet");
	is_int(write(s[0], "1", 1), 1, "a byte");
	is_int(epoll_wait(e, &got, 1, -1), 1, "an edge");
	is_int(epoll_wait(e, &got, 1, 0), 0, "only one");
	is_int(write(s[0], "2", 1), 1, "another byte");
	is_int(epoll_wait(e, &got, 1, -1), 1, "another edge");
	is_int(raw(SYS_lseek, s[0], 0, SEEK_SET), -ESPIPE, "lseek");
	is_int(raw(SYS_ioctl, s[1], FIONREAD, buffer), 0, "FIONREAD");
	is_int(*(int *)(void *)buffer, 2, "two bytes");
	is_int(raw(SYS_sendto, s[0], (void *)1, 1, 0, 0, 0), -EFAULT, "sending from nowhere");
	is_int(raw(SYS_recvfrom, s[1], (void *)1, 1, 0, 0, 0), -EFAULT, "receiving to nowhere");
	is_int(recv(s[1], buffer, 64, 0), 2, "nothing was lost by it");
}

static const struct tap_case cases[] = {
	{"making", making, 0}, {"names", names, 0},   {"bytes_through", bytes_through, 0},
	{"much", much, 0},     {"full", full, 0},     {"halves", halves, 0},
	{"closed", closed, 0}, {"killed", killed, 0}, {"other_calls", other_calls, 0}};

TAP_MAIN(cases)
