/*
 * Waiting for signals: sigtimedwait(2), sigsuspend(2), pause(2), sigpending(2).
 */
#include <asm-generic/siginfo.h>

#include "proc/signal_private.h"
#include "proc/time.h"
#include "trace/trace.h"

int signal_take(uint64_t set, struct signal_info *info)
{
	struct process *process = current_process();
	struct thread_proc *self = current_proc();

	bool is_shared = signals_lock(process);
	int signal = sigpending_take(&self->pending, set, info);
	if (!signal)
		signal = sigpending_take(&process->pending, set, info);
	if (signal)
		signal_work_refresh(self);
	signals_unlock(process, is_shared);
	if (signal) {
		trace(TRACE_SIGNAL_DELIVER, (uint64_t)self->thread->tid, (uint64_t)signal, 0, 0);
		if (info->code == SI_TIMER)
			posix_timer_delivered(info);
		if (signal == SIGALRM)
			itimer_delivered(process);
	}
	return signal;
}

int signal_wait(uint64_t set, uint64_t deadline_ns, struct signal_info *info)
{
	struct process *process = current_process();
	struct wait wait = WAIT(WAIT_SIGNAL, process, deadline_ns);
	int error = 0;

	set &= ~SIGNALS_UNBLOCKABLE;
	int signal = signal_take(set, info);
	while (!signal && !error) {
		waitq_add(&process->signal_waiters, &wait);
		signal = signal_take(set, info);
		if (signal)
			break;
		error = wait_block(&wait, WAIT_INTERRUPTIBLE);
		signal = signal_take(set, info);
	}
	wait_done(&wait);
	if (signal)
		return signal;
	return error == -ETIMEDOUT ? -EAGAIN : -EINTR;
}

int64_t signal_suspend(const uint64_t *mask)
{
	struct wait_reason reason = {.kind = WAIT_SIGNAL};

	if (mask)
		signal_set_temporary_mask(*mask);
	while (!thread_has_work(current_thread(), WORK_SIGNAL | WORK_STOP | WORK_KILL))
		thread_block(reason, TIME_NEVER, WAIT_INTERRUPTIBLE);
	return -ERESTART_NOHANDLER;
}

uint64_t signal_pending_blocked(void)
{
	struct process *process = current_process();
	struct thread_proc *self = current_proc();

	spin_lock(&process->signal_lock);
	uint64_t set = (self->pending.set | process->pending.set) & self->blocked;
	spin_unlock(&process->signal_lock);
	return set;
}

void signal_waiters_detach(struct process *process)
{
	struct waitq *queue = &process->signal_waiters;

	spin_lock(&queue->lock);
	while (!list_is_empty(&queue->entries)) {
		struct wait_entry *entry = list_first(&queue->entries, struct wait_entry, link);
		list_remove(&entry->link);
		entry->queue = NULL;
	}
	spin_unlock(&queue->lock);
}
