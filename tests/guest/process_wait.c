/* wait4 and waitid: who is found, by which flag, with which status, and what each error is. */
#include "guest.h"

#include <sys/resource.h>

static pid_t exits_with(int code)
{
	pid_t pid;

	if (in_child(&pid))
		_exit(code);
	return pid;
}

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
	must(reap(pid) == SIGKILL);
}

static void errors(void)
{
	int status;
	siginfo_t info;

	fails(wait(&status), ECHILD, "wait without children");
	fails(waitpid(getppid(), &status, 0), ECHILD, "wait for one that is no child");
	fails(waitpid(999999, &status, WNOHANG), ECHILD, "wait for one that is not");
	fails(waitpid(-1, &status, 0x100), EINVAL, "an unknown option");
	fails(waitid(P_ALL, 0, &info, 0), EINVAL, "waitid without WEXITED, WSTOPPED or WCONTINUED");
	fails(waitid(9, 0, &info, WEXITED), EINVAL, "an unknown kind of id");
	fails(waitid(P_PID, 0, &info, WEXITED), EINVAL, "waitid for pid 0");
	fails(waitid(P_ALL, 0, &info, WEXITED), ECHILD, "waitid without children");
	is_int(raw(SYS_wait4, INT32_MIN, 0, 0, 0), -ESRCH, "wait4 of the group that cannot be");
}

static void any_and_one(void)
{
	int status;
	pid_t a = exits_with(1), b = exits_with(2), got;

	is_int(waitpid(b, &status, 0), b, "waitpid for one child");
	is_int(status, 2 << 8, "its status");
	got = wait(&status);
	is_int(got, a, "wait finds the other");
	is_int(status, 1 << 8, "with its own status");
	is_int(waitpid(exits_with(0), NULL, 0) > 0, 1, "status may be NULL");
}

static void no_hang(void)
{
	struct rusage usage;
	int status = 77;
	pid_t pid = sleeper();

	is_int(waitpid(pid, &status, WNOHANG), 0, "WNOHANG with a living child is 0");
	is_int(status, 77, "and writes no status");
	is_int(wait4(-1, &status, WNOHANG, &usage), 0, "for any child too");
	end(pid);
}

static void by_group(void)
{
	struct gate gate = gate_make();
	int status;
	pid_t in, out;

	if (in_child(&in)) {
		must(gate_wait(&gate));
		_exit(1);
	}
	must(setpgid(in, in) == 0);
	out = exits_with(2);
	gate_open(&gate);
	is_int(waitpid(-in, &status, 0), in, "a negative pid is a process group");
	is_int(waitpid(0, &status, 0), out, "0 is the caller's own group");
	fails(waitpid(-in, &status, 0), ECHILD, "an empty group");
}

static void killed(void)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGKILL, SIGUSR1, SIGPIPE, SIGALRM, SIGTERM, SIGSYS, 34, 64};

	for (size_t i = 0; i < count_of(signals); i++) {
		int status;
		pid_t pid = sleeper();
		must(kill(pid, signals[i]) == 0);
		status = reap(pid);
		is_int(status & 0x7f, signals[i], "killed by signal %d", signals[i]);
	}
}

static void stopped_and_continued(void)
{
	int status = 0;
	pid_t pid = sleeper();

	must(kill(pid, SIGSTOP) == 0);
	is_int(waitpid(pid, &status, WUNTRACED), pid, "WUNTRACED reports a stop");
	is_int(status, SIGSTOP << 8 | 0x7f, "as the signal and 0x7f");
	is_int(waitpid(pid, &status, WUNTRACED | WNOHANG), 0, "once");
	is_int(proc_state(pid), 'T', "its state is T");
	must(kill(pid, SIGCONT) == 0);
	is_int(waitpid(pid, &status, WCONTINUED), pid, "WCONTINUED reports the continuation");
	is_int(status, 0xffff, "as 0xffff");
	is_int(waitpid(pid, &status, WCONTINUED | WNOHANG), 0, "once");
	must(kill(pid, SIGTSTP) == 0);
	is_int(waitpid(pid, &status, WUNTRACED), pid, "a second stop");
	is_int(status, SIGTSTP << 8 | 0x7f, "by SIGTSTP");
	must(kill(pid, SIGKILL) == 0);
	is_killed(pid, SIGKILL, "SIGKILL ends a stopped process");
}

static void no_wait(void)
{
	siginfo_t info = {0};
	pid_t pid = exits_with(6);

	is_int(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0, "WNOWAIT");
	is_int(info.si_pid, pid, "tells the pid");
	memset(&info, 0, sizeof(info));
	is_int(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0, "leaves the child for the next");
	is_int(info.si_status, 6, "with its status");
	is_exited(pid, 6, "until a plain wait takes it");
}

static void info_of(pid_t pid, int options, int code, int value, const char *what)
{
	siginfo_t info;

	memset(&info, 0x55, sizeof(info));
	is_int(waitid(P_PID, (id_t)pid, &info, options), 0, "waitid: %s", what);
	is_int(info.si_signo, SIGCHLD, "%s: si_signo", what);
	is_int(info.si_errno, 0, "%s: si_errno", what);
	is_int(info.si_code, code, "%s: si_code", what);
	is_int(info.si_pid, pid, "%s: si_pid", what);
	is_int(info.si_uid, 0, "%s: si_uid", what);
	is_int(info.si_status, value, "%s: si_status", what);
}

static void id_info(void)
{
	siginfo_t info;
	pid_t pid = sleeper();

	must(kill(pid, SIGSTOP) == 0);
	info_of(pid, WSTOPPED, CLD_STOPPED, SIGSTOP, "stopped");
	must(kill(pid, SIGCONT) == 0);
	info_of(pid, WCONTINUED, CLD_CONTINUED, SIGCONT, "continued");
	memset(&info, 0x55, sizeof(info));
	is_int(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG), 0, "WNOHANG with nothing to say");
	is_int(info.si_signo, 0, "zeroes si_signo");
	is_int(info.si_pid, 0, "and si_pid");
	must(kill(pid, SIGTERM) == 0);
	info_of(pid, WEXITED, CLD_KILLED, SIGTERM, "killed");
	info_of(exits_with(200), WEXITED, CLD_EXITED, 200, "exited");
}

static void id_kinds(void)
{
	siginfo_t info = {0};
	struct rusage usage;
	pid_t pid = exits_with(1);

	is_int(waitid(P_ALL, 0, &info, WEXITED), 0, "P_ALL");
	is_int(info.si_pid, pid, "finds the child");
	pid = exits_with(2);
	is_int(waitid(P_PGID, (id_t)getpgrp(), &info, WEXITED), 0, "P_PGID");
	is_int(info.si_pid, pid, "finds the child by its group");
	pid = exits_with(3);
	is_int(waitid(P_PGID, 0, &info, WEXITED), 0, "P_PGID with 0 is the caller's group");
	is_int(info.si_pid, pid, "and finds it");
	pid = exits_with(4);
	is_int(raw(SYS_waitid, P_PID, pid, 0, WEXITED, &usage), 0, "info may be NULL, usage be asked for");
	fails(waitpid(pid, NULL, WNOHANG), ECHILD, "and the child is reaped");
}

static void usage(void)
{
	struct rusage one, all;
	volatile unsigned long work = 0;
	pid_t pid;

	if (in_child(&pid)) {
		int64_t until = now_ns() + 30000000;
		memset(map_pages(1024), 1, 1024 * PAGE);
		while (now_ns() < until)
			work++;
		_exit(0);
	}
	is_int(wait4(pid, NULL, 0, &one), pid, "wait4 with rusage");
	ok(one.ru_utime.tv_sec + one.ru_utime.tv_usec + one.ru_stime.tv_sec + one.ru_stime.tv_usec > 0,
	   "the child used time");
	ok(one.ru_minflt > 0, "and took page faults");
	ok(one.ru_maxrss >= 4096, "and 4 MiB of memory");
	must(getrusage(RUSAGE_CHILDREN, &all) == 0);
	ok(all.ru_utime.tv_sec > one.ru_utime.tv_sec || all.ru_utime.tv_usec >= one.ru_utime.tv_usec,
	   "RUSAGE_CHILDREN has it");
}

static int thread_waits(void *p)
{
	long *result = p;
	int status;

	result[1] = raw(SYS_wait4, result[0], &status, 0, 0);
	result[2] = status;
	return 0;
}

static void by_thread(void)
{
	long result[3] = {exits_with(8), 0, 0};
	struct thread t;

	must(thread_start(&t, thread_waits, result) > 0);
	thread_join(&t);
	is_int(result[1], result[0], "a thread waits for the child of another thread");
	is_int(result[2], 8 << 8, "and gets its status");
}

static void blocked_then_none(void)
{
	/* A wait that sleeps must notice that no child is left to wait for. */
	pid_t pid;
	int status;

	if (in_child(&pid)) {
		signal(SIGCHLD, SIG_IGN);
		pid_t child = fork();
		must(child >= 0);
		if (child == 0) {
			sleep_ms(100);
			_exit(1);
		}
		must(wait(&status) == -1 && errno == ECHILD);
		_exit(0);
	}
	is_exited(pid, 0, "with SIGCHLD ignored wait blocks until all are gone, then says ECHILD");
}

static const struct tap_case cases[] = {
	{"errors", errors, 0},     {"any_and_one", any_and_one, 0}, {"no_hang", no_hang, 0},
	{"by_group", by_group, 0}, {"killed", killed, 0},           {"stopped_and_continued", stopped_and_continued, 0},
	{"no_wait", no_wait, 0},   {"id_info", id_info, 0},         {"id_kinds", id_kinds, 0},
	{"usage", usage, 0},       {"by_thread", by_thread, 0},     {"blocked_then_none", blocked_then_none, 0},
};

TAP_MAIN(cases)
