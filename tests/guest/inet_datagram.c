/*
 * UDP between processes of one machine: whole datagrams with their senders' addresses.
 */
#include "inet.h"

static char big[70000];

static long send_to(int fd, const void *data, size_t bytes, union any_address a)
{
	return raw(SYS_sendto, fd, data, bytes, 0, &a, size_of(&a));
}

static void basics(void)
{
	for (unsigned i = 0; i < 2; i++) {
		int family = i ? AF_INET6 : AF_INET, a = bound_socket(family, SOCK_DGRAM),
		    b = socket(family, SOCK_DGRAM, 0);
		union any_address from;
		socklen_t bytes = sizeof(from);
		char buffer[16];

		is_int(events_of(b), POLLOUT, "poll of a fresh one");
		is_int(raw(SYS_sendto, b, "x", 1, 0, 0, 0), -EDESTADDRREQ, "sending to nobody");
		is_int(raw(SYS_listen, b, 1), -EOPNOTSUPP, "listen");
		is_int(raw(SYS_accept, b, 0, 0), -EOPNOTSUPP, "accept");
		is_int(send_to(b, "one", 3, loop_of(family, port_of(a))), 3, "sendto");
		is_int(port_of(b) >= 32768, 1, "gives it a port");
		is_int(send_to(b, "", 0, loop_of(family, port_of(a))), 0, "an empty one");
		is_int(send_to(b, "three", 5, loop_of(family, port_of(a))), 5, "a third");
		wait_events(a, POLLIN);
		is_int(raw(SYS_ioctl, a, FIONREAD, buffer), 0, "FIONREAD");
		is_int(*(int *)(void *)buffer, 3, "tells of the first");
		is_int(raw(SYS_recvfrom, a, buffer, 2, MSG_PEEK | MSG_TRUNC, 0, 0), 3, "MSG_PEEK and MSG_TRUNC");
		is_int(raw(SYS_recvfrom, a, buffer, 16, 0, &from, &bytes), 3, "the first");
		is_int(bytes, size_of(&from), "the size of its sender's address");
		is_int(ntohs(family == AF_INET ? from.v4.sin_port : from.v6.sin6_port), port_of(b),
		       "the sender's port");
		is_int(recv(a, buffer, 16, 0), 0, "the empty one");
		is_int(recv(a, buffer, 2, 0), 2, "the third, cut");
		is_int(raw(SYS_recvfrom, a, buffer, 16, MSG_DONTWAIT, 0, 0), -EAGAIN, "the rest is gone");
		is_int(raw(SYS_sendto, b, "x", 1, MSG_OOB, &from, bytes), i ? 1 : -EOPNOTSUPP, "MSG_OOB");
	}
}

static void connected(void)
{
	int a = bound_socket(AF_INET, SOCK_DGRAM), b = bound_socket(AF_INET, SOCK_DGRAM),
	    other = bound_socket(AF_INET, SOCK_DGRAM);
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	union any_address name;
	socklen_t bytes = sizeof(name);
	char buffer[16];

	is_int(raw(SYS_getpeername, b, &name, &bytes), -ENOTCONN, "no peer yet");
	is_int(raw(SYS_shutdown, b, SHUT_RDWR), -ENOTCONN, "shutdown without one");
	b = bound_socket(AF_INET, SOCK_DGRAM);
	is_int(connect_to(b, loop_of(AF_INET, port_of(a))), 0, "connect");
	is_int(write(b, "hello", 5), 5, "write");
	is_int(raw(SYS_getpeername, b, &name, &bytes), 0, "getpeername");
	is_int(ntohs(name.v4.sin_port), port_of(a), "tells its port");
	is_int(recv(a, buffer, 16, 0), 5, "arrives");
	is_int(send_to(other, "no", 2, loop_of(AF_INET, port_of(b))), 2, "from somebody else");
	is_int(raw(SYS_recvfrom, b, buffer, 16, MSG_DONTWAIT, 0, 0), -EAGAIN, "nothing comes");
	is_int(send_to(a, "yes", 3, loop_of(AF_INET, port_of(b))), 3, "from the peer");
	is_int(recv(b, buffer, 16, 0), 3, "it comes");
	close(a);
	is_int(write(b, "x", 1), 1, "to a peer that has gone");
	wait_events(b, POLLERR);
	is_int(events_of(b), POLLOUT | POLLERR, "poll tells the error");
	is_int(raw(SYS_write, b, "x", 1), -ECONNREFUSED, "the next call tells it");
	is_int(raw(SYS_recvfrom, b, buffer, 16, MSG_DONTWAIT, 0, 0), -EAGAIN, "once, and nothing was sent");
	is_int(write(b, "x", 1), 1, "again");
	is_int(raw(SYS_recvfrom, b, buffer, 16, 0, 0, 0), -ECONNREFUSED, "or a read");
	is_int(raw(SYS_connect, b, &none, sizeof(none)), 0, "connect to AF_UNSPEC");
	is_int(raw(SYS_write, b, "x", 1), -EDESTADDRREQ, "nobody again");
	is_int(send_to(b, "x", 1, loop_of(AF_INET, 9)), 1, "to nobody, unconnected");
	is_int(get_int(b, SOL_SOCKET, SO_ERROR), 0, "is not told");
	is_int(send_to(b, "x", 1, loop_of(AF_INET, 0)), -EINVAL, "to port 0");
	is_int(connect_to(b, loop_of(AF_INET, 9)), 0, "connected again");
	is_int(shutdown(b, SHUT_RDWR), 0, "shutdown");
	is_int(recv(b, buffer, 16, 0), 0, "reading ends");
	is_int(raw(SYS_write, b, "x", 1), -EPIPE, "writing too");
}

static void sizes(void)
{
	int a = bound_socket(AF_INET, SOCK_DGRAM), b = bound_socket(AF_INET, SOCK_DGRAM),
	    a6 = bound_socket(AF_INET6, SOCK_DGRAM);
	int b6 = bound_socket(AF_INET6, SOCK_DGRAM);

	is_int(send_to(b, big, 65507, loop_of(AF_INET, port_of(a))), 65507, "the largest of IPv4");
	is_int(send_to(b, big, 65508, loop_of(AF_INET, port_of(a))), -EMSGSIZE, "one more");
	is_int(send_to(b, big, 70000, loop_of(AF_INET, port_of(a))), -EMSGSIZE, "much more");
	is_int(recv(a, big, sizeof(big), 0), 65507, "arrives whole");
	is_int(send_to(b6, big, 65527, loop_of(AF_INET6, port_of(a6))), 65527, "the largest of IPv6");
	is_int(send_to(b6, big, 65528, loop_of(AF_INET6, port_of(a6))), -EMSGSIZE, "one more");
	is_int(recv(a6, big, sizeof(big), 0), 65527, "arrives whole");
	/* More than the receiver has room for is dropped, and the sender never waits. */
	for (int i = 0; i < 300; i++)
		must(send_to(b, big, 10000, loop_of(AF_INET, port_of(a))) == 10000);
	int n = 0;
	while (recv(a, big, sizeof(big), MSG_DONTWAIT) == 10000)
		n++;
	is_int(n > 4 && n < 100, 1, "a full receiver drops what comes");
	is_int(send_to(b, "x", 1, loop_of(AF_INET, port_of(a))), 1, "and takes more when it is read");
	is_int(recv(a, big, sizeof(big), 0), 1, "as before");
	is_int(raw(SYS_sendto, b, (void *)1, 5, 0, 0, 0), -EDESTADDRREQ, "without an address");
	union any_address to = loop_of(AF_INET, port_of(a));
	is_int(raw(SYS_sendto, b, (void *)1, 5, 0, &to, sizeof(to.v4)), -EFAULT, "from nowhere");
	is_int(raw(SYS_sendto, b, big, 5, 0, &to, 15), -EINVAL, "a short address");
	union any_address six = loop_of(AF_INET6, 9);
	is_int(raw(SYS_sendto, b, big, 5, 0, &six, sizeof(six.v6)), -EAFNOSUPPORT, "of another family");
	to = v4_at("127.255.255.255", 9);
	is_int(raw(SYS_sendto, b, big, 5, 0, &to, sizeof(to.v4)), -EACCES, "to all, without SO_BROADCAST");
}

static void mapped(void)
{
	int a = socket(AF_INET6, SOCK_DGRAM, 0), b = socket(AF_INET, SOCK_DGRAM, 0);
	union any_address from;
	socklen_t bytes = sizeof(from);
	char buffer[8];

	must(bind_to(a, v6_at("::", 0)) == 0);
	is_int(send_to(b, "x", 1, loop_of(AF_INET, port_of(a))), 1, "from IPv4 to a socket of both");
	is_int(raw(SYS_recvfrom, a, buffer, 8, 0, &from, &bytes), 1, "arrives");
	is_int(IN6_IS_ADDR_V4MAPPED(&from.v6.sin6_addr), 1, "with a mapped address");
	is_int(send_to(a, "yz", 2, from), 2, "an answer to it");
	is_int(recv(b, buffer, 8, 0), 2, "goes back");
	union any_address v4 = loop_of(AF_INET, port_of(b));
	is_int(raw(SYS_sendto, a, "yz", 2, 0, &v4, sizeof(v4.v4)), 2, "an address of IPv4 will do");
	is_int(recv(b, buffer, 8, 0), 2, "as well");
	int only = socket(AF_INET6, SOCK_DGRAM, 0);
	set_int(only, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	is_int(raw(SYS_sendto, only, "yz", 2, 0, &v4, sizeof(v4.v4)), -ENETUNREACH, "not with IPV6_V6ONLY");
	is_int(bind_to(only, v6_at("::", 0)), -EINVAL, "which gave it a port all the same");
	is_int(connect_to(b, loop_of(AF_INET, port_of(only))), 0, "connect to its port");
	is_int(write(b, "x", 1), 1, "send to it");
	wait_events(b, POLLERR);
	is_int(raw(SYS_write, b, "x", 1), -ECONNREFUSED, "it is not there for IPv4");
}

/* As CMSG_NXTHDR, which compares numbers of two kinds. */
static struct cmsghdr *next_control(struct msghdr *header, struct cmsghdr *c)
{
	size_t at = (size_t)((char *)c - (char *)header->msg_control) + CMSG_ALIGN(c->cmsg_len);

	return at + sizeof(*c) <= header->msg_controllen ? (void *)((char *)header->msg_control + at) : NULL;
}

static void control(void)
{
	int a = bound_socket(AF_INET, SOCK_DGRAM), b = bound_socket(AF_INET, SOCK_DGRAM);
	_Alignas(8) char room[256];
	char buffer[8];
	struct iovec part = {buffer, 8};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
	struct cmsghdr *c;
	int found = 0;

	set_int(a, IPPROTO_IP, IP_PKTINFO, 1);
	set_int(a, IPPROTO_IP, IP_RECVTTL, 1);
	set_int(a, IPPROTO_IP, IP_RECVTOS, 1);
	set_int(b, IPPROTO_IP, IP_TTL, 7);
	set_int(b, IPPROTO_IP, IP_TOS, 0x10);
	must(send_to(b, "x", 1, loop_of(AF_INET, port_of(a))) == 1);
	is_int(recvmsg(a, &header, 0), 1, "recvmsg");
	for (c = CMSG_FIRSTHDR(&header); c; c = next_control(&header, c)) {
		if (c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			found |= 1;
			is_int(info.ipi_ifindex, 1, "came by lo");
			is_int(ntohl(info.ipi_addr.s_addr), INADDR_LOOPBACK, "for this address");
		} else if (c->cmsg_type == IP_TTL) {
			found |= 2;
			is_int(*(int *)(void *)CMSG_DATA(c), 7, "its TTL");
		} else if (c->cmsg_type == IP_TOS) {
			found |= 4;
			is_int(*CMSG_DATA(c), 0x10, "its TOS");
		}
	}
	is_int(found, 7, "all three came");
	/* What a datagram met, by IP_RECVERR. */
	set_int(b, IPPROTO_IP, IP_RECVERR, 1);
	close(a);
	must(send_to(b, "lost", 4, loop_of(AF_INET, 9)) == 4);
	wait_events(b, POLLERR);
	header.msg_controllen = sizeof(room);
	union any_address to;
	header.msg_name = &to;
	header.msg_namelen = sizeof(to);
	is_int(recvmsg(b, &header, MSG_ERRQUEUE), 4, "the lost one comes back");
	is_int(memcmp(buffer, "lost", 4), 0, "with its bytes");
	is_int(header.msg_flags & MSG_ERRQUEUE, MSG_ERRQUEUE, "as an error");
	is_int(ntohs(to.v4.sin_port), 9, "and whom it was for");
	c = CMSG_FIRSTHDR(&header);
	is_int(c && c->cmsg_type == IP_RECVERR, 1, "why");
	is_int(*(unsigned *)(void *)CMSG_DATA(c), ECONNREFUSED, "ECONNREFUSED");
	is_int(raw(SYS_recvmsg, b, &header, MSG_ERRQUEUE), -EAGAIN, "no other");
	is_int(get_int(b, SOL_SOCKET, SO_ERROR), 0, "nothing is left");
}

static void several(void)
{
	int a = bound_socket(AF_INET, SOCK_DGRAM), b = bound_socket(AF_INET, SOCK_DGRAM);
	char text[3][8];
	struct iovec out[3] = {{"a", 1}, {"bb", 2}, {"ccc", 3}}, in[3] = {{text[0], 8}, {text[1], 8}, {text[2], 8}};
	struct mmsghdr h[3];

	must(connect_to(b, loop_of(AF_INET, port_of(a))) == 0);
	memset(h, 0, sizeof(h));
	for (int i = 0; i < 3; i++)
		h[i].msg_hdr = (struct msghdr){.msg_iov = &out[i], .msg_iovlen = 1};
	is_int(sendmmsg(b, h, 3, 0), 3, "sendmmsg");
	is_int(h[2].msg_len, 3, "its lengths");
	for (int i = 0; i < 3; i++)
		h[i].msg_hdr = (struct msghdr){.msg_iov = &in[i], .msg_iovlen = 1};
	is_int(recvmmsg(a, h, 3, MSG_WAITFORONE, NULL), 3, "recvmmsg");
	is_int(h[1].msg_len, 2, "its lengths");
}

static const struct tap_case cases[] = {{"basics", basics, 0}, {"connected", connected, 0}, {"sizes", sizes, 0},
					{"mapped", mapped, 0}, {"control", control, 0},     {"several", several, 0}};

TAP_MAIN(cases)
