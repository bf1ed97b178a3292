/* A signal with a handler meets a call that sleeps: SA_RESTART goes on, without it EINTR; and some never go on. */
#include "guest.h"

#include <poll.h>
#include <sys/select.h>
#include <sys/time.h>

static volatile int calls;

static void on_signal(int signo)
{
	(void)signo;
	calls++;
}

static int pipe_fd[2];

/* A time that the signal is sure to come before, however busy the host is. */
#define LONG_S 1000

static long do_read(void)
{
	char c;

	return raw(SYS_read, pipe_fd[0], &c, 1);
}

static long do_write(void)
{
	static char big[1 << 20];

	return raw(SYS_write, pipe_fd[1], big, sizeof(big));
}

static long do_wait(void)
{
	return raw(SYS_wait4, -1, 0, 0, 0);
}

static long do_waitid(void)
{
	siginfo_t info;

	return raw(SYS_waitid, P_ALL, 0, &info, WEXITED, 0);
}

static long do_nanosleep(void)
{
	struct timespec t = {LONG_S, 0};

	return raw(SYS_nanosleep, &t, 0);
}

static long do_clock_nanosleep(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += LONG_S;
	return raw(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0);
}

static long do_poll(void)
{
	struct pollfd p = {pipe_fd[0], POLLIN, 0};

	return raw(SYS_poll, &p, 1, LONG_S * 1000);
}

static long do_select(void)
{
	struct timeval t = {LONG_S, 0};
	fd_set set;

	FD_ZERO(&set);
	FD_SET(pipe_fd[0], &set);
	return raw(SYS_select, pipe_fd[0] + 1, &set, 0, 0, &t);
}

static long do_pause(void)
{
	return raw(SYS_pause);
}

static long do_futex(void)
{
	static int word;
	struct timespec t = {LONG_S, 0};

	return raw(SYS_futex, &word, 0, 0, &t);
}

static long do_futex_forever(void)
{
	static int word;

	return raw(SYS_futex, &word, 0, 0, 0);
}

static long do_open_fifo(void)
{
	return raw(SYS_open, "fifo", O_RDONLY);
}

/*
 * A child starts the call with a handler for SIGUSR1; the parent signals it once it sleeps, and a little later lets
 * the call come to its end. What the call gave travels back through shared memory.
 */
static void check(const char *what, long (*call)(void), int flags, long want, int with_child, int ends_by_itself)
{
	long *result = map_shared(1);
	struct gate gate = gate_make(); /* a child of the child's waits at it */
	pid_t pid;

	must(pipe(pipe_fd) == 0);
	if (in_child(&pid)) {
		struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};
		must(sigaction(SIGUSR1, &action, NULL) == 0);
		if (with_child) {
			pid_t grand;
			if (in_child(&grand)) {
				gate_wait(&gate);
				_exit(0);
			}
		}
		result[0] = call();
		result[1] = calls;
		_exit(0);
	}
	wait_state(pid, 'S');
	sleep_ms(30);
	must(kill(pid, SIGUSR1) == 0);
	if (!ends_by_itself) {
		sleep_ms(50);
		if (with_child)
			gate_open(&gate);
		if (call == do_read || call == do_poll)
			must(write(pipe_fd[1], "x", 1) == 1);
		if (call == do_write) {
			static char sink[65536];
			long left = 1 << 20;
			while (left > 0 && waitpid(pid, NULL, WNOHANG) == 0) {
				struct pollfd p = {pipe_fd[0], POLLIN, 0};
				if (poll(&p, 1, 10) == 1)
					left -= read(pipe_fd[0], sink, sizeof(sink));
			}
		}
		if (call == do_open_fifo) {
			int fd;
			while ((fd = open("fifo", O_WRONLY | O_NONBLOCK)) < 0 && errno == ENXIO)
				sleep_ms(1);
			must(fd >= 0 && close(fd) == 0);
		}
		if (call == do_futex_forever) {
			sleep_ms(50);
			result[1] = -1;
			kill(pid, SIGKILL);
		}
	}
	waitpid(pid, NULL, 0);
	gate_open(&gate);
	close(gate.fd[0]);
	close(gate.fd[1]);
	is_int(result[0], want, "%s", what);
	if (result[1] >= 0)
		is_int(result[1], 1, "%s: the handler ran once", what);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	munmap(result, PAGE);
}

static void reads(void)
{
	check("read without SA_RESTART", do_read, 0, -EINTR, 0, 1);
	check("read with SA_RESTART", do_read, SA_RESTART, 1, 0, 0);
}

static void writes(void)
{
	check("a write that has written a part says how much", do_write, 0, 65536, 0, 1);
	check("also with SA_RESTART", do_write, SA_RESTART, 65536, 0, 1);
}

static void waits(void)
{
	check("wait4 without SA_RESTART", do_wait, 0, -EINTR, 1, 1);
	check("waitid without SA_RESTART", do_waitid, 0, -EINTR, 1, 1);
	check("waitid with SA_RESTART", do_waitid, SA_RESTART, 0, 1, 0);
}

static void sleeps(void)
{
	check("nanosleep without SA_RESTART", do_nanosleep, 0, -EINTR, 0, 1);
	check("nanosleep with SA_RESTART", do_nanosleep, SA_RESTART, -EINTR, 0, 1);
	check("clock_nanosleep until, with SA_RESTART", do_clock_nanosleep, SA_RESTART, -EINTR, 0, 1);
	check("pause with SA_RESTART", do_pause, SA_RESTART, -EINTR, 0, 1);
}

static void polls(void)
{
	check("poll with SA_RESTART", do_poll, SA_RESTART, -EINTR, 0, 1);
	check("select with SA_RESTART", do_select, SA_RESTART, -EINTR, 0, 1);
}

static void futexes(void)
{
	check("futex with a limit, without SA_RESTART", do_futex, 0, -EINTR, 0, 1);
	check("futex without a limit, without SA_RESTART", do_futex_forever, 0, -EINTR, 0, 1);
	check("futex without a limit, with SA_RESTART", do_futex_forever, SA_RESTART, 0, 0, 0);
}

static void fifo_open(void)
{
	must(mkfifo("fifo", 0600) == 0);
	check("open of a fifo without SA_RESTART", do_open_fifo, 0, -EINTR, 0, 1);
}

static void ignored_signals_do_not_interrupt(void)
{
	long *result = map_shared(1);
	pid_t pid;

	must(pipe(pipe_fd) == 0);
	if (in_child(&pid)) {
		signal(SIGUSR1, SIG_IGN);
		result[0] = do_read();
		_exit(0);
	}
	wait_state(pid, 'S');
	for (int i = 0; i < 5; i++) {
		must(kill(pid, SIGUSR1) == 0 && kill(pid, SIGWINCH) == 0 && kill(pid, SIGCHLD) == 0);
		sleep_ms(5);
	}
	must(write(pipe_fd[1], "x", 1) == 1);
	must(reap(pid) == 0);
	is_int(result[0], 1, "signals that are ignored, by choice or default, do not interrupt a read");
}

static void stop_and_continue(void)
{
	long *result = map_shared(1);
	pid_t pid;

	must(pipe(pipe_fd) == 0);
	if (in_child(&pid)) {
		result[0] = do_read();
		_exit(0);
	}
	wait_state(pid, 'S');
	must(kill(pid, SIGSTOP) == 0 && waitpid(pid, NULL, WUNTRACED) == pid);
	must(kill(pid, SIGCONT) == 0);
	sleep_ms(20);
	must(write(pipe_fd[1], "x", 1) == 1);
	must(reap(pid) == 0);
	is_int(result[0], 1, "a read goes on after a stop and a continuation");
}

static void sleep_remainder(void)
{
	struct timespec ask = {LONG_S, 0}, left = {0, 0};
	struct sigaction action = {.sa_handler = on_signal};
	pid_t pid, me = getpid();
	int64_t before = now_ns();

	must(sigaction(SIGALRM, &action, NULL) == 0);
	if (in_child(&pid)) {
		wait_state(me, 'S');
		_exit(kill(me, SIGALRM));
	}
	is_int(raw(SYS_nanosleep, &ask, &left), -EINTR, "an interrupted nanosleep");
	int64_t left_ns = (int64_t)left.tv_sec * 1000000000 + left.tv_nsec, asked_ns = LONG_S * 1000000000l;
	ok(left_ns < asked_ns && left_ns >= asked_ns - (now_ns() - before), "tells what was left (%ld ns)",
	   (long)left_ns);
	is_exited(pid, 0, "the sender");
}

static void sleep_over_stop(void)
{
	int64_t before;
	int status;
	pid_t pid;

	/* On a host that stands still for as long as the sleep the stop comes too late for it. */
	do {
		before = now_ns();
		if (in_child(&pid)) {
			struct timespec t = {0, 300000000};
			_exit(raw(SYS_nanosleep, &t, 0) == 0 ? 0 : 1);
		}
		wait_state(pid, 'S');
		must(kill(pid, SIGSTOP) == 0 && waitpid(pid, &status, WUNTRACED) == pid);
	} while (status == 0);
	must(WIFSTOPPED(status) && kill(pid, SIGCONT) == 0);
	is_exited(pid, 0, "nanosleep goes on after a stop and a continuation");
	ok(now_ns() - before >= 300000000, "for its whole time");
}

static const struct tap_case cases[] = {
	{"reads", reads, 0},
	{"writes", writes, 0},
	{"waits", waits, 0},
	{"sleeps", sleeps, 0},
	{"polls", polls, 0},
	{"futexes", futexes, 0},
	{"fifo_open", fifo_open, 0},
	{"ignored_signals_do_not_interrupt", ignored_signals_do_not_interrupt, 0},
	{"stop_and_continue", stop_and_continue, 0},
	{"sleep_remainder", sleep_remainder, 0},
	{"sleep_over_stop", sleep_over_stop, 0},
};

TAP_MAIN(cases)
