/*
 * Peers that are killed while they talk over pipes, FIFOs and sockets: the other end gets EOF, EPIPE, ECONNRESET or
 * SIGIO as on Linux, what was sent before has come whole or not at all where that is promised, and descriptors on their
 * way to nobody are given up.
 */
#include "peer_kills.h"

#include <netinet/in.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#define ROUNDS 3
#define BYTES  100

static char bytes[BYTES];

/* The victim's half: say something, hear the answer. */
static int talk(int out, int in)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (raw(SYS_write, out, bytes, BYTES) != BYTES || raw(SYS_read, in, bytes, 1) != 1)
			return 1;
	}
	return 0;
}

/* The partner's: answer until the victim is gone. Bytes of a stream may be cut, messages may not. */
static int answer(int in, int out)
{
	for (;;) {
		long n = raw(SYS_read, in, bytes, BYTES);
		if (n == 0 || n == -ECONNRESET)
			return 0;
		if (n != BYTES)
			return 2;
		n = raw(SYS_write, out, "a", 1);
		if (n == -EPIPE || n == -ECONNRESET)
			return raw(SYS_read, in, bytes, BYTES) <= 0 ? 0 : 3;
		if (n != 1)
			return 4;
	}
}

/* ---- pipes ---- */

static int there[2], back[2];

static void make_pipes(void)
{
	must(pipe(there) == 0 && pipe(back) == 0);
	give(VICTIM, there[1]);
	give(VICTIM, back[0]);
	give(PARTNER, there[0]);
	give(PARTNER, back[1]);
}

static int pipe_victim(void)
{
	return talk(there[1], back[0]);
}

static int pipe_partner(void)
{
	return answer(there[0], back[1]);
}

static const struct channel pipes = {"pipe", make_pipes, pipe_victim, pipe_partner, NULL, NULL, 0};

/* ---- FIFOs: opening them waits as well ---- */

static const char *const fifos[2] = {"/tmp/peer_kills.there", "/tmp/peer_kills.back"};

static void make_fifos(void)
{
	for (int i = 0; i < 2; i++) {
		unlink(fifos[i]);
		must(mkfifo(fifos[i], 0600) == 0);
	}
}

static int fifo_victim(void)
{
	int out = open(fifos[0], O_WRONLY), in = open(fifos[1], O_RDONLY);

	return talk(out, in);
}

static int fifo_partner(void)
{
	int in = open(fifos[0], O_RDONLY), out = open(fifos[1], O_WRONLY);

	return in < 0 || out < 0 ? 5 : answer(in, out);
}

/* Who opens one end waits for the other, for ever if need be. */
static void nudge_fifos(void)
{
	for (int i = 0; i < 2; i++)
		close(open(fifos[i], O_RDWR | O_NONBLOCK));
}

static int fifos_gone(void)
{
	return unlink(fifos[0]) | unlink(fifos[1]);
}

static const struct channel fifo = {"FIFO", make_fifos, fifo_victim, fifo_partner, nudge_fifos, fifos_gone, 0};

/* ---- pairs of sockets, with descriptors on their way ---- */

static int pair[2], witness[2];

static void make_pair(int type)
{
	must(socketpair(AF_UNIX, type, 0, pair) == 0 && pipe(witness) == 0);
	give(VICTIM, pair[0]);
	give(VICTIM, witness[1]);
	give(PARTNER, pair[1]);
	give(PARTNER, dup(witness[1]));
}

static void make_stream(void)
{
	make_pair(SOCK_STREAM);
}

static void make_packets(void)
{
	make_pair(SOCK_SEQPACKET);
}

static long pass(int fd, int what)
{
	char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec part = {bytes, BYTES};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &what, sizeof(int));
	return raw(SYS_sendmsg, fd, &message, MSG_NOSIGNAL);
}

/* A message, and the descriptor with it is closed. */
static long take(int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec part = {bytes, BYTES};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	long n = raw(SYS_recvmsg, fd, &message, 0);
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	int got;

	if (n > 0 && head && head->cmsg_type == SCM_RIGHTS) {
		memcpy(&got, CMSG_DATA(head), sizeof(got));
		close(got);
	}
	return n;
}

static int pair_victim(void)
{
	/* The last two are not waited for. */
	for (int i = 0; i < ROUNDS + 2; i++) {
		if (pass(pair[0], witness[1]) != BYTES)
			return 1;
		if (i < ROUNDS && take(pair[0]) != BYTES)
			return 1;
	}
	return 0;
}

static int pair_partner(void)
{
	int given = ends.fds[PARTNER][1];

	for (int i = 0;; i++) {
		long n = take(pair[1]);
		if (n == 0 || n == -ECONNRESET)
			return 0;
		if (n != BYTES)
			return 2;
		/* The answers have descriptors too, which a dead victim does not take. */
		n = i < ROUNDS ? pass(pair[1], given) : BYTES;
		if (n == -EPIPE || n == -ECONNRESET)
			return 0;
		if (n != BYTES)
			return 4;
	}
}

/* Nobody has the writing end any more, neither open nor on its way. */
static int nobody_writes(void)
{
	char c;
	long n = raw(SYS_read, witness[0], &c, 1);

	close(witness[0]);
	return n != 0;
}

static const struct channel stream = {"unix stream", make_stream, pair_victim, pair_partner, NULL, nobody_writes, 0};
static const struct channel packets = {"unix packets", make_packets, pair_victim, pair_partner, NULL, nobody_writes, 0};

/* ---- datagrams: nobody hears that the other is gone, unless it sends ---- */

static int sockets[2];
static struct sockaddr_storage names[2];
static socklen_t name_bytes;

static void name_unix(int i)
{
	struct sockaddr_un *name = (void *)&names[i];

	name_bytes = offsetof(struct sockaddr_un, sun_path) + 12;
	memset(name, 0, sizeof(*name));
	name->sun_family = AF_UNIX;
	snprintf(name->sun_path + 1, 12, "peer_kills%d", i);
	sockets[i] = socket(AF_UNIX, SOCK_DGRAM, 0);
	must(bind(sockets[i], (void *)name, name_bytes) == 0);
	give(i == 0 ? VICTIM : PARTNER, sockets[i]);
}

static void make_unix_datagrams(void)
{
	name_unix(0);
	name_unix(1);
}

static void make_udp(void)
{
	for (int i = 0; i < 2; i++) {
		struct sockaddr_in *name = (void *)&names[i];
		name_bytes = sizeof(*name);
		*name = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		sockets[i] = socket(AF_INET, SOCK_DGRAM, 0);
		must(bind(sockets[i], (void *)name, name_bytes) == 0);
		must(getsockname(sockets[i], (void *)name, &name_bytes) == 0);
		give(i == 0 ? VICTIM : PARTNER, sockets[i]);
	}
}

static int datagram_victim(void)
{
	if (connect(sockets[0], (void *)&names[1], name_bytes) != 0)
		return 1;
	return talk(sockets[0], sockets[0]);
}

/* The end is told by a message of one byte. */
static int datagram_partner(void)
{
	for (;;) {
		long n = raw(SYS_recvfrom, sockets[1], bytes, BYTES, 0, 0, 0);
		if (n == 1)
			return 0;
		if (n == -ECONNREFUSED)
			continue;
		if (n != BYTES)
			return 2;
		n = raw(SYS_sendto, sockets[1], "a", 1, 0, &names[0], name_bytes);
		if (n != 1 && n != -ECONNREFUSED)
			return 4;
	}
}

static void tell_end(void)
{
	int fd = socket(names[1].ss_family, SOCK_DGRAM, 0);

	raw(SYS_sendto, fd, "q", 1, MSG_DONTWAIT, &names[1], name_bytes);
	close(fd);
}

static const struct channel unix_datagrams = {
	"unix datagrams", make_unix_datagrams, datagram_victim, datagram_partner, tell_end, NULL, 0};
static const struct channel udp = {"UDP", make_udp, datagram_victim, datagram_partner, tell_end, NULL, 0};

/* ---- TCP, from socket to close ---- */

static void make_listener(int family)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	name_bytes = family == AF_INET ? sizeof(v4) : sizeof(v6);
	memcpy(&names[0], family == AF_INET ? (void *)&v4 : (void *)&v6, name_bytes);
	sockets[1] = give(PARTNER, socket(family, SOCK_STREAM, 0));
	must(bind(sockets[1], (void *)&names[0], name_bytes) == 0 && listen(sockets[1], 5) == 0);
	must(getsockname(sockets[1], (void *)&names[0], &name_bytes) == 0);
}

static void make_tcp(void)
{
	make_listener(AF_INET);
}

static void make_tcp6(void)
{
	make_listener(AF_INET6);
}

static int tcp_victim(void)
{
	int fd = socket(names[0].ss_family, SOCK_STREAM, 0), result;

	if (fd < 0 || connect(fd, (void *)&names[0], name_bytes) != 0)
		return 1;
	result = talk(fd, fd);
	shutdown(fd, SHUT_WR);
	return result | (raw(SYS_read, fd, bytes, 1) != 0);
}

static int tcp_partner(void)
{
	int fd = accept(sockets[1], NULL, NULL);

	return fd < 0 ? 5 : answer(fd, fd);
}

/* Nobody may come. */
static void call_once(void)
{
	int fd = socket(names[0].ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	raw(SYS_connect, fd, &names[0], name_bytes);
	close(fd);
}

static const struct channel tcp = {"TCP", make_tcp, tcp_victim, tcp_partner, call_once, NULL, 0};
static const struct channel tcp6 = {"TCP of IPv6", make_tcp6, tcp_victim, tcp_partner, call_once, NULL, 0};

/* ---- who does not wait in the call ---- */

static int stream_victim(void)
{
	close(witness[1]);
	for (int i = 0; i < ROUNDS; i++) {
		if (raw(SYS_write, pair[0], bytes, BYTES) != BYTES)
			return 1;
	}
	return 0;
}

/* 1: it is over; 0: nothing is there yet; negative: what must not come. */
static int drain(int fd)
{
	long n;

	while ((n = raw(SYS_recvfrom, fd, bytes, BYTES, MSG_DONTWAIT, 0, 0)) > 0)
		;
	return n == 0 || n == -ECONNRESET ? 1 : n == -EAGAIN ? 0 : -1;
}

static int signal_partner(void)
{
	sigset_t set;
	int state;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (fcntl(pair[1], F_SETOWN, getpid()) != 0 || fcntl(pair[1], F_SETFL, O_RDWR | O_ASYNC) != 0)
		return 5;
	while ((state = drain(pair[1])) == 0) {
		if (sigwaitinfo(&set, NULL) != SIGIO)
			return 6;
	}
	return state < 0 ? 7 : 0;
}

static int epoll_partner(void)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET};
	int set = epoll_create1(0), state;

	if (set < 0 || epoll_ctl(set, EPOLL_CTL_ADD, pair[1], &event) != 0)
		return 5;
	while ((state = drain(pair[1])) == 0) {
		if (epoll_wait(set, &event, 1, -1) != 1)
			return 6;
	}
	return state < 0 ? 7 : 0;
}

static const struct channel by_signal = {"SIGIO", make_stream, stream_victim, signal_partner, NULL, nobody_writes, 0};
static const struct channel by_epoll = {"epoll", make_stream, stream_victim, epoll_partner, NULL, nobody_writes, 0};

#define CASE(run, channel)                 \
	static void run(void)              \
	{                                  \
		kill_everywhere(&channel); \
	}
CASE(run_pipes, pipes)
CASE(run_fifo, fifo)
CASE(run_stream, stream)
CASE(run_packets, packets)
CASE(run_unix_datagrams, unix_datagrams)
CASE(run_udp, udp)
CASE(run_tcp, tcp)
CASE(run_tcp6, tcp6)
CASE(run_by_signal, by_signal)
CASE(run_by_epoll, by_epoll)

static const struct tap_case cases[] = {
	{"pipes", run_pipes, 120},
	{"fifo", run_fifo, 120},
	{"stream", run_stream, 120},
	{"packets", run_packets, 120},
	{"unix_datagrams", run_unix_datagrams, 120},
	{"udp", run_udp, 120},
	{"tcp", run_tcp, 120},
	{"tcp6", run_tcp6, 120},
	{"by_signal", run_by_signal, 120},
	{"by_epoll", run_by_epoll, 120},
};

TAP_MAIN(cases)
