/*
 * Names of AF_UNIX sockets, and what is done with them in tests.
 */
#ifndef UNIX_NAME_H
#define UNIX_NAME_H

#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "guest.h"

#define BASE ((socklen_t)offsetof(struct sockaddr_un, sun_path))

struct name {
	struct sockaddr_un a;
	socklen_t bytes;
};

static inline struct name path_name(const char *path)
{
	struct name n = {.a.sun_family = AF_UNIX};

	strcpy(n.a.sun_path, path);
	n.bytes = BASE + (socklen_t)strlen(path) + 1;
	return n;
}

/* One that no other run of this test has. */
static inline struct name abstract_name(const char *text)
{
	struct name n = {.a.sun_family = AF_UNIX};

	n.bytes = BASE + 1 + (socklen_t)snprintf(n.a.sun_path + 1, 100, "namu-%d-%s", (int)getpid(), text);
	return n;
}

static inline int make(int type)
{
	int fd = socket(AF_UNIX, type, 0);

	must(fd >= 0);
	return fd;
}

static inline long do_bind(int fd, struct name n)
{
	return raw(SYS_bind, fd, &n.a, n.bytes);
}

static inline long do_connect(int fd, struct name n)
{
	return raw(SYS_connect, fd, &n.a, n.bytes);
}

static inline int listening(int type, struct name n, int backlog)
{
	int fd = make(type);

	must(do_bind(fd, n) == 0 && listen(fd, backlog) == 0);
	return fd;
}

static inline int events_of(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP};

	must(poll(&p, 1, 0) >= 0);
	return p.revents;
}

static inline int option(int fd, int name)
{
	int value = -1;
	socklen_t bytes = sizeof(value);

	must(getsockopt(fd, SOL_SOCKET, name, &value, &bytes) == 0 && bytes == sizeof(value));
	return value;
}

static inline void is_name(int fd, int of_peer, struct name want, const char *what)
{
	struct sockaddr_un got;
	socklen_t bytes = sizeof(got);
	long result = raw(of_peer ? SYS_getpeername : SYS_getsockname, fd, &got, &bytes);

	ok(result == 0 && bytes == want.bytes && memcmp(&got, &want.a, bytes) == 0, "%s (%ld, %u bytes)", what, result,
	   bytes);
}

#endif
