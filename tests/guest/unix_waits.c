/*
 * Sockets among other ways to wait and to move bytes: splice and sendfile, /proc, threads that send and receive at once
 * while ends are closed.
 */
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "guest.h"

static int s[2];

static void make(int type)
{
	must(socketpair(AF_UNIX, type, 0, s) == 0);
}

/* ---- from and to pipes and files ---- */

static void moved(void)
{
	char text[16] = "";
	int tube[2], file;
	loff_t at = 2;

	make(SOCK_STREAM);
	must(pipe(tube) == 0 && write(tube[1], "through", 7) == 7);
	is_int(splice(tube[0], NULL, s[0], NULL, 100, 0), 7, "from a pipe to a stream");
	is_int(splice(s[1], NULL, tube[1], NULL, 100, 0), 7, "and from it to a pipe");
	is_int(read(tube[0], text, 16), 7, "comes");
	ok(memcmp(text, "through", 7) == 0, "unchanged");
	file = open("file", O_RDWR | O_CREAT, 0600);
	must(write(file, "0123456789", 10) == 10);
	is_int(sendfile(s[0], file, &at, 5), 5, "from a file to a stream");
	is_int(at, 7, "from its place on");
	is_int(read(s[1], text, 16), 5, "comes");
	ok(memcmp(text, "23456", 5) == 0, "unchanged");
	must(write(s[0], "more", 4) == 4);
	is_int(sendfile(tube[1], s[1], NULL, 100), 4, "from a stream to a pipe");
	is_int(read(tube[0], text, 16), 4, "comes");
	fails(sendfile(file, s[1], NULL, 1), EINVAL, "but not to a file");
	close(s[0]);
	is_int(splice(s[1], NULL, tube[1], NULL, 100, 0), 0, "the end");
	make(SOCK_DGRAM);
	must(write(s[0], "one", 3) == 3 && write(s[0], "two", 3) == 3);
	is_int(splice(s[1], NULL, tube[1], NULL, 100, 0), 3, "a datagram at a time");
	must(write(tube[1], "three", 5) == 5);
	is_int(splice(tube[0], NULL, s[0], NULL, 100, 0), 8, "what is in a pipe is one datagram");
}

/* ---- /proc ---- */

static int shown(const char *name, char *line, size_t room)
{
	static char text[4 << 20];
	char *at;

	if (read_text("/proc/self/net/unix", text, sizeof(text)) <= 0)
		return 0;
	at = strstr(text, name);
	if (!at)
		return 0;
	while (at > text && at[-1] != '\n')
		at--;
	snprintf(line, room, "%.*s", (int)strcspn(at, "\n"), at);
	return 1;
}

static void listed(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	unsigned protocol, flags, type, state;
	unsigned long ino = 0;
	char line[300], number[40];
	struct stat st;
	int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path + 1, 50, "listed-%d", (int)getpid());
	must(bind(l, (void *)&a, sizeof(a)) == 0 && listen(l, 5) == 0 && fstat(l, &st) == 0);
	ok(shown(a.sun_path + 1, line, sizeof(line)), "a socket is shown");
	ok(sscanf(line, "%*x: %*x %x %x %x %x %lu @", &protocol, &flags, &type, &state, &ino) == 5, "as \"%s\"", line);
	ok(protocol == 0 && flags == 0x10000 && type == SOCK_STREAM && state == 1, "which listens");
	is_int(ino, st.st_ino, "its inode");
	must(connect(c, (void *)&a, sizeof(a)) == 0 && fstat(c, &st) == 0);
	snprintf(number, sizeof(number), " %lu", (unsigned long)st.st_ino);
	ok(shown(number, line, sizeof(line)), "a connected one");
	ok(sscanf(line, "%*x: %*x %x %x %x %x", &protocol, &flags, &type, &state) == 4 && flags == 0 && state == 3,
	   "as \"%s\"", line);
	close(l);
	close(c);
	ok(!shown(a.sun_path + 1, line, sizeof(line)), "none is shown that has gone");
	is_int(read_text("/proc/sys/net/unix/max_dgram_qlen", line, sizeof(line)) > 0, 1, "how long a list may be");
	ok(atoi(line) >= 1, "%d", atoi(line));
}

/* ---- at once ---- */

#define ROUNDS 150

static int shared[2];
static volatile int is_over;

static int receiver(void *argument)
{
	char text[64];

	(void)argument;
	while (!is_over)
		raw(SYS_recvfrom, shared[1], text, sizeof(text), 0x40, 0, 0);
	return 0;
}

static int sender(void *argument)
{
	(void)argument;
	while (!is_over)
		raw(SYS_sendto, shared[0], "some bytes", 10, 0x4040, 0, 0);
	return 0;
}

/* Ends are closed, shut and replaced under those who use them. */
static void replaced(int type)
{
	struct thread threads[4];

	is_over = 0;
	must(socketpair(AF_UNIX, type, 0, shared) == 0);
	for (int i = 0; i < 4; i++)
		must(thread_start(&threads[i], i & 1 ? sender : receiver, NULL) > 0);
	for (int i = 0; i < ROUNDS; i++) {
		int fresh[2];
		must(raw(SYS_socketpair, AF_UNIX, type, 0, fresh) == 0);
		if (i % 3 == 0)
			raw(SYS_shutdown, shared[i & 1], i % 3);
		must(raw(SYS_dup2, fresh[0], shared[0]) >= 0);
		raw(SYS_sched_yield);
		must(raw(SYS_dup2, fresh[1], shared[1]) >= 0);
		raw(SYS_close, fresh[0]);
		raw(SYS_close, fresh[1]);
	}
	is_over = 1;
	for (int i = 0; i < 4; i++)
		thread_join(&threads[i]);
	close(shared[0]);
	close(shared[1]);
	ok(1, "%d ends were replaced", ROUNDS);
}

static void stream_replaced(void)
{
	replaced(SOCK_STREAM);
}
static void datagram_replaced(void)
{
	replaced(SOCK_DGRAM);
}
static void packet_replaced(void)
{
	replaced(SOCK_SEQPACKET);
}

static struct sockaddr_un name = {.sun_family = AF_UNIX};

static int connecting(void *argument)
{
	(void)argument;
	while (!is_over) {
		long fd = raw(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		raw(SYS_connect, fd, &name, 20);
		raw(SYS_write, fd, "x", 1);
		raw(SYS_close, fd);
	}
	return 0;
}

static int accepting(void *argument)
{
	(void)argument;
	while (!is_over) {
		long fd = raw(SYS_accept4, shared[0], 0, 0, SOCK_NONBLOCK);
		if (fd >= 0)
			raw(SYS_close, fd);
	}
	return 0;
}

/* A listening socket comes and goes under those who connect to it and accept from it. */
static void listeners(void)
{
	struct thread threads[4];

	signal(SIGPIPE, SIG_IGN);
	snprintf(name.sun_path + 1, 18, "waits-%d", (int)getpid());
	is_over = 0;
	shared[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	for (int i = 0; i < 4; i++)
		must(thread_start(&threads[i], i & 1 ? connecting : accepting, NULL) > 0);
	for (int i = 0; i < ROUNDS; i++) {
		long fd = raw(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		must(fd >= 0);
		raw(SYS_bind, fd, &name, 20);
		raw(SYS_listen, fd, 3);
		raw(SYS_sched_yield);
		must(raw(SYS_dup2, fd, shared[0]) >= 0);
		raw(SYS_close, fd);
	}
	is_over = 1;
	for (int i = 0; i < 4; i++)
		thread_join(&threads[i]);
	close(shared[0]);
	ok(1, "%d listening sockets came and went", ROUNDS);
}

static int turning(void *argument)
{
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	long me = (long)argument;

	while (!is_over) {
		raw(SYS_connect, shared[me], &name, 20);
		raw(SYS_sendto, shared[me], "x", 1, 0x40, 0, 0);
		raw(SYS_connect, shared[me], &nobody, sizeof(nobody));
		raw(SYS_recvfrom, shared[me], &nobody, 1, 0x40, 0, 0);
	}
	return 0;
}

/* Datagram sockets turn to one that comes and goes, and away. */
static void peers_change(void)
{
	struct thread threads[4];

	snprintf(name.sun_path + 1, 18, "peers-%d", (int)getpid());
	is_over = 0;
	must(socketpair(AF_UNIX, SOCK_DGRAM, 0, shared) == 0);
	for (long i = 0; i < 4; i++)
		must(thread_start(&threads[i], turning, (void *)(i & 1)) > 0);
	for (int i = 0; i < ROUNDS; i++) {
		struct pollfd p = {.fd = shared[i & 1], .events = POLLOUT};
		long fd = raw(SYS_socket, AF_UNIX, SOCK_DGRAM, 0);
		must(fd >= 0 && raw(SYS_bind, fd, &name, 20) == 0);
		raw(SYS_poll, &p, 1, 0);
		raw(SYS_sched_yield);
		raw(SYS_close, fd);
	}
	is_over = 1;
	for (int i = 0; i < 4; i++)
		thread_join(&threads[i]);
	close(shared[0]);
	close(shared[1]);
	ok(1, "%d peers came and went", ROUNDS);
}

static long resource(const char *what)
{
	return proc_number("/proc/namu/resources", what);
}

/* After all that nothing is left. */
static void counted(void)
{
	pid_t pid;
	long before;

	void (*const all[])(void) = {stream_replaced, datagram_replaced, packet_replaced, listeners, peers_change};

	before = resource("slab_unix_socket");
	for (size_t i = 0; i < count_of(all); i++) {
		if (in_child(&pid)) {
			all[i]();
			_exit(tap.failed);
		}
		is_exited(pid, 0, "a child");
	}
	if (is_namu())
		is_int(resource("slab_unix_socket"), before < 0 ? 0 : before, "no socket is left");
	else
		skip("counts", "of Namu alone");
}

static const struct tap_case cases[] = {
	{"moved", moved, 0},
	{"listed", listed, 0},
	{"counted", counted, 120},
};

TAP_MAIN(cases)
