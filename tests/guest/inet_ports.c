/*
 * bind(2) of AF_INET and AF_INET6: which addresses and ports may be had, by whom, and shared with whom.
 */
#include "inet.h"

static int fresh(int family, int type, int reuse)
{
	int fd = socket(family, type, 0);

	must(fd >= 0);
	if (reuse & 1)
		set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (reuse & 2)
		set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	return fd;
}

static void addresses(void)
{
	union any_address a = v4_at("127.0.0.1", 0), b = v6_at("::1", 0);

	is_int(bind_to(fresh(AF_INET, SOCK_STREAM, 0), v4_at("127.1.2.3", 0)), 0, "all of 127.0.0.0/8 is this machine");
	is_int(bind_to(fresh(AF_INET, SOCK_STREAM, 0), v4_at("192.0.2.1", 0)), -EADDRNOTAVAIL, "somebody else's");
	is_int(bind_to(fresh(AF_INET6, SOCK_STREAM, 0), v6_at("2001:db8::1", 0)), -EADDRNOTAVAIL, "of IPv6");
	is_int(bind_to(fresh(AF_INET6, SOCK_STREAM, 0), v6_at("::ffff:127.0.0.1", 0)), 0, "a mapped one");
	is_int(raw(SYS_bind, fresh(AF_INET, SOCK_STREAM, 0), &a, 15), -EINVAL, "too short");
	is_int(raw(SYS_bind, fresh(AF_INET6, SOCK_STREAM, 0), &b, 23), -EINVAL, "too short for IPv6");
	is_int(raw(SYS_bind, fresh(AF_INET, SOCK_STREAM, 0), &b, sizeof(b.v6)), -EAFNOSUPPORT, "of another family");
	is_int(raw(SYS_bind, fresh(AF_INET6, SOCK_STREAM, 0), &a, sizeof(a)), -EAFNOSUPPORT, "the other way");
	a = v4_at("0.0.0.0", 0);
	a.sa.sa_family = AF_UNSPEC;
	is_int(raw(SYS_bind, fresh(AF_INET, SOCK_STREAM, 0), &a, sizeof(a.v4)), 0, "AF_UNSPEC with 0.0.0.0");
	a = v4_at("127.0.0.1", 0);
	a.sa.sa_family = AF_UNSPEC;
	is_int(raw(SYS_bind, fresh(AF_INET, SOCK_STREAM, 0), &a, sizeof(a.v4)), -EAFNOSUPPORT, "with another");
	int fd = fresh(AF_INET, SOCK_DGRAM, 0);
	is_int(bind_to(fd, loop_of(AF_INET, 0)), 0, "bind");
	is_int(bind_to(fd, loop_of(AF_INET, 0)), -EINVAL, "a second time");
	fd = fresh(AF_INET6, SOCK_STREAM, 0);
	set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	is_int(bind_to(fd, v6_at("::ffff:127.0.0.1", 0)), -EINVAL, "a mapped one with IPV6_V6ONLY");
	fd = fresh(AF_INET, SOCK_STREAM, 0);
	set_int(fd, IPPROTO_IP, IP_FREEBIND, 1);
	is_int(bind_to(fd, v4_at("192.0.2.1", 0)), 0, "IP_FREEBIND");
}

static void privileged(void)
{
	int port = 1023;
	pid_t pid;

	while (bind_to(fresh(AF_INET, SOCK_STREAM, 0), loop_of(AF_INET, port)) == -EADDRINUSE)
		port--;
	char text[16];
	must(read_text("/proc/sys/net/ipv4/ip_unprivileged_port_start", text, sizeof(text)) > 0);
	if (strcmp(text, "1024\n") != 0)
		must(write_text("/proc/sys/net/ipv4/ip_unprivileged_port_start", "1024") > 0);
	if (in_child(&pid)) {
		become_user(1000);
		for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
			must(bind_to(fresh(AF_INET, type, 0), loop_of(AF_INET, 7)) == -EACCES);
			must(bind_to(fresh(AF_INET6, type, 0), loop_of(AF_INET6, 7)) == -EACCES);
			must(bind_to(fresh(AF_INET, type, 0), v4_at("192.0.2.1", 7)) == -EADDRNOTAVAIL);
			must(bind_to(fresh(AF_INET, type, 0), loop_of(AF_INET, 0)) == 0);
		}
		_exit(0);
	}
	is_exited(pid, 0, "ports below 1024 are not for users");
}

/* Two sockets and one port: what the second bind gives. */
static void sharing(void)
{
	static const struct {
		const char *first, *second;
		int reuse[2], v6only, stream, datagram, listening;
	} rows[] = {
		{"127.0.0.1", "127.0.0.1", {0, 0}, 0, -EADDRINUSE, -EADDRINUSE, -EADDRINUSE},
		{"127.0.0.1", "127.0.0.2", {0, 0}, 0, 0, 0, 0},
		{"127.0.0.1", "0.0.0.0", {0, 0}, 0, -EADDRINUSE, -EADDRINUSE, -EADDRINUSE},
		{"0.0.0.0", "127.0.0.1", {0, 0}, 0, -EADDRINUSE, -EADDRINUSE, -EADDRINUSE},
		{"127.0.0.1", "127.0.0.1", {1, 0}, 0, -EADDRINUSE, -EADDRINUSE, -EADDRINUSE},
		{"127.0.0.1", "127.0.0.1", {1, 1}, 0, 0, 0, -EADDRINUSE},
		{"127.0.0.1", "0.0.0.0", {1, 1}, 0, 0, 0, -EADDRINUSE},
		{"127.0.0.1", "127.0.0.1", {2, 2}, 0, 0, 0, 0},
		{"127.0.0.1", "127.0.0.1", {2, 1}, 0, -EADDRINUSE, -EADDRINUSE, -EADDRINUSE},
		{"127.0.0.1", "127.0.0.1", {2, 0}, 0, -EADDRINUSE, -EADDRINUSE, -EADDRINUSE},
		{"::", "127.0.0.1", {0, 0}, 0, -EADDRINUSE, -EADDRINUSE, -EADDRINUSE},
		{"::", "127.0.0.1", {0, 0}, 1, 0, 0, 0},
		{"127.0.0.1", "::", {0, 0}, 0, -EADDRINUSE, -EADDRINUSE, -EADDRINUSE},
		{"127.0.0.1", "::", {0, 0}, 1, 0, 0, 0},
		{"::1", "0.0.0.0", {0, 0}, 0, 0, 0, 0},
		{"::1", "::1", {0, 0}, 0, -EADDRINUSE, -EADDRINUSE, -EADDRINUSE},
		{"::", "::1", {1, 1}, 0, 0, 0, -EADDRINUSE},
		{"::ffff:127.0.0.1", "127.0.0.1", {0, 0}, 0, -EADDRINUSE, -EADDRINUSE, -EADDRINUSE},
	};

	for (unsigned i = 0; i < count_of(rows); i++) {
		for (int kind = 0; kind < 3; kind++) {
			int type = kind == 1 ? SOCK_DGRAM : SOCK_STREAM, fd[2], port = 0;
			long result = 0;
			for (int j = 0; j < 2; j++) {
				const char *text = j ? rows[i].second : rows[i].first;
				int family = strchr(text, ':') ? AF_INET6 : AF_INET;
				fd[j] = fresh(family, type, rows[i].reuse[j]);
				if (family == AF_INET6 && rows[i].v6only)
					set_int(fd[j], IPPROTO_IPV6, IPV6_V6ONLY, 1);
				result = bind_to(fd[j], family == AF_INET ? v4_at(text, port) : v6_at(text, port));
				if (!j) {
					must(result == 0);
					port = port_of(fd[0]);
					must(kind < 2 || listen(fd[0], 1) == 0);
				}
			}
			is_int(result,
			       kind == 2 ? rows[i].listening
			       : kind    ? rows[i].datagram
					 : rows[i].stream,
			       "%s and then %s, row %u, kind %d", rows[i].first, rows[i].second, i, kind);
			close(fd[0]);
			close(fd[1]);
		}
	}
}

/* What stays of a connection for bind. */
static void after_connections(void)
{
	int listener = listener_of(AF_INET, 5), port = port_of(listener), client, server, fd;
	char c;

	client = fresh(AF_INET, SOCK_STREAM, 0);
	must(connect_to(client, loop_of(AF_INET, port)) == 0);
	server = accept(listener, NULL, NULL);
	close(listener);
	is_int(bind_to(fresh(AF_INET, SOCK_STREAM, 0), loop_of(AF_INET, port)), -EADDRINUSE,
	       "a connection keeps the port");
	is_int(bind_to(fresh(AF_INET, SOCK_STREAM, 1), loop_of(AF_INET, port)), -EADDRINUSE,
	       "when it has no SO_REUSEADDR");
	close(server);
	is_int(read(client, &c, 1), 0, "closed by the server first");
	close(client);
	is_int(bind_to(fresh(AF_INET, SOCK_STREAM, 0), loop_of(AF_INET, port)), -EADDRINUSE, "TIME_WAIT keeps it");
	listener = fresh(AF_INET, SOCK_STREAM, 1);
	must(bind_to(listener, loop_of(AF_INET, 0)) == 0 && listen(listener, 5) == 0);
	port = port_of(listener);
	client = fresh(AF_INET, SOCK_STREAM, 0);
	must(connect_to(client, loop_of(AF_INET, port)) == 0);
	server = accept(listener, NULL, NULL);
	close(listener);
	fd = fresh(AF_INET, SOCK_STREAM, 1);
	is_int(bind_to(fd, loop_of(AF_INET, port)), 0, "with SO_REUSEADDR on both it is free at once");
	is_int(listen(fd, 5), 0, "and can be listened to");
	close(server);
	must(read(client, &c, 1) == 0);
	close(client);
	close(fd);
	is_int(bind_to(fresh(AF_INET, SOCK_STREAM, 0), loop_of(AF_INET, port)), -EADDRINUSE, "without it not");
	is_int(bind_to(fresh(AF_INET, SOCK_STREAM, 1), loop_of(AF_INET, port)), 0, "with it yes");
	/* The client closes first: the server's port is free. */
	listener = listener_of(AF_INET, 5);
	port = port_of(listener);
	client = fresh(AF_INET, SOCK_STREAM, 0);
	must(connect_to(client, loop_of(AF_INET, port)) == 0);
	server = accept(listener, NULL, NULL);
	close(listener);
	close(client);
	must(read(server, &c, 1) == 0);
	close(server);
	is_int(bind_to(fresh(AF_INET, SOCK_STREAM, 0), loop_of(AF_INET, port)), 0,
	       "closed by the client first it is free");
	/* Two that may share a port while nobody listens. */
	int a = fresh(AF_INET, SOCK_STREAM, 1), b = fresh(AF_INET, SOCK_STREAM, 1);
	must(bind_to(a, loop_of(AF_INET, 0)) == 0 && bind_to(b, loop_of(AF_INET, port_of(a))) == 0);
	is_int(raw(SYS_listen, a, 1), 0, "the first listens");
	is_int(raw(SYS_listen, b, 1), -EADDRINUSE, "the second may not");
}

static void spreading(void)
{
	int fd[3], counts[3] = {0, 0, 0}, port = 0;

	for (int i = 0; i < 3; i++) {
		fd[i] = fresh(AF_INET, SOCK_STREAM, 2);
		must(bind_to(fd[i], loop_of(AF_INET, port)) == 0 && listen(fd[i], 200) == 0);
		port = port_of(fd[0]);
		must(fcntl(fd[i], F_SETFL, O_NONBLOCK) == 0);
	}
	for (int i = 0; i < 120; i++) {
		int c = fresh(AF_INET, SOCK_STREAM, 0);
		must(connect_to(c, loop_of(AF_INET, port)) == 0);
	}
	for (int i = 0; i < 3; i++) {
		while (accept(fd[i], NULL, NULL) >= 0)
			counts[i]++;
	}
	is_int(counts[0] + counts[1] + counts[2], 120, "each call came to one");
	is_int(counts[0] > 5 && counts[1] > 5 && counts[2] > 5, 1, "and all had some (%d %d %d)", counts[0], counts[1],
	       counts[2]);
	is_int(bind_to(fresh(AF_INET, SOCK_STREAM, 0), loop_of(AF_INET, port)), -EADDRINUSE, "nobody else joins them");
	pid_t pid;
	if (in_child(&pid)) {
		become_user(1000);
		_exit(bind_to(fresh(AF_INET, SOCK_STREAM, 2), loop_of(AF_INET, port)) == -EADDRINUSE ? 0 : 1);
	}
	is_exited(pid, 0, "nor another user");
}

static const struct tap_case cases[] = {{"addresses", addresses, 0},
					{"privileged", privileged, 0},
					{"sharing", sharing, 0},
					{"after_connections", after_connections, 0},
					{"spreading", spreading, 0}};

TAP_MAIN(cases)
