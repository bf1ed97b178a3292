/* Clocks, sleeps, times: by system call and by the vDSO; lower bounds alone, since the host may be busy. */
#include "guest.h"

#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>

static int64_t clock_ns(int clock)
{
	struct timespec t = {0, 0};

	must(raw(SYS_clock_gettime, clock, &t) == 0);
	must(t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Through the C library, which asks the vDSO. */
static int64_t library_ns(clockid_t clock)
{
	struct timespec t = {0, 0};

	must(clock_gettime(clock, &t) == 0);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void agree(void)
{
	static const struct {
		int clock;
		const char *name;
	} rows[] = {{CLOCK_REALTIME, "REALTIME"},
		    {CLOCK_MONOTONIC, "MONOTONIC"},
		    {CLOCK_MONOTONIC_RAW, "MONOTONIC_RAW"},
		    {CLOCK_REALTIME_COARSE, "REALTIME_COARSE"},
		    {CLOCK_MONOTONIC_COARSE, "MONOTONIC_COARSE"},
		    {CLOCK_BOOTTIME, "BOOTTIME"}};

	ok(getauxval(AT_SYSINFO_EHDR) != 0, "there is a vDSO");
	for (size_t i = 0; i < count_of(rows); i++) {
		int good = 1;
		for (int round = 0; round < 200; round++) {
			int64_t a = clock_ns(rows[i].clock), b = library_ns(rows[i].clock), c = clock_ns(rows[i].clock);
			good &= a <= b && b <= c;
		}
		ok(good, "%s: call and vDSO agree and never go back", rows[i].name);
	}
}

static void real_time(void)
{
	struct timeval tv;
	int64_t a = clock_ns(CLOCK_REALTIME);
	time_t t = time(NULL);

	must(gettimeofday(&tv, NULL) == 0);
	ok(a / 1000000000 > 1600000000, "the real time is after 2020");
	ok(t >= a / 1000000000 && t - a / 1000000000 < 30, "time() agrees");
	ok(tv.tv_sec >= t - 1 && tv.tv_sec - t < 30 && tv.tv_usec >= 0 && tv.tv_usec < 1000000,
	   "gettimeofday() agrees");
	is_int(raw(SYS_time, 0) - t < 30, 1, "so does the call");
}

static void monotonic(void)
{
	int64_t last = clock_ns(CLOCK_MONOTONIC);
	int back = 0, moved = 0;

	for (int i = 0; i < 20000; i++) {
		int64_t now = library_ns(CLOCK_MONOTONIC);
		back += now < last;
		moved += now > last;
		last = now;
	}
	is_int(back, 0, "twenty thousand readings never go back");
	ok(moved > 0, "and the clock moves");
}

static void resolution(void)
{
	struct timespec t;

	is_int(clock_getres(CLOCK_MONOTONIC, &t), 0, "clock_getres");
	ok(t.tv_sec == 0 && t.tv_nsec == 1, "is a nanosecond");
	is_int(clock_getres(CLOCK_REALTIME_COARSE, &t), 0, "of a coarse one");
	ok(t.tv_nsec >= 1 && t.tv_nsec <= 10000000, "is at most 10 ms");
}

static void sleeping(void)
{
	struct timespec t = {0, 30000000}, until, zero = {0, 0};
	int64_t before = now_ns();

	is_int(nanosleep(&t, NULL), 0, "nanosleep");
	ok(now_ns() - before >= 30000000, "sleeps its time at least");
	is_int(nanosleep(&zero, NULL), 0, "no time at all");
	before = now_ns();
	must(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
	until.tv_nsec += 30000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	is_int(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL), 0, "clock_nanosleep until");
	ok(now_ns() - before >= 30000000, "sleeps until then");
	is_int(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL), 0, "a time that is past");
	must(clock_gettime(CLOCK_REALTIME, &until) == 0);
	is_int(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL), 0, "on the real-time clock");
	is_int(raw(SYS_clock_nanosleep, 99, 0, &t, 0), -EINVAL, "an unknown clock");
	is_int(raw(SYS_clock_nanosleep, CLOCK_PROCESS_CPUTIME_ID, 0, &zero, 0) <= 0, 1,
	       "the CPU's clock does not hang");
}

static void in_order(void)
{
	/* Sleepers wake in the order of their times. They share a processor, first come, first served: so the order
	 * holds too when a busy host lets the processor stand still while several of them become due. */
	unsigned long set[16] = {0}, one[16] = {0};
	struct sched_param param = {.sched_priority = 1};
	int fd[2];
	char order[6] = {0};
	pid_t pid[5];

	must(pipe(fd) == 0);
	must(raw(SYS_sched_getaffinity, 0, sizeof(set), set) > 0);
	one[0] = set[0] & -set[0];
	must(raw(SYS_sched_setaffinity, 0, sizeof(one), one) == 0);
	must(raw(SYS_sched_setscheduler, 0, SCHED_FIFO, &param) == 0);
	for (int i = 0; i < 5; i++) {
		if (in_child(&pid[i])) {
			char c = (char)('e' - i);
			sleep_ms(100 + (4 - i) * 200);
			_exit(write(fd[1], &c, 1) == 1 ? 0 : 1);
		}
	}
	for (int i = 0; i < 5; i++)
		must(reap(pid[i]) == 0);
	must(read(fd[0], order, 5) == 5);
	is_str(order, "abcde", "five sleepers wake in order");
}

static void cpu_clocks(void)
{
	int64_t before = clock_ns(CLOCK_PROCESS_CPUTIME_ID), thread = clock_ns(CLOCK_THREAD_CPUTIME_ID), idle;
	volatile unsigned long work = 0;

	for (int i = 0; i < 20000000; i++)
		work++;
	ok(clock_ns(CLOCK_PROCESS_CPUTIME_ID) > before, "work takes the process's CPU time");
	ok(clock_ns(CLOCK_THREAD_CPUTIME_ID) > thread, "and the thread's");
	idle = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	before = now_ns();
	sleep_ms(200);
	ok(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - idle < (now_ns() - before) / 2, "sleep does not");
}

static void accounts(void)
{
	struct rusage usage;
	struct tms t;
	int64_t until = now_ns() + 150000000;
	volatile unsigned long work = 0;
	clock_t a = times(&t), b;
	pid_t pid;

	while (now_ns() < until)
		work++;
	b = times(&t);
	ok(b > a, "times() tells ticks that pass");
	must(getrusage(RUSAGE_SELF, &usage) == 0);
	ok(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_sec * 1000000 +
			   usage.ru_stime.tv_usec >
		   0,
	   "getrusage tells the time used");
	is_int(getrusage(1 /* RUSAGE_THREAD */, &usage), 0, "the thread's too");
	if (in_child(&pid)) {
		until = now_ns() + 100000000;
		while (now_ns() < until)
			work++;
		_exit(0);
	}
	must(getrusage(RUSAGE_CHILDREN, &usage) == 0);
	is_int(usage.ru_utime.tv_usec + usage.ru_utime.tv_sec, 0, "a child counts after it was waited for");
	must(reap(pid) == 0);
	must(getrusage(RUSAGE_CHILDREN, &usage) == 0);
	ok(usage.ru_utime.tv_usec + usage.ru_utime.tv_sec + usage.ru_stime.tv_usec + usage.ru_stime.tv_sec > 0,
	   "then it does");
}

static const struct tap_case cases[] = {
	{"agree", agree, 0},           {"real_time", real_time, 0}, {"monotonic", monotonic, 0},
	{"resolution", resolution, 0}, {"sleeping", sleeping, 0},   {"in_order", in_order, 0},
	{"cpu_clocks", cpu_clocks, 0}, {"accounts", accounts, 0},
};

TAP_MAIN(cases)
