/*
 * Waiting for children. A waiter looks through its process's children; what it finds ended is collected, what it finds
 * stopped or continued is told once. When something may still come, it sleeps on child_waiters and looks again.
 */
#include <asm-generic/siginfo.h>
#include <asm/signal.h>
#include <linux/wait.h>

#include "fs/cred.h"
#include "proc/exit.h"
#include "proc/ptrace.h"
#include "proc/rusage.h"
#include "proc/tree.h"
#include "proc/wait.h"
#include "trace/trace.h"

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

/* The process's leader is traced: by the waiter's own process, which sees it as its tracee (ptrace_wait_look), or by
 * another, which sees its end first. */
static struct process *tracer_of(const struct process *child)
{
	const struct thread_proc *leader = thread_proc(child->leader);

	return unlikely(leader->tracee != NULL) && leader->tracee->tracer ? leader->tracee->tracer->thread->process
									  : NULL;
}

/* True: *result tells of this child; it goes to *rest when it was collected. */
static bool look_at(struct process *child, uint32_t options, struct wait_result *result, struct exit_rest *rest)
{
	bool keep = (options & WNOWAIT) != 0;
	struct process *tracer = tracer_of(child);

	if (unlikely(tracer == child->parent))
		return false;
	if (child->exit_stage == EXIT_ZOMBIE && !tracer) {
		uint32_t status = child->exit_status;
		if (!(options & WEXITED))
			return false;
		if ((status & 0x7f) == 0)
			fill(result, child, status, CLD_EXITED, (int)(status >> 8 & 0xff));
		else
			fill(result, child, status, status & 0x80 ? CLD_DUMPED : CLD_KILLED, (int)(status & 0x7f));
		if (!keep) {
			process_reap(child);
			list_append(&rest->buried, &child->sibling);
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
static int look_at_children(struct process *self, const struct wait_request *request, struct wait_result *result,
			    struct exit_rest *rest)
{
	struct process *child;
	int found = -ECHILD;

	if (request->whom != WAIT_FOR_ANY && !request->pid)
		return -ECHILD;
	if (request->whom == WAIT_FOR_ONE) {
		child = request->pid->process;
		if (!child || child->parent != self || !is_eligible(child, request))
			return -ECHILD;
		return look_at(child, request->options, result, rest);
	}
	list_for_each (child, &self->children, sibling) {
		if (!is_eligible(child, request))
			continue;
		if (look_at(child, request->options, result, rest))
			return 1;
		found = 0;
	}
	return found;
}

/* The same of children and of whom the process's threads trace. */
static int look(struct process *self, const struct wait_request *request, struct wait_result *result,
		struct exit_rest *rest)
{
	int found = look_at_children(self, request, result, rest);

	if (found > 0 || likely(!(trace_mask & TRACE_MASK_THREADS)))
		return found;
	int traced = ptrace_wait_look(request, result, rest);
	return traced > 0 ? traced : MAX(found, traced);
}

int process_wait(const struct wait_request *request, struct wait_result *result)
{
	struct process *self = current_process();
	struct exit_rest rest;
	struct wait wait = WAIT(WAIT_CHILD, request->pid ? request->pid->number : 0, TIME_NEVER);
	int error = 0, found;

	exit_rest_init(&rest);
	wait.entry.is_exclusive = false;
	result->pid = 0;
	spin_lock(&tree_lock);
	while ((found = look(self, request, result, &rest)) == 0 && !(request->options & WNOHANG)) {
		waitq_add(&self->child_waiters, &wait);
		spin_unlock(&tree_lock);
		error = wait_block(&wait, WAIT_INTERRUPTIBLE);
		spin_lock(&tree_lock);
		if (error)
			break;
	}
	spin_unlock(&tree_lock);
	wait_done(&wait);
	exit_rest_finish(&rest);
	return error ? error : MIN(found, 0);
}
