/*
 * What the tests of AF_INET and AF_INET6 share: addresses of this machine, connections to itself.
 */
#ifndef INET_H
#define INET_H

#include "guest.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

union any_address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static inline socklen_t size_of(const union any_address *address)
{
	return address->sa.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

static inline union any_address v4_at(const char *text, int port)
{
	union any_address a = {.v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)}};

	must(inet_pton(AF_INET, text, &a.v4.sin_addr) == 1);
	return a;
}

static inline union any_address v6_at(const char *text, int port)
{
	union any_address a = {.v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)}};

	must(inet_pton(AF_INET6, text, &a.v6.sin6_addr) == 1);
	return a;
}

static inline union any_address loop_of(int family, int port)
{
	return family == AF_INET ? v4_at("127.0.0.1", port) : v6_at("::1", port);
}

static inline int port_of(int fd)
{
	union any_address a;
	socklen_t bytes = sizeof(a);

	must(getsockname(fd, &a.sa, &bytes) == 0);
	return ntohs(a.sa.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
}

/* The call's own results, for tables. */
static inline long bind_to(int fd, union any_address a)
{
	return raw(SYS_bind, fd, &a, size_of(&a));
}

static inline long connect_to(int fd, union any_address a)
{
	return raw(SYS_connect, fd, &a, size_of(&a));
}

static inline int bound_socket(int family, int type)
{
	int fd = socket(family, type, 0);

	must(fd >= 0 && bind_to(fd, loop_of(family, 0)) == 0);
	return fd;
}

static inline int listener_of(int family, int backlog)
{
	int fd = bound_socket(family, SOCK_STREAM);

	must(listen(fd, backlog) == 0);
	return fd;
}

/* Two ends of a connection: pair[0] has connected, pair[1] was accepted. */
static inline void connect_pair(int family, int pair[2])
{
	int listener = listener_of(family, 5);

	pair[0] = socket(family, SOCK_STREAM, 0);
	must(pair[0] >= 0 && connect_to(pair[0], loop_of(family, port_of(listener))) == 0);
	pair[1] = accept(listener, NULL, NULL);
	must(pair[1] >= 0 && close(listener) == 0);
}

static inline void set_int(int fd, int level, int name, int value)
{
	must(setsockopt(fd, level, name, &value, sizeof(value)) == 0);
}

/* The number, or -errno. */
static inline int get_int(int fd, int level, int name)
{
	socklen_t bytes = sizeof(int);
	int value = 0;

	return getsockopt(fd, level, name, &value, &bytes) == 0 ? value : -errno;
}

static inline int events_of(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP};

	must(poll(&p, 1, 0) >= 0);
	return p.revents;
}

/* What must come: waits for one of `events`. */
static inline int wait_events(int fd, int events)
{
	struct pollfd p = {.fd = fd, .events = (short)events};

	must(poll(&p, 1, -1) == 1);
	return p.revents;
}

#endif
