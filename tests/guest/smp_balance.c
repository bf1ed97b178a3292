/*
 * Who runs where on several processors: shares follow the weights over all of them, an odd one out takes turns, a
 * processor with nothing to do takes over whoever may use it, the highest real-time levels have the processors. Judged
 * by the work that each has done, as a busy host lets whole processors stand still; what must come about is waited for.
 */
#include "guest.h"

#include <sys/resource.h>

#define MS    1000000l
#define TRIES 200

static unsigned long usable(void)
{
	unsigned long set[16] = {0};

	must(raw(SYS_sched_getaffinity, 0, sizeof(set), set) > 0);
	return set[0];
}

static void use(pid_t pid, unsigned long mask)
{
	unsigned long set[16] = {mask};

	must(raw(SYS_sched_setaffinity, pid, sizeof(set), set) == 0);
}

static int64_t used_ns(pid_t pid)
{
	struct timespec t = {0, 0};

	must(raw(SYS_clock_gettime, (int)(~(unsigned)pid << 3 | 2), &t) == 0);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What spinners have done: each counts in a line of its own. */
static volatile int64_t *work;
static int spinners;

#define WORK(index) work[(index)*8]

/* What a spinner does in a millisecond when nobody disturbs it. */
static int64_t work_in_ms(void)
{
	volatile int64_t count = 0;
	int64_t best = INT64_MAX;

	for (int run = 0; run < 50; run++) {
		int64_t begin = now_ns();
		for (int i = 0; i < 20000; i++)
			count++;
		int64_t length = now_ns() - begin;
		best = length > 0 && length < best ? length : best;
	}
	return 20000 * MS / best;
}

/* A child that spins on the given processors, at a nice level or, above 0, a level of SCHED_FIFO. */
static pid_t spinner(unsigned long mask, int nice, int level)
{
	struct sched_param param = {.sched_priority = level};
	int index = spinners++;
	pid_t pid;

	if (!work)
		work = map_shared(1);
	if (!in_child(&pid))
		return pid;
	use(0, mask);
	must(setpriority(PRIO_PROCESS, 0, nice) == 0);
	must(raw(SYS_sched_setscheduler, 0, level ? SCHED_FIFO : SCHED_OTHER, &param) == 0);
	for (;;)
		WORK(index)++;
}

static void go_first(void)
{
	struct sched_param param = {.sched_priority = 60};

	must(raw(SYS_sched_setscheduler, 0, SCHED_FIFO, &param) == 0);
}

/* What the first spinners do, in us of undisturbed work, until it is so much together. */
static void watch(int count, long span_ms, int64_t *done)
{
	int64_t begin[8], total = 0, per_ms = work_in_ms();

	for (int i = 0; i < count; i++)
		begin[i] = WORK(i);
	while (total < span_ms * 1000) {
		sleep_ms(10);
		total = 0;
		for (int i = 0; i < count; i++) {
			done[i] = (WORK(i) - begin[i]) * 1000 / per_ms;
			total += done[i];
		}
	}
}

static void end_all(const pid_t *pids, int count)
{
	for (int i = 0; i < count; i++)
		kill(pids[i], SIGKILL);
	for (int i = 0; i < count; i++)
		reap(pids[i]);
}

/* The first two processors that may be used, or the only one twice. */
static void two_processors(unsigned long *first, unsigned long *second)
{
	unsigned long all = usable();

	*first = all & -all;
	all &= all - 1;
	*second = all ? all & -all : *first;
}

/* Two of nice 0 on one processor, two of nice 19 on another: once they may go where they like, it must not stay so. */
static void by_weight(void)
{
	unsigned long first, second;
	pid_t pids[4];
	int64_t done[4];
	int is_good = 0;

	go_first();
	two_processors(&first, &second);
	for (int i = 0; i < 4; i++)
		pids[i] = spinner(i < 2 ? first : second, i < 2 ? 0 : 19, 0);
	sleep_ms(20);
	for (int i = 0; i < 4; i++)
		use(pids[i], first | second);
	for (int i = 0; i < TRIES && !is_good; i++) {
		watch(4, 200, done);
		is_good = done[0] > 3 * (done[2] + done[3]) && done[1] > 3 * (done[2] + done[3]);
	}
	ok(is_good, "on two processors two of nice 0 go before two of nice 19 (%ld, %ld, %ld, %ld us)", (long)done[0],
	   (long)done[1], (long)done[2], (long)done[3]);
	end_all(pids, 4);
}

static void three_on_two(void)
{
	unsigned long first, second;
	pid_t pids[3];
	int64_t done[3];
	int is_good = 0;

	go_first();
	two_processors(&first, &second);
	for (int i = 0; i < 3; i++)
		pids[i] = spinner(first | second, 0, 0);
	for (int i = 0; i < TRIES && !is_good; i++) {
		int64_t most = 0, total = 0;
		watch(3, 1000, done);
		for (int j = 0; j < 3; j++) {
			most = done[j] > most ? done[j] : most;
			total += done[j];
		}
		is_good = most * 100 < total * 44;
	}
	ok(is_good, "three on two processors take turns (%ld, %ld, %ld us)", (long)done[0], (long)done[1],
	   (long)done[2]);
	end_all(pids, 3);
}

static unsigned long processor_of(pid_t pid)
{
	char path[32], text[512];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	must(read_text(path, text, sizeof(text)) > 0);
	const char *at = strrchr(text, ')') + 1;
	for (int field = 3; field < 39 && at; field++)
		at = strchr(at + 1, ' ');
	must(at != NULL);
	return 1ul << atoi(at);
}

/* Of the processors with nothing to do only one may be used by who waits. */
static void taken_over(void)
{
	unsigned long all = usable(), first = all & -all, last = 1ul << (63 - __builtin_clzl(all));
	pid_t pids[2] = {spinner(first, 0, 0), spinner(first, 0, 0)};
	int i;

	sleep_ms(20);
	use(pids[1], first | last);
	for (i = 0; i < 2000 && processor_of(pids[1]) != last; i++)
		sleep_ms(5);
	ok(i < 2000, "who waits is taken over by the one processor that it may use");
	end_all(pids, 2);
}

/* Real-time threads of two levels, both on one processor at first: the lower one goes on elsewhere. */
static void levels_spread(void)
{
	unsigned long first, second;
	int64_t high_begin, low_begin;
	int i;

	two_processors(&first, &second);
	if (first == second) {
		skip("the lower of two real-time threads runs elsewhere", "there is one processor");
		return;
	}
	use(0, second);
	go_first();
	pid_t pids[3] = {spinner(first | second, 0, 10), spinner(first | second, 0, 0), spinner(first, 0, 20)};
	sleep_ms(5);
	high_begin = used_ns(pids[2]);
	low_begin = used_ns(pids[0]);
	for (i = 0; i < 2000 && (used_ns(pids[2]) - high_begin < 40 * MS || used_ns(pids[0]) - low_begin < 20 * MS);
	     i++)
		sleep_ms(5);
	ok(i < 2000, "the lower of two real-time threads runs beside the higher one, not behind it");
	end_all(pids, 3);
}

/* Whom a lower level and the fair class keep waiting: the highest levels have the processors. */
static void woken_where_less_runs(void)
{
	unsigned long first, second;
	struct gate gate = gate_make();
	pid_t pids[3], sleeper;
	int64_t begin;
	int i;

	two_processors(&first, &second);
	if (first == second) {
		skip("a woken real-time thread goes where less runs", "there is one processor");
		return;
	}
	if (in_child(&sleeper)) {
		struct sched_param param = {.sched_priority = 10};
		use(0, first);
		must(raw(SYS_sched_setscheduler, 0, SCHED_FIFO, &param) == 0);
		must(gate_wait(&gate));
		for (;;)
			__asm__ volatile("" : : : "memory");
	}
	use(0, second);
	go_first();
	sleep_ms(20);
	pids[0] = sleeper;
	pids[1] = spinner(first, 0, 20);
	pids[2] = spinner(first | second, 0, 0);
	sleep_ms(5);
	use(sleeper, first | second);
	begin = used_ns(sleeper);
	gate_open(&gate);
	for (i = 0; i < 2000 && used_ns(sleeper) - begin < 20 * MS; i++)
		sleep_ms(5);
	ok(i < 2000, "a woken real-time thread goes where less runs than at its last place");
	end_all(pids, 3);
}

/* Real-time, and then one of many again: what the others have had meanwhile is not made up for. */
static void back_to_ordinary(void)
{
	struct sched_param high = {.sched_priority = 10}, none = {.sched_priority = 0};
	unsigned long first = usable() & -usable();
	volatile int *stage = map_shared(1);
	pid_t pids[2];
	int64_t done[2];

	use(0, first);
	go_first();
	pids[0] = spinner(first, 0, 0);
	sleep_ms(500);
	if (in_child(&pids[1])) {
		/* It is an ordinary thread for a moment, real-time while the other gets on, and ordinary again. */
		must(raw(SYS_sched_setscheduler, 0, SCHED_OTHER, &none) == 0);
		for (volatile int i = 0; i < 1000; i++)
			;
		must(raw(SYS_sched_setscheduler, 0, SCHED_FIFO, &high) == 0);
		sleep_ms(400);
		must(raw(SYS_sched_setscheduler, 0, SCHED_OTHER, &none) == 0);
		*stage = 1;
		for (;;)
			WORK(1)++;
	}
	while (!*stage)
		sleep_ms(5);
	watch(2, 200, done);
	ok(done[0] > 60 * 1000, "the others are not made to wait for it (%ld, %ld us)", (long)done[0], (long)done[1]);
	end_all(pids, 2);
}

static const struct tap_case cases[] = {
	{"by_weight", by_weight, 0},
	{"three_on_two", three_on_two, 0},
	{"taken_over", taken_over, 0},
	{"levels_spread", levels_spread, 0},
	{"woken_where_less_runs", woken_where_less_runs, 0},
	{"back_to_ordinary", back_to_ordinary, 0},
};

TAP_MAIN(cases)
