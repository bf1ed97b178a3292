/*
 * Clocks by number (clock_gettime(2)), and times as programs write them.
 *
 * A negative clock names the processor time of a process or thread: its complement shifted by three is the id, bit 2
 * says "thread", the low two bits which time (0 user and kernel, 1 user, 2 as 0).
 */
#include <linux/capability.h>
#include <linux/time.h>

#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "ipc/timerfd.h"
#include "proc/discipline.h"
#include "proc/time.h"
#include "proc/vdso.h"
#include "sched/sched.h"

#define CPU_CLOCK_THREAD  4
#define CPU_CLOCK_WHICH   3
#define CPU_CLOCK_USER    1
#define CPU_CLOCK_NONE    3
#define CLOCK_KIND        7
#define CLOCK_OF_FILE     3        /* a clock that is a device: there is none */
#define COARSE_NS         4000000u /* what Linux shows for its tick of 250 Hz */
#define CPU_CLOCK_LOOK_NS 1000000u /* a processor clock is looked at again no sooner than this */

/* Two 64-bit words: struct timespec and struct timeval of x86-64. */
struct user_time {
	int64_t seconds;
	int64_t fraction;
};

static int time_from_user(uint64_t *ns, uaddr_t from, uint64_t fraction_ns)
{
	struct user_time time;

	if (copy_from_user(&time, from, sizeof(time)))
		return -EFAULT;
	if (time.seconds < 0 || time.fraction < 0 || (uint64_t)time.fraction >= NS_PER_SEC / fraction_ns)
		return -EINVAL;
	/* 292 years are for ever. */
	if ((uint64_t)time.seconds >= (uint64_t)INT64_MAX / NS_PER_SEC)
		*ns = INT64_MAX;
	else
		*ns = (uint64_t)time.seconds * NS_PER_SEC + (uint64_t)time.fraction * fraction_ns;
	return 0;
}

static int time_to_user(uaddr_t to, uint64_t ns, uint64_t fraction_ns)
{
	struct user_time time = {(int64_t)(ns / NS_PER_SEC), (int64_t)(ns % NS_PER_SEC / fraction_ns)};

	return copy_to_user(to, &time, sizeof(time));
}

int timespec_from_user(uint64_t *ns, uaddr_t from)
{
	return time_from_user(ns, from, 1);
}

int timespec_to_user(uaddr_t to, uint64_t ns)
{
	return time_to_user(to, ns, 1);
}

int timeval_from_user(uint64_t *ns, uaddr_t from)
{
	return time_from_user(ns, from, NS_PER_USEC);
}

int timeval_to_user(uaddr_t to, uint64_t ns)
{
	return time_to_user(to, ns, NS_PER_USEC);
}

static uint64_t which_time(int32_t clock, uint64_t user_ns, uint64_t kernel_ns)
{
	return (clock & CPU_CLOCK_WHICH) == CPU_CLOCK_USER ? user_ns : user_ns + kernel_ns;
}

static uint64_t process_time(struct process *process, int32_t clock)
{
	struct usage usage;

	process_usage(process, &usage);
	return which_time(clock, usage.user_ns, usage.kernel_ns);
}

static uint64_t thread_time(struct thread *thread, int32_t clock)
{
	uint64_t user_ns, kernel_ns;

	sched_times(thread, &user_ns, &kernel_ns);
	return which_time(clock, user_ns, kernel_ns);
}

/* The number of a processor clock: id 0 is the caller itself. `asker`'s threads alone have clocks for it. */
static int cpu_clock_read(const struct process *asker, int32_t clock, uint64_t *ns)
{
	int32_t id = ~(clock >> 3);
	int error = 0;

	if (clock >= 0 || (clock & CPU_CLOCK_WHICH) == CPU_CLOCK_NONE)
		return -EINVAL;
	if (clock & CPU_CLOCK_THREAD) {
		struct thread *thread = id ? thread_find(id) : current_thread();
		if (!thread)
			return -EINVAL;
		if (thread->process == asker)
			*ns = thread_time(thread, clock);
		else
			error = -EINVAL;
		if (id)
			thread_put(thread);
		return error;
	}
	struct process *process = id ? process_find(id) : current_process();
	if (!process)
		return -EINVAL;
	*ns = process_time(process, clock);
	if (id)
		process_put(process);
	return 0;
}

int clock_read(int32_t clock, uint64_t *ns)
{
	return clock_read_for(current_process(), clock, ns);
}

int clock_read_for(const struct process *asker, int32_t clock, uint64_t *ns)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
		*ns = clock_realtime_ns();
		return 0;
	case CLOCK_TAI:
		*ns = clock_realtime_ns() + (uint64_t)clock_tai_offset_ns();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		*ns = clock_monotonic_ns();
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
		*ns = process_time(current_process(), 0);
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
		*ns = thread_time(current_thread(), 0);
		return 0;
	default:
		return cpu_clock_read(asker, clock, ns);
	}
}

int clock_resolution(int32_t clock, uint64_t *ns)
{
	uint64_t unused;
	int error = clock_read(clock, &unused);

	*ns = clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE ? COARSE_NS : 1;
	return error;
}

static struct waitq realtime_waiters = WAITQ_INIT(realtime_waiters);

void realtime_wait_begin(struct wait_entry *entry)
{
	*entry = (struct wait_entry){.thread = current_thread()};
	waitq_add_entry(&realtime_waiters, entry);
}

uint64_t realtime_to_monotonic(uint64_t realtime_ns)
{
	int64_t offset = clock_realtime_offset_ns();

	return (int64_t)realtime_ns > offset ? realtime_ns - (uint64_t)offset : 0;
}

void clock_was_stepped(void)
{
	discipline_reset();
	vdso_update();
	timerfd_clock_was_set();
	posix_timers_clock_was_set();
	waitq_wake_all(&realtime_waiters);
}

int clock_write(int32_t clock, uint64_t ns)
{
	if (clock != CLOCK_REALTIME)
		return -EINVAL;
	if (!current_has_cap(CAP_SYS_TIME))
		return -EPERM;
	clock_set_realtime_ns(ns);
	clock_was_stepped();
	return 0;
}

bool clock_is_known(int32_t clock)
{
	if (clock < 0)
		return (clock & CLOCK_KIND) != CLOCK_OF_FILE;
	return clock <= CLOCK_TAI && clock != CLOCK_SGI_CYCLE;
}

bool clock_may_be_set(int32_t clock)
{
	return clock == CLOCK_REALTIME || clock < 0;
}

int clock_can_sleep(int32_t clock)
{
	uint64_t unused;

	switch (clock) {
	case CLOCK_THREAD_CPUTIME_ID:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
		return -EOPNOTSUPP;
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		return current_has_cap(CAP_WAKE_ALARM) ? 0 : -EPERM;
	default:
		return clock_read(clock, &unused);
	}
}

int clock_deadline(int32_t clock, uint64_t ns, uint64_t *deadline_ns)
{
	return clock_deadline_for(current_process(), clock, ns, deadline_ns);
}

int clock_deadline_for(const struct process *asker, int32_t clock, uint64_t ns, uint64_t *deadline_ns)
{
	uint64_t now;
	int error = clock_read_for(asker, clock, &now);

	if (error)
		return error;
	uint64_t rest = ns > now ? ns - now : 0;
	bool is_cpu_clock = clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID;
	if (is_cpu_clock && rest)
		rest = MAX(rest, (uint64_t)CPU_CLOCK_LOOK_NS);
	*deadline_ns = rest < INT64_MAX ? clock_monotonic_ns() + rest : TIME_NEVER;
	return 0;
}
