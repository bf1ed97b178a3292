/*
 * Numbers of threads and processes: given out upwards, wrapping at pid_max, found through a hash. tree_lock guards all
 * of it.
 */
#ifndef NAMU_PROC_PID_H
#define NAMU_PROC_PID_H

#include "lib/check.h"
#include "proc/process.h"

/* Numbers below this one are given out once only, so that a wrap does not hit what was started at boot. */
#define PID_RESERVED 300

/* A fresh number, or `wanted` when that is not 0; findable, but nobody's yet. err_ptr: -EEXIST (wanted is taken),
 * -EAGAIN (none left), -ENOMEM. One reference for the caller. tree_lock is not held. */
struct pid *pid_alloc(int32_t wanted);
/* The clone that wanted it failed: no longer findable; drops the caller's reference. tree_lock is not held. */
void pid_discard(struct pid *pid);
/* A use (thread, process, group, session) ended: once nobody has it, the number is free again. tree_lock is held. */
void pid_release_number(struct pid *pid);
/* The same as pid_find with tree_lock held, and without a reference. */
struct pid *pid_find_locked(int32_t number);
/* How many numbers are taken. */
uint64_t pid_count(void);
/* Is every number that is taken somebody's? tree_lock is held. */
void pid_check(struct check *check);
/* For /proc/loadavg and /proc/sys/kernel/ns_last_pid. */
int32_t pid_last(void);

#endif
