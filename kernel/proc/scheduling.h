/* Scheduling by process ids: who may change whose class, nice value and processors (sched(7)). */
#ifndef NAMU_PROC_SCHEDULING_H
#define NAMU_PROC_SCHEDULING_H

#include "proc/process.h"

/* getpriority(2), setpriority(2). The result of get is 20 - nice, 1 to 40. */
int64_t priority_get(int which, int32_t who);
int64_t priority_set(int which, int32_t who, int nice);

struct scheduling {
	uint32_t policy;
	uint32_t rt_priority;
	int32_t nice;
	bool reset_on_fork;
};
/* What a thread (0: the caller) has. 0, -EINVAL, -ESRCH. */
int scheduling_get(int32_t tid, struct scheduling *scheduling);
/* Change it; keep_nice: the nice value stays. 0, -EINVAL, -ESRCH, -EPERM. */
int scheduling_set(int32_t tid, const struct scheduling *wanted, bool keep_nice);
/* Whether that would be done: 0 or its errors. */
int scheduling_check(int32_t tid, const struct scheduling *wanted, bool keep_nice);
/* Lowest and highest priority of a policy, or -EINVAL. */
int64_t scheduling_priority_min(int policy);
int64_t scheduling_priority_max(int policy);
/* Quantum of a thread in ns: 0, -ESRCH ... */
int scheduling_quantum(int32_t tid, uint64_t *ns);

int affinity_get(int32_t tid, uint64_t *mask);
int affinity_set(int32_t tid, uint64_t mask);

#endif
