/* System calls of time: unpack, call proc/time.h, return. */
#include <linux/capability.h>
#include <linux/time.h>
#include <linux/timex.h>

#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "fs/cred.h"
#include "proc/discipline.h"
#include "proc/time.h"
#include "syscall/calls.h"

/* Two times: struct itimerval, struct itimerspec. */
#define INTERVAL_AT 0
#define VALUE_AT    16

int64_t sys_clock_gettime(clock_id_t clock, user_out_t time)
{
	uint64_t ns;
	int error = clock_read(clock, &ns);

	return error ? error : timespec_to_user(time, ns);
}

int64_t sys_clock_getres(clock_id_t clock, user_out_t time)
{
	uint64_t ns;
	int error = clock_resolution(clock, &ns);

	return error || !time ? error : timespec_to_user(time, ns);
}

int64_t sys_clock_settime(clock_id_t clock, user_in_t time)
{
	uint64_t ns;
	int error = clock_may_be_set(clock) ? 0 : -EINVAL;

	if (!error)
		error = timespec_from_user(&ns, time);
	/* One that has no setting is known by then. */
	if (clock < 0 && (!error || error == -EINVAL))
		error = clock_is_known(clock) && clock_read(clock, &ns) == 0 ? -EPERM : -EINVAL;
	return error ? error : clock_write(clock, ns);
}

/* settimeofday's time zone, which nothing but gettimeofday asks for. */
static struct timezone time_zone;

int64_t sys_gettimeofday(user_out_t time, user_out_t zone)
{
	int error = time ? timeval_to_user(time, clock_realtime_ns()) : 0;

	if (!error && zone)
		error = copy_to_user(zone, &time_zone, sizeof(time_zone));
	return error;
}

int64_t sys_settimeofday(user_in_t time, user_in_t zone)
{
	const int32_t zone_limit = 15 * 60; /* minutes */
	struct timezone wanted = {0};
	uint64_t ns = 0;
	int error = time ? timeval_from_user(&ns, time) : 0;

	if (!error && zone && copy_from_user(&wanted, zone, sizeof(wanted)))
		error = -EFAULT;
	if (!error && !current_has_cap(CAP_SYS_TIME))
		error = -EPERM;
	if (!error && (wanted.tz_minuteswest > zone_limit || wanted.tz_minuteswest < -zone_limit))
		error = -EINVAL;
	if (!error && zone)
		time_zone = wanted;
	return error || !time ? error : clock_write(CLOCK_REALTIME, ns);
}

int64_t sys_time(user_out_t seconds)
{
	uint64_t now = clock_realtime_ns() / NS_PER_SEC;

	if (seconds && put_user_u64(seconds, now))
		return -EFAULT;
	return (int64_t)now;
}

int64_t sys_nanosleep(user_in_t time, user_out_t rest)
{
	uint64_t ns;
	int error = timespec_from_user(&ns, time);

	return error ? error : sleep_on_clock(CLOCK_MONOTONIC, ns, false, rest);
}

int64_t sys_clock_nanosleep(clock_id_t clock, flags_t flags, user_in_t time, user_out_t rest)
{
	uint64_t ns;
	int error = clock_can_sleep(clock);

	if (!error)
		error = timespec_from_user(&ns, time);
	return error ? error : sleep_on_clock(clock, ns, (flags & TIMER_ABSTIME) != 0, rest);
}

/* Both times of a struct itimerval (timeval) or itimerspec. */
static int interval_from_user(struct interval_timer *timer, user_in_t from, int (*one)(uint64_t *, uaddr_t))
{
	int error = one(&timer->interval_ns, from + INTERVAL_AT);

	return error ? error : one(&timer->value_ns, from + VALUE_AT);
}

static int interval_to_user(user_out_t to, const struct interval_timer *timer, int (*one)(uaddr_t, uint64_t))
{
	int error = one(to + INTERVAL_AT, timer->interval_ns);

	return error ? error : one(to + VALUE_AT, timer->value_ns);
}

int64_t sys_getitimer(int32_t which, user_out_t value)
{
	struct interval_timer timer;
	int error = itimer_get(which, &timer);

	return error ? error : interval_to_user(value, &timer, timeval_to_user);
}

int64_t sys_setitimer(int32_t which, user_in_t value, user_out_t before)
{
	struct interval_timer wanted = {0, 0}, old;
	int error = value ? interval_from_user(&wanted, value, timeval_from_user) : 0;

	if (!error)
		error = itimer_set(which, &wanted, &old);
	return error || !before ? error : interval_to_user(before, &old, timeval_to_user);
}

int64_t sys_alarm(uint32_t seconds)
{
	struct interval_timer wanted = {.value_ns = seconds * NS_PER_SEC}, old;

	itimer_set(ITIMER_REAL, &wanted, &old);
	uint64_t rest = (old.value_ns + NS_PER_SEC / 2) / NS_PER_SEC;
	return (int64_t)(old.value_ns && !rest ? 1 : rest);
}

int64_t sys_timer_create(clock_id_t clock, user_in_t event, user_out_t timer)
{
	int32_t id;
	int error = posix_timer_create(clock, event, &id);

	if (!error && put_user_u32(timer, (uint32_t)id)) {
		posix_timer_delete(id);
		error = -EFAULT;
	}
	return error;
}

int64_t sys_timer_settime(int32_t timer, flags_t flags, user_in_t value, user_out_t before)
{
	struct interval_timer wanted, old;

	if (!value)
		return -EINVAL;
	int error = interval_from_user(&wanted, value, timespec_from_user);
	if (!error)
		error = posix_timer_set(timer, (flags & TIMER_ABSTIME) != 0, &wanted, &old);
	return error || !before ? error : interval_to_user(before, &old, timespec_to_user);
}

int64_t sys_timer_gettime(int32_t timer, user_out_t value)
{
	struct interval_timer now;
	int error = posix_timer_get(timer, &now);

	return error ? error : interval_to_user(value, &now, timespec_to_user);
}

int64_t sys_timer_getoverrun(int32_t timer)
{
	return posix_timer_overrun(timer);
}

int64_t sys_timer_delete(int32_t timer)
{
	return posix_timer_delete(timer);
}

int64_t sys_adjtimex(user_io_t timex)
{
	struct timex state;

	if (copy_from_user(&state, timex, sizeof(state)))
		return -EFAULT;
	int result = discipline_adjust(&state);
	if (result < 0)
		return result;
	return copy_to_user(timex, &state, sizeof(state)) ? -EFAULT : result;
}

int64_t sys_clock_adjtime(clock_id_t clock, user_io_t timex)
{
	struct timex state;

	if (copy_from_user(&state, timex, sizeof(state)))
		return -EFAULT;
	if (clock == CLOCK_REALTIME)
		return sys_adjtimex(timex);
	return clock_is_known(clock) ? -EOPNOTSUPP : -EINVAL;
}
