/*
 * Sockets when the n-th allocation fails (nth_allocation.h).
 */
#include "nth_allocation.h"

#include <poll.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

static int pair[2], one = -1, listener = -1;
static struct sockaddr_un node = {.sun_family = AF_UNIX, .sun_path = "sock"};
static struct sockaddr_un listens = {.sun_family = AF_UNIX, .sun_path = "listens"};

static void close_it(long fd)
{
	must(close((int)fd) == 0);
}

static void close_pair(long result)
{
	(void)result;
	must(close(pair[0]) == 0 && close(pair[1]) == 0);
}

static void fresh_pair(int type)
{
	if (pair[0])
		close_pair(0);
	must(socketpair(AF_UNIX, type, 0, pair) == 0);
}

static void fresh_stream(void)
{
	fresh_pair(SOCK_STREAM);
}
static void fresh_datagram(void)
{
	fresh_pair(SOCK_DGRAM);
}

static void fresh_socket(void)
{
	if (one >= 0)
		close(one);
	one = socket(AF_UNIX, SOCK_STREAM, 0);
	must(one >= 0);
}

/* ---- making and naming ---- */

static long run_socket(void)
{
	return raw(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
}

static long pair_of(int type)
{
	return raw(SYS_socketpair, AF_UNIX, type, 0, pair);
}
static long run_stream_pair(void)
{
	return pair_of(SOCK_STREAM);
}
static long run_datagram_pair(void)
{
	return pair_of(SOCK_DGRAM);
}

static long run_bind(void)
{
	return raw(SYS_bind, one, &node, sizeof(node));
}

static int has_no_name(void)
{
	struct sockaddr_un got;
	socklen_t bytes = sizeof(got);

	return getsockname(one, (void *)&got, &bytes) == 0 && bytes == 2 && access("sock", F_OK) != 0;
}

static void unbind(long result)
{
	(void)result;
	must(unlink("sock") == 0);
}

static long run_autobind(void)
{
	return raw(SYS_bind, one, &node, 2);
}

/* ---- connections ---- */

static void listening(void)
{
	if (listener < 0) {
		listener = socket(AF_UNIX, SOCK_STREAM, 0);
		must(bind(listener, (void *)&listens, sizeof(listens)) == 0 && listen(listener, 5) == 0);
	}
	fresh_socket();
}

static long run_listen(void)
{
	return raw(SYS_listen, listener, 5);
}

static long run_connect(void)
{
	return raw(SYS_connect, one, &listens, sizeof(listens));
}

static int is_not_connected(void)
{
	struct pollfd p = {.fd = listener, .events = POLLIN};

	return raw(SYS_write, one, "x", 1) == -ENOTCONN && poll(&p, 1, 0) == 0;
}

static void take_connection(long result)
{
	int fd = accept(listener, NULL, NULL);

	(void)result;
	must(fd >= 0 && close(fd) == 0);
}

static void connecting(void)
{
	listening();
	must(run_connect() == 0);
}

/* The connection is not lost; the next attempt brings one of its own. */
static int still_waits(void)
{
	struct pollfd p = {.fd = listener, .events = POLLIN};

	if (poll(&p, 1, 0) != 1)
		return 0;
	take_connection(0);
	return 1;
}

static long run_accept(void)
{
	return raw(SYS_accept, listener, 0, 0);
}

/* ---- messages ---- */

static char block[10000];

static int has_nothing(void)
{
	char c;

	return raw(SYS_recvfrom, pair[1], &c, 1, MSG_DONTWAIT, 0, 0) == -EAGAIN;
}

static long run_write(void)
{
	return raw(SYS_write, pair[0], block, 3000);
}

static long run_write_long(void)
{
	return raw(SYS_write, pair[0], block, sizeof(block));
}

static long send_fds(void)
{
	char space[CMSG_SPACE(3 * sizeof(int))] __attribute__((aligned(8))) = {0};
	struct iovec part = {"xy", 2};
	struct msghdr m = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = (socklen_t)sizeof(space)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int fds[3] = {0, pair[0], pair[1]};

	c->cmsg_len = (socklen_t)CMSG_LEN(sizeof(fds));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(c), fds, sizeof(fds));
	return raw(SYS_sendmsg, pair[0], &m, 0);
}

static long run_urgent(void)
{
	return raw(SYS_sendto, pair[0], "x", 1, MSG_OOB, 0, 0);
}

static void with_writers(void)
{
	int on = 1;

	fresh_stream();
	must(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0);
}

static void sent_stream(void)
{
	fresh_stream();
	must(send_fds() == 2);
}
static void sent_datagram(void)
{
	fresh_datagram();
	must(send_fds() == 2);
}

static int got[3], got_count;

static long run_receive(void)
{
	char space[CMSG_SPACE(3 * sizeof(int))] __attribute__((aligned(8))), text[4];
	struct iovec part = {text, 4};
	struct msghdr m = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = (socklen_t)sizeof(space)};
	long result = raw(SYS_recvmsg, pair[1], &m, 0);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	got_count = result >= 0 && c ? (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int)) : 0;
	if (got_count)
		memcpy(got, CMSG_DATA(c), sizeof(int) * (size_t)got_count);
	return result;
}

static void close_got(long result)
{
	(void)result;
	for (int i = 0; i < got_count; i++)
		close_it(got[i]);
}

static long run_peer_pidfd(void)
{
	socklen_t bytes = sizeof(int);
	int fd;
	long result = raw(SYS_getsockopt, pair[0], SOL_SOCKET, SO_PEERPIDFD, &fd, &bytes);

	return result ? result : fd;
}

static const struct operation making[] = {
	{"socket", 0, run_socket, 0, close_it, 0, 0, 0},
	{"a pair of streams", 0, run_stream_pair, 0, close_pair, 0, 0, 0},
	{"a pair of datagrams", 0, run_datagram_pair, 0, close_pair, 0, 0, 0},
	{"bind", fresh_socket, run_bind, has_no_name, unbind, 0, 0, 0},
	{"bind to a name of the kernel's", fresh_socket, run_autobind, has_no_name, 0, 0, 0, 0},
	{"listen", listening, run_listen, 0, 0, 0, 0, 0},
	{"connect", listening, run_connect, is_not_connected, take_connection, 0, 0, 0},
	{"accept", connecting, run_accept, still_waits, close_it, 0, 0, 0},
};

static const struct operation sending[] = {
	{"bytes", fresh_stream, run_write, has_nothing, 0, 0, 0, 0},
	{"many bytes", fresh_stream, run_write_long, has_nothing, 0, 0, 1, 0},
	{"a datagram", fresh_datagram, run_write, has_nothing, 0, 0, 0, 0},
	{"a long datagram", fresh_datagram, run_write_long, has_nothing, 0, 0, 0, 0},
	{"bytes with their writer", with_writers, run_write, has_nothing, 0, 0, 0, 0},
	{"an urgent byte", fresh_stream, run_urgent, has_nothing, 0, 0, 0, 0},
	{"descriptors over a stream", fresh_stream, send_fds, has_nothing, 0, 0, 0, 0},
	{"descriptors in a datagram", fresh_datagram, send_fds, has_nothing, 0, 0, 0, 0},
	{"receiving descriptors from a stream", sent_stream, run_receive, 0, close_got, 0, 1, 0},
	{"receiving those of a datagram", sent_datagram, run_receive, 0, close_got, 0, 1, 0},
	{"a pidfd of the peer", fresh_stream, run_peer_pidfd, 0, close_it, 0, 0, 0},
};

/* In a file system of its own, where no name is kept that nobody holds. */
static void of_making(void)
{
	must(mkdir("own", 0700) == 0);
	must(mount("own", "own", "tmpfs", 0, NULL) == 0 && chdir("own") == 0);
	nth_run(making, count_of(making));
}

static void of_sending(void)
{
	nth_run(sending, count_of(sending));
}

static const struct tap_case cases[] = {
	{"of_making", of_making, 0},
	{"of_sending", of_sending, 0},
};

TAP_MAIN(cases)
