/*
 * NETLINK_SOCK_DIAG for AF_INET and AF_INET6: all sockets, some of them, one of them.
 */
#include "netlink.h"

#include <linux/inet_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>

#define ALL   UINT32_MAX
#define CROWD 200
#define LOCAL 0x0100007fu /* 127.0.0.1 as it stands in a message */
#define COOKIE                         \
	{                              \
		UINT32_MAX, UINT32_MAX \
	}

static int diag;

static struct sockaddr_in6 name_of(int fd)
{
	struct sockaddr_in6 name = {0};
	socklen_t bytes = sizeof(name);

	must(getsockname(fd, (struct sockaddr *)&name, &bytes) == 0);
	return name;
}

static uint16_t port(int fd)
{
	return name_of(fd).sin6_port; /* in the same place for IPv4 */
}

static unsigned number_of(int fd)
{
	struct stat status;

	must(fstat(fd, &status) == 0);
	return (unsigned)status.st_ino;
}

static int bound(int family, int type, const char *at)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	int fd = socket(family, type, 0);

	must(inet_pton(family, at, family == AF_INET ? (void *)&v4.sin_addr : (void *)&v6.sin6_addr) == 1);
	if (family == AF_INET)
		must(bind(fd, (struct sockaddr *)&v4, sizeof(v4)) == 0);
	else
		must(bind(fd, (struct sockaddr *)&v6, sizeof(v6)) == 0);
	return fd;
}

static int connected(int family, int type, int to)
{
	struct sockaddr_in6 name = name_of(to);
	int fd = socket(family, type, 0);

	must(connect(fd, (struct sockaddr *)&name, family == AF_INET ? 16 : sizeof(name)) == 0);
	return fd;
}

static void wait_for(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	must(poll(&p, 1, -1) == 1);
}

/* ---- asking ---- */

struct seen {
	uint16_t source, destination; /* whom to look for */
	int count, all;
	struct inet_diag_msg message;
	bool has_info, has_memory, has_name;
	uint64_t bytes_sent;
	uint8_t shut;
};

static void see(struct nlmsghdr *header, void *arg)
{
	struct inet_diag_msg *one = NLMSG_DATA(header);
	struct seen *seen = arg;
	struct tcp_info *info;
	const uint8_t *shut;

	must(header->nlmsg_type == SOCK_DIAG_BY_FAMILY);
	seen->all++;
	if (one->id.idiag_sport != seen->source || one->id.idiag_dport != seen->destination)
		return;
	seen->count++;
	seen->message = *one;
	info = attribute_of(header, sizeof(*one), INET_DIAG_INFO);
	seen->has_info = info != NULL;
	seen->bytes_sent = info ? info->tcpi_bytes_sent : 0;
	seen->has_memory = attribute_of(header, sizeof(*one), INET_DIAG_SKMEMINFO) != NULL;
	seen->has_name = attribute_of(header, sizeof(*one), INET_DIAG_CONG) != NULL;
	shut = attribute_of(header, sizeof(*one), INET_DIAG_SHUTDOWN);
	seen->shut = shut ? *shut : 0xff;
}

static struct inet_diag_req_v2 of(int family, int protocol, uint32_t states)
{
	return (struct inet_diag_req_v2){.sdiag_family = family,
					 .sdiag_protocol = protocol,
					 .idiag_states = states,
					 .idiag_ext = 1 << (INET_DIAG_INFO - 1) | 1 << (INET_DIAG_SKMEMINFO - 1) |
						      1 << (INET_DIAG_CONG - 1)};
}

/* How many of these ends a dump tells of; what it told of the last. */
static int look(struct inet_diag_req_v2 asked, uint16_t source, uint16_t destination, struct seen *seen)
{
	struct request request;

	*seen = (struct seen){.source = source, .destination = destination};
	begin(&request, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &asked, sizeof(asked));
	must(dump(diag, &request, see, seen) >= 0);
	return seen->count;
}

/* ---- all of them ---- */

static void streams(int family, const char *at)
{
	int listener = bound(family, SOCK_STREAM, at), other = family == AF_INET ? AF_INET6 : AF_INET;
	int first, second, waiting, end;
	struct seen seen;

	must(listen(listener, 7) == 0);
	is_int(look(of(family, IPPROTO_TCP, ALL), port(listener), 0, &seen), 1, "one listens");
	is_int(seen.message.idiag_state, TCP_LISTEN, "it says so");
	is_int((int)seen.message.idiag_inode, number_of(listener), "its inode");
	is_int((int)seen.message.idiag_wqueue, 7, "its back-log");
	is_int((int)seen.message.idiag_rqueue, 0, "nobody has come");
	is_int(seen.has_info && seen.has_memory && seen.has_name, 1, "all that was asked");
	is_int(look(of(other, IPPROTO_TCP, ALL), port(listener), 0, &seen), 0, "not with the other family");
	is_int(look(of(family, IPPROTO_UDP, ALL), port(listener), 0, &seen), 0, "not among datagrams");
	is_int(look(of(family, IPPROTO_TCP, 1 << TCP_ESTABLISHED), port(listener), 0, &seen), 0, "nor in that state");
	first = connected(family, SOCK_STREAM, listener);
	second = accept(listener, NULL, NULL);
	waiting = connected(family, SOCK_STREAM, listener);
	wait_for(listener);
	is_int(look(of(family, IPPROTO_TCP, ALL), port(listener), 0, &seen), 1, "it listens still");
	is_int((int)seen.message.idiag_rqueue, 1, "one waits");
	is_int(look(of(family, IPPROTO_TCP, ALL), port(listener), port(waiting), &seen), 1, "it has an end already");
	is_int((int)seen.message.idiag_inode, 0, "without an inode");
	must(write(first, "12345", 5) == 5);
	wait_for(second);
	is_int(look(of(family, IPPROTO_TCP, ALL), port(first), port(listener), &seen), 1, "who has called");
	is_int(seen.message.idiag_state, TCP_ESTABLISHED, "is connected");
	is_int((int)seen.message.idiag_inode, number_of(first), "its inode");
	is_int((int)seen.bytes_sent, 5, "what it has sent");
	is_int(seen.shut, 0, "nothing is shut");
	is_int(look(of(family, IPPROTO_TCP, ALL), port(listener), port(first), &seen), 1, "who was called");
	is_int((int)seen.message.idiag_rqueue, 5, "what it may read");
	close(waiting);
	close(listener);
	/* One end closes, then the other. */
	end = port(first);
	uint16_t far = port(second);
	char text[8];
	must(read(second, text, sizeof(text)) == 5);
	close(first);
	must(read(second, text, 1) == 0);
	is_int(look(of(family, IPPROTO_TCP, ALL), far, end, &seen), 1, "the other end");
	is_int(seen.message.idiag_state, TCP_CLOSE_WAIT, "is to close");
	is_int(seen.shut, 1, "half of it is shut");
	close(second);
	while (!look(of(family, IPPROTO_TCP, 1 << TCP_TIME_WAIT), end, far, &seen))
		sleep_ms(1);
	is_int(seen.message.idiag_state, TCP_TIME_WAIT, "its ends wait");
	is_int(seen.message.idiag_timer, 3, "for a time");
	is_int(seen.message.idiag_expires > 0 && seen.message.idiag_expires <= 60000, 1, "of a minute at most");
	is_int((int)seen.message.idiag_inode, 0, "they are nobody's");
	is_int(look(of(family, IPPROTO_TCP, ALL), far, end, &seen), 0, "and the other's are gone");
}

static void datagrams(void)
{
	int first = bound(AF_INET, SOCK_DGRAM, "127.0.0.1"), second = connected(AF_INET, SOCK_DGRAM, first);
	int third = bound(AF_INET6, SOCK_DGRAM, "::1"), nameless = socket(AF_INET, SOCK_DGRAM, 0);
	struct seen seen;

	must(write(second, "12", 2) == 2);
	is_int(look(of(AF_INET, IPPROTO_UDP, ALL), port(first), 0, &seen), 1, "who is bound");
	is_int(seen.message.idiag_state, TCP_CLOSE, "is not connected");
	is_int(seen.message.idiag_rqueue >= 2, 1, "has something to read");
	is_int(seen.has_memory && !seen.has_info, 1, "has no TCP_INFO");
	is_int(look(of(AF_INET, IPPROTO_UDP, ALL), port(second), port(first), &seen), 1, "who is connected");
	is_int(seen.message.idiag_state, TCP_ESTABLISHED, "says so");
	is_int(look(of(AF_INET6, IPPROTO_UDP, ALL), port(third), 0, &seen), 1, "who has IPv6");
	is_int((int)seen.message.id.idiag_src[3], (int)htonl(1), "its address");
	is_int(look(of(AF_INET, IPPROTO_UDP, ALL), 0, 0, &seen), 0, "who has no port is not told of");
	close(nameless);
	close(third);
	close(second);
	close(first);
}

static void crowd(void)
{
	static int fds[CROWD];
	struct seen seen;

	for (int i = 0; i < CROWD; i++)
		fds[i] = bound(AF_INET, SOCK_DGRAM, "127.0.0.1");
	is_int(look(of(AF_INET, IPPROTO_UDP, ALL), port(fds[CROWD - 1]), 0, &seen), 1, "the last of many");
	is_int(seen.all, CROWD, "of which each is told once");
	struct inet_diag_req_v2 asked = of(AF_INET, IPPROTO_UDP, ALL);
	asked.id.idiag_sport = port(fds[7]);
	is_int(look(asked, port(fds[7]), 0, &seen), 1, "by port");
	is_int(seen.all, 1, "one");
	for (int i = 0; i < CROWD; i++)
		close(fds[i]);
}

/* ---- some of them ---- */

static int filtered(const void *code, unsigned bytes, struct seen *seen)
{
	struct inet_diag_req_v2 asked = of(AF_INET, IPPROTO_UDP, ALL);
	struct request request;

	*seen = (struct seen){.source = 0};
	begin(&request, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &asked, sizeof(asked));
	add(&request, INET_DIAG_REQ_BYTECODE, code, bytes);
	return dump(diag, &request, see, seen);
}

static void filters(void)
{
	int first = bound(AF_INET, SOCK_DGRAM, "127.0.0.1"), second = bound(AF_INET, SOCK_DGRAM, "127.0.0.2");
	struct inet_diag_bc_op port_is[] = {{INET_DIAG_BC_S_GE, 8, 20},
					    {0, 0, ntohs(port(first))},
					    {INET_DIAG_BC_S_LE, 8, 12},
					    {0, 0, ntohs(port(first))}};
	struct {
		struct inet_diag_bc_op op;
		struct inet_diag_hostcond host;
		uint8_t address[4];
	} host = {{INET_DIAG_BC_S_COND, 16, 20}, {AF_INET, 32, -1}, {127, 0, 0, 2}};
	struct inet_diag_bc_op jump[] = {{INET_DIAG_BC_JMP, 4, 8}, {INET_DIAG_BC_NOP, 4, 0}};
	struct inet_diag_bc_op chosen = {INET_DIAG_BC_AUTO, 4, 8};
	struct seen seen;

	is_int(filtered(port_is, sizeof(port_is), &seen), 1, "one has the port");
	is_int(filtered(&host, sizeof(host), &seen), 1, "one has the address");
	host.host.prefix_len = 8;
	is_int(filtered(&host, sizeof(host), &seen), 2, "both have its first byte");
	host.host.port = ntohs(port(second));
	is_int(filtered(&host, sizeof(host), &seen), 1, "one has the port as well");
	is_int(filtered(jump, sizeof(jump), &seen), 2, "a step that skips another");
	jump[0].no = 12;
	is_int(filtered(jump, sizeof(jump), &seen), 0, "and one that refuses");
	is_int(filtered(&chosen, sizeof(chosen), &seen), 2, "ports of the kernel's choice");
	jump[0].no = 6;
	is_int(filtered(jump, sizeof(jump), &seen), -EINVAL, "into the middle of a step");
	jump[0].no = 16;
	is_int(filtered(jump, sizeof(jump), &seen), -EINVAL, "too far");
	jump[0].no = 0;
	is_int(filtered(jump, sizeof(jump), &seen), -EINVAL, "on the spot");
	jump[0] = (struct inet_diag_bc_op){99, 4, 8};
	is_int(filtered(jump, sizeof(jump), &seen), -EINVAL, "an unknown step");
	is_int(filtered(port_is, 4, &seen), -EINVAL, "half a step");
	is_int(filtered(port_is, 12, &seen), -EINVAL, "a step and a half");
	host.host.prefix_len = 33;
	is_int(filtered(&host, sizeof(host), &seen), -EINVAL, "more bits than there are");
	host.host.prefix_len = 32;
	is_int(filtered(&host, sizeof(host) - 4, &seen), -EINVAL, "no address");
	close(first);
	close(second);
}

/* As long as a filter can be: each step is a jump, to the end or to the next. */
static void long_filter(void)
{
	static struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 asked;
		struct rtattr attribute;
		struct inet_diag_bc_op steps[16000];
	} request;
	unsigned count = count_of(request.steps);
	int fd = bound(AF_INET, SOCK_DGRAM, "127.0.0.1");
	struct seen seen = {.source = 0};

	request.header = (struct nlmsghdr){.nlmsg_len = sizeof(request),
					   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
					   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
					   .nlmsg_seq = 77};
	request.asked = of(AF_INET, IPPROTO_UDP, ALL);
	request.attribute = (struct rtattr){4 + sizeof(request.steps), INET_DIAG_REQ_BYTECODE};
	for (unsigned i = 0; i < count; i++) {
		unsigned to_end = (count - i) * 4;
		request.steps[i] =
			(struct inet_diag_bc_op){INET_DIAG_BC_AUTO, 4, (uint16_t)(to_end < 65000 ? to_end : 4)};
	}
	is_int(dump(diag, (void *)&request, see, &seen), 1, "it passes");
	request.steps[count - 1].no = 8;
	request.steps[count - 1].code = INET_DIAG_BC_JMP;
	is_int(dump(diag, (void *)&request, see, &seen), 0, "its last step refuses");
	request.steps[0].no = 6;
	is_int(dump(diag, (void *)&request, see, &seen), -EINVAL, "its first leads astray");
	close(fd);
}

/* ---- one of them ---- */

static int one(struct inet_diag_req_v2 asked, struct inet_diag_msg *told)
{
	struct nlmsghdr *header = (void *)answer;
	struct request request;

	begin(&request, SOCK_DIAG_BY_FAMILY, 0, &asked, sizeof(asked));
	put(diag, &request);
	must(receive(diag) > 0);
	if (header->nlmsg_type == NLMSG_ERROR)
		return ((struct nlmsgerr *)NLMSG_DATA(header))->error;
	*told = *(struct inet_diag_msg *)NLMSG_DATA(header);
	return 0;
}

static void look_ups(void)
{
	int listener = bound(AF_INET, SOCK_STREAM, "127.0.0.1"), client, server, udp;
	struct inet_diag_req_v2 asked = of(AF_INET, IPPROTO_TCP, ALL);
	struct inet_diag_msg told;

	must(listen(listener, 3) == 0);
	client = connected(AF_INET, SOCK_STREAM, listener);
	server = accept(listener, NULL, NULL);
	asked.id = (struct inet_diag_sockid){.idiag_sport = port(client),
					     .idiag_dport = port(listener),
					     .idiag_src = {LOCAL},
					     .idiag_dst = {LOCAL},
					     .idiag_cookie = COOKIE};
	is_int(one(asked, &told), 0, "a connection");
	is_int((int)told.idiag_inode, number_of(client), "is it");
	memcpy(asked.id.idiag_cookie, told.id.idiag_cookie, sizeof(told.id.idiag_cookie));
	is_int(one(asked, &told), 0, "by its number as well");
	asked.id.idiag_cookie[0] ^= 1;
	is_int(one(asked, &told), -ENOENT, "by another's");
	asked.id =
		(struct inet_diag_sockid){.idiag_sport = port(listener), .idiag_src = {LOCAL}, .idiag_cookie = COOKIE};
	is_int(one(asked, &told), 0, "who listens");
	is_int((int)told.idiag_inode, number_of(listener), "is it");
	close(listener);
	is_int(one(asked, &told), -ENOENT, "no more");
	asked.sdiag_protocol = 250;
	is_int(one(asked, &told), -ENOENT, "a protocol that nobody has");
	udp = bound(AF_INET, SOCK_DGRAM, "127.0.0.1");
	asked = of(AF_INET, IPPROTO_UDP, ALL);
	/* Of UDP it is the destination that names it. */
	asked.id = (struct inet_diag_sockid){
		.idiag_dport = port(udp), .idiag_dst = {LOCAL}, .idiag_src = {LOCAL}, .idiag_cookie = COOKIE};
	is_int(one(asked, &told), 0, "a socket of UDP");
	is_int((int)told.idiag_inode, number_of(udp), "is it");
	asked.id.idiag_cookie[0] = told.id.idiag_cookie[0] ^ 1;
	is_int(one(asked, &told), -ESTALE, "not by another's number");
	close(udp);
	close(client);
	close(server);
}

static void old(void)
{
	int listener = bound(AF_INET, SOCK_STREAM, "127.0.0.1"), found = 0;
	struct inet_diag_req asked = {.idiag_family = AF_INET, .idiag_states = 1 << TCP_LISTEN};
	struct request request;

	must(listen(listener, 3) == 0);
	begin(&request, 18, NLM_F_DUMP, &asked, sizeof(asked));
	put(diag, &request);
	for (bool is_over = false; !is_over;) {
		long bytes = receive(diag);
		must(bytes > 0);
		for (struct nlmsghdr *header = (void *)answer; NLMSG_OK(header, bytes);
		     header = NLMSG_NEXT(header, bytes)) {
			struct inet_diag_msg *told = NLMSG_DATA(header);
			is_over |= header->nlmsg_type == NLMSG_DONE;
			found += header->nlmsg_type == 18 && told->id.idiag_sport == port(listener);
		}
	}
	is_int(found, 1, "asked in the older way");
	begin(&request, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &asked, 8);
	is_int(ask(diag, &request), -EINVAL, "a short request");
	close(listener);
}

static void begin_case(void)
{
	int control;

	own_network(-1);
	control = make(NETLINK_ROUTE);
	own_network(control);
	close(control);
	diag = make(NETLINK_SOCK_DIAG);
}

static void streams_v4(void)
{
	begin_case();
	streams(AF_INET, "127.0.0.1");
}

static void streams_v6(void)
{
	begin_case();
	streams(AF_INET6, "::1");
}

/* Each in a network of its own. */
#define CASE(run)                    \
	static void run##_case(void) \
	{                            \
		begin_case();        \
		run();               \
	}
CASE(datagrams)
CASE(crowd)
CASE(filters)
CASE(long_filter)
CASE(look_ups)
CASE(old)

static const struct tap_case cases[] = {
	{"streams_v4", streams_v4, 0},  {"streams_v6", streams_v6, 0}, {"datagrams", datagrams_case, 0},
	{"crowd", crowd_case, 0},       {"filters", filters_case, 0},  {"long_filter", long_filter_case, 0},
	{"look_ups", look_ups_case, 0}, {"old", old_case, 0},
};

TAP_MAIN(cases)
