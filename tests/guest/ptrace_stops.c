/* Stops of a tracee for signals and their groups, and what a tracer may do in them. */
#include "ptrace.h"

#include <sys/prctl.h>

static volatile int handled, handled_code;

static void handler(int signal, siginfo_t *info, void *context)
{
	(void)context;
	handled = signal;
	handled_code = info->si_code;
}

static void handle(int signal, int flags)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};

	must(sigaction(signal, &action, NULL) == 0);
}

static void begin(void)
{
	pid_t child, other;

	if (in_child(&child)) {
		must(trace(PTRACE_TRACEME, 0, 0, 0) == 0);
		must(trace(PTRACE_TRACEME, 0, 0, 0) == -EPERM);
		raise(SIGSTOP);
		_exit(7);
	}
	is_stop(child, STOPPED(SIGSTOP), "a traced child's stop is told without WUNTRACED");
	is_int(raw(SYS_wait4, child, 0, WNOHANG | ALL, 0), 0, "once");
	is_int(proc_state(child), 't', "its state is t");
	char path[64], text[64];
	snprintf(path, sizeof(path), "/proc/%d/status", child);
	is_int(proc_number(path, "TracerPid"), getpid(), "and its tracer is known");
	snprintf(path, sizeof(path), "/proc/%d/wchan", child);
	must(read_text(path, text, sizeof(text)) > 0);
	is_str(text, "ptrace_stop", "as is where it waits");
	is_int(trace(PTRACE_ATTACH, child, 0, 0), -EPERM, "nobody attaches a second time");
	is_int(trace(PTRACE_TRACEME + 77, child, 0, 0), -EIO, "an unknown request");
	is_int(trace(PTRACE_CONT, child, 0, 65), -EIO, "with a signal that is none");
	is_int(trace(PTRACE_CONT, child, 0, 0), 0, "it goes on");
	is_int(wait_stop(child), 7 << 8, "to its end");
	is_int(trace(PTRACE_CONT, child, 0, 0), -ESRCH, "there is nobody any more");
	is_int(trace(PTRACE_ATTACH, getpid(), 0, 0), -EPERM, "not ourselves");
	is_int(trace(PTRACE_ATTACH, 0x3ffff0, 0, 0), -ESRCH, "not nobody");
	struct gate gate = gate_make();
	if (in_child(&other)) {
		close(gate.fd[1]);
		gate_wait(&gate);
		_exit(0);
	}
	is_int(trace(PTRACE_CONT, other, 0, 0), -ESRCH, "not who is not traced");
	is_int(trace(PTRACE_KILL, other, 0, 0), -ESRCH, "not even to end it");
	gate_open(&gate);
	is_exited(other, 0, "that one");
}

static void signals(void)
{
	pid_t child;

	if (traced_child(&child)) {
		handle(SIGUSR1, 0);
		handle(SIGUSR2, 0);
		signal(SIGWINCH, SIG_IGN);
		raise(SIGUSR1); /* taken away */
		int first = handled;
		raise(SIGUSR1); /* becomes SIGUSR2 */
		int second = handled, code = handled_code;
		raise(SIGWINCH); /* ignored, but told */
		raise(SIGUSR1);  /* delivered */
		_exit(first == 0 && second == SIGUSR2 && code == SI_USER && handled == SIGUSR1 ? 0 : 1);
	}
	go_on(child, 0);
	is_stop(child, STOPPED(SIGUSR1), "a signal is told before it is delivered");
	is_int(siginfo_of(child).si_signo, SIGUSR1, "with its siginfo");
	is_int(siginfo_of(child).si_pid, child, "from itself");
	go_on(child, 0);
	is_stop(child, STOPPED(SIGUSR1), "it was kept back; the next one");
	go_on(child, SIGUSR2);
	is_stop(child, STOPPED(SIGWINCH), "changed; an ignored one is told too");
	go_on(child, SIGWINCH);
	is_stop(child, STOPPED(SIGUSR1), "and once more");
	go_on(child, SIGUSR1);
	is_int(wait_stop(child), 0, "what the child saw of all that");
}

static void siginfos(void)
{
	pid_t child;
	union sigval value = {.sival_int = 42};

	if (traced_child(&child)) {
		sigset_t set;
		struct timespec none = {0, 0};
		siginfo_t info;
		handle(SIGUSR1, 0);
		raise(SIGUSR1);
		if (handled_code != -77)
			_exit(1);
		sigemptyset(&set);
		sigaddset(&set, SIGUSR2);
		sigaddset(&set, SIGRTMIN);
		must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
		raw(SYS_kill, getpid(), SIGSTOP);
		_exit(sigtimedwait(&set, &info, &none) == SIGUSR2 ? 0 : 2);
	}
	go_on(child, 0);
	must(wait_stop(child) == STOPPED(SIGUSR1));
	siginfo_t info = siginfo_of(child);
	info.si_code = -77;
	is_int(trace(PTRACE_SETSIGINFO, child, 0, &info), 0, "what a signal tells is changed");
	go_on(child, SIGUSR1);
	must(wait_stop(child) == STOPPED(SIGSTOP));
	must(sigqueue(child, SIGUSR2, value) == 0);
	must(sigqueue(child, SIGRTMIN, value) == 0);
	value.sival_int = 43;
	must(sigqueue(child, SIGRTMIN, value) == 0);
	siginfo_t got[4];
	struct __ptrace_peeksiginfo_args args = {.off = 0, .flags = PTRACE_PEEKSIGINFO_SHARED, .nr = 4};
	is_int(trace(PTRACE_PEEKSIGINFO, child, &args, got), 3, "three wait for the process");
	ok(got[0].si_signo == SIGUSR2 && got[1].si_signo == SIGRTMIN && got[2].si_value.sival_int == 43, "in order");
	args.off = 2;
	is_int(trace(PTRACE_PEEKSIGINFO, child, &args, got), 1, "one behind the second");
	args.flags = 0;
	args.off = 0;
	is_int(trace(PTRACE_PEEKSIGINFO, child, &args, got), 0, "none for the thread alone");
	args.flags = 2;
	is_int(trace(PTRACE_PEEKSIGINFO, child, &args, got), -EINVAL, "an unknown flag");
	args.flags = 0;
	args.nr = -1;
	is_int(trace(PTRACE_PEEKSIGINFO, child, &args, got), -EINVAL, "less than none");
	unsigned long mask = 0;
	is_int(trace(PTRACE_GETSIGMASK, child, 8, &mask), 0, "its mask");
	is_int((long)mask, (1l << (SIGUSR2 - 1)) | (1l << (SIGRTMIN - 1)), "what it blocked");
	is_int(trace(PTRACE_GETSIGMASK, child, 16, &mask), -EINVAL, "of another size");
	mask |= 1ul << (SIGKILL - 1);
	is_int(trace(PTRACE_SETSIGMASK, child, 8, &mask), 0, "the mask is set");
	is_int(trace(PTRACE_GETSIGMASK, child, 8, &mask), 0, "and read");
	is_int((long)mask >> (SIGKILL - 1) & 1, 0, "but not for SIGKILL");
	go_on(child, 0);
	is_int(wait_stop(child), 0, "the child's view");
}

/* A stop signal that is let through stops the group; that stop has no siginfo. */
static void group_stop(void)
{
	pid_t child;

	if (traced_child(&child))
		_exit(3);
	go_on(child, SIGSTOP);
	is_stop(child, STOPPED(SIGSTOP), "the stop of the group itself");
	siginfo_t info;
	is_int(trace(PTRACE_GETSIGINFO, child, 0, &info), -EINVAL, "tells nothing of a signal");
	is_int(trace(PTRACE_LISTEN, child, 0, 0), -EIO, "who was not seized does not listen");
	kill(child, SIGCONT);
	is_int(proc_state(child), 't', "SIGCONT does not end a tracee's stop");
	go_on(child, 0);
	is_stop(child, STOPPED(SIGCONT), "but is told like any");
	go_on(child, 0);
	is_int(wait_stop(child), 3 << 8, "the end");
}

static void deaths(void)
{
	pid_t child;

	if (traced_child(&child))
		_exit(0);
	kill(child, SIGKILL);
	is_int(wait_stop(child), SIGKILL, "SIGKILL ends a stopped tracee");
	if (traced_child(&child))
		_exit(0);
	go_on(child, SIGTERM);
	is_int(wait_stop(child), SIGTERM, "a deadly signal given for the way");
	if (traced_child(&child))
		_exit(0);
	is_int(trace(PTRACE_KILL, child, 0, 0), 0, "PTRACE_KILL");
	is_int(wait_stop(child), SIGKILL, "ends it");
	if (traced_child(&child)) {
		*(volatile int *)8 = 1;
		_exit(0);
	}
	go_on(child, 0);
	is_stop(child, STOPPED(SIGSEGV), "a fault");
	siginfo_t info = siginfo_of(child);
	ok(info.si_code == SEGV_MAPERR && info.si_addr == (void *)8, "where and why");
	go_on(child, SIGSEGV);
	is_int(wait_stop(child) & 0x7f, SIGSEGV, "and its end");
}

static void sigchld(void)
{
	sigset_t set;
	siginfo_t info;
	struct timespec limit = {20, 0};
	pid_t child;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	if (traced_child(&child))
		_exit(9);
	is_int(sigtimedwait(&set, &info, &limit), SIGCHLD, "a stop is told by SIGCHLD");
	ok(info.si_code == CLD_TRAPPED && info.si_status == SIGSTOP && info.si_pid == child,
	   "trapped, with the signal");
	memset(&info, 0, sizeof(info));
	trace(PTRACE_CONT, child, 0, SIGUSR1);
	while (sigtimedwait(&set, &info, &limit) == SIGCHLD && info.si_code == CLD_TRAPPED)
		continue;
	ok(info.si_code == CLD_KILLED && info.si_status == SIGUSR1, "and its end: %d %d", info.si_code, info.si_status);
	is_int(wait_stop(child), SIGUSR1, "which can be waited for");
}

/* waitid, WNOWAIT, and who waits for what. */
static void waits(void)
{
	siginfo_t info;
	pid_t child;

	if (traced_child(&child))
		_exit(9);
	go_on(child, SIGSTOP);
	memset(&info, 0, sizeof(info));
	is_int(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0, "a stop is told to any waitid");
	ok(info.si_code == CLD_TRAPPED && info.si_status == SIGSTOP, "as a trap");
	is_int(waitid(P_PGID, (id_t)getpgrp(), &info, WSTOPPED), 0, "and stays with WNOWAIT");
	info.si_pid = 1;
	is_int(waitid(P_ALL, 0, &info, WSTOPPED | WNOHANG), 0, "then it was told");
	is_int(info.si_pid, 0, "and is no more");
	go_on(child, 0);
	is_int(wait_stop(child), 9 << 8, "the end");
}

static const struct tap_case cases[] = {
	{"begin", begin, 0},   {"signals", signals, 0}, {"siginfos", siginfos, 0}, {"group_stop", group_stop, 0},
	{"deaths", deaths, 0}, {"sigchld", sigchld, 0}, {"waits", waits, 0},
};

TAP_MAIN(cases)
