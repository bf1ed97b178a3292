/* Means by which bytes pass: one way for items, the other for tokens. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "means.h"

/* The reading end, the writing end. */
static int there[2] = {-1, -1}, back[2] = {-1, -1}; /* reading end, writing end */

void write_all(int fd, const void *data, size_t bytes)
{
	struct pollfd room = {fd, POLLOUT, 0};

	for (const char *at = data; bytes > 0;) {
		ssize_t done = write(fd, at, bytes);
		if (done < 0 && errno == EAGAIN) {
			poll(&room, 1, -1);
			continue;
		}
		if (done < 0)
			fail("write");
		at += done;
		bytes -= (size_t)done;
	}
}

static void read_all(int fd, void *data, size_t bytes)
{
	for (char *at = data; bytes > 0;) {
		ssize_t done = read(fd, at, bytes);
		if (done <= 0)
			fail("read");
		at += done;
		bytes -= (size_t)done;
	}
}

static int send_bytes(const struct item *item, int may_wait)
{
	struct pollfd room = {there[1], POLLOUT, 0};

	/* Once there is room for one byte the rest may have to wait a little. */
	if (!may_wait && (poll(&room, 1, 0) != 1 || !(room.revents & POLLOUT)))
		return 0;
	write_all(there[1], item, sizeof(*item));
	return 1;
}

static void receive_bytes(struct item *item)
{
	read_all(there[0], item, sizeof(*item));
}

void send_token(void)
{
	write_all(back[1], "t", 1);
}

void receive_token(void)
{
	char token;

	read_all(back[0], &token, 1);
}

static void open_pipe(void)
{
	if (pipe(there) || pipe(back))
		fail("pipe");
}

static void open_one_fifo(const char *name, int *ends)
{
	if (mkfifo(name, 0600))
		fail("mkfifo");
	/* For both at first, or opening one end would wait for the other. */
	int both = open(name, O_RDWR);
	ends[0] = open(name, O_RDONLY);
	ends[1] = open(name, O_WRONLY);
	if (both < 0 || ends[0] < 0 || ends[1] < 0)
		fail("opening a FIFO");
	close(both);
	unlink(name);
}

static void open_fifo(void)
{
	open_one_fifo("producer_consumer.there", there);
	open_one_fifo("producer_consumer.back", back);
}

static void open_unix(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		fail("socketpair");
	there[1] = back[0] = pair[0];
	there[0] = back[1] = pair[1];
}

static void open_tcp(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t bytes = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), to = socket(AF_INET, SOCK_STREAM, 0), from;

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, bytes) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&address, &bytes) ||
	    connect(to, (struct sockaddr *)&address, bytes) || (from = accept(listener, NULL, NULL)) < 0)
		fail("TCP");
	close(listener);
	there[1] = back[0] = to;
	there[0] = back[1] = from;
}

#define BYTES .send = send_bytes, .receive = receive_bytes, .has_tokens = 1

const struct means pipe_means = {.name = "pipe", .open = open_pipe, BYTES};
const struct means fifo_means = {.name = "fifo", .open = open_fifo, BYTES};
const struct means unix_means = {.name = "unix", .open = open_unix, BYTES};
const struct means tcp_means = {.name = "tcp", .open = open_tcp, BYTES};
