/* Descriptors to wait on: eventfd, epoll, timerfd, signalfd, pidfd. */
#include "guest.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static void event_counter(void)
{
	uint64_t value = 5;
	int fd = eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC);

	must(fd >= 0);
	is_int(read(fd, &value, 8), 8, "eventfd: a read");
	is_int((long)value, 3, "gives the counter");
	fails(read(fd, &value, 8), EAGAIN, "and empties it");
	value = 7;
	must(write(fd, &value, 8) == 8 && write(fd, &value, 8) == 8);
	must(read(fd, &value, 8) == 8);
	is_int((long)value, 14, "writes add up");
	value = UINT64_MAX;
	fails(write(fd, &value, 8), EINVAL, "the greatest number cannot be added");
	fails(read(fd, &value, 4), EINVAL, "four bytes are too few");
	value = UINT64_MAX - 1;
	must(write(fd, &value, 8) == 8);
	value = 1;
	fails(write(fd, &value, 8), EAGAIN, "a full counter");
	fd = eventfd(2, EFD_SEMAPHORE);
	must(fd >= 0 && read(fd, &value, 8) == 8);
	is_int((long)value, 1, "EFD_SEMAPHORE gives ones");
	fails(eventfd(0, 0x100), EINVAL, "an unknown flag");
}

static void epoll_basic(void)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 42}, got[4];
	int fd[2], ep = epoll_create1(EPOLL_CLOEXEC);
	char c;

	must(ep >= 0 && pipe(fd) == 0);
	is_int(epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &event), 0, "epoll_ctl: ADD");
	fails(epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &event), EEXIST, "twice");
	is_int(epoll_wait(ep, got, 4, 0), 0, "nothing is ready");
	must(write(fd[1], "x", 1) == 1);
	is_int(epoll_wait(ep, got, 4, -1), 1, "a byte makes it ready");
	is_int((long)got[0].data.u64, 42, "with its data");
	is_int(got[0].events, EPOLLIN, "and its event");
	is_int(epoll_wait(ep, got, 4, 0), 1, "again while the byte is there");
	event.events = EPOLLIN | EPOLLET;
	is_int(epoll_ctl(ep, EPOLL_CTL_MOD, fd[0], &event), 0, "MOD to edges");
	is_int(epoll_wait(ep, got, 4, 0), 1, "once");
	is_int(epoll_wait(ep, got, 4, 0), 0, "and no more");
	must(write(fd[1], "y", 1) == 1);
	is_int(epoll_wait(ep, got, 4, 0), 1, "until something new comes");
	event.events = EPOLLIN | EPOLLONESHOT;
	must(epoll_ctl(ep, EPOLL_CTL_MOD, fd[0], &event) == 0);
	is_int(epoll_wait(ep, got, 4, 0), 1, "ONESHOT fires");
	must(write(fd[1], "z", 1) == 1);
	is_int(epoll_wait(ep, got, 4, 0), 0, "one time");
	is_int(epoll_ctl(ep, EPOLL_CTL_DEL, fd[0], NULL), 0, "DEL");
	fails(epoll_ctl(ep, EPOLL_CTL_DEL, fd[0], NULL), ENOENT, "twice");
	fails(epoll_ctl(ep, EPOLL_CTL_ADD, open("/data/short", O_RDONLY), &event), EPERM,
	      "a file cannot be waited for");
	fails(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &event), EINVAL, "nor an epoll by itself");
	must(read(fd[0], &c, 1) == 1);
	event.events = EPOLLIN;
	must(epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &event) == 0);
	close(fd[0]);
	is_int(epoll_wait(ep, got, 4, 0), 0, "a closed descriptor leaves by itself");
}

static void epoll_wakes(void)
{
	struct epoll_event event = {.events = EPOLLIN}, got;
	int fd[2], ep = epoll_create1(0);
	pid_t pid, me = getpid();

	must(ep >= 0 && pipe(fd) == 0 && epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &event) == 0);
	if (in_child(&pid)) {
		wait_state(me, 'S');
		_exit(write(fd[1], "x", 1) == 1 ? 0 : 1);
	}
	is_int(epoll_wait(ep, &got, 1, -1), 1, "epoll_wait sleeps until a byte comes");
	must(reap(pid) == 0);
	must(read(fd[0], &(char){0}, 1) == 1);
	is_int(epoll_wait(ep, &got, 1, 20), 0, "or its time is over");
}

static void timer_descriptor(void)
{
	struct itimerspec t = {{0, 10000000}, {0, 20000000}}, now;
	uint64_t ticks = 0;
	int64_t before = now_ns();
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);

	must(fd >= 0);
	must(timerfd_settime(fd, 0, &t, NULL) == 0);
	is_int(read(fd, &ticks, 8), 8, "timerfd: a read waits for a tick");
	ok(ticks >= 1 && now_ns() - before >= 20000000, "not before its time");
	must(timerfd_gettime(fd, &now) == 0);
	is_int(now.it_interval.tv_nsec, 10000000, "the interval is told");
	sleep_ms(50);
	must(read(fd, &ticks, 8) == 8);
	ok(ticks >= 2, "ticks that were not read are counted (%lu)", (unsigned long)ticks);
	memset(&t, 0, sizeof(t));
	must(timerfd_settime(fd, 0, &t, NULL) == 0);
	must(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	fails(read(fd, &ticks, 8), EAGAIN, "a timer that is off has none");
}

static void signal_descriptor(void)
{
	struct signalfd_siginfo info;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	fd = signalfd(-1, &set, SFD_NONBLOCK);
	must(fd >= 0);
	fails(read(fd, &info, sizeof(info)), EAGAIN, "signalfd: no signal");
	must(kill(getpid(), SIGUSR1) == 0);
	is_int(read(fd, &info, sizeof(info)), 128, "a signal is read");
	is_int(info.ssi_signo, SIGUSR1, "its number");
	is_int(info.ssi_pid, getpid(), "its sender");
	must(sigpending(&set) == 0);
	ok(!sigismember(&set, SIGUSR1), "and it is no longer pending");
}

static void process_descriptor(void)
{
	siginfo_t info;
	struct pollfd p;
	int fd;
	pid_t pid;

	if (in_child(&pid)) {
		for (;;)
			pause();
	}
	fd = (int)raw(434 /* pidfd_open */, pid, 0);
	must(fd >= 0);
	p = (struct pollfd){fd, POLLIN, 0};
	is_int(poll(&p, 1, 0), 0, "pidfd: a living process is not ready");
	is_int(raw(424 /* pidfd_send_signal */, fd, SIGTERM, 0, 0), 0, "a signal through it");
	is_int(poll(&p, 1, -1), 1, "one that ended is");
	is_int(raw(SYS_waitid, 3, fd, &info, WEXITED, 0), 0, "waitid by it");
	is_int(info.si_pid, pid, "finds the process");
	is_int(raw(424, fd, SIGTERM, 0, 0), -ESRCH, "afterwards there is nobody");
	is_int(raw(434, 999999, 0), -ESRCH, "pidfd_open of nobody");
	is_int(raw(434, getpid(), 1), -EINVAL, "with an unknown flag");
}

static const struct tap_case cases[] = {
	{"event_counter", event_counter, 0},
	{"epoll_basic", epoll_basic, 0},
	{"epoll_wakes", epoll_wakes, 0},
	{"timer_descriptor", timer_descriptor, 0},
	{"signal_descriptor", signal_descriptor, 0},
	{"process_descriptor", process_descriptor, 0},
};

TAP_MAIN(cases)
