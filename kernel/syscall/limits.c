/* System calls of resource limits, usage and scheduling. */
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/sched/types.h>

#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "lib/string.h"
#include "proc/io_priority.h"
#include "proc/limits.h"
#include "proc/rusage.h"
#include "proc/scheduling.h"
#include "proc/time.h"
#include "sched/sched.h"
#include "syscall/calls.h"

#define TICK_NS 10000000ull

_Static_assert(sizeof(struct limit_pair) == sizeof(struct rlimit64), "read and written as it is");

int64_t sys_getrlimit(uint32_t resource, user_out_t limit)
{
	struct limit_pair pair;
	int error = process_limit(0, resource, NULL, &pair);

	return error ? error : copy_to_user(limit, &pair, sizeof(pair));
}

int64_t sys_setrlimit(uint32_t resource, user_in_t limit)
{
	struct limit_pair pair, before;

	if (copy_from_user(&pair, limit, sizeof(pair)))
		return -EFAULT;
	return process_limit(0, resource, &pair, &before);
}

int64_t sys_prlimit64(pid_type_t pid, uint32_t resource, user_in_t wanted, user_out_t before)
{
	struct limit_pair pair, old;

	if (wanted && copy_from_user(&pair, wanted, sizeof(pair)))
		return -EFAULT;
	int error = process_limit(pid, resource, wanted ? &pair : NULL, &old);
	if (error || !before)
		return error;
	return copy_to_user(before, &old, sizeof(old));
}

int64_t sys_getrusage(int32_t who, user_out_t usage)
{
	struct rusage out;
	int error = usage_of_current(who, &out);

	return error ? error : copy_to_user(usage, &out, sizeof(out));
}

int64_t sys_times(user_out_t to)
{
	int64_t ticks[4];

	if (to) {
		times_of_current(ticks);
		if (copy_to_user(to, ticks, sizeof(ticks)))
			return -EFAULT;
	}
	return (int64_t)(clock_monotonic_ns() / TICK_NS);
}

int64_t sys_getpriority(int32_t which, pid_type_t who)
{
	return priority_get(which, who);
}

int64_t sys_setpriority(int32_t which, pid_type_t who, int32_t nice)
{
	return priority_set(which, who, nice);
}

int64_t sys_ioprio_set(int32_t which, pid_type_t who, uint32_t priority)
{
	return io_priority_set(which, who, priority);
}

int64_t sys_ioprio_get(int32_t which, pid_type_t who)
{
	return io_priority_get(which, who);
}

int64_t sys_sched_yield(void)
{
	sched_yield();
	return 0;
}

/* struct sched_param is one int: the priority. */
static int64_t set_policy(int32_t tid, uint32_t policy, bool keep_reset, user_in_t param)
{
	struct scheduling wanted;
	uint32_t priority;

	if (!param || tid < 0)
		return -EINVAL;
	if (get_user_u32(&priority, param))
		return -EFAULT;
	int error = scheduling_get(tid, &wanted);
	if (error)
		return error;
	if (!keep_reset) {
		wanted.reset_on_fork = (policy & SCHED_RESET_ON_FORK) != 0;
		wanted.policy = policy & ~(uint32_t)SCHED_RESET_ON_FORK;
	}
	wanted.rt_priority = priority;
	return scheduling_set(tid, &wanted, true);
}

int64_t sys_sched_setscheduler(pid_type_t tid, int32_t policy, user_in_t param)
{
	return policy < 0 ? -EINVAL : set_policy(tid, (uint32_t)policy, false, param);
}

int64_t sys_sched_setparam(pid_type_t tid, user_in_t param)
{
	return set_policy(tid, 0, true, param);
}

int64_t sys_sched_getscheduler(pid_type_t tid)
{
	struct scheduling now;
	int error = scheduling_get(tid, &now);

	return error ? error : (int64_t)(now.policy | (now.reset_on_fork ? SCHED_RESET_ON_FORK : 0));
}

int64_t sys_sched_getparam(pid_type_t tid, user_out_t param)
{
	struct scheduling now;

	if (!param)
		return -EINVAL;
	int error = scheduling_get(tid, &now);
	return error ? error : put_user_u32(param, now.rt_priority);
}

/* Fields that a newer program added must be zero, and the kernel's own size is told when they are not. */
static int read_attributes(user_in_t from, struct sched_attr *attributes)
{
	uint32_t bytes;

	memset(attributes, 0, sizeof(*attributes));
	if (get_user_u32(&bytes, from))
		return -EFAULT;
	if (bytes == 0)
		bytes = SCHED_ATTR_SIZE_VER0;
	bool is_bad = bytes < SCHED_ATTR_SIZE_VER0 || bytes > PAGE_SIZE;
	for (uint32_t at = sizeof(*attributes); !is_bad && at < bytes; at += sizeof(uint32_t)) {
		uint32_t word;
		if (get_user_u32(&word, from + at))
			return -EFAULT;
		is_bad = word != 0;
	}
	if (is_bad)
		return put_user_u32(from, sizeof(*attributes)) ? -EFAULT : -E2BIG;
	return copy_from_user(attributes, from, MIN((size_t)bytes, sizeof(*attributes)));
}

int64_t sys_sched_setattr(pid_type_t tid, user_in_t from, flags_t flags)
{
	struct sched_attr attributes;
	struct scheduling now;

	if (!from || tid < 0 || flags)
		return -EINVAL;
	int error = read_attributes(from, &attributes);
	if (error)
		return error;
	const uint64_t known = SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_KEEP_POLICY | SCHED_FLAG_KEEP_PARAMS;
	if ((int32_t)attributes.sched_policy < 0 || (attributes.sched_flags & ~known))
		return -EINVAL;
	error = scheduling_get(tid, &now);
	if (error)
		return error;
	bool keeps_policy = attributes.sched_flags & SCHED_FLAG_KEEP_POLICY;
	bool keeps = attributes.sched_flags & SCHED_FLAG_KEEP_PARAMS;
	struct scheduling wanted = {
		.policy = keeps_policy ? now.policy : attributes.sched_policy,
		.rt_priority = keeps && now.rt_priority ? now.rt_priority : attributes.sched_priority,
		.nice = attributes.sched_nice,
		.reset_on_fork =
			keeps_policy ? now.reset_on_fork : (attributes.sched_flags & SCHED_FLAG_RESET_ON_FORK) != 0,
	};
	if (!keeps)
		return scheduling_set(tid, &wanted, false);
	/* As on Linux the policy counts as a parameter: all is checked, and only the flag changes. */
	error = scheduling_check(tid, &wanted, true);
	now.reset_on_fork = wanted.reset_on_fork;
	return error ? error : scheduling_set(tid, &now, true);
}

int64_t sys_sched_getattr(pid_type_t tid, user_out_t to, uint32_t bytes, flags_t flags)
{
	struct sched_attr attributes;
	struct scheduling now;

	if (!to || tid < 0 || bytes < SCHED_ATTR_SIZE_VER0 || bytes > PAGE_SIZE || flags)
		return -EINVAL;
	int error = scheduling_get(tid, &now);
	if (error)
		return error;
	memset(&attributes, 0, sizeof(attributes));
	attributes.size = (uint32_t)MIN((size_t)bytes, sizeof(attributes));
	attributes.sched_policy = now.policy;
	attributes.sched_flags = now.reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0;
	attributes.sched_priority = now.rt_priority;
	if (now.rt_priority == 0)
		attributes.sched_nice = now.nice;
	attributes.sched_util_max = 1024;
	return copy_to_user(to, &attributes, attributes.size);
}

int64_t sys_sched_get_priority_max(int32_t policy)
{
	return scheduling_priority_max(policy);
}

int64_t sys_sched_get_priority_min(int32_t policy)
{
	return scheduling_priority_min(policy);
}

int64_t sys_sched_rr_get_interval(pid_type_t tid, user_out_t interval)
{
	uint64_t ns;
	int error = scheduling_quantum(tid, &ns);

	return error ? error : timespec_to_user(interval, ns);
}

int64_t sys_sched_setaffinity(pid_type_t tid, uint32_t bytes, user_in_t mask)
{
	uint64_t wanted = 0;

	if (copy_from_user(&wanted, mask, MIN((size_t)bytes, sizeof(wanted))))
		return -EFAULT;
	return affinity_set(tid, wanted);
}

/* The result is how many bytes of the mask were written: one word, as there are at most 64 processors. */
int64_t sys_sched_getaffinity(pid_type_t tid, uint32_t bytes, user_out_t mask)
{
	uint64_t now;

	if (bytes == 0 || bytes % sizeof(uint64_t))
		return -EINVAL;
	int error = affinity_get(tid, &now);
	if (error)
		return error;
	return put_user_u64(mask, now) ? -EFAULT : (int64_t)sizeof(now);
}
