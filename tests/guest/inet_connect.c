/*
 * connect(2), listen(2) and accept(2) of TCP: back-logs, refusals, calls that do not wait, connections undone.
 */
#include "inet.h"

static char c;

static void refused(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), taken = bound_socket(AF_INET, SOCK_STREAM), port = port_of(taken);

	is_int(connect_to(fd, loop_of(AF_INET, port)), -ECONNREFUSED, "nobody listens there");
	is_int(events_of(fd), POLLOUT | POLLHUP, "poll behind it");
	is_int(get_int(fd, SOL_SOCKET, SO_ERROR), 0, "the error was told");
	is_int(connect_to(fd, v4_at("127.0.0.1", 0)), -ECONNREFUSED, "port 0");
	must(listen(taken, 5) == 0);
	is_int(connect_to(fd, loop_of(AF_INET, port)), 0, "the same socket tries again");
	is_int(write(fd, "x", 1), 1, "and writes");
	is_int(connect_to(fd, v4_at("0.0.0.0", port)), -EISCONN, "connected");
	fd = socket(AF_INET, SOCK_STREAM, 0);
	is_int(connect_to(fd, v4_at("0.0.0.0", port)), 0, "0.0.0.0 is this machine");
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	is_int(connect_to(fd, loop_of(AF_INET6, port)), -ECONNREFUSED, "IPv6 is another place");
	is_int(connect_to(fd, v6_at("::ffff:127.0.0.1", port)), 0, "::ffff:127.0.0.1 is the same place");
	union any_address a;
	socklen_t bytes = sizeof(a);
	must(getsockname(fd, &a.sa, &bytes) == 0);
	is_int(IN6_IS_ADDR_V4MAPPED(&a.v6.sin6_addr), 1, "and gives a mapped name");
}

static void bad_addresses(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), fd6 = socket(AF_INET6, SOCK_STREAM, 0);
	union any_address a = loop_of(AF_INET, 9), b = loop_of(AF_INET6, 9);

	is_int(raw(SYS_connect, fd, &a, 1), -EINVAL, "one byte");
	is_int(raw(SYS_connect, fd, &a, 15), -EINVAL, "too short");
	is_int(raw(SYS_connect, fd, &b, sizeof(b.v6)), -EAFNOSUPPORT, "an address of IPv6 for IPv4");
	is_int(raw(SYS_connect, fd6, &a, sizeof(a)), -EAFNOSUPPORT, "and the other way");
	is_int(raw(SYS_connect, fd6, &b, 23), -EINVAL, "too short for IPv6");
	is_int(raw(SYS_connect, fd, (void *)1, sizeof(a.v4)), -EFAULT, "from nowhere");
	is_int(raw(SYS_connect, fd, &a, -1), -EINVAL, "a negative size");
	is_int(connect_to(fd, v4_at("224.0.0.1", 9)), -ENETUNREACH, "a group");
	set_int(fd6, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	is_int(connect_to(fd6, v6_at("::ffff:127.0.0.1", 9)), -ENETUNREACH, "IPv4 for a socket of IPv6 alone");
}

static void not_waiting(void)
{
	int listener = listener_of(AF_INET, 5), port = port_of(listener), fd, closed;

	is_int(fcntl(listener, F_SETFL, O_NONBLOCK), 0, "O_NONBLOCK");
	is_int(raw(SYS_accept4, listener, 0, 0, 0), -EAGAIN, "nobody calls");
	is_int(events_of(listener), 0, "poll");
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	is_int(connect_to(fd, loop_of(AF_INET, port)), -EINPROGRESS, "begun");
	wait_events(fd, POLLOUT);
	is_int(get_int(fd, SOL_SOCKET, SO_ERROR), 0, "it stands");
	is_int(connect_to(fd, loop_of(AF_INET, port)), 0, "asked again");
	is_int(connect_to(fd, loop_of(AF_INET, port)), -EISCONN, "and again");
	wait_events(listener, POLLIN);
	fd = (int)raw(SYS_accept4, listener, 0, 0, SOCK_CLOEXEC);
	is_int(fd >= 0, 1, "accepted");
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC, "with SOCK_CLOEXEC");
	is_int(fcntl(fd, F_GETFL), O_RDWR, "O_NONBLOCK is not handed on");
	is_int(raw(SYS_accept4, listener, 0, 0, 1), -EINVAL, "an unknown flag");
	closed = bound_socket(AF_INET, SOCK_STREAM);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	is_int(connect_to(fd, loop_of(AF_INET, port_of(closed))), -EINPROGRESS, "to where nobody listens");
	wait_events(fd, POLLOUT);
	is_int(events_of(fd), POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP, "poll tells the failure");
	is_int(connect_to(fd, loop_of(AF_INET, port_of(closed))), -ECONNREFUSED, "asked again");
	is_int(connect_to(fd, loop_of(AF_INET, port)), -EINPROGRESS, "it can be used again");
	wait_events(fd, POLLOUT);
	is_int(get_int(fd, SOL_SOCKET, SO_ERROR), 0, "and stands");
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	is_int(connect_to(fd, loop_of(AF_INET, port_of(closed))), -EINPROGRESS, "once more");
	wait_events(fd, POLLERR);
	is_int(get_int(fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED, "SO_ERROR tells it");
	is_int(raw(SYS_read, fd, &c, 1), 0, "reading gives the end");
	is_int(connect_to(fd, loop_of(AF_INET, port)), -ECONNABORTED, "what was told by SO_ERROR");
}

static void backlog(void)
{
	int listener = listener_of(AF_INET, 1), port = port_of(listener), fd[4], one;
	struct timeval t = {0, 50000};

	for (int i = 0; i < 2; i++) {
		fd[i] = socket(AF_INET, SOCK_STREAM, 0);
		is_int(connect_to(fd[i], loop_of(AF_INET, port)), 0, "connection %d", i);
	}
	fd[2] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	is_int(connect_to(fd[2], loop_of(AF_INET, port)), -EINPROGRESS, "one too many");
	is_int(events_of(fd[2]), 0, "waits");
	is_int(connect_to(fd[2], loop_of(AF_INET, port)), -EALREADY, "is under way");
	is_int(raw(SYS_recvfrom, fd[2], &c, 1, 0, 0, 0), -EAGAIN, "nothing to read yet");
	is_int(raw(SYS_sendto, fd[2], &c, 1, 0, 0, 0), -EAGAIN, "nor to write to");
	fd[3] = socket(AF_INET, SOCK_STREAM, 0);
	must(setsockopt(fd[3], SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)) == 0);
	is_int(connect_to(fd[3], loop_of(AF_INET, port)), -EINPROGRESS, "SO_SNDTIMEO ends the wait");
	close(fd[3]);
	one = accept(listener, NULL, NULL);
	must(one >= 0);
	wait_events(fd[2], POLLOUT);
	is_int(get_int(fd[2], SOL_SOCKET, SO_ERROR), 0, "let in when there is room");
	is_int(write(fd[2], "x", 1), 1, "and works");
	must(accept(listener, NULL, NULL) >= 0);
	one = accept(listener, NULL, NULL);
	is_int(read(one, &c, 1), 1, "it comes last");
	/* A caller that gives up, and a listener that does. */
	for (int i = 0; i < 2; i++)
		must(connect_to(fd[i] = socket(AF_INET, SOCK_STREAM, 0), loop_of(AF_INET, port)) == 0);
	fd[2] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	is_int(connect_to(fd[2], loop_of(AF_INET, port)), -EINPROGRESS, "full again");
	close(fd[2]);
	fd[2] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	is_int(connect_to(fd[2], loop_of(AF_INET, port)), -EINPROGRESS, "another");
	close(listener);
	wait_events(fd[2], POLLERR);
	is_int(get_int(fd[2], SOL_SOCKET, SO_ERROR), ECONNREFUSED, "the listener has gone");
	wait_events(fd[0], POLLERR);
	is_int(get_int(fd[0], SOL_SOCKET, SO_ERROR), ECONNRESET, "who was not accepted is reset");
}

static void undone(void)
{
	int listener = listener_of(AF_INET, 5), port = port_of(listener), fd = socket(AF_INET, SOCK_STREAM, 0), other;
	struct sockaddr none = {.sa_family = AF_UNSPEC};

	must(connect_to(fd, loop_of(AF_INET, port)) == 0);
	other = accept(listener, NULL, NULL);
	is_int(raw(SYS_connect, fd, &none, sizeof(none)), 0, "connect to AF_UNSPEC");
	wait_events(other, POLLERR);
	is_int(raw(SYS_read, other, &c, 1), -ECONNRESET, "resets the other end");
	is_int(get_int(fd, SOL_SOCKET, SO_ERROR), ECONNRESET, "and leaves the error here");
	is_int(connect_to(fd, loop_of(AF_INET, port)), 0, "and can be connected anew");
	close(other);
	other = accept(listener, NULL, NULL);
	is_int(write(fd, "again", 5), 5, "to write");
	is_int(read(other, &c, 1), 1, "and be read");
	is_int(shutdown(listener, SHUT_RD), 0, "shutdown of a listener");
	is_int(raw(SYS_accept, listener, 0, 0), -EINVAL, "ends it");
	is_int(connect_to(socket(AF_INET, SOCK_STREAM, 0), loop_of(AF_INET, port)), -ECONNREFUSED, "for callers");
	is_int(listen(listener, 3), 0, "it may listen again");
	port = port_of(listener); /* a fresh one, as bind had not named it */
	is_int(connect_to(socket(AF_INET, SOCK_STREAM, 0), loop_of(AF_INET, port)), 0, "and be called");
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* A signal, and the end of the listener, while a call waits. */
static void woken(void)
{
	struct sigaction action = {.sa_handler = on_alarm};
	int listener = listener_of(AF_INET, 5), port = port_of(listener), fd;
	pid_t pid, me = getpid();

	must(sigaction(SIGALRM, &action, NULL) == 0);
	if (in_child(&pid)) {
		wait_state(me, 'S');
		kill(me, SIGALRM);
		_exit(0);
	}
	is_int(raw(SYS_accept, listener, 0, 0), -EINTR, "a signal ends accept");
	is_exited(pid, 0, "the sender");
	if (in_child(&pid)) {
		int a = accept(listener, NULL, NULL);
		must(a >= 0 && write(a, "hi", 2) == 2);
		_exit(0);
	}
	fd = socket(AF_INET, SOCK_STREAM, 0);
	is_int(connect_to(fd, loop_of(AF_INET, port)), 0, "a waiting accept is called");
	is_int(read(fd, &c, 1), 1, "and answers");
	is_exited(pid, 0, "the server");
	if (in_child(&pid)) {
		must(raw(SYS_accept, listener, 0, 0) == -EINVAL);
		_exit(0);
	}
	wait_state(pid, 'S');
	is_int(shutdown(listener, SHUT_RDWR), 0, "shutdown");
	is_exited(pid, 0, "ends a waiting accept");
}

/* Many short connections by several processes. */
static void many(void)
{
	int listener = listener_of(AF_INET, 3), port = port_of(listener), served = 0;
	pid_t pids[4];

	for (unsigned i = 0; i < 4; i++) {
		if (in_child(&pids[i])) {
			for (int n = 0; n < 100; n++) {
				int fd = socket(AF_INET, SOCK_STREAM, 0);
				must(connect_to(fd, loop_of(AF_INET, port)) == 0);
				must(write(fd, "ping", 4) == 4);
				must(read(fd, &c, 1) == 1);
				close(fd);
			}
			_exit(0);
		}
	}
	while (served < 400) {
		char text[4];
		int fd = accept(listener, NULL, NULL);
		must(fd >= 0);
		must(recv(fd, text, 4, MSG_WAITALL) == 4 && write(fd, "p", 1) == 1);
		close(fd);
		served++;
	}
	for (unsigned i = 0; i < 4; i++)
		is_exited(pids[i], 0, "client %u", i);
}

/* ---- a socket that is connected to itself ---- */

static void itself(void)
{
	int fd = bound_socket(AF_INET, SOCK_STREAM), again;
	union any_address name = loop_of(AF_INET, port_of(fd));
	char text[8];

	is_int(connect_to(fd, name), 0, "connect to one's own name");
	is_int(raw(SYS_write, fd, "abc", 3), 3, "write");
	is_int(raw(SYS_read, fd, text, 2), 2, "read what was written");
	is_int(events_of(fd), POLLIN | POLLOUT, "there is more");
	is_int(shutdown(fd, SHUT_WR), 0, "no more will come");
	is_int(raw(SYS_read, fd, text, 8), 1, "what was left");
	is_int(raw(SYS_read, fd, text, 8), 0, "the end");
	is_int(raw(SYS_sendto, fd, "x", 1, MSG_NOSIGNAL, 0, 0), -EPIPE, "no more may be written");
	is_int(connect_to(fd, name), -EISCONN, "it was connected");
	close(fd);
	again = socket(AF_INET, SOCK_STREAM, 0);
	is_int(bind_to(again, name), -EADDRINUSE, "its name waits");
	close(again);
	fd = bound_socket(AF_INET6, SOCK_STREAM);
	name = loop_of(AF_INET6, port_of(fd));
	is_int(connect_to(fd, name), 0, "the same with IPv6");
	is_int(raw(SYS_write, fd, "abc", 3), 3, "something unread");
	close(fd);
	again = socket(AF_INET6, SOCK_STREAM, 0);
	is_int(bind_to(again, name), 0, "breaks the connection off");
	close(again);
}

/* ---- data with the connection's first packet ---- */

#define FAST_OPEN 0x20000000

static long fast(int fd, int flags, union any_address to)
{
	return raw(SYS_sendto, fd, "hello", 5, FAST_OPEN | flags, &to, size_of(&to));
}

static void fast_open(void)
{
	int listener = listener_of(AF_INET, 5), fd = socket(AF_INET, SOCK_STREAM, 0), far;
	union any_address to = loop_of(AF_INET, port_of(listener)), nobody = loop_of(AF_INET, 1);
	char text[8];

	is_int(raw(SYS_sendto, fd, "hello", 5, FAST_OPEN, 0, 0), -EINVAL, "to nobody");
	is_int(fast(fd, 0, to), 5, "connect and send");
	far = accept(listener, NULL, NULL);
	is_int(raw(SYS_read, far, text, 8), 5, "it has come");
	is_int(fast(fd, 0, to), -EISCONN, "once alone");
	close(fd);
	close(far);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	is_int(fast(fd, 0, nobody), -ECONNREFUSED, "where nobody listens");
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	is_int(fast(fd, 0, to), -EINPROGRESS, "without waiting");
	far = accept(listener, NULL, NULL);
	close(far);
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	set_int(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	is_int(get_int(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT), 1, "TCP_FASTOPEN_CONNECT");
	is_int(connect_to(fd, to), 0, "connects");
	set_int(socket(AF_INET, SOCK_STREAM, 0), IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 0);
	is_int(raw(SYS_write, fd, "hi", 2), 2, "and sends");
}

static const struct tap_case cases[] = {
	{"refused", refused, 0},
	{"bad_addresses", bad_addresses, 0},
	{"not_waiting", not_waiting, 0},
	{"backlog", backlog, 0},
	{"undone", undone, 0},
	{"woken", woken, 0},
	{"many", many, 0},
	{"itself", itself, 0},
	{"fast_open", fast_open, 0},
};

TAP_MAIN(cases)
