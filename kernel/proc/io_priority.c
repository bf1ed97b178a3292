/*
 * ioprio_get(2) and ioprio_set(2).
 */
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/sched.h>

#include "fs/cred.h"
#include "mem/slab.h"
#include "proc/io_priority.h"
#include "proc/pid.h"

#define NICE_STEP 5 /* nice levels a level of best effort stands for */

/* Made by the first ioprio_set of a thread; one reference a thread. Lock key: (a) atomic; (t) tree_lock. */
struct io_context {
	struct refcount refs; /* (a) */
	uint32_t priority;    /* (t) */
};

static struct slab_cache io_cache = SLAB_CACHE("io_context", struct io_context);

static struct io_context *io_create(uint32_t priority)
{
	struct io_context *io = slab_alloc(&io_cache);

	if (io) {
		refcount_init(&io->refs, 1);
		io->priority = priority;
	}
	return io;
}

void io_priority_put(struct io_context *io)
{
	if (io && refcount_put(&io->refs))
		slab_free(&io_cache, io);
}

int io_priority_fork(struct thread_proc *child, const struct thread_proc *maker, bool shares)
{
	if (likely(!maker->io))
		return 0;
	if (shares) {
		refcount_get(&maker->io->refs);
		child->io = maker->io;
		return 0;
	}
	child->io = io_create(maker->io->priority);
	return child->io ? 0 : -ENOMEM;
}

/* Hints to a device, between class and level, are kept with the rest; nobody reads them. */
static int check(uint32_t priority)
{
	switch (IOPRIO_PRIO_CLASS(priority)) {
	case IOPRIO_CLASS_RT:
		return current_has_cap(CAP_SYS_ADMIN) || current_has_cap(CAP_SYS_NICE) ? 0 : -EPERM;
	case IOPRIO_CLASS_BE:
	case IOPRIO_CLASS_IDLE:
		return 0;
	case IOPRIO_CLASS_NONE:
		return IOPRIO_PRIO_LEVEL(priority) ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

/* What a thread has that has set nothing: by its policy and nice value. */
static uint32_t effective(const struct thread *thread)
{
	const struct io_context *io = thread_proc(thread)->io;
	uint32_t class = IOPRIO_CLASS_BE;

	if (io && io->priority >> IOPRIO_CLASS_SHIFT != IOPRIO_CLASS_NONE)
		return io->priority;
	if (thread->policy == SCHED_IDLE)
		class = IOPRIO_CLASS_IDLE;
	else if (thread->policy == SCHED_FIFO || thread->policy == SCHED_RR)
		class = IOPRIO_CLASS_RT;
	return class << IOPRIO_CLASS_SHIFT | (uint32_t)(thread->nice + 20) / NICE_STEP;
}

/* A visit of one thread: `spare` is an io_context for one that has none, taken when it is used. tree_lock is held. */
struct visit {
	bool is_set;
	uint32_t priority;
	struct io_context *spare;
	bool lacks_spare; /* another spare is needed: the visit starts again with one */
	int64_t result;
};

static int set_one(struct thread *thread, struct visit *visit)
{
	const struct cred *mine = current_cred(), *theirs = thread->cred;
	struct thread_proc *proc = thread_proc(thread);

	bool is_owner = theirs && (theirs->uid == mine->euid || theirs->uid == mine->uid);
	if (!is_owner && !current_has_cap(CAP_SYS_NICE))
		return -EPERM;
	if (!proc->io) {
		if (!visit->spare) {
			visit->lacks_spare = true;
			return -ENOMEM;
		}
		proc->io = visit->spare;
		visit->spare = NULL;
	}
	proc->io->priority = visit->priority;
	return 0;
}

/* False: the others need not be visited. */
static bool visit_one(struct thread *thread, struct visit *visit, bool is_raw)
{
	if (visit->is_set) {
		visit->result = set_one(thread, visit);
		return visit->result == 0;
	}
	const struct io_context *io = thread_proc(thread)->io;
	int64_t priority = is_raw ? (io ? io->priority : 0) : effective(thread);
	visit->result = visit->result < 0 ? priority : MIN(visit->result, priority);
	return true;
}

static bool is_named(const struct process *process, const struct thread *thread, int which, int32_t who)
{
	if (which == IOPRIO_WHO_PGRP)
		return who ? process->group->number == who : process->group == current_process()->group;
	return thread->cred && thread->cred->uid == (who ? (uint32_t)who : current_cred()->uid);
}

static void visit_many(int which, int32_t who, struct visit *visit)
{
	struct process *process;
	struct thread_proc *each;

	list_for_each (process, &all_processes, all_link) {
		list_for_each (each, &process->threads, process_link) {
			if (!each->is_gone && is_named(process, each->thread, which, who) &&
			    !visit_one(each->thread, visit, false))
				return;
		}
	}
}

static void visit_locked(int which, int32_t who, struct visit *visit)
{
	visit->result = -ESRCH;
	visit->lacks_spare = false;
	if (which != IOPRIO_WHO_PROCESS) {
		visit_many(which, who, visit);
		return;
	}
	struct thread *thread = current_thread();
	if (who) {
		struct pid *pid = pid_find_locked(who);
		thread = pid ? pid->thread : NULL;
	}
	if (thread && thread_proc(thread))
		visit_one(thread, visit, true);
}

static int64_t visit_all(int which, int32_t who, struct visit *visit)
{
	if (which != IOPRIO_WHO_PROCESS && which != IOPRIO_WHO_PGRP && which != IOPRIO_WHO_USER)
		return -EINVAL;
	do {
		if (visit->lacks_spare) {
			visit->spare = io_create(0);
			if (!visit->spare)
				return -ENOMEM;
		}
		spin_lock(&tree_lock);
		visit_locked(which, who, visit);
		spin_unlock(&tree_lock);
	} while (visit->lacks_spare);
	io_priority_put(visit->spare);
	return visit->result;
}

int64_t io_priority_set(int which, int32_t who, uint32_t priority)
{
	struct visit visit = {.is_set = true, .priority = (uint16_t)priority};
	int error = check(priority);

	return error ? error : visit_all(which, who, &visit);
}

int64_t io_priority_get(int which, int32_t who)
{
	struct visit visit = {.is_set = false};

	return visit_all(which, who, &visit);
}
