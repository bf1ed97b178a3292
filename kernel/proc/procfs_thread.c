/* Smaller files of a process's directory in /proc: children, timers, timerslack_ns, cgroup. */
#include <linux/capability.h>
#include <linux/time.h>

#include "lib/string.h"
#include "proc/pid.h"
#include "proc/procfs_private.h"
#include "proc/time.h"

/* The processes that this thread made, and those that it took over (proc(5), /proc/PID/task/TID/children). */
int proc_show_children(struct proc_text *text, const struct proc_target *target)
{
	const struct process *process = target->process, *child;

	spin_lock(&tree_lock);
	list_for_each (child, &process->children, sibling) {
		if (child->parent_tid == target->thread->tid)
			proc_print(text, "%d ", child->pid->number);
	}
	spin_unlock(&tree_lock);
	return 0;
}

/* Linux keeps clocks of "the caller" as clocks of number 0. */
static int32_t shown_clock(const struct posix_timer_facts *timer, const struct process *process)
{
	const int32_t own_process = (int32_t)(~(uint32_t)process->pid->number << 3 | 2);

	if (timer->clock >= 0)
		return timer->clock;
	if (timer->clock == own_process)
		return (int32_t)(~0u << 3 | 2);
	return timer->clock & 4 ? (int32_t)(~0u << 3 | 6) : timer->clock;
}

int proc_show_timers(struct proc_text *text, const struct proc_target *target)
{
	static const char *const ways[] = {"signal", "none", "thread", ""};
	struct process *process = target->process;
	struct posix_timer_facts timer = {.id = -1};

	int error = proc_may_inspect(target);
	if (error)
		return error;
	while (posix_timer_before(process, &timer))
		proc_print(text, "ID: %d\nsignal: %d/%016lx\nnotify: %s/%s.%d\nClockID: %d\n", timer.id, timer.signal,
			   timer.value, ways[timer.notify & 3], timer.tid ? "tid" : "pid",
			   timer.tid ? timer.tid : process->pid->number, shown_clock(&timer, process));
	return 0;
}

/* Another's only for who may set how it runs. */
static int check_slack(const struct proc_target *target)
{
	return target->process == current_process() || current_has_cap(CAP_SYS_NICE) ? 0 : -EPERM;
}

int proc_show_slack(struct proc_text *text, const struct proc_target *target)
{
	int error = check_slack(target);

	if (!error)
		proc_print(text, "%lu\n", thread_proc(target->thread)->timer_slack_ns);
	return error;
}

int proc_write_slack(const struct proc_target *target, const char *text, size_t bytes)
{
	struct thread_proc *thread = thread_proc(target->thread);
	const char *end;
	uint64_t slack_ns = string_to_u64(text, &end, 10);

	int error = check_slack(target);
	if (error)
		return error;
	if (end == text || (*end && *end != '\n'))
		return -EINVAL;
	thread->timer_slack_ns = slack_ns ? slack_ns : thread->default_slack_ns;
	return 0;
}

/* The one group of a machine without controllers. */
int proc_show_cgroup(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "0::/\n");
	return 0;
}

int proc_show_cgroups(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "#subsys_name\thierarchy\tnum_cgroups\tenabled\n");
	return 0;
}
