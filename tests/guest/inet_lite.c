/*
 * UDP-Lite: UDP with ports of its own and a checksum that covers what the sender says; a receiver may want more.
 */
#include "inet.h"

#define SEND_COVERAGE 10
#define WANT_COVERAGE 11

static int lite_socket(int family)
{
	int fd = socket(family, SOCK_DGRAM, IPPROTO_UDPLITE);

	must(fd >= 0);
	return fd;
}

static int bound_lite(int family)
{
	int fd = lite_socket(family);

	must(bind_to(fd, loop_of(family, 0)) == 0);
	return fd;
}

static void ports(void)
{
	for (unsigned i = 0; i < 2; i++) {
		int family = i ? AF_INET6 : AF_INET, a = bound_lite(family), udp = socket(family, SOCK_DGRAM, 0);
		int second = lite_socket(family), b = lite_socket(family);
		char buffer[16];

		is_int(get_int(a, SOL_SOCKET, SO_PROTOCOL), IPPROTO_UDPLITE, "its protocol");
		is_int(get_int(a, SOL_SOCKET, SO_TYPE), SOCK_DGRAM, "its type");
		is_int(bind_to(udp, loop_of(family, port_of(a))), 0, "UDP may have the same port");
		is_int(bind_to(second, loop_of(family, port_of(a))), -EADDRINUSE, "another may not");
		is_int(connect_to(b, loop_of(family, port_of(a))), 0, "connect");
		is_int(write(b, "lite", 4), 4, "a datagram");
		is_int(recv(a, buffer, sizeof(buffer), 0), 4, "comes to UDP-Lite");
		is_int(raw(SYS_recvfrom, udp, buffer, sizeof(buffer), MSG_DONTWAIT, 0, 0), -EAGAIN, "not to UDP");
		close(a);
		is_int(write(b, "x", 1), 1, "to a port that only UDP has");
		wait_events(b, POLLERR);
		is_int(raw(SYS_write, b, "x", 1), -ECONNREFUSED, "meets nobody");
		close(udp);
		close(second);
		close(b);
	}
	is_int(raw(SYS_socket, AF_INET, SOCK_STREAM, IPPROTO_UDPLITE), -EPROTONOSUPPORT, "a stream of it");
}

static long set_number(int fd, int level, int name, int value)
{
	return raw(SYS_setsockopt, fd, level, name, &value, sizeof(value));
}

static void options(void)
{
	static const int told[][2] = {{0, 0}, {1, 8}, {-5, 8}, {20, 20}, {70000, 65535}};
	int fd = lite_socket(AF_INET), udp = socket(AF_INET, SOCK_DGRAM, 0), value = 0;

	for (int name = SEND_COVERAGE; name <= WANT_COVERAGE; name++) {
		is_int(get_int(fd, IPPROTO_UDPLITE, name), 0, "at first all");
		for (unsigned i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
			is_int(set_number(fd, IPPROTO_UDPLITE, name, told[i][0]), 0, "a coverage");
			is_int(get_int(fd, IPPROTO_UDPLITE, name), told[i][1], "as it is told");
		}
		is_int(set_number(udp, IPPROTO_UDPLITE, name, 8), -ENOPROTOOPT, "not of UDP");
		is_int(raw(SYS_setsockopt, fd, IPPROTO_UDPLITE, name, &value, 2), -EINVAL, "half a number");
		is_int(raw(SYS_setsockopt, fd, IPPROTO_UDPLITE, name, 0, 4), -EFAULT, "no memory");
	}
	is_int(set_number(fd, IPPROTO_UDPLITE, 77, 8), -ENOPROTOOPT, "an unknown one");
	close(fd);
	close(udp);
}

/* What comes of datagrams of 20 bytes, 28 with the header. A mark of whole coverage ends the wait. */
static void passes(int covers, int wants, int expected)
{
	int a = bound_lite(AF_INET), b = lite_socket(AF_INET);
	char buffer[32] = "";

	connect_to(b, loop_of(AF_INET, port_of(a)));
	if (wants >= 0)
		set_number(a, IPPROTO_UDPLITE, WANT_COVERAGE, wants);
	set_number(b, IPPROTO_UDPLITE, SEND_COVERAGE, covers);
	is_int(send(b, buffer, 20, 0), 20, "sent");
	set_number(b, IPPROTO_UDPLITE, SEND_COVERAGE, 0);
	is_int(send(b, buffer, 1, 0), 1, "the mark");
	is_int(recv(a, buffer, sizeof(buffer), 0), expected ? 20 : 1, "%d of 28 bytes for one who wants %d", covers,
	       wants);
	close(a);
	close(b);
}

static void coverage(void)
{
	passes(0, -1, 1);
	passes(8, -1, 1);
	passes(8, 0, 0);
	passes(28, 0, 1);
	passes(27, 0, 0);
	passes(12, 12, 1);
	passes(12, 13, 0);
	passes(40, 100, 1);
	passes(0, 100, 1);
}

static const struct tap_case cases[] = {{"ports", ports, 0}, {"options", options, 0}, {"coverage", coverage, 0}};

TAP_MAIN(cases)
