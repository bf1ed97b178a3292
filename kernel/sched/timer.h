/*
 * Timers: a function called once at a time, from the timer interrupt, on the processor that armed it. It may wake
 * threads and send signals; it may not sleep.
 */
#ifndef NAMU_SCHED_TIMER_H
#define NAMU_SCHED_TIMER_H

#include "lib/rbtree.h"
#include "lib/types.h"

/* Lock key: (t) the lock of the processor's timer queue; (i) set by timer_init. */
struct timer {
	struct rb_node node;                  /* (t) */
	uint64_t deadline_ns;                 /* (t) clock_monotonic_ns */
	void (*expired)(struct timer *timer); /* (i) */
	uint32_t cpu;                         /* (t) whose queue it is on */
	bool is_armed;                        /* (t) */
};

void timer_init(struct timer *timer, void (*expired)(struct timer *timer));
/* (Re-)arm for a time; one in the past expires at the next chance. Its function may run meanwhile for an earlier time.
 */
void timer_arm(struct timer *timer, uint64_t deadline_ns);
/* Disarm; true when it was armed. Its function may run meanwhile on another processor, and may arm it anew: for callers
 * that hold a lock which the function takes. */
bool timer_disarm(struct timer *timer);
/* Disarm; false when it was not armed (it never ran or has run). On return it does not run on any other processor, so
 * the caller holds no lock that its function takes. */
bool timer_cancel(struct timer *timer);
/* Wait until its function does not run on any other processor: what it was about to do is done. The caller holds no
 * lock that the function takes. */
void timer_settle(const struct timer *timer);

#endif
