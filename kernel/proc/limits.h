/* Resource limits (getrlimit(2), prlimit(2)). */
#ifndef NAMU_PROC_LIMITS_H
#define NAMU_PROC_LIMITS_H

#include "proc/process.h"

/* What the first process has: Linux's defaults. */
void limits_init(struct limits *limits);
/* The soft limit of the current process; none for the kernel's own threads. */
uint64_t limit_of_current(unsigned resource);
/* A pair of limits, as struct rlimit has them. */
struct limit_pair {
	uint64_t soft, hard;
};
/* prlimit(2)'s body on process `pid` (0: the caller): the old pair into *before, `wanted` (unless null) set.
 * 0, -EINVAL, -EPERM, -ESRCH. */
int process_limit(int32_t pid, unsigned resource, const struct limit_pair *wanted, struct limit_pair *before);

#endif
