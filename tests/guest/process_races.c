/*
 * Lives that cross each other: exec against exit against fatal signals in one process, parents that die with their
 * children, many who wait for one, groups that fork while they are killed. Each is repeated; any outcome that the
 * rules admit is good, a hang or a lost status is not.
 */
#include "guest.h"

#include <sys/prctl.h>
#include <sys/resource.h>

static unsigned seed = 12345;

static unsigned chance(unsigned range)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % range;
}

/* A pause of a length that differs from round to round, short enough to fall among the others' steps. */
static void dither(void)
{
	for (volatile unsigned i = chance(20000); i > 0; i--)
		;
}

static char *true_argv[] = {"true", NULL}, *no_env[] = {NULL};

static int exec_now(void *unused)
{
	(void)unused;
	raw(SYS_execve, "/bin/true", true_argv, no_env);
	return 0;
}

static int leave_now(void *unused)
{
	(void)unused;
	raw(SYS_exit_group, 0);
	return 0;
}

static int fault_now(void *unused)
{
	(void)unused;
	*(volatile int *)8 = 1;
	return 0;
}

static int sleep_now(void *unused)
{
	(void)unused;
	for (;;)
		sleep_ms(1000);
	return 0;
}

static int spin_now(void *unused)
{
	(void)unused;
	for (;;)
		__asm__ volatile("pause");
	return 0;
}

/* One process whose threads each do one of these at once; returns its status. */
static int clash(int (*const what[])(void *), int count, int kill_it)
{
	struct thread t[8];
	pid_t pid;

	if (in_child(&pid)) {
		for (int i = 0; i < count; i++)
			thread_start(&t[i], what[i], NULL);
		sleep_now(NULL);
	}
	if (kill_it) {
		dither();
		kill(pid, SIGKILL);
	}
	return reap(pid);
}

static void exec_and_exit(void)
{
	static int (*const what[])(void *) = {spin_now, exec_now, leave_now, sleep_now};
	int good = 0;

	for (int i = 0; i < 60; i++)
		good += clash(what, 4, 0) == 0;
	is_int(good, 60, "exec against exit_group");
}

static void exec_and_exec(void)
{
	static int (*const what[])(void *) = {exec_now, exec_now, exec_now, spin_now};
	int good = 0;

	for (int i = 0; i < 60; i++)
		good += clash(what, 4, 0) == 0;
	is_int(good, 60, "exec against exec against exec");
}

static void exec_and_fault(void)
{
	static int (*const what[])(void *) = {exec_now, fault_now, spin_now};
	int good = 0;

	for (int i = 0; i < 60; i++) {
		int status = clash(what, 3, 0) & ~0x80;
		good += status == 0 || status == SIGSEGV;
	}
	is_int(good, 60, "exec against a fault that ends the process");
}

static void exec_and_kill(void)
{
	static int (*const what[])(void *) = {sleep_now, exec_now, spin_now, sleep_now};
	int good = 0;

	for (int i = 0; i < 100; i++) {
		int status = clash(what, 4, 1);
		good += status == 0 || status == SIGKILL;
	}
	is_int(good, 100, "exec against SIGKILL");
}

static void everything_at_once(void)
{
	static int (*const what[])(void *) = {exec_now, leave_now, fault_now, spin_now, sleep_now, exec_now};
	int good = 0;

	for (int i = 0; i < 100; i++) {
		int status = clash(what, 6, i % 2) & ~0x80;
		good += status == 0 || status == SIGKILL || status == SIGSEGV;
	}
	is_int(good, 100, "exec, exit, fault and SIGKILL at once");
}

/* Makes a tree of the given depth and width in which everybody leaves at once, most before their children. */
static void careless_tree(int depth, int width)
{
	for (int i = 0; depth > 0 && i < width; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			careless_tree(depth - 1, width);
			dither();
			_exit(0);
		}
	}
}

static void dying_families(void)
{
	int reaped = 0, status;

	must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	for (int round = 0; round < 5; round++) {
		careless_tree(4, 3);
		while (wait(&status) > 0)
			reaped += status == 0;
	}
	is_int(reaped, 5 * (3 + 9 + 27 + 81), "five trees of 120 whose parents leave first: every one is reaped");
}

static void dying_reapers(void)
{
	int reaped = 0, status;

	/* A subreaper dies while orphans come to it; they must go on to the next. */
	must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	for (int round = 0; round < 20; round++) {
		pid_t pid;
		if (in_child(&pid)) {
			prctl(PR_SET_CHILD_SUBREAPER, 1);
			careless_tree(3, 3);
			dither();
			_exit(0);
		}
		while (wait(&status) > 0)
			reaped++;
	}
	is_int(reaped, 20 * (1 + 3 + 9 + 27), "the children of twenty dying reapers are reaped by the next");
}

struct contest {
	pid_t child;
	volatile int winners, losers;
};

static int contend(void *p)
{
	struct contest *c = p;
	long got = raw(SYS_wait4, c->child, 0, 0, 0);

	__atomic_fetch_add(got == c->child ? &c->winners : &c->losers, 1, __ATOMIC_SEQ_CST);
	return got == c->child || got == -ECHILD ? 0 : 1;
}

static void many_wait_for_one(void)
{
	int good = 0;

	for (int round = 0; round < 30; round++) {
		struct contest c = {0, 0, 0};
		struct thread t[5];
		if (in_child(&c.child)) {
			sleep_ms(2);
			_exit(0);
		}
		for (int i = 0; i < 5; i++)
			must(thread_start(&t[i], contend, &c) > 0);
		for (int i = 0; i < 5; i++)
			thread_join(&t[i]);
		good += c.winners == 1 && c.losers == 4;
	}
	is_int(good, 30, "of five threads that wait for one child, one gets it");
}

static volatile int children_ended;

static void on_child(int signo)
{
	int status;

	(void)signo;
	while (waitpid(-1, &status, WNOHANG) > 0)
		children_ended++;
}

static void handler_reaps(void)
{
	struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART};
	sigset_t block, old;
	int made = 0;

	must(sigaction(SIGCHLD, &action, NULL) == 0);
	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	must(sigprocmask(SIG_BLOCK, &block, &old) == 0);
	for (int i = 0; i < 200; i++) {
		pid_t pid;
		if (in_child(&pid)) {
			dither();
			_exit(0);
		}
		made++;
		while (made - children_ended > 20)
			sigsuspend(&old);
	}
	while (children_ended < made)
		sigsuspend(&old);
	is_int(children_ended, 200, "a handler that reaps misses none of two hundred");
}

static int forker(void *p)
{
	volatile int *good = p;

	for (int i = 0; i < 25; i++) {
		long pid = raw(SYS_fork);
		if (pid == 0)
			raw(SYS_exit_group, 9);
		int status = 0;
		if (raw(SYS_wait4, pid, &status, 0, 0) == pid && status == 9 << 8)
			__atomic_fetch_add(good, 1, __ATOMIC_SEQ_CST);
	}
	return 0;
}

static void threads_fork(void)
{
	static volatile int good;
	struct thread t[6];

	for (int i = 0; i < 6; i++)
		must(thread_start(&t[i], forker, (void *)&good) > 0);
	for (int i = 0; i < 6; i++)
		thread_join(&t[i]);
	is_int(good, 150, "six threads fork and wait at once");
}

static void stop_and_go(void)
{
	pid_t pid[6];
	int status, ended = 0;

	for (int i = 0; i < 6; i++) {
		if (in_child(&pid[i]))
			i % 2 ? spin_now(NULL) : sleep_now(NULL);
	}
	for (int i = 0; i < 600; i++) {
		static const int signals[] = {SIGSTOP, SIGCONT, SIGTSTP, SIGCONT, SIGWINCH};
		kill(pid[chance(6)], signals[chance(5)]);
		if (i % 7 == 0)
			waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED);
	}
	for (int i = 0; i < 6; i++) {
		kill(pid[i], SIGKILL);
		while (waitpid(pid[i], &status, WUNTRACED | WCONTINUED) == pid[i] && !WIFSIGNALED(status))
			;
		ended += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	}
	is_int(ended, 6, "six hundred stops and continuations, then SIGKILL ends all");
}

static void kill_a_forking_group(void)
{
	struct rlimit limit = {30, 30};
	int good = 0;

	for (int round = 0; round < 5; round++) {
		int64_t until = now_ns() + 20000000000;
		pid_t pid;
		if (in_child(&pid)) {
			must(setpgid(0, 0) == 0 && setrlimit(RLIMIT_NPROC, &limit) == 0);
			become_user(34600 + (unsigned)round);
			while (now_ns() < until)
				fork();
			_exit(0);
		}
		setpgid(pid, pid);
		sleep_ms(20);
		for (int i = 0; i < 1000 && kill(-pid, SIGKILL) == 0; i++)
			waitpid(pid, NULL, WNOHANG);
		while (waitpid(pid, NULL, WNOHANG) == 0)
			sleep_ms(1);
		for (int i = 0; i < 1000 && kill(-pid, 0) == 0; i++)
			sleep_ms(2);
		good += kill(-pid, 0) == -1 && errno == ESRCH;
	}
	is_int(good, 5, "a group that forks as fast as it can is killed to the last member");
}

static void vfork_under_fire(void)
{
	int good = 0;

	for (int i = 0; i < 60; i++) {
		int status;
		pid_t pid;
		if (in_child(&pid)) {
			for (;;) {
				pid_t child = vfork();
				if (child == 0) {
					raw(SYS_execve, "/bin/true", true_argv, no_env);
					_exit(1);
				}
				if (child > 0)
					reap(child);
			}
		}
		dither();
		sleep_ms(chance(3));
		kill(pid, SIGKILL);
		status = reap(pid);
		good += status == SIGKILL;
	}
	is_int(good, 60, "SIGKILL at any moment of vfork and exec");
}

static const struct tap_case cases[] = {
	{"exec_and_exit", exec_and_exit, 0},
	{"exec_and_exec", exec_and_exec, 0},
	{"exec_and_fault", exec_and_fault, 0},
	{"exec_and_kill", exec_and_kill, 0},
	{"everything_at_once", everything_at_once, 0},
	{"dying_families", dying_families, 0},
	{"dying_reapers", dying_reapers, 0},
	{"many_wait_for_one", many_wait_for_one, 0},
	{"handler_reaps", handler_reaps, 0},
	{"threads_fork", threads_fork, 0},
	{"stop_and_go", stop_and_go, 0},
	{"kill_a_forking_group", kill_a_forking_group, 0},
	{"vfork_under_fire", vfork_under_fire, 0},
};

TAP_MAIN(cases)
