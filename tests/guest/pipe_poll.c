/* poll, ppoll, select, pselect: every state of a pipe, time limits, masks, many descriptors. */
#include "guest.h"

#include <poll.h>
#include <sys/select.h>

static short ask(int fd, short events)
{
	struct pollfd p = {fd, events, 0x7fff};
	int n = poll(&p, 1, 0);

	return n < 0 ? -1 : p.revents;
}

static void pipe_states(void)
{
	static char block[65536];
	int fd[2];

	must(pipe(fd) == 0);
	is_int(ask(fd[0], POLLIN), 0, "empty: nothing to read");
	is_int(ask(fd[1], POLLOUT), POLLOUT, "empty: room to write");
	must(write(fd[1], block, 1) == 1);
	is_int(ask(fd[0], POLLIN | POLLRDNORM), POLLIN | POLLRDNORM, "a byte: to read");
	must(write(fd[1], block, 65535) == 65535);
	is_int(ask(fd[1], POLLOUT), 0, "full: no room");
	must(read(fd[0], block, 65536) == 65536);
	is_int(ask(fd[1], POLLOUT | POLLWRNORM), POLLOUT | POLLWRNORM, "empty again: room");
	must(write(fd[1], block, 1) == 1);
	close(fd[1]);
	is_int(ask(fd[0], POLLIN), POLLIN | POLLHUP, "no writer, a byte left: POLLIN and POLLHUP");
	must(read(fd[0], block, 1) == 1);
	is_int(ask(fd[0], POLLIN), POLLHUP, "no writer, nothing left: POLLHUP");
	is_int(ask(fd[0], 0), POLLHUP, "told without being asked for");
	must(pipe(fd) == 0);
	close(fd[0]);
	is_int(ask(fd[1], POLLOUT), POLLOUT | POLLERR, "no reader: POLLERR");
	is_int(ask(999, POLLIN), POLLNVAL, "no descriptor: POLLNVAL");
	is_int(ask(-1, POLLIN), 0, "a negative one is passed over");
}

static void other_files(void)
{
	int fd = open("file", O_RDWR | O_CREAT, 0600);

	is_int(ask(fd, POLLIN | POLLOUT), POLLIN | POLLOUT, "a file is always ready");
	fd = open("/dev/null", O_RDWR);
	is_int(ask(fd, POLLIN | POLLOUT), POLLIN | POLLOUT, "so is /dev/null");
	fd = open("/", O_RDONLY);
	is_int(ask(fd, POLLIN), POLLIN, "so is a directory");
}

static void limits(void)
{
	int fd[2];
	int64_t before;
	struct pollfd p;
	struct timespec t = {0, 30000000}, wrong = {0, -1};

	must(pipe(fd) == 0);
	p = (struct pollfd){fd[0], POLLIN, 0};
	before = now_ns();
	is_int(poll(&p, 1, 30), 0, "poll of 30 ms");
	ok(now_ns() - before >= 30000000, "takes at least as long");
	is_int(p.revents, 0, "and clears revents");
	before = now_ns();
	is_int(ppoll(&p, 1, &t, NULL), 0, "ppoll of 30 ms");
	ok(now_ns() - before >= 30000000, "takes at least as long");
	fails(ppoll(&p, 1, &wrong, NULL), EINVAL, "a negative time");
	before = now_ns();
	is_int(poll(NULL, 0, 20), 0, "poll of nothing sleeps");
	ok(now_ns() - before >= 20000000, "for its time");
}

static void woken(void)
{
	int fd[2];
	struct pollfd p[2];
	pid_t pid, me = getpid();

	must(pipe(fd) == 0);
	p[0] = (struct pollfd){fd[0], POLLIN, 0};
	p[1] = (struct pollfd){-1, POLLIN, 0};
	if (in_child(&pid)) {
		wait_state(me, 'S');
		_exit(write(fd[1], "x", 1) == 1 ? 0 : 1);
	}
	is_int(poll(p, 2, -1), 1, "poll without a limit wakes when a byte comes");
	is_int(p[0].revents, POLLIN, "and says so");
	must(reap(pid) == 0);
	must(read(fd[0], &(char){0}, 1) == 1);
	if (in_child(&pid)) {
		close(fd[0]);
		wait_state(me, 'S');
		_exit(0);
	}
	close(fd[1]);
	is_int(poll(p, 2, -1), 1, "and when the last writer goes");
	is_int(p[0].revents, POLLHUP, "with POLLHUP");
	must(reap(pid) == 0);
}

static void selects(void)
{
	fd_set in, out, except;
	int a[2], b[2];
	struct timeval t = {0, 0};

	must(pipe(a) == 0 && pipe(b) == 0);
	must(write(a[1], "x", 1) == 1);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&except);
	FD_SET(a[0], &in);
	FD_SET(b[0], &in);
	FD_SET(b[1], &out);
	FD_SET(a[0], &except);
	is_int(select(b[1] + 1, &in, &out, &except, &t), 2, "select counts the ready ones");
	ok(FD_ISSET(a[0], &in) && !FD_ISSET(b[0], &in), "the one with a byte can be read");
	ok(FD_ISSET(b[1], &out), "the other can be written");
	ok(!FD_ISSET(a[0], &except), "nothing is exceptional");
	close(b[1]);
	FD_ZERO(&in);
	FD_SET(b[0], &in);
	is_int(select(b[0] + 1, &in, NULL, NULL, NULL), 1, "the end of a file counts as readable");
	FD_ZERO(&in);
	FD_SET(45, &in);
	fails(select(46, &in, NULL, NULL, &t), EBADF, "a descriptor that is none");
}

static void select_time(void)
{
	struct timeval t = {0, 20000};
	struct timespec ts = {0, 20000000};
	int64_t before = now_ns();

	is_int(raw(SYS_select, 0, 0, 0, 0, &t), 0, "select as a sleep");
	ok(now_ns() - before >= 20000000, "for its time");
	is_int(t.tv_sec * 1000000 + t.tv_usec, 0, "which is used up");
	before = now_ns();
	is_int(pselect(0, NULL, NULL, NULL, &ts, NULL), 0, "pselect as a sleep");
	ok(now_ns() - before >= 20000000, "for its time");
	t.tv_usec = -1;
	fails(select(0, NULL, NULL, NULL, &t), EINVAL, "a negative time");
}

static volatile int calls;

static void on_signal(int signo)
{
	(void)signo;
	calls++;
}

static void masks(void)
{
	sigset_t set, none;
	int fd[2];
	struct pollfd p;

	must(signal(SIGUSR1, on_signal) != SIG_ERR && pipe(fd) == 0);
	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	must(raise(SIGUSR1) == 0);
	p = (struct pollfd){fd[0], POLLIN, 0};
	is_int(poll(&p, 1, 10), 0, "a blocked signal does not interrupt poll");
	fails(ppoll(&p, 1, NULL, &none), EINTR, "ppoll with a mask that lets it through");
	is_int(calls, 1, "the handler ran");
	must(sigprocmask(SIG_SETMASK, NULL, &none) == 0);
	ok(sigismember(&none, SIGUSR1), "and the old mask is back");
	must(raise(SIGUSR1) == 0);
	sigemptyset(&none);
	fails(pselect(0, NULL, NULL, NULL, NULL, &none), EINTR, "pselect likewise");
	is_int(calls, 2, "the handler ran");
}

static void many(void)
{
	enum { COUNT = 200 };
	static struct pollfd p[COUNT];
	static int fd[COUNT][2];
	char c;
	int good = 0;

	for (int i = 0; i < COUNT; i++) {
		must(pipe(fd[i]) == 0);
		p[i] = (struct pollfd){fd[i][0], POLLIN, 0};
	}
	for (int i = 0; i < COUNT; i += 7)
		must(write(fd[i][1], "x", 1) == 1);
	is_int(poll(p, COUNT, -1), (COUNT + 6) / 7, "two hundred pipes, every seventh ready");
	for (int i = 0; i < COUNT; i++)
		good += p[i].revents == (i % 7 ? 0 : POLLIN);
	is_int(good, COUNT, "each told rightly");
	for (int i = 0; i < COUNT; i += 7)
		must(read(fd[i][0], &c, 1) == 1);
	is_int(poll(p, COUNT, 0), 0, "none afterwards");
}

static void two_sleepers(void)
{
	int fd[2];
	pid_t pid[5];
	int good = 0;

	must(pipe(fd) == 0);
	for (int i = 0; i < 5; i++) {
		if (in_child(&pid[i])) {
			struct pollfd p = {fd[0], POLLIN, 0};
			_exit(poll(&p, 1, -1) == 1 ? 0 : 1);
		}
	}
	for (int i = 0; i < 5; i++)
		wait_state(pid[i], 'S');
	must(write(fd[1], "x", 1) == 1);
	for (int i = 0; i < 5; i++)
		good += reap(pid[i]) == 0;
	is_int(good, 5, "five who poll one pipe are all woken by one byte");
}

static const struct tap_case cases[] = {
	{"pipe_states", pipe_states, 0},   {"other_files", other_files, 0}, {"limits", limits, 0}, {"woken", woken, 0},
	{"selects", selects, 0},           {"select_time", select_time, 0}, {"masks", masks, 0},   {"many", many, 0},
	{"two_sleepers", two_sleepers, 0},
};

TAP_MAIN(cases)
