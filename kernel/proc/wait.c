/*
 * Waiting for children. A waiter looks through its process's children; what it finds ended is collected, what it finds
 * stopped or continued is told once. When something may still come, it sleeps on child_waiters and looks again.
 */
#include <asm-generic/siginfo.h>
#include <asm/signal.h>
#include <linux/wait.h>

#include "fs/cred.h"
#include "proc/exit.h"
#include "proc/rusage.h"
#include "proc/tree.h"
#include "proc/wait.h"

/* Is `child` one that the request means at all (wait(2): __WCLONE, __WALL, __WNOTHREAD)? */
static bool is_eligible(const struct process *child, const struct wait_request *request)
{
	if (request->whom == WAIT_FOR_GROUP && child->group != request->pid)
		return false;
	if ((request->options & __WNOTHREAD) && child->parent_tid != current_thread()->tid)
		return false;
	if (request->options & __WALL)
		return true;
	return (child->exit_signal != SIGCHLD) == ((request->options & __WCLONE) != 0);
}

static void fill(struct wait_result *result, struct process *child, uint32_t status, int code, int value)
{
	result->pid = child->pid->number;
	result->uid = child->leader->cred->uid;
	result->status = status;
	result->code = code;
	result->value = value;
	process_usage_locked(child, &result->usage);
	usage_add(&result->usage, &child->children_usage);
}

/* True: *result tells of this child; *reaped is set when it was collected. */
static bool look_at(struct process *child, uint32_t options, struct wait_result *result, struct process **reaped)
{
	bool keep = (options & WNOWAIT) != 0;

	if (child->exit_stage == EXIT_ZOMBIE) {
		uint32_t status = child->exit_status;
		if (!(options & WEXITED))
			return false;
		if ((status & 0x7f) == 0)
			fill(result, child, status, CLD_EXITED, (int)(status >> 8 & 0xff));
		else
			fill(result, child, status, status & 0x80 ? CLD_DUMPED : CLD_KILLED, (int)(status & 0x7f));
		if (!keep) {
			process_reap(child);
			*reaped = child;
		}
		return true;
	}
	if ((options & WSTOPPED) && child->stop_unreported) {
		fill(result, child, (uint32_t)child->stop_signal << 8 | 0x7f, CLD_STOPPED, child->stop_signal);
		child->stop_unreported = keep;
		return true;
	}
	if ((options & WCONTINUED) && child->continue_unreported) {
		fill(result, child, 0xffff, CLD_CONTINUED, SIGCONT);
		child->continue_unreported = keep;
		return true;
	}
	return false;
}

/* 1: told; 0: nothing yet; -ECHILD: nobody to wait for. tree_lock is held. */
static int look(struct process *self, const struct wait_request *request, struct wait_result *result,
		struct process **reaped)
{
	struct process *child;
	int found = -ECHILD;

	if (request->whom != WAIT_FOR_ANY && !request->pid)
		return -ECHILD;
	if (request->whom == WAIT_FOR_ONE) {
		child = request->pid->process;
		if (!child || child->parent != self || !is_eligible(child, request))
			return -ECHILD;
		return look_at(child, request->options, result, reaped);
	}
	list_for_each (child, &self->children, sibling) {
		if (!is_eligible(child, request))
			continue;
		if (look_at(child, request->options, result, reaped))
			return 1;
		found = 0;
	}
	return found;
}

int process_wait(const struct wait_request *request, struct wait_result *result)
{
	struct process *self = current_process(), *reaped = NULL;
	struct wait wait = WAIT(WAIT_CHILD, request->pid ? request->pid->number : 0, TIME_NEVER);
	int error = 0, found;

	wait.entry.is_exclusive = false;
	result->pid = 0;
	spin_lock(&tree_lock);
	while ((found = look(self, request, result, &reaped)) == 0 && !(request->options & WNOHANG)) {
		waitq_add(&self->child_waiters, &wait);
		spin_unlock(&tree_lock);
		error = wait_block(&wait, WAIT_INTERRUPTIBLE);
		spin_lock(&tree_lock);
		if (error)
			break;
	}
	spin_unlock(&tree_lock);
	wait_done(&wait);
	if (reaped)
		process_detached(reaped);
	return error ? error : MIN(found, 0);
}
