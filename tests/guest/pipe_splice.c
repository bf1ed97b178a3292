/* splice, tee and sendfile: the same bytes at the other end, whatever way they went and whatever became of the file. */
#include "guest.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { HEAD = 5 * PAGE + 700, HOLE = 6 * PAGE, TAIL = 70001, ALL = HEAD + HOLE + TAIL };

static char content[ALL];

static unsigned next_random(unsigned *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* A file with a hole and an odd end, and its content in memory. */
static int filled(void)
{
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0644);

	for (int i = 0; i < ALL; i++)
		content[i] = i < HEAD || i >= HEAD + HOLE ? (char)(i * 7 + i / PAGE + 1) : 0;
	must(fd >= 0 && pwrite(fd, content, HEAD, 0) == HEAD);
	must(pwrite(fd, content + HEAD + HOLE, TAIL, HEAD + HOLE) == TAIL);
	return fd;
}

/* Read to the end, in reads of a size of their own: how many bytes were as they should be from `begin` on. */
static long read_same(int fd, long begin, size_t step)
{
	static char got[PAGE * 16];
	long at = begin, n;

	while ((n = read(fd, got, step)) > 0) {
		if (at + n > ALL || memcmp(got, content + at, (size_t)n))
			return -at;
		at += n;
	}
	return at - begin;
}

/* A connection of TCP over loopback. */
static void tcp_pair(int fd[2])
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t bytes = sizeof(name);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	must(listener >= 0 && bind(listener, (void *)&name, bytes) == 0 && listen(listener, 1) == 0);
	must(getsockname(listener, (void *)&name, &bytes) == 0);
	fd[0] = socket(AF_INET, SOCK_STREAM, 0);
	must(fd[0] >= 0 && connect(fd[0], (void *)&name, bytes) == 0);
	fd[1] = accept(listener, NULL, NULL);
	must(fd[1] >= 0);
	close(listener);
}

/* file -> pipe -> pipe -> fd. */
static void send_through_pipes(int file, long begin, int to)
{
	int first[2], second[2];
	loff_t at = begin;
	ssize_t in;

	must(pipe(first) == 0 && pipe(second) == 0);
	while ((in = splice(file, &at, first[1], NULL, 50000, 0)) > 0) {
		while (in > 0) {
			ssize_t part = splice(first[0], NULL, second[1], NULL, (size_t)in, SPLICE_F_MOVE);
			must(part > 0);
			in -= part;
			while (part > 0) {
				ssize_t out = splice(second[0], NULL, to, NULL, (size_t)part, SPLICE_F_MORE);
				must(out > 0);
				part -= out;
			}
		}
	}
	must(in == 0 && at == ALL);
}

static void through(void (*send)(int file, long begin, int to), int fd[2], const char *what)
{
	int file = filled();
	pid_t child;

	if (in_child(&child)) {
		close(fd[1]);
		send(file, 1234, fd[0]);
		_exit(0);
	}
	close(fd[0]);
	is_int(read_same(fd[1], 1234, 3000), ALL - 1234, "%s", what);
	is_exited(child, 0, "all of it was sent");
}

static void pipes_to_socket(void)
{
	int fd[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	through(send_through_pipes, fd, "a file through two pipes and a unix socket");
	tcp_pair(fd);
	through(send_through_pipes, fd, "and through TCP");
	must(pipe(fd) == 0);
	must(dup2(fd[0], 50) == 50 && dup2(fd[1], fd[0]) == fd[0] && dup2(50, fd[1]) == fd[1]);
	close(50);
	through(send_through_pipes, fd, "and through a third pipe");
}

static void send_by_sendfile(int file, long begin, int to)
{
	off_t at = begin;
	ssize_t sent;

	while ((sent = sendfile(to, file, &at, 60000)) > 0)
		continue;
	must(sent == 0 && at == ALL);
}

static void sendfile_to_all(void)
{
	int fd[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	through(send_by_sendfile, fd, "sendfile into a unix socket");
	tcp_pair(fd);
	through(send_by_sendfile, fd, "into TCP");
	must(pipe(fd) == 0);
	must(dup2(fd[0], 50) == 50 && dup2(fd[1], fd[0]) == fd[0] && dup2(50, fd[1]) == fd[1]);
	close(50);
	through(send_by_sendfile, fd, "into a pipe");
}

/* Written and lent bytes by turns, taken in pieces of all sizes. */
static void mixed(void)
{
	static char expected[1 << 20], got[PAGE * 16];
	long in = 0, out = 0, wrong = 0;
	int file = filled(), fd[2], other[2];
	unsigned seed = 11;

	must(pipe2(fd, O_NONBLOCK) == 0 && pipe2(other, O_NONBLOCK) == 0);
	while (in < (1 << 20) - PAGE * 16 || out < in) {
		size_t bytes = next_random(&seed) % (PAGE * 4) + 1;
		loff_t at = next_random(&seed) % (ALL - PAGE * 4);
		loff_t start = at;
		int from = fd[0];
		ssize_t n;
		switch (in < (1 << 20) - PAGE * 16 ? next_random(&seed) % 5 : 4) {
		case 0:
			n = write(fd[1], content + at, bytes);
			break;
		case 1:
		case 2:
			n = splice(file, &at, fd[1], NULL, bytes, SPLICE_F_NONBLOCK);
			break;
		case 3: /* by way of another pipe */
			n = splice(fd[0], NULL, other[1], NULL, bytes, SPLICE_F_NONBLOCK);
			from = other[0];
			bytes = n > 0 ? (size_t)n : 0;
			/* fall through */
		default:
			n = bytes ? read(from, got, bytes) : 0;
			wrong += n > 0 && memcmp(got, expected + out, (size_t)n);
			wrong += from == other[0] && n != (ssize_t)bytes;
			out += n > 0 ? n : 0;
			n = 0;
		}
		if (n > 0) {
			memcpy(expected + in, content + start, (size_t)n);
			in += n;
		}
	}
	is_int(wrong, 0, "every byte in its order");
	is_int(out, in, "and none too many");
}

static void tee_keeps(void)
{
	static char got[3 * PAGE];
	int file = filled(), from[2], to[2], unread;
	loff_t at = 0;

	must(pipe(from) == 0 && pipe(to) == 0);
	must(splice(file, &at, from[1], NULL, 2 * PAGE, 0) == 2 * PAGE && write(from[1], "end", 3) == 3);
	is_int(tee(from[0], to[1], 3 * PAGE, 0), 2 * PAGE + 3, "tee shows all that is there");
	must(ioctl(from[0], FIONREAD, &unread) == 0);
	is_int(unread, 2 * PAGE + 3, "and takes nothing");
	close(from[1]);
	is_int(read(from[0], got, sizeof(got)), 2 * PAGE + 3, "the first reader");
	ok(memcmp(got, content, 2 * PAGE) == 0 && memcmp(got + 2 * PAGE, "end", 3) == 0, "has them");
	close(from[0]);
	memset(got, 0, sizeof(got));
	is_int(read(to[0], got, sizeof(got)), 2 * PAGE + 3, "the second reader");
	ok(memcmp(got, content, 2 * PAGE) == 0 && memcmp(got + 2 * PAGE, "end", 3) == 0, "has the same");
}

/* What became of the file is nothing to a pipe that has its pages. */
static void file_gone(void)
{
	static char got[4 * PAGE];
	int file = filled(), fd[2], again;
	loff_t at = PAGE;

	must(pipe(fd) == 0 && splice(file, &at, fd[1], NULL, 4 * PAGE, 0) == 4 * PAGE);
	is_int(ftruncate(file, 0), 0, "the file is cut");
	is_int(unlink("file"), 0, "unlinked");
	close(file);
	again = open("file", O_RDWR | O_CREAT, 0644);
	for (int i = 0; i < 40; i++)
		must(write(again, got, sizeof(got)) == sizeof(got)); /* whoever gave pages away may get them now */
	is_int(read(fd[0], got, sizeof(got)), 4 * PAGE, "its bytes are in the pipe");
	ok(memcmp(got, content + PAGE, 4 * PAGE) == 0, "as they were");
}

static void resized(void)
{
	static char got[PAGE * 16];
	int file = filled(), fd[2];
	loff_t at = 100;

	must(pipe(fd) == 0 && write(fd[1], content, 100) == 100);
	must(splice(file, &at, fd[1], NULL, 3 * PAGE - 100, 0) == 3 * PAGE - 100);
	must(read(fd[0], got, 50) == 50);
	is_int(fcntl(fd[1], F_SETPIPE_SZ, 1 << 18), 1 << 18, "a larger pipe");
	must(write(fd[1], content + 3 * PAGE, 2 * PAGE) == 2 * PAGE);
	is_int(fcntl(fd[1], F_SETPIPE_SZ, 8 * PAGE), 8 * PAGE, "a smaller one");
	fails(fcntl(fd[1], F_SETPIPE_SZ, PAGE), EBUSY, "too small for what is in it");
	is_int(read(fd[0], got, sizeof(got)), 5 * PAGE - 50, "all is there");
	ok(memcmp(got, content + 50, 5 * PAGE - 50) == 0, "in order");
}

/* With peeks, and a descriptor that goes with bytes in the middle. */
static void marks(void)
{
	static char got[PAGE * 4];
	char room[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec vec = {content + 2 * PAGE, 10}, back = {got, sizeof(got)};
	struct msghdr message = {.msg_iov = &vec, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	int file = filled(), fd[2];
	off_t at = 0;

	*head = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(head), &file, sizeof(int));
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	must(sendfile(fd[1], file, &at, 2 * PAGE) == 2 * PAGE && sendmsg(fd[1], &message, 0) == 10);
	at += 10;
	must(sendfile(fd[1], file, &at, PAGE) == PAGE);
	is_int(recv(fd[0], got, 100, MSG_PEEK), 100, "a peek");
	ok(memcmp(got, content, 100) == 0, "shows the first bytes");
	is_int(recv(fd[0], got, 5000, 0), 5000, "a read");
	ok(memcmp(got, content, 5000) == 0, "takes them");
	is_int(recv(fd[0], got, 2 * PAGE - 5000, 0), 2 * PAGE - 5000, "and those before the descriptor's");
	ok(memcmp(got, content + 5000, 2 * PAGE - 5000) == 0, "that were lent");
	message.msg_iov = &back;
	is_int(recvmsg(fd[0], &message, 0), 10, "a read ends behind these");
	ok(message.msg_controllen && CMSG_FIRSTHDR(&message)->cmsg_type == SCM_RIGHTS, "and brings it");
	is_int(recv(fd[0], got, sizeof(got), 0), PAGE, "and the rest behind it");
	ok(memcmp(got, content + 2 * PAGE + 10, PAGE) == 0, "in order");
}

/* Both sides wait for each other many times. */
static void blocking(void)
{
	int file = filled(), fd[2];
	pid_t child;

	must(pipe(fd) == 0);
	is_int(fcntl(fd[1], F_SETPIPE_SZ, PAGE), PAGE, "a pipe of a page");
	if (in_child(&child)) {
		loff_t at = 0;
		ssize_t n;
		close(fd[0]);
		while ((n = splice(file, &at, fd[1], NULL, ALL, 0)) > 0)
			must(n <= PAGE);
		_exit(n == 0 && at == ALL ? 0 : 1);
	}
	close(fd[1]);
	is_int(read_same(fd[0], 0, 1000), ALL, "a file larger than the pipe");
	is_exited(child, 0, "went through it");
}

/* Into a file, also that which lent. */
static void back_to_file(void)
{
	static char got[ALL];
	int file = filled(), fd[2], copy = open("copy", O_RDWR | O_CREAT, 0644);
	loff_t in = 0, out = 0;
	ssize_t n;

	must(pipe(fd) == 0);
	while ((n = splice(file, &in, fd[1], NULL, 30000, 0)) > 0)
		must(splice(fd[0], NULL, copy, &out, (size_t)n, 0) == n);
	is_int(out, ALL, "a file through a pipe into a file");
	must(pread(copy, got, ALL, 0) == ALL);
	ok(memcmp(got, content, ALL) == 0, "byte for byte");
	in = 0;
	out = 10 * PAGE;
	must(splice(file, &in, fd[1], NULL, 3 * PAGE, 0) == 3 * PAGE);
	is_int(splice(fd[0], NULL, file, &out, 3 * PAGE, 0), 3 * PAGE, "into another place of the same file");
	must(pread(file, got, ALL, 0) == ALL);
	ok(memcmp(got + 10 * PAGE, content, 3 * PAGE) == 0, "byte for byte");
	ok(memcmp(got, content, 10 * PAGE) == 0, "and nothing else changed");
}

/* Whoever closes a pipe or a socket lets go of what was in it: the test's own counts show what stays. */
static void closed_unread(void)
{
	int file = filled(), fd[2], done = 0;

	for (int i = 0; i < 300; i++) {
		loff_t at = 0;
		must(pipe(fd) == 0);
		done += splice(file, &at, fd[1], NULL, 60000, 0) > 0;
		close(fd[0]);
		close(fd[1]);
		at = 0;
		must(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
		done += sendfile(fd[1], file, &at, 60000) > 0;
		close(fd[0]);
		close(fd[1]);
	}
	is_int(done, 600, "pipes and sockets closed with a file's bytes in them");
}

static const struct tap_case cases[] = {
	{"pipes_to_socket", pipes_to_socket, 0},
	{"sendfile_to_all", sendfile_to_all, 0},
	{"mixed", mixed, 0},
	{"tee_keeps", tee_keeps, 0},
	{"file_gone", file_gone, 0},
	{"resized", resized, 0},
	{"marks", marks, 0},
	{"blocking", blocking, 0},
	{"back_to_file", back_to_file, 0},
	{"closed_unread", closed_unread, 0},
};

TAP_MAIN(cases)
