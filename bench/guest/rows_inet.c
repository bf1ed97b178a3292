/*
 * Rows that measure TCP and UDP by 127.0.0.1: a byte there and back, a stream of large writes, whole conversations.
 */
#define _GNU_SOURCE
#include "nbench.h"

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK_BYTES 65536

static int near_end, far_end, listener;
static pid_t partner;
static char chunk[CHUNK_BYTES];
static struct sockaddr_in server;

static void teardown_partner(const struct bench_row *row)
{
	(void)row;
	bench_partner_end(partner);
	close(near_end);
	close(listener);
}

/* In a bare machine lo is down at first; where it is up already nothing changes. */
static void raise_loopback(int fd)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING};

	(void)ioctl(fd, SIOCSIFFLAGS, &request);
}

/* A socket of 127.0.0.1 with a port of the kernel's choice; its name is in `server`. */
static int named_socket(int type)
{
	socklen_t bytes = sizeof server;
	int fd = socket(AF_INET, type, 0);

	signal(SIGPIPE, SIG_IGN);
	memset(chunk, 'x', sizeof chunk);
	server = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	raise_loopback(fd);
	if (fd < 0 || bind(fd, (struct sockaddr *)&server, sizeof server) != 0 ||
	    getsockname(fd, (struct sockaddr *)&server, &bytes) != 0) {
		return -1;
	}
	return fd;
}

static int set_no_delay(int fd)
{
	int on = 1;

	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static int connect_ends(void)
{
	listener = named_socket(SOCK_STREAM);
	near_end = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || listen(listener, 5) != 0 ||
	    connect(near_end, (struct sockaddr *)&server, sizeof server) != 0) {
		return -1;
	}
	far_end = accept(listener, NULL, NULL);
	return far_end < 0 ? -1 : set_no_delay(near_end) | set_no_delay(far_end);
}

/* What comes goes back. */
static void echo(void *argument)
{
	char token[64];
	ssize_t got;

	(void)argument;
	close(near_end);
	while ((got = read(far_end, token, sizeof token)) > 0 && write(far_end, token, got) == got) {
	}
}

static void write_for_ever(void *argument)
{
	(void)argument;
	close(near_end);
	while (write(far_end, chunk, sizeof chunk) > 0) {
	}
}

static int start(void (*body)(void *))
{
	partner = bench_partner(body, NULL);
	close(far_end);
	return partner < 0 ? -1 : 0;
}

static int setup_rtt(const struct bench_row *row)
{
	(void)row;
	return connect_ends() == 0 ? start(echo) : -1;
}

static int setup_bandwidth(const struct bench_row *row)
{
	(void)row;
	return connect_ends() == 0 ? start(write_for_ever) : -1;
}

/* Two datagram sockets that are connected to each other. */
static int setup_datagram_rtt(const struct bench_row *row)
{
	struct sockaddr_in far_name;

	(void)row;
	far_end = named_socket(SOCK_DGRAM);
	far_name = server;
	near_end = named_socket(SOCK_DGRAM);
	listener = -1;
	if (far_end < 0 || near_end < 0 || connect(far_end, (struct sockaddr *)&server, sizeof server) != 0 ||
	    connect(near_end, (struct sockaddr *)&far_name, sizeof far_name) != 0) {
		return -1;
	}
	return start(echo);
}

static int run_rtt(const struct bench_row *row, long count)
{
	char token = 'x';

	(void)row;
	for (long i = 0; i < count; i++) {
		if (write(near_end, &token, 1) != 1 || read(near_end, &token, 1) != 1) {
			return -1;
		}
	}
	return 0;
}

static int run_bandwidth(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		size_t left = sizeof chunk;
		while (left > 0) {
			ssize_t got = read(near_end, chunk, left);
			if (got <= 0) {
				return -1;
			}
			left -= got;
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
	listener = named_socket(SOCK_STREAM);
	near_end = far_end = -1;
	if (listener < 0 || listen(listener, 10) != 0) {
		return -1;
	}
	return start(serve);
}

static int run_connect(const struct bench_row *row, long count)
{
	char token = 'x';

	(void)row;
	for (long i = 0; i < count; i++) {
		int one = socket(AF_INET, SOCK_STREAM, 0);
		if (one < 0 || connect(one, (struct sockaddr *)&server, sizeof server) != 0 ||
		    write(one, &token, 1) != 1 || read(one, &token, 1) != 1 || close(one) != 0) {
			return -1;
		}
	}
	return 0;
}

const struct bench_row rows_inet[] = {
	{.name = "tcp_rtt", .unit = "us", .run = run_rtt, .setup = setup_rtt, .teardown = teardown_partner},
	{.name = "udp_rtt", .unit = "us", .run = run_rtt, .setup = setup_datagram_rtt, .teardown = teardown_partner},
	{.name = "tcp_bw",
	 .unit = "MB/s",
	 .run = run_bandwidth,
	 .setup = setup_bandwidth,
	 .teardown = teardown_partner,
	 .bytes = CHUNK_BYTES},
	{.name = "tcp_connect", .unit = "us", .run = run_connect, .setup = setup_connect, .teardown = teardown_partner},
	{.name = NULL},
};
