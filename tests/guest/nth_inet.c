/*
 * Sockets of AF_INET and AF_INET6 when the n-th allocation fails (nth_allocation.h).
 */
#include "inet.h"
#include "nth_allocation.h"

static int s[2] = {-1, -1}, one = -1, listener = -1;
static char bytes[30000]; /* one piece of a stream: a second one would wait for a reader when memory is short */

static void close_it(long fd)
{
	must(close((int)fd) == 0);
}

static void fresh(int family, int type)
{
	if (one >= 0)
		close(one);
	one = socket(family, type, 0);
	must(one >= 0);
}

static void listening(void)
{
	if (listener < 0)
		listener = listener_of(AF_INET, 5);
	fresh(AF_INET, SOCK_STREAM);
}

static long run_socket(void)
{
	return raw(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static long run_socket6(void)
{
	return raw(SYS_socket, AF_INET6, SOCK_DGRAM, 0);
}

static long run_connect(void)
{
	return connect_to(one, loop_of(AF_INET, port_of(listener)));
}

static int is_not_connected(void)
{
	return events_of(listener) == 0 && events_of(one) == (POLLOUT | POLLHUP);
}

static void take_connection(long result)
{
	(void)result;
	close_it(accept(listener, NULL, NULL));
}

static void connecting(void)
{
	listening();
	must(run_connect() == 0);
}

static long run_accept(void)
{
	return raw(SYS_accept, listener, 0, 0);
}

/* The connection is not lost. */
static int still_waits(void)
{
	if (events_of(listener) != POLLIN)
		return 0;
	take_connection(0);
	return 1;
}

static void undoing(void)
{
	connecting();
	take_connection(0);
}

static long run_disconnect(void)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};

	return raw(SYS_connect, one, &none, sizeof(none));
}

static long run_bind(void)
{
	return bind_to(one, loop_of(AF_INET, 0));
}

static long run_raw(void)
{
	return raw(SYS_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static void fresh_member(void)
{
	fresh(AF_INET, SOCK_DGRAM);
}

static long change_group(int option)
{
	struct ip_mreq request = {.imr_multiaddr.s_addr = htonl(0xe0050607),
				  .imr_interface.s_addr = htonl(INADDR_LOOPBACK)};

	return raw(SYS_setsockopt, one, IPPROTO_IP, option, &request, sizeof(request));
}

static long run_join(void)
{
	return change_group(IP_ADD_MEMBERSHIP);
}

static int is_no_member(void)
{
	return change_group(IP_DROP_MEMBERSHIP) == -EADDRNOTAVAIL;
}

static const struct operation making[] = {
	{"socket", 0, run_socket, 0, close_it, 0, 0, 0},
	{"socket of IPv6", 0, run_socket6, 0, close_it, 0, 0, 0},
	{"bind", listening, run_bind, 0, 0, 0, 0, 0},
	{"connect", listening, run_connect, is_not_connected, take_connection, 0, 0, 0},
	{"accept", connecting, run_accept, still_waits, close_it, 0, 0, 0},
	{"a raw socket", 0, run_raw, 0, close_it, 0, 0, 0},
	{"a group", fresh_member, run_join, is_no_member, 0, ENOBUFS, 0, 0},
	{"connect to AF_UNSPEC", undoing, run_disconnect, 0, 0, 0, 1, 0},
};

static void fresh_stream(void)
{
	if (s[0] >= 0)
		must(close(s[0]) == 0 && close(s[1]) == 0);
	connect_pair(AF_INET, s);
}

static void fresh_datagram(void)
{
	if (s[0] >= 0)
		must(close(s[0]) == 0 && close(s[1]) == 0);
	s[0] = bound_socket(AF_INET, SOCK_DGRAM);
	s[1] = bound_socket(AF_INET, SOCK_DGRAM);
	must(connect_to(s[0], loop_of(AF_INET, port_of(s[1]))) == 0);
}

static long run_write(void)
{
	return raw(SYS_write, s[0], bytes, 10);
}

static long run_write_long(void)
{
	return raw(SYS_write, s[0], bytes, sizeof(bytes));
}

static long run_urgent(void)
{
	return raw(SYS_sendto, s[0], bytes, 3, MSG_OOB, 0, 0);
}

static int has_nothing(void)
{
	return raw(SYS_recvfrom, s[1], bytes, sizeof(bytes), MSG_DONTWAIT, 0, 0) == -EAGAIN;
}

/* One that hears what it sends. */
static void fresh_raw(void)
{
	if (one >= 0)
		close(one);
	one = socket(AF_INET, SOCK_RAW, 253);
	must(one >= 0);
	must(connect_to(one, loop_of(AF_INET, 0)) == 0);
}

static long run_packet(void)
{
	return raw(SYS_write, one, bytes, 3000);
}

static int hears_nothing(void)
{
	return raw(SYS_recvfrom, one, bytes, sizeof(bytes), MSG_DONTWAIT, 0, 0) == -EAGAIN;
}

static const struct operation sending[] = {
	{"bytes", fresh_stream, run_write, has_nothing, 0, 0, 0, 0},
	{"many bytes", fresh_stream, run_write_long, has_nothing, 0, 0, 1, 0},
	{"an urgent byte", fresh_stream, run_urgent, has_nothing, 0, 0, 0, 0},
	{"a datagram", fresh_datagram, run_write, has_nothing, 0, ENOBUFS, 0, 0},
	{"a packet", fresh_raw, run_packet, hears_nothing, 0, ENOBUFS, 1, 0},
	{"a long datagram", fresh_datagram, run_write_long, has_nothing, 0, ENOBUFS, 0, 0},
};

static void of_making(void)
{
	nth_run(making, count_of(making));
}

static void of_sending(void)
{
	nth_run(sending, count_of(sending));
}

static const struct tap_case cases[] = {{"of_making", of_making, 0}, {"of_sending", of_sending, 0}};

TAP_MAIN(cases)
