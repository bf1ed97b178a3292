/* The dispatcher's part of the kernel's look at itself (lib/check.h). */
#ifndef NAMU_SCHED_CHECK_H
#define NAMU_SCHED_CHECK_H

#include "lib/check.h"

/* Takes the lock of one ready queue and of one timer queue after the other. */
void sched_check(struct check *check);
/* timer.c: the timers of one processor. */
void timer_check(struct check *check, uint32_t cpu);

#endif
