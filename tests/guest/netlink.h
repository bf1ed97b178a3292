/*
 * What the tests of AF_NETLINK share: sockets, requests, answers.
 */
#ifndef NETLINK_TEST_H
#define NETLINK_TEST_H

#include "guest.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#define SOL_NETLINK_ 270

static inline int make(int protocol)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	must(fd >= 0);
	return fd;
}

static inline unsigned port_of(int fd)
{
	struct sockaddr_nl name;
	socklen_t bytes = sizeof(name);

	must(getsockname(fd, (struct sockaddr *)&name, &bytes) == 0 && bytes == sizeof(name));
	return name.nl_pid;
}

static inline int bind_to(int fd, unsigned port, unsigned groups)
{
	struct sockaddr_nl name = {.nl_family = AF_NETLINK, .nl_pid = port, .nl_groups = groups};

	return bind(fd, (struct sockaddr *)&name, sizeof(name));
}

static inline void set(int fd, int option, int value)
{
	must(setsockopt(fd, SOL_NETLINK_, option, &value, sizeof(value)) == 0);
}

/* ---- requests ---- */

struct request {
	struct nlmsghdr header;
	char payload[256];
};

static inline void begin(struct request *request, int type, int flags, const void *fixed, unsigned bytes)
{
	memset(request, 0, sizeof(*request));
	request->header.nlmsg_type = type;
	request->header.nlmsg_flags = NLM_F_REQUEST | flags;
	request->header.nlmsg_seq = 77;
	request->header.nlmsg_len = NLMSG_LENGTH(bytes);
	memcpy(request->payload, fixed, bytes);
}

static inline void add(struct request *request, int type, const void *value, unsigned bytes)
{
	struct rtattr *attribute = (void *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = RTA_LENGTH(bytes);
	memcpy(RTA_DATA(attribute), value, bytes);
	request->header.nlmsg_len = NLMSG_ALIGN(request->header.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
}

__attribute__((unused)) static char answer[65536];

/* The length of the next message, which lies in `answer`. */
static inline long receive(int fd)
{
	return raw(SYS_recvfrom, fd, answer, sizeof(answer), MSG_DONTWAIT, 0, 0);
}

static inline void put(int fd, const struct request *request)
{
	must(send(fd, request, request->header.nlmsg_len, 0) == (ssize_t)request->header.nlmsg_len);
}

/* The error in an acknowledgement; 1: it is none. */
static inline int acknowledged(int fd)
{
	struct nlmsghdr *header = (void *)answer;
	long bytes = receive(fd);

	if (bytes < (long)sizeof(*header) || header->nlmsg_type != NLMSG_ERROR)
		return 1;
	return ((struct nlmsgerr *)NLMSG_DATA(header))->error;
}

static inline int ask(int fd, const struct request *request)
{
	put(fd, request);
	return acknowledged(fd);
}

/* Go through a dump: visit sees each message; the number of them, or a negative errno at its end. */
static inline int dump(int fd, const struct request *request, void (*visit)(struct nlmsghdr *header, void *arg),
		       void *arg)
{
	int count = 0;

	put(fd, request);
	for (;;) {
		long bytes = receive(fd);
		struct nlmsghdr *header = (void *)answer;
		if (bytes <= 0)
			return (int)bytes - 1000;
		for (; NLMSG_OK(header, bytes); header = NLMSG_NEXT(header, bytes)) {
			if (header->nlmsg_type == NLMSG_DONE)
				return *(int *)NLMSG_DATA(header) ? *(int *)NLMSG_DATA(header) : count;
			if (header->nlmsg_type == NLMSG_ERROR)
				return ((struct nlmsgerr *)NLMSG_DATA(header))->error;
			must(header->nlmsg_seq == 77 && (header->nlmsg_flags & NLM_F_MULTI));
			if (visit)
				visit(header, arg);
			count++;
		}
	}
}

static inline void *attribute_of(struct nlmsghdr *header, unsigned fixed, int type)
{
	struct rtattr *attribute = (void *)((char *)NLMSG_DATA(header) + NLMSG_ALIGN(fixed));
	int bytes = (int)(header->nlmsg_len - NLMSG_LENGTH(fixed));

	for (; RTA_OK(attribute, bytes); attribute = RTA_NEXT(attribute, bytes)) {
		if (attribute->rta_type == type)
			return RTA_DATA(attribute);
	}
	return NULL;
}

/* A network of our own, where the machine is not ours alone; lo is up. */
static inline void own_network(int fd)
{
	struct ifinfomsg link = {.ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	struct request request;

	if (fd < 0) {
		raw(SYS_unshare, CLONE_NEWNET);
		return;
	}
	begin(&request, RTM_NEWLINK, NLM_F_ACK, &link, sizeof(link));
	must(ask(fd, &request) == 0);
}

#endif
