/*
 * Sleeping for a time (nanosleep(2), clock_nanosleep(2)). An interrupted relative sleep goes on, by restart_syscall,
 * until the moment that was meant at first.
 */
#include <linux/time.h>

#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "proc/time.h"
#include "sched/waitq.h"

/* Block until the clock has reached `ns`. 0, or an error of clock_read or wait_block. */
static int64_t wait_until(int32_t clock, uint64_t ns)
{
	struct wait_reason reason = {.kind = WAIT_SLEEP, .object = ns};

	for (;;) {
		uint64_t now, deadline;
		int error = clock_read(clock, &now);
		if (error)
			return error;
		if (now >= ns)
			return 0;
		error = clock_deadline(clock, ns, &deadline);
		if (!error)
			error = thread_block(reason, deadline, WAIT_INTERRUPTIBLE);
		if (error && error != -ETIMEDOUT)
			return error;
	}
}

static bool follows_realtime(int32_t clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_TAI || clock == CLOCK_REALTIME_ALARM;
}

/* A real time comes earlier or later when the clock is set meanwhile. */
static int64_t sleep_until(int32_t clock, uint64_t ns)
{
	struct wait_entry entry;

	if (!follows_realtime(clock))
		return wait_until(clock, ns);
	realtime_wait_begin(&entry);
	int64_t result = wait_until(clock, ns);
	wait_entry_remove(&entry);
	return result;
}

/* Relative sleeps are measured by the monotonic clock, whatever their own one does meanwhile, but for processor time.
 */
static int32_t measuring_clock(int32_t clock)
{
	return follows_realtime(clock) ? CLOCK_MONOTONIC : clock;
}

static int64_t sleep_on(struct thread_proc *self);

static int64_t relative_sleep_result(struct thread_proc *self, int64_t result)
{
	uint64_t now;
	uaddr_t rest = self->restart_args[1];

	if (result != -ERESTART_CALL)
		return result;
	if (rest && clock_read((int32_t)self->restart_args[0], &now) == 0) {
		uint64_t end = self->restart_deadline_ns;
		if (timespec_to_user(rest, end > now ? end - now : 0))
			return -EFAULT;
	}
	self->restart = sleep_on;
	return -ERESTART_BLOCK;
}

static int64_t sleep_on(struct thread_proc *self)
{
	return relative_sleep_result(self, sleep_until((int32_t)self->restart_args[0], self->restart_deadline_ns));
}

int64_t sleep_on_clock(int32_t clock, uint64_t ns, bool is_absolute, uaddr_t rest)
{
	struct thread_proc *self = current_proc();
	uint64_t now;

	if (is_absolute) {
		int64_t result = sleep_until(clock, ns);
		return result == -ERESTART_CALL ? -ERESTART_NOHANDLER : result;
	}
	clock = measuring_clock(clock);
	int error = clock_read(clock, &now);
	if (error)
		return error;
	self->restart_args[0] = (uint64_t)clock;
	self->restart_args[1] = rest;
	self->restart_deadline_ns = ns < INT64_MAX - now ? now + ns : INT64_MAX;
	return sleep_on(self);
}
