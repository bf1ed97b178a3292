/* SIGCHLD in all its kinds, orphans, subreapers, the parent's death signal. */
#include "guest.h"

#include <sys/prctl.h>

static volatile siginfo_t seen;
static volatile int count;

static void on_child(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	seen = *info;
	count++;
}

static void catch_children(int flags)
{
	struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO | flags};

	memset((void *)&seen, 0, sizeof(seen));
	count = 0;
	must(sigaction(SIGCHLD, &action, NULL) == 0);
}

/* Waits up to 20 s until so many signals came. */
static void await(int want)
{
	for (int i = 0; i < 4000 && count < want; i++)
		sleep_ms(5);
}

static void signal_info(void)
{
	pid_t pid;

	catch_children(0);
	if (in_child(&pid))
		_exit(9);
	await(1);
	is_int(count, 1, "one SIGCHLD for one child");
	is_int(seen.si_code, CLD_EXITED, "exited: si_code");
	is_int(seen.si_pid, pid, "si_pid");
	is_int(seen.si_status, 9, "si_status");
	is_int(seen.si_uid, 0, "si_uid");
	must(reap(pid) == 9 << 8);

	catch_children(0);
	if (in_child(&pid))
		raise(SIGTERM);
	await(1);
	is_int(seen.si_code, CLD_KILLED, "killed: si_code");
	is_int(seen.si_status, SIGTERM, "si_status is the signal");
	must(reap(pid) == SIGTERM);
}

static void stop_signals(void)
{
	pid_t pid;

	catch_children(0);
	if (in_child(&pid)) {
		for (;;)
			pause();
	}
	wait_state(pid, 'S');
	must(kill(pid, SIGSTOP) == 0);
	await(1);
	is_int(seen.si_code, CLD_STOPPED, "a stop is announced");
	is_int(seen.si_status, SIGSTOP, "with its signal");
	must(kill(pid, SIGCONT) == 0);
	await(2);
	is_int(seen.si_code, CLD_CONTINUED, "and a continuation");
	catch_children(SA_NOCLDSTOP);
	must(kill(pid, SIGSTOP) == 0);
	is_int(waitpid(pid, NULL, WUNTRACED), pid, "the stop happened");
	is_int(count, 0, "SA_NOCLDSTOP: no signal for a stop");
	must(kill(pid, SIGKILL) == 0);
	await(1);
	is_int(seen.si_code, CLD_KILLED, "but for the end");
	must(reap(pid) == SIGKILL);
}

static void no_zombies(int ignore)
{
	struct sigaction action = {.sa_handler = SIG_IGN};
	pid_t pid;

	if (ignore)
		must(sigaction(SIGCHLD, &action, NULL) == 0);
	else
		catch_children(SA_NOCLDWAIT);
	if (in_child(&pid))
		_exit(1);
	for (int i = 0; i < 2000 && kill(pid, 0) == 0; i++)
		sleep_ms(5);
	fails(kill(pid, 0), ESRCH, "the child leaves no zombie");
	fails(waitpid(pid, NULL, 0), ECHILD, "and nothing to wait for");
	if (!ignore)
		is_int(count, 1, "the signal is sent all the same");
}

static void ignored(void)
{
	no_zombies(1);
}

static void nocldwait(void)
{
	no_zombies(0);
}

static void many_at_once(void)
{
	struct gate gate = gate_make();
	int reaped = 0;
	sigset_t set, old;

	catch_children(SA_RESTART);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	must(sigprocmask(SIG_BLOCK, &set, &old) == 0);
	for (int i = 0; i < 20; i++) {
		pid_t pid;
		if (in_child(&pid)) {
			close(gate.fd[1]);
			gate_wait(&gate);
			_exit(0);
		}
	}
	close(gate.fd[1]);
	while (waitpid(-1, NULL, WNOHANG) >= 0) {
		reaped++;
		sleep_ms(2);
	}
	must(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
	is_int(count, 1, "a standard signal that is pending is not counted twice");
}

/* Makes an orphan; the grandchild tells through the words: [0] its first parent, [1] its later one. */
static void make_orphan(int *words)
{
	struct gate gate = gate_make();
	pid_t middle;

	if (in_child(&middle)) {
		pid_t orphan, me = getpid();
		if (in_child(&orphan)) {
			close(gate.fd[1]);
			words[0] = getppid() == me;
			gate_wait(&gate);
			while (getppid() == me)
				sleep_ms(1);
			words[1] = getppid();
			_exit(77);
		}
		words[2] = orphan;
		while (!__atomic_load_n(&words[0], __ATOMIC_ACQUIRE))
			sleep_ms(1);
		_exit(0);
	}
	must(reap(middle) == 0);
	close(gate.fd[1]);
	close(gate.fd[0]);
	for (int i = 0; i < 4000 && !__atomic_load_n(&words[1], __ATOMIC_ACQUIRE); i++)
		sleep_ms(5);
}

static void orphan_to_init(void)
{
	int *words = map_shared(1);

	make_orphan(words);
	is_int(words[0], 1, "a child has its parent");
	is_int(words[1], 1, "an orphan's parent is process 1");
	for (int i = 0; i < 2000 && kill(words[2], 0) == 0; i++)
		sleep_ms(5);
	fails(kill(words[2], 0), ESRCH, "which reaps it");
}

static void subreaper(void)
{
	int *words = map_shared(1), is_set = 0;

	must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	must(prctl(PR_GET_CHILD_SUBREAPER, &is_set) == 0);
	is_int(is_set, 1, "PR_GET_CHILD_SUBREAPER");
	make_orphan(words);
	is_int(words[1], getpid(), "an orphan goes to the nearest subreaper");
	is_exited(words[2], 77, "which can wait for it");
}

static void subreaper_is_not_inherited(void)
{
	pid_t pid;

	must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	if (in_child(&pid)) {
		int is_set = 1;
		must(prctl(PR_GET_CHILD_SUBREAPER, &is_set) == 0);
		_exit(is_set);
	}
	is_exited(pid, 0, "a child of a subreaper is none itself");
}

static void nearest_subreaper(void)
{
	int *words = map_shared(1);
	pid_t pid;

	must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	if (in_child(&pid)) {
		must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
		make_orphan(words);
		must(words[1] == getpid());
		_exit(0);
	}
	is_exited(pid, 0, "the nearer of two subreapers gets the orphan");
	is_int(waitpid(words[2], NULL, 0), words[2], "and when it ends, its zombie goes to the farther one");
}

static void death_signal(void)
{
	struct gate ready = gate_make();
	int *words = map_shared(1), value = -1;
	pid_t middle;

	must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	if (in_child(&middle)) {
		pid_t child;
		if (in_child(&child)) {
			words[0] = getpid();
			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			gate_open(&ready);
			for (;;)
				pause();
		}
		gate_wait(&ready);
		_exit(0);
	}
	must(reap(middle) == 0);
	is_killed(words[0], SIGUSR1, "PR_SET_PDEATHSIG: the signal comes when the parent ends");
	must(prctl(PR_SET_PDEATHSIG, SIGUSR2) == 0);
	must(prctl(PR_GET_PDEATHSIG, &value) == 0);
	is_int(value, SIGUSR2, "PR_GET_PDEATHSIG");
	if (in_child(&middle)) {
		must(prctl(PR_GET_PDEATHSIG, &value) == 0);
		_exit(value);
	}
	is_exited(middle, 0, "it is not inherited");
	fails(prctl(PR_SET_PDEATHSIG, 65), EINVAL, "a signal beyond 64");
}

static const struct tap_case cases[] = {
	{"signal_info", signal_info, 0},
	{"stop_signals", stop_signals, 0},
	{"ignored", ignored, 0},
	{"nocldwait", nocldwait, 0},
	{"many_at_once", many_at_once, 0},
	{"orphan_to_init", orphan_to_init, 0},
	{"subreaper", subreaper, 0},
	{"subreaper_is_not_inherited", subreaper_is_not_inherited, 0},
	{"nearest_subreaper", nearest_subreaper, 0},
	{"death_signal", death_signal, 0},
};

TAP_MAIN(cases)
