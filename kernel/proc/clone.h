/*
 * Creation of threads and processes: one core for fork, vfork, clone, clone3 and for the kernel's own. Everything that
 * could be refused is checked first (clone_check.c); then a table of steps copies or shares one part each, and undoes
 * it in reverse when a later one fails; what is made is entered into the tree last, and that cannot fail.
 */
#ifndef NAMU_PROC_CLONE_H
#define NAMU_PROC_CLONE_H

#include <linux/sched.h>

#include "proc/process.h"

/*
 * A parent that waits in vfork; on its stack, named by the child's thread until that executes or ends.
 * Lock key: (q) the queue's lock; (t) tree_lock.
 */
struct vfork_wait {
	struct waitq queue; /* (q) */
	bool is_done;       /* (t) */
};

/* Flags that ask for a namespace of one's own. */
#define CLONE_NAMESPACES \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* Combinations that clone(2) refuses, in Linux's order: 0, -EINVAL, -EPERM, -EAGAIN (RLIMIT_NPROC, memory). Changes
 * nothing. */
int clone_check(const struct clone_request *request);
/* The same for namespaces alone (also for unshare). */
int clone_check_namespaces(uint64_t flags);
/* Read clone3's structure of `bytes` bytes: 0, -EINVAL, -E2BIG, -EFAULT, -EBADF. `set_tid` has room for one number. */
int clone_args_read(uaddr_t from, uint64_t bytes, struct clone_request *request, int32_t *set_tid);

/* The first process that will see user mode: a child of init's that runs start(arg), which executes a program. Null: no
 * memory. */
struct process *process_create_first(const char *name, void (*start)(void *), void *arg);

/* unshare(2)'s body. */
int process_unshare(uint64_t flags);

#endif
