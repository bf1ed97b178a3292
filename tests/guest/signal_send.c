/* kill, tkill, tgkill and their errors, stop and continue, SIGKILL of whoever blocks, abort, SIGPIPE, threads' signals.
 */
#include "guest.h"

static pid_t sleeper(void)
{
	pid_t pid;

	if (in_child(&pid)) {
		for (;;)
			pause();
	}
	wait_state(pid, 'S');
	return pid;
}

static void end(pid_t pid)
{
	must(kill(pid, SIGKILL) == 0);
	must((reap(pid) & 0x7f) == SIGKILL);
}

static void errors(void)
{
	pid_t pid = sleeper();

	fails(kill(999999, SIGTERM), ESRCH, "no such process");
	fails(kill(pid, 65), EINVAL, "signal 65");
	fails(kill(pid, -1), EINVAL, "signal -1");
	works(kill(pid, 0), "signal 0 only asks");
	is_int(raw(SYS_tgkill, pid, pid, 0), 0, "tgkill asks too");
	is_int(raw(SYS_tgkill, getpid(), pid, SIGTERM), -ESRCH, "tgkill of another process's thread");
	is_int(raw(SYS_tgkill, 0, pid, SIGTERM), -EINVAL, "tgkill with pid 0");
	is_int(raw(SYS_tkill, -1, SIGTERM), -EINVAL, "tkill of -1");
	is_int(raw(SYS_tkill, 999999, SIGTERM), -ESRCH, "tkill of nobody");
	is_int(raw(SYS_kill, INT32_MIN, SIGTERM), -ESRCH, "kill of the smallest number");
	end(pid);
}

static void permissions(void)
{
	pid_t other = sleeper(), pid;

	if (in_child(&pid)) {
		pid_t mine, same_session;
		become_user(1000);
		must(kill(other, SIGTERM) == -1 && errno == EPERM);
		must(kill(other, 0) == -1 && errno == EPERM);
		must(kill(1, SIGTERM) == -1 && errno == EPERM);
		mine = sleeper();
		must(kill(mine, SIGTERM) == 0 && reap(mine) == SIGTERM);
		same_session = other;
		must(kill(same_session, SIGCONT) == 0);
		_exit(0);
	}
	is_exited(pid, 0, "a user may signal his own, and SIGCONT within the session");
	is_int(waitpid(other, NULL, WNOHANG), 0, "root's process lives on");
	end(other);
}

static void stop_continue(void)
{
	long *words = map_shared(1);
	long before;
	pid_t pid;
	int status;

	if (in_child(&pid)) {
		for (;;)
			__atomic_fetch_add(&words[0], 1, __ATOMIC_RELAXED);
	}
	while (!__atomic_load_n(&words[0], __ATOMIC_RELAXED))
		sleep_ms(1);
	for (int i = 0; i < 5; i++) {
		must(kill(pid, SIGSTOP) == 0);
		must(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
		before = __atomic_load_n(&words[0], __ATOMIC_RELAXED);
		sleep_ms(20);
		must(before == __atomic_load_n(&words[0], __ATOMIC_RELAXED));
		must(kill(pid, SIGCONT) == 0);
		must(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
		while (before == __atomic_load_n(&words[0], __ATOMIC_RELAXED))
			sleep_ms(1);
	}
	ok(1, "a busy process stops and goes on, five times");
	end(pid);
}

static volatile int got;

static void on_signal(int signo)
{
	got = got * 100 + signo;
}

static void signals_while_stopped(void)
{
	struct gate gate = gate_make();
	char c;
	pid_t pid;

	if (in_child(&pid)) {
		must(signal(SIGUSR1, on_signal) != SIG_ERR && signal(SIGCONT, on_signal) != SIG_ERR);
		gate_open(&gate);
		while (got == 0)
			sleep_ms(1);
		while (got < 100)
			sleep_ms(1);
		_exit(got == SIGUSR1 * 100 + SIGCONT || got == SIGCONT * 100 + SIGUSR1 ? 0 : 1);
	}
	must(read(gate.fd[0], &c, 1) == 1);
	must(kill(pid, SIGSTOP) == 0 && waitpid(pid, NULL, WUNTRACED) == pid);
	must(kill(pid, SIGUSR1) == 0);
	sleep_ms(20);
	is_int(waitpid(pid, NULL, WNOHANG), 0, "a stopped process does not handle signals");
	must(kill(pid, SIGCONT) == 0);
	is_exited(pid, 0, "it does when it goes on, SIGCONT's handler among them");
}

static void stop_clears_continue(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCONT);
	sigaddset(&set, SIGTSTP);
	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	must(raise(SIGTSTP) == 0);
	must(sigpending(&set) == 0 && sigismember(&set, SIGTSTP));
	must(raise(SIGCONT) == 0);
	must(sigpending(&set) == 0);
	ok(!sigismember(&set, SIGTSTP) && sigismember(&set, SIGCONT), "SIGCONT takes back a pending stop");
	must(raise(SIGTSTP) == 0);
	must(sigpending(&set) == 0);
	ok(sigismember(&set, SIGTSTP) && !sigismember(&set, SIGCONT), "and a stop takes back a pending SIGCONT");
}

static void kill_the_blocked(void)
{
	int fd[2];
	pid_t pid;

	must(pipe(fd) == 0);
	if (in_child(&pid)) {
		sigset_t set;
		char c;
		sigfillset(&set);
		sigprocmask(SIG_SETMASK, &set, NULL);
		_exit((int)read(fd[0], &c, 1));
	}
	wait_state(pid, 'S');
	must(kill(pid, SIGTERM) == 0);
	sleep_ms(20);
	is_int(waitpid(pid, NULL, WNOHANG), 0, "SIGTERM does nothing to one who blocks it");
	must(kill(pid, SIGKILL) == 0);
	is_killed(pid, SIGKILL, "SIGKILL ends one who blocks all signals and sleeps in a read");
	if (in_child(&pid)) {
		raise(SIGSTOP);
		_exit(0);
	}
	must(waitpid(pid, NULL, WUNTRACED) == pid);
	must(kill(pid, SIGTERM) == 0);
	sleep_ms(20);
	is_int(waitpid(pid, NULL, WNOHANG), 0, "SIGTERM waits while its process is stopped");
	must(kill(pid, SIGKILL) == 0);
	is_killed(pid, SIGKILL, "SIGKILL does not");
}

static void vfork_parent_is_killed(void)
{
	struct gate gate = gate_make();
	pid_t pid;

	if (in_child(&pid)) {
		if (vfork() == 0) {
			gate_open(&gate);
			for (;;)
				raw(SYS_pause);
		}
		_exit(0);
	}
	must(gate_wait(&gate));
	must(kill(pid, SIGKILL) == 0);
	is_killed(pid, SIGKILL, "SIGKILL ends a process that waits for its vforked child");
}

static void aborts(void)
{
	pid_t pid;

	if (in_child(&pid))
		abort();
	is_killed(pid, SIGABRT, "abort");
	if (in_child(&pid)) {
		signal(SIGABRT, SIG_IGN);
		abort();
	}
	is_killed(pid, SIGABRT, "abort with SIGABRT ignored");
}

static void broken_pipe(void)
{
	int fd[2];
	pid_t pid;

	must(pipe(fd) == 0);
	close(fd[0]);
	if (in_child(&pid)) {
		must(write(fd[1], "x", 1) == 0);
		_exit(0);
	}
	is_killed(pid, SIGPIPE, "a write without readers ends the writer");
	must(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	fails(write(fd[1], "x", 1), EPIPE, "or fails, when SIGPIPE is ignored");
}

static int handle_here(void *p)
{
	int *words = p;

	words[0] = (int)raw(SYS_gettid);
	while (!__atomic_load_n(&words[1], __ATOMIC_ACQUIRE))
		sleep_ms(1);
	return 0;
}

static volatile int handler_tid;

static void on_thread(int signo)
{
	(void)signo;
	handler_tid = (int)raw(SYS_gettid);
}

static void to_one_thread(void)
{
	int *words = map_pages(1);
	struct thread t;
	int tid;

	must(signal(SIGUSR1, on_thread) != SIG_ERR);
	tid = thread_start(&t, handle_here, words);
	must(tid > 0);
	while (!__atomic_load_n(&words[0], __ATOMIC_ACQUIRE))
		sleep_ms(1);
	must(raw(SYS_tgkill, getpid(), tid, SIGUSR1) == 0);
	for (int i = 0; i < 4000 && !handler_tid; i++)
		sleep_ms(1);
	is_int(handler_tid, tid, "tgkill: the thread meant runs the handler");
	handler_tid = 0;
	must(raw(SYS_tgkill, getpid(), getpid(), SIGUSR1) == 0);
	is_int(handler_tid, getpid(), "and so with the first thread");
	words[1] = 1;
	thread_join(&t);
}

static void to_whoever_admits(void)
{
	int *words = map_pages(1);
	struct thread t;
	sigset_t set;
	int tid;

	must(signal(SIGUSR1, on_thread) != SIG_ERR);
	tid = thread_start(&t, handle_here, words);
	must(tid > 0);
	while (!__atomic_load_n(&words[0], __ATOMIC_ACQUIRE))
		sleep_ms(1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	must(raw(SYS_rt_sigprocmask, SIG_BLOCK, &set, 0, 8) == 0);
	must(kill(getpid(), SIGUSR1) == 0);
	for (int i = 0; i < 4000 && !handler_tid; i++)
		sleep_ms(1);
	is_int(handler_tid, tid, "a signal to the process goes to the thread that does not block it");
	words[1] = 1;
	thread_join(&t);
}

static void storm(void)
{
	/* Children are born and die under a rain of signals; none may be lost and none may be counted twice. */
	pid_t rain, me = getpid();
	int good = 0;

	must(signal(SIGUSR1, on_signal) != SIG_ERR);
	siginterrupt(SIGUSR1, 0);
	if (in_child(&rain)) {
		while (getppid() == me && kill(me, SIGUSR1) == 0)
			sched_yield();
		_exit(0);
	}
	for (int i = 0; i < 300; i++) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(i & 0x3f);
		good += pid > 0 && reap(pid) == (i & 0x3f) << 8;
	}
	end(rain);
	is_int(good, 300, "three hundred forks under a rain of signals");
}

static const struct tap_case cases[] = {
	{"errors", errors, 0},
	{"permissions", permissions, 0},
	{"stop_continue", stop_continue, 0},
	{"signals_while_stopped", signals_while_stopped, 0},
	{"stop_clears_continue", stop_clears_continue, 0},
	{"kill_the_blocked", kill_the_blocked, 0},
	{"vfork_parent_is_killed", vfork_parent_is_killed, 0},
	{"aborts", aborts, 0},
	{"broken_pipe", broken_pipe, 0},
	{"to_one_thread", to_one_thread, 0},
	{"to_whoever_admits", to_whoever_admits, 0},
	{"storm", storm, 0},
};

TAP_MAIN(cases)
