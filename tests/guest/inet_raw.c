/* Raw sockets and those of ping between addresses of this machine, and the times that datagrams carry. */
#include "netlink.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/time.h>

#define SOL_RAW_     255
#define ICMP_FILTER_ 1
#define CHECKSUM_    7
#define OTHER        253 /* a protocol for experiments */
#define PING_RANGE   "/proc/sys/net/ipv4/ping_group_range"
#define IDENTIFIER   0x4321
#define ECHO_BYTES   24

struct echo {
	uint8_t type, code;
	uint16_t checksum, identifier, sequence;
	char text[16];
};

struct packet {
	struct iphdr header;
	struct echo echo;
};

static struct sockaddr_in v4_of(unsigned last)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000000 + last)};
}

static struct sockaddr_in6 v6_self(int port)
{
	return (struct sockaddr_in6){
		.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT, .sin6_port = htons((uint16_t)port)};
}

static uint16_t checksum(const void *data, unsigned bytes)
{
	const uint8_t *at = data;
	unsigned sum = 0;

	for (unsigned i = 0; i < bytes; i += 2)
		sum += (unsigned)at[i] << 8 | (i + 1 < bytes ? at[i + 1] : 0);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static struct echo echo_of(int type)
{
	struct echo echo = {
		.type = (uint8_t)type, .identifier = htons(IDENTIFIER), .sequence = htons(7), .text = "hear, hear"};

	echo.checksum = checksum(&echo, sizeof(echo));
	return echo;
}

static int open_raw(int family, int protocol)
{
	int fd = socket(family, SOCK_RAW, protocol);

	must(fd >= 0);
	return fd;
}

static long send_v4(int fd, const void *data, unsigned bytes, unsigned last)
{
	struct sockaddr_in to = v4_of(last);

	return raw(SYS_sendto, fd, data, bytes, 0, &to, sizeof(to));
}

static long take(int fd, void *data, unsigned bytes)
{
	return raw(SYS_recvfrom, fd, data, bytes, MSG_DONTWAIT, 0, 0);
}

static void kinds(void)
{
	int fd, value = 0;
	socklen_t bytes = sizeof(value);
	struct sockaddr_in name;
	struct sockaddr_in6 name6;
	pid_t pid;

	own_network(-1);
	own_network(make(NETLINK_ROUTE));
	fails(socket(AF_INET, SOCK_RAW, 0), EPROTONOSUPPORT, "no protocol");
	fails(socket(AF_INET, SOCK_RAW, -1), EINVAL, "protocol -1");
	fails(socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMP), EPROTONOSUPPORT, "ping of the other family");
	fails(socket(AF_INET, SOCK_STREAM, IPPROTO_ICMP), EPROTONOSUPPORT, "a stream of it");
	if (in_child(&pid)) {
		become_user(1000);
		fails(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), EPERM, "a user's");
		fails(socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6), EPERM, "a user's of IPv6");
		_exit(tap.failed);
	}
	is_exited(pid, 0, "a user");
	fd = open_raw(AF_INET, IPPROTO_ICMP);
	must(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &bytes) == 0);
	is_int(value, SOCK_RAW, "SO_TYPE");
	must(getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &bytes) == 0);
	is_int(value, IPPROTO_ICMP, "SO_PROTOCOL");
	bytes = sizeof(name);
	must(getsockname(fd, (void *)&name, &bytes) == 0);
	is_int(ntohs(name.sin_port), IPPROTO_ICMP, "its port is its protocol");
	is_int((int)name.sin_addr.s_addr, 0, "its address is any");
	fails(getpeername(fd, (void *)&name, &bytes), ENOTCONN, "no peer");
	fails(listen(fd, 1), EOPNOTSUPP, "listen");
	fails(accept(fd, NULL, NULL), EOPNOTSUPP, "accept");
	fails(shutdown(fd, SHUT_WR), ENOTCONN, "shutdown");
	name = v4_of(5);
	name.sin_port = htons(99);
	works(bind(fd, (void *)&name, sizeof(name)), "bind");
	bytes = sizeof(name);
	must(getsockname(fd, (void *)&name, &bytes) == 0);
	is_int(ntohl(name.sin_addr.s_addr), 0x7f000005, "the address");
	is_int(ntohs(name.sin_port), IPPROTO_ICMP, "and the same port");
	name = v4_of(6);
	works(bind(fd, (void *)&name, sizeof(name)), "another one");
	name.sin_addr.s_addr = htonl(0x0a090807);
	fails(bind(fd, (void *)&name, sizeof(name)), EADDRNOTAVAIL, "one of others");
	fails(bind(fd, (void *)&name, 8), EINVAL, "a short one");
	name = v4_of(1);
	works(connect(fd, (void *)&name, sizeof(name)), "connect");
	fails(bind(fd, (void *)&name, sizeof(name)), EINVAL, "bind then");
	works(shutdown(fd, SHUT_WR), "shutdown then");
	is_int(send(fd, "abcd", 4, MSG_NOSIGNAL), 4, "which does not end sending");
	fails(send(fd, "a", 1, MSG_NOSIGNAL), EFAULT, "a type without a code");
	close(fd);
	fd = open_raw(AF_INET6, OTHER);
	bytes = sizeof(name6);
	must(getsockname(fd, (void *)&name6, &bytes) == 0);
	is_int(ntohs(name6.sin6_port), OTHER, "the same of IPv6");
	close(fd);
}

static void is_header(const struct iphdr *header, unsigned bytes, int protocol, const char *what)
{
	is_int(header->version, 4, "%s: version", what);
	is_int(header->ihl, 5, "%s: length of the header", what);
	is_int(ntohs(header->tot_len), (int)bytes, "%s: length", what);
	is_int(header->ttl, 64, "%s: time to live", what);
	is_int(header->protocol, protocol, "%s: protocol", what);
	is_int((int)ntohl(header->saddr), 0x7f000001, "%s: from", what);
	is_int((int)ntohl(header->daddr), 0x7f000001, "%s: to", what);
	is_int(checksum(header, sizeof(*header)), 0, "%s: checksum", what);
}

static void echoes(void)
{
	int fd, filter = ~(1 << ICMP_ECHOREPLY), got = 0;
	struct echo echo = echo_of(ICMP_ECHO);
	struct sockaddr_in from = {.sin_port = 1};
	struct packet packet;
	socklen_t bytes = sizeof(from);

	own_network(-1);
	own_network(make(NETLINK_ROUTE));
	fd = open_raw(AF_INET, IPPROTO_ICMP);
	is_int(send_v4(fd, &echo, sizeof(echo), 1), sizeof(echo), "an echo is asked for");
	is_int(take(fd, &packet, sizeof(packet)), sizeof(packet), "the question is heard");
	is_header(&packet.header, sizeof(packet), IPPROTO_ICMP, "the question");
	is_int(ntohs(packet.header.frag_off), 0x4000, "not to be cut");
	is_int(packet.echo.type, ICMP_ECHO, "it is a question");
	is_int(recvfrom(fd, &packet, sizeof(packet), MSG_DONTWAIT, (void *)&from, &bytes), sizeof(packet),
	       "and the answer");
	is_header(&packet.header, sizeof(packet), IPPROTO_ICMP, "the answer");
	is_int(packet.echo.type, ICMP_ECHOREPLY, "it is an answer");
	is_int(packet.echo.identifier, echo.identifier, "its identifier");
	is_int(packet.echo.sequence, echo.sequence, "its number");
	is_str(packet.echo.text, echo.text, "its text");
	is_int(checksum(&packet.echo, sizeof(packet.echo)), 0, "its checksum");
	is_int((int)ntohl(from.sin_addr.s_addr), 0x7f000001, "from here");
	is_int(from.sin_port, 0, "no port");
	is_int(take(fd, &packet, sizeof(packet)), -EAGAIN, "and nothing else");
	works(setsockopt(fd, SOL_RAW_, ICMP_FILTER_, &filter, sizeof(filter)), "a filter");
	bytes = sizeof(got);
	must(getsockopt(fd, SOL_RAW_, ICMP_FILTER_, &got, &bytes) == 0);
	is_int(got, filter, "is kept");
	is_int(send_v4(fd, &echo, sizeof(echo), 1), sizeof(echo), "an echo");
	is_int(take(fd, &packet, sizeof(packet)), sizeof(packet), "is heard once");
	is_int(packet.echo.type, ICMP_ECHOREPLY, "by its answer");
	is_int(take(fd, &packet, sizeof(packet)), -EAGAIN, "alone");
	echo.checksum ^= 1;
	is_int(send_v4(fd, &echo, sizeof(echo), 1), sizeof(echo), "one that was damaged");
	is_int(send_v4(fd, &echo, 4, 1), 4, "one that was cut");
	is_int(take(fd, &packet, sizeof(packet)), -EAGAIN, "is not answered");
	fails(setsockopt(fd, SOL_RAW_, 9, &filter, sizeof(filter)), ENOPROTOOPT, "an unknown option");
	close(fd);
	fd = open_raw(AF_INET, OTHER);
	fails(setsockopt(fd, SOL_RAW_, ICMP_FILTER_, &filter, sizeof(filter)), EOPNOTSUPP,
	      "a filter of another protocol");
	close(fd);
}

static void hearers(void)
{
	int fd = -1, bound, connected, other;
	struct sockaddr_in name;
	char data[64];

	own_network(-1);
	own_network(make(NETLINK_ROUTE));
	fd = open_raw(AF_INET, OTHER);
	bound = open_raw(AF_INET, OTHER);
	connected = open_raw(AF_INET, OTHER);
	other = open_raw(AF_INET, OTHER - 1);
	name = v4_of(2);
	must(bind(bound, (void *)&name, sizeof(name)) == 0);
	name = v4_of(3);
	must(connect(connected, (void *)&name, sizeof(name)) == 0);
	is_int(send_v4(fd, "abc", 3, 1), 3, "to one address");
	is_int(take(fd, data, sizeof(data)), 23, "the sender hears itself");
	is_int(take(bound, data, sizeof(data)), -EAGAIN, "who is bound to another does not");
	is_int(take(connected, data, sizeof(data)), -EAGAIN, "nor who is connected to another");
	is_int(take(other, data, sizeof(data)), -EAGAIN, "nor another protocol");
	is_int(send_v4(fd, "abc", 3, 2), 3, "to another address");
	is_int(take(bound, data, sizeof(data)), 23, "who is bound to it hears it");
	ok(!memcmp(data + 20, "abc", 3), "as it was sent");
	is_int(send_v4(bound, "", 0, 1), 0, "nothing");
	is_int(take(fd, data, 5), 5, "more than there is room for");
	is_int(take(fd, data, sizeof(data)), 20, "is a header");
	fails(send(fd, "a", 1, 0), EDESTADDRREQ, "to nobody");
	is_int(send(connected, "a", 1, 0), 1, "to the peer");
	name = v4_of(1);
	fails(sendto(fd, "a", 1, 0, (void *)&name, 8), EINVAL, "a short address");
	fails(sendto(fd, "a", 1, MSG_OOB, (void *)&name, sizeof(name)), EOPNOTSUPP, "urgent");
	name.sin_family = AF_INET6;
	fails(sendto(fd, "a", 1, 0, (void *)&name, sizeof(name)), EAFNOSUPPORT, "another family");
	char *lots = map_pages(17);
	is_int(send_v4(fd, lots, 65516, 1), -EMSGSIZE, "too much");
	is_int(send_v4(fd, lots, 70000, 1), -EMSGSIZE, "far too much");
	is_int(send_v4(fd, lots, 65515, 4), 65515, "all that fits");
}

/* As CMSG_NXTHDR, which compares numbers of two kinds. */
static struct cmsghdr *next(struct msghdr *message, struct cmsghdr *at)
{
	char *after = (char *)at + CMSG_ALIGN(at->cmsg_len);
	char *end = (char *)message->msg_control + message->msg_controllen;

	return (size_t)(end - after) >= sizeof(*at) && after < end ? (struct cmsghdr *)(void *)after : NULL;
}

static int hop_limit(int fd, struct echo *echo)
{
	char control[64];
	struct iovec part = {echo, sizeof(*echo)};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	int value = -1;

	if (recvmsg(fd, &message, MSG_DONTWAIT) != sizeof(*echo))
		return -2;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = next(&message, c)) {
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)
			memcpy(&value, CMSG_DATA(c), sizeof(value));
	}
	return value;
}

static void of_ipv6(void)
{
	int fd, one = 1, value = 5, other;
	struct icmp6_filter filter;
	struct sockaddr_in6 to = v6_self(IPPROTO_ICMPV6);
	struct echo echo = echo_of(ICMP6_ECHO_REQUEST);
	uint8_t data[16] = {1, 2, 3, 4, 5, 6};
	socklen_t bytes = sizeof(value);

	own_network(-1);
	own_network(make(NETLINK_ROUTE));
	fd = open_raw(AF_INET6, IPPROTO_ICMPV6);
	must(setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &one, sizeof(one)) == 0);
	is_int(sendto(fd, &echo, sizeof(echo), 0, (void *)&to, sizeof(to)), sizeof(echo), "an echo is asked for");
	is_int(hop_limit(fd, &echo), 64, "the question is heard");
	is_int(echo.type, ICMP6_ECHO_REQUEST, "without a header");
	is_int(hop_limit(fd, &echo), 64, "and the answer");
	is_int(echo.type, ICMP6_ECHO_REPLY, "it is one");
	is_int(ntohs(echo.identifier), IDENTIFIER, "its identifier");
	is_str(echo.text, "hear, hear", "its text");
	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
	works(setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)), "a filter");
	echo.type = ICMP6_ECHO_REQUEST;
	to = v6_self(0);
	is_int(sendto(fd, &echo, sizeof(echo), 0, (void *)&to, sizeof(to)), sizeof(echo), "an echo");
	is_int(hop_limit(fd, &echo), 64, "is heard once");
	is_int(echo.type, ICMP6_ECHO_REPLY, "by its answer");
	is_int(take(fd, &echo, sizeof(echo)), -EAGAIN, "alone");
	to = v6_self(99);
	fails(sendto(fd, &echo, sizeof(echo), 0, (void *)&to, sizeof(to)), EINVAL, "a port that is not the protocol");
	must(getsockopt(fd, SOL_RAW_, CHECKSUM_, &value, &bytes) == 0);
	is_int(value, 2, "where the checksum lies");
	value = 2;
	works(setsockopt(fd, SOL_RAW_, CHECKSUM_, &value, sizeof(value)), "there it may stay");
	close(fd);
	other = open_raw(AF_INET6, OTHER);
	must(getsockopt(other, SOL_RAW_, CHECKSUM_, &value, &bytes) == 0);
	is_int(value, -1, "another protocol has none");
	to = v6_self(0);
	is_int(sendto(other, data, 6, 0, (void *)&to, sizeof(to)), 6, "without");
	is_int(take(other, data, sizeof(data)), 6, "it comes");
	is_int(data[3], 4, "as it was");
	value = 3;
	fails(setsockopt(other, SOL_RAW_, CHECKSUM_, &value, sizeof(value)), EINVAL, "at an odd place");
	value = 2;
	works(setsockopt(other, SOL_RAW_, CHECKSUM_, &value, sizeof(value)), "at an even one");
	is_int(sendto(other, data, 6, 0, (void *)&to, sizeof(to)), 6, "with it");
	is_int(take(other, data, sizeof(data)), 6, "it comes");
	/* ::1 twice, the length, the protocol, and the data without the checksum */
	unsigned sum = 2 + 6 + OTHER + 0x0102 + 0x0506;
	is_int(data[2] << 8 | data[3], (~sum & 0xffff), "summed up");
	is_int(sendto(other, data, 3, 0, (void *)&to, sizeof(to)), -1, "what is too short for it");
	close(other);
}

static void pings(void)
{
	char before[64];
	int fd, second, value = -1;
	struct echo echo = echo_of(ICMP_ECHO), got;
	struct sockaddr_in name = v4_of(1), from;
	struct sockaddr_in6 to = v6_self(0);
	socklen_t bytes = sizeof(name);

	own_network(-1);
	own_network(make(NETLINK_ROUTE));
	must(read_text(PING_RANGE, before, sizeof(before)) > 0);
	is_str(before, "1\t0\n", "nobody may, at first");
	fails(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), EACCES, "not even root");
	is_int(write_text(PING_RANGE, "1000 2000"), 9, "groups");
	fails(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), EACCES, "not root's");
	must(raw(SYS_setresgid, 1000, 1000, 1000) == 0);
	fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	ok(fd >= 0, "those may");
	is_int(send_v4(fd, &echo, 7, 1), -EINVAL, "less than a header");
	echo.type = ICMP_ECHOREPLY;
	is_int(send_v4(fd, &echo, sizeof(echo), 1), -EINVAL, "an answer");
	echo.type = ICMP_ECHO;
	echo.code = 1;
	is_int(send_v4(fd, &echo, sizeof(echo), 1), -EINVAL, "another code");
	echo.code = 0;
	is_int(send_v4(fd, &echo, sizeof(echo), 1), sizeof(echo), "an echo");
	must(getsockname(fd, (void *)&name, &bytes) == 0);
	ok(name.sin_port, "the socket has an identifier then");
	bytes = sizeof(from);
	is_int(recvfrom(fd, &got, sizeof(got), MSG_DONTWAIT, (void *)&from, &bytes), sizeof(got), "the answer");
	is_int(got.type, ICMP_ECHOREPLY, "without a header");
	is_int(got.identifier, name.sin_port, "with its identifier");
	is_str(got.text, echo.text, "and its text");
	is_int(checksum(&got, sizeof(got)), 0, "and a checksum");
	is_int((int)ntohl(from.sin_addr.s_addr), 0x7f000001, "from here");
	is_int(take(fd, &got, sizeof(got)), -EAGAIN, "and nothing else");
	fails(bind(fd, (void *)&name, sizeof(name)), EINVAL, "another name");
	second = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	bytes = sizeof(value);
	must(getsockopt(second, SOL_SOCKET, SO_REUSEADDR, &value, &bytes) == 0);
	is_int(value, 1, "SO_REUSEADDR is on from the beginning");
	value = 0;
	must(setsockopt(second, SOL_SOCKET, SO_REUSEADDR, &value, sizeof(value)) == 0);
	fails(bind(second, (void *)&name, sizeof(name)), EADDRINUSE, "without it an identifier is taken");
	name = v4_of(1);
	name.sin_port = htons(77);
	works(bind(second, (void *)&name, sizeof(name)), "one below 1024");
	works(connect(second, (void *)&name, sizeof(name)), "connect");
	is_int(send(second, &echo, sizeof(echo), 0), sizeof(echo), "an echo");
	is_int(take(second, &got, sizeof(got)), sizeof(got), "is answered");
	is_int(ntohs(got.identifier), 77, "to this one");
	is_int(take(fd, &got, sizeof(got)), -EAGAIN, "not to the other");
	close(fd);
	close(second);
	fd = socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);
	echo.type = ICMP6_ECHO_REQUEST;
	is_int(sendto(fd, &echo, sizeof(echo), 0, (void *)&to, sizeof(to)), sizeof(echo), "an echo of IPv6");
	is_int(take(fd, &got, sizeof(got)), sizeof(got), "is answered");
	is_int(got.type, ICMP6_ECHO_REPLY, "by an answer");
	close(fd);
	is_int(write_text(PING_RANGE, "5 x"), -EINVAL, "no range");
	is_int(write_text(PING_RANGE, "1 0"), 3, "none");
	must(read_text(PING_RANGE, before, sizeof(before)) > 0);
	is_str(before, "1\t0\n", "is as before");
}

/* The number in the first control message of this type; -1: there is none. */
static int64_t time_of(int fd, int type, long parts)
{
	char control[128], data[8];
	struct iovec part = {data, sizeof(data)};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	int64_t value[2] = {-1, 0};

	must(recvmsg(fd, &message, MSG_DONTWAIT) == 3);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = next(&message, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == type && c->cmsg_len == CMSG_LEN(sizeof(value)))
			memcpy(value, CMSG_DATA(c), sizeof(value));
	}
	return value[0] < 0 ? -1 : value[0] * parts + value[1];
}

static int64_t real_ns(void)
{
	struct timespec t = {0, 0};

	raw(SYS_clock_gettime, CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

#define TIME_US 29 /* SO_TIMESTAMP and SO_TIMESTAMPNS of 64 bits, whatever the C library calls them */
#define TIME_NS 35

static void times(void)
{
	struct sockaddr_in name = v4_of(1);
	socklen_t bytes = sizeof(name);
	int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1, value = -1;
	int64_t before, told;

	must(bind(fd, (void *)&name, sizeof(name)) == 0);
	must(getsockname(fd, (void *)&name, &bytes) == 0);
	must(connect(fd, (void *)&name, sizeof(name)) == 0);
	works(setsockopt(fd, SOL_SOCKET, TIME_US, &one, sizeof(one)), "times are wanted");
	before = real_ns();
	must(send(fd, "abc", 3, 0) == 3);
	told = time_of(fd, TIME_US, 1000000);
	ok(told >= before / 1000 && told <= real_ns() / 1000, "in microseconds");
	works(setsockopt(fd, SOL_SOCKET, TIME_NS, &one, sizeof(one)), "finer ones");
	before = real_ns();
	must(send(fd, "abc", 3, 0) == 3);
	told = time_of(fd, TIME_NS, 1000000000);
	ok(told >= before && told <= real_ns(), "in nanoseconds");
	bytes = sizeof(value);
	must(getsockopt(fd, SOL_SOCKET, TIME_US, &value, &bytes) == 0);
	is_int(value, 0, "the one is off");
	must(getsockopt(fd, SOL_SOCKET, TIME_NS, &value, &bytes) == 0);
	is_int(value, 1, "the other is on");
	one = 0;
	works(setsockopt(fd, SOL_SOCKET, TIME_NS, &one, sizeof(one)), "none");
	must(send(fd, "abc", 3, 0) == 3);
	is_int(time_of(fd, TIME_NS, 1000000000), -1, "none comes");
	close(fd);
}

static const struct tap_case cases[] = {
	{"kinds", kinds, 0},     {"echoes", echoes, 0}, {"hearers", hearers, 0},
	{"of_ipv6", of_ipv6, 0}, {"pings", pings, 0},   {"times", times, 0},
};

TAP_MAIN(cases)
