/* Timers that send signals: alarm and the three kinds of setitimer. */
#include "guest.h"

#include <sys/time.h>

static volatile int calls;

static void on_signal(int signo)
{
	(void)signo;
	calls++;
}

static void install(int signo)
{
	struct sigaction action = {.sa_handler = on_signal};

	must(sigaction(signo, &action, NULL) == 0);
}

static int seconds_since(int64_t begin)
{
	return (int)((now_ns() - begin) / 1000000000);
}

static void alarms(void)
{
	int64_t before;
	sigset_t alone, was;
	int rest;

	install(SIGALRM);
	sigemptyset(&alone);
	sigaddset(&alone, SIGALRM);
	must(sigprocmask(SIG_BLOCK, &alone, &was) == 0);
	alarm(0);
	before = now_ns();
	is_int(alarm(100), 0, "no alarm before");
	rest = (int)alarm(50);
	ok(rest <= 100 && rest >= 99 - seconds_since(before), "the rest of the first one, rounded (%d s)", rest);
	rest = (int)alarm(0);
	ok(rest <= 50 && rest >= 49 - seconds_since(before), "0 takes it away (%d s)", rest);
	is_int(alarm(0), 0, "and none is left");
	before = now_ns();
	alarm(1);
	sigsuspend(&was);
	is_int(calls, 1, "the alarm comes");
	ok(now_ns() - before >= 1000000000, "not before its time");
}

static void alarm_ends(void)
{
	pid_t pid;

	if (in_child(&pid)) {
		struct itimerval t = {{0, 0}, {0, 20000}};
		setitimer(ITIMER_REAL, &t, NULL);
		for (;;)
			pause();
	}
	is_killed(pid, SIGALRM, "the default of SIGALRM is the end");
}

static void alarm_over_exec(void)
{
	char *argv[] = {"sleep", "1000", NULL}, *envp[] = {NULL};
	pid_t pid;

	if (in_child(&pid)) {
		struct itimerval t = {{0, 0}, {0, 300000}};
		setitimer(ITIMER_REAL, &t, NULL);
		execve("/bin/sleep", argv, envp);
		_exit(1);
	}
	is_killed(pid, SIGALRM, "a timer goes on through exec");
}

static void interval(void)
{
	struct itimerval t = {{0, 10000}, {0, 10000}}, now;
	int64_t before = now_ns();

	install(SIGALRM);
	must(setitimer(ITIMER_REAL, &t, NULL) == 0);
	while (calls < 5)
		pause();
	ok(now_ns() - before >= 50000000, "five ticks of 10 ms take at least 50 ms");
	must(getitimer(ITIMER_REAL, &now) == 0);
	is_int(now.it_interval.tv_usec, 10000, "the interval is told");
	ok(now.it_value.tv_sec == 0 && now.it_value.tv_usec <= 10000, "and the time to the next tick");
	memset(&t, 0, sizeof(t));
	must(setitimer(ITIMER_REAL, &t, &now) == 0);
	is_int(now.it_interval.tv_usec, 10000, "the old one is told when it is taken away");
	must(getitimer(ITIMER_REAL, &now) == 0);
	is_int(now.it_value.tv_sec + now.it_value.tv_usec + now.it_interval.tv_usec, 0, "then all is zero");
}

static void cpu_time(int which, int signo, const char *what)
{
	struct itimerval t = {{0, 0}, {0, 50000}};
	volatile unsigned long work = 0;

	calls = 0;
	install(signo);
	must(setitimer(which, &t, NULL) == 0);
	sleep_ms(150);
	is_int(calls, 0, "%s does not run while the process sleeps", what);
	while (!calls)
		work++;
	is_int(calls, 1, "%s runs while it works", what);
}

static void virtual_timer(void)
{
	cpu_time(ITIMER_VIRTUAL, SIGVTALRM, "ITIMER_VIRTUAL");
}

static void profile_timer(void)
{
	cpu_time(ITIMER_PROF, SIGPROF, "ITIMER_PROF");
}

static void refused(void)
{
	struct itimerval t = {{0, 0}, {0, 1000000}};

	fails(setitimer(ITIMER_REAL, &t, NULL), EINVAL, "a million microseconds");
	t.it_value.tv_usec = -1;
	fails(setitimer(ITIMER_REAL, &t, NULL), EINVAL, "less than none");
	t.it_value.tv_usec = 0;
	fails(setitimer(9, &t, NULL), EINVAL, "an unknown timer");
	fails(getitimer(9, &t), EINVAL, "to be read");
}

static void many_processes(void)
{
	pid_t pid[10];
	int good = 0;

	for (int i = 0; i < 10; i++) {
		if (in_child(&pid[i])) {
			struct itimerval t = {{0, 1000 + i * 300}, {0, 1000}};
			install(SIGALRM);
			must(setitimer(ITIMER_REAL, &t, NULL) == 0);
			while (calls < 20) {
				for (volatile int j = 0; j < 1000; j++)
					;
			}
			_exit(0);
		}
	}
	for (int i = 0; i < 10; i++)
		good += reap(pid[i]) == 0;
	is_int(good, 10, "ten processes, each with its own timer");
}

static const struct tap_case cases[] = {
	{"alarms", alarms, 0},     {"alarm_ends", alarm_ends, 0},         {"alarm_over_exec", alarm_over_exec, 0},
	{"interval", interval, 0}, {"virtual_timer", virtual_timer, 0},   {"profile_timer", profile_timer, 0},
	{"refused", refused, 0},   {"many_processes", many_processes, 0},
};

TAP_MAIN(cases)
