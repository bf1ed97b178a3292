/*
 * Options of TCP, UDP, IP and IPv6: what each is at first, what it may become, and what it answers then. A table.
 */
#include "inet.h"

#define NONE -9999

struct row {
	int stream, level, name, at_first, value, result, then;
	const char *text;
};

#define T   1
#define U   0
#define IP4 IPPROTO_IP
#define IP6 IPPROTO_IPV6
#define TCP IPPROTO_TCP

static const struct row rows[] = {
	{T, TCP, TCP_NODELAY, 0, 5, 0, 1, "TCP_NODELAY"},
	{T, TCP, TCP_CORK, 0, 1, 0, 1, "TCP_CORK"},
	{T, TCP, TCP_KEEPIDLE, 7200, 100, 0, 100, "TCP_KEEPIDLE"},
	{T, TCP, TCP_KEEPIDLE, 100, 0, -EINVAL, 100, "TCP_KEEPIDLE 0"},
	{T, TCP, TCP_KEEPIDLE, 100, 32768, -EINVAL, 100, "TCP_KEEPIDLE too large"},
	{T, TCP, TCP_KEEPINTVL, 75, 3, 0, 3, "TCP_KEEPINTVL"},
	{T, TCP, TCP_KEEPCNT, 9, 127, 0, 127, "TCP_KEEPCNT"},
	{T, TCP, TCP_KEEPCNT, 127, 128, -EINVAL, 127, "TCP_KEEPCNT too large"},
	{T, TCP, TCP_SYNCNT, 6, 3, 0, 3, "TCP_SYNCNT"},
	{T, TCP, TCP_USER_TIMEOUT, 0, 5000, 0, 5000, "TCP_USER_TIMEOUT"},
	{T, TCP, TCP_USER_TIMEOUT, 5000, -1, -EINVAL, 5000, "TCP_USER_TIMEOUT negative"},
	{T, TCP, TCP_DEFER_ACCEPT, 0, 1, 0, 1, "TCP_DEFER_ACCEPT"},
	{T, TCP, TCP_DEFER_ACCEPT, 1, 5, 0, 7, "TCP_DEFER_ACCEPT 5"},
	{T, TCP, TCP_LINGER2, 60, 30, 0, 30, "TCP_LINGER2"},
	{T, TCP, TCP_LINGER2, 30, -5, 0, -1, "TCP_LINGER2 negative"},
	{T, TCP, TCP_MAXSEG, 536, 1000, 0, 1000, "TCP_MAXSEG"},
	{T, TCP, TCP_MAXSEG, 1000, 87, -EINVAL, 1000, "TCP_MAXSEG too small"},
	{T, TCP, TCP_FASTOPEN, 0, 5, 0, 5, "TCP_FASTOPEN"},
	{T, TCP, TCP_FASTOPEN, 5, -1, -EINVAL, 5, "TCP_FASTOPEN negative"},
	{T, TCP, TCP_WINDOW_CLAMP, 0, 100, 0, NONE, "TCP_WINDOW_CLAMP"},
	{T, TCP, TCP_NOTSENT_LOWAT, NONE, 4096, 0, 4096, "TCP_NOTSENT_LOWAT"},
	{T, TCP, 777, -ENOPROTOOPT, 1, -ENOPROTOOPT, -ENOPROTOOPT, "an unknown one of TCP"},
	{U, TCP, TCP_NODELAY, -EOPNOTSUPP, 1, -ENOPROTOOPT, -EOPNOTSUPP, "TCP_NODELAY of UDP"},
	{T, 300, 1, -EOPNOTSUPP, 1, -ENOPROTOOPT, -EOPNOTSUPP, "an unknown level"},
	{T, IP4, IP_TTL, 64, 5, 0, 5, "IP_TTL"},
	{T, IP4, IP_TTL, 5, 0, -EINVAL, 5, "IP_TTL 0"},
	{T, IP4, IP_TTL, 5, 256, -EINVAL, 5, "IP_TTL 256"},
	{T, IP4, IP_TTL, 5, -1, 0, 64, "IP_TTL -1"},
	{T, IP4, IP_TOS, 0, 0x13, 0, 0x10, "IP_TOS of a stream"},
	{U, IP4, IP_TOS, 0, 0x13, 0, 0x13, "IP_TOS"},
	{U, IP4, IP_PKTINFO, 0, 3, 0, 1, "IP_PKTINFO"},
	{U, IP4, IP_RECVTTL, 0, 1, 0, 1, "IP_RECVTTL"},
	{U, IP4, IP_RECVTOS, 0, 1, 0, 1, "IP_RECVTOS"},
	{U, IP4, IP_RECVERR, 0, 1, 0, 1, "IP_RECVERR"},
	{U, IP4, IP_FREEBIND, 0, 1, 0, 1, "IP_FREEBIND"},
	{U, IP4, IP_MTU_DISCOVER, 1, 2, 0, 2, "IP_MTU_DISCOVER"},
	{U, IP4, IP_MTU_DISCOVER, 2, 6, -EINVAL, 2, "IP_MTU_DISCOVER 6"},
	{U, IP4, IP_MTU, -ENOTCONN, 1, -ENOPROTOOPT, -ENOTCONN, "IP_MTU"},
	{U, IP4, IP_MULTICAST_TTL, 1, 7, 0, 7, "IP_MULTICAST_TTL"},
	{U, IP4, IP_MULTICAST_TTL, 7, 256, -EINVAL, 7, "IP_MULTICAST_TTL 256"},
	{T, IP4, IP_MULTICAST_TTL, 1, 7, -EINVAL, 1, "IP_MULTICAST_TTL of a stream"},
	{U, IP4, IP_MULTICAST_LOOP, 1, 0, 0, 0, "IP_MULTICAST_LOOP"},
	{U, IP4, IP_MULTICAST_ALL, 1, 0, 0, 0, "IP_MULTICAST_ALL"},
	{U, IP4, IP_BIND_ADDRESS_NO_PORT, 0, 1, 0, 1, "IP_BIND_ADDRESS_NO_PORT"},
	{U, IP4, 60, -ENOPROTOOPT, 1, -ENOPROTOOPT, -ENOPROTOOPT, "an unknown one of IP"},
	{U, IP6, IPV6_V6ONLY, -EOPNOTSUPP, 1, -ENOPROTOOPT, -EOPNOTSUPP, "IPV6_V6ONLY of AF_INET"},
};

static const struct row rows6[] = {
	{T, IP6, IPV6_V6ONLY, 0, 1, 0, 1, "IPV6_V6ONLY"},
	{T, IP6, IPV6_UNICAST_HOPS, 64, 5, 0, 5, "IPV6_UNICAST_HOPS"},
	{T, IP6, IPV6_UNICAST_HOPS, 5, 256, -EINVAL, 5, "IPV6_UNICAST_HOPS 256"},
	{T, IP6, IPV6_UNICAST_HOPS, 5, -1, 0, 64, "IPV6_UNICAST_HOPS -1"},
	{U, IP6, IPV6_MULTICAST_HOPS, 1, 9, 0, 9, "IPV6_MULTICAST_HOPS"},
	{T, IP6, IPV6_MULTICAST_HOPS, NONE, 9, -ENOPROTOOPT, NONE, "IPV6_MULTICAST_HOPS of a stream"},
	{U, IP6, IPV6_MULTICAST_LOOP, 1, 0, 0, 0, "IPV6_MULTICAST_LOOP"},
	{U, IP6, IPV6_MULTICAST_LOOP, 0, 2, -EINVAL, 0, "IPV6_MULTICAST_LOOP 2"},
	{U, IP6, IPV6_RECVPKTINFO, 0, 1, 0, 1, "IPV6_RECVPKTINFO"},
	{U, IP6, IPV6_RECVHOPLIMIT, 0, 1, 0, 1, "IPV6_RECVHOPLIMIT"},
	{U, IP6, IPV6_RECVTCLASS, 0, 1, 0, 1, "IPV6_RECVTCLASS"},
	{U, IP6, IPV6_RECVERR, 0, 1, 0, 1, "IPV6_RECVERR"},
	{U, IP6, IPV6_TCLASS, 0, 0x20, 0, 0x20, "IPV6_TCLASS"},
	{U, IP6, IPV6_TCLASS, 0x20, 256, -EINVAL, 0x20, "IPV6_TCLASS 256"},
	{U, IP6, IPV6_DONTFRAG, 0, 1, 0, 1, "IPV6_DONTFRAG"},
	{U, IP6, IPV6_MTU_DISCOVER, 1, 2, 0, 2, "IPV6_MTU_DISCOVER"},
	{U, IP4, IP_TTL, 64, 9, 0, 9, "IP_TTL of AF_INET6"},
	{T, TCP, TCP_NODELAY, 0, 1, 0, 1, "TCP_NODELAY of AF_INET6"},
	{U, IP6, 250, -ENOPROTOOPT, 1, -ENOPROTOOPT, -ENOPROTOOPT, "an unknown one of IPv6"},
};

static void go_through(int family, const struct row *table, unsigned count)
{
	int fd[2] = {socket(family, SOCK_DGRAM, 0), socket(family, SOCK_STREAM, 0)};

	for (unsigned i = 0; i < count; i++) {
		const struct row *row = &table[i];
		int s = fd[row->stream];
		if (row->at_first != NONE)
			is_int(get_int(s, row->level, row->name), row->at_first, "%s at first", row->text);
		is_int(raw(SYS_setsockopt, s, row->level, row->name, &row->value, sizeof(int)), row->result,
		       "%s is set", row->text);
		if (row->then != NONE)
			is_int(get_int(s, row->level, row->name), row->then, "%s then", row->text);
	}
}

static void of_v4(void)
{
	go_through(AF_INET, rows, count_of(rows));
}

static void of_v6(void)
{
	go_through(AF_INET6, rows6, count_of(rows6));
}

static void sizes(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), value = 1;
	unsigned char byte = 9;
	socklen_t bytes;
	char text[32];

	is_int(raw(SYS_setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &value, 3), -EINVAL, "three bytes for TCP");
	is_int(raw(SYS_setsockopt, fd, IPPROTO_IP, IP_TTL, &byte, 1), 0, "one byte for IP");
	bytes = 1;
	is_int(getsockopt(fd, IPPROTO_IP, IP_TTL, text, &bytes), 0, "and back");
	is_int(text[0], 9, "the same");
	is_int(bytes, 1, "as one byte");
	is_int(raw(SYS_setsockopt, fd, IPPROTO_IP, IP_TTL, (void *)1, 4), -EFAULT, "from nowhere");
	is_int(raw(SYS_getsockopt, fd, IPPROTO_IP, IP_TTL, (void *)1, &bytes), -EFAULT, "to nowhere");
	bytes = sizeof(text);
	is_int(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, text, &bytes), 0, "TCP_CONGESTION");
	is_int(bytes, 16, "is a name of 16 bytes");
	is_int(raw(SYS_setsockopt, fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4), 0, "reno is known");
	must(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, text, &bytes) == 0);
	is_str(text, "reno", "and told");
	is_int(raw(SYS_setsockopt, fd, IPPROTO_TCP, TCP_CONGESTION, "unheard", 7), -ENOENT, "another is not");
}

static void of_connections(void)
{
	struct tcp_info info;
	socklen_t bytes = sizeof(info);
	int s[2], listener = socket(AF_INET, SOCK_STREAM, 0), value = 0, credentials[3];

	set_int(listener, IPPROTO_TCP, TCP_NODELAY, 1);
	set_int(listener, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_int(listener, SOL_SOCKET, SO_RCVBUF, 10000);
	set_int(listener, IPPROTO_TCP, TCP_KEEPIDLE, 77);
	must(bind_to(listener, loop_of(AF_INET, 0)) == 0 && listen(listener, 5) == 0);
	must(connect_to(s[0] = socket(AF_INET, SOCK_STREAM, 0), loop_of(AF_INET, port_of(listener))) == 0);
	s[1] = accept(listener, NULL, NULL);
	is_int(get_int(s[1], IPPROTO_TCP, TCP_NODELAY), 1, "TCP_NODELAY is handed on");
	is_int(get_int(s[1], SOL_SOCKET, SO_KEEPALIVE), 1, "SO_KEEPALIVE too");
	is_int(get_int(s[1], SOL_SOCKET, SO_RCVBUF), 20000, "SO_RCVBUF too");
	is_int(get_int(s[1], IPPROTO_TCP, TCP_KEEPIDLE), 77, "TCP_KEEPIDLE too");
	must(write(s[0], "12345", 5) == 5);
	must(read(s[1], credentials, 5) == 5);
	is_int(getsockopt(s[0], IPPROTO_TCP, TCP_INFO, &info, &bytes), 0, "TCP_INFO");
	is_int(info.tcpi_state, 1, "its state");
	is_int(info.tcpi_unacked, 0, "nothing on the way");
	bytes = 1;
	is_int(getsockopt(s[0], IPPROTO_TCP, TCP_INFO, &info, &bytes), 0, "one byte of it");
	is_int(bytes, 1, "is one byte");
	must(shutdown(s[0], SHUT_WR) == 0);
	wait_events(s[1], POLLRDHUP);
	must(getsockopt(s[1], IPPROTO_TCP, TCP_INFO, &info, (socklen_t[]){sizeof(info)}) == 0);
	is_int(info.tcpi_state, 8, "CLOSE_WAIT");
	must(getsockopt(s[0], IPPROTO_TCP, TCP_INFO, &info, (socklen_t[]){sizeof(info)}) == 0);
	is_int(info.tcpi_state == 4 || info.tcpi_state == 5, 1, "FIN_WAIT1 or 2");
	must(getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, (socklen_t[]){sizeof(info)}) == 0);
	is_int(info.tcpi_state, 10, "LISTEN");
	bytes = sizeof(credentials);
	is_int(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, credentials, &bytes), 0, "SO_PEERCRED");
	is_int(credentials[0], 0, "nobody");
	is_int(credentials[1], -1, "of no user");
	is_int(raw(SYS_ioctl, s[0], TIOCOUTQ, &value), 0, "TIOCOUTQ");
	is_int(raw(SYS_ioctl, listener, FIONREAD, &value), -EINVAL, "FIONREAD of a listener");
	is_int(raw(SYS_ioctl, listener, 0x1234, &value), -ENOTTY, "an unknown ioctl");
}

static const struct tap_case cases[] = {
	{"of_v4", of_v4, 0}, {"of_v6", of_v6, 0}, {"sizes", sizes, 0}, {"of_connections", of_connections, 0}};

TAP_MAIN(cases)
