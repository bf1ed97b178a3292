/* Process groups and sessions: the rules of setpgid and setsid, signals to groups, orphaned groups. */
#include "guest.h"

static pid_t sleeper(void)
{
	pid_t pid;

	if (in_child(&pid)) {
		for (;;)
			pause();
	}
	return pid;
}

static void end(pid_t pid)
{
	must(kill(pid, SIGKILL) == 0);
	must(reap(pid) == SIGKILL);
}

static void set_group(void)
{
	pid_t a = sleeper(), b = sleeper();

	is_int(getpgid(a), getpgrp(), "a child starts in its parent's group");
	is_int(setpgid(a, 0), 0, "a child's own group");
	is_int(getpgid(a), a, "bears its pid");
	is_int(setpgid(b, a), 0, "a second one joins it");
	is_int(getpgid(b), a, "and is in it");
	is_int(setpgid(b, getpgrp()), 0, "and comes back");
	is_int(setpgid(0, 0), 0, "a group leader may ask for its own group again");
	end(a);
	end(b);
}

static void set_group_errors(void)
{
	pid_t a = sleeper(), grand, session;
	struct gate gate = gate_make();
	int *words = map_shared(1);

	fails(setpgid(a, 999999), EPERM, "a group that is not");
	fails(setpgid(a, -1), EINVAL, "a negative group");
	fails(setpgid(999999, 0), ESRCH, "a process that is not");
	fails(setpgid(getppid(), 0), ESRCH, "the parent: it is not a child");
	fails(getpgid(999999), ESRCH, "getpgid of a process that is not");
	if (in_child(&grand)) {
		pid_t child = sleeper();
		words[0] = child;
		gate_open(&gate);
		pause();
	}
	must(gate_wait(&gate));
	fails(setpgid(words[0], 0), ESRCH, "a grandchild is not a child");
	must(kill(words[0], SIGKILL) == 0);
	end(grand);
	if (in_child(&session)) {
		must(setsid() == getpid());
		gate_open(&gate);
		pause();
	}
	must(gate_wait(&gate));
	fails(setpgid(session, 0), EPERM, "a session leader");
	fails(setpgid(a, session), EPERM, "a group of another session");
	end(session);
	end(a);
}

static void after_exec(void)
{
	char *argv[] = {"sleep", "1000", NULL}, *envp[] = {NULL};
	struct gate gate = gate_make();
	pid_t pid;

	must(fcntl(gate.fd[1], F_SETFD, FD_CLOEXEC) == 0);
	if (in_child(&pid)) {
		execve("/bin/sleep", argv, envp);
		_exit(1);
	}
	close(gate.fd[1]);
	is_int(gate_wait(&gate), 0, "the child has executed");
	fails(setpgid(pid, 0), EACCES, "a child that has executed");
	end(pid);
}

static void sessions(void)
{
	pid_t pid;

	fails(setsid(), EPERM, "setsid of a group leader");
	if (in_child(&pid)) {
		pid_t me = getpid();
		must(setsid() == me);
		must(getsid(0) == me && getpgrp() == me && getpgid(0) == me);
		must(setsid() == -1 && errno == EPERM);
		_exit(0);
	}
	is_exited(pid, 0, "setsid makes a session and a group");
	is_int(getsid(0), getsid(getppid()), "the parent's is unchanged");
	fails(getsid(999999), ESRCH, "getsid of a process that is not");
	pid = sleeper();
	is_int(getsid(pid), getsid(0), "getsid of a child");
	end(pid);
}

static void kill_group(void)
{
	pid_t pid[5];

	for (int i = 0; i < 5; i++) {
		pid[i] = sleeper();
		must(setpgid(pid[i], pid[0]) == 0);
	}
	must(setpgid(pid[4], getpgrp()) == 0);
	is_int(kill(-pid[0], SIGTERM), 0, "kill of a negative pid");
	for (int i = 0; i < 4; i++)
		is_killed(pid[i], SIGTERM, "reaches member %d", i);
	is_int(waitpid(pid[4], NULL, WNOHANG), 0, "and no other");
	end(pid[4]);
	fails(kill(-pid[0], 0), ESRCH, "a group without members");
}

static void kill_own_group(void)
{
	pid_t pid;

	if (in_child(&pid)) {
		pid_t a, b;
		must(setpgid(0, 0) == 0);
		a = sleeper();
		b = sleeper();
		must(signal(SIGTERM, SIG_IGN) != SIG_ERR);
		must(kill(0, SIGTERM) == 0);
		must(reap(a) == SIGTERM && reap(b) == SIGTERM);
		_exit(0);
	}
	is_exited(pid, 0, "kill(0) reaches every member of the caller's own group");
}

/* Only as a user of its own: what it may signal is what it made. */
static void kill_all(void)
{
	pid_t pid;

	if (in_child(&pid)) {
		pid_t a, b;
		become_user(54321);
		a = sleeper();
		b = sleeper();
		must(setpgid(b, 0) == 0);
		must(kill(-1, SIGUSR1) == 0);
		must(reap(a) == SIGUSR1 && reap(b) == SIGUSR1);
		_exit(0);
	}
	is_exited(pid, 0, "kill(-1) reaches all that may be signalled, but not the caller");
}

static volatile int hangups, continues;

static void on_signal(int signo)
{
	if (signo == SIGHUP)
		hangups++;
	if (signo == SIGCONT)
		continues++;
}

static void orphaned_group(void)
{
	int *words = map_shared(1);
	struct gate gate = gate_make();
	pid_t middle;

	/* The session leader's child stops in a group of its own; when the leader ends, nobody could continue it. */
	if (in_child(&middle)) {
		must(setsid() > 0);
		pid_t child;
		if (in_child(&child)) {
			must(setpgid(0, 0) == 0);
			must(signal(SIGHUP, on_signal) != SIG_ERR && signal(SIGCONT, on_signal) != SIG_ERR);
			raise(SIGSTOP);
			words[1] = hangups;
			words[2] = continues;
			gate_open(&gate);
			_exit(0);
		}
		must(waitpid(child, NULL, WUNTRACED) == child);
		_exit(0);
	}
	must(reap(middle) == 0);
	must(gate_wait(&gate));
	is_int(words[1], 1, "a stopped group that becomes an orphan gets SIGHUP");
	is_int(words[2], 1, "and SIGCONT");
}

static void running_orphans_are_left(void)
{
	int *words = map_shared(1);
	pid_t middle;

	if (in_child(&middle)) {
		must(setsid() > 0);
		pid_t child;
		if (in_child(&child)) {
			must(setpgid(0, 0) == 0);
			words[0] = getpid();
			words[1] = 1;
			for (;;)
				pause();
		}
		while (!__atomic_load_n(&words[1], __ATOMIC_ACQUIRE))
			sleep_ms(1);
		_exit(0);
	}
	must(reap(middle) == 0);
	sleep_ms(50);
	is_int(kill(words[0], 0), 0, "an orphaned group of which nobody is stopped gets nothing");
	must(kill(words[0], SIGKILL) == 0);
}

static void stop_signals_of_orphans(void)
{
	pid_t pid;

	/* Its parent is in another session: SIGTSTP must not stop it, SIGSTOP must. */
	if (in_child(&pid)) {
		must(setsid() > 0);
		raise(SIGTSTP);
		raise(SIGTTIN);
		raise(SIGTTOU);
		_exit(4);
	}
	is_exited(pid, 4, "terminal stop signals do not stop a member of an orphaned group");
}

static void reuse_of_group_id(void)
{
	/* A pid is not given again while a group bears its number. */
	pid_t leader, member;
	int hit = 0;

	leader = sleeper();
	must(setpgid(leader, leader) == 0);
	member = sleeper();
	must(setpgid(member, leader) == 0);
	end(leader);
	is_int(getpgid(member), leader, "a group outlives its leader");
	for (int i = 0; i < 200; i++) {
		pid_t pid;
		if (in_child(&pid))
			_exit(0);
		hit |= pid == leader;
		must(reap(pid) == 0);
	}
	is_int(hit, 0, "and its number is not given to a new process");
	is_int(kill(-leader, SIGKILL), 0, "it can still be signalled");
	is_killed(member, SIGKILL, "and its member gets it");
}

static const struct tap_case cases[] = {
	{"set_group", set_group, 0},
	{"set_group_errors", set_group_errors, 0},
	{"after_exec", after_exec, 0},
	{"sessions", sessions, 0},
	{"kill_group", kill_group, 0},
	{"kill_own_group", kill_own_group, 0},
	{"kill_all", kill_all, 0},
	{"orphaned_group", orphaned_group, 0},
	{"running_orphans_are_left", running_orphans_are_left, 0},
	{"stop_signals_of_orphans", stop_signals_of_orphans, 0},
	{"reuse_of_group_id", reuse_of_group_id, 0},
};

TAP_MAIN(cases)
