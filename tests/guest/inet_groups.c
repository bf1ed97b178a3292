/* Groups of IP on lo: joining, leaving, and who hears what. */
#include "netlink.h"

#include <netinet/in.h>
#include <stddef.h>

#define A  0xe0050607u /* 224.5.6.7 */
#define B  0xe0050608u
#define C  0xe0090909u
#define LO 0x7f000001u

#ifndef IP_MULTICAST_ALL
#define IP_MULTICAST_ALL 49
#endif

static int datagrams(int family)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	must(fd >= 0);
	return fd;
}

static struct sockaddr_in name_of(unsigned ip, unsigned port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(ip), .sin_port = htons((uint16_t)port)};
}

/* Bound there; the port. */
static unsigned bind_at(int fd, unsigned ip)
{
	struct sockaddr_in name = name_of(ip, 0);
	socklen_t bytes = sizeof(name);

	must(bind(fd, (void *)&name, sizeof(name)) == 0);
	must(getsockname(fd, (void *)&name, &bytes) == 0);
	return ntohs(name.sin_port);
}

static long change(int fd, int option, unsigned group, unsigned by, int interface)
{
	struct ip_mreqn request = {
		.imr_multiaddr.s_addr = htonl(group), .imr_address.s_addr = htonl(by), .imr_ifindex = interface};

	return raw(SYS_setsockopt, fd, IPPROTO_IP, option, &request, sizeof(request));
}

static long join(int fd, unsigned group, unsigned by, int interface)
{
	return change(fd, IP_ADD_MEMBERSHIP, group, by, interface);
}

static long leave(int fd, unsigned group, unsigned by, int interface)
{
	return change(fd, IP_DROP_MEMBERSHIP, group, by, interface);
}

static void set_number(int fd, int option, int value)
{
	must(setsockopt(fd, IPPROTO_IP, option, &value, sizeof(value)) == 0);
}

static long send_to(int fd, unsigned ip, unsigned port)
{
	struct sockaddr_in to = name_of(ip, port);

	return raw(SYS_sendto, fd, "a", 1, 0, &to, sizeof(to));
}

/* 1: one has come, from *ip. */
static long heard_from(int fd, unsigned *ip)
{
	struct sockaddr_in from = {.sin_addr.s_addr = 1};
	socklen_t bytes = sizeof(from);
	char byte;
	long result = raw(SYS_recvfrom, fd, &byte, 1, 0, &from, &bytes);

	*ip = ntohl(from.sin_addr.s_addr);
	return result;
}

static long heard(int fd)
{
	unsigned ip;

	return heard_from(fd, &ip);
}

static void begin_network(void)
{
	own_network(-1);
	own_network(make(NETLINK_ROUTE));
}

/* One that sends to groups from lo. */
static int sender(void)
{
	struct in_addr lo = {htonl(LO)};
	int fd = datagrams(AF_INET);

	must(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &lo, sizeof(lo)) == 0);
	return fd;
}

static void joining(void)
{
	int fd, stream;

	begin_network();
	fd = datagrams(AF_INET);
	stream = socket(AF_INET, SOCK_STREAM, 0);
	is_int(join(fd, A, 0, 0), -ENODEV, "nothing leads there");
	is_int(join(fd, A, LO, 0), 0, "by the address of lo");
	is_int(join(fd, A, LO, 0), -EADDRINUSE, "twice");
	is_int(join(fd, A, 0, 1), -EADDRINUSE, "by its number");
	is_int(join(fd, B, 0x7f000009, 0), 0, "by another address of it");
	is_int(join(fd, A, 0x01020304, 0), -ENODEV, "by an address of others");
	is_int(join(fd, A, 0, 99), -ENODEV, "by a number that nobody has");
	is_int(join(fd, C, 0x01020304, 1), 0, "the number goes first");
	is_int(join(fd, LO, LO, 0), -EINVAL, "no group");
	is_int(join(stream, A, LO, 0), -EPROTO, "a stream");
	is_int(leave(fd, A, 0, 0), -ENODEV, "nothing leads there");
	is_int(leave(fd, A, 0x01020304, 0), -EADDRNOTAVAIL, "by another address");
	is_int(leave(fd, A, LO, 0), 0, "leave");
	is_int(leave(fd, A, LO, 0), -EADDRNOTAVAIL, "twice");
	is_int(leave(fd, B, 0, 1), 0, "leave by the number");
	is_int(leave(fd, C, 0, 1), 0, "and the last one");
	for (unsigned i = 0; i < 20; i++)
		must(join(fd, A + i, LO, 0) == 0);
	is_int(join(fd, A + 20, LO, 0), -ENOBUFS, "more than twenty");
	close(fd);
	close(stream);
}

static void hearing(void)
{
	int r, s, second, quiet, apart;
	unsigned port, from;

	begin_network();
	r = datagrams(AF_INET);
	port = bind_at(r, 0);
	s = datagrams(AF_INET);
	must(join(r, A, LO, 0) == 0);
	is_int(send_to(s, A, port), -ENETUNREACH, "nothing leads there");
	close(s);
	s = sender();
	is_int(send_to(s, A, port), 1, "by lo");
	is_int(heard_from(r, &from), 1, "it is heard");
	is_int((int)from, LO, "from lo's address");
	is_int(heard(r), -EAGAIN, "once");
	set_number(s, IP_MULTICAST_LOOP, 0);
	is_int(send_to(s, A, port), 1, "without a loop");
	is_int(heard(r), 1, "lo is one by itself");
	set_number(s, IP_MULTICAST_TTL, 0);
	is_int(send_to(s, A, port), 1, "without a life");
	is_int(heard(r), 1, "it is not far");
	is_int(send_to(s, C, port), 1, "to a group of nobody");
	is_int(heard(r), -EAGAIN, "nobody hears");
	is_int(send_to(s, 0xe0000001, port), 1, "to all hosts");
	is_int(heard(r), 1, "this one is");
	/* two with one port */
	int one = 1;
	second = datagrams(AF_INET);
	quiet = datagrams(AF_INET);
	must(setsockopt(second, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0);
	must(setsockopt(quiet, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0);
	port = bind_at(second, 0);
	struct sockaddr_in name = name_of(A, port);
	must(bind(quiet, (void *)&name, sizeof(name)) == 0);
	is_int(send_to(s, A, port), 1, "to two that belong to nothing");
	is_int(heard(second), 1, "the one hears what comes for others");
	is_int(heard(quiet), 1, "the other is bound to it");
	set_number(second, IP_MULTICAST_ALL, 0);
	is_int(send_to(s, A, port), 1, "once more");
	is_int(heard(second), -EAGAIN, "who wants its own alone hears nothing");
	is_int(heard(quiet), 1, "the other does");
	must(join(second, A, LO, 0) == 0);
	is_int(send_to(s, A, port), 1, "once more");
	is_int(heard(second), 1, "it belongs to it now");
	is_int(heard(quiet), 1, "and the other hears it, too");
	is_int(send_to(s, LO, port), 1, "to one address");
	is_int(heard(second), 1, "is for the one");
	is_int(heard(quiet), -EAGAIN, "alone");
	is_int(send_to(quiet, LO, port), 1, "from a group's name");
	is_int(heard_from(second, &from), 1, "it comes");
	is_int((int)from, LO, "from a real address");
	/* who is bound elsewhere, and a socket's end */
	apart = datagrams(AF_INET);
	port = bind_at(apart, LO);
	is_int(send_to(apart, A, port), 1, "a way is known by the sender's address");
	is_int(heard(apart), -EAGAIN, "to which nothing of groups comes");
	close(second);
	close(r);
	port = bind_at(datagrams(AF_INET), 0);
	r = datagrams(AF_INET);
	port = bind_at(r, 0);
	is_int(send_to(s, A, port), 1, "to a group whose last member has ended");
	is_int(heard(r), -EAGAIN, "nobody hears");
}

static void peers(void)
{
	int r, fd = -1;
	unsigned port, from;
	struct sockaddr_in name;
	struct in_addr address = {1};
	struct ip_mreqn by_number = {.imr_ifindex = 1};
	socklen_t bytes = sizeof(name);

	begin_network();
	r = datagrams(AF_INET);
	port = bind_at(r, 0);
	must(join(r, A, LO, 0) == 0);
	fd = datagrams(AF_INET);
	name = name_of(A, port);
	fails(connect(fd, (void *)&name, sizeof(name)), ENETUNREACH, "connect without a way");
	close(fd);
	fd = sender();
	works(connect(fd, (void *)&name, sizeof(name)), "with one");
	must(getsockname(fd, (void *)&name, &bytes) == 0);
	is_int((int)ntohl(name.sin_addr.s_addr), LO, "our name then");
	is_int(raw(SYS_write, fd, "a", 1), 1, "write");
	is_int(heard(r), 1, "is heard");
	bytes = sizeof(address);
	must(getsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &address, &bytes) == 0);
	is_int((int)ntohl(address.s_addr), LO, "the way that was named");
	close(fd);
	fd = datagrams(AF_INET);
	must(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &by_number, sizeof(by_number)) == 0);
	must(getsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &address, &bytes) == 0);
	is_int((int)address.s_addr, 0, "by a number no address is named");
	is_int(send_to(fd, A, port), 1, "it leads there all the same");
	is_int(heard_from(r, &from), 1, "it comes");
	is_int((int)from, 0, "from nowhere");
	int on = 1;
	must(setsockopt(r, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) == 0);
	is_int(send_to(fd, A, port), 1, "another");
	_Alignas(8) char control[64] = {0};
	struct iovec part = {control + 60, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = 48};
	struct in_pktinfo info = {.ipi_ifindex = 0};
	is_int(recvmsg(r, &message, 0), 1, "is told of");
	memcpy(&info, control + sizeof(struct cmsghdr), sizeof(info));
	is_int(info.ipi_ifindex, 1, "by lo");
	is_int((int)ntohl(info.ipi_addr.s_addr), (int)A, "for the group");
	is_int((int)info.ipi_spec_dst.s_addr, 0, "to be answered from nowhere");
	is_int(send_to(sender(), A, port), 1, "one from an address");
	message.msg_controllen = 48;
	is_int(recvmsg(r, &message, 0), 1, "is told of");
	memcpy(&info, control + sizeof(struct cmsghdr), sizeof(info));
	is_int((int)ntohl(info.ipi_spec_dst.s_addr), LO, "to be answered from here");
}

static long change6(int fd, int option, unsigned last, int interface)
{
	struct ipv6_mreq request = {.ipv6mr_interface = (unsigned)interface};

	request.ipv6mr_multiaddr.s6_addr[0] = 0xff;
	request.ipv6mr_multiaddr.s6_addr[1] = 0x0e;
	request.ipv6mr_multiaddr.s6_addr[15] = (uint8_t)last;
	return raw(SYS_setsockopt, fd, IPPROTO_IPV6, option, &request, sizeof(request));
}

static void of_ipv6(void)
{
	int fd, interface = 1, one = 1;
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
	socklen_t bytes = sizeof(to);

	begin_network();
	fd = datagrams(AF_INET6);
	is_int(change6(fd, IPV6_ADD_MEMBERSHIP, 1, 0), -ENODEV, "nothing leads there");
	is_int(change6(fd, IPV6_ADD_MEMBERSHIP, 1, 1), 0, "on lo");
	is_int(change6(fd, IPV6_ADD_MEMBERSHIP, 1, 1), -EADDRINUSE, "twice");
	is_int(change6(fd, IPV6_ADD_MEMBERSHIP, 1, 0), -EADDRINUSE, "wherever");
	is_int(change6(fd, IPV6_ADD_MEMBERSHIP, 2, 99), -ENODEV, "on what nobody has");
	to.sin6_addr.s6_addr[0] = 0xff;
	to.sin6_addr.s6_addr[1] = 0x0e;
	to.sin6_addr.s6_addr[15] = 1;
	must(setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &interface, sizeof(interface)) == 0);
	fails(sendto(fd, "a", 1, 0, (void *)&to, sizeof(to)), ENETUNREACH, "to which nothing can be sent");
	is_int(change6(fd, IPV6_DROP_MEMBERSHIP, 1, 0), 0, "leave");
	is_int(change6(fd, IPV6_DROP_MEMBERSHIP, 1, 1), -EADDRNOTAVAIL, "twice");
	/* a socket of both */
	close(fd);
	fd = datagrams(AF_INET6);
	memset(&to.sin6_addr, 0, sizeof(to.sin6_addr));
	to.sin6_port = 0;
	must(bind(fd, (void *)&to, sizeof(to)) == 0 && getsockname(fd, (void *)&to, &bytes) == 0);
	is_int(join(fd, A, LO, 0), 0, "a group of IPv4");
	is_int(send_to(sender(), A, ntohs(to.sin6_port)), 1, "to it");
	is_int(heard(fd), 1, "is heard");
	close(fd);
	fd = datagrams(AF_INET6);
	must(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) == 0);
	to.sin6_port = 0;
	must(bind(fd, (void *)&to, sizeof(to)) == 0 && getsockname(fd, (void *)&to, &bytes) == 0);
	is_int(join(fd, A, LO, 0), 0, "a group of IPv4 for IPv6 alone");
	is_int(send_to(sender(), A, ntohs(to.sin6_port)), 1, "to it");
	is_int(heard(fd), -EAGAIN, "is not heard");
}

/* Memberships take memory of the kernel's: there is an end to them, and room again behind it. */
static void many(void)
{
	struct ipv6_mreq request = {.ipv6mr_interface = 1};
	int fd, joined = 0;
	long result;

	own_network(-1);
	own_network(make(NETLINK_ROUTE));
	fd = datagrams(AF_INET6);
	request.ipv6mr_multiaddr.s6_addr[0] = 0xff;
	request.ipv6mr_multiaddr.s6_addr[1] = 1;
	do {
		request.ipv6mr_multiaddr.s6_addr[14] = (unsigned char)(joined >> 8);
		request.ipv6mr_multiaddr.s6_addr[15] = (unsigned char)joined;
		request.ipv6mr_multiaddr.s6_addr[13] = 1;
		result = raw(SYS_setsockopt, fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &request, sizeof(request));
		joined += result == 0;
	} while (result == 0 && joined < 20000);
	is_int(result, -ENOMEM, "one socket cannot belong to any number of groups");
	request.ipv6mr_multiaddr.s6_addr[14] = request.ipv6mr_multiaddr.s6_addr[15] = 0;
	is_int(raw(SYS_setsockopt, fd, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, &request, sizeof(request)), 0,
	       "one is left");
	is_int(raw(SYS_setsockopt, fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &request, sizeof(request)), 0,
	       "and joined again");
}

static const struct tap_case cases[] = {
	{"joining", joining, 0}, {"hearing", hearing, 0}, {"peers", peers, 0},
	{"of_ipv6", of_ipv6, 0}, {"many", many, 0},
};

TAP_MAIN(cases)
