/*
 * POSIX timers (timer_create(2)). A periodic timer is armed for its next period when its signal is delivered, not when
 * it is sent: a program that is slow to take signals gets one with a count of the periods it missed, and no storm.
 */
#include <asm/signal.h>
#include <asm-generic/siginfo.h>
#include <asm-generic/resource.h>
#include <linux/capability.h>
#include <linux/time.h>

#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "fs/cred.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "proc/time.h"

#define OVERRUN_MAX INT32_MAX
#define EVENT_BYTES 64

/* Made by timer_create, ended by timer_delete, exec or exit. Lock key: (i) immutable; (s) the process's signal_lock. */
struct posix_timer {
	struct list link;        /* (s) process->posix_timers */
	struct process *process; /* (i) */
	struct thread *thread;   /* (i) SIGEV_THREAD_ID: reference; null: the process */
	int32_t id;              /* (i) */
	int32_t clock;           /* (i) processor clocks by process or thread number */
	int32_t measure;      /* (s) the clock that its end is on: relative times do not follow the real-time clock */
	int32_t notify;       /* (i) SIGEV_* */
	int32_t signal;       /* (i) */
	uint64_t value;       /* (i) */
	struct timer timer;   /* (s) */
	uint64_t end_ns;      /* (s) of its clock; 0: disarmed */
	uint64_t interval_ns; /* (s) */
	bool is_signalled;    /* (s) its signal is pending */
	int32_t overrun;      /* (s) of the last delivery */
};

static struct slab_cache posix_timer_cache = SLAB_CACHE("posix_timer", struct posix_timer);

/* The first words of struct sigevent (sigevent(7)). */
struct user_sigevent {
	uint64_t value;
	int32_t signal;
	int32_t notify;
	int32_t thread_id;
	uint8_t rest[EVENT_BYTES - 20];
};
_Static_assert(sizeof(struct user_sigevent) == sizeof(struct sigevent), "struct sigevent of Linux");

static struct posix_timer *find(struct process *process, int32_t id)
{
	struct posix_timer *timer;

	list_for_each (timer, &process->posix_timers, link) {
		if (timer->id == id)
			return timer;
	}
	return NULL;
}

/* Arm for end_ns. The lock of the process's signals is held, so the deadline comes from outside. */
static void arm(struct posix_timer *timer, uint64_t deadline_ns)
{
	/* What nobody is told of need not expire: whoever asks counts for himself. */
	if (timer->end_ns && deadline_ns != TIME_NEVER && timer->notify != SIGEV_NONE)
		timer_arm(&timer->timer, deadline_ns);
	else
		timer_disarm(&timer->timer);
}

/* Move end_ns past `now` by whole periods; how many ends were missed beyond the one that is due. */
static uint64_t advance(struct posix_timer *timer, uint64_t now)
{
	if (!timer->interval_ns) {
		timer->end_ns = 0;
		return 0;
	}
	uint64_t missed = now > timer->end_ns ? (now - timer->end_ns) / timer->interval_ns : 0;
	timer->end_ns += (missed + 1) * timer->interval_ns;
	return missed;
}

static uint64_t deadline_of(const struct posix_timer *timer)
{
	uint64_t deadline = TIME_NEVER;

	if (timer->end_ns && clock_deadline_for(timer->process, timer->measure, timer->end_ns, &deadline))
		deadline = TIME_NEVER;
	return deadline;
}

/* From the timer interrupt. */
static void expired(struct timer *machine_timer)
{
	struct posix_timer *timer = container_of(machine_timer, struct posix_timer, timer);
	struct process *process = timer->process;
	struct signal_info info;
	uint64_t now;

	if (clock_read_for(process, timer->measure, &now))
		return;
	/* Another processor may have set it to another time meanwhile, or stopped it. */
	spin_lock(&process->signal_lock);
	uint64_t end = timer->end_ns;
	timer->is_signalled = end && now >= end;
	spin_unlock(&process->signal_lock);
	if (!end)
		return;
	if (now < end) {
		/* A processor clock has stood still, or the real-time clock was set back. */
		uint64_t deadline = deadline_of(timer);
		spin_lock(&process->signal_lock);
		if (!timer->timer.is_armed)
			arm(timer, deadline);
		spin_unlock(&process->signal_lock);
		return;
	}
	signal_info_kernel(&info, timer->signal);
	info.code = SI_TIMER;
	info.pid = timer->id;
	info.value = timer->value;
	if (signal_send_timer(process, timer->thread, &info) == 0)
		return;
	/* Nobody will take a signal: go on by ourselves, unless it was set anew meanwhile. */
	spin_lock(&process->signal_lock);
	bool is_unchanged = timer->is_signalled && timer->end_ns == end;
	if (is_unchanged) {
		timer->is_signalled = false;
		advance(timer, now);
	}
	spin_unlock(&process->signal_lock);
	uint64_t deadline = MAX(deadline_of(timer), clock_monotonic_ns() + TIMER_LEISURE_NS);
	spin_lock(&process->signal_lock);
	if (is_unchanged && !timer->timer.is_armed)
		arm(timer, deadline);
	spin_unlock(&process->signal_lock);
}

void posix_timer_delivered(struct signal_info *info)
{
	struct process *process = current_process();
	uint64_t now = 0;

	spin_lock(&process->signal_lock);
	struct posix_timer *timer = find(process, info->pid);
	int32_t clock = timer ? timer->measure : 0;
	spin_unlock(&process->signal_lock);
	if (!timer || clock_read(clock, &now))
		return;
	spin_lock(&process->signal_lock);
	timer = find(process, info->pid);
	if (timer && timer->is_signalled) {
		uint64_t missed = advance(timer, now);
		timer->is_signalled = false;
		timer->overrun = (int32_t)MIN(missed, (uint64_t)OVERRUN_MAX);
		info->status = timer->overrun;
		if (timer->end_ns)
			arm(timer, clock_monotonic_ns() + (timer->end_ns > now ? timer->end_ns - now : 0));
	}
	spin_unlock(&process->signal_lock);
}

/* Processor clocks of "the caller" are tied to who that is now. -EINVAL for clocks that cannot expire. */
static int normalize_clock(int32_t *clock)
{
	uint64_t unused;

	switch (*clock) {
	case CLOCK_PROCESS_CPUTIME_ID:
		*clock = (int32_t)(~(uint32_t)current_process()->pid->number << 3 | 2);
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
		*clock = (int32_t)(~(uint32_t)current_thread()->tid << 3 | 6);
		return 0;
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
		return -EOPNOTSUPP;
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		return current_has_cap(CAP_WAKE_ALARM) ? 0 : -EPERM;
	default:
		if (*clock < 0 && !clock_is_known(*clock))
			return -EOPNOTSUPP;
		return clock_read(*clock, &unused);
	}
}

static int check_event(struct user_sigevent *event, uaddr_t from)
{
	memset(event, 0, sizeof(*event));
	if (!from) {
		event->signal = SIGALRM;
		event->notify = SIGEV_SIGNAL;
		return 0;
	}
	if (copy_from_user(event, from, sizeof(*event)))
		return -EFAULT;
	bool has_signal = event->signal > 0 && event->signal <= SIGNAL_COUNT;
	switch (event->notify) {
	case SIGEV_NONE:
		return 0;
	case SIGEV_SIGNAL:
	case SIGEV_THREAD:
	case SIGEV_SIGNAL | SIGEV_THREAD_ID:
		return has_signal ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

static void free_timer(struct posix_timer *timer)
{
	if (timer->thread)
		thread_put(timer->thread);
	slab_free(&posix_timer_cache, timer);
}

/* Take the next id that is free and put the timer on the list. -EAGAIN: as many as signals may be queued. */
static int enter(struct process *process, struct posix_timer *timer, bool has_default_value)
{
	uint64_t count = 0;
	struct posix_timer *other;

	spin_lock(&process->signal_lock);
	list_for_each (other, &process->posix_timers, link)
		count++;
	int error = count >= process->limits.of[RLIMIT_SIGPENDING].soft ? -EAGAIN : 0;
	if (!error) {
		while (find(process, process->next_posix_timer))
			process->next_posix_timer = (process->next_posix_timer + 1) & INT32_MAX;
		timer->id = process->next_posix_timer;
		process->next_posix_timer = (timer->id + 1) & INT32_MAX;
		if (has_default_value)
			timer->value = (uint64_t)timer->id;
		list_append(&process->posix_timers, &timer->link);
	}
	spin_unlock(&process->signal_lock);
	return error;
}

int posix_timer_create(int32_t clock, uaddr_t event_address, int32_t *id)
{
	struct process *process = current_process();
	struct user_sigevent event;

	int error = normalize_clock(&clock);
	if (!error)
		error = check_event(&event, event_address);
	if (error)
		return error;
	struct posix_timer *timer = slab_alloc(&posix_timer_cache);
	if (!timer)
		return -EAGAIN;
	timer->process = process;
	timer->clock = timer->measure = clock;
	timer->notify = event.notify;
	timer->signal = event.signal;
	timer->value = event.value;
	timer_init(&timer->timer, expired);
	if (event.notify & SIGEV_THREAD_ID) {
		timer->thread = thread_find(event.thread_id);
		if (!timer->thread || timer->thread->process != process)
			error = -EINVAL;
	}
	if (!error)
		error = enter(process, timer, !event_address);
	if (error)
		free_timer(timer);
	else
		*id = timer->id;
	return error;
}

/* What is left until the end, as timer_gettime shows it. */
static void read_timer(const struct posix_timer *timer, uint64_t now, struct interval_timer *to)
{
	to->interval_ns = timer->interval_ns;
	to->value_ns = 0;
	if (!timer->end_ns)
		return;
	uint64_t end = timer->end_ns;
	if (now >= end && timer->interval_ns)
		end += ((now - end) / timer->interval_ns + 1) * timer->interval_ns;
	if (now < end)
		to->value_ns = end - now;
	else if (timer->notify != SIGEV_NONE && !timer->is_signalled)
		to->value_ns = 1;
}

/* The clock of a timer and its time now. */
static int timer_clock_now(struct process *process, int32_t id, uint64_t *now, int32_t *clock)
{
	spin_lock(&process->signal_lock);
	struct posix_timer *timer = find(process, id);
	*clock = timer ? timer->measure : 0;
	spin_unlock(&process->signal_lock);
	if (!timer)
		return -EINVAL;
	/* The thread of a thread's clock may have ended: its time stands still. */
	if (clock_read(*clock, now))
		*now = 0;
	return 0;
}

int posix_timer_get(int32_t id, struct interval_timer *to)
{
	struct process *process = current_process();
	int32_t clock;
	uint64_t now;

	int error = timer_clock_now(process, id, &now, &clock);
	if (error)
		return error;
	spin_lock(&process->signal_lock);
	struct posix_timer *timer = find(process, id);
	if (timer)
		read_timer(timer, now, to);
	spin_unlock(&process->signal_lock);
	return timer ? 0 : -EINVAL;
}

static bool follows_realtime(int32_t clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM || clock == CLOCK_TAI;
}

/* A new time for a timer, if it is still there. */
static bool change(int32_t id, int32_t measure, uint64_t end, uint64_t interval, uint64_t deadline)
{
	struct process *process = current_process();

	spin_lock(&process->signal_lock);
	struct posix_timer *timer = find(process, id);
	if (timer) {
		timer->measure = measure;
		timer->end_ns = end;
		timer->interval_ns = end ? interval : 0;
		timer->is_signalled = false;
		timer->overrun = 0;
		arm(timer, deadline);
	}
	spin_unlock(&process->signal_lock);
	/* As for setitimer. A timer that another thread deletes meanwhile is only compared with. */
	if (timer)
		timer_settle(&timer->timer);
	return timer != NULL;
}

int posix_timer_set(int32_t id, bool is_absolute, const struct interval_timer *wanted, struct interval_timer *before)
{
	struct process *process = current_process();
	uint64_t now = 0, deadline = TIME_NEVER, end = wanted->value_ns;

	int error = posix_timer_get(id, before);
	if (error)
		return error;
	spin_lock(&process->signal_lock);
	struct posix_timer *timer = find(process, id);
	int32_t measure = timer ? timer->clock : CLOCK_MONOTONIC;
	spin_unlock(&process->signal_lock);
	if (!is_absolute && follows_realtime(measure))
		measure = CLOCK_MONOTONIC;
	/* The thread of a thread's clock may have ended: its time stands still. */
	if (clock_read(measure, &now))
		now = 0;
	if (end && !is_absolute)
		end = end < INT64_MAX - now ? end + now : INT64_MAX;
	if (end && clock_deadline(measure, end, &deadline))
		deadline = TIME_NEVER;
	return change(id, measure, end, wanted->interval_ns, deadline) ? 0 : -EINVAL;
}

void posix_timers_clock_was_set(void)
{
	struct process *process;
	struct posix_timer *timer;

	spin_lock(&tree_lock);
	list_for_each (process, &all_processes, all_link) {
		if (process->exit_stage >= EXIT_RELEASED)
			continue;
		spin_lock(&process->signal_lock);
		list_for_each (timer, &process->posix_timers, link) {
			if (follows_realtime(timer->measure) && timer->end_ns && !timer->is_signalled)
				arm(timer, deadline_of(timer));
		}
		spin_unlock(&process->signal_lock);
	}
	spin_unlock(&tree_lock);
}

int posix_timer_overrun(int32_t id)
{
	struct process *process = current_process();

	spin_lock(&process->signal_lock);
	struct posix_timer *timer = find(process, id);
	int overrun = timer ? timer->overrun : -EINVAL;
	spin_unlock(&process->signal_lock);
	return overrun;
}

int posix_timer_delete(int32_t id)
{
	struct process *process = current_process();

	spin_lock(&process->signal_lock);
	struct posix_timer *timer = find(process, id);
	if (timer)
		list_remove(&timer->link);
	spin_unlock(&process->signal_lock);
	if (!timer)
		return -EINVAL;
	timer_cancel(&timer->timer);
	free_timer(timer);
	return 0;
}

void signal_timers_exec(struct process *process)
{
	for (;;) {
		spin_lock(&process->signal_lock);
		struct posix_timer *timer = NULL;
		if (!list_is_empty(&process->posix_timers)) {
			timer = list_first(&process->posix_timers, struct posix_timer, link);
			list_remove(&timer->link);
		}
		spin_unlock(&process->signal_lock);
		if (!timer)
			return;
		timer_cancel(&timer->timer);
		free_timer(timer);
	}
}

void signal_timers_exit(struct process *process)
{
	signal_timers_exec(process);
	spin_lock(&process->signal_lock);
	process->timers_have_ended = true;
	process->real_interval_ns = 0;
	process->virtual_end_ns = process->prof_end_ns = 0;
	spin_unlock(&process->signal_lock);
	timer_cancel(&process->real_timer);
	timer_cancel(&process->cpu_timer);
	signal_waiters_detach(process);
}

bool posix_timer_before(struct process *process, struct posix_timer_facts *facts)
{
	const struct posix_timer *timer, *found = NULL;

	spin_lock(&process->signal_lock);
	list_for_each (timer, &process->posix_timers, link) {
		if ((facts->id < 0 || timer->id < facts->id) && (!found || timer->id > found->id))
			found = timer;
	}
	if (found)
		*facts = (struct posix_timer_facts){.id = found->id,
						    .clock = found->clock,
						    .notify = found->notify,
						    .signal = found->signal,
						    .tid = found->thread ? found->thread->tid : 0,
						    .value = found->value};
	spin_unlock(&process->signal_lock);
	return found;
}
