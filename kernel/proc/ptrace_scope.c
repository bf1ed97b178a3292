/*
 * What may be traced beyond the rule of proc/inspect.c: kernel.yama.ptrace_scope (0 that rule alone, 1 descendants and
 * who asked for it, 2 administrators only, 3 nobody), and prctl(PR_SET_PTRACER).
 */
#include "fs/cred.h"
#include "proc/pid.h"
#include "proc/ptrace_private.h"

enum { SCOPE_CLASSIC, SCOPE_RELATED, SCOPE_CAPABLE, SCOPE_NOBODY };

_Atomic uint32_t ptrace_scope = SCOPE_CLASSIC;

static bool is_descendant(const struct process *ancestor, const struct process *process)
{
	for (; process; process = process->parent) {
		if (process == ancestor)
			return true;
	}
	return false;
}

/* The target has said that this one, or one of whom it descends, may. */
static bool is_invited(const struct process *process, const struct process *target)
{
	if (target->any_debugger)
		return true;
	return target->debugger && target->debugger->process && is_descendant(target->debugger->process, process);
}

bool ptrace_scope_allows(struct process *target)
{
	switch (ptrace_scope) {
	case SCOPE_CLASSIC:
		return true;
	case SCOPE_RELATED:
		return is_descendant(current_process(), target) || is_invited(current_process(), target) ||
		       current_has_cap(CAP_SYS_PTRACE);
	case SCOPE_CAPABLE:
		return current_has_cap(CAP_SYS_PTRACE);
	default:
		return false;
	}
}

bool ptrace_scope_allows_parent(const struct process *parent)
{
	if (ptrace_scope < SCOPE_CAPABLE)
		return true;
	return ptrace_scope == SCOPE_CAPABLE && parent->leader && parent->leader->cred &&
	       cred_has_cap(parent->leader->cred, CAP_SYS_PTRACE);
}

int ptrace_set_debugger(uint64_t number)
{
	struct process *process = current_process();
	struct pid *wanted = NULL;

	if (number && number != UINT64_MAX) {
		wanted = number > PID_LIMIT ? NULL : pid_find((int32_t)number);
		if (!wanted)
			return -EINVAL;
	}
	spin_lock(&tree_lock);
	/* a thread's number means its process */
	if (wanted && !wanted->process && wanted->thread && wanted->thread->process) {
		struct pid *of_process = wanted->thread->process->pid;
		pid_get(of_process);
		struct pid *of_thread = wanted;
		wanted = of_process;
		spin_unlock(&tree_lock);
		pid_put(of_thread);
		spin_lock(&tree_lock);
	}
	struct pid *before = process->debugger;
	process->debugger = wanted;
	process->any_debugger = number == UINT64_MAX;
	spin_unlock(&tree_lock);
	if (before)
		pid_put(before);
	return 0;
}
