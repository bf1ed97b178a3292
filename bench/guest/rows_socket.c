/*
 * Rows that measure sockets of AF_UNIX and of 127.0.0.1: a byte there and back, streams of large writes, datagrams,
 * packets, descriptors, and whole conversations.
 */
#define _GNU_SOURCE
#include "talk.h"

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- AF_UNIX ---- */

static int open_unix(int type, void (*body)(void *))
{
	int ends[2];

	if (socketpair(AF_UNIX, type, 0, ends) != 0) {
		return -1;
	}
	talk_near = (struct talk_end){ends[0], ends[0]};
	talk_far = (struct talk_end){ends[1], ends[1]};
	return talk_start(body);
}

static int open_stream(const struct bench_row *row)
{
	(void)row;
	return open_unix(SOCK_STREAM, talk_echo);
}

static int open_datagrams(const struct bench_row *row)
{
	(void)row;
	return open_unix(SOCK_DGRAM, talk_echo);
}

static int open_packets(const struct bench_row *row)
{
	(void)row;
	return open_unix(SOCK_SEQPACKET, talk_echo);
}

static int open_stream_writer(const struct bench_row *row)
{
	(void)row;
	return open_unix(SOCK_STREAM, talk_write);
}

static int open_unix_server(const struct bench_row *row)
{
	struct sockaddr_un *name = (struct sockaddr_un *)&talk_server;

	(void)row;
	*name = (struct sockaddr_un){.sun_family = AF_UNIX, .sun_path = "\0bench"};
	talk_server_bytes = sizeof *name;
	talk_listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (talk_listener < 0 || bind(talk_listener, (struct sockaddr *)name, sizeof *name) != 0 ||
	    listen(talk_listener, 10) != 0) {
		return -1;
	}
	return talk_start(talk_serve);
}

/* A descriptor to oneself and back. */

static int rights_ends[2];

static int setup_rights(const struct bench_row *row)
{
	(void)row;
	return socketpair(AF_UNIX, SOCK_STREAM, 0, rights_ends);
}

static int run_rights(const struct bench_row *row, long count)
{
	char space[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	char token = 'x';
	struct iovec part = {&token, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space};
	struct cmsghdr *header = (struct cmsghdr *)space;

	(void)row;
	for (long i = 0; i < count; i++) {
		int fd = rights_ends[0];
		memset(space, 0, sizeof space);
		message.msg_controllen = sizeof space;
		header->cmsg_len = CMSG_LEN(sizeof fd);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(header), &fd, sizeof fd);
		if (sendmsg(rights_ends[0], &message, 0) != 1) {
			return -1;
		}
		message.msg_controllen = sizeof space;
		if (recvmsg(rights_ends[1], &message, 0) != 1) {
			return -1;
		}
		memcpy(&fd, CMSG_DATA(header), sizeof fd);
		if (close(fd) != 0) {
			return -1;
		}
	}
	return 0;
}

/* ---- TCP and UDP by 127.0.0.1 ---- */

/* In a bare machine lo is down at first; where it is up already nothing changes. */
static void raise_loopback(int fd)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING};

	(void)ioctl(fd, SIOCSIFFLAGS, &request);
}

/* A socket of 127.0.0.1 with a port of the kernel's choice; its name is in talk_server. */
static int named_socket(int type)
{
	struct sockaddr_in *name = (struct sockaddr_in *)&talk_server;
	int fd = socket(AF_INET, type, 0);

	*name = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	talk_server_bytes = sizeof *name;
	raise_loopback(fd);
	if (fd < 0 || bind(fd, (struct sockaddr *)name, sizeof *name) != 0 ||
	    getsockname(fd, (struct sockaddr *)name, &talk_server_bytes) != 0) {
		return -1;
	}
	return fd;
}

static int set_no_delay(int fd)
{
	int on = 1;

	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static int open_connection(void (*body)(void *))
{
	int near = socket(AF_INET, SOCK_STREAM, 0), far;

	talk_listener = named_socket(SOCK_STREAM);
	if (talk_listener < 0 || listen(talk_listener, 5) != 0 ||
	    connect(near, (struct sockaddr *)&talk_server, talk_server_bytes) != 0) {
		return -1;
	}
	far = accept(talk_listener, NULL, NULL);
	if (far < 0 || set_no_delay(near) != 0 || set_no_delay(far) != 0) {
		return -1;
	}
	talk_near = (struct talk_end){near, near};
	talk_far = (struct talk_end){far, far};
	return talk_start(body);
}

static int open_tcp(const struct bench_row *row)
{
	(void)row;
	return open_connection(talk_echo);
}

static int open_tcp_writer(const struct bench_row *row)
{
	(void)row;
	return open_connection(talk_write);
}

/* Two datagram sockets that are connected to each other. */
static int open_udp(const struct bench_row *row)
{
	struct sockaddr_storage far_name;
	int near, far = named_socket(SOCK_DGRAM);

	(void)row;
	far_name = talk_server;
	near = named_socket(SOCK_DGRAM);
	if (far < 0 || near < 0 || connect(far, (struct sockaddr *)&talk_server, talk_server_bytes) != 0 ||
	    connect(near, (struct sockaddr *)&far_name, talk_server_bytes) != 0) {
		return -1;
	}
	talk_near = (struct talk_end){near, near};
	talk_far = (struct talk_end){far, far};
	return talk_start(talk_echo);
}

static int open_tcp_server(const struct bench_row *row)
{
	(void)row;
	talk_listener = named_socket(SOCK_STREAM);
	if (talk_listener < 0 || listen(talk_listener, 10) != 0) {
		return -1;
	}
	return talk_start(talk_serve);
}

const struct bench_row rows_socket[] = {
	TALK_ROW("unix_rtt", rtt, open_stream),
	TALK_ROW("unix_dgram_rtt", rtt, open_datagrams),
	TALK_ROW("unix_packet_rtt", rtt, open_packets),
	TALK_STREAM_ROW("unix_bw", open_stream_writer),
	{.name = "unix_rights", .unit = "us", .run = run_rights, .setup = setup_rights},
	TALK_ROW("unix_connect", connect, open_unix_server),
	TALK_ROW("tcp_rtt", rtt, open_tcp),
	TALK_ROW("udp_rtt", rtt, open_udp),
	TALK_STREAM_ROW("tcp_bw", open_tcp_writer),
	TALK_ROW("tcp_connect", connect, open_tcp_server),
	{.name = NULL},
};
