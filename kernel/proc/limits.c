/*
 * Resource limits. They belong to the process; reading and writing one is under tree_lock, the hot readers look at the
 * soft limit alone, which is one word.
 */
#include <linux/capability.h>
#include <linux/resource.h>

#include "fs/cred.h"
#include "fs/file.h"
#include "proc/limits.h"
#include "proc/pid.h"
#include "proc/tree.h"

_Static_assert(RLIM_NLIMITS == ARRAY_LEN(((struct limits *)0)->of), "a row for each limit");

#define UNLIMITED    ((uint64_t)RLIM_INFINITY)
#define STACK_BYTES  (8ull << 20)
#define LOCKED_BYTES (8ull << 20)
#define QUEUE_BYTES  819200ull
#define FILES_SOFT   1024ull
#define FILES_HARD   1048576ull

void limits_init(struct limits *limits)
{
	for (unsigned i = 0; i < RLIM_NLIMITS; i++)
		limits->of[i].soft = limits->of[i].hard = UNLIMITED;
	limits->of[RLIMIT_STACK].soft = STACK_BYTES;
	limits->of[RLIMIT_CORE].soft = 0;
	limits->of[RLIMIT_NPROC].soft = limits->of[RLIMIT_NPROC].hard = thread_limit / 2;
	limits->of[RLIMIT_NOFILE].soft = FILES_SOFT;
	limits->of[RLIMIT_NOFILE].hard = FILES_HARD;
	limits->of[RLIMIT_MEMLOCK].soft = limits->of[RLIMIT_MEMLOCK].hard = LOCKED_BYTES;
	limits->of[RLIMIT_SIGPENDING].soft = limits->of[RLIMIT_SIGPENDING].hard = thread_limit / 2;
	limits->of[RLIMIT_MSGQUEUE].soft = limits->of[RLIMIT_MSGQUEUE].hard = QUEUE_BYTES;
	limits->of[RLIMIT_NICE].soft = limits->of[RLIMIT_NICE].hard = 0;
	limits->of[RLIMIT_RTPRIO].soft = limits->of[RLIMIT_RTPRIO].hard = 0;
}

uint64_t limit_of_current(unsigned resource)
{
	const struct limits *limits = current_thread()->limits;

	return limits && resource < RLIM_NLIMITS ? limits->of[resource].soft : UNLIMITED;
}

/* Another user's limits are his own business, unless the caller may change any (prlimit(2)). */
static bool may_touch(const struct process *target)
{
	const struct cred *mine = current_cred();
	const struct cred *theirs = target->leader ? target->leader->cred : NULL;

	if (target == current_process())
		return true;
	if (theirs && mine->uid == theirs->euid && mine->uid == theirs->suid && mine->uid == theirs->uid &&
	    mine->gid == theirs->egid && mine->gid == theirs->sgid && mine->gid == theirs->gid)
		return true;
	return current_has_cap(CAP_SYS_RESOURCE);
}

static int check_wanted(unsigned resource, const struct limit_pair *wanted, uint64_t old_hard)
{
	if (wanted->soft > wanted->hard)
		return -EINVAL;
	if (resource == RLIMIT_NOFILE && wanted->hard > FD_LIMIT)
		return -EPERM;
	if (wanted->hard > old_hard && !current_has_cap(CAP_SYS_RESOURCE))
		return -EPERM;
	return 0;
}

int process_limit(int32_t pid, unsigned resource, const struct limit_pair *wanted, struct limit_pair *before)
{
	struct process *process = current_process();
	int error = 0;

	spin_lock(&tree_lock);
	if (pid) {
		struct pid *found = pid_find_locked(pid);
		process = found && found->thread ? found->thread->process : NULL;
	}
	if (!process)
		error = -ESRCH;
	else if (!may_touch(process))
		error = -EPERM;
	else if (resource >= RLIM_NLIMITS)
		error = -EINVAL;
	else if (wanted)
		error = check_wanted(resource, wanted, process->limits.of[resource].hard);
	if (!error) {
		before->soft = process->limits.of[resource].soft;
		before->hard = process->limits.of[resource].hard;
	}
	if (!error && wanted) {
		process->limits.of[resource].soft = wanted->soft;
		process->limits.of[resource].hard = wanted->hard;
	}
	if (!error)
		process_get(process);
	spin_unlock(&tree_lock);
	if (error)
		return error;
	if (wanted && resource == RLIMIT_CPU)
		signal_cpu_limit_changed(process);
	process_put(process);
	return 0;
}
