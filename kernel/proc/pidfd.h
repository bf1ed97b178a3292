/*
 * A process held as a descriptor (pidfd_open(2)): waited for by waitid, poll and epoll, sent signals, without the race
 * that a number has.
 */
#ifndef NAMU_PROC_PIDFD_H
#define NAMU_PROC_PIDFD_H

#include "proc/process.h"

/* A description of `pid` (takes a reference of its own); null: no memory. `flags`: O_NONBLOCK. */
struct file *pidfd_create(struct pid *pid, uint32_t flags);
/* The pid behind a descriptor, with a reference; *flags: its status flags. err_ptr(-EBADF) when it is not a pidfd. */
struct pid *pidfd_get(int fd, uint32_t *flags);
/* Its process has ended: pollers are told. tree_lock is held. */
void pidfd_wake(struct pid *pid);

/* Bodies of pidfd_open(2), pidfd_send_signal(2), pidfd_getfd(2). */
int64_t pidfd_open(int32_t number, uint32_t flags);
int64_t pidfd_send_signal(int fd, int signal, uaddr_t info, uint32_t flags);
int64_t pidfd_take_file(int fd, int target, uint32_t flags);

#endif
