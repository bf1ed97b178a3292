/* The signal frame: registers, FPU and SSE state kept across handlers, the alternate stack, jumps out of handlers. */
#include "guest.h"

#include <setjmp.h>
#include <ucontext.h>

static volatile int calls;
static volatile uintptr_t handler_sp;
static volatile int flags_seen;

/* Destroys every register that a handler may use, and the FPU's and SSE's state. */
static void on_destroy(int signo)
{
	(void)signo;
	calls++;
	__asm__ volatile("fninit\n\t"
			 "fldpi\n\t"
			 "pcmpeqd %%xmm0, %%xmm0\n\t"
			 "movdqa %%xmm0, %%xmm1\n\tmovdqa %%xmm0, %%xmm7\n\tmovdqa %%xmm0, %%xmm15\n\t"
			 "mov $-1, %%rax\n\tmov %%rax, %%rcx\n\tmov %%rax, %%rdx\n\tmov %%rax, %%rsi\n\t"
			 "mov %%rax, %%rdi\n\tmov %%rax, %%r8\n\tmov %%rax, %%r9\n\tmov %%rax, %%r10\n\t"
			 "mov %%rax, %%r11\n\tfninit\n\tstd\n\tcld" ::
				 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm7",
				   "xmm15", "cc", "memory");
}

struct registers {
	uint64_t general[15];
	uint64_t flags;
	uint64_t sse[32];
};

/* Loads known values everywhere, faults on an int3 whose handler returns, stores what is there afterwards. */
static void through_trap(const struct registers *in, struct registers *out)
{
	static const struct registers *volatile from;
	static struct registers *volatile to;

	from = in;
	to = out;
	__asm__ volatile(
		"push %%rbp\n\tpush %%rbx\n\tsub $136, %%rsp\n\t"
		"mov %0, %%rax\n\t"
		"movups 128(%%rax), %%xmm0\n\tmovups 144(%%rax), %%xmm1\n\tmovups 240(%%rax), %%xmm7\n\t"
		"movups 368(%%rax), %%xmm15\n\t"
		"pushq 120(%%rax)\n\tpopfq\n\t"
		"mov 8(%%rax), %%rbx\n\tmov 16(%%rax), %%rcx\n\tmov 24(%%rax), %%rdx\n\tmov 32(%%rax), %%rsi\n\t"
		"mov 40(%%rax), %%rdi\n\tmov 48(%%rax), %%rbp\n\tmov 56(%%rax), %%r8\n\tmov 64(%%rax), %%r9\n\t"
		"mov 72(%%rax), %%r10\n\tmov 80(%%rax), %%r11\n\tmov 88(%%rax), %%r12\n\tmov 96(%%rax), %%r13\n\t"
		"mov 104(%%rax), %%r14\n\tmov 112(%%rax), %%r15\n\tmov (%%rax), %%rax\n\t"
		"int3\n\t"
		"push %%rax\n\tpushfq\n\t"
		"mov %1, %%rax\n\t"
		"popq 120(%%rax)\n\tpopq (%%rax)\n\t"
		"mov %%rbx, 8(%%rax)\n\tmov %%rcx, 16(%%rax)\n\tmov %%rdx, 24(%%rax)\n\tmov %%rsi, 32(%%rax)\n\t"
		"mov %%rdi, 40(%%rax)\n\tmov %%rbp, 48(%%rax)\n\tmov %%r8, 56(%%rax)\n\tmov %%r9, 64(%%rax)\n\t"
		"mov %%r10, 72(%%rax)\n\tmov %%r11, 80(%%rax)\n\tmov %%r12, 88(%%rax)\n\tmov %%r13, 96(%%rax)\n\t"
		"mov %%r14, 104(%%rax)\n\tmov %%r15, 112(%%rax)\n\t"
		"movups %%xmm0, 128(%%rax)\n\tmovups %%xmm1, 144(%%rax)\n\tmovups %%xmm7, 240(%%rax)\n\t"
		"movups %%xmm15, 368(%%rax)\n\t"
		"cld\n\tadd $136, %%rsp\n\tpop %%rbx\n\tpop %%rbp\n\t"
		:
		: "m"(from), "m"(to)
		: "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0",
		  "xmm1", "xmm7", "xmm15", "cc", "memory");
}

static void registers(void)
{
	static const char *const names[] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8",
					    "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
	struct sigaction action = {.sa_handler = on_destroy};
	static struct registers in, out;

	must(sigaction(SIGTRAP, &action, NULL) == 0);
	for (int i = 0; i < 15; i++)
		in.general[i] = 0x1111111111111111ul * (unsigned long)(i + 1);
	for (int i = 0; i < 32; i++)
		in.sse[i] = 0x0123456789abcdeful + (unsigned long)i;
	in.flags = 0x8d7 | 0x400; /* carry, parity, adjust, zero, sign, overflow, direction */
	through_trap(&in, &out);
	is_int(calls, 1, "the handler ran");
	for (int i = 0; i < 15; i++)
		is_int((long)out.general[i], (long)in.general[i], "%s is kept", names[i]);
	is_int((long)out.flags & 0xcd5, 0xcd5, "the flags are kept");
	ok(out.sse[0] == in.sse[0] && out.sse[1] == in.sse[1], "xmm0 is kept");
	ok(out.sse[2] == in.sse[2] && out.sse[3] == in.sse[3], "xmm1 is kept");
	ok(out.sse[14] == in.sse[14] && out.sse[15] == in.sse[15], "xmm7 is kept");
	ok(out.sse[30] == in.sse[30] && out.sse[31] == in.sse[31], "xmm15 is kept");
}

static void x87_state(void)
{
	struct sigaction action = {.sa_handler = on_destroy};
	unsigned short word = 0x0f7f, after = 0;
	unsigned mxcsr = 0x7f80, mxcsr_after = 0;
	double pushed = 2.5, popped = 0;

	must(sigaction(SIGTRAP, &action, NULL) == 0);
	__asm__ volatile(
		"fninit\n\tfldcw %3\n\tldmxcsr %4\n\tfldl %5\n\tint3\n\tfstpl %0\n\tfnstcw %1\n\tstmxcsr %2\n\t"
		"fninit"
		: "=m"(popped), "=m"(after), "=m"(mxcsr_after)
		: "m"(word), "m"(mxcsr), "m"(pushed)
		: "memory");
	__asm__ volatile("ldmxcsr %0" ::"m"((unsigned){0x1f80}));
	ok(popped == 2.5, "the x87 stack is kept");
	is_int(after, word, "the x87 control word is kept");
	is_int(mxcsr_after & 0xffc0, mxcsr, "MXCSR is kept");
}

static void on_edit(int signo, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)signo;
	(void)info;
	uc->uc_mcontext.gregs[REG_RAX] = 4321;
	uc->uc_mcontext.gregs[REG_RIP] += 2; /* over the ud2 */
	if (uc->uc_mcontext.fpregs)
		*(double *)uc->uc_mcontext.fpregs->_xmm[3].element = 6.25;
}

static void edited_context(void)
{
	struct sigaction action = {.sa_sigaction = on_edit, .sa_flags = SA_SIGINFO};
	long value = 0;
	double real = 0;

	must(sigaction(SIGILL, &action, NULL) == 0);
	__asm__ volatile("mov $1, %%eax\n\tud2\n\tmov %%rax, %0\n\tmovsd %%xmm3, %1"
			 : "=r"(value), "=m"(real)
			 :
			 : "rax", "xmm3", "memory");
	is_int(value, 4321, "what a handler writes into the frame's registers is loaded");
	ok(real == 6.25, "and into its SSE registers");
}

static void on_forge(int signo, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)signo;
	(void)info;
	uc->uc_mcontext.gregs[REG_EFL] |= 0x3000 | 0x200000; /* I/O privilege, ID */
	uc->uc_mcontext.gregs[REG_EFL] &= ~0x200l;           /* interrupts off */
	uc->uc_mcontext.gregs[REG_CSGSFS] &= ~0xffffl;       /* a null code segment */
	uc->uc_mcontext.gregs[REG_RIP] += 2;
}

static void forged_context(void)
{
	struct sigaction action = {.sa_sigaction = on_forge, .sa_flags = SA_SIGINFO};
	unsigned long flags = 0;
	int status;
	pid_t pid;

	if (in_child(&pid)) {
		must(sigaction(SIGILL, &action, NULL) == 0);
		__asm__ volatile("ud2\n\tpushfq\n\tpop %0" : "=r"(flags) : : "memory");
		_exit((flags & 0x3000) == 0 && (flags & 0x200) ? 0 : 1);
	}
	status = reap(pid);
	ok(status == 0 || (status & 0x7f) == SIGSEGV, "forged flags and code segment give no privilege (status %#x)",
	   status);
	if (in_child(&pid)) {
		must(sigaction(SIGILL, &action, NULL) == 0);
		/* sigreturn with a stack that holds no frame */
		__asm__ volatile("mov %0, %%rsp\n\tmov $15, %%eax\n\tsyscall" ::"r"(map_pages(1)) : "rax", "memory");
		_exit(1);
	}
	status = reap(pid);
	is_int(status & 0x7f, SIGSEGV, "sigreturn from zeros ends the process");
	if (in_child(&pid)) {
		__asm__ volatile("mov $24, %%rsp\n\tmov $15, %%eax\n\tsyscall" ::: "rax", "memory");
		_exit(1);
	}
	is_int(reap(pid) & 0x7f, SIGSEGV, "sigreturn from a wild stack ends it");
}

static char alternate[8 * PAGE];

static void on_where(int signo)
{
	volatile char here;
	stack_t now = {0};

	(void)signo;
	handler_sp = (uintptr_t)&here;
	raw(SYS_sigaltstack, 0, &now);
	flags_seen = now.ss_flags;
	calls++;
}

static int on_alternate(void)
{
	return handler_sp > (uintptr_t)alternate && handler_sp < (uintptr_t)alternate + sizeof(alternate);
}

static void alternate_stack(void)
{
	struct sigaction action = {.sa_handler = on_where, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)}, old = {0};
	stack_t small = {.ss_sp = alternate, .ss_size = 512};
	stack_t unknown = {.ss_sp = alternate, .ss_size = 32768, .ss_flags = 8};

	must(sigaltstack(NULL, &old) == 0);
	is_int(old.ss_flags, SS_DISABLE, "no alternate stack at the start");
	must(sigaltstack(&stack, NULL) == 0);
	must(sigaction(SIGUSR1, &action, NULL) == 0);
	action.sa_flags = 0;
	must(sigaction(SIGUSR2, &action, NULL) == 0);
	must(raise(SIGUSR1) == 0);
	ok(on_alternate(), "SA_ONSTACK: the handler runs there");
	is_int(flags_seen, SS_ONSTACK, "and sigaltstack says so");
	must(raise(SIGUSR2) == 0);
	ok(!on_alternate(), "without it, on the common stack");
	is_int(flags_seen, 0, "and sigaltstack says so");
	must(sigaltstack(NULL, &old) == 0);
	ok(old.ss_sp == alternate && old.ss_size == sizeof(alternate), "the old one is told");
	is_int(raw(SYS_sigaltstack, &small, 0), -ENOMEM, "too small a stack");
	is_int(raw(SYS_sigaltstack, &unknown, 0), -EINVAL, "an unknown flag");
	must(sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL) == 0);
	must(raise(SIGUSR1) == 0);
	ok(!on_alternate(), "SS_DISABLE takes it away");
}

static volatile int change_error;

static void on_change(int signo)
{
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};

	(void)signo;
	change_error = (int)raw(SYS_sigaltstack, &stack, 0);
}

static void change_while_there(void)
{
	struct sigaction action = {.sa_handler = on_change, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};

	must(sigaltstack(&stack, NULL) == 0);
	must(sigaction(SIGUSR1, &action, NULL) == 0);
	must(raise(SIGUSR1) == 0);
	is_int(change_error, -EPERM, "the alternate stack cannot be changed by one who stands on it");
}

static void on_overflow(int signo)
{
	_exit(signo == SIGSEGV ? 23 : 24);
}

static __attribute__((noinline)) int recurse(int n)
{
	volatile char room[PAGE];

	room[0] = (char)n;
	return n > 1000000 ? 0 : recurse(n + 1) + room[0];
}

static void overflow(void)
{
	struct sigaction action = {.sa_handler = on_overflow, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};
	pid_t pid;

	if (in_child(&pid)) {
		must(sigaltstack(&stack, NULL) == 0);
		must(sigaction(SIGSEGV, &action, NULL) == 0);
		_exit(recurse(0));
	}
	is_exited(pid, 23, "a stack overflow is caught on the alternate stack");
	if (in_child(&pid)) {
		action.sa_flags = 0;
		must(sigaction(SIGSEGV, &action, NULL) == 0);
		_exit(recurse(0));
	}
	is_killed(pid, SIGSEGV, "without one there is no room for the frame");
}

static void inheritance(void)
{
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)}, old = {0};
	pid_t pid;

	must(sigaltstack(&stack, NULL) == 0);
	if (in_child(&pid)) {
		must(sigaltstack(NULL, &old) == 0);
		_exit(old.ss_flags == 0 && old.ss_sp == alternate ? 0 : 1);
	}
	is_exited(pid, 0, "fork keeps the alternate stack");
}

static sigjmp_buf back;

static void on_jump(int signo)
{
	(void)signo;
	calls++;
	siglongjmp(back, 1);
}

static void jumps(void)
{
	struct sigaction action = {.sa_handler = on_jump};
	sigset_t now;
	volatile int rounds = 0;

	must(sigaction(SIGUSR1, &action, NULL) == 0);
	while (rounds < 100) {
		if (sigsetjmp(back, 1) == 0)
			raise(SIGUSR1);
		else
			rounds++;
	}
	is_int(calls, 100, "a hundred jumps out of a handler");
	must(sigprocmask(SIG_SETMASK, NULL, &now) == 0);
	ok(!sigismember(&now, SIGUSR1), "siglongjmp restores the mask");
}

static void red_zone(void)
{
	/* The 128 bytes below the stack pointer are the program's. */
	struct sigaction action = {.sa_handler = on_destroy};
	long value = 0;

	must(sigaction(SIGTRAP, &action, NULL) == 0);
	__asm__ volatile("movq $7788, -120(%%rsp)\n\tint3\n\tmovq -120(%%rsp), %0" : "=r"(value) : : "memory");
	is_int(value, 7788, "the red zone is left alone");
}

static const struct tap_case cases[] = {
	{"registers", registers, 0},
	{"x87_state", x87_state, 0},
	{"edited_context", edited_context, 0},
	{"forged_context", forged_context, 0},
	{"alternate_stack", alternate_stack, 0},
	{"change_while_there", change_while_there, 0},
	{"overflow", overflow, 0},
	{"inheritance", inheritance, 0},
	{"jumps", jumps, 0},
	{"red_zone", red_zone, 0},
};

TAP_MAIN(cases)
