/* What each call answers for sockets of AF_INET, AF_INET6 and AF_NETLINK of every type in every state. */
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "netlink.h"
#include "errors.h"
#include "errors_inet_options.h"
#include "errors_inet_rows.h"

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

static char buffer[256], words[256], lots[300000];
static struct iovec part = {words, 40};
static int four;
static long bad_time[2] = {0, -1};
static int tube[2], plain, other_end;

#define V4(address)                                                          \
	{                                                                    \
		.sin_family = AF_INET, .sin_addr.s_addr = htonl_of(address), \
	}
#define htonl_of(address) __builtin_bswap32(address)
static struct sockaddr_in fresh = V4(0x7f000001), any = V4(0), used = V4(0x7f000001), listens = V4(0x7f000001),
			  receives = V4(0x7f000001), alien = V4(0x0a090807), group = V4(0xe0000001),
			  broadcast = V4(0xffffffff), unspecified = {.sin_family = AF_UNSPEC}, unspecified_own;
static struct sockaddr_in6 fresh6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT}, receives6, group6,
			   alien6, mapped;
static struct sockaddr_nl nobody = {.nl_family = AF_NETLINK}, stranger = {.nl_family = AF_NETLINK, .nl_pid = 0x7654321};
static struct sockaddr other = {.sa_family = 99};

/* -- kinds of descriptors -- */

static int fresh_socket(int family, int type, int protocol)
{
	int fd = socket(family, type | SOCK_NONBLOCK, protocol);

	must(fd >= 0);
	return fd;
}

/* Bound to a port of the kernel's choice, which `name` tells. */
static int bound_to(int family, int type, void *name, socklen_t bytes)
{
	int fd = fresh_socket(family, type, 0);
	socklen_t room = bytes;

	must(bind(fd, family == AF_INET ? (void *)&fresh : (void *)&fresh6, bytes) == 0);
	must(getsockname(fd, name, &room) == 0);
	return fd;
}

static int connected(int type)
{
	int fd = socket(AF_INET, type, 0);

	must(connect(fd, type == SOCK_STREAM ? (void *)&listens : (void *)&receives, sizeof(listens)) == 0);
	must(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	return fd;
}

static int listener;

static int accepted(void)
{
	int fd = connected(SOCK_STREAM);

	must(fcntl(listener, F_SETFL, 0) == 0);
	other_end = accept(listener, NULL, NULL);
	must(other_end >= 0);
	return fd;
}

static int tcp(void)
{
	return fresh_socket(AF_INET, SOCK_STREAM, 0);
}
static int tcp_bound(void)
{
	struct sockaddr_in name;

	return bound_to(AF_INET, SOCK_STREAM, &name, sizeof(name));
}
static int tcp_listening(void)
{
	int fd = tcp_bound();

	must(listen(fd, 5) == 0);
	return fd;
}
static int tcp_input(void)
{
	int fd = accepted();
	struct pollfd waits = {.fd = fd, .events = POLLIN};

	must(write(other_end, "some", 4) == 4 && poll(&waits, 1, -1) == 1);
	return fd;
}
static int tcp_alone(void)
{
	int fd = accepted();
	struct pollfd waits = {.fd = fd, .events = POLLIN};

	close(other_end);
	other_end = -1;
	must(poll(&waits, 1, -1) == 1);
	return fd;
}
static int tcp_shut(void)
{
	int fd = accepted();

	must(shutdown(fd, SHUT_WR) == 0);
	return fd;
}
static int tcp6(void)
{
	return fresh_socket(AF_INET6, SOCK_STREAM, 0);
}
static int udp(void)
{
	return fresh_socket(AF_INET, SOCK_DGRAM, 0);
}
static int udp_bound(void)
{
	struct sockaddr_in name;

	return bound_to(AF_INET, SOCK_DGRAM, &name, sizeof(name));
}
static int udp_connected(void)
{
	return connected(SOCK_DGRAM);
}
static int udp_input(void)
{
	struct sockaddr_in name;
	int fd = bound_to(AF_INET, SOCK_DGRAM, &name, sizeof(name));

	other_end = fresh_socket(AF_INET, SOCK_DGRAM, 0);
	must(sendto(other_end, "some", 4, 0, (void *)&name, sizeof(name)) == 4);
	return fd;
}
static int udp_shut(void)
{
	int fd = connected(SOCK_DGRAM);

	must(shutdown(fd, SHUT_RDWR) == 0);
	return fd;
}
static int udp6(void)
{
	return fresh_socket(AF_INET6, SOCK_DGRAM, 0);
}
static int udp6_connected(void)
{
	int fd = fresh_socket(AF_INET6, SOCK_DGRAM, 0);

	must(connect(fd, (void *)&receives6, sizeof(receives6)) == 0);
	return fd;
}
static int raw_icmp(void)
{
	return fresh_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}
static int raw_connected(void)
{
	int fd = raw_icmp();

	must(connect(fd, (void *)&fresh, sizeof(fresh)) == 0);
	return fd;
}
static int raw6(void)
{
	return fresh_socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
}
static int route(void)
{
	return fresh_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}
static int route_bound(void)
{
	int fd = route();

	must(bind(fd, (void *)&nobody, sizeof(nobody)) == 0);
	return fd;
}
static int users(void)
{
	return fresh_socket(AF_NETLINK, SOCK_DGRAM, NETLINK_USERSOCK);
}

static const struct {
	const char *name;
	int (*open)(void);
} kinds[] = {
	{"TCP", tcp},
	{"TCP, bound", tcp_bound},
	{"TCP, listening", tcp_listening},
	{"TCP, connected", accepted},
	{"TCP with input", tcp_input},
	{"TCP without its peer", tcp_alone},
	{"TCP, shut for writing", tcp_shut},
	{"TCP of IPv6", tcp6},
	{"UDP", udp},
	{"UDP, bound", udp_bound},
	{"UDP, connected", udp_connected},
	{"UDP with input", udp_input},
	{"UDP, shut", udp_shut},
	{"UDP of IPv6", udp6},
	{"UDP of IPv6, connected", udp6_connected},
	{"a raw socket", raw_icmp},
	{"a raw socket, connected", raw_connected},
	{"a raw socket of IPv6", raw6},
	{"netlink", route},
	{"netlink, bound", route_bound},
	{"netlink of users", users},
};

/* -- helpers of the rows -- */

static long close_made(long fd)
{
	if (fd >= 0)
		close((int)fd);
	return fd;
}

static long name(long number, int fd, int room)
{
	return raw(number, fd, buffer, &room);
}

static long name_of_sender(int fd, int room)
{
	return raw(SYS_recvfrom, fd, buffer, 64, MSG_DONTWAIT, buffer, &room);
}

static long message(long number, int fd, int parts, int name_bytes)
{
	struct iovec all[1025];
	struct msghdr m = {.msg_iov = all,
			   .msg_iovlen = parts,
			   .msg_name = name_bytes ? &receives : NULL,
			   .msg_namelen = (socklen_t)name_bytes};

	for (int i = 0; i < 1025; i++)
		all[i] = part;
	return raw(number, fd, &m, MSG_DONTWAIT);
}

static long control_at(int fd, void *at, size_t bytes)
{
	struct msghdr m = {.msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_name = &receives,
			   .msg_namelen = sizeof(receives),
			   .msg_control = at,
			   .msg_controllen = bytes};

	return raw(SYS_sendmsg, fd, &m, MSG_DONTWAIT);
}

/* One control message with a number, that claims to be so much longer; without a type it claims to have no length. */
static long control(int fd, int level, int type, unsigned bytes, unsigned longer, int value)
{
	_Alignas(8) char room[64] = {0};
	struct cmsghdr *one = (void *)room;

	one->cmsg_level = level;
	one->cmsg_type = type;
	one->cmsg_len = type ? CMSG_LEN(bytes) + longer : 0;
	memcpy(CMSG_DATA(one), &value, sizeof(value));
	return control_at(fd, room, CMSG_LEN(bytes));
}

static long messages(long number, int fd, int bad_one)
{
	struct mmsghdr two[2] = {{.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}},
				 {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}}};

	for (int i = 0; i < 2; i++) {
		two[i].msg_hdr.msg_name = &receives;
		two[i].msg_hdr.msg_namelen = sizeof(receives);
	}
	two[bad_one].msg_hdr.msg_iov = BAD;
	return raw(number, fd, two, 2, MSG_DONTWAIT, 0);
}

static long count(int fd, long command)
{
	int value;

	return raw(SYS_ioctl, fd, command, &value);
}

static long change(int fd, int level, int option, int value, int bytes)
{
	int values[16] = {value};

	return raw(SYS_setsockopt, fd, level, option, values, bytes);
}

static long set_time(int fd, long seconds, long microseconds)
{
	long values[2] = {seconds, microseconds};

	return raw(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, values, sizeof(values));
}

static long get(int fd, int level, int option, int room)
{
	return raw(SYS_getsockopt, fd, level, option, buffer, &room);
}

#define ALL_ROWS(ROW) ROWS(ROW) OPTION_ROWS(ROW)
#define ERRORS_ROWS   ALL_ROWS
#define ERRORS_ON     int fd
#define ERRORS_TABLE  "errors_inet.table"
#include "errors_frame.h"

/* -- the surroundings -- */

static int helpers[4];

static void prepare(void)
{
	must(pipe2(tube, O_NONBLOCK) == 0 && write(tube[1], words, 40) == 40);
	helpers[0] = bound_to(AF_INET, SOCK_STREAM, &used, sizeof(used));
	helpers[1] = listener = bound_to(AF_INET, SOCK_STREAM, &listens, sizeof(listens));
	must(listen(listener, 1000) == 0);
	helpers[2] = bound_to(AF_INET, SOCK_DGRAM, &receives, sizeof(receives));
	helpers[3] = bound_to(AF_INET6, SOCK_DGRAM, &receives6, sizeof(receives6));
	plain = open("file", O_RDONLY);
	must(plain >= 0);
}

static void give_up(void)
{
	for (int i = 0; i < 4; i++)
		close(helpers[i]);
	close(tube[0]);
	close(tube[1]);
	close(plain);
}

static void try_row(size_t row)
{
	errors_begin_row(names[row]);
	for (size_t kind = 0; kind < count_of(kinds); kind++) {
		int fd;

		prepare();
		four = 4;
		other_end = -1;
		fd = kinds[kind].open();
		errors_check(table, row, kind, names[row], kinds[kind].name, attempt(row, fd));
		give_up();
		close(fd);
		if (other_end >= 0)
			close(other_end);
	}
	errors_end_row();
}

static void try_part(size_t at)
{
	own_network(-1);
	own_network(make(NETLINK_ROUTE));
	signal(SIGPIPE, SIG_IGN);
	must(write_text("file", "what is sent from a file, forty bytes....") > 0);
	alien.sin_port = group.sin_port = broadcast.sin_port = htons(9);
	unspecified_own = fresh;
	unspecified_own.sin_family = AF_UNSPEC;
	unspecified_own.sin_port = htons(9);
	group6 = alien6 = mapped = fresh6;
	group6.sin6_addr.s6_addr[0] = 0xff;
	group6.sin6_addr.s6_addr[1] = 2;
	alien6.sin6_addr.s6_addr[0] = 0x20;
	alien6.sin6_port = htons(9);
	memcpy(&mapped.sin6_addr, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1", 16);
	try_rows(at, 4, try_row);
}

static void part_1(void)
{
	try_part(0);
}
static void part_2(void)
{
	try_part(1);
}
static void part_3(void)
{
	try_part(2);
}
static void part_4(void)
{
	try_part(3);
}

static const struct tap_case cases[] = {
	{"part_1", part_1, 0},
	{"part_2", part_2, 0},
	{"part_3", part_3, 0},
	{"part_4", part_4, 0},
};

TAP_MAIN(cases)
