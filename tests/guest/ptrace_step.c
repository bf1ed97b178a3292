/* One instruction at a time; break points and watch points in the debug registers. */
#include "ptrace.h"

#define DEBUG(n) (offsetof(struct user, u_debugreg) + (n) * sizeof(long))

static volatile long watched, other;
extern char step_first[], step_second[], step_third[], step_call[], step_behind[];

static void run_steps(void)
{
	__asm__ volatile(".globl step_first, step_second, step_third, step_call, step_behind\n"
			 "	mov $39, %%eax\n"
			 "	int3\n"
			 "step_first: mov $1, %%ecx\n"
			 "step_second: mov $2, %%edx\n"
			 "step_third: mov $39, %%eax\n"
			 "step_call: syscall\n"
			 "step_behind: mov $3, %%ecx\n"
			 "	nop\n"
			 :
			 :
			 : "rax", "rcx", "rdx", "r11", "memory");
}

static void step(pid_t child)
{
	must(trace(PTRACE_SINGLESTEP, child, 0, 0) == 0);
	must(wait_stop(child) == STOPPED(SIGTRAP));
}

static void is_at(pid_t child, const char *place, const char *what)
{
	ok(registers_of(child).rip == (unsigned long)place, "%s: %lx, not %lx", what,
	   (unsigned long)registers_of(child).rip, (unsigned long)place);
}

static void steps(void)
{
	pid_t child;

	if (traced_child(&child)) {
		run_steps();
		long flags;
		__asm__ volatile("pushfq\n\tpopq %0" : "=r"(flags));
		_exit(flags & 0x100 ? 1 : 0);
	}
	go_on(child, 0);
	must(wait_stop(child) == STOPPED(SIGTRAP));
	is_at(child, step_first, "behind the break point");
	step(child);
	is_at(child, step_second, "one instruction");
	siginfo_t info = siginfo_of(child);
	ok(info.si_code == TRAP_TRACE && info.si_addr == step_second, "told as a trace: %d", info.si_code);
	is_int((long)registers_of(child).eflags & 0x100, 0, "the flag for it is not shown");
	step(child);
	is_at(child, step_third, "another");
	step(child);
	is_at(child, step_call, "another");
	step(child);
	is_at(child, step_behind, "a system call is one too");
	is_int((long)registers_of(child).rax, child, "and was made");
	step(child);
	is_at(child, step_behind + 5, "the one behind it");
	go_on(child, 0);
	is_int(wait_stop(child), 0, "no trace of it is left");
}

static volatile int handled;

static void handler(int signal)
{
	handled = signal;
}

/* A signal's handler begins where a step ends. */
static void into_handler(void)
{
	struct sigaction action = {.sa_handler = handler};
	pid_t child;

	if (traced_child(&child)) {
		must(sigaction(SIGUSR1, &action, NULL) == 0);
		raise(SIGUSR1);
		_exit(handled == SIGUSR1 ? 0 : 1);
	}
	go_on(child, 0);
	must(wait_stop(child) == STOPPED(SIGUSR1));
	must(trace(PTRACE_SINGLESTEP, child, 0, SIGUSR1) == 0);
	is_stop(child, STOPPED(SIGTRAP), "a stop");
	is_at(child, (const char *)handler, "at the handler's first instruction");
	struct user_regs_struct r = registers_of(child);
	is_int((long)r.rdi, SIGUSR1, "with the signal");
	step(child);
	ok(registers_of(child).rip > r.rip && registers_of(child).rip < r.rip + 16, "and on");
	go_on(child, 0);
	is_int(wait_stop(child), 0, "it ran");
}

static __attribute__((noinline)) long function(long n)
{
	watched = n;
	return n + 1;
}

static void break_point(void)
{
	pid_t child;

	if (traced_child(&child)) {
		long (*volatile call)(long) = function;
		long sum = call(5) + call(6);
		_exit(sum == 13 ? 0 : 1);
	}
	is_int(trace(PTRACE_POKEUSER, child, DEBUG(0), function), 0, "an address");
	is_int(trace(PTRACE_POKEUSER, child, DEBUG(7), 1), 0, "is on");
	long word = 0;
	must(trace(PTRACE_PEEKUSER, child, DEBUG(0), &word) == 0);
	is_int(word, (long)function, "as can be read");
	for (int i = 0; i < 2; i++) {
		go_on(child, 0);
		is_stop(child, STOPPED(SIGTRAP), "the function is called");
		is_at(child, (const char *)function, "the stop is before its first instruction");
		is_int(siginfo_of(child).si_code, 4 /* TRAP_HWBKPT */, "a break point of the processor");
		must(trace(PTRACE_PEEKUSER, child, DEBUG(6), &word) == 0);
		is_int(word & 15, 1, "the first");
		is_int((long)registers_of(child).rdi, 5 + i, "its argument");
	}
	go_on(child, 0);
	is_int(wait_stop(child), 0, "it went on each time");
}

static void watch_point(void)
{
	pid_t child;

	if (traced_child(&child)) {
		pid_t grandchild;
		other = 1;
		watched = 17;
		other = 2;
		watched = 18;
		raw(SYS_getcwd, (char *)&watched, 8); /* the kernel writes there: not told */
		if (in_child(&grandchild)) {
			watched = 3; /* a child does not inherit it */
			_exit(0);
		}
		_exit(reap(grandchild));
	}
	is_int(trace(PTRACE_POKEUSER, child, DEBUG(1), &watched), 0, "an address");
	is_int(trace(PTRACE_POKEUSER, child, DEBUG(7), 1l << 2 | 0x9l << 20), 0, "eight bytes, when written");
	go_on(child, 0);
	is_stop(child, STOPPED(SIGTRAP), "a write");
	is_int(word_of(child, &watched), 17, "has been made");
	is_int(siginfo_of(child).si_code, 4, "as a watch point tells");
	go_on(child, 0);
	is_stop(child, STOPPED(SIGTRAP), "the second");
	is_int(word_of(child, &watched), 18, "has been made");
	go_on(child, 0);
	is_stop(child, STOPPED(SIGCHLD), "no others, but the grandchild's end");
	go_on(child, 0);
	is_int(wait_stop(child), 0, "and then its own");
	is_int(trace(PTRACE_POKEUSER, child, DEBUG(7), 0), -ESRCH, "it is gone");
}

static void refusals(void)
{
	pid_t child;
	long word = 1;

	if (traced_child(&child))
		_exit(0);
	is_int(trace(PTRACE_POKEUSER, child, DEBUG(4), 1), -EIO, "not the fourth");
	is_int(trace(PTRACE_POKEUSER, child, DEBUG(0), -4096), -EINVAL, "not in the kernel");
	must(trace(PTRACE_POKEUSER, child, DEBUG(0), (long)&watched + 1) == 0);
	is_int(trace(PTRACE_POKEUSER, child, DEBUG(7), 1 | 0xdl << 16), -EINVAL, "not at a crooked address");
	is_int(trace(PTRACE_POKEUSER, child, DEBUG(7), 1 | 0x2l << 16), -EINVAL, "not ports");
	is_int(trace(PTRACE_PEEKUSER, child, DEBUG(7), &word), 0, "nothing");
	is_int(word, 0, "is on");
	finish(child);
}

static const struct tap_case cases[] = {
	{"steps", steps, 0},
	{"into_handler", into_handler, 0},
	{"break_point", break_point, 0},
	{"watch_point", watch_point, 0},
	{"refusals", refusals, 0},
};

TAP_MAIN(cases)
