/* timerfd_create(2): a timer whose expirations are read and polled. */
#ifndef NAMU_IPC_TIMERFD_H
#define NAMU_IPC_TIMERFD_H

#include "fs/file.h"

/* First expiration and period in ns; 0: disarmed, once only. */
struct timerfd_setting {
	uint64_t value_ns, interval_ns;
};

/* A description; clocks CLOCK_REALTIME, MONOTONIC, BOOTTIME and the two ALARM ones. err_ptr: -EINVAL, -EPERM
 * (CAP_WAKE_ALARM), -ENOMEM. */
struct file *timerfd_create(int clock, uint32_t flags);
/* flags: TFD_TIMER_ABSTIME, TFD_TIMER_CANCEL_ON_SET. *before (may be null) as timerfd_get gives it. 0, -EINVAL (no
 * timerfd, flags). */
int timerfd_set(struct file *file, uint32_t flags, const struct timerfd_setting *setting,
		struct timerfd_setting *before);
/* The time that is left, and the period. 0 or -EINVAL. */
int timerfd_get(struct file *file, struct timerfd_setting *setting);
/* CLOCK_REALTIME was set: absolute timers on it are armed anew, cancellable ones end with ECANCELED. Called by
 * clock_settime. */
void timerfd_clock_was_set(void);

#endif
