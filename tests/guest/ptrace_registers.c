/* Registers of a tracee: general, floating point, the extended state, single words, segments' bases, memory. */
#include "ptrace.h"

#include <elf.h>

#define OFFSET(name) offsetof(struct user_regs_struct, name)

static volatile long result[4];

/* Stops with known values in registers, then says what it finds there. */
static void general(void)
{
	pid_t child;

	if (traced_child(&child)) {
		long a, b, c;
		__asm__ volatile("mov $0x1111, %%rbx\n\tmov $0x2222, %%r12\n\tmov $0x3333, %%rcx\n\tint3\n\t"
				 : "=b"(a), "=c"(b)
				 :
				 : "r12", "r11", "memory");
		__asm__ volatile("mov %%r12, %0" : "=r"(c));
		_exit(a == 0x4444 && b == 0x5555 ? 0 : 1);
	}
	go_on(child, 0);
	is_stop(child, STOPPED(SIGTRAP), "a break point");
	is_int(siginfo_of(child).si_code, SI_KERNEL, "tells no more than that");
	struct user_regs_struct r = registers_of(child);
	ok(r.rbx == 0x1111 && r.r12 == 0x2222 && r.rcx == 0x3333, "what the registers hold");
	ok(r.cs == 0x33 && r.ss == 0x2b && r.ds == 0 && r.es == 0 && r.fs == 0 && r.gs == 0, "the selectors");
	is_int((long)r.orig_rax, -1, "no call");
	r.rbx = 0x4444;
	r.rcx = 0x5555;
	is_int(trace(PTRACE_SETREGS, child, 0, &r), 0, "they are set");
	r = registers_of(child);
	ok(r.rbx == 0x4444 && r.rcx == 0x5555, "and read again");
	long word = 0;
	is_int(trace(PTRACE_PEEKUSER, child, OFFSET(rbx), &word), 0, "a single one");
	is_int(word, 0x4444, "which it is");
	is_int(trace(PTRACE_PEEKUSER, child, OFFSET(rbx) + 1, &word), -EIO, "not in the middle");
	is_int(trace(PTRACE_PEEKUSER, child, 928, &word), -EIO, "not behind the end");
	is_int(trace(PTRACE_POKEUSER, child, 800, 0), -EIO, "not what is not there");
	is_int(trace(PTRACE_POKEUSER, child, OFFSET(cs), 0), -EIO, "no null code segment");
	is_int(trace(PTRACE_POKEUSER, child, OFFSET(fs_base), -4096), -EIO, "no base in the kernel");
	is_int(trace(PTRACE_POKEUSER, child, OFFSET(eflags), r.eflags | 0x200 | 0x3000), 0, "flags");
	ok(((registers_of(child).eflags ^ r.eflags) & 0x3200) == 0, "but not the system's");
	is_int(trace(PTRACE_GETREGS, child, 0, 8), -EFAULT, "to nowhere");
	go_on(child, 0);
	is_int(wait_stop(child), 0, "the child saw it");
}

static void sets(void)
{
	struct user_regs_struct r;
	struct iovec iov = {&r, sizeof(r)};
	pid_t child;

	if (traced_child(&child))
		_exit(0);
	is_int(trace(PTRACE_GETREGSET, child, NT_PRSTATUS, &iov), 0, "the general set");
	is_int((long)iov.iov_len, 27 * 8, "its size");
	iov.iov_len = 4096;
	static char big[8192];
	iov.iov_base = big;
	is_int(trace(PTRACE_GETREGSET, child, NT_PRSTATUS, &iov), 0, "with room to spare");
	is_int((long)iov.iov_len, 27 * 8, "tells what there is");
	ok(!memcmp(big, &r, sizeof(r)), "the same");
	iov.iov_len = 16;
	is_int(trace(PTRACE_SETREGSET, child, NT_PRSTATUS, &iov), 0, "a part of it is set");
	iov.iov_len = 12;
	is_int(trace(PTRACE_GETREGSET, child, NT_PRSTATUS, &iov), -EINVAL, "not half words");
	iov.iov_len = 512;
	is_int(trace(PTRACE_GETREGSET, child, NT_PRFPREG, &iov), 0, "the floating-point set");
	is_int((long)iov.iov_len, 512, "its size");
	is_int(trace(PTRACE_GETREGSET, child, 0x7777, &iov), -EINVAL, "an unknown set");
	is_int(trace(PTRACE_GETREGSET, child, NT_PRSTATUS, 8), -EFAULT, "no vector");
	finish(child);
}

static void floats(void)
{
	pid_t child;
	static struct user_fpregs_struct f, again;
	double one = 1.5, two = 2.5;

	if (traced_child(&child)) {
		double got;
		__asm__ volatile("movsd %1, %%xmm3\n\tint3\n\tmovsd %%xmm3, %0" : "=m"(got) : "m"(one) : "xmm3");
		_exit(got == 2.5 ? 0 : 1);
	}
	go_on(child, 0);
	must(wait_stop(child) == STOPPED(SIGTRAP));
	is_int(trace(PTRACE_GETFPREGS, child, 0, &f), 0, "floating-point registers");
	is_int(f.cwd, 0x37f, "the control word");
	is_int(f.mxcsr, 0x1f80, "and that of SSE");
	ok(!memcmp((char *)f.xmm_space + 48, &one, 8), "xmm3 holds what the child put there");
	memcpy((char *)f.xmm_space + 48, &two, 8);
	is_int(trace(PTRACE_SETFPREGS, child, 0, &f), 0, "another value");
	is_int(trace(PTRACE_GETFPREGS, child, 0, &again), 0, "is read back");
	ok(!memcmp((char *)again.xmm_space + 48, &two, 8), "as set");
	f.mxcsr = 0xffff0000;
	is_int(trace(PTRACE_SETFPREGS, child, 0, &f), -EINVAL, "not with bits that do not exist");
	go_on(child, 0);
	is_int(wait_stop(child), 0, "the child saw it");
}

static void extended(void)
{
	pid_t child;
	static unsigned char area[16384], again[16384];
	unsigned long features = 0;
	struct iovec iov = {area, sizeof(area)};
	double one = 1.25, two = 8.5;

	if (traced_child(&child)) {
		double got;
		__asm__ volatile("movsd %1, %%xmm5\n\tint3\n\tmovsd %%xmm5, %0" : "=m"(got) : "m"(one) : "xmm5");
		_exit(got == 8.5 ? 0 : 1);
	}
	go_on(child, 0);
	must(wait_stop(child) == STOPPED(SIGTRAP));
	is_int(trace(PTRACE_GETREGSET, child, NT_X86_XSTATE, &iov), 0, "the extended state");
	ok(iov.iov_len >= 576, "its size: %zu", iov.iov_len);
	memcpy(&features, area + 464, 8);
	ok((features & 3) == 3, "what there is: %lx", features);
	ok(!memcmp(area + 160 + 5 * 16, &one, 8), "xmm5");
	memcpy(area + 160 + 5 * 16, &two, 8);
	memcpy(&features, area + 512, 8);
	features |= 2;
	memcpy(area + 512, &features, 8);
	is_int(trace(PTRACE_SETREGSET, child, NT_X86_XSTATE, &iov), 0, "is set");
	struct iovec other = {again, sizeof(again)};
	must(trace(PTRACE_GETREGSET, child, NT_X86_XSTATE, &other) == 0);
	ok(other.iov_len == iov.iov_len && !memcmp(again + 160 + 5 * 16, &two, 8), "and read");
	iov.iov_len -= 8;
	is_int(trace(PTRACE_SETREGSET, child, NT_X86_XSTATE, &iov), -EFAULT, "only as a whole");
	iov.iov_len += 8;
	memset(area + 520, 0xff, 8);
	is_int(trace(PTRACE_SETREGSET, child, NT_X86_XSTATE, &iov), -EINVAL, "and only well formed");
	go_on(child, 0);
	is_int(wait_stop(child), 0, "the child saw it");
}

static void bases(void)
{
	static long there[2] = {111, 222};
	long base = 0, was = 0;
	pid_t child;

	if (traced_child(&child)) {
		long got;
		__asm__ volatile("int3\n\tmov %%gs:8, %0" : "=r"(got));
		_exit(got == 222 ? 0 : 1);
	}
	go_on(child, 0);
	must(wait_stop(child) == STOPPED(SIGTRAP));
	is_int(trace(ARCH_PRCTL, child, &was, ARCH_GET_FS), 0, "the base of FS");
	is_int((long)registers_of(child).fs_base, was, "as in the registers");
	is_int(trace(ARCH_PRCTL, child, there, ARCH_SET_GS), 0, "the base of GS is set");
	is_int(trace(ARCH_PRCTL, child, &base, ARCH_GET_GS), 0, "and read");
	is_int(base, (long)there, "as set");
	is_int(trace(ARCH_PRCTL, child, -4096, ARCH_SET_GS), -EPERM, "not into the kernel");
	is_int(trace(ARCH_PRCTL, child, 0, 77), -EINVAL, "an unknown option");
	go_on(child, 0);
	is_int(wait_stop(child), 0, "the child's GS");
}

static int code(void)
{
	return 5;
}

static void memory(void)
{
	int (*volatile function)(void) = code;
	static const long constant = 7;
	const volatile long *seen = &constant;
	long word = 0;
	pid_t child;

	if (traced_child(&child)) {
		raise(SIGSTOP);
		_exit(result[0] == 99 && *seen == 8 && function() == 5 ? 0 : 1);
	}
	go_on(child, 0);
	must(wait_stop(child) == STOPPED(SIGSTOP));
	is_int(trace(PTRACE_POKEDATA, child, &result[0], 99), 0, "a word of its memory is set");
	is_int(word_of(child, &result[0]), 99, "and read");
	is_int(trace(PTRACE_POKEDATA, child, &constant, 8), 0, "a constant too");
	is_int(constant, 7, "ours stays");
	is_int(trace(PTRACE_PEEKTEXT, child, code, &word), 0, "code");
	ok(!memcmp(&word, (const void *)code, 8), "as ours");
	is_int(trace(PTRACE_POKETEXT, child, code, word), 0, "is written");
	is_int(trace(PTRACE_PEEKDATA, child, 4096, &word), -EIO, "where nothing is");
	is_int(trace(PTRACE_POKEDATA, child, 4096, 1), -EIO, "nor to be set");
	is_int(trace(PTRACE_PEEKDATA, child, -8, &word), -EIO, "the kernel's memory");
	is_int(trace(PTRACE_PEEKDATA, child, &result[0], 8), -EFAULT, "to nowhere");
	char *pages = map_pages(2);
	(void)pages;
	go_on(child, 0);
	is_int(wait_stop(child), 0, "the child saw it");
}

static const struct tap_case cases[] = {
	{"general", general, 0},   {"sets", sets, 0},   {"floats", floats, 0},
	{"extended", extended, 0}, {"bases", bases, 0}, {"memory", memory, 0},
};

TAP_MAIN(cases)
