/* The dispatcher as programs see it: everyone gets on, both kinds of switch are counted, registers survive. */
#include "guest.h"

#include <sys/resource.h>

static long switches(const char *name)
{
	return proc_number("/proc/self/status", name);
}

/* The case and its children on one CPU, so that they compete for it. */
static void one_cpu(void)
{
	unsigned long set[16] = {0}, one[16] = {0};

	must(raw(SYS_sched_getaffinity, 0, sizeof(set), set) > 0);
	for (int i = 0; i < 64; i++) {
		if (set[0] >> i & 1) {
			one[0] = 1ul << i;
			break;
		}
	}
	must(raw(SYS_sched_setaffinity, 0, sizeof(one), one) == 0);
}

static void both_progress(void)
{
	volatile long *count = map_shared(1);
	pid_t pid[3];

	one_cpu();
	for (int i = 0; i < 3; i++) {
		if (in_child(&pid[i])) {
			for (;;)
				count[i * 8]++;
		}
	}
	for (int i = 0; i < 4000 && (!count[0] || !count[8] || !count[16]); i++)
		sleep_ms(5);
	for (int round = 0; round < 3; round++) {
		long before[3] = {count[0], count[8], count[16]};
		for (int i = 0; i < 2000; i++) {
			sleep_ms(5);
			if (count[0] > before[0] && count[8] > before[1] && count[16] > before[2])
				break;
		}
		ok(count[0] > before[0] && count[8] > before[1] && count[16] > before[2],
		   "three busy processes and one that sleeps all get on (round %d)", round);
	}
	for (int i = 0; i < 3; i++)
		kill(pid[i], SIGKILL);
}

static void involuntary(void)
{
	long before, after;
	int64_t until = now_ns() + 20000000000;
	pid_t rival;

	one_cpu();
	before = switches("nonvoluntary_ctxt_switches");
	if (in_child(&rival)) {
		for (;;)
			__asm__ volatile("pause");
	}
	do {
		for (volatile int i = 0; i < 1000000; i++)
			;
		after = switches("nonvoluntary_ctxt_switches");
	} while (after < before + 3 && now_ns() < until);
	ok(before >= 0 && after >= before + 3, "a busy process with a rival is switched against its will (%ld)",
	   after - before);
	must(kill(rival, SIGKILL) == 0);
}

static void voluntary(void)
{
	struct rusage a, b;
	long before = switches("voluntary_ctxt_switches");

	must(getrusage(RUSAGE_SELF, &a) == 0);
	for (int i = 0; i < 10; i++)
		sleep_ms(1);
	must(getrusage(RUSAGE_SELF, &b) == 0);
	ok(switches("voluntary_ctxt_switches") >= before + 10, "ten sleeps are ten voluntary switches at least");
	ok(b.ru_nvcsw >= a.ru_nvcsw + 10, "getrusage says so too");
}

static void fpu_users(void)
{
	enum { USERS = 6 };
	pid_t pid[USERS];
	int good = 0;

	/* Each keeps values of its own in SSE and x87 registers over many switches. */
	one_cpu();
	for (int i = 0; i < USERS; i++) {
		if (in_child(&pid[i])) {
			double own = i + 1.25, top;
			uint64_t a[2] = {0x1111111111111111ul * (unsigned)(i + 1), (unsigned)i}, b[2];
			int64_t until = now_ns() + 200000000;
			do {
				__asm__ volatile("fldl %2\n\t"
						 "movups %3, %%xmm5\n\t"
						 "mov $200000, %%ecx\n"
						 "1: dec %%ecx\n\t"
						 "jnz 1b\n\t"
						 "movups %%xmm5, %1\n\t"
						 "fstpl %0"
						 : "=m"(top), "=m"(b)
						 : "m"(own), "m"(a)
						 : "rcx", "xmm5", "memory");
				if (top != own || b[0] != a[0] || b[1] != a[1])
					_exit(1);
			} while (now_ns() < until);
			_exit(0);
		}
	}
	for (int i = 0; i < USERS; i++)
		good += reap(pid[i]) == 0;
	is_int(good, USERS, "six users of FPU and SSE registers keep their own");
}

static void integer_registers(void)
{
	enum { USERS = 4 };
	pid_t pid[USERS];
	int good = 0;

	one_cpu();
	for (int i = 0; i < USERS; i++) {
		if (in_child(&pid[i])) {
			int64_t until = now_ns() + 200000000;
			long bad = 0;
			do {
				__asm__ volatile(
					"mov %1, %%rax\n\tlea 1(%%rax), %%rbx\n\tlea 2(%%rax), %%rdx\n\t"
					"lea 3(%%rax), %%rsi\n\tlea 4(%%rax), %%rdi\n\tlea 5(%%rax), %%r8\n\t"
					"lea 6(%%rax), %%r9\n\tlea 7(%%rax), %%r10\n\tlea 8(%%rax), %%r11\n\t"
					"lea 9(%%rax), %%r12\n\tlea 10(%%rax), %%r13\n\tlea 11(%%rax), %%r14\n\t"
					"lea 12(%%rax), %%r15\n\tmov $300000, %%ecx\n"
					"1: dec %%ecx\n\tjnz 1b\n\t"
					"add %%rbx, %%rax\n\tadd %%rdx, %%rax\n\tadd %%rsi, %%rax\n\t"
					"add %%rdi, %%rax\n\tadd %%r8, %%rax\n\tadd %%r9, %%rax\n\t"
					"add %%r10, %%rax\n\tadd %%r11, %%rax\n\tadd %%r12, %%rax\n\t"
					"add %%r13, %%rax\n\tadd %%r14, %%rax\n\tadd %%r15, %%rax\n\t"
					"mov %%rax, %0"
					: "=r"(bad)
					: "r"((long)i * 1000003)
					: "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
					  "r13", "r14", "r15", "cc");
				if (bad != 13l * i * 1000003 + 78)
					_exit(1);
			} while (now_ns() < until);
			_exit(0);
		}
	}
	for (int i = 0; i < USERS; i++)
		good += reap(pid[i]) == 0;
	is_int(good, USERS, "four busy processes keep their general registers");
}

static void yields(void)
{
	volatile int *turn = map_shared(1);
	pid_t pid;
	int good = 0;

	one_cpu();
	if (in_child(&pid)) {
		for (int i = 0; i < 500; i++) {
			while (turn[0] != 1)
				sched_yield();
			turn[0] = 0;
		}
		_exit(0);
	}
	for (int i = 0; i < 500; i++) {
		turn[0] = 1;
		while (turn[0] != 0)
			sched_yield();
		good++;
	}
	is_int(good, 500, "two processes hand the CPU over by sched_yield");
	is_exited(pid, 0, "to the end");
}

static void affinity(void)
{
	unsigned long set[16] = {0}, none[16] = {0};
	long bytes = raw(SYS_sched_getaffinity, 0, sizeof(set), set);

	ok(bytes >= 8 && bytes <= (long)sizeof(set) && bytes % 8 == 0, "sched_getaffinity gives the set's size");
	ok(set[0] != 0, "and the CPUs");
	is_int(raw(SYS_sched_setaffinity, 0, sizeof(none), none), -EINVAL, "a set without a CPU");
	is_int(raw(SYS_sched_setaffinity, 999999, sizeof(set), set), -ESRCH, "of a process that is not");
	is_int(raw(SYS_sched_setaffinity, 0, sizeof(set), set), 0, "the same set again");
}

static void nice_values(void)
{
	pid_t pid;

	is_int(getpriority(PRIO_PROCESS, 0), 0, "the nice value starts at 0");
	is_int(setpriority(PRIO_PROCESS, 0, 5), 0, "setpriority");
	is_int(getpriority(PRIO_PROCESS, 0), 5, "is told");
	is_int(raw(SYS_getpriority, PRIO_PROCESS, 0), 15, "by the call itself as 20 less it");
	if (in_child(&pid))
		_exit(getpriority(PRIO_PROCESS, 0));
	is_exited(pid, 5, "fork inherits it");
	must(setpriority(PRIO_PROCESS, 0, 100) == 0);
	is_int(getpriority(PRIO_PROCESS, 0), 19, "19 is the most");
	if (in_child(&pid)) {
		become_user(1000);
		must(setpriority(PRIO_PROCESS, 0, 0) == -1 && errno == EACCES);
		must(setpriority(PRIO_PROCESS, 1, 10) == -1 && errno == EPERM);
		_exit(0);
	}
	is_exited(pid, 0, "a user may not lower it, nor change another's");
	fails(setpriority(PRIO_PROCESS, 999999, 1), ESRCH, "of a process that is not");
}

static void policies(void)
{
	int param = 0;

	is_int(raw(SYS_sched_getscheduler, 0), 0, "the policy is SCHED_OTHER");
	is_int(raw(SYS_sched_getparam, 0, &param), 0, "its parameter");
	is_int(param, 0, "is 0");
	is_int(raw(SYS_sched_get_priority_max, 1), 99, "the highest priority of SCHED_FIFO");
	is_int(raw(SYS_sched_get_priority_min, 1), 1, "the lowest");
	is_int(raw(SYS_sched_get_priority_max, 0), 0, "of SCHED_OTHER");
	is_int(raw(SYS_sched_get_priority_max, 77), -EINVAL, "of an unknown policy");
}

static const struct tap_case cases[] = {
	{"both_progress", both_progress, 0},
	{"involuntary", involuntary, 0},
	{"voluntary", voluntary, 0},
	{"fpu_users", fpu_users, 0},
	{"integer_registers", integer_registers, 0},
	{"yields", yields, 0},
	{"affinity", affinity, 0},
	{"nice_values", nice_values, 0},
	{"policies", policies, 0},
};

TAP_MAIN(cases)
