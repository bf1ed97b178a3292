/* PTRACE_SEIZE: stops without signals; PTRACE_ATTACH; how tracing ends, by the tracer's will or with it. */
#include "ptrace.h"

#include <sys/prctl.h>

/* A child of ours that pauses, and is no tracee yet. */
static pid_t idler(void)
{
	pid_t child;

	if (in_child(&child))
		for (;;)
			raw(SYS_pause);
	wait_state(child, 'S');
	return child;
}

static void attach(void)
{
	pid_t child = idler();

	is_int(trace(PTRACE_ATTACH, child, 0, 0), 0, "attached");
	is_stop(child, STOPPED(SIGSTOP), "it stops by a signal");
	is_int(trace(PTRACE_INTERRUPT, child, 0, 0), -EIO, "who was not seized is not interrupted");
	is_int(trace(PTRACE_DETACH, child, 0, 65), -EIO, "no such signal");
	is_int(trace(PTRACE_DETACH, child, 0, 0), 0, "let go");
	is_int(trace(PTRACE_CONT, child, 0, 0), -ESRCH, "it is ours no more");
	wait_state(child, 'S');
	is_int(proc_state(child), 'S', "and goes on");
	is_int(trace(PTRACE_ATTACH, child, 0, 0), 0, "once more");
	is_stop(child, STOPPED(SIGSTOP), "it stops");
	is_int(trace(PTRACE_DETACH, child, 0, SIGTERM), 0, "let go with a signal");
	is_int(reap(child), SIGTERM, "which ends it");
}

static void seize(void)
{
	pid_t child = idler();

	is_int(trace(PTRACE_SEIZE, child, 1, 0), -EIO, "the address is not used");
	is_int(trace(PTRACE_SEIZE, child, 0, 1l << 40), -EIO, "no such option");
	is_int(trace(PTRACE_SEIZE, child, 0, PTRACE_O_TRACESYSGOOD), 0, "seized");
	is_int(raw(SYS_wait4, child, 0, ALL | WNOHANG, 0), 0, "it does not stop");
	is_int(proc_state(child), 'S', "but goes on");
	is_int(trace(PTRACE_CONT, child, 0, 0), -ESRCH, "and is not to be told to");
	is_int(trace(PTRACE_INTERRUPT, child, 0, 0), 0, "interrupted");
	is_stop(child, EVENT(PTRACE_EVENT_STOP), "it stops");
	siginfo_t info = siginfo_of(child);
	ok(info.si_signo == SIGTRAP && info.si_code == (SIGTRAP | PTRACE_EVENT_STOP << 8), "as its siginfo says");
	is_int((long)registers_of(child).orig_rax, SYS_pause, "in the call");
	is_int(trace(PTRACE_SYSCALL, child, 0, 0), 0, "it goes on");
	is_stop(child, STOPPED(SYSGOOD), "with the call");
	is_int((long)registers_of(child).orig_rax, SYS_pause, "which is made again");
	must(trace(PTRACE_DETACH, child, 0, 0) == 0);
	wait_state(child, 'S');
	kill(child, SIGKILL);
	is_int(reap(child), SIGKILL, "the end");
}

static void group_stops(void)
{
	pid_t child = idler();

	must(trace(PTRACE_SEIZE, child, 0, 0) == 0);
	kill(child, SIGSTOP);
	is_stop(child, STOPPED(SIGSTOP), "the signal");
	go_on(child, SIGSTOP);
	is_stop(child, EVENT_STOP_OF(SIGSTOP), "the stop of the group, with its signal");
	is_int(siginfo_of(child).si_signo, SIGSTOP, "also in the siginfo");
	is_int(trace(PTRACE_LISTEN, child, 0, 0), 0, "it stays so, and listens");
	is_int(trace(PTRACE_CONT, child, 0, 0), -ESRCH, "as if it ran");
	is_int(proc_state(child), 't', "but stands");
	is_int(raw(SYS_wait4, child, 0, ALL | WNOHANG, 0), 0, "there is nothing new");
	kill(child, SIGCONT);
	is_stop(child, EVENT(PTRACE_EVENT_STOP), "the stop of the group is over");
	go_on(child, 0);
	is_stop(child, STOPPED(SIGCONT), "the signal that did it");
	is_int(trace(PTRACE_LISTEN, child, 0, 0), -EIO, "in no other stop it listens");
	go_on(child, SIGCONT);
	must(trace(PTRACE_INTERRUPT, child, 0, 0) == 0);
	is_stop(child, EVENT(PTRACE_EVENT_STOP), "interrupted");
	finish(child);
}

/* Who is stopped already is seen there; and is stopped when tracing ends. */
static void stopped_before(void)
{
	pid_t child = idler();
	int status;

	kill(child, SIGSTOP);
	must(waitpid(child, &status, WUNTRACED) == child);
	is_int(trace(PTRACE_SEIZE, child, 0, 0), 0, "a stopped one is seized");
	is_int(raw(SYS_wait4, child, &status, ALL | WNOHANG, 0), child, "at once it is seen");
	is_int(status, EVENT_STOP_OF(SIGSTOP), "in its stop");
	is_int(trace(PTRACE_DETACH, child, 0, 0), 0, "let go");
	wait_state(child, 'T');
	is_int(proc_state(child), 'T', "it is stopped as before");
	is_int(trace(PTRACE_ATTACH, child, 0, 0), 0, "attached");
	is_stop(child, STOPPED(SIGSTOP), "the stop of the group");
	siginfo_t info;
	is_int(trace(PTRACE_GETSIGINFO, child, 0, &info), -EINVAL, "which is not a signal's");
	go_on(child, 0);
	is_stop(child, STOPPED(SIGSTOP), "then the signal of the attachment");
	is_int(trace(PTRACE_GETSIGINFO, child, 0, &info), 0, "which is");
	finish(child);
}

static void children_of_seized(void)
{
	struct gate gate = gate_make();
	pid_t child, second;

	if (in_child(&child)) {
		gate_wait(&gate);
		if (in_child(&second))
			_exit(2);
		_exit(reap(second) >> 8);
	}
	must(trace(PTRACE_SEIZE, child, 0, PTRACE_O_TRACEFORK) == 0);
	gate_open(&gate);
	is_stop(child, EVENT(PTRACE_EVENT_FORK), "a fork");
	second = (pid_t)message_of(child);
	is_stop(second, EVENT(PTRACE_EVENT_STOP), "its child stops without a signal");
	go_on(second, 0);
	go_on(child, 0);
	is_int(wait_stop(second), 2 << 8, "it ends");
	is_stop(child, STOPPED(SIGCHLD), "its parent hears");
	go_on(child, 0);
	is_int(wait_stop(child), 2 << 8, "and ends");
}

/* A tracer that is not the parent: the parent sees what it would have seen, afterwards. */
static void foreign(void)
{
	struct gate gate = gate_make(), ready = gate_make();
	pid_t child, tracer;
	siginfo_t info;

	if (in_child(&child)) {
		close(gate.fd[1]);
		gate_wait(&gate);
		_exit(21);
	}
	if (in_child(&tracer)) {
		close(gate.fd[1]);
		must(trace(PTRACE_SEIZE, child, 0, 0) == 0);
		gate_open(&ready);
		siginfo_t seen;
		must(waitid(P_PID, (id_t)child, &seen, WEXITED | WNOWAIT) == 0);
		must(seen.si_status == 21);
		gate_open(&ready);
		raise(SIGSTOP);
		_exit(wait_stop(child) == 21 << 8 && wait_stop(child) == -ECHILD ? 0 : 1);
	}
	must(gate_wait(&ready));
	close(gate.fd[0]);
	close(gate.fd[1]);
	must(gate_wait(&ready));
	info.si_pid = 77;
	is_int(waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG), 0, "the tracer has not collected it");
	is_int(info.si_pid, 0, "so its parent sees nothing");
	int status;
	must(waitpid(tracer, &status, WUNTRACED) == tracer);
	kill(tracer, SIGCONT);
	is_int(reap(child), 21 << 8, "then the parent collects it");
	is_exited(tracer, 0, "the tracer");
}

static void tracer_dies(void)
{
	pid_t first = idler(), second = idler(), tracer;

	if (in_child(&tracer)) {
		must(trace(PTRACE_SEIZE, first, 0, PTRACE_O_EXITKILL) == 0);
		must(trace(PTRACE_ATTACH, second, 0, 0) == 0);
		must(wait_stop(second) == STOPPED(SIGSTOP));
		_exit(0);
	}
	is_exited(tracer, 0, "a tracer ends");
	is_int(reap(first), SIGKILL, "with it who was to");
	wait_state(second, 'S');
	is_int(proc_state(second), 'S', "the other goes on");
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/status", second);
	is_int(proc_number(path, "TracerPid"), 0, "untraced");
	kill(second, SIGKILL);
	is_int(reap(second), SIGKILL, "until its end");
}

/* Another user's process, one that may not be dumped, and kernel processes are not for everybody. */
static void rights(void)
{
	pid_t child = idler(), other;

	if (in_child(&other)) {
		become_user(1000);
		_exit(trace(PTRACE_ATTACH, child, 0, 0) == -EPERM && trace(PTRACE_SEIZE, child, 0, 0) == -EPERM ? 0
														: 1);
	}
	is_exited(other, 0, "a user does not trace root's processes");
	kill(child, SIGKILL);
	reap(child);
	struct gate gate = gate_make();
	if (in_child(&child)) {
		become_user(1000);
		must(prctl(PR_SET_DUMPABLE, 0) == 0);
		gate_open(&gate);
		for (;;)
			pause();
	}
	must(gate_wait(&gate));
	if (in_child(&other)) {
		become_user(1000);
		_exit(trace(PTRACE_ATTACH, child, 0, 0) == -EPERM ? 0 : 1);
	}
	is_exited(other, 0, "nor his own that does not want it");
	is_int(trace(PTRACE_SEIZE, child, 0, 0), 0, "root does");
	finish(child);
}

static const struct tap_case cases[] = {
	{"attach", attach, 0},
	{"seize", seize, 0},
	{"group_stops", group_stops, 0},
	{"stopped_before", stopped_before, 0},
	{"children_of_seized", children_of_seized, 0},
	{"foreign", foreign, 0},
	{"tracer_dies", tracer_dies, 0},
	{"rights", rights, 0},
};

TAP_MAIN(cases)
