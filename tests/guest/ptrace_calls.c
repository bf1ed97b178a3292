/* Stops at system calls: what is seen and changed there. */
#include "ptrace.h"

static void next_call(pid_t child, int signal)
{
	must(trace(PTRACE_SYSCALL, child, 0, signal) == 0);
}

static void seen(void)
{
	pid_t child;

	if (traced_child(&child)) {
		raw(SYS_close, 12345);
		_exit(4);
	}
	next_call(child, 0);
	is_stop(child, STOPPED(SIGTRAP), "before the call, without PTRACE_O_TRACESYSGOOD");
	struct user_regs_struct r = registers_of(child);
	ok(r.orig_rax == SYS_close && r.rdi == 12345 && (long)r.rax == -ENOSYS, "which call: %ld", (long)r.orig_rax);
	is_int((long)r.rcx, (long)r.rip, "RCX as the instruction leaves it");
	struct __ptrace_syscall_info info;
	is_int(trace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info), 24,
	       "it is known as a call only with the option");
	is_int(info.op, PTRACE_SYSCALL_INFO_NONE, "none");
	is_int(trace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD), 0, "which is set now");
	next_call(child, 0);
	is_stop(child, STOPPED(SYSGOOD), "behind the call");
	r = registers_of(child);
	ok(r.orig_rax == SYS_close && (long)r.rax == -EBADF, "its result: %ld", (long)r.rax);
	siginfo_t told = siginfo_of(child);
	ok(told.si_code == SYSGOOD && told.si_signo == SIGTRAP && told.si_pid == child, "the stop's siginfo");
	memset(&info, 0x55, sizeof(info));
	is_int(trace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info), 33, "the call's end");
	ok(info.op == PTRACE_SYSCALL_INFO_EXIT && info.exit.rval == -EBADF && info.exit.is_error == 1, "an error");
	is_int((long)message_of(child), EVENTMSG_CALL_END, "as its message says");
	next_call(child, 0);
	is_stop(child, STOPPED(SYSGOOD), "the next one");
	is_int(trace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info), 80, "its beginning");
	ok(info.op == PTRACE_SYSCALL_INFO_ENTRY && info.arch == ARCH_X86_64 && info.entry.nr == SYS_exit_group &&
		   info.entry.args[0] == 4,
	   "exit_group(4)");
	r = registers_of(child);
	ok(info.instruction_pointer == r.rip && info.stack_pointer == r.rsp, "and where");
	is_int(trace(PTRACE_GET_SYSCALL_INFO, child, 4, &info), 80, "a short buffer");
	next_call(child, 0);
	is_int(wait_stop(child), 4 << 8, "the end");
}

/* The call itself, its arguments and its result are the tracer's to change. */
static void changed(void)
{
	pid_t child;

	if (traced_child(&child)) {
		long a = raw(SYS_getppid); /* becomes getpid */
		long b = raw(SYS_getppid); /* is not made: ENOSYS */
		long c = raw(SYS_getppid); /* is not made, result 77 */
		long d = raw(SYS_dup, 0);  /* of another descriptor */
		long e = raw(SYS_getppid); /* result changed */
		_exit(a == getpid() && b == -ENOSYS && c == 77 && d == -EBADF && e == -1234 ? 0 : 1);
	}
	must(trace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD) == 0);
	struct user_regs_struct r;
	for (int i = 0; i < 5; i++) {
		next_call(child, 0);
		must(wait_stop(child) == STOPPED(SYSGOOD));
		r = registers_of(child);
		if (i == 0)
			r.orig_rax = SYS_getpid;
		if (i == 1 || i == 2)
			r.orig_rax = (unsigned long)-1;
		if (i == 2)
			r.rax = 77;
		if (i == 3)
			r.rdi = 9999;
		is_int(trace(PTRACE_SETREGS, child, 0, &r), 0, "call %d", i);
		next_call(child, 0);
		must(wait_stop(child) == STOPPED(SYSGOOD));
		if (i == 4)
			is_int(trace(PTRACE_POKEUSER, child, offsetof(struct user_regs_struct, rax), -1234), 0,
			       "a result");
	}
	go_on(child, 0);
	is_int(wait_stop(child), 0, "what the child saw");
}

static void emulated(void)
{
	pid_t child;

	if (traced_child(&child)) {
		long a = raw(SYS_close, 0);
		_exit(a == 55 && fcntl(0, F_GETFD) >= 0 ? 0 : 1);
	}
	must(trace(PTRACE_SYSEMU, child, 0, 0) == 0);
	is_stop(child, STOPPED(SIGTRAP), "PTRACE_SYSEMU stops before the call");
	is_int((long)registers_of(child).orig_rax, SYS_close, "close");
	must(trace(PTRACE_POKEUSER, child, offsetof(struct user_regs_struct, rax), 55) == 0);
	go_on(child, 0);
	is_int(wait_stop(child), 0, "and there it is over");
}

/* A call that a signal interrupts: its tracer sees the restart. */
static void restarted(void)
{
	struct gate gate = gate_make();
	char c;
	pid_t child;

	if (traced_child(&child)) {
		close(gate.fd[1]);
		_exit(raw(SYS_read, gate.fd[0], &c, 1) == 1 ? 0 : 1);
	}
	must(trace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD) == 0);
	for (int i = 0; i < 3; i++) { /* close, close's end, read */
		next_call(child, 0);
		must(wait_stop(child) == STOPPED(SYSGOOD));
	}
	next_call(child, 0);
	wait_state(child, 'S');
	kill(child, SIGWINCH);
	is_stop(child, STOPPED(SYSGOOD), "the call is interrupted");
	is_int((long)registers_of(child).rax, -512, "ERESTARTSYS is seen");
	next_call(child, 0);
	is_stop(child, STOPPED(SIGWINCH), "then the signal");
	next_call(child, SIGWINCH);
	is_stop(child, STOPPED(SYSGOOD), "and the call once more");
	is_int((long)registers_of(child).orig_rax, SYS_read, "the same");
	gate_open(&gate);
	go_on(child, 0);
	is_int(wait_stop(child), 0, "it ended well");
}

/* What a debugger does to call a function in between: save, change, trap, restore. */
static void borrowed(void)
{
	struct gate gate = gate_make();
	char c;
	pid_t child;

	if (traced_child(&child)) {
		close(gate.fd[1]);
		long got = raw(SYS_read, gate.fd[0], &c, 1);
		_exit(got == 1 ? 0 : 1);
	}
	go_on(child, 0);
	wait_state(child, 'S');
	kill(child, SIGUSR1);
	is_stop(child, STOPPED(SIGUSR1), "in the middle of a read");
	struct user_regs_struct saved = registers_of(child), r = saved;
	is_int((long)saved.orig_rax, SYS_read, "orig_rax");
	is_int((long)saved.rax, -512, "rax");
	r.orig_rax = (unsigned long)-1;
	r.rip = (unsigned long)saved.rip;
	must(trace(PTRACE_SETREGS, child, 0, &r) == 0);
	long code = word_of(child, (void *)saved.rip);
	must(trace(PTRACE_POKETEXT, child, saved.rip, (code & ~0xffl) | 0xcc) == 0);
	go_on(child, 0);
	is_stop(child, STOPPED(SIGTRAP), "no restart: the instruction behind the call is reached");
	is_int((long)registers_of(child).rip, (long)saved.rip + 1, "which is a break point");
	is_int((long)registers_of(child).orig_rax, -1, "and no call");
	must(trace(PTRACE_POKETEXT, child, saved.rip, code) == 0);
	must(trace(PTRACE_SETREGS, child, 0, &saved) == 0);
	go_on(child, 0);
	wait_state(child, 'S');
	gate_open(&gate);
	is_int(wait_stop(child), 0, "with the old registers the read goes on");
}

/* A signal given at a call's stop is sent. */
static void given(void)
{
	pid_t child;

	if (traced_child(&child)) {
		raw(SYS_getpid);
		_exit(0);
	}
	must(trace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD) == 0);
	next_call(child, 0);
	must(wait_stop(child) == STOPPED(SYSGOOD));
	next_call(child, SIGUSR1);
	must(wait_stop(child) == STOPPED(SYSGOOD));
	next_call(child, 0);
	is_stop(child, STOPPED(SIGUSR1), "it arrives behind the call");
	is_int(siginfo_of(child).si_code, SI_KERNEL, "from the kernel");
	finish(child);
}

static const struct tap_case cases[] = {
	{"seen", seen, 0},           {"changed", changed, 0},   {"emulated", emulated, 0},
	{"restarted", restarted, 0}, {"borrowed", borrowed, 0}, {"given", given, 0},
};

TAP_MAIN(cases)
