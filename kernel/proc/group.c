/*
 * Who belongs to which process group and session, and what becomes of groups that lose their last tie to the session.
 */
#include <asm/signal.h>

#include "proc/group.h"
#include "proc/pid.h"
#include "proc/process_event.h"
#include "proc/tree.h"

void (*session_leader_ended)(struct process *leader);

/* The process that `pid` names to setpgid and its like; 0: the caller. tree_lock is held. */
static struct process *find_member(int32_t pid)
{
	if (pid == 0)
		return current_process();
	struct pid *found = pid_find_locked(pid);
	return found ? found->process : NULL;
}

/* The checks of setpgid(2) in Linux's order; *group is the pid to join. tree_lock is held. */
static int check_set_group(struct process *process, int32_t number, struct pid **group)
{
	struct process *self = current_process(), *member;

	if (!process)
		return -ESRCH;
	if (process->parent == self) {
		if (process->session != self->session)
			return -EPERM;
		if (process->did_exec)
			return -EACCES;
	} else if (process != self) {
		return -ESRCH;
	}
	if (process->is_session_leader)
		return -EPERM;
	if (number == process->pid->number) {
		*group = process->pid;
		return 0;
	}
	*group = pid_find_locked(number);
	if (!*group || list_is_empty(&(*group)->group))
		return -EPERM;
	member = list_first(&(*group)->group, struct process, group_link);
	return member->session == self->session ? 0 : -EPERM;
}

int process_set_group_of(int32_t pid, int32_t group_number)
{
	struct pid *group = NULL, *old = NULL;

	if (pid == 0)
		pid = current_process()->pid->number;
	if (group_number == 0)
		group_number = pid;
	if (group_number < 0)
		return -EINVAL;
	spin_lock(&tree_lock);
	struct process *process = find_member(pid);
	int error = check_set_group(process, group_number, &group);
	if (!error && process->group != group)
		old = process_set_group(process, group);
	spin_unlock(&tree_lock);
	if (old)
		pid_put(old);
	return error;
}

int64_t process_group_of(int32_t pid)
{
	int64_t result = -ESRCH;

	spin_lock(&tree_lock);
	struct process *process = find_member(pid);
	if (process)
		result = process->group->number;
	spin_unlock(&tree_lock);
	return result;
}

int64_t process_session_of(int32_t pid)
{
	int64_t result = -ESRCH;

	spin_lock(&tree_lock);
	struct process *process = find_member(pid);
	if (process)
		result = process->session->number;
	spin_unlock(&tree_lock);
	return result;
}

int64_t process_new_session(void)
{
	struct process *process = current_process();
	struct pid *old_session = NULL, *old_group = NULL;
	int64_t result = -EPERM;

	spin_lock(&tree_lock);
	/* a group of that number would belong to the old session */
	if (!process->is_session_leader && list_is_empty(&process->pid->group)) {
		old_session = process->session;
		list_remove(&process->session_link);
		pid_get(process->pid);
		process->session = process->pid;
		list_append(&process->pid->session, &process->session_link);
		pid_release_number(old_session);
		old_group = process_set_group(process, process->pid);
		process->is_session_leader = true;
		process->tty = NULL;
		result = process->pid->number;
	}
	spin_unlock(&tree_lock);
	if (result < 0)
		return result;
	pid_put(old_session);
	pid_put(old_group);
	process_event_session();
	return result;
}

/* Without `ignored`, which is about to be no member any more. */
static bool is_orphaned_without(const struct pid *group, const struct process *ignored)
{
	struct process *member;

	list_for_each (member, &group->group, group_link) {
		struct process *parent = member->parent;
		if (member == ignored || member->exit_stage >= EXIT_ZOMBIE || !parent || parent == init_process)
			continue;
		if (parent->group != group && parent->session == member->session)
			return false;
	}
	return true;
}

bool group_is_orphaned(const struct pid *group)
{
	return is_orphaned_without(group, NULL);
}

static bool has_stopped_members(const struct pid *group)
{
	struct process *member;

	list_for_each (member, &group->group, group_link) {
		if (member->is_stopped && member->exit_stage == EXIT_NOT)
			return true;
	}
	return false;
}

/* `parent` was what tied `process`, and with it the group, to the session. */
static void hang_up_if_orphaned(struct process *process, struct process *parent, const struct process *ignored)
{
	struct pid *group = process->group;
	struct signal_info info;

	if (!parent || parent->group == group || parent->session != process->session)
		return;
	if (!has_stopped_members(group) || !is_orphaned_without(group, ignored))
		return;
	signal_info_kernel(&info, SIGHUP);
	signal_send_group_locked(group, &info);
	signal_info_kernel(&info, SIGCONT);
	signal_send_group_locked(group, &info);
}

void group_orphaned_by_exit(struct process *process)
{
	hang_up_if_orphaned(process, process->parent, process);
}

void group_orphaned_by_reparent(struct process *child, struct process *old_parent)
{
	hang_up_if_orphaned(child, old_parent, NULL);
}
