/*
 * Descriptors in messages: sent, received, closed.
 */
#ifndef UNIX_FDS_H
#define UNIX_FDS_H

#include <sys/socket.h>
#include <sys/un.h>

#include "guest.h"

#define MOST 253

static int s[2];

static inline void make(int type)
{
	must(socketpair(AF_UNIX, type, 0, s) == 0);
}

union space {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int) * (MOST + 1))];
};

static inline long send_fds(int to, const void *text, size_t bytes, const int *fds, int count, int flags)
{
	union space space;
	struct iovec part = {(void *)text, bytes};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};

	memset(&space, 0, sizeof(space));
	if (count) {
		m.msg_control = space.bytes;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
		space.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count),
						.cmsg_level = SOL_SOCKET,
						.cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&space.header), fds, sizeof(int) * (size_t)count);
	}
	return raw(SYS_sendmsg, to, &m, flags);
}

static struct {
	int fds[MOST];
	int count;
	int flags;
	size_t control;
	char text[256];
} got;

/* Room for `room` descriptors; negative: no control buffer. */
static inline long receive(int from, size_t bytes, int room, int flags)
{
	static union space space;
	struct iovec part = {got.text, bytes};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
	long result;

	if (room >= 0) {
		m.msg_control = space.bytes;
		m.msg_controllen = room ? CMSG_LEN(sizeof(int) * (size_t)room) : 0;
	}
	result = raw(SYS_recvmsg, from, &m, flags);
	got.count = 0;
	got.flags = m.msg_flags;
	got.control = m.msg_controllen;
	struct cmsghdr *c = result < 0 ? NULL : CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		got.count = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(got.fds, CMSG_DATA(c), sizeof(int) * (size_t)got.count);
	}
	return result;
}

static inline void close_got(void)
{
	for (int i = 0; i < got.count; i++)
		must(close(got.fds[i]) == 0);
}

#endif
