/*
 * Timers with the shortest intervals, and of processes that are gone: nobody else may feel them.
 */
#include "guest.h"

#include <sys/resource.h>
#include <sys/time.h>

static volatile int ticks;

static void on_tick(int signo)
{
	(void)signo;
	ticks++;
}

/* Some work that has an end when interrupts leave time for it. */
static void work_ends(const char *what)
{
	volatile unsigned long sum = 0;

	for (unsigned long i = 0; i < 3000000; i++)
		sum += i;
	ok(sum > 0, "work comes to its end %s", what);
}

static void shortest_interval(void)
{
	struct itimerval shortest = {{0, 1}, {0, 1}}, now, none = {{0, 0}, {0, 0}};
	sigset_t alarm_only;

	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	must(sigprocmask(SIG_BLOCK, &alarm_only, NULL) == 0 && signal(SIGALRM, on_tick) != SIG_ERR);
	must(setitimer(ITIMER_REAL, &shortest, NULL) == 0);
	work_ends("while an alarm is blocked");
	must(signal(SIGALRM, SIG_IGN) != SIG_ERR && sigprocmask(SIG_UNBLOCK, &alarm_only, NULL) == 0);
	work_ends("while alarms are ignored");
	must(setitimer(ITIMER_REAL, &none, NULL) == 0);
	/* Period after period, with a handler. */
	must(signal(SIGALRM, on_tick) != SIG_ERR);
	shortest.it_interval.tv_usec = shortest.it_value.tv_usec = 3000;
	must(setitimer(ITIMER_REAL, &shortest, NULL) == 0);
	while (ticks < 20)
		pause();
	must(getitimer(ITIMER_REAL, &now) == 0);
	ok(now.it_interval.tv_usec == 3000, "alarms come period after period");
	must(setitimer(ITIMER_REAL, &none, NULL) == 0);
}

static void timers_nobody_hears(void)
{
	static const int notify[] = {SIGEV_NONE, SIGEV_SIGNAL};

	must(signal(SIGUSR1, SIG_IGN) != SIG_ERR);
	for (size_t i = 0; i < count_of(notify); i++) {
		struct sigevent event = {.sigev_notify = notify[i], .sigev_signo = SIGUSR1};
		struct itimerspec shortest = {{0, 1}, {0, 1}}, left;
		timer_t timer;
		must(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
		must(timer_settime(timer, 0, &shortest, NULL) == 0);
		work_ends(i ? "while a timer's signal is ignored" : "while a timer tells nobody");
		must(timer_gettime(timer, &left) == 0);
		is_int(left.it_interval.tv_nsec, 1, "its interval is what was set");
		must(timer_delete(timer) == 0);
	}
}

/* A limit on the time of a process that has ended: no timer may be left that leads to it. */
static void limit_of_the_dead(void)
{
	struct rlimit limit = {1, 2};
	int done = 0;

	for (int i = 0; i < 24; i++) {
		siginfo_t info;
		pid_t pid;
		if (in_child(&pid))
			_exit(0);
		must(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
		must(raw(SYS_prlimit64, pid, RLIMIT_CPU, &limit, 0) == 0);
		done += reap(pid) == 0;
	}
	for (int i = 0; i < 130; i++)
		sleep_ms(10);
	is_int(done, 24, "limits of the dead, and their time passes");
}

static const struct tap_case cases[] = {
	{"shortest_interval", shortest_interval, 0},
	{"timers_nobody_hears", timers_nobody_hears, 0},
	{"limit_of_the_dead", limit_of_the_dead, 0},
};

TAP_MAIN(cases)
