/*
 * Priorities of input and output (ioprio_get(2), ioprio_set(2)): kept, inherited and checked. There is no queue of
 * requests here that they could order.
 */
#ifndef NAMU_PROC_IO_PRIORITY_H
#define NAMU_PROC_IO_PRIORITY_H

#include "proc/process.h"

/* `which` and `who` name a thread, a process group or a user. 0 (set), a priority (get), -EINVAL, -ESRCH, -EPERM,
 * -ENOMEM. */
int64_t io_priority_set(int which, int32_t who, uint32_t priority);
int64_t io_priority_get(int which, int32_t who);

/* A child has its maker's; with `shares` (CLONE_IO) a later change is seen by both. 0 or -ENOMEM. */
int io_priority_fork(struct thread_proc *child, const struct thread_proc *maker, bool shares);
/* Drop a reference; null does nothing. */
void io_priority_put(struct io_context *io);

#endif
