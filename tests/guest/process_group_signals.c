/*
 * A signal that goes to a group while its members fork: whoever is in the group when it has been sent got it, or was
 * made by one that had taken it. So processes that fork without an end can be ended with one signal.
 */
#include "guest.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

#define CHAINS 4
#define ROUNDS 25

static struct {
	int begun, is_over, survivors;
} * shared;

static void leave(int signo)
{
	(void)signo;
	_exit(0);
}

/* Each makes the next one and ends: there is no moment at which all could be listed. */
static void chain(void)
{
	__atomic_fetch_add(&shared->begun, 1, __ATOMIC_SEQ_CST);
	for (;;) {
		/* Not by the C library, which blocks signals meanwhile: what is sent then is the maker's alone. */
		long child = raw(SYS_fork);

		if (child > 0)
			_exit(0);
		if (child == 0 && __atomic_load_n(&shared->is_over, __ATOMIC_SEQ_CST)) {
			/* A signal that is on its way ends the sleep. */
			sleep_ms(100);
			__atomic_fetch_add(&shared->survivors, 1, __ATOMIC_SEQ_CST);
			_exit(0);
		}
	}
}

static pid_t start_chains(void)
{
	pid_t group = 0;

	shared->begun = shared->is_over = 0;
	for (int i = 0; i < CHAINS; i++) {
		pid_t pid = fork();

		must(pid >= 0);
		if (pid == 0) {
			setpgid(0, group);
			chain();
		}
		if (!group)
			group = pid;
		/* It may have gone on and ended already; then it has done this itself. */
		setpgid(pid, group);
	}
	while (__atomic_load_n(&shared->begun, __ATOMIC_SEQ_CST) < CHAINS)
		sleep_ms(1);
	return group;
}

static int is_gone(pid_t group)
{
	for (int i = 0; i < 2000; i++) {
		if (kill(-group, 0) != 0 && errno == ESRCH)
			return 1;
		sleep_ms(5);
	}
	return 0;
}

static void end_with(int signo)
{
	struct rlimit none = {0, 0};
	int gone = 0;

	shared = map_shared(1);
	must(setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	must(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	for (int i = 0; i < ROUNDS; i++) {
		pid_t group = start_chains();

		sleep_ms(i % 5);
		must(kill(-group, signo) == 0);
		__atomic_store_n(&shared->is_over, 1, __ATOMIC_SEQ_CST);
		gone += is_gone(group);
	}
	is_int(shared->survivors, 0, "nobody has got away");
	is_int(gone, ROUNDS, "all groups have ended");
}

static void by_default(void)
{
	end_with(SIGTERM);
}

static void with_core(void)
{
	end_with(SIGQUIT);
}

static void by_handler(void)
{
	must(signal(SIGUSR1, leave) != SIG_ERR);
	end_with(SIGUSR1);
}

static void by_kill(void)
{
	end_with(SIGKILL);
}

static volatile sig_atomic_t alarms;

static void count(int signo)
{
	(void)signo;
	alarms++;
}

/* A fork is repeated behind a signal, whatever the action says of calls: it never gives EINTR. */
static void no_eintr(void)
{
	struct sigaction action = {.sa_handler = count};
	struct itimerval often = {{0, 1000}, {0, 1000}};
	int made = 0;

	must(sigaction(SIGALRM, &action, NULL) == 0 && setitimer(ITIMER_REAL, &often, NULL) == 0);
	for (int i = 0; i < 300; i++) {
		long child = raw(SYS_fork);

		if (child == 0)
			raw(SYS_exit_group, 0);
		made += child > 0;
		while (child > 0 && raw(SYS_wait4, child, 0, 0, 0) == -EINTR)
			;
	}
	is_int(made, 300, "every fork works while signals come");
	ok(alarms > 0, "which they do");
}

static const struct tap_case cases[] = {
	{"by_default", by_default, 0}, {"with_core", with_core, 0}, {"by_handler", by_handler, 0},
	{"by_kill", by_kill, 0},       {"no_eintr", no_eintr, 0},
};

TAP_MAIN(cases)
