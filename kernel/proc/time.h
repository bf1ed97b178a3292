/*
 * Clocks of processes, interval timers, POSIX timers, sleeping (clock_gettime(2), setitimer(2), timer_create(2),
 * nanosleep(2)). Times are ns in uint64_t; conversion from and to struct timespec is time_from_user's and
 * time_to_user's.
 */
#ifndef NAMU_PROC_TIME_H
#define NAMU_PROC_TIME_H

#include "proc/process.h"

/* 0, -EFAULT, or -EINVAL for a time that is negative or has too many nanoseconds (microseconds). Large ones are cut to
 * TIME_NEVER. */
int timespec_from_user(uint64_t *ns, uaddr_t from);
int timespec_to_user(uaddr_t to, uint64_t ns);
int timeval_from_user(uint64_t *ns, uaddr_t from);
int timeval_to_user(uaddr_t to, uint64_t ns);

/* Clocks by their numbers in linux/time.h, and those of processes and threads (negative numbers). 0 or -EINVAL, -ESRCH,
 * -EPERM ... */
int clock_read(int32_t clock, uint64_t *ns);
int clock_resolution(int32_t clock, uint64_t *ns);
int clock_write(int32_t clock, uint64_t ns);
/* There is such a clock; it has a way to be set (or is a processor clock, which may not be: -EPERM); it can be slept
 * on: 0, -EINVAL, -EOPNOTSUPP, or -EPERM without CAP_WAKE_ALARM for those that wake a sleeping machine. */
bool clock_is_known(int32_t clock);
bool clock_may_be_set(int32_t clock);
int clock_can_sleep(int32_t clock);
/* CLOCK_REALTIME was set or moved: who waits for a real time looks again. */
void clock_was_stepped(void);
/* POSIX timers of absolute real times are armed anew. */
void posix_timers_clock_was_set(void);
/* The monotonic time at which `clock` will show `ns`, as things stand now. */
int clock_deadline(int32_t clock, uint64_t ns, uint64_t *deadline_ns);
/* The same on behalf of another process than the current one: a timer expires wherever it happens to. */
int clock_read_for(const struct process *asker, int32_t clock, uint64_t *ns);
int clock_deadline_for(const struct process *asker, int32_t clock, uint64_t ns, uint64_t *deadline_ns);

/* A wait until a real time: while `entry` is entered, the current thread is woken whenever the clock is set, and asks
 * again what monotonic time that is. Ended by wait_entry_remove. */
void realtime_wait_begin(struct wait_entry *entry);
uint64_t realtime_to_monotonic(uint64_t realtime_ns);

/* Until `deadline_ns` of `clock`; `rest` (a timespec or 0) gets what was left of a relative sleep that was interrupted.
 * 0, -EINVAL, -EFAULT, -ERESTART_BLOCK (relative), -ERESTART_NOHANDLER. */
int64_t sleep_on_clock(int32_t clock, uint64_t ns, bool is_absolute, uaddr_t rest);

/* setitimer's three, by ITIMER_*. Values in ns: until the next expiry (0: off), and between expiries. */
struct interval_timer {
	uint64_t value_ns, interval_ns;
};
int itimer_get(int which, struct interval_timer *timer);
int itimer_set(int which, const struct interval_timer *timer, struct interval_timer *before);

/* A timer whose signal nobody takes expires no more often than this. */
#define TIMER_LEISURE_NS (4 * NS_PER_MSEC)

/* SIGALRM was taken: the next period of ITIMER_REAL. signal_lock is not held. */
void itimer_delivered(struct process *process);

/* timer_create(2) and its kin. `event`: address of a struct sigevent, or 0. */
int posix_timer_create(int32_t clock, uaddr_t event, int32_t *id);
int posix_timer_set(int32_t id, bool is_absolute, const struct interval_timer *timer, struct interval_timer *before);
int posix_timer_get(int32_t id, struct interval_timer *timer);
int posix_timer_overrun(int32_t id);
int posix_timer_delete(int32_t id);
/* What there is to tell of a timer, for /proc. */
struct posix_timer_facts {
	int32_t id, clock, notify, signal;
	int32_t tid; /* who gets its signal; 0: the process */
	uint64_t value;
};
/* The timer with the largest id below timer->id (negative: of all) of a process. False: there is none. */
bool posix_timer_before(struct process *process, struct posix_timer_facts *timer);
/* At delivery of a signal that a POSIX timer sent: the overrun count to show, and the next period. signal_lock is not
 * held. */
struct signal_info;
void posix_timer_delivered(struct signal_info *info);

/* Look at ITIMER_VIRTUAL, ITIMER_PROF and RLIMIT_CPU of the current process if the dispatcher's accounting asked for
 * it. */
void cpu_timers_check(void);

#endif
