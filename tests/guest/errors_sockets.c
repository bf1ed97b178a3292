/* What each call answers for sockets of AF_UNIX of every type in every state, and for what is no socket. */
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "errors.h"

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

static char buffer[256], lots[300000];
static struct iovec part = {buffer, 4};
static int four;
static long bad_time[2] = {0, -1};
static int tube[2], plain, other_end;

#define NAMED(path)                                     \
	{                                               \
		.sun_family = AF_UNIX, .sun_path = path \
	}
static struct {
	struct sockaddr_un name;
	char more[20];
} fresh_room = {.name = NAMED("fresh")};
#define fresh fresh_room.name
static struct sockaddr_un used = NAMED("used"), listens = NAMED("listens"), receives = NAMED("receives"),
			  file = NAMED("file"), nobody = NAMED("\0nobody-has-this-name"), own = NAMED("own");
static struct sockaddr unspecified = {.sa_family = AF_UNSPEC};
static struct sockaddr other = {.sa_family = AF_INET};

/* -- kinds of descriptors -- */

static int fresh_socket(int type)
{
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

	must(fd >= 0);
	return fd;
}

static int bound(int type)
{
	int fd = fresh_socket(type);

	must(bind(fd, (void *)&own, sizeof(own)) == 0);
	return fd;
}

static int one_of_pair(int type)
{
	int s[2];

	must(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, s) == 0);
	other_end = s[1];
	return s[0];
}

static int left_alone(int type)
{
	int fd = one_of_pair(type);

	close(other_end);
	other_end = -1;
	return fd;
}

static int shut(int type, int how)
{
	int fd = one_of_pair(type);

	must(shutdown(fd, how) == 0);
	return fd;
}

static int with_input(int type)
{
	int fd = one_of_pair(type);

	must(write(other_end, "some", 4) == 4);
	return fd;
}

static int open_closed(void)
{
	return 500;
}
static int open_file(void)
{
	return open("file", O_RDWR);
}
static int open_path(void)
{
	return open("used", O_PATH);
}
static int stream(void)
{
	return fresh_socket(SOCK_STREAM);
}
static int stream_bound(void)
{
	return bound(SOCK_STREAM);
}
static int stream_listening(void)
{
	int fd = bound(SOCK_STREAM);

	must(listen(fd, 5) == 0);
	return fd;
}
static int stream_pair(void)
{
	return one_of_pair(SOCK_STREAM);
}
static int stream_input(void)
{
	return with_input(SOCK_STREAM);
}
static int stream_alone(void)
{
	return left_alone(SOCK_STREAM);
}
static int stream_shut_read(void)
{
	return shut(SOCK_STREAM, SHUT_RD);
}
static int stream_shut_write(void)
{
	return shut(SOCK_STREAM, SHUT_WR);
}
static int datagram(void)
{
	return fresh_socket(SOCK_DGRAM);
}
static int datagram_bound(void)
{
	return bound(SOCK_DGRAM);
}
static int datagram_connected(void)
{
	int fd = fresh_socket(SOCK_DGRAM);

	must(connect(fd, (void *)&receives, sizeof(receives)) == 0);
	return fd;
}
static int datagram_pair(void)
{
	return one_of_pair(SOCK_DGRAM);
}
static int datagram_input(void)
{
	return with_input(SOCK_DGRAM);
}
static int datagram_alone(void)
{
	return left_alone(SOCK_DGRAM);
}
static int datagram_shut(void)
{
	return shut(SOCK_DGRAM, SHUT_RDWR);
}
static int packet(void)
{
	return fresh_socket(SOCK_SEQPACKET);
}
static int packet_pair(void)
{
	return one_of_pair(SOCK_SEQPACKET);
}
static int packet_input(void)
{
	return with_input(SOCK_SEQPACKET);
}
static int packet_alone(void)
{
	return left_alone(SOCK_SEQPACKET);
}
static int packet_shut(void)
{
	return shut(SOCK_SEQPACKET, SHUT_RDWR);
}

static const struct {
	const char *name;
	int (*open)(void);
} kinds[] = {
	{"a closed descriptor", open_closed},
	{"a file", open_file},
	{"a path", open_path},
	{"a stream", stream},
	{"a bound stream", stream_bound},
	{"a listening stream", stream_listening},
	{"a connected stream", stream_pair},
	{"a stream with input", stream_input},
	{"a stream without its peer", stream_alone},
	{"a stream shut for reading", stream_shut_read},
	{"a stream shut for writing", stream_shut_write},
	{"a datagram socket", datagram},
	{"a bound datagram socket", datagram_bound},
	{"a connected datagram socket", datagram_connected},
	{"one of two datagram sockets", datagram_pair},
	{"one with input", datagram_input},
	{"one without its peer", datagram_alone},
	{"one that is shut", datagram_shut},
	{"a packet socket", packet},
	{"a connected packet socket", packet_pair},
	{"one with a packet", packet_input},
	{"a packet socket without its peer", packet_alone},
	{"one that is shut", packet_shut},
};

/* -- helpers of the rows -- */

static long map(int fd)
{
	long at = raw(SYS_mmap, 0, 4096, PROT_READ, MAP_SHARED, fd, 0);

	if (at > 0)
		munmap((void *)at, 4096);
	return at < 0 ? at : 0;
}

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

static long message(long number, int fd, int parts)
{
	struct iovec all[1025];
	struct msghdr m = {.msg_iov = all, .msg_iovlen = parts};

	for (int i = 0; i < 1025; i++)
		all[i] = part;
	return raw(number, fd, &m, MSG_DONTWAIT);
}

static long name_of_message(long number, int fd, int bytes)
{
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_name = buffer, .msg_namelen = (socklen_t)bytes};

	return raw(number, fd, &m, MSG_DONTWAIT);
}

static long control_at(int fd, void *at, size_t bytes)
{
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = at, .msg_controllen = bytes};

	return raw(SYS_sendmsg, fd, &m, MSG_DONTWAIT);
}

/* One control message of numbers, that claims to be so much longer; without a type it claims to have no length. */
static long control(int fd, int level, int type, unsigned bytes, int longer, int value)
{
	static _Alignas(8) char room[1100];
	struct cmsghdr *one = (void *)room;
	int values[260];

	for (int i = 0; i < 260; i++)
		values[i] = value;
	one->cmsg_level = level;
	one->cmsg_type = type;
	one->cmsg_len = type ? CMSG_LEN(bytes) + longer : 0;
	memcpy(CMSG_DATA(one), values, sizeof(values));
	return control_at(fd, room, CMSG_LEN(bytes));
}

static long credentials(int fd, int pid, unsigned uid)
{
	struct ucred who = {.pid = pid, .uid = uid, .gid = 0};
	_Alignas(8) char room[CMSG_SPACE(sizeof(who))] = {0};
	struct cmsghdr *one = (void *)room;

	one->cmsg_level = SOL_SOCKET;
	one->cmsg_type = SCM_CREDENTIALS;
	one->cmsg_len = CMSG_LEN(sizeof(who));
	memcpy(CMSG_DATA(one), &who, sizeof(who));
	return control_at(fd, room, sizeof(room));
}

static long messages(long number, int fd, int bad_one)
{
	struct mmsghdr two[2] = {{.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}},
				 {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}}};

	two[bad_one].msg_hdr.msg_iov = BAD;
	return raw(number, fd, two, 2, MSG_DONTWAIT, 0);
}

static long count(int fd, long command)
{
	int value;

	return raw(SYS_ioctl, fd, command, &value);
}

static long set(int fd, int option, int value)
{
	return raw(SYS_setsockopt, fd, SOL_SOCKET, option, &value, sizeof(value));
}

static long get(int fd, int option, int room)
{
	return raw(SYS_getsockopt, fd, SOL_SOCKET, option, buffer, &room);
}

#include "errors_sockets_rows.h"

#define ERRORS_ROWS  ROWS
#define ERRORS_ON    int fd
#define ERRORS_TABLE "errors_sockets.table"
#include "errors_frame.h"

/* -- the surroundings -- */

static int helpers[3];

static void prepare(void)
{
	must(write_text("file", "content") == 7);
	unlink("used");
	unlink("listens");
	unlink("receives");
	helpers[0] = fresh_socket(SOCK_STREAM);
	helpers[1] = fresh_socket(SOCK_STREAM);
	helpers[2] = fresh_socket(SOCK_DGRAM);
	must(bind(helpers[0], (void *)&used, sizeof(used)) == 0);
	must(bind(helpers[1], (void *)&listens, sizeof(listens)) == 0 && listen(helpers[1], 1000) == 0);
	must(bind(helpers[2], (void *)&receives, sizeof(receives)) == 0);
	must(pipe2(tube, O_NONBLOCK) == 0 && write(tube[1], "tube", 4) == 4);
	plain = open("file", O_RDONLY);
	must(plain >= 0);
}

static void give_up(void)
{
	for (int i = 0; i < 3; i++)
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
		unlink("own");
		unlink("fresh");
		four = 4;
		other_end = -1;
		fd = kinds[kind].open();
		errors_check(table, row, kind, names[row], kinds[kind].name, attempt(row, fd));
		give_up();
		if (fd != 500)
			close(fd);
		if (other_end >= 0)
			close(other_end);
	}
	errors_end_row();
}

static void try_part(size_t at)
{
	signal(SIGPIPE, SIG_IGN);
	try_rows(at, 3, try_row);
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

static const struct tap_case cases[] = {
	{"part_1", part_1, 0},
	{"part_2", part_2, 0},
	{"part_3", part_3, 0},
};

TAP_MAIN(cases)
