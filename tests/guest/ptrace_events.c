/* Events that a tracer is told of: fork, vfork, clone, execution, end; how a tracee's children and threads are traced.
 */
#include "ptrace.h"

#include <sched.h>

#define FOLLOW (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE)

static void options(pid_t child, long wanted)
{
	must(trace(PTRACE_SETOPTIONS, child, 0, wanted) == 0);
}

static void refusals(void)
{
	pid_t child;

	if (traced_child(&child))
		_exit(0);
	is_int(trace(PTRACE_SETOPTIONS, child, 0, 1 << 19), -EINVAL, "an option that does not exist");
	is_int(trace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD), 0, "some that do");
	finish(child);
}

static void forks(void)
{
	pid_t child, second, grandchild;

	if (traced_child(&child)) {
		if (in_child(&second))
			_exit(5);
		_exit(reap(second) >> 8);
	}
	options(child, FOLLOW);
	go_on(child, 0);
	is_stop(child, EVENT(PTRACE_EVENT_FORK), "a fork");
	siginfo_t info = siginfo_of(child);
	ok(info.si_code == (SIGTRAP | PTRACE_EVENT_FORK << 8) && info.si_pid == child, "as its siginfo says");
	grandchild = (pid_t)message_of(child);
	ok(grandchild > 0 && grandchild != child, "of whom");
	is_stop(grandchild, STOPPED(SIGSTOP), "who stops at its beginning");
	is_int((long)registers_of(grandchild).rax, 0, "fork gives 0 there");
	go_on(child, 0);
	go_on(grandchild, 0);
	is_int(wait_stop(grandchild), 5 << 8, "its end is told to the tracer first");
	is_stop(child, STOPPED(SIGCHLD), "then its parent hears");
	go_on(child, 0);
	is_int(wait_stop(child), 5 << 8, "and collects it");
}

static int leave(void *argument)
{
	_exit((int)(long)argument);
}

static void vforks(void)
{
	static char stack[16384] __attribute__((aligned(16)));
	pid_t child, grandchild;

	if (traced_child(&child)) {
		pid_t second = clone(leave, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)6);
		_exit(reap(second) >> 8);
	}
	options(child, FOLLOW | PTRACE_O_TRACEVFORKDONE);
	go_on(child, 0);
	is_stop(child, EVENT(PTRACE_EVENT_VFORK), "a vfork");
	grandchild = (pid_t)message_of(child);
	is_stop(grandchild, STOPPED(SIGSTOP), "its child");
	go_on(child, 0);
	is_int(raw(SYS_wait4, child, 0, ALL | WNOHANG, 0), 0, "the parent waits");
	go_on(grandchild, 0);
	is_int(wait_stop(grandchild), 6 << 8, "until the child has ended");
	is_stop(child, EVENT(PTRACE_EVENT_VFORK_DONE), "which is told");
	is_int((long)message_of(child), grandchild, "with its number");
	go_on(child, 0);
	is_stop(child, STOPPED(SIGCHLD), "SIGCHLD");
	go_on(child, 0);
	is_int(wait_stop(child), 6 << 8, "the end");
}

static int run(void *argument)
{
	volatile int *flag = argument;

	*flag = 1;
	return 0;
}

static void clones(void)
{
	static volatile int flag;
	pid_t child, thread;

	if (traced_child(&child)) {
		struct thread t;
		must(thread_start(&t, run, (void *)&flag) > 0);
		thread_join(&t);
		_exit(flag);
	}
	options(child, FOLLOW);
	go_on(child, 0);
	is_stop(child, EVENT(PTRACE_EVENT_CLONE), "a thread");
	thread = (pid_t)message_of(child);
	is_stop(thread, STOPPED(SIGSTOP), "which stops at its beginning");
	go_on(thread, 0);
	is_int(wait_stop(thread), 0, "its end is told too");
	go_on(child, 0);
	is_int(wait_stop(child), 1 << 8, "then that of the process");
	is_int(wait_stop(thread), -ECHILD, "nobody is left");
}

static void not_followed(void)
{
	pid_t child, second;

	if (traced_child(&child)) {
		if (in_child(&second)) {
			char text[4096];
			must(read_text("/proc/self/status", text, sizeof(text)) > 0);
			_exit(strstr(text, "TracerPid:\t0\n") ? 0 : 1);
		}
		signal(SIGCHLD, SIG_DFL);
		_exit(reap(second) >> 8);
	}
	go_on(child, 0);
	is_stop(child, STOPPED(SIGCHLD), "without the option a child is nobody's tracee");
	go_on(child, 0);
	is_int(wait_stop(child), 0, "as it says itself");
}

static void executions(void)
{
	char *const arguments[] = {"/tests/help/status", "3", NULL};
	pid_t child;

	if (traced_child(&child)) {
		execv(arguments[0], arguments);
		_exit(99);
	}
	go_on(child, 0);
	is_stop(child, STOPPED(SIGTRAP), "an execution is told as a signal");
	siginfo_t info = siginfo_of(child);
	ok(info.si_code == SI_USER && info.si_pid == child, "of its own");
	finish(child);
	if (traced_child(&child)) {
		execv(arguments[0], arguments);
		_exit(99);
	}
	options(child, PTRACE_O_TRACEEXEC);
	go_on(child, 0);
	is_stop(child, EVENT(PTRACE_EVENT_EXEC), "or as an event");
	is_int((long)message_of(child), child, "with the number from before");
	struct user_regs_struct r = registers_of(child);
	ok(r.orig_rax == SYS_execve && r.rbx == 0, "in the new program: rax %ld", (long)r.rax);
	is_int((long)r.rax, -ENOSYS, "whose call has no result yet");
	finish(child);
	if (traced_child(&child)) {
		execv("/nowhere", arguments);
		_exit(4);
	}
	options(child, PTRACE_O_TRACEEXEC);
	go_on(child, 0);
	is_int(wait_stop(child), 4 << 8, "one that fails is no event");
}

static int execute(void *argument)
{
	raw(SYS_execve, ((char *const *)argument)[0], argument, 0);
	return 1;
}

/* A thread that is not the first one executes: the others end, and it takes the first one's number. */
static void thread_executes(void)
{
	char *const arguments[] = {"/tests/help/status", "3", NULL};
	pid_t child, thread;

	if (traced_child(&child)) {
		struct thread t;
		must(thread_start(&t, execute, (void *)arguments) > 0);
		for (;;)
			pause();
	}
	options(child, FOLLOW | PTRACE_O_TRACEEXEC);
	go_on(child, 0);
	must(wait_stop(child) == EVENT(PTRACE_EVENT_CLONE));
	thread = (pid_t)message_of(child);
	must(wait_stop(thread) == STOPPED(SIGSTOP));
	go_on(child, 0);
	go_on(thread, 0);
	is_stop(child, EVENT(PTRACE_EVENT_EXEC), "the execution is told by the number of the process");
	is_int((long)message_of(child), thread, "with that of the thread");
	is_int(wait_stop(thread), -ECHILD, "which is gone");
	is_int(trace(PTRACE_CONT, thread, 0, 0), -ESRCH, "altogether");
	go_on(child, 0);
	is_int(wait_stop(child), 3 << 8, "the program's end");
}

static void ends(void)
{
	pid_t child;

	if (traced_child(&child))
		_exit(17);
	options(child, PTRACE_O_TRACEEXIT);
	go_on(child, 0);
	is_stop(child, EVENT(PTRACE_EVENT_EXIT), "the end begins");
	is_int((long)message_of(child), 17 << 8, "with the status");
	is_int((long)registers_of(child).rdi, 17, "its registers are still there");
	go_on(child, 0);
	is_int(wait_stop(child), 17 << 8, "the end");
	if (traced_child(&child))
		for (;;)
			pause();
	options(child, PTRACE_O_TRACEEXIT);
	go_on(child, 0);
	kill(child, SIGTERM);
	is_stop(child, STOPPED(SIGTERM), "a deadly signal");
	go_on(child, SIGTERM);
	is_stop(child, EVENT(PTRACE_EVENT_EXIT), "ends it");
	is_int((long)message_of(child), SIGTERM, "as is told");
	go_on(child, 0);
	is_int(wait_stop(child), SIGTERM, "the end");
}

/* Threads end; the first one's end is told when all others have been waited for. */
static void thread_ends(void)
{
	static volatile int flag;
	pid_t child, thread;

	if (traced_child(&child)) {
		struct thread t;
		must(thread_start(&t, run, (void *)&flag) > 0);
		raw(SYS_exit, 8);
	}
	options(child, FOLLOW);
	go_on(child, 0);
	must(wait_stop(child) == EVENT(PTRACE_EVENT_CLONE));
	thread = (pid_t)message_of(child);
	must(wait_stop(thread) == STOPPED(SIGSTOP));
	go_on(child, 0);
	wait_state(child, 'Z');
	is_int(raw(SYS_wait4, child, 0, ALL | WNOHANG, 0), 0, "the first thread has ended, the process has not");
	go_on(thread, 0);
	wait_state(thread, 'Z');
	is_int(raw(SYS_wait4, child, 0, ALL | WNOHANG, 0), 0, "not before the other one was seen");
	is_int(wait_stop(thread), 0, "the other one");
	is_int(wait_stop(child), 0, "now it has, with the status of the last one");
}

static const struct tap_case cases[] = {
	{"refusals", refusals, 0},
	{"forks", forks, 0},
	{"vforks", vforks, 0},
	{"clones", clones, 0},
	{"not_followed", not_followed, 0},
	{"executions", executions, 0},
	{"thread_executes", thread_executes, 0},
	{"ends", ends, 0},
	{"thread_ends", thread_ends, 0},
};

TAP_MAIN(cases)
