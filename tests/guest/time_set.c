/*
 * Setting and disciplining clocks, and what each clock can be asked for. The host's own clock is left alone: what
 * changes the time is tried in Namu only.
 */
#include "guest.h"

#include <sys/timerfd.h>
#include <sys/timex.h>

#define CPU_CLOCK(id, bits) ((int)(~(unsigned)(id) << 3 | (bits)))

static int64_t read_ns(int clock)
{
	struct timespec t = {0, 0};

	must(raw(SYS_clock_gettime, clock, &t) == 0);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct timespec spec_of(int64_t ns)
{
	struct timespec t = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};

	return t;
}

static void answers(void)
{
	int me = getpid();
	const struct {
		const char *name;
		int clock;
		long get, set, null_set, timer, adjust;
	} rows[] = {
		{"MONOTONIC", 1, 0, -EINVAL, -EINVAL, 0, -EOPNOTSUPP},
		{"PROCESS_CPUTIME", 2, 0, -EINVAL, -EINVAL, 0, -EOPNOTSUPP},
		{"THREAD_CPUTIME", 3, 0, -EINVAL, -EINVAL, 0, -EOPNOTSUPP},
		{"MONOTONIC_RAW", 4, 0, -EINVAL, -EINVAL, -EOPNOTSUPP, -EOPNOTSUPP},
		{"REALTIME_COARSE", 5, 0, -EINVAL, -EINVAL, -EOPNOTSUPP, -EOPNOTSUPP},
		{"MONOTONIC_COARSE", 6, 0, -EINVAL, -EINVAL, -EOPNOTSUPP, -EOPNOTSUPP},
		{"BOOTTIME", 7, 0, -EINVAL, -EINVAL, 0, -EOPNOTSUPP},
		{"10", 10, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL},
		{"TAI", 11, 0, -EINVAL, -EINVAL, 0, -EOPNOTSUPP},
		{"12", 12, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL},
		{"16", 16, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL},
		{"a process's", CPU_CLOCK(me, 2), 0, -EPERM, -EFAULT, 0, -EOPNOTSUPP},
		{"a process's user time", CPU_CLOCK(me, 1), 0, -EPERM, -EFAULT, 0, -EOPNOTSUPP},
		{"a thread's", CPU_CLOCK(me, 6), 0, -EPERM, -EFAULT, 0, -EOPNOTSUPP},
		{"the parent's", CPU_CLOCK(getppid(), 2), 0, -EPERM, -EFAULT, 0, -EOPNOTSUPP},
		{"a thread's of another", CPU_CLOCK(getppid(), 6), -EINVAL, -EINVAL, -EFAULT, -EINVAL, -EOPNOTSUPP},
		{"nobody's", CPU_CLOCK(4000000, 2), -EINVAL, -EINVAL, -EFAULT, -EINVAL, -EOPNOTSUPP},
		{"a file's", CPU_CLOCK(99, 3), -EINVAL, -EINVAL, -EFAULT, -EOPNOTSUPP, -EINVAL},
	};

	for (size_t i = 0; i < count_of(rows); i++) {
		struct timespec t, one = {0, 1};
		struct timex x = {0};
		int id;
		is_int(raw(SYS_clock_gettime, rows[i].clock, &t), rows[i].get, "%s: read", rows[i].name);
		is_int(raw(SYS_clock_getres, rows[i].clock, &t), rows[i].get, "%s: resolution", rows[i].name);
		is_int(raw(SYS_clock_settime, rows[i].clock, &one), rows[i].set, "%s: set", rows[i].name);
		is_int(raw(SYS_clock_settime, rows[i].clock, 0), rows[i].null_set, "%s: set to nothing", rows[i].name);
		is_int(raw(SYS_timer_create, rows[i].clock, 0, &id), rows[i].timer, "%s: a timer", rows[i].name);
		is_int(raw(SYS_clock_adjtime, rows[i].clock, &x), rows[i].adjust, "%s: adjusted", rows[i].name);
	}
}

static void sleeps(void)
{
	static const struct {
		int clock;
		long want;
	} rows[] = {{0, 0},           {1, 0}, {3, -EOPNOTSUPP}, {4, -EOPNOTSUPP}, {5, -EOPNOTSUPP},
		    {6, -EOPNOTSUPP}, {7, 0}, {10, -EINVAL},    {11, 0},          {12, -EINVAL}};
	struct timespec one = {0, 1}, bad = {0, -1};

	for (size_t i = 0; i < count_of(rows); i++) {
		is_int(raw(SYS_clock_nanosleep, rows[i].clock, 0, &one, 0), rows[i].want, "clock %d: for a time",
		       rows[i].clock);
		is_int(raw(SYS_clock_nanosleep, rows[i].clock, TIMER_ABSTIME, &one, 0), rows[i].want,
		       "clock %d: until a time", rows[i].clock);
		is_int(raw(SYS_clock_nanosleep, rows[i].clock, 0, &bad, 0), rows[i].want ? rows[i].want : -EINVAL,
		       "clock %d: a bad time", rows[i].clock);
	}
}

static void refused(void)
{
	struct timespec bad = {0, 1000000000}, now;
	struct timex x;
	pid_t pid;

	is_int(raw(SYS_clock_settime, 0, &bad), -EINVAL, "a bad time");
	is_int(raw(SYS_clock_settime, 0, 0), -EFAULT, "no time");
	static const struct {
		unsigned modes;
		long value, want_user, want_root;
		const char *name;
	} rows[] = {
		{0x8000, 0, -EINVAL, -EINVAL, "an old mode without its bit"},
		{ADJ_TICK, 8999, -EPERM, -EINVAL, "a tick too short"},
		{ADJ_TICK, 11001, -EPERM, -EINVAL, "a tick too long"},
		{ADJ_FREQUENCY, 1l << 62, -EPERM, -EINVAL, "a frequency that is none"},
		{ADJ_SETOFFSET, -1, -EPERM, -EINVAL, "a step with a negative fraction"},
		{ADJ_SETOFFSET, 1000000, -EPERM, -EINVAL, "a step with too large a fraction"},
		{ADJ_SETOFFSET | ADJ_NANO, 1000000000, -EPERM, -EINVAL, "a step with too many nanoseconds"},
	};
	for (int as_user = 0; as_user < 2; as_user++) {
		if (as_user && !in_child(&pid))
			break;
		if (as_user)
			become_user(1000);
		for (size_t i = 0; i < count_of(rows); i++) {
			memset(&x, 0, sizeof(x));
			x.modes = rows[i].modes;
			x.tick = x.freq = x.time.tv_usec = rows[i].value;
			is_int(raw(SYS_adjtimex, &x), as_user ? rows[i].want_user : rows[i].want_root, "%s as %s",
			       rows[i].name, as_user ? "a user" : "root");
		}
		memset(&x, 0, sizeof(x));
		ok(raw(SYS_adjtimex, &x) >= 0, "the state may be read");
		ok(x.tick >= 9000 && x.tick <= 11000 && x.tolerance == 500 << 16 && x.precision > 0, "and makes sense");
		must(raw(SYS_clock_gettime, 0, &now) == 0);
		ok(now.tv_sec - x.time.tv_sec <= 1, "with the time");
		x.modes = 0xa001;
		ok(raw(SYS_adjtimex, &x) >= 0, "what adjtime has left may be read");
		if (!as_user)
			continue;
		is_int(raw(SYS_clock_settime, 0, &now), -EPERM, "a user may not set the clock");
		_exit(tap.failed);
	}
	is_exited(pid, 0, "the user's part");
	is_int(raw(SYS_adjtimex, 8), -EFAULT, "no state");
}

static void set_by(int64_t ns)
{
	struct timespec t = spec_of(read_ns(CLOCK_REALTIME) + ns);

	must(raw(SYS_clock_settime, CLOCK_REALTIME, &t) == 0);
}

#define HOUR 3600000000000

static volatile int signalled;

static void on_signal(int signo)
{
	(void)signo;
	signalled++;
}

static void in_namu_only(void (*run)(void))
{
	if (is_namu())
		run();
	else
		skip("what changes the time", "the host's clock is not ours");
}

static void setting_body(void)
{
	struct timespec until = spec_of(read_ns(CLOCK_REALTIME) + HOUR), hour = {3600, 0};
	int go[2];
	pid_t pid[4];
	unsigned word = 0;

	must(pipe(go) == 0);
	for (int i = 0; i < 4; i++) {
		if (!in_child(&pid[i]))
			continue;
		if (i == 0)
			_exit(raw(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &until, 0) == 0 ? 0 : 1);
		if (i == 1)
			_exit(raw(SYS_futex, &word, 9 | 256, 0, &until, 0, -1) == -ETIMEDOUT ? 0 : 1);
		if (i == 2) {
			struct itimerspec s = {.it_value = until};
			int fd = timerfd_create(CLOCK_REALTIME, 0);
			uint64_t count = 0;
			must(fd >= 0 && timerfd_settime(fd, TFD_TIMER_ABSTIME, &s, NULL) == 0);
			_exit(read(fd, &count, 8) == 8 && count == 1 ? 0 : 1);
		}
		raw(SYS_clock_nanosleep, CLOCK_REALTIME, 0, &hour, 0);
		_exit(1);
	}
	for (int i = 0; i < 4; i++)
		wait_state(pid[i], 'S');
	struct sigaction act = {.sa_handler = on_signal};
	sigaction(SIGALRM, &act, NULL);
	struct itimerspec absolute = {.it_value = until}, relative = {.it_value = hour}, left;
	timer_t a, r;
	must(timer_create(CLOCK_REALTIME, NULL, &a) == 0 && timer_create(CLOCK_REALTIME, NULL, &r) == 0);
	must(timer_settime(a, TIMER_ABSTIME, &absolute, NULL) == 0 && timer_settime(r, 0, &relative, NULL) == 0);
	int cancel = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
	until.tv_sec += 1000000;
	absolute.it_value = until;
	must(timerfd_settime(cancel, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &absolute, NULL) == 0);
	int64_t monotonic = read_ns(CLOCK_MONOTONIC);
	set_by(HOUR);
	is_exited(pid[0], 0, "a sleep until a real time ends when the clock is set beyond it");
	is_exited(pid[1], 0, "a futex wait too");
	is_exited(pid[2], 0, "a timerfd too");
	while (!signalled)
		sleep_ms(1);
	is_int(signalled, 1, "an absolute timer too");
	ok(read_ns(CLOCK_MONOTONIC) - monotonic < HOUR, "monotonic time knows nothing of it");
	must(timer_gettime(r, &left) == 0);
	ok(left.it_value.tv_sec > 3000, "nor does a relative timer");
	is_int(proc_state(pid[3]), 'S', "nor a relative sleep");
	uint64_t count;
	is_int(raw(SYS_read, cancel, &count, 8), -ECANCELED, "a timer that asked for it is cancelled");
	kill(pid[3], SIGKILL);
	set_by(-2 * HOUR);
	is_int(raw(SYS_read, cancel, &count, 8), -ECANCELED, "and again when it is set back");
}

static void setting(void)
{
	in_namu_only(setting_body);
}

/* Real time less monotonic time: of several looks the one in which least time went by, as somebody else may have the
 * processor in the middle of one. */
static int64_t clocks_apart_ns(void)
{
	int64_t apart = 0, least = INT64_MAX;

	for (int i = 0; i < 20; i++) {
		int64_t before = read_ns(CLOCK_MONOTONIC), real = read_ns(CLOCK_REALTIME);
		int64_t took = read_ns(CLOCK_MONOTONIC) - before;
		if (took < least) {
			least = took;
			apart = real - before - took / 2;
		}
	}
	return apart;
}

static int adjust(unsigned modes, struct timex x)
{
	x.modes = modes;
	return (int)raw(SYS_adjtimex, &x);
}

/* How many parts of a million real time gains in 0.4 s or, on a busy host, more; asking makes up for all of it. */
static long drift_ppm(void)
{
	int64_t before = clocks_apart_ns(), begin = now_ns();

	sleep_ms(400);
	must(adjust(0xa001, (struct timex){0}) >= 0);
	int64_t gained = clocks_apart_ns() - before;
	return (long)(gained * 1000000 / (now_ns() - begin));
}

static void disciplining_body(void)
{
	struct timex x = {0};

	is_int(adjust(ADJ_FREQUENCY, (struct timex){.freq = 500l << 16}), TIME_ERROR, "500 parts of a million faster");
	long drift = drift_ppm();
	ok(drift > 400 && drift < 600, "the clock gains (%ld parts of a million)", drift);
	must(adjust(ADJ_FREQUENCY, (struct timex){.freq = -(500l << 16)}) >= 0);
	drift = drift_ppm();
	ok(drift < -400 && drift > -600, "and loses (%ld)", drift);
	must(adjust(ADJ_FREQUENCY, (struct timex){.freq = 900l << 16}) >= 0);
	must(raw(SYS_adjtimex, &x) >= 0);
	is_int(x.freq, 500 << 16, "no more than 500");
	must(adjust(ADJ_FREQUENCY, (struct timex){0}) >= 0);
	must(adjust(0x8001, (struct timex){.offset = 1000000}) >= 0);
	drift = drift_ppm();
	ok(drift > 400 && drift < 600, "adjtime makes up half a millisecond a second (%ld parts of a million)", drift);
	memset(&x, 0, sizeof(x));
	x.modes = 0xa001;
	must(raw(SYS_adjtimex, &x) >= 0);
	ok(x.offset < 1000000 && x.offset > 900000, "and tells what is left (%ld us)", (long)x.offset);
	must(adjust(0x8001, (struct timex){0}) >= 0);
	is_int(adjust(ADJ_STATUS, (struct timex){.status = STA_PLL}), TIME_OK, "synchronised");
	must(adjust(ADJ_TAI, (struct timex){.constant = 37}) >= 0);
	int64_t tai = read_ns(CLOCK_TAI) - read_ns(CLOCK_REALTIME);
	ok(tai > 36000000000 && tai <= 37000000000, "TAI by system call");
	struct timespec a, b;
	must(clock_gettime(CLOCK_TAI, &a) == 0 && clock_gettime(CLOCK_REALTIME, &b) == 0);
	ok(a.tv_sec - b.tv_sec == 37 || a.tv_sec - b.tv_sec == 36, "TAI by the vDSO");
	int64_t before = read_ns(CLOCK_REALTIME);
	must(adjust(ADJ_SETOFFSET | ADJ_NANO, (struct timex){.time = {100, 5}}) >= 0);
	ok(read_ns(CLOCK_REALTIME) - before >= 100000000005, "a step");
	memset(&x, 0, sizeof(x));
	is_int(raw(SYS_adjtimex, &x), TIME_ERROR, "after which it is not synchronised");
}

static void disciplining(void)
{
	in_namu_only(disciplining_body);
}

static const struct tap_case cases[] = {
	{"answers", answers, 0},           {"sleeps", sleeps, 0}, {"refused", refused, 0}, {"setting", setting, 0},
	{"disciplining", disciplining, 0},
};

TAP_MAIN(cases)
