/*
 * adjtimex(2), after the clock model of RFC 5905 as Linux keeps it: a phase-locked loop whose offset decays, a
 * frequency in 2^-16 parts of a million, and adjtime(3)'s correction of half a millisecond a second.
 */
#include <linux/capability.h>
#include <linux/timex.h>

#include "choice/choice.h"
#include "fs/cred.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "proc/discipline.h"
#include "proc/time.h"
#include "proc/vdso.h"
#include "sched/timer.h"

#define ADJTIME_BIT    0x8000u /* of ADJ_OFFSET_SINGLESHOT and ADJ_OFFSET_SS_READ */
#define READ_ONLY_BIT  0x2000u
#define FREQ_MAX       (500l << 16)
#define FREQ_SENSE     (INT64_MAX / 65536000) /* a larger one is no frequency at all */
#define PHASE_MAX_NS   500000000l
#define ERROR_MAX_US   16000000l
#define ERROR_GROWS_US 500 /* a second */
#define CONSTANT_MAX   10l
#define CONSTANT_SHIFT 4 /* between microseconds and nanoseconds */
#define LOOP_SHIFT     2
#define TAI_MAX        100000
#define TICK_US        10000l
#define TICK_MIN_US    9000l
#define TICK_MAX_US    11000l
#define ADJUST_NS      500000l /* a second */
#define STEP_NS        20000000ul
#define STALL_MAX_NS   (3600 * NS_PER_SEC)

/* Lock key: (l) its lock. */
static struct {
	struct spinlock lock;
	int64_t offset_ns;  /* (l) of the loop, still to be made up for */
	int64_t adjust_us;  /* (l) adjtime's */
	int64_t freq;       /* (l) 2^-16 parts of a million */
	int64_t tick_us;    /* (l) */
	int64_t maxerror;   /* (l) us */
	int64_t esterror;   /* (l) us */
	int64_t constant;   /* (l) */
	int32_t status;     /* (l) STA_* */
	uint64_t since_ns;  /* (l) when the last step was taken */
	int64_t rest;       /* (l) of the steps, below a nanosecond: in 2^-16 parts of a million of one */
	struct timer timer; /* (l) */
	bool is_ready;      /* (l) the timer was set up */
} clock = {
	.lock = SPINLOCK_INIT("clock discipline", LOCK_OBJECT),
	.tick_us = TICK_US,
	.maxerror = ERROR_MAX_US,
	.esterror = ERROR_MAX_US,
	.constant = 2,
	.status = STA_UNSYNC,
};

static _Atomic int32_t tai_seconds;

int64_t clock_tai_offset_ns(void)
{
	return tai_seconds * (int64_t)NS_PER_SEC;
}

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

/* What `ns` of time lack or have too much by the rate, in ns. The lock is held. */
static int64_t slew_of(int64_t ns)
{
	const int64_t unit = 1000000ll << 16;

	/* A tick's microsecond is a hundred parts of a million. */
	clock.rest += ns * (clock.freq + ((clock.tick_us - TICK_US) * 100 << 16));
	int64_t slew = clock.rest / unit;
	clock.rest -= slew * unit;

	int64_t part = clock.offset_ns * (ns / 1000) / ((int64_t)NS_PER_MSEC << (LOOP_SHIFT + clock.constant)) / 1000;
	if (!part)
		part = clock.offset_ns;
	clock.offset_ns -= part;
	int64_t most = ADJUST_NS * (ns / 1000) / 1000000;
	int64_t adjust = clamp(clock.adjust_us * 1000, -most, most) / 1000;
	clock.adjust_us -= adjust;
	return slew + part + adjust * 1000;
}

static bool has_work(void)
{
	return clock.freq || clock.tick_us != TICK_US || clock.offset_ns || clock.adjust_us ||
	       !(clock.status & STA_UNSYNC);
}

/* The lock is held. */
static void step(void)
{
	uint64_t now = clock_monotonic_ns();
	int64_t ns = (int64_t)MIN(now - clock.since_ns, STALL_MAX_NS);
	int64_t slew = 0;

	/* The host may have stood still for more than one. */
	for (int64_t left = ns; left > 0; left -= NS_PER_SEC)
		slew += slew_of(MIN(left, (int64_t)NS_PER_SEC));
	clock.since_ns = now;
	if (slew)
		clock_move_realtime_ns(slew);
	if (!(clock.status & STA_UNSYNC)) {
		clock.maxerror += MAX(ns * ERROR_GROWS_US / (int64_t)NS_PER_SEC, 1);
		if (clock.maxerror > ERROR_MAX_US) {
			clock.maxerror = ERROR_MAX_US;
			clock.status |= STA_UNSYNC;
		}
	}
}

static void step_due(struct timer *timer)
{
	spin_lock(&clock.lock);
	step();
	if (has_work())
		timer_arm(timer, clock.since_ns + STEP_NS);
	spin_unlock(&clock.lock);
	vdso_update();
}

static int check(const struct timex *state)
{
	bool may_set = current_has_cap(CAP_SYS_TIME);

	if (state->modes & ADJTIME_BIT) {
		if (!(state->modes & ADJ_OFFSET))
			return -EINVAL;
		if (!(state->modes & READ_ONLY_BIT) && !may_set)
			return -EPERM;
	} else {
		if (state->modes && !may_set)
			return -EPERM;
		if ((state->modes & ADJ_TICK) && (state->tick < TICK_MIN_US || state->tick > TICK_MAX_US))
			return -EINVAL;
	}
	if (state->modes & ADJ_SETOFFSET) {
		if (!may_set)
			return -EPERM;
		if (state->time.tv_usec < 0 ||
		    state->time.tv_usec >= (state->modes & ADJ_NANO ? (int64_t)NS_PER_SEC : 1000000))
			return -EINVAL;
	}
	if ((state->modes & ADJ_FREQUENCY) && (state->freq > FREQ_SENSE || state->freq < -FREQ_SENSE))
		return -EINVAL;
	return 0;
}

static int step_clock(const struct timex *state)
{
	int64_t fraction = state->time.tv_usec * (state->modes & ADJ_NANO ? 1 : 1000), by, ns;
	const int64_t limit = INT64_MAX / (int64_t)NS_PER_SEC;

	if (state->time.tv_sec > limit - 1 || state->time.tv_sec < -limit)
		return -EINVAL;
	by = state->time.tv_sec * (int64_t)NS_PER_SEC + fraction;
	if (__builtin_add_overflow(by, (int64_t)clock_realtime_ns(), &ns) || ns < 0)
		return -EINVAL;
	clock_move_realtime_ns(by);
	clock_was_stepped();
	return 0;
}

/* A new offset of the loop, which also learns its frequency from it. */
static void set_offset(int64_t offset)
{
	if (!(clock.status & STA_PLL))
		return;
	if (!(clock.status & STA_NANO))
		offset = clamp(offset, -1000000, 1000000) * 1000;
	clock.offset_ns = clamp(offset, -PHASE_MAX_NS, PHASE_MAX_NS);
	if (!(clock.status & STA_FREQHOLD)) {
		/* ns over the loop's time, seconds, is 2^-16 parts of a million times 65.536. */
		int64_t weight = (int64_t)1 << (2 * (LOOP_SHIFT + 2 + clock.constant));
		clock.freq = clamp(clock.freq + clock.offset_ns * 65536 / 1000 / weight, -FREQ_MAX, FREQ_MAX);
	}
}

static void set_status(int32_t status)
{
	if ((clock.status & STA_PLL) && !(status & STA_PLL))
		clock.status = STA_UNSYNC;
	clock.status = (clock.status & STA_RONLY) | (status & ~STA_RONLY);
}

/* The lock is held. */
static void apply(const struct timex *state)
{
	if (state->modes & ADJ_STATUS)
		set_status(state->status);
	if (state->modes & ADJ_NANO)
		clock.status |= STA_NANO;
	if (state->modes & ADJ_MICRO)
		clock.status &= ~STA_NANO;
	if (state->modes & ADJ_FREQUENCY)
		clock.freq = clamp(state->freq, -FREQ_MAX, FREQ_MAX);
	if (state->modes & ADJ_MAXERROR)
		clock.maxerror = clamp(state->maxerror, 0, ERROR_MAX_US);
	if (state->modes & ADJ_ESTERROR)
		clock.esterror = clamp(state->esterror, 0, ERROR_MAX_US);
	if (state->modes & ADJ_TIMECONST) {
		clock.constant = clamp(state->constant, 0, CONSTANT_MAX);
		if (!(clock.status & STA_NANO))
			clock.constant = MIN(clock.constant + CONSTANT_SHIFT, CONSTANT_MAX);
	}
	if ((state->modes & ADJ_TAI) && state->constant >= 0 && state->constant <= TAI_MAX)
		tai_seconds = (int32_t)state->constant;
	if (state->modes & ADJ_OFFSET)
		set_offset(state->offset);
	if (state->modes & ADJ_TICK)
		clock.tick_us = state->tick;
}

static void describe(struct timex *state)
{
	bool is_nano = (clock.status & STA_NANO) != 0;
	uint64_t now = clock_realtime_ns();
	uint32_t modes = state->modes;

	memset(state, 0, sizeof(*state));
	state->modes = modes;
	state->offset = is_nano ? clock.offset_ns : clock.offset_ns / 1000;
	state->freq = clock.freq;
	state->maxerror = clock.maxerror;
	state->esterror = clock.esterror;
	state->status = clock.status;
	state->constant = clock.constant;
	state->precision = 1;
	state->tolerance = FREQ_MAX;
	state->tick = clock.tick_us;
	state->tai = tai_seconds;
	state->time.tv_sec = (long long)(now / NS_PER_SEC);
	state->time.tv_usec = (long long)(now % NS_PER_SEC / (is_nano ? 1 : 1000));
}

void discipline_reset(void)
{
	spin_lock(&clock.lock);
	clock.offset_ns = clock.adjust_us = 0;
	clock.status |= STA_UNSYNC;
	clock.maxerror = clock.esterror = ERROR_MAX_US;
	spin_unlock(&clock.lock);
}

int discipline_adjust(struct timex *state)
{
	int error = check(state);

	if (!error && (state->modes & ADJ_SETOFFSET))
		error = step_clock(state);
	if (error)
		return error;
	spin_lock(&clock.lock);
	int64_t adjust = clock.adjust_us;
	bool is_adjtime = state->modes & ADJTIME_BIT;
	if (state->modes) {
		if (!clock.is_ready)
			timer_init(&clock.timer, step_due);
		clock.is_ready = true;
		/* Up to now the clock has run at the old rate. */
		if (has_work())
			step();
		clock.since_ns = clock_monotonic_ns();
		if (!is_adjtime)
			apply(state);
		else if (!(state->modes & READ_ONLY_BIT))
			clock.adjust_us = state->offset;
		if (has_work())
			timer_arm(&clock.timer, clock.since_ns + STEP_NS);
	}
	int result = clock.status & (STA_UNSYNC | STA_CLOCKERR) ? TIME_ERROR : TIME_OK;
	describe(state);
	if (is_adjtime)
		state->offset = adjust;
	spin_unlock(&clock.lock);
	vdso_update();
	return result;
}
