/*
 * Interval timers of a process (setitimer(2)) and its limit on processor time (RLIMIT_CPU).
 *
 * ITIMER_REAL is a timer of the machine. The others count the process's own time, which no interrupt measures: a look
 * is taken when that time could have run out if the process had run all along, and again until it has.
 */
#include <asm-generic/resource.h>
#include <linux/time.h>

#include "choice/choice.h"
#include "proc/signal_private.h"
#include "proc/time.h"

#define LOOK_LEAST_NS 1000000ull
#define LOOK_IDLE_NS  20000000ull /* when the process has not run since the last look */

static void send_timer_signal(struct process *process, int signal)
{
	struct signal_info info;

	signal_info_kernel(&info, signal);
	signal_send_process(process, &info);
}

/* For the next period that ends later than `earliest_ns`, if no time was set meanwhile. */
static void real_timer_go_on(struct process *process, uint64_t earliest_ns)
{
	struct timer *timer = &process->real_timer;

	spin_lock(&process->signal_lock);
	if (process->real_interval_ns && !timer->is_armed) {
		uint64_t late = earliest_ns > timer->deadline_ns ? earliest_ns - timer->deadline_ns : 0;
		uint64_t periods = late / process->real_interval_ns + 1;
		timer_arm(timer, timer->deadline_ns + periods * process->real_interval_ns);
	}
	spin_unlock(&process->signal_lock);
}

void itimer_delivered(struct process *process)
{
	real_timer_go_on(process, clock_monotonic_ns());
}

/*
 * The next period begins when the signal is delivered, so that the shortest interval cannot fill the processor with
 * interrupts; where nobody will take one, it goes on by itself at its leisure.
 */
static void real_timer_expired(struct timer *timer)
{
	struct process *process = container_of(timer, struct process, real_timer);
	struct signal_info info;

	signal_info_kernel(&info, SIGALRM);
	if (signal_send_timer(process, NULL, &info) != 0)
		real_timer_go_on(process, clock_monotonic_ns() + TIMER_LEISURE_NS);
}

static uint64_t limit_ns(uint64_t seconds)
{
	return seconds < INT64_MAX / NS_PER_SEC ? seconds * NS_PER_SEC : TIME_NEVER;
}

/* One of the two timers against its time. True: it has expired, and was set to its next end. */
static bool timer_passes(uint64_t *end_ns, uint64_t interval_ns, uint64_t now, uint64_t *next_look)
{
	bool has_passed = *end_ns && now >= *end_ns;

	if (has_passed)
		*end_ns = interval_ns ? *end_ns + ((now - *end_ns) / interval_ns + 1) * interval_ns : 0;
	if (*end_ns)
		*next_look = MIN(*next_look, *end_ns - now);
	return has_passed;
}

/* Send what is due, and arrange for the next look. */
static void cpu_timers_run(struct process *process)
{
	struct usage usage;
	uint64_t next_look = TIME_NEVER;
	int limit_signal = 0;

	process_usage(process, &usage);
	uint64_t total = usage.user_ns + usage.kernel_ns;
	spin_lock(&process->signal_lock);
	bool is_virtual =
		timer_passes(&process->virtual_end_ns, process->virtual_interval_ns, usage.user_ns, &next_look);
	bool is_prof = timer_passes(&process->prof_end_ns, process->prof_interval_ns, total, &next_look);
	uint64_t soft = limit_ns(process->limits.of[RLIMIT_CPU].soft);
	uint64_t hard = limit_ns(process->limits.of[RLIMIT_CPU].hard);
	if (soft != TIME_NEVER) {
		uint64_t warn = MAX(soft, process->cpu_warn_ns);
		if (total >= hard) {
			limit_signal = SIGKILL;
		} else if (total >= warn) {
			limit_signal = SIGXCPU;
			warn = total + NS_PER_SEC;
			process->cpu_warn_ns = warn;
		}
		uint64_t next = MIN(warn, hard);
		if (next > total)
			next_look = MIN(next_look, next - total);
	}
	if (next_look != TIME_NEVER && !process->timers_have_ended) {
		next_look = MAX(next_look, total == process->cpu_seen_ns ? LOOK_IDLE_NS : LOOK_LEAST_NS);
		timer_arm(&process->cpu_timer, clock_monotonic_ns() + next_look);
	} else {
		timer_disarm(&process->cpu_timer);
	}
	process->cpu_seen_ns = total;
	spin_unlock(&process->signal_lock);

	if (is_virtual)
		send_timer_signal(process, SIGVTALRM);
	if (is_prof)
		send_timer_signal(process, SIGPROF);
	if (limit_signal)
		send_timer_signal(process, limit_signal);
}

static void cpu_timer_expired(struct timer *timer)
{
	cpu_timers_run(container_of(timer, struct process, cpu_timer));
}

/* RLIMIT_RTTIME in microseconds: as Linux does, each warning moves the soft limit up by a second. */
static void check_rt_time(struct process *process)
{
	struct thread *thread = current_thread();
	uint64_t us = thread->rt_run_ns / NS_PER_USEC;
	int signal = 0;

	if (!thread->rt_priority)
		return;
	spin_lock(&tree_lock);
	uint64_t soft = process->limits.of[RLIMIT_RTTIME].soft, hard = process->limits.of[RLIMIT_RTTIME].hard;
	if (hard != RLIM_INFINITY && us > hard) {
		signal = SIGKILL;
	} else if (soft != RLIM_INFINITY && us >= soft) {
		signal = SIGXCPU;
		process->limits.of[RLIMIT_RTTIME].soft = soft + NS_PER_SEC / NS_PER_USEC;
	}
	spin_unlock(&tree_lock);
	if (signal)
		send_timer_signal(process, signal);
}

static bool rt_time_is_over(const struct thread *thread, const struct process *process)
{
	uint64_t soft = process->limits.of[RLIMIT_RTTIME].soft;

	return thread->rt_priority && soft != RLIM_INFINITY && thread->rt_run_ns / NS_PER_USEC >= soft;
}

/* Any locks may be held here: the look itself is taken on the way to user mode, and only when none is arranged yet. */
void signal_account_time(struct thread *thread, uint64_t user_ns, uint64_t kernel_ns)
{
	struct process *process = thread->process;

	if (!process)
		return;
	if (unlikely(rt_time_is_over(thread, process))) {
		atomic_store_explicit(&process->cpu_look_wanted, true, memory_order_relaxed);
		atomic_fetch_or_explicit(&thread->work, WORK_SIGNAL, memory_order_relaxed);
		return;
	}
	if (process->cpu_timer.is_armed)
		return;
	if (likely(process->limits.of[RLIMIT_CPU].soft == RLIM_INFINITY && !process->virtual_end_ns &&
		   !process->prof_end_ns))
		return;
	atomic_store_explicit(&process->cpu_look_wanted, true, memory_order_relaxed);
	atomic_fetch_or_explicit(&thread->work, WORK_SIGNAL, memory_order_relaxed);
}

void cpu_timers_check(void)
{
	struct process *process = current_process();

	if (likely(!atomic_load_explicit(&process->cpu_look_wanted, memory_order_relaxed)))
		return;
	atomic_store_explicit(&process->cpu_look_wanted, false, memory_order_relaxed);
	check_rt_time(process);
	cpu_timers_run(process);
}

void signal_cpu_limit_changed(struct process *process)
{
	process->cpu_warn_ns = 0;
	cpu_timers_run(process);
}

void signal_timers_init(struct process *process)
{
	timer_init(&process->real_timer, real_timer_expired);
	timer_init(&process->cpu_timer, cpu_timer_expired);
	process->real_interval_ns = 0;
	process->virtual_end_ns = process->virtual_interval_ns = 0;
	process->prof_end_ns = process->prof_interval_ns = 0;
	process->cpu_warn_ns = process->cpu_seen_ns = 0;
	atomic_init(&process->cpu_look_wanted, false);
	list_init(&process->posix_timers);
	process->next_posix_timer = 0;
}

static uint64_t rest_until(uint64_t end_ns, uint64_t now)
{
	if (!end_ns)
		return 0;
	return end_ns > now ? end_ns - now : 1;
}

/* The process's own times that ITIMER_VIRTUAL and ITIMER_PROF count. */
static uint64_t counted_ns(struct process *process, int which)
{
	struct usage usage;

	process_usage(process, &usage);
	return which == ITIMER_VIRTUAL ? usage.user_ns : usage.user_ns + usage.kernel_ns;
}

static void read_timer(struct process *process, int which, uint64_t now, struct interval_timer *timer)
{
	switch (which) {
	case ITIMER_REAL:
		timer->interval_ns = process->real_interval_ns;
		timer->value_ns = process->real_timer.is_armed ? rest_until(process->real_timer.deadline_ns, now) : 0;
		break;
	case ITIMER_VIRTUAL:
		timer->interval_ns = process->virtual_interval_ns;
		timer->value_ns = rest_until(process->virtual_end_ns, now);
		break;
	default:
		timer->interval_ns = process->prof_interval_ns;
		timer->value_ns = rest_until(process->prof_end_ns, now);
	}
}

int itimer_get(int which, struct interval_timer *timer)
{
	struct process *process = current_process();

	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	uint64_t now = which == ITIMER_REAL ? clock_monotonic_ns() : counted_ns(process, which);
	spin_lock(&process->signal_lock);
	read_timer(process, which, now, timer);
	spin_unlock(&process->signal_lock);
	return 0;
}

int itimer_set(int which, const struct interval_timer *timer, struct interval_timer *before)
{
	struct process *process = current_process();

	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	uint64_t now = which == ITIMER_REAL ? clock_monotonic_ns() : counted_ns(process, which);
	uint64_t end = timer->value_ns ? now + timer->value_ns : 0;
	spin_lock(&process->signal_lock);
	read_timer(process, which, now, before);
	switch (which) {
	case ITIMER_REAL:
		process->real_interval_ns = timer->interval_ns;
		if (end)
			timer_arm(&process->real_timer, end);
		else
			timer_disarm(&process->real_timer);
		break;
	case ITIMER_VIRTUAL:
		process->virtual_interval_ns = timer->interval_ns;
		process->virtual_end_ns = end;
		break;
	default:
		process->prof_interval_ns = timer->interval_ns;
		process->prof_end_ns = end;
	}
	spin_unlock(&process->signal_lock);
	/* An end that another processor is just telling of came before the change: its signal is pending on return. */
	if (which == ITIMER_REAL)
		timer_settle(&process->real_timer);
	else
		cpu_timers_run(process);
	return 0;
}
