/* Faults of the processor as signals: which one, with which code and address, and how a handler goes on. */
#include "guest.h"

#include <setjmp.h>
#include <ucontext.h>

static sigjmp_buf back;
static volatile siginfo_t info;
static volatile int signo_seen;
static volatile uintptr_t rip_seen;

static void on_fault(int signo, siginfo_t *i, void *context)
{
	ucontext_t *uc = context;

	signo_seen = signo;
	info = *i;
	rip_seen = (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];
	siglongjmp(back, 1);
}

static void catch_all(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

	for (size_t i = 0; i < count_of(signals); i++)
		must(sigaction(signals[i], &action, NULL) == 0);
	signo_seen = 0;
}

/* Runs an expression that must fault with this signal, code and address. */
#define faults(action, signo, code, address, what)                                \
	do {                                                                      \
		catch_all();                                                      \
		if (sigsetjmp(back, 1) == 0) {                                    \
			action;                                                   \
		}                                                                 \
		is_int(signo_seen, signo, "%s: the signal", what);                \
		is_int(info.si_code, code, "%s: si_code", what);                  \
		is_int((long)info.si_addr, (long)(address), "%s: si_addr", what); \
	} while (0)

static void no_mapping(void)
{
	char *gone = map_pages(1);

	must(munmap(gone, PAGE) == 0);
	faults(*(volatile char *)gone = 1, SIGSEGV, SEGV_MAPERR, gone, "write where nothing is");
	faults((void)*(volatile char *)(gone + 7), SIGSEGV, SEGV_MAPERR, gone + 7, "read where nothing is");
	faults((void)*(volatile char *)16, SIGSEGV, SEGV_MAPERR, 16, "read near address 0");
	faults(((void (*)(void))(uintptr_t)gone)(), SIGSEGV, SEGV_MAPERR, gone, "execute where nothing is");
	is_int((long)rip_seen, (long)gone, "the instruction pointer is there");
}

static void no_right(void)
{
	char *p = map_pages(1);

	must(mprotect(p, PAGE, PROT_READ) == 0);
	faults(*(volatile char *)(p + 5) = 1, SIGSEGV, SEGV_ACCERR, p + 5, "write to a read-only page");
	must(mprotect(p, PAGE, PROT_NONE) == 0);
	faults((void)*(volatile char *)p, SIGSEGV, SEGV_ACCERR, p, "read of a page without rights");
	must(mprotect(p, PAGE, PROT_READ | PROT_WRITE) == 0);
	*p = (char)0xc3;
	faults(((void (*)(void))(uintptr_t)p)(), SIGSEGV, SEGV_ACCERR, p, "execute data");
	faults(*(volatile char *)(uintptr_t)no_mapping = 1, SIGSEGV, SEGV_ACCERR, no_mapping, "write to text");
}

static void kernel_addresses(void)
{
	volatile char *kernel = (volatile char *)0xffffffff80000000ul;

	faults((void)*kernel, SIGSEGV, SEGV_MAPERR, kernel, "read of the kernel's half");
	faults(*kernel = 1, SIGSEGV, SEGV_MAPERR, kernel, "write to it");
	/* An address that is none at all: the processor says no more than that. */
	faults((void)*(volatile char *)0x8000000000000000ul, SIGSEGV, 128 /* SI_KERNEL */, 0, "non-canonical");
}

static void arithmetic(void)
{
	volatile int zero = 0, one = 1;
	volatile int result;

	catch_all();
	if (sigsetjmp(back, 1) == 0)
		result = one / zero;
	is_int(signo_seen, SIGFPE, "division by zero: the signal");
	is_int(info.si_code, FPE_INTDIV, "si_code");
	is_int((long)info.si_addr, (long)rip_seen, "si_addr is the instruction");
	(void)result;

	catch_all();
	if (sigsetjmp(back, 1) == 0) {
		unsigned mxcsr = 0x1f80 & ~0x200u; /* division by zero is not masked */
		volatile double d0 = 0.0, d1 = 1.0, d2;
		__asm__ volatile("ldmxcsr %0" ::"m"(mxcsr));
		d2 = d1 / d0;
		(void)d2;
	}
	if (signo_seen == 0 && is_namu()) {
		skip("SSE division by zero", "QEMU's emulated processor does not raise it");
	} else {
		is_int(signo_seen, SIGFPE, "SSE division by zero: the signal");
		is_int(info.si_code, FPE_FLTDIV, "si_code");
	}
	__asm__ volatile("ldmxcsr %0" ::"m"((unsigned){0x1f80}));

	catch_all();
	if (sigsetjmp(back, 1) == 0) {
		unsigned short word = 0x037f & ~4; /* the same in the x87 */
		__asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait" ::"m"(word));
	}
	is_int(signo_seen, SIGFPE, "x87 division by zero: the signal");
	is_int(info.si_code, FPE_FLTDIV, "si_code");
	__asm__ volatile("fninit");
}

static void illegal(void)
{
	catch_all();
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("ud2");
	is_int(signo_seen, SIGILL, "ud2: the signal");
	is_int(info.si_code, ILL_ILLOPN, "si_code");
	is_int((long)info.si_addr, (long)rip_seen, "si_addr is the instruction");
}

static void privileged(void)
{
	catch_all();
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("hlt");
	is_int(signo_seen, SIGSEGV, "hlt: the signal");
	is_int(info.si_code, 128, "si_code SI_KERNEL");
	catch_all();
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("cli");
	is_int(signo_seen, SIGSEGV, "cli");
	catch_all();
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("outb %%al, $0x80" ::"a"(0));
	is_int(signo_seen, SIGSEGV, "outb");
	catch_all();
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("mov %%cr3, %%rax" ::: "rax");
	is_int(signo_seen, SIGSEGV, "mov from cr3");
	catch_all();
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("int $0x80" ::"a"(-1));
	ok(signo_seen == SIGSEGV || signo_seen == 0, "int 0x80 is the old call gate or a fault");
	catch_all();
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("int $14");
	is_int(signo_seen, SIGSEGV, "a forged page fault");
}

static void breakpoint(void)
{
	catch_all();
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("int3");
	is_int(signo_seen, SIGTRAP, "int3: the signal");
	is_int(info.si_code, 128, "si_code SI_KERNEL");
	catch_all();
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("pushf; orl $0x100, (%%rsp); popf; nop" ::: "memory", "cc");
	is_int(signo_seen, SIGTRAP, "a single step: the signal");
	is_int(info.si_code, TRAP_TRACE, "si_code");
}

static void bus_error(void)
{
	char *p;
	int fd;

	must(write_text("file", "short") == 5);
	fd = open("file", O_RDWR);
	must(fd >= 0);
	p = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(p != MAP_FAILED);
	is_int(p[100], 0, "the rest of the last page is zero");
	faults((void)*(volatile char *)(p + PAGE), SIGBUS, BUS_ADRERR, p + PAGE, "read past the end of a file");
	faults(*(volatile char *)(p + 2 * PAGE + 9) = 1, SIGBUS, BUS_ADRERR, p + 2 * PAGE + 9,
	       "write past the end of a file");
}

static char *repair;

static void on_repair(int signo, siginfo_t *i, void *context)
{
	(void)context;
	signo_seen = signo + 100 * (i->si_code == SEGV_ACCERR);
	if (mprotect(repair, PAGE, PROT_READ | PROT_WRITE) != 0)
		_exit(9);
}

static void repaired(void)
{
	struct sigaction action = {.sa_sigaction = on_repair, .sa_flags = SA_SIGINFO};

	repair = map_pages(1);
	must(mprotect(repair, PAGE, PROT_NONE) == 0);
	must(sigaction(SIGSEGV, &action, NULL) == 0);
	*(volatile char *)repair = 55;
	is_int(signo_seen, SIGSEGV + 100, "the handler was called");
	is_int(*repair, 55, "and the instruction was done again when it returned");
}

static void on_wild(int signo, siginfo_t *i, void *context)
{
	(void)signo;
	(void)i;
	(void)context;
	*(volatile int *)16 = 1;
}

static void blocked_or_ignored(void)
{
	sigset_t set;
	pid_t pid;

	if (in_child(&pid)) {
		sigemptyset(&set);
		sigaddset(&set, SIGSEGV);
		must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
		*(volatile int *)8 = 1;
		_exit(1);
	}
	is_killed(pid, SIGSEGV, "a fault whose signal is blocked ends the process");
	if (in_child(&pid)) {
		must(signal(SIGSEGV, SIG_IGN) != SIG_ERR);
		*(volatile int *)8 = 1;
		_exit(1);
	}
	is_killed(pid, SIGSEGV, "so does one that is ignored");
	if (in_child(&pid))
		__asm__ volatile("ud2");
	is_killed(pid, SIGILL, "and the default of SIGILL");
	if (in_child(&pid)) {
		struct sigaction action = {.sa_sigaction = on_wild, .sa_flags = SA_SIGINFO};
		must(sigaction(SIGSEGV, &action, NULL) == 0);
		*(volatile int *)8 = 1;
		_exit(1);
	}
	is_killed(pid, SIGSEGV, "a fault inside the handler that blocks it ends the process");
}

static const struct tap_case cases[] = {
	{"no_mapping", no_mapping, 0},
	{"no_right", no_right, 0},
	{"kernel_addresses", kernel_addresses, 0},
	{"arithmetic", arithmetic, 0},
	{"illegal", illegal, 0},
	{"privileged", privileged, 0},
	{"breakpoint", breakpoint, 0},
	{"bus_error", bus_error, 0},
	{"repaired", repaired, 0},
	{"blocked_or_ignored", blocked_or_ignored, 0},
};

TAP_MAIN(cases)
