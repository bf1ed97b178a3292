/* Restartable sequences and membarrier: registration, what is shown, and who is thrown out of a sequence. */
#include "guest.h"

#include <sys/auxv.h>

#define SYS_REGISTER  334
#define SIGNATURE     0x53053053
#define AREA_BYTES    32
#define UNINITIALIZED (-1)

struct area {
	volatile int cpu_start, cpu;
	volatile unsigned long sequence;
	volatile unsigned flags;
	volatile int node, concurrency;
	int rest;
} __attribute__((aligned(32)));

static struct area area;

static long enrol(struct area *a, unsigned bytes, unsigned flags, unsigned signature)
{
	return raw(SYS_REGISTER, a, bytes, flags, signature);
}

static void only_cpu(int cpu)
{
	unsigned long set[16] = {0};

	set[cpu / 64] = 1ul << cpu % 64;
	must(raw(SYS_sched_setaffinity, 0, sizeof(set), set) == 0);
}

/* Processors that may be used, at most 64; the numbers go to `to`. */
static int processors(int *to)
{
	unsigned long set[16] = {0};
	int count = 0;

	must(raw(SYS_sched_getaffinity, 0, sizeof(set), set) > 0);
	for (int i = 0; i < 64; i++) {
		if (set[0] >> i & 1)
			to[count++] = i;
	}
	return count;
}

static int getcpu_call(void)
{
	unsigned cpu = 0;

	must(raw(SYS_getcpu, &cpu, 0, 0) == 0);
	return (int)cpu;
}

static void registration(void)
{
	char *far = (char *)0xffff800000000000;

	is_int(enrol(&area, AREA_BYTES, 1, SIGNATURE), -EINVAL, "nothing to take back");
	is_int(enrol(&area, AREA_BYTES - 1, 0, SIGNATURE), -EINVAL, "too short");
	is_int(enrol((void *)((char *)&area + 4), AREA_BYTES, 0, SIGNATURE), -EINVAL, "not aligned");
	is_int(enrol(&area, AREA_BYTES, 2, SIGNATURE), -EINVAL, "an unknown flag");
	is_int(enrol((void *)far, AREA_BYTES, 0, SIGNATURE), -EFAULT, "not in user memory");
	is_int(enrol(&area, AREA_BYTES, 0, SIGNATURE), 0, "registered");
	is_int(enrol(&area, AREA_BYTES, 0, SIGNATURE), -EBUSY, "twice");
	is_int(enrol(&area, AREA_BYTES, 0, SIGNATURE + 1), -EPERM, "twice with another signature");
	is_int(enrol(&area + 1, AREA_BYTES, 0, SIGNATURE), -EINVAL, "twice at another place");
	is_int(enrol(&area, AREA_BYTES, 1, SIGNATURE + 1), -EPERM, "taken back with another signature");
	is_int(enrol(&area, 2 * AREA_BYTES, 1, SIGNATURE), -EINVAL, "taken back with another length");
	is_int(area.cpu_start, area.cpu, "both numbers of the processor");
	is_int(enrol(&area, AREA_BYTES, 1, SIGNATURE), 0, "taken back");
	is_int(area.cpu, UNINITIALIZED, "no processor is shown any more");
	is_int(area.cpu_start, 0, "nor a first guess");
	is_int(enrol(&area, AREA_BYTES, 1, SIGNATURE), -EINVAL, "taken back twice");
}

static void place(void)
{
	int cpus[64], count = processors(cpus);

	must(enrol(&area, AREA_BYTES, 0, SIGNATURE) == 0);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < count && i < 8; i++) {
			only_cpu(cpus[i]);
			is_int(area.cpu, cpus[i], "the processor is shown after a move");
			is_int(sched_getcpu(), cpus[i], "the C library says the same");
			is_int(getcpu_call(), cpus[i], "and the system call");
		}
	}
	is_int(area.concurrency, 0, "a single thread has concurrency id 0");
	is_int(area.node, 0, "node 0");
}

static int thread_is_fresh(void *to)
{
	*(volatile int *)to = (int)enrol(&area, AREA_BYTES, 1, SIGNATURE);
	return 0;
}

static void inheritance(void)
{
	struct thread t;
	volatile int answer = 1;
	pid_t pid;

	must(enrol(&area, AREA_BYTES, 0, SIGNATURE) == 0);
	if (in_child(&pid))
		_exit(enrol(&area, AREA_BYTES, 0, SIGNATURE) == -EBUSY && area.cpu == getcpu_call() ? 3 : 4);
	is_exited(pid, 3, "a child has its maker's registration");
	must(thread_start(&t, thread_is_fresh, (void *)&answer) > 0);
	thread_join(&t);
	is_int(answer, -EINVAL, "a thread begins without");
	if (in_child(&pid)) {
		char *argv[] = {"thread_rseq", "after_exec", NULL}, *envp[] = {NULL};
		must(raw(SYS_execve, getauxval(AT_EXECFN), argv, envp) == 0);
	}
	is_exited(pid, 0, "an executed program begins without");
}

static void after_exec(void)
{
	_exit(enrol(&area, AREA_BYTES, 1, SIGNATURE) == -EINVAL ? 0 : 5);
}

/* Stays in a sequence until *end is set (0), or is thrown out of it (1). *begun is set within it. */
static __attribute__((noinline)) int stay(struct area *a, volatile int *begun, volatile int *end)
{
	int was_thrown_out = 0;

	__asm__ volatile(".pushsection sequences, \"aw\"\n\t"
			 ".balign 32\n"
			 "3:\t.long 0, 0\n\t"
			 ".quad 1f, 2f - 1f, 4f\n\t"
			 ".popsection\n\t"
			 "leaq 3b(%%rip), %%rax\n\t"
			 "movq %%rax, 8(%1)\n"
			 "1:\tmovl $1, (%2)\n"
			 "5:\tpause\n\t"
			 "cmpl $0, (%3)\n\t"
			 "je 5b\n"
			 "2:\tjmp 6f\n\t"
			 ".byte 0x0f, 0xb9, 0x3d\n\t"
			 ".long 0x53053053\n"
			 "4:\tmovl $1, %0\n"
			 "6:\n"
			 : "+r"(was_thrown_out)
			 : "r"(a), "r"(begun), "r"(end)
			 : "rax", "memory", "cc");
	return was_thrown_out;
}

static volatile int begun, end, handled;
static volatile unsigned long handler_saw;

static void on_signal(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)info;
	(void)context;
	handler_saw = area.sequence;
	handled = 1;
}

static void by_signal(void)
{
	struct sigaction act = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
	struct itimerspec soon = {.it_value = {.tv_nsec = 20000000}};
	timer_t timer;

	sigaction(SIGALRM, &act, NULL);
	must(enrol(&area, AREA_BYTES, 0, SIGNATURE) == 0);
	must(timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0);
	must(timer_settime(timer, 0, &soon, NULL) == 0);
	int good = 1;
	/* Pre-emption throws out as well. */
	while (!handled)
		good &= stay(&area, &begun, &end);
	ok(good, "a signal throws out of a sequence");
	is_int(handler_saw, 0, "and saw no sequence");
	is_int(area.sequence, 0, "none is left");
}

static void by_rival(void)
{
	int cpus[64];
	pid_t rival;

	processors(cpus);
	only_cpu(cpus[0]);
	must(enrol(&area, AREA_BYTES, 0, SIGNATURE) == 0);
	if (in_child(&rival)) {
		for (;;)
			;
	}
	is_int(stay(&area, &begun, &end), 1, "pre-emption throws out of a sequence");
	kill(rival, SIGKILL);
	reap(rival);
}

static volatile int mover_tid, mover_cpu;

static int mover(void *unused)
{
	unsigned long set[16] = {0};

	(void)unused;
	while (!begun)
		;
	set[0] = 1ul << mover_cpu;
	raw(SYS_sched_setaffinity, mover_tid, sizeof(set), set);
	return 0;
}

static void by_move(void)
{
	int cpus[64], count = processors(cpus);
	struct thread t;

	if (count < 2) {
		skip("a move throws out of a sequence", "there is one processor");
		return;
	}
	mover_tid = (int)raw(SYS_gettid);
	mover_cpu = cpus[1];
	must(thread_start(&t, mover, NULL) > 0);
	only_cpu(cpus[0]);
	must(enrol(&area, AREA_BYTES, 0, SIGNATURE) == 0);
	int good = 1;
	while (area.cpu != cpus[1])
		good &= stay(&area, &begun, &end);
	ok(good, "a move throws out of a sequence");
	thread_join(&t);
}

static int barrier_maker(void *unused)
{
	(void)unused;
	while (!begun)
		;
	mover_tid = (int)raw(SYS_membarrier, 1 << 7, 0, 0);
	return 0;
}

static void by_barrier(void)
{
	struct thread t;

	mover_tid = 1;
	is_int(raw(SYS_membarrier, 1 << 7, 0, 0), -EPERM, "the command for sequences has to be registered for");
	must(raw(SYS_membarrier, 1 << 8, 0, 0) == 0);
	must(thread_start(&t, barrier_maker, NULL) > 0);
	must(enrol(&area, AREA_BYTES, 0, SIGNATURE) == 0);
	is_int(stay(&area, &begun, &end), 1, "membarrier throws another thread out of a sequence");
	thread_join(&t);
	is_int(mover_tid, 0, "it answers 0");
}

/* A sequence whose abort address has no signature before it, one within itself, one with a flag: each ends the child.
 */
static void bad_sequences(void)
{
	static struct {
		unsigned version, flags;
		unsigned long start, bytes, abort;
	} __attribute__((aligned(32))) sequence;
	unsigned long here = (unsigned long)&sequence;
	static const char *const names[] = {"no signature", "an abort address within", "an unknown version",
					    "an end below the start", "not in memory"};
	struct sigaction act = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
	pid_t pid;

	sigaction(SIGUSR1, &act, NULL);
	for (unsigned i = 0; i < count_of(names); i++) {
		if (in_child(&pid)) {
			sequence.start = here;
			sequence.bytes = 8;
			sequence.abort = here + (i == 1 ? 4 : 64);
			sequence.version = i == 2;
			if (i == 3)
				sequence.bytes = -here - 1;
			must(enrol(&area, AREA_BYTES, 0, SIGNATURE) == 0);
			area.sequence = i == 4 ? 64 : here;
			raise(SIGUSR1);
			_exit(6);
		}
		is_killed(pid, SIGSEGV, "a sequence with %s ends the process", names[i]);
	}
}

static struct area areas[4];
static volatile int arrived, go, worst;

static int concurrent(void *p)
{
	struct area *a = p;

	if (enrol(a, AREA_BYTES, 0, SIGNATURE))
		worst = 1000;
	__atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; !go || i < 200000; i++) {
		int id = a->concurrency;
		if (id > worst)
			worst = id;
	}
	return 0;
}

static void concurrency(void)
{
	struct thread t[4];

	for (int i = 0; i < 4; i++)
		must(thread_start(&t[i], concurrent, &areas[i]) > 0);
	while (arrived < 4)
		raw(SYS_sched_yield);
	go = 1;
	for (int i = 0; i < 4; i++)
		thread_join(&t[i]);
	ok(worst <= 4, "concurrency ids are below the number of threads (largest %d)", worst);
}

static void barriers(void)
{
	static const struct {
		int command, registration;
		const char *name;
	} rows[] = {{1 << 3, 1 << 4, "private"}, {1 << 5, 1 << 6, "core"}, {1 << 7, 1 << 8, "sequences"}};
	pid_t pid;

	is_int(raw(SYS_membarrier, 0, 0, 0) & 0x1ff, 0x1ff, "all commands are there");
	is_int(raw(SYS_membarrier, 0, 1, 0), -EINVAL, "a query with a flag");
	is_int(raw(SYS_membarrier, 3, 0, 0), -EINVAL, "two commands at a time");
	is_int(raw(SYS_membarrier, 1 << 20, 0, 0), -EINVAL, "an unknown command");
	is_int(raw(SYS_membarrier, 1, 0, 0), 0, "global");
	is_int(raw(SYS_membarrier, 1, 1, 0), -EINVAL, "global with a flag");
	is_int(raw(SYS_membarrier, 1 << 1, 0, 0), 0, "global expedited needs no registration");
	is_int(raw(SYS_membarrier, 1 << 2, 0, 0), 0, "but has one");
	for (size_t i = 0; i < count_of(rows); i++) {
		is_int(raw(SYS_membarrier, rows[i].command, 0, 0), -EPERM, "%s: not registered", rows[i].name);
		is_int(raw(SYS_membarrier, rows[i].registration, 0, 0), 0, "%s: registers", rows[i].name);
		is_int(raw(SYS_membarrier, rows[i].command, 0, 0), 0, "%s: registered", rows[i].name);
	}
	is_int(raw(SYS_membarrier, 1 << 7, 1, 0), 0, "one processor");
	is_int(raw(SYS_membarrier, 1 << 7, 1, 99999), 0, "one that is not there");
	is_int(raw(SYS_membarrier, 1 << 7, 2, 0), -EINVAL, "an unknown flag");
	if (in_child(&pid))
		_exit(raw(SYS_membarrier, 1 << 3, 0, 0) == 0 ? 3 : 4);
	is_exited(pid, 3, "a child has its maker's registrations");
}

static volatile int turn, left, right, seen, answered;

/* Dekker's question: each side sets its own flag, then looks at the other's. Here the compiler alone keeps the order.
 */
static int cheap_side(void *unused)
{
	(void)unused;
	for (int i = 1; i <= 300; i++) {
		while (turn != i)
			__builtin_ia32_pause();
		left = 1;
		__asm__ volatile("" : : : "memory");
		seen = right;
		__atomic_store_n(&answered, i, __ATOMIC_SEQ_CST);
	}
	return 0;
}

static void asymmetric(void)
{
	int both_missed = 0, good = 1;
	struct thread t;

	must(raw(SYS_membarrier, 1 << 4, 0, 0) == 0);
	must(thread_start(&t, cheap_side, NULL) > 0);
	for (int i = 1; i <= 300; i++) {
		left = right = 0;
		__atomic_store_n(&turn, i, __ATOMIC_SEQ_CST);
		right = 1;
		good &= raw(SYS_membarrier, 1 << 3, 0, 0) == 0;
		int saw = left;
		while (answered != i)
			raw(SYS_sched_yield);
		both_missed += !saw && !seen;
	}
	thread_join(&t);
	ok(good, "300 barriers while another thread runs");
	is_int(both_missed, 0, "never did both sides miss the other's flag");
}

static const struct tap_case cases[] = {
	{"registration", registration, 0}, {"place", place, 0},
	{"inheritance", inheritance, 0},   {"by_signal", by_signal, 0},
	{"by_rival", by_rival, 0},         {"by_move", by_move, 0},
	{"by_barrier", by_barrier, 0},     {"bad_sequences", bad_sequences, 0},
	{"concurrency", concurrency, 0},   {"barriers", barriers, 0},
	{"asymmetric", asymmetric, 0},
};

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "after_exec") == 0)
		after_exec();
	return tap_main(cases, count_of(cases), argc, argv);
}
