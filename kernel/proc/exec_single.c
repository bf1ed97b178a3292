/*
 * An execution is for one thread: all others of the process end, and the one that is left takes the first one's number.
 */
#include "proc/exit.h"
#include "proc/pid.h"
#include "proc/ptrace.h"
#include "proc/tree.h"
#include "trace/trace.h"

/* Every other thread has ended, and its tracer has seen it; only the leader's remains may be left. */
static bool is_alone(struct process *process)
{
	struct thread_proc *each;

	list_for_each (each, &process->threads, process_link) {
		if (each->thread != current_thread() && (!each->is_gone || each->thread != process->leader))
			return false;
	}
	return true;
}

/* The thread that executes becomes the process's first: pid and tid stay one number. tree_lock is held. */
static struct thread *take_leadership(struct process *process, struct thread *thread)
{
	struct thread *old = process->leader;
	struct thread_proc *self = thread_proc(thread), *other = thread_proc(old);
	struct pid *mine = self->pid;

	if (unlikely(other->tracee))
		ptrace_forget(other);
	process_remove_thread(process, thread);
	process_remove_thread(process, old);
	self->pid = other->pid;
	other->pid = mine;
	thread->tid = self->pid->number;
	trace_new_number(thread->tid);
	old->tid = mine->number;
	self->pid->thread = thread;
	spin_lock(&process->signal_lock);
	list_append(&process->threads, &self->process_link);
	spin_unlock(&process->signal_lock);
	process->leader = thread;
	return old;
}

int process_become_single(void)
{
	struct thread *thread = current_thread(), *old = NULL;
	struct process *process = thread->process;
	struct thread_proc *each;

	if (process->thread_count == 1 && process->leader == thread)
		return 0;
	spin_lock(&tree_lock);
	if (process->is_group_exiting || process->is_execing) {
		spin_unlock(&tree_lock);
		return -EAGAIN;
	}
	process->is_execing = true;
	list_for_each (each, &process->threads, process_link) {
		if (each->thread != thread && !each->is_gone)
			thread_tell_to_end(each);
	}
	struct wait wait = WAIT(WAIT_THREADS, process->pid->number, TIME_NEVER);
	int error = 0;
	while (!is_alone(process) && !error) {
		waitq_add(&process->thread_waiters, &wait);
		spin_unlock(&tree_lock);
		error = wait_block(&wait, WAIT_KILLABLE);
		spin_lock(&tree_lock);
	}
	process->is_execing = false;
	if (!error && process->leader != thread)
		old = take_leadership(process, thread);
	spin_unlock(&tree_lock);
	wait_done(&wait);
	if (old)
		thread_put(old);
	return error ? -EAGAIN : 0;
}
