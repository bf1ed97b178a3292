/*
 * Descriptors that were sent and that nobody can receive any more: they are closed, and nothing else is.
 */
#include "unix_fds.h"

#include <poll.h>

/* The reading end of a pipe whose writing end is sent: it hears of the end when nobody can receive that any more. */
static int sent_end(int to)
{
	int ends[2];

	must(pipe(ends) == 0 && send_fds(to, "x", 1, &ends[1], 1, 0) == 1);
	close(ends[1]);
	return ends[0];
}

static int is_over(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 5000) == 1 && (p.revents & POLLHUP);
}

static int is_open(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 0;
}

static void unread(int type)
{
	int end;

	make(type);
	end = sent_end(s[0]);
	close(s[0]);
	ok(is_open(end), "still to be received");
	close(s[1]);
	ok(is_over(end), "closed with the socket");
}

static void stream_unread(void)
{
	unread(SOCK_STREAM);
}
static void datagram_unread(void)
{
	unread(SOCK_DGRAM);
}

static void own_queue(int type)
{
	int end;

	make(type);
	end = sent_end(s[0]);
	must(send_fds(s[0], "y", 1, &s[1], 1, 0) == 1);
	close(s[0]);
	ok(is_open(end), "somebody has it");
	close(s[1]);
	ok(is_over(end), "a socket in its own queue is given up");
}

static void stream_own(void)
{
	own_queue(SOCK_STREAM);
}
static void datagram_own(void)
{
	own_queue(SOCK_DGRAM);
}

static void ring_of_two(void)
{
	int a[2], b[2], end;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, a) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, b) == 0);
	end = sent_end(a[0]);
	must(send_fds(a[0], "x", 1, &b[1], 1, 0) == 1 && send_fds(b[0], "x", 1, &a[1], 1, 0) == 1);
	close(a[0]);
	close(a[1]);
	ok(is_open(end), "one of two is held");
	/* b[1] has a[1] in its queue, a[1] has b[1]; b[1] is still ours. */
	is_int(receive(b[1], 1, 4, 0), 1, "the other can be received");
	is_int(got.count, 1, "through the first");
	int back = got.fds[0];
	is_int(receive(back, 1, 4, 0), 1, "and what lies in its queue");
	close_got();
	must(send_fds(b[0], "x", 1, &back, 1, 0) == 1);
	end = sent_end(b[0]);
	close(back);
	close(b[0]);
	close(b[1]);
	ok(is_over(end), "both are given up");
}

static void listener_ring(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "sock"};
	int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0), end;

	must(bind(l, (void *)&a, sizeof(a)) == 0 && listen(l, 5) == 0 && connect(c, (void *)&a, sizeof(a)) == 0);
	end = sent_end(c);
	must(send_fds(c, "x", 1, &l, 1, 0) == 1);
	close(c);
	ok(is_open(end), "a connection that may be accepted");
	close(l);
	ok(is_over(end), "a listening socket in the queue of a connection to it");
}

/* A long chain, each in the queue of the next: ended one after another, not one within another. */
static void chain(void)
{
	int last[2], next[2], end;

	must(socketpair(AF_UNIX, SOCK_DGRAM, 0, last) == 0);
	end = sent_end(last[0]);
	for (int i = 0; i < 1500; i++) {
		must(socketpair(AF_UNIX, SOCK_DGRAM, 0, next) == 0);
		must(send_fds(next[0], "x", 1, last, 2, 0) == 1);
		close(last[0]);
		close(last[1]);
		memcpy(last, next, sizeof(last));
	}
	ok(is_open(end), "a chain of 1500");
	close(last[0]);
	close(last[1]);
	ok(is_over(end), "is given up");
}

static long resource(const char *name)
{
	return proc_number("/proc/namu/resources", name);
}

static void rings_at_once(void)
{
	int fds[8][2];

	for (int i = 0; i < 8; i++)
		must(socketpair(AF_UNIX, i & 1 ? SOCK_DGRAM : SOCK_STREAM, 0, fds[i]) == 0);
	for (int i = 0; i < 8; i++) {
		int others[4] = {fds[(i + 1) % 8][0], fds[(i + 3) % 8][1], fds[i][0], fds[i][1]};
		must(send_fds(fds[i][0], "x", 1, others, 4, 0) == 1);
		must(send_fds(fds[i][1], "x", 1, others, 4, 0) == 1);
	}
	for (int i = 0; i < 8; i++) {
		close(fds[i][0]);
		close(fds[i][1]);
	}
}

static void counts(void)
{
	static const char *const names[] = {"slab_unix_socket", "slab_unix_message", "slab_unix_mark",
					    "slab_unix_user",   "slab_file",         "slab_unix_address"};
	long before[count_of(names)];

	rings_at_once();
	for (size_t i = 0; i < count_of(names); i++)
		before[i] = resource(names[i]);
	for (int i = 0; i < 300; i++)
		rings_at_once();
	for (int i = 0; i < 10000; i++) {
		must(socketpair(AF_UNIX, i & 1 ? SOCK_DGRAM : SOCK_STREAM, 0, s) == 0);
		must(send_fds(s[0], "some bytes", 10, s, 2, 0) == 10);
		close(s[0]);
		close(s[1]);
	}
	if (!is_namu()) {
		skip("counts", "of Namu alone");
		return;
	}
	for (size_t i = 0; i < count_of(names); i++)
		is_int(resource(names[i]), before[i], "%s is what it was", names[i]);
}

/* Sockets go to and fro while others end: nothing that can be received is given up. */
static void collect_races(void)
{
	int ends[2];
	pid_t pid[3];

	for (int p = 0; p < 2; p++) {
		if (!in_child(&pid[p]))
			continue;
		for (int i = 0; i < 300; i++)
			rings_at_once();
		_exit(0);
	}
	if (in_child(&pid[2])) {
		make(SOCK_STREAM);
		for (int i = 0; i < 1500; i++) {
			must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
			must(send_fds(ends[0], "z", 1, &ends[0], 1, 0) == 1);
			must(send_fds(s[0], "x", 1, &ends[1], 1, 0) == 1);
			close(ends[0]);
			close(ends[1]);
			must(receive(s[1], 1, 4, 0) == 1 && got.count == 1);
			int inner = got.fds[0];
			must(receive(inner, 1, 4, 0) == 1 && got.count == 1);
			close_got();
			close(inner);
		}
		_exit(0);
	}
	for (int p = 0; p < 3; p++)
		is_exited(pid[p], 0, "process %d", p);
}

static const struct tap_case cases[] = {
	{"stream_unread", stream_unread, 0},
	{"datagram_unread", datagram_unread, 0},
	{"stream_own", stream_own, 0},
	{"datagram_own", datagram_own, 0},
	{"ring_of_two", ring_of_two, 0},
	{"listener_ring", listener_ring, 0},
	{"chain", chain, 0},
	{"counts", counts, 120},
	{"collect_races", collect_races, 120},
};

TAP_MAIN(cases)
