/*
 * Pairs of sockets: streams, datagrams and packets between processes, halves that are shut, ends that are closed.
 */
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "guest.h"

static int s[2];

static void make(int type)
{
	must(socketpair(AF_UNIX, type, 0, s) == 0);
}

static volatile sig_atomic_t pipes;

static void on_pipe(int signal)
{
	(void)signal;
	pipes++;
}

static void catch_pipe(void)
{
	struct sigaction action = {.sa_handler = on_pipe};

	must(sigaction(SIGPIPE, &action, NULL) == 0);
}

static int events_of(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP};

	must(poll(&p, 1, 0) >= 0);
	return p.revents;
}

/* ---- making ---- */

static void making(void)
{
	struct stat st;
	char link[64];
	ssize_t n;

	is_int(raw(SYS_socket, 77, SOCK_STREAM, 0), -EAFNOSUPPORT, "an unknown family");
	is_int(raw(SYS_socket, -1, SOCK_STREAM, 0), -EAFNOSUPPORT, "a negative family");
	is_int(raw(SYS_socket, AF_UNIX, 0, 0), -ESOCKTNOSUPPORT, "type 0");
	is_int(raw(SYS_socket, AF_UNIX, SOCK_RDM, 0), -ESOCKTNOSUPPORT, "SOCK_RDM");
	is_int(raw(SYS_socket, AF_UNIX, 15, 0), -EINVAL, "type 15");
	is_int(raw(SYS_socket, AF_UNIX, SOCK_STREAM | 0x100, 0), -EINVAL, "an unknown flag");
	is_int(raw(SYS_socket, AF_UNIX, SOCK_STREAM, 5), -EPROTONOSUPPORT, "an unknown protocol");
	is_int(raw(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, 8), -EFAULT, "a pair to nowhere");
	is_int(raw(SYS_socketpair, AF_UNIX, SOCK_RDM, 0, s), -ESOCKTNOSUPPORT, "a pair of SOCK_RDM");
	is_int(dup(0), 3, "no descriptor is left over");
	must(close(3) == 0);
	is_int(raw(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, AF_UNIX, s), 0, "a pair");
	is_int(fcntl(s[0], F_GETFD), FD_CLOEXEC, "is closed on exec");
	is_int(fcntl(s[1], F_GETFL), O_RDWR | O_NONBLOCK, "does not block");
	must(fstat(s[0], &st) == 0);
	ok(S_ISSOCK(st.st_mode) && (st.st_mode & 07777) == 0777, "fstat shows a socket (%o)", st.st_mode);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", s[0]);
	is_int(raw(SYS_open, link, O_RDWR, 0), -ENXIO, "a socket cannot be opened");
	char text[64], want[64];
	n = readlink(link, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	snprintf(want, sizeof(want), "socket:[%lu]", (unsigned long)st.st_ino);
	is_str(text, want, "its name in /proc");
	is_int(raw(SYS_lseek, s[0], 0, SEEK_SET), -ESPIPE, "it has no position");
	is_int(raw(SYS_pread64, s[0], text, 1, 0), -ESPIPE, "not for pread either");
	is_int(raw(SYS_shutdown, 0, 0), -ENOTSOCK, "shutdown of no socket");
	is_int(raw(SYS_shutdown, 99, 0), -EBADF, "shutdown of no descriptor");
	is_int(raw(SYS_shutdown, s[0], 3), -EINVAL, "shutdown of no half");
	is_int(raw(SYS_sendto, 0, "x", 1, 0, 0, 0), -ENOTSOCK, "send to no socket");
}

/* ---- streams ---- */

static void stream_bytes(void)
{
	char text[64];
	int left;

	make(SOCK_STREAM);
	is_int(write(s[0], "hello", 5), 5, "write");
	is_int(write(s[0], " you", 4), 4, "and once more");
	is_int(ioctl(s[1], FIONREAD, &left) == 0 ? left : -1, 9, "FIONREAD");
	is_int(recv(s[1], text, 3, MSG_PEEK), 3, "a look");
	is_int(recv(s[1], text, sizeof(text), MSG_PEEK), 9, "a longer look");
	is_int(read(s[1], text, sizeof(text)), 9, "a read takes all");
	ok(memcmp(text, "hello you", 9) == 0, "in order");
	is_int(recv(s[1], text, 1, MSG_DONTWAIT), -1, "then there is nothing");
	is_int(errno, EAGAIN, "EAGAIN");
	is_int(read(s[1], text, 0), 0, "a read of nothing does not wait");
	is_int(write(s[1], "back", 4), 4, "the other way");
	is_int(raw(SYS_read, s[0], 8, 4), -EFAULT, "to nowhere");
	is_int(read(s[0], text, 2), 2, "loses nothing");
	ok(memcmp(text, "ba", 2) == 0, "of it");
	is_int(raw(SYS_write, s[0], 8, 4), -EFAULT, "from nowhere");
	is_int(ioctl(s[1], FIONREAD, &left) == 0 ? left : -1, 0, "brings nothing");
	struct iovec parts[3] = {{"ab", 2}, {"", 0}, {"cde", 3}};
	is_int(writev(s[0], parts, 3), 5, "writev");
	char a[2], b[8];
	struct iovec into[2] = {{a, 2}, {b, 8}};
	is_int(readv(s[1], into, 2), 5, "readv");
	ok(memcmp(a, "ab", 2) == 0 && memcmp(b, "cde", 3) == 0, "in parts");
	is_int(raw(SYS_sendto, s[0], "x", 1, 0, "\1\0x", 3), -EISCONN, "a destination on a connected stream");
	int alone = socket(AF_UNIX, SOCK_STREAM, 0);
	is_int(raw(SYS_write, alone, "x", 1), -ENOTCONN, "write without a peer");
	is_int(raw(SYS_sendto, alone, "x", 1, 0, "\1\0x", 3), -EOPNOTSUPP, "and with a destination");
	is_int(raw(SYS_read, alone, text, 1), -EINVAL, "read without a peer");
	is_int(events_of(alone), POLLOUT | POLLHUP, "poll without a peer");
}

#define LOTS (3 * 1024 * 1024 + 17)

static void stream_lots(void)
{
	static unsigned char block[70001];
	unsigned long sum = 0, want = 0, all = 0;
	pid_t pid;

	make(SOCK_STREAM);
	for (unsigned i = 0; i < LOTS; i++)
		want += (i * 7 + i / 251) & 255;
	if (in_child(&pid)) {
		unsigned done = 0;
		close(s[1]);
		while (done < LOTS) {
			unsigned part = LOTS - done < sizeof(block) ? LOTS - done : sizeof(block), at = 0;
			for (unsigned i = 0; i < part; i++)
				block[i] = (unsigned char)((done + i) * 7 + (done + i) / 251);
			while (at < part) {
				ssize_t n = write(s[0], block + at, part - at);
				must(n > 0);
				at += (unsigned)n;
			}
			done += part;
		}
		_exit(0);
	}
	close(s[0]);
	for (;;) {
		ssize_t n = read(s[1], block, 1 + sum % sizeof(block));
		must(n >= 0);
		if (n == 0)
			break;
		for (ssize_t i = 0; i < n; i++)
			sum += block[i];
		all += (unsigned long)n;
	}
	is_int(all, LOTS, "all bytes came");
	is_int(sum, want, "and the right ones");
	is_exited(pid, 0, "the writer was not stopped");
}

static void stream_full(void)
{
	static char block[4096];
	long all = 0, n;
	int left;

	make(SOCK_STREAM | SOCK_NONBLOCK);
	while ((n = write(s[0], block, sizeof(block))) > 0)
		all += n;
	is_int(errno, EAGAIN, "a full socket");
	ok(all >= 65536 && all % 4096 == 0, "takes whole pieces (%ld bytes)", all);
	is_int(ioctl(s[1], FIONREAD, &left) == 0 ? left : -1, all, "FIONREAD of all");
	is_int(events_of(s[0]) & POLLOUT, 0, "poll shows it full");
	is_int(events_of(s[1]), POLLIN | POLLOUT, "the other direction is free");
	while (all > 0 && (n = read(s[1], block, sizeof(block))) > 0)
		all -= n;
	is_int(all, 0, "all can be read");
	is_int(events_of(s[0]), POLLOUT, "then there is room");
}

static void stream_waitall(void)
{
	char text[16];
	pid_t pid;

	make(SOCK_STREAM);
	if (in_child(&pid)) {
		for (int i = 0; i < 6; i++) {
			must(write(s[0], "xy", 2) == 2);
			sleep_ms(2);
		}
		_exit(0);
	}
	close(s[0]);
	is_int(recv(s[1], text, 10, MSG_WAITALL), 10, "all that was asked for");
	is_int(recv(s[1], text, 10, MSG_WAITALL), 2, "or what came before the end");
	is_int(recv(s[1], text, 10, MSG_WAITALL), 0, "or nothing");
	is_exited(pid, 0, "the writer");
}

/* ---- halves and ends ---- */

static void ends(void)
{
	char text[16];

	catch_pipe();
	make(SOCK_STREAM);
	must(write(s[0], "rest", 4) == 4);
	is_int(shutdown(s[0], SHUT_WR), 0, "shut the writing half");
	is_int(events_of(s[0]), POLLOUT, "the shut one");
	is_int(events_of(s[1]), POLLIN | POLLOUT | POLLRDHUP, "its peer");
	is_int(raw(SYS_write, s[0], "x", 1), -EPIPE, "no more writing");
	is_int(pipes, 1, "with a signal");
	is_int(raw(SYS_sendto, s[0], "x", 1, MSG_NOSIGNAL, 0, 0), -EPIPE, "or without");
	is_int(pipes, 1, "one");
	is_int(read(s[1], text, 16), 4, "the rest comes");
	is_int(read(s[1], text, 16), 0, "then the end");
	is_int(read(s[1], text, 16), 0, "for ever");
	is_int(write(s[1], "back", 4), 4, "the other half");
	is_int(read(s[0], text, 16), 4, "is open");
	is_int(shutdown(s[0], SHUT_RD), 0, "shut that too");
	is_int(raw(SYS_write, s[1], "x", 1), -EPIPE, "now it is not");
	is_int(events_of(s[1]), POLLIN | POLLOUT | POLLRDHUP | POLLHUP, "all is shut");
	is_int(shutdown(s[0], SHUT_RD), 0, "twice does no harm");
	close(s[0]);
	close(s[1]);

	make(SOCK_STREAM);
	close(s[0]);
	pipes = 0;
	is_int(read(s[1], text, 1), 0, "the end of a closed one");
	is_int(raw(SYS_write, s[1], "x", 1), -EPIPE, "nobody is there");
	is_int(pipes, 1, "says the signal");
	is_int(raw(SYS_write, s[1], "", 0), -EPIPE, "not even for nothing");
	is_int(events_of(s[1]), POLLIN | POLLOUT | POLLRDHUP | POLLHUP, "poll of it");
	close(s[1]);

	make(SOCK_STREAM);
	must(write(s[1], "unread", 6) == 6);
	close(s[0]);
	is_int(events_of(s[1]), POLLIN | POLLOUT | POLLRDHUP | POLLHUP | POLLERR, "closed with something unread");
	is_int(raw(SYS_read, s[1], text, 1), -ECONNRESET, "is told once");
	is_int(raw(SYS_read, s[1], text, 1), 0, "then it is the end");
	close(s[1]);
}

/* A writer or reader that waits hears of the end. */
static void waits_end(void)
{
	static char block[400000];
	char text[16];
	pid_t pid;

	signal(SIGPIPE, SIG_IGN);
	make(SOCK_STREAM);
	if (in_child(&pid)) {
		close(s[0]);
		long n = raw(SYS_read, s[1], text, 1);
		_exit(n == 0 ? 0 : 1);
	}
	close(s[1]);
	wait_state(pid, 'S');
	close(s[0]);
	is_exited(pid, 0, "a waiting reader hears of the end");

	make(SOCK_STREAM);
	if (in_child(&pid)) {
		close(s[1]);
		long n = raw(SYS_write, s[0], block, sizeof(block));
		_exit(n > 0 && n < (long)sizeof(block) && raw(SYS_write, s[0], block, 1) == -EPIPE ? 0 : 1);
	}
	close(s[0]);
	wait_state(pid, 'S');
	close(s[1]);
	is_exited(pid, 0, "a waiting writer too: what went through counts");

	make(SOCK_STREAM);
	if (in_child(&pid))
		_exit(raw(SYS_read, s[1], text, 1) == 0 ? 0 : 1);
	wait_state(pid, 'S');
	must(shutdown(s[1], SHUT_RD) == 0);
	is_exited(pid, 0, "a shut half ends the wait of its own reader");
}

/* ---- messages ---- */

static void datagrams(void)
{
	static char block[300000];
	char text[64];
	int left;

	catch_pipe();
	make(SOCK_DGRAM);
	is_int(write(s[0], "one", 3), 3, "a datagram");
	is_int(write(s[0], "", 0), 0, "an empty one");
	is_int(write(s[0], "three", 5), 5, "a third");
	is_int(ioctl(s[1], FIONREAD, &left) == 0 ? left : -1, 3, "FIONREAD is the next one's");
	is_int(recv(s[1], text, 2, MSG_PEEK), 2, "a look");
	is_int(recv(s[1], text, 64, 0), 3, "the first");
	is_int(recv(s[1], text, 64, 0), 0, "the empty one");
	is_int(recv(s[1], text, 2, MSG_TRUNC), 5, "the third is cut, its length told");
	is_int(raw(SYS_recvfrom, s[1], text, 2, MSG_DONTWAIT, 0, 0), -EAGAIN, "no more");
	is_int(raw(SYS_write, s[0], block, sizeof(block)), -EMSGSIZE, "one that is too long");
	is_int(write(s[0], block, 100000), 100000, "a long one");
	is_int(read(s[1], block, sizeof(block)), 100000, "comes whole");
	is_int(raw(SYS_sendto, s[0], "x", 1, MSG_OOB, 0, 0), -EOPNOTSUPP, "no urgent datagrams");
	is_int(raw(SYS_recvfrom, s[0], text, 1, MSG_OOB, 0, 0), -EOPNOTSUPP, "either way");
	must(fcntl(s[0], F_SETFL, O_NONBLOCK) == 0);
	left = 0;
	while (write(s[0], "m", 1) == 1)
		left++;
	is_int(errno, EAGAIN, "a receiver's list is full");
	ok(left >= 11, "after %d", left);
	while (recv(s[1], text, 1, MSG_DONTWAIT) == 1)
		left--;
	is_int(left, 0, "all of them can be read");
	is_int(shutdown(s[1], SHUT_RD), 0, "shut for reading");
	is_int(raw(SYS_write, s[0], "x", 1), -EPIPE, "nobody will read it");
	is_int(pipes, 0, "datagrams raise no signal");
	is_int(raw(SYS_recvfrom, s[1], text, 1, MSG_DONTWAIT, 0, 0), -EAGAIN, "a shut one that does not wait");
	is_int(raw(SYS_recvfrom, s[1], text, 1, 0, 0, 0), 0, "and one that would");
	close(s[1]);
	is_int(raw(SYS_write, s[0], "x", 1), -ECONNREFUSED, "nobody is there");
	is_int(raw(SYS_write, s[0], "x", 1), -ENOTCONN, "nor any more");
}

static void packets(void)
{
	char text[64];
	int left;

	catch_pipe();
	make(SOCK_SEQPACKET);
	is_int(write(s[0], "one", 3), 3, "a packet");
	is_int(write(s[0], "", 0), 0, "an empty one");
	is_int(write(s[0], "three", 5), 5, "a third");
	is_int(ioctl(s[1], FIONREAD, &left) == 0 ? left : -1, 8, "FIONREAD counts all");
	is_int(recv(s[1], text, 64, 0), 3, "the first");
	is_int(recv(s[1], text, 64, 0), 0, "the empty one");
	is_int(recv(s[1], text, 2, 0), 2, "the third is cut");
	is_int(events_of(s[1]), POLLOUT, "no more");
	is_int(write(s[0], "last", 4), 4, "the last");
	close(s[0]);
	is_int(events_of(s[1]), POLLIN | POLLOUT | POLLRDHUP | POLLHUP, "the end");
	is_int(read(s[1], text, 64), 4, "the last is read");
	is_int(read(s[1], text, 64), 0, "then the end");
	is_int(raw(SYS_recvfrom, s[1], text, 64, MSG_DONTWAIT, 0, 0), 0, "without waiting as well");
	is_int(raw(SYS_write, s[1], "x", 1), -EPIPE, "nobody is there");
	is_int(pipes, 0, "packets raise no signal");
	close(s[1]);
	make(SOCK_SEQPACKET);
	must(write(s[1], "unread", 6) == 6);
	close(s[0]);
	is_int(raw(SYS_read, s[1], text, 1), -ECONNRESET, "closed with something unread");
	int alone = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	is_int(raw(SYS_write, alone, "x", 1), -ENOTCONN, "write without a peer");
	is_int(raw(SYS_read, alone, text, 1), -ENOTCONN, "read without a peer");
}

static void two_readers(void)
{
	char text[4];
	pid_t pid[2];

	make(SOCK_DGRAM);
	for (int i = 0; i < 2; i++) {
		if (in_child(&pid[i]))
			_exit(read(s[1], text, 4) == 1 ? text[0] : 99);
	}
	wait_state(pid[0], 'S');
	wait_state(pid[1], 'S');
	must(write(s[0], "\1", 1) == 1 && write(s[0], "\2", 1) == 1);
	int a = reap(pid[0]) >> 8, b = reap(pid[1]) >> 8;
	is_int(a + b, 3, "each waiting reader gets one message");
}

static const struct tap_case cases[] = {
	{"making", making, 0},           {"stream_bytes", stream_bytes, 0},     {"stream_lots", stream_lots, 0},
	{"stream_full", stream_full, 0}, {"stream_waitall", stream_waitall, 0}, {"ends", ends, 0},
	{"waits_end", waits_end, 0},     {"datagrams", datagrams, 0},           {"packets", packets, 0},
	{"two_readers", two_readers, 0},
};

TAP_MAIN(cases)
