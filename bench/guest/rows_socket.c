/*
 * Rows that measure sockets of AF_UNIX: a byte there and back, streams of large writes, datagrams, descriptors, and
 * whole conversations through a name.
 */
#define _GNU_SOURCE
#include "nbench.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CHUNK_BYTES 65536

static int ends[2], listener;
static pid_t partner;
static char chunk[CHUNK_BYTES];
static struct sockaddr_un server = {.sun_family = AF_UNIX, .sun_path = "\0bench"};

static void teardown_partner(const struct bench_row *row)
{
	(void)row;
	bench_partner_end(partner);
}

/* What comes goes back, message by message. */
static void echo(void *argument)
{
	char token[64];
	ssize_t got;

	(void)argument;
	close(ends[0]);
	while ((got = read(ends[1], token, sizeof token)) > 0 && write(ends[1], token, got) == got) {
	}
}

static int setup_pair(int type, void (*body)(void *))
{
	signal(SIGPIPE, SIG_IGN);
	memset(chunk, 'x', sizeof chunk);
	if (socketpair(AF_UNIX, type, 0, ends) != 0) {
		return -1;
	}
	partner = bench_partner(body, NULL);
	close(ends[1]);
	return partner < 0 ? -1 : 0;
}

static int setup_stream_rtt(const struct bench_row *row)
{
	(void)row;
	return setup_pair(SOCK_STREAM, echo);
}

static int setup_datagram_rtt(const struct bench_row *row)
{
	(void)row;
	return setup_pair(SOCK_DGRAM, echo);
}

static int run_rtt(const struct bench_row *row, long count)
{
	char token = 'x';

	(void)row;
	for (long i = 0; i < count; i++) {
		if (write(ends[0], &token, 1) != 1 || read(ends[0], &token, 1) != 1) {
			return -1;
		}
	}
	return 0;
}

static void write_for_ever(void *argument)
{
	(void)argument;
	close(ends[0]);
	while (write(ends[1], chunk, sizeof chunk) > 0) {
	}
}

static int setup_bandwidth(const struct bench_row *row)
{
	(void)row;
	return setup_pair(SOCK_STREAM, write_for_ever);
}

static int run_bandwidth(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		size_t left = sizeof chunk;
		while (left > 0) {
			ssize_t got = read(ends[0], chunk, left);
			if (got <= 0) {
				return -1;
			}
			left -= got;
		}
	}
	return 0;
}

/* A descriptor to oneself and back. */
static int setup_rights(const struct bench_row *row)
{
	(void)row;
	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
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
		int fd = ends[0];
		memset(space, 0, sizeof space);
		message.msg_controllen = sizeof space;
		header->cmsg_len = CMSG_LEN(sizeof fd);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(header), &fd, sizeof fd);
		if (sendmsg(ends[0], &message, 0) != 1) {
			return -1;
		}
		message.msg_controllen = sizeof space;
		if (recvmsg(ends[1], &message, 0) != 1) {
			return -1;
		}
		memcpy(&fd, CMSG_DATA(header), sizeof fd);
		if (close(fd) != 0) {
			return -1;
		}
	}
	return 0;
}

static void serve(void *argument)
{
	char token;
	int one;

	(void)argument;
	while ((one = accept(listener, NULL, NULL)) >= 0) {
		while (read(one, &token, 1) == 1 && write(one, &token, 1) == 1) {
		}
		close(one);
	}
}

static int setup_connect(const struct bench_row *row)
{
	(void)row;
	signal(SIGPIPE, SIG_IGN);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&server, sizeof server) != 0 ||
	    listen(listener, 10) != 0) {
		return -1;
	}
	partner = bench_partner(serve, NULL);
	return partner < 0 ? -1 : 0;
}

static int run_connect(const struct bench_row *row, long count)
{
	char token = 'x';

	(void)row;
	for (long i = 0; i < count; i++) {
		int one = socket(AF_UNIX, SOCK_STREAM, 0);
		if (one < 0 || connect(one, (struct sockaddr *)&server, sizeof server) != 0 ||
		    write(one, &token, 1) != 1 || read(one, &token, 1) != 1 || close(one) != 0) {
			return -1;
		}
	}
	return 0;
}

const struct bench_row rows_socket[] = {
	{.name = "unix_rtt", .unit = "us", .run = run_rtt, .setup = setup_stream_rtt, .teardown = teardown_partner},
	{.name = "unix_dgram_rtt",
	 .unit = "us",
	 .run = run_rtt,
	 .setup = setup_datagram_rtt,
	 .teardown = teardown_partner},
	{.name = "unix_bw",
	 .unit = "MB/s",
	 .run = run_bandwidth,
	 .setup = setup_bandwidth,
	 .teardown = teardown_partner,
	 .bytes = CHUNK_BYTES},
	{.name = "unix_rights", .unit = "us", .run = run_rights, .setup = setup_rights},
	{.name = "unix_connect",
	 .unit = "us",
	 .run = run_connect,
	 .setup = setup_connect,
	 .teardown = teardown_partner},
	{.name = NULL},
};
