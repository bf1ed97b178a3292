/*
 * Rights and rules of the scheduling calls; the work is done by sched/.
 */
#include <linux/capability.h>
#include <linux/resource.h>
#include <linux/sched.h>

#include "arch/x86_64/cpu.h"
#include "fs/cred.h"
#include "proc/futex.h"
#include "proc/pid.h"
#include "proc/scheduling.h"
#include "sched/sched.h"

#define NICE_MIN        (-20)
#define NICE_MAX        19
#define RT_PRIORITY_MAX 99

static struct thread *find(int32_t tid)
{
	if (tid)
		return thread_find(tid);
	thread_get(current_thread());
	return current_thread();
}

/* Owners by effective id, as for setpriority(2) and sched_setscheduler(2). tree_lock is held. */
static bool is_owner_locked(const struct thread *thread)
{
	const struct cred *mine = current_cred(), *theirs = thread->cred;

	return theirs && (mine->euid == theirs->euid || mine->euid == theirs->uid);
}

static bool is_owner(const struct thread *thread)
{
	bool is_owner;

	spin_lock(&tree_lock);
	is_owner = is_owner_locked(thread);
	spin_unlock(&tree_lock);
	return is_owner;
}

static bool may_take_nice(const struct thread *thread, int nice)
{
	uint64_t limit = thread->limits ? thread->limits->of[RLIMIT_NICE].soft : 0;

	return (uint64_t)(20 - nice) <= limit || current_has_cap(CAP_SYS_NICE);
}

/* tree_lock is held. */
static int set_nice(struct thread *thread, int nice)
{
	if (!is_owner_locked(thread) && !current_has_cap(CAP_SYS_NICE))
		return -EPERM;
	if (nice < thread->nice && !may_take_nice(thread, nice))
		return -EACCES;
	sched_set_nice(thread, nice);
	return 0;
}

/* One member of the set that which and who name; *result collects. */
static void visit_priority(struct thread *thread, const int *nice, int64_t *result)
{
	if (!nice) {
		*result = MAX(*result, (int64_t)(20 - thread->nice));
		return;
	}
	int error = set_nice(thread, *nice);
	if (error || *result == -ESRCH)
		*result = error;
}

static bool is_named(const struct process *process, int which, int32_t who)
{
	const struct process *self = current_process();

	if (which == PRIO_PGRP)
		return who ? process->group->number == who : process->group == self->group;
	uint32_t uid = who ? (uint32_t)who : current_cred()->uid;
	return process->leader && process->leader->cred && process->leader->cred->uid == uid;
}

/* PRIO_PROCESS means one thread; groups and users mean every thread of theirs. */
static int64_t visit_all(int which, int32_t who, const int *nice)
{
	int64_t result = -ESRCH;
	struct process *process;
	struct thread_proc *each;

	if (which != PRIO_PROCESS && which != PRIO_PGRP && which != PRIO_USER)
		return -EINVAL;
	if (which == PRIO_PROCESS) {
		struct thread *thread = find(who);
		if (!thread)
			return -ESRCH;
		spin_lock(&tree_lock);
		visit_priority(thread, nice, &result);
		spin_unlock(&tree_lock);
		thread_put(thread);
		return result;
	}
	spin_lock(&tree_lock);
	list_for_each (process, &all_processes, all_link) {
		if (!is_named(process, which, who))
			continue;
		list_for_each (each, &process->threads, process_link) {
			if (!each->is_gone)
				visit_priority(each->thread, nice, &result);
		}
	}
	spin_unlock(&tree_lock);
	return result;
}

int64_t priority_get(int which, int32_t who)
{
	return visit_all(which, who, NULL);
}

int64_t priority_set(int which, int32_t who, int nice)
{
	nice = MAX(MIN(nice, NICE_MAX), NICE_MIN);
	return visit_all(which, who, &nice);
}

static bool policy_is_rt(uint32_t policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

/* SCHED_IDLE lets the nice level be as it is. */
static bool policy_has_nice(uint32_t policy)
{
	return policy == SCHED_NORMAL || policy == SCHED_BATCH;
}

static bool policy_is_known(uint32_t policy)
{
	return policy == SCHED_NORMAL || policy == SCHED_BATCH || policy == SCHED_IDLE || policy_is_rt(policy);
}

int scheduling_get(int32_t tid, struct scheduling *scheduling)
{
	if (tid < 0)
		return -EINVAL;
	struct thread *thread = find(tid);
	if (!thread)
		return -ESRCH;
	*scheduling = (struct scheduling){
		.policy = thread->policy,
		.rt_priority = thread->rt_priority,
		.nice = thread->nice,
		.reset_on_fork = thread->reset_on_fork,
	};
	thread_put(thread);
	return 0;
}

/* What is allowed without CAP_SYS_NICE. */
static int check_rights(const struct thread *thread, const struct scheduling *wanted, bool keep_nice)
{
	uint64_t limit = thread->limits ? thread->limits->of[RLIMIT_RTPRIO].soft : 0;

	if (current_has_cap(CAP_SYS_NICE))
		return 0;
	if (policy_is_rt(wanted->policy)) {
		if (wanted->policy != thread->policy && limit == 0)
			return -EPERM;
		if (wanted->rt_priority > thread->rt_priority && wanted->rt_priority > limit)
			return -EPERM;
	} else if (!keep_nice && policy_has_nice(wanted->policy) && wanted->nice < thread->nice &&
		   !may_take_nice(thread, MAX(wanted->nice, NICE_MIN))) {
		return -EPERM;
	}
	if (thread->policy == SCHED_IDLE && wanted->policy != SCHED_IDLE && !may_take_nice(thread, thread->nice))
		return -EPERM;
	if (!is_owner(thread))
		return -EPERM;
	return thread->reset_on_fork && !wanted->reset_on_fork ? -EPERM : 0;
}

/* The thread that is meant, if the caller may change it so. */
static int find_for(int32_t tid, const struct scheduling *wanted, bool keep_nice, struct thread **found)
{
	if (tid < 0 || !policy_is_known(wanted->policy))
		return -EINVAL;
	bool has_priority = wanted->rt_priority >= 1 && wanted->rt_priority <= RT_PRIORITY_MAX;
	if (policy_is_rt(wanted->policy) ? !has_priority : wanted->rt_priority != 0)
		return -EINVAL;
	struct thread *thread = find(tid);
	if (!thread)
		return -ESRCH;
	int error = check_rights(thread, wanted, keep_nice);
	if (error)
		thread_put(thread);
	else
		*found = thread;
	return error;
}

int scheduling_check(int32_t tid, const struct scheduling *wanted, bool keep_nice)
{
	struct thread *thread;
	int error = find_for(tid, wanted, keep_nice, &thread);

	if (!error)
		thread_put(thread);
	return error;
}

int scheduling_set(int32_t tid, const struct scheduling *wanted, bool keep_nice)
{
	struct thread *thread;
	int error = find_for(tid, wanted, keep_nice, &thread);

	if (error)
		return error;
	sched_set_policy(thread, wanted->policy, wanted->rt_priority, wanted->reset_on_fork);
	if (thread_proc(thread))
		futex_pi_level_changed(thread);
	if (!keep_nice && policy_has_nice(wanted->policy))
		sched_set_nice(thread, MAX(MIN(wanted->nice, NICE_MAX), NICE_MIN));
	thread_put(thread);
	return 0;
}

int64_t scheduling_priority_min(int policy)
{
	if (policy == SCHED_DEADLINE)
		return 0;
	return policy >= 0 && policy_is_known((uint32_t)policy) ? policy_is_rt((uint32_t)policy) : -EINVAL;
}

int64_t scheduling_priority_max(int policy)
{
	int64_t least = scheduling_priority_min(policy);

	return least == 1 ? RT_PRIORITY_MAX : least;
}

int scheduling_quantum(int32_t tid, uint64_t *ns)
{
	if (tid < 0)
		return -EINVAL;
	struct thread *thread = find(tid);
	if (!thread)
		return -ESRCH;
	*ns = thread->policy == SCHED_FIFO ? 0 : sched_quantum_ns(thread);
	thread_put(thread);
	return 0;
}

/* Processors that exist. */
static uint64_t present_mask(void)
{
	return cpu_count >= 64 ? UINT64_MAX : (1ull << cpu_count) - 1;
}

int affinity_get(int32_t tid, uint64_t *mask)
{
	struct thread *thread = tid < 0 ? NULL : find(tid);

	if (!thread)
		return -ESRCH;
	*mask = thread->affinity & present_mask();
	thread_put(thread);
	return 0;
}

int affinity_set(int32_t tid, uint64_t mask)
{
	struct thread *thread = tid < 0 ? NULL : find(tid);
	int error = 0;

	if (!thread)
		return -ESRCH;
	mask &= present_mask();
	if (!is_owner(thread) && !current_has_cap(CAP_SYS_NICE))
		error = -EPERM;
	else if (!mask)
		error = -EINVAL;
	else
		sched_set_affinity(thread, mask);
	thread_put(thread);
	return error;
}
