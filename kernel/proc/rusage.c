/*
 * Accounting of processes. The scheduler counts for each thread; a thread that ends leaves its sums with the process,
 * and a process that is waited for leaves them with its parent.
 */
#include <linux/resource.h>

#include "lib/string.h"
#include "proc/rusage.h"
#include "sched/sched.h"

#define NS_PER_TICK (NS_PER_SEC / 100)

void usage_add_thread(struct usage *sum, struct thread *thread)
{
	uint64_t user_ns, kernel_ns;

	sched_times(thread, &user_ns, &kernel_ns);
	sum->user_ns += user_ns;
	sum->kernel_ns += kernel_ns;
	sum->minor_faults += thread->minor_faults;
	sum->major_faults += thread->major_faults;
	sum->voluntary_switches += thread->voluntary_switches;
	sum->involuntary_switches += thread->involuntary_switches;
}

void usage_add(struct usage *sum, const struct usage *more)
{
	sum->user_ns += more->user_ns;
	sum->kernel_ns += more->kernel_ns;
	sum->minor_faults += more->minor_faults;
	sum->major_faults += more->major_faults;
	sum->voluntary_switches += more->voluntary_switches;
	sum->involuntary_switches += more->involuntary_switches;
	sum->in_blocks += more->in_blocks;
	sum->out_blocks += more->out_blocks;
	sum->max_resident_pages = MAX(sum->max_resident_pages, more->max_resident_pages);
}

void process_usage_locked(struct process *process, struct usage *usage)
{
	struct thread_proc *each;

	*usage = process->dead_threads;
	list_for_each (each, &process->threads, process_link) {
		if (!each->is_gone)
			usage_add_thread(usage, each->thread);
	}
	if (process->space) {
		struct vm_space *space = process->space;
		int64_t now = space->resident_anon + space->resident_file + space->resident_shared;
		uint64_t peak = MAX(space->resident_peak, (uint64_t)MAX(now, (int64_t)0));
		usage->max_resident_pages = MAX(usage->max_resident_pages, peak);
	}
}

void process_usage(struct process *process, struct usage *usage)
{
	spin_lock(&tree_lock);
	process_usage_locked(process, usage);
	spin_unlock(&tree_lock);
}

void usage_to_linux(const struct usage *usage, struct rusage *out)
{
	memset(out, 0, sizeof(*out));
	out->ru_utime.tv_sec = (int64_t)(usage->user_ns / NS_PER_SEC);
	out->ru_utime.tv_usec = (int64_t)(usage->user_ns % NS_PER_SEC / NS_PER_USEC);
	out->ru_stime.tv_sec = (int64_t)(usage->kernel_ns / NS_PER_SEC);
	out->ru_stime.tv_usec = (int64_t)(usage->kernel_ns % NS_PER_SEC / NS_PER_USEC);
	out->ru_maxrss = (int64_t)(usage->max_resident_pages * (PAGE_SIZE / 1024));
	out->ru_minflt = (int64_t)usage->minor_faults;
	out->ru_majflt = (int64_t)usage->major_faults;
	out->ru_inblock = (int64_t)usage->in_blocks;
	out->ru_oublock = (int64_t)usage->out_blocks;
	out->ru_nvcsw = (int64_t)usage->voluntary_switches;
	out->ru_nivcsw = (int64_t)usage->involuntary_switches;
}

int usage_of_current(int who, struct rusage *out)
{
	struct process *process = current_process();
	struct usage usage = {0};

	spin_lock(&tree_lock);
	switch (who) {
	case RUSAGE_SELF:
		process_usage_locked(process, &usage);
		break;
	case RUSAGE_CHILDREN:
		usage = process->children_usage;
		break;
	case RUSAGE_THREAD:
		process_usage_locked(process, &usage);
		usage = (struct usage){.max_resident_pages = usage.max_resident_pages};
		usage_add_thread(&usage, current_thread());
		break;
	default:
		spin_unlock(&tree_lock);
		return -EINVAL;
	}
	spin_unlock(&tree_lock);
	usage_to_linux(&usage, out);
	return 0;
}

void times_of_current(int64_t ticks[4])
{
	struct process *process = current_process();
	struct usage usage;

	spin_lock(&tree_lock);
	process_usage_locked(process, &usage);
	ticks[0] = (int64_t)(usage.user_ns / NS_PER_TICK);
	ticks[1] = (int64_t)(usage.kernel_ns / NS_PER_TICK);
	ticks[2] = (int64_t)(process->children_usage.user_ns / NS_PER_TICK);
	ticks[3] = (int64_t)(process->children_usage.kernel_ns / NS_PER_TICK);
	spin_unlock(&tree_lock);
}
