/* Waiting for signals and queues of them: sigsuspend, pause, sigtimedwait, sigqueue, real-time order, limits. */
#include "guest.h"

#include <sys/resource.h>

static volatile int calls, order[64], values[64];

static void on_queue(int signo, siginfo_t *info, void *context)
{
	(void)context;
	if (calls < 64) {
		order[calls] = signo;
		values[calls] = info->si_value.sival_int;
	}
	calls++;
}

static void install(int signo)
{
	struct sigaction action = {.sa_sigaction = on_queue, .sa_flags = SA_SIGINFO};

	sigfillset(&action.sa_mask);
	must(sigaction(signo, &action, NULL) == 0);
}

static sigset_t set_of(int a, int b)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, a);
	if (b)
		sigaddset(&set, b);
	return set;
}

static void block(int a, int b)
{
	sigset_t set = set_of(a, b);

	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
}

static void unblock_all(void)
{
	sigset_t set;

	sigemptyset(&set);
	must(sigprocmask(SIG_SETMASK, &set, NULL) == 0);
}

static void real_time_order(void)
{
	static const int sent[] = {40, 36, 36, 50, 36, 40};
	static const int want[] = {36, 36, 36, 40, 40, 50}, want_value[] = {2, 3, 5, 1, 6, 4};

	for (size_t i = 0; i < count_of(sent); i++) {
		install(sent[i]);
		block(sent[i], 0);
	}
	for (size_t i = 0; i < count_of(sent); i++)
		must(sigqueue(getpid(), sent[i], (union sigval){.sival_int = (int)i + 1}) == 0);
	is_int(calls, 0, "all wait while blocked");
	unblock_all();
	is_int(calls, 6, "every queued real-time signal comes");
	for (size_t i = 0; i < count_of(want); i++) {
		is_int(order[i], want[i], "place %zu: the lowest number first", i);
		is_int(values[i], want_value[i], "place %zu: in the order of sending, with its value", i);
	}
}

static void standard_first(void)
{
	install(SIGUSR1);
	install(SIGTERM);
	install(35);
	block(SIGUSR1, 35);
	block(SIGTERM, 0);
	must(raise(35) == 0 && raise(SIGTERM) == 0 && raise(SIGUSR1) == 0);
	unblock_all();
	is_int(calls, 3, "all three came");
	is_int(order[0] * 10000 + order[1] * 100 + order[2], SIGUSR1 * 10000 + SIGTERM * 100 + 35,
	       "standard signals before real-time ones, low before high");
}

static void timed_wait(void)
{
	sigset_t set = set_of(SIGUSR1, 40);
	struct timespec zero = {0, 0}, little = {0, 20000000}, wrong = {0, 1000000000};
	siginfo_t info;
	int64_t before;

	block(SIGUSR1, 40);
	fails(sigtimedwait(&set, &info, &zero), EAGAIN, "nothing pending, no time");
	before = now_ns();
	fails(sigtimedwait(&set, &info, &little), EAGAIN, "nothing pending, 20 ms");
	ok(now_ns() - before >= 20000000, "which are waited");
	fails(sigtimedwait(&set, &info, &wrong), EINVAL, "a billion nanoseconds");
	must(sigqueue(getpid(), 40, (union sigval){.sival_int = 77}) == 0);
	must(raise(SIGUSR1) == 0);
	is_int(sigtimedwait(&set, &info, &zero), SIGUSR1, "the lower signal first");
	is_int(sigwaitinfo(&set, &info), 40, "then the other");
	is_int(info.si_value.sival_int, 77, "with its value");
	is_int(info.si_code, SI_QUEUE, "and si_code SI_QUEUE");
	is_int(info.si_pid, getpid(), "and the sender");
	is_int(info.si_signo, 40, "si_signo");
}

static void wait_across_processes(void)
{
	sigset_t set = set_of(SIGUSR1, 0);
	siginfo_t info;
	pid_t pid, me = getpid();

	block(SIGUSR1, 0);
	if (in_child(&pid)) {
		wait_state(me, 'S');
		_exit(sigqueue(me, SIGUSR1, (union sigval){.sival_int = 5}));
	}
	is_int(sigwaitinfo(&set, &info), SIGUSR1, "sigwaitinfo sleeps until the signal comes");
	is_int(info.si_pid, pid, "from the child");
	is_exited(pid, 0, "which is done");
}

static void wait_is_interrupted(void)
{
	sigset_t set = set_of(SIGUSR2, 0);
	pid_t pid, me = getpid();

	install(SIGUSR1);
	block(SIGUSR2, 0);
	if (in_child(&pid)) {
		wait_state(me, 'S');
		_exit(kill(me, SIGUSR1));
	}
	/* musl would wait again. */
	is_int(raw(SYS_rt_sigtimedwait, &set, 0, 0, 8), -EINTR, "another signal with a handler interrupts");
	is_int(calls, 1, "after its handler ran");
	must(reap(pid) == 0);
}

static void suspend(void)
{
	sigset_t set, now;
	pid_t pid, me = getpid();

	install(SIGUSR1);
	block(SIGUSR1, SIGUSR2);
	must(raise(SIGUSR1) == 0);
	set = set_of(SIGUSR2, 0);
	fails(sigsuspend(&set), EINTR, "sigsuspend with a pending signal that the new mask admits");
	is_int(calls, 1, "runs its handler");
	must(sigprocmask(SIG_SETMASK, NULL, &now) == 0);
	ok(sigismember(&now, SIGUSR1) && sigismember(&now, SIGUSR2), "and the old mask is back");
	if (in_child(&pid)) {
		wait_state(me, 'S');
		_exit(kill(me, SIGUSR1));
	}
	fails(sigsuspend(&set), EINTR, "sigsuspend sleeps until a handler ran");
	is_int(calls, 2, "which it did");
	must(reap(pid) == 0);
	is_int(raw(SYS_rt_sigsuspend, &set, 4), -EINVAL, "a wrong size of the set");
}

static void pausing(void)
{
	pid_t pid, me = getpid();

	install(SIGUSR1);
	if (in_child(&pid)) {
		wait_state(me, 'S');
		must(kill(me, SIGCONT) == 0 && kill(me, SIGWINCH) == 0);
		sleep_ms(20);
		_exit(kill(me, SIGUSR1));
	}
	fails(pause(), EINTR, "pause returns after a handler, not after ignored signals");
	is_int(calls, 1, "the handler ran");
	must(reap(pid) == 0);
}

static void queue_limit(void)
{
	struct rlimit limit = {5, 5};
	int accepted = 0;
	pid_t pid;

	if (in_child(&pid)) {
		become_user(23456);
		must(setrlimit(RLIMIT_SIGPENDING, &limit) == 0);
		block(40, SIGUSR1);
		while (accepted < 100 && sigqueue(getpid(), 40, (union sigval){.sival_int = 1}) == 0)
			accepted++;
		must(accepted == 5 && sigqueue(getpid(), 40, (union sigval){0}) == -1 && errno == EAGAIN);
		must(kill(getpid(), SIGUSR1) == 0);
		sigset_t set;
		must(sigpending(&set) == 0 && sigismember(&set, SIGUSR1));
		_exit(0);
	}
	is_exited(pid, 0, "RLIMIT_SIGPENDING: sigqueue says EAGAIN after five, kill still works");
}

static void queue_errors(void)
{
	siginfo_t info = {.si_code = SI_USER};

	fails(sigqueue(getpid(), 65, (union sigval){0}), EINVAL, "signal 65");
	fails(sigqueue(999999, 35, (union sigval){0}), ESRCH, "no such process");
	works(sigqueue(getpid(), 0, (union sigval){0}), "signal 0 is a question");
	is_int(raw(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &info), -EPERM,
	       "to another process nobody may pretend to be the kernel or kill()");
	info.si_code = SI_TKILL;
	is_int(raw(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &info), -EPERM, "nor tgkill()");
}

static void queue_of_standard(void)
{
	install(SIGUSR1);
	block(SIGUSR1, 0);
	for (int i = 1; i <= 3; i++)
		must(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = i}) == 0);
	unblock_all();
	is_int(calls, 1, "a standard signal is queued once");
	is_int(values[0], 1, "the first one counts");
}

static void many_real_time(void)
{
	sigset_t set = set_of(35, 0);
	siginfo_t info;
	int good = 0;

	block(35, 0);
	for (int i = 0; i < 300; i++)
		must(sigqueue(getpid(), 35, (union sigval){.sival_int = i}) == 0);
	for (int i = 0; i < 300; i++)
		good += sigwaitinfo(&set, &info) == 35 && info.si_value.sival_int == i;
	is_int(good, 300, "three hundred queued and fetched in order");
}

static const struct tap_case cases[] = {
	{"real_time_order", real_time_order, 0},
	{"standard_first", standard_first, 0},
	{"timed_wait", timed_wait, 0},
	{"wait_across_processes", wait_across_processes, 0},
	{"wait_is_interrupted", wait_is_interrupted, 0},
	{"suspend", suspend, 0},
	{"pausing", pausing, 0},
	{"queue_limit", queue_limit, 0},
	{"queue_errors", queue_errors, 0},
	{"queue_of_standard", queue_of_standard, 0},
	{"many_real_time", many_real_time, 0},
};

TAP_MAIN(cases)
