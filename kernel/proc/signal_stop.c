/*
 * Job control: a stop signal stops all threads of a process, SIGCONT lets them go on, and the parent is told of both
 * (WUNTRACED, WCONTINUED, SIGCHLD).
 *
 * The thread that takes the stop signal begins the stop and asks the others to join (WORK_STOP); each stops on its way
 * to user mode. The last one to arrive completes the stop. A stop waits killably: only SIGCONT and the process's end
 * wake it.
 */
#include <asm-generic/siginfo.h>

#include "proc/core.h"
#include "proc/group.h"
#include "proc/ptrace.h"
#include "proc/signal_private.h"
#include "sched/sched.h"
#include "trace/trace.h"

/* The whole process, threads and process-wide. signal_lock is held. */
static void drop_everywhere(struct process *process, uint64_t set)
{
	struct thread_proc *thread;

	sigpending_drop(&process->pending, set);
	list_for_each (thread, &process->threads, process_link)
		sigpending_drop(&thread->pending, set);
}

bool signal_stop_interplay(struct process *process, int signal, int *parent_code)
{
	struct thread_proc *thread;

	if (SIGNALS_STOP & SIGNAL_BIT(signal)) {
		drop_everywhere(process, SIGNAL_BIT(SIGCONT));
		return false;
	}
	if (signal != SIGCONT && signal != SIGKILL)
		return false;
	process->stop_is_dequeued = false;
	if (signal == SIGKILL)
		return false;
	drop_everywhere(process, SIGNALS_STOP);
	if (!process->is_stopped)
		return false;
	*parent_code = process->stop_is_complete ? CLD_CONTINUED : CLD_STOPPED;
	process->is_stopped = false;
	process->stop_is_complete = false;
	process->stop_unreported = false;
	process->continue_unreported = true;
	list_for_each (thread, &process->threads, process_link) {
		atomic_fetch_and(&thread->thread->work, ~WORK_STOP);
		/* What came while it was stopped has told nobody. */
		thread_interrupt(thread->thread, WORK_SIGNAL);
		if (unlikely(thread_is_traced(thread)))
			ptrace_notice(thread);
		else if (thread->is_stopped)
			thread_wake(thread->thread);
	}
	return true;
}

void signal_tell_parent(struct process *process, int code)
{
	struct process *parent = process->parent;
	struct signal_info info;
	struct thread_proc *thread;

	if (!parent)
		return;
	signal_info_kernel(&info, SIGCHLD);
	info.code = code;
	info.pid = process->pid->number;
	info.uid = process->leader && process->leader->cred ? process->leader->cred->uid : 0;
	info.status = code == CLD_CONTINUED ? SIGCONT : process->stop_signal;
	info.user_ns = process->dead_threads.user_ns;
	info.kernel_ns = process->dead_threads.kernel_ns;
	list_for_each (thread, &process->threads, process_link) {
		uint64_t user_ns, kernel_ns;
		if (thread->has_exited)
			continue;
		sched_times(thread->thread, &user_ns, &kernel_ns);
		info.user_ns += user_ns;
		info.kernel_ns += kernel_ns;
	}
	bool is_wanted = parent->sighand && !(parent->sighand->action[SIGCHLD].flags & SA_NOCLDSTOP) &&
			 parent->sighand->action[SIGCHLD].handler != HANDLER_IGNORE;
	if (is_wanted)
		signal_send_process_locked(parent, &info);
	waitq_wake_all(&parent->child_waiters);
}

/* All threads stand still: the stop is complete. True: it is only now. tree_lock and signal_lock are held. */
static bool stop_completes(struct process *process)
{
	struct thread_proc *thread;

	if (!process->is_stopped || process->stop_is_complete)
		return false;
	list_for_each (thread, &process->threads, process_link) {
		if (!thread->has_exited && !thread->is_stopped)
			return false;
	}
	process->stop_is_complete = true;
	process->stop_unreported = true;
	process->continue_unreported = false;
	return true;
}

bool signal_stop_counts(struct process *process, struct thread_proc *thread)
{
	bool completes = false;

	spin_lock(&process->signal_lock);
	if (process->is_stopped) {
		thread->is_stopped = true;
		completes = stop_completes(process);
	}
	spin_unlock(&process->signal_lock);
	return completes;
}

void signal_stop_rejoin(struct thread_proc *thread)
{
	struct process *process = thread->thread->process;

	spin_lock(&process->signal_lock);
	bool is_due = process->is_stopped && !thread->has_exited;
	if (is_due)
		thread->is_stopped = false;
	spin_unlock(&process->signal_lock);
	if (is_due)
		thread_interrupt(thread->thread, WORK_STOP);
}

/* A traced thread may have gone on in spite of an earlier stop: it takes part in each. */
static void ask_to_stop(struct thread_proc *thread)
{
	if (unlikely(thread_is_traced(thread)))
		thread->is_stopped = false;
	if (thread->has_exited || thread->is_stopped || thread == current_proc())
		return;
	if (unlikely(thread_is_traced(thread)))
		ptrace_notice(thread);
	thread_interrupt(thread->thread, WORK_STOP);
}

void signal_join_stop(void)
{
	struct process *process = current_process();
	struct thread_proc *self = current_proc();
	struct wait_reason reason = {.kind = WAIT_STOPPED, .object = (uint64_t)process->pid->number};

	for (;;) {
		if (unlikely(self->tracee) && ptrace_join_stop())
			return;
		spin_lock(&tree_lock);
		bool is_shared = signals_lock(process);
		atomic_fetch_and(&self->thread->work, ~WORK_STOP);
		self->is_stopped = process->is_stopped && !thread_has_work(self->thread, WORK_KILL);
		bool completes = stop_completes(process);
		bool must_wait = self->is_stopped;
		signals_unlock(process, is_shared);
		if (completes)
			signal_tell_parent(process, CLD_STOPPED);
		spin_unlock(&tree_lock);
		if (!must_wait)
			return;
		thread_block(reason, TIME_NEVER, WAIT_KILLABLE);
	}
}

void signal_begin_stop(int signal)
{
	struct process *process = current_process();
	struct thread_proc *thread;

	spin_lock(&tree_lock);
	/* Nobody could continue a process whose group has no parent in the session: the terminal's stops do not count
	 * there. */
	bool is_void = signal != SIGSTOP && group_is_orphaned(process->group);
	bool is_shared = signals_lock(process);
	bool begins = !is_void && process->stop_is_dequeued && !process->is_group_exiting;
	if (begins) {
		if (!process->is_stopped) {
			process->stop_signal = signal;
			process->stop_is_complete = false;
		}
		process->is_stopped = true;
		list_for_each (thread, &process->threads, process_link)
			ask_to_stop(thread);
	}
	signals_unlock(process, is_shared);
	spin_unlock(&tree_lock);
	if (begins)
		signal_join_stop();
}

/* Signals for the whole process that this thread was told of must find another one. */
static void retarget(struct process *process, struct thread_proc *self)
{
	uint64_t rest = process->pending.set & ~self->blocked;
	struct thread_proc *thread;

	list_for_each (thread, &process->threads, process_link) {
		if (!rest)
			return;
		if (thread == self || thread->has_exited || !(rest & ~thread->blocked))
			continue;
		rest &= thread->blocked;
		thread_interrupt(thread->thread, WORK_SIGNAL);
	}
}

void signal_thread_exit(void)
{
	struct process *process = current_process();
	struct thread_proc *self = current_proc();

	spin_lock(&tree_lock);
	/* it was counted among those that a dump waits for, though it was ending by itself */
	while (unlikely(process->dumper && process->dumper != self->thread && !self->waits_for_dump)) {
		spin_unlock(&tree_lock);
		core_park();
		spin_lock(&tree_lock);
	}
	bool is_shared = signals_lock(process);
	self->has_exited = true;
	sigpending_flush(&self->pending);
	if (!process->is_group_exiting)
		retarget(process, self);
	bool completes = process->thread_count > 1 && stop_completes(process);
	self->blocked = UINT64_MAX;
	signals_unlock(process, is_shared);
	if (completes)
		signal_tell_parent(process, CLD_STOPPED);
	spin_unlock(&tree_lock);
}
