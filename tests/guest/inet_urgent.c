/*
 * The urgent byte of TCP: MSG_OOB, SO_OOBINLINE, SIOCATMARK, SIGURG.
 */
#include "inet.h"

static int s[2];
static char buffer[16];
static volatile sig_atomic_t urgents;

static void on_urgent(int signal)
{
	(void)signal;
	urgents++;
}

static int at_mark(int fd)
{
	int is_at = -1;

	must(ioctl(fd, SIOCATMARK, &is_at) == 0);
	return is_at;
}

static int readable(int fd)
{
	int bytes = -1;

	must(ioctl(fd, FIONREAD, &bytes) == 0);
	return bytes;
}

static void out_of_band(void)
{
	struct sigaction action = {.sa_handler = on_urgent};

	must(sigaction(SIGURG, &action, NULL) == 0);
	connect_pair(AF_INET, s);
	must(fcntl(s[1], F_SETOWN, getpid()) == 0);
	is_int(raw(SYS_recvfrom, s[1], buffer, 1, MSG_OOB, 0, 0), -EINVAL, "nothing urgent");
	is_int(send(s[0], "abc", 3, MSG_OOB), 3, "the last of three is urgent");
	wait_events(s[1], POLLPRI);
	is_int(urgents, 1, "SIGURG");
	is_int(events_of(s[1]), POLLIN | POLLPRI | POLLOUT, "poll");
	is_int(readable(s[1]), 2, "FIONREAD tells those before it");
	is_int(at_mark(s[1]), 0, "not yet at the mark");
	is_int(recv(s[1], buffer, 16, 0), 2, "a read stops there");
	is_int(at_mark(s[1]), 1, "at the mark");
	is_int(events_of(s[1]), POLLPRI | POLLOUT, "nothing else to read");
	is_int(raw(SYS_recvfrom, s[1], buffer, 16, MSG_DONTWAIT, 0, 0), -EAGAIN, "a read goes past it");
	is_int(raw(SYS_recvfrom, s[1], buffer, 1, MSG_OOB, 0, 0), -EINVAL, "then it is lost");
	is_int(send(s[0], "12", 2, MSG_OOB), 2, "another");
	wait_events(s[1], POLLPRI);
	is_int(raw(SYS_recvfrom, s[1], buffer, 1, MSG_OOB | MSG_PEEK, 0, 0), 1, "looked at");
	is_int(recv(s[1], buffer, 1, MSG_OOB), 1, "fetched");
	is_int(buffer[0], '2', "the byte");
	is_int(raw(SYS_recvfrom, s[1], buffer, 1, MSG_OOB, 0, 0), -EINVAL, "once");
	is_int(events_of(s[1]), POLLIN | POLLOUT, "no longer urgent");
	is_int(write(s[0], "34", 2), 2, "bytes behind it");
	is_int(recv(s[1], buffer, 16, 0), 1, "a read still stops");
	is_int(recv(s[1], buffer, 16, 0), 2, "and leaves it out");
	is_int(memcmp(buffer, "34", 2), 0, "the bytes behind it");
	is_int(send(s[0], "x", 1, MSG_OOB), 1, "one");
	is_int(send(s[0], "y", 1, MSG_OOB), 1, "and the next before it was read");
	wait_events(s[1], POLLPRI);
	is_int(recv(s[1], buffer, 16, MSG_OOB), 1, "the newer one counts");
	is_int(buffer[0], 'y', "it is that");
}

static void in_line(void)
{
	connect_pair(AF_INET6, s);
	set_int(s[1], SOL_SOCKET, SO_OOBINLINE, 1);
	must(write(s[0], "ab", 2) == 2 && send(s[0], "!", 1, MSG_OOB) == 1 && write(s[0], "cd", 2) == 2);
	wait_events(s[1], POLLPRI);
	while (readable(s[1]) < 5)
		sleep_ms(1);
	is_int(raw(SYS_recvfrom, s[1], buffer, 1, MSG_OOB, 0, 0), -EINVAL, "MSG_OOB does not fetch it");
	is_int(recv(s[1], buffer, 16, 0), 2, "a read stops before it");
	is_int(at_mark(s[1]), 1, "at the mark");
	is_int(recv(s[1], buffer, 16, 0), 3, "and goes on with it");
	is_int(memcmp(buffer, "!cd", 3), 0, "in its place");
	is_int(at_mark(s[1]), 0, "behind the mark");
	/* One that waits among others while the reader sleeps. */
	pid_t pid;
	set_int(s[1], SOL_SOCKET, SO_OOBINLINE, 0);
	if (in_child(&pid)) {
		sleep_ms(20);
		must(send(s[0], "only", 4, MSG_OOB) == 4 && write(s[0], "z", 1) == 1);
		_exit(0);
	}
	is_int(recv(s[1], buffer, 3, MSG_WAITALL), 3, "a waiting read");
	is_int(recv(s[1], buffer, 3, 0), 1, "goes on behind it");
	is_int(buffer[0], 'z', "with the next");
	is_exited(pid, 0, "the writer");
}

static const struct tap_case cases[] = {{"out_of_band", out_of_band, 0}, {"in_line", in_line, 0}};

TAP_MAIN(cases)
