/*
 * Who gets how much of a processor: by nice level, by policy; real-time policies, their rights and limits. Judged by
 * the processor time that each has consumed, never by the time that has passed.
 */
#include "guest.h"

#include <sys/resource.h>

#define MS        1000000l
#define SLICE     (6 * MS) /* what one may be ahead or behind at any moment */
#define SPAN      (1000 * MS)
#define CROWD_MAX 64

static void one_cpu(void)
{
	unsigned long set[16] = {0}, one[16] = {0};

	must(raw(SYS_sched_getaffinity, 0, sizeof(set), set) > 0);
	one[0] = set[0] & -set[0];
	must(raw(SYS_sched_setaffinity, 0, sizeof(one), one) == 0);
}

static int set_policy(pid_t pid, int policy, int level)
{
	struct sched_param param = {.sched_priority = level};

	return (int)raw(SYS_sched_setscheduler, pid, policy, &param);
}

/* Processor time of a process or, with id 0, of the caller. */
static int64_t used_ns(pid_t pid)
{
	struct timespec t = {0, 0};
	int clock = pid ? (int)(~(unsigned)pid << 3 | 2) : CLOCK_PROCESS_CPUTIME_ID;

	must(raw(SYS_clock_gettime, clock, &t) == 0);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The longest time that a child was charged with though it did nothing: what a busy host took away from the machine
 * counts as consumed by whoever had the processor. */
static volatile int64_t *stalls;

/* Sleep as the thread that goes before all others: it is late only by what the host took away. */
static int64_t late_ns;

static void nap(long ms)
{
	int64_t before = now_ns();

	sleep_ms(ms);
	int64_t late = now_ns() - before - ms * MS;
	if (late > MS)
		late_ns += late;
}

static void spin_and_note(volatile int64_t *stall)
{
	for (int64_t now, last = used_ns(0);; last = now) {
		now = used_ns(0);
		if (now - last > *stall)
			*stall = now - last;
	}
}

static void spin(void)
{
	for (;;)
		__asm__ volatile("" : : : "memory");
}

struct crowd {
	int count;
	pid_t pid[CROWD_MAX];
	int nice[CROWD_MAX], policy[CROWD_MAX];
	int64_t begin[CROWD_MAX], used[CROWD_MAX];
};

/* Each spins on the caller's processor; the caller goes before all of them when it looks. */
static void gather(struct crowd *crowd)
{
	one_cpu();
	stalls = map_shared(1);
	must(set_policy(0, SCHED_FIFO, 50) == 0);
	for (int i = 0; i < crowd->count; i++) {
		if (!in_child(&crowd->pid[i]))
			continue;
		must(set_policy(0, SCHED_OTHER, 0) == 0);
		must(setpriority(PRIO_PROCESS, 0, crowd->nice[i]) == 0);
		if (crowd->policy[i])
			must(set_policy(0, crowd->policy[i], 0) == 0);
		spin_and_note(&stalls[i]);
	}
	/* Until the first rush is over. */
	sleep_ms(100);
}

/* Until they have used a second together; how much each of them. */
static int64_t watch(struct crowd *crowd)
{
	int64_t total = 0;

	for (int i = 0; i < crowd->count; i++)
		crowd->begin[i] = used_ns(crowd->pid[i]);
	while (total < SPAN) {
		nap(20);
		total = 0;
		for (int i = 0; i < crowd->count; i++) {
			crowd->used[i] = used_ns(crowd->pid[i]) - crowd->begin[i];
			total += crowd->used[i];
		}
	}
	for (int i = 0; i < crowd->count; i++)
		kill(crowd->pid[i], SIGKILL);
	for (int i = 0; i < crowd->count; i++)
		reap(crowd->pid[i]);
	return total;
}

/* sched(7): each level is a factor of 1.25. */
static double weight_of(int nice)
{
	double weight = 1024;

	for (; nice < 0; nice++)
		weight *= 1.25;
	for (; nice > 0; nice--)
		weight /= 1.25;
	return weight;
}

static void shares_of(const int *levels, int count, const char *what)
{
	static struct crowd crowd;
	double weights = 0;
	int bad = 0, worst = 0;
	int64_t worst_by = -1;

	memset(&crowd, 0, sizeof(crowd));
	crowd.count = count;
	for (int i = 0; i < count; i++) {
		crowd.nice[i] = levels[i];
		weights += weight_of(levels[i]);
	}
	gather(&crowd);
	int64_t total = watch(&crowd), stall = 0;
	for (int i = 0; i < count; i++)
		stall = stalls[i] > stall ? stalls[i] : stall;
	/* Before the span, in it, and at its end. What is shorter than a millisecond is not told from the usual, nor is
	 * a timer that was late by that much, at the beginning and at the end. */
	stall = (stall > MS ? 3 * stall : 2 * MS) + late_ns;
	for (int i = 0; i < count; i++) {
		int64_t want = (int64_t)((double)total * weight_of(levels[i]) / weights);
		int64_t off = crowd.used[i] > want ? crowd.used[i] - want : want - crowd.used[i];
		bad += off > want * 3 / 100 + SLICE + stall;
		if (off - want * 3 / 100 > worst_by) {
			worst_by = off - want * 3 / 100;
			worst = i;
		}
	}
	ok(!bad, "%s: all shares follow the weights (worst: nice %d has %ld us of %ld)", what, levels[worst],
	   (long)(crowd.used[worst] / 1000), (long)((double)total * weight_of(levels[worst]) / weights / 1000));
}

static void two(void)
{
	shares_of((int[]){0, 0}, 2, "two of one level");
}

static void two_apart(void)
{
	shares_of((int[]){0, 5}, 2, "two apart by 5 levels");
}

static void far_apart(void)
{
	shares_of((int[]){-20, 19, 0}, 3, "the highest, the lowest and one between");
}

static void eight(void)
{
	shares_of((int[]){-5, -3, -1, 0, 1, 3, 5, 10}, 8, "eight levels");
}

static void sixteen(void)
{
	int levels[16];

	for (int i = 0; i < 16; i++)
		levels[i] = i * 5 % 16 - 6;
	shares_of(levels, 16, "sixteen levels");
}

static void sixty_four(void)
{
	int levels[64];

	for (int i = 0; i < 64; i++)
		levels[i] = i % 13 - 6;
	shares_of(levels, 64, "64 processes of 13 levels");
}

static void policies(void)
{
	static struct crowd crowd = {.count = 3, .policy = {SCHED_OTHER, SCHED_BATCH, SCHED_IDLE}};

	gather(&crowd);
	int64_t total = watch(&crowd);
	int64_t normal = crowd.used[0] * 1000 / total, batch = crowd.used[1] * 1000 / total;
	int64_t lost = late_ns * 1000 / total;
	for (int i = 0; i < 3; i++)
		lost += stalls[i] > MS ? 3 * stalls[i] * 1000 / total : 0;
	ok(normal > 470 - lost && normal < 530 + lost, "an ordinary one beside BATCH has half (%ld per mille)",
	   (long)normal);
	ok(batch > 470 - lost && batch < 530 + lost, "BATCH too (%ld per mille)", (long)batch);
	ok(crowd.used[2] * 1000 / total < 20 + lost, "IDLE has next to nothing");
}

/* FIFO keeps the processor, RR takes turns. */
static void real_time(int policy, int64_t *first, int64_t *second)
{
	pid_t pid[2];
	int64_t begin[2];

	one_cpu();
	stalls = map_shared(1);
	must(set_policy(0, SCHED_FIFO, 50) == 0);
	for (int i = 0; i < 2; i++) {
		if (in_child(&pid[i])) {
			must(set_policy(0, policy, 10) == 0);
			spin_and_note(&stalls[i]);
		}
	}
	sleep_ms(20);
	for (int i = 0; i < 2; i++)
		begin[i] = used_ns(pid[i]);
	/* Those who take turns come to it, however much the host took away from one of them. */
	do {
		nap(20);
		*first = used_ns(pid[0]) - begin[0];
		*second = used_ns(pid[1]) - begin[1];
	} while (*first + *second < 600 * MS || (policy == SCHED_RR && (*first < 200 * MS || *second < 200 * MS)));
	kill(pid[0], SIGKILL);
	kill(pid[1], SIGKILL);
	reap(pid[0]);
	reap(pid[1]);
}

static void fifo(void)
{
	int64_t first, second;

	real_time(SCHED_FIFO, &first, &second);
	ok(second < 10 * MS || first < 10 * MS,
	   "of two FIFO threads of one level the first keeps the processor (%ld, %ld us)", (long)(first / 1000),
	   (long)(second / 1000));
}

static void round_robin(void)
{
	int64_t first, second;

	real_time(SCHED_RR, &first, &second);
	/* Two turns each, and what the one has begun when the other's second has ended. */
	ok(first + second < 700 * MS + 3 * (stalls[0] + stalls[1]) + late_ns,
	   "two RR threads of one level take turns (%ld, %ld us)", (long)(first / 1000), (long)(second / 1000));
}

static void higher_first(void)
{
	pid_t low, high;

	one_cpu();
	must(set_policy(0, SCHED_FIFO, 50) == 0);
	if (in_child(&low)) {
		must(set_policy(0, SCHED_FIFO, 10) == 0);
		spin();
	}
	if (in_child(&high)) {
		must(set_policy(0, SCHED_RR, 20) == 0);
		spin();
	}
	sleep_ms(5);
	int64_t low_begin = used_ns(low), high_begin = used_ns(high);
	do {
		sleep_ms(20);
	} while (used_ns(high) - high_begin < 200 * MS);
	ok(used_ns(low) - low_begin < 10 * MS, "a higher level goes before a lower one");
	kill(low, SIGKILL);
	kill(high, SIGKILL);
}

/* A real-time thread that never waits leaves a twentieth to the others. */
static void throttled(void)
{
	char text[32];
	pid_t hog, meek;

	if (read_text("/proc/sys/kernel/sched_rt_runtime_us", text, sizeof(text)) <= 0 || atoi(text) != 950000) {
		skip("a real-time thread leaves something to others", "the machine is set up otherwise");
		return;
	}
	one_cpu();
	must(set_policy(0, SCHED_FIFO, 50) == 0);
	if (in_child(&meek)) {
		must(set_policy(0, SCHED_OTHER, 0) == 0);
		spin();
	}
	if (in_child(&hog)) {
		must(set_policy(0, SCHED_FIFO, 10) == 0);
		spin();
	}
	sleep_ms(50);
	int64_t hog_begin = used_ns(hog), meek_begin = used_ns(meek), used;
	do {
		nap(50);
		used = used_ns(meek) - meek_begin;
	} while (used < 80 * MS);
	int64_t part = (used - late_ns) * 1000 / (used + used_ns(hog) - hog_begin);
	ok(used >= 80 * MS && part <= 120, "others have a twentieth beside a real-time thread (%ld per mille)",
	   (long)part);
	kill(hog, SIGKILL);
	kill(meek, SIGKILL);
}

static void intervals(void)
{
	struct timespec t = {9, 9};

	must(set_policy(0, SCHED_FIFO, 3) == 0);
	is_int(raw(SYS_sched_rr_get_interval, 0, &t), 0, "asked");
	ok(t.tv_sec == 0 && t.tv_nsec == 0, "FIFO has no quantum");
	must(set_policy(0, SCHED_RR, 3) == 0);
	is_int(raw(SYS_sched_rr_get_interval, 0, &t), 0, "asked");
	ok(t.tv_sec == 0 && t.tv_nsec == 100 * MS, "RR has 100 ms");
	must(set_policy(0, SCHED_OTHER, 0) == 0);
	is_int(raw(SYS_sched_rr_get_interval, 0, &t), 0, "asked");
	ok(t.tv_sec == 0 && t.tv_nsec < 100 * MS, "an ordinary thread has a slice");
	is_int(raw(SYS_sched_rr_get_interval, -1, &t), -EINVAL, "a negative id");
	is_int(raw(SYS_sched_rr_get_interval, 4000000, &t), -ESRCH, "nobody");
	is_int(raw(SYS_sched_rr_get_interval, 0, 8), -EFAULT, "no place");
}

#define RESET_ON_FORK 0x40000000

static void reset_on_fork(void)
{
	pid_t pid;

	must(set_policy(0, SCHED_RR | RESET_ON_FORK, 7) == 0);
	is_int(raw(SYS_sched_getscheduler, 0), SCHED_RR | RESET_ON_FORK, "the flag is told");
	if (in_child(&pid))
		_exit(raw(SYS_sched_getscheduler, 0) == SCHED_OTHER ? 0 : 1);
	is_exited(pid, 0, "a child is an ordinary one, without the flag");
	must(set_policy(0, SCHED_OTHER | RESET_ON_FORK, 0) == 0 && setpriority(PRIO_PROCESS, 0, -5) == 0);
	if (in_child(&pid))
		_exit(getpriority(PRIO_PROCESS, 0) == 0 ? 0 : 1);
	is_exited(pid, 0, "a child of a favoured one has nice 0");
	must(setpriority(PRIO_PROCESS, 0, 5) == 0);
	if (in_child(&pid))
		_exit(getpriority(PRIO_PROCESS, 0) == 5 ? 0 : 1);
	is_exited(pid, 0, "a child of a nice one is as nice");
	become_user(1000);
	is_int(set_policy(0, SCHED_OTHER, 0), -EPERM, "a user may not take the flag away");
}

static void rights(void)
{
	struct rlimit limit = {10, 10};
	struct sched_param param = {.sched_priority = 10};

	if (setrlimit(RLIMIT_RTPRIO, &limit)) {
		skip("limits of priorities", "limits cannot be raised here");
		return;
	}
	limit.rlim_cur = limit.rlim_max = 25;
	must(setrlimit(RLIMIT_NICE, &limit) == 0);
	become_user(1000);
	is_int(set_policy(0, SCHED_FIFO, 11), -EPERM, "RLIMIT_RTPRIO: a level above it");
	is_int(set_policy(0, SCHED_FIFO, 10), 0, "RLIMIT_RTPRIO: its level");
	param.sched_priority = 11;
	is_int(raw(SYS_sched_setparam, 0, &param), -EPERM, "higher by sched_setparam");
	is_int(set_policy(0, SCHED_RR, 5), 0, "lower");
	is_int(set_policy(0, SCHED_OTHER, 0), 0, "ordinary again");
	is_int(raw(SYS_setpriority, PRIO_PROCESS, 0, -6), -EACCES, "RLIMIT_NICE: a level below it");
	is_int(raw(SYS_setpriority, PRIO_PROCESS, 0, -5), 0, "RLIMIT_NICE: its level");
	is_int(raw(SYS_setpriority, PRIO_PROCESS, 0, 10), 0, "nicer");
	is_int(raw(SYS_setpriority, PRIO_PROCESS, 0, 0), 0, "and back, within the limit");
	limit.rlim_cur = limit.rlim_max = 0;
	must(setrlimit(RLIMIT_NICE, &limit) == 0 && setrlimit(RLIMIT_RTPRIO, &limit) == 0);
	is_int(set_policy(0, SCHED_FIFO, 1), -EPERM, "without a limit no level");
	is_int(raw(SYS_setpriority, PRIO_PROCESS, 0, -1), -EACCES, "nor a favour");
	is_int(set_policy(0, SCHED_IDLE, 0), 0, "IDLE needs no right");
	is_int(raw(SYS_setpriority, PRIO_PROCESS, getppid(), 10), -EPERM, "another user's process");
}

static volatile int warnings;

static void on_warning(int signo)
{
	(void)signo;
	warnings++;
}

static void limit_of_time(void)
{
	struct rlimit limit = {100000, RLIM_INFINITY}, now;
	struct sigaction act = {.sa_handler = on_warning};
	pid_t pid;

	if (in_child(&pid)) {
		must(setrlimit(RLIMIT_RTTIME, &limit) == 0);
		must(set_policy(0, SCHED_RR, 5) == 0);
		spin();
	}
	is_killed(pid, SIGXCPU, "RLIMIT_RTTIME: one that never waits is ended by SIGXCPU");
	limit.rlim_max = 900000;
	if (in_child(&pid)) {
		sigaction(SIGXCPU, &act, NULL);
		must(setrlimit(RLIMIT_RTTIME, &limit) == 0);
		must(set_policy(0, SCHED_RR, 5) == 0);
		while (!warnings)
			;
		must(getrlimit(RLIMIT_RTTIME, &now) == 0 && now.rlim_cur == 1100000);
		int64_t used = used_ns(0);
		must(used >= 90 * MS);
		spin();
	}
	is_killed(pid, SIGKILL, "with a handler, by SIGKILL at the hard limit");
	if (in_child(&pid)) {
		int64_t longest = 0;

		sigaction(SIGXCPU, &act, NULL);
		limit.rlim_cur = 800000;
		limit.rlim_max = RLIM_INFINITY;
		must(setrlimit(RLIMIT_RTTIME, &limit) == 0);
		must(set_policy(0, SCHED_RR, 5) == 0);
		for (int i = 0; i < 20; i++) {
			int64_t begin = used_ns(0), now;
			while ((now = used_ns(0)) < begin + 50 * MS)
				;
			longest = now - begin > longest ? now - begin : longest;
			sleep_ms(1);
		}
		/* What a busy host took away counts as consumed. */
		_exit(warnings && longest < 700 * MS);
	}
	is_exited(pid, 0, "one that waits now and then is left alone");
}

static const struct tap_case cases[] = {
	{"two", two, 0},
	{"two_apart", two_apart, 0},
	{"far_apart", far_apart, 0},
	{"eight", eight, 0},
	{"sixteen", sixteen, 0},
	{"sixty_four", sixty_four, 0},
	{"policies", policies, 0},
	{"fifo", fifo, 0},
	{"round_robin", round_robin, 0},
	{"higher_first", higher_first, 0},
	{"throttled", throttled, 0},
	{"intervals", intervals, 0},
	{"reset_on_fork", reset_on_fork, 0},
	{"rights", rights, 0},
	{"limit_of_time", limit_of_time, 0},
};

TAP_MAIN(cases)
