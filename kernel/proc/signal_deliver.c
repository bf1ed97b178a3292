/*
 * Delivery: on the way out to user mode a thread takes its pending signals one by one and does what their actions say;
 * then an interrupted system call is restarted or ended (signal(7), "Interruption of system calls").
 */
#include <asm-generic/siginfo.h>
#include <asm/unistd_64.h>

#include "arch/x86_64/trapframe.h"
#include "proc/core.h"
#include "proc/process_event.h"
#include "proc/ptrace.h"
#include "proc/rseq.h"
#include "proc/signal_private.h"
#include "proc/time.h"
#include "trace/trace.h"

#define SYSCALL_INSTRUCTION_BYTES 2

#define TAKEN_BY_TRACER (-1)

/* What is to be done with a signal. signal_lock is held. */
static void take_action(struct process *process, int signal, struct sigaction_kernel *action)
{
	struct sigaction_kernel *current_action = &process->sighand->action[signal];

	*action = *current_action;
	if ((action->flags & SA_RESETHAND) && action->handler > HANDLER_IGNORE)
		current_action->handler = HANDLER_DEFAULT;
}

/* The tracer sees it first, and may change it or keep it back. */
static __attribute__((noinline)) int show_to_tracer(struct process *process, int signal, struct signal_info *info,
						    struct sigaction_kernel *action)
{
	signal = ptrace_signal(signal, info);
	if (!signal)
		return TAKEN_BY_TRACER;
	bool is_shared = signals_lock(process);
	take_action(process, signal, action);
	if (default_is_stop(signal))
		process->stop_is_dequeued = true;
	signals_unlock(process, is_shared);
	return signal;
}

/* The next signal to deliver and its action as of now; 0, and WORK_SIGNAL cleared, when there is none. */
static int take_next(struct thread_proc *self, struct signal_info *info, struct sigaction_kernel *action)
{
	struct process *process = self->thread->process;
	bool is_traced = unlikely(self->tracee) && thread_is_traced(self);

	bool is_shared = signals_lock(process);
	int signal = sigpending_take(&self->pending, ~self->blocked, info);
	if (!signal)
		signal = sigpending_take(&process->pending, ~self->blocked, info);
	if (signal) {
		if (likely(!is_traced))
			take_action(process, signal, action);
		if (default_is_stop(signal))
			process->stop_is_dequeued = true;
	}
	if (!signals_deliverable(process, self))
		atomic_fetch_and_explicit(&self->thread->work, ~WORK_SIGNAL, memory_order_relaxed);
	signals_unlock(process, is_shared);
	if (unlikely(signal && info->code == SI_TIMER))
		posix_timer_delivered(info);
	if (unlikely(signal == SIGALRM))
		itimer_delivered(process);
	if (unlikely(is_traced && signal))
		return show_to_tracer(process, signal, info, action);
	return signal;
}

/* No handler runs: call again, from the SYSCALL instruction on. */
static void restart_without_handler(struct trapframe *frame)
{
	if (!frame_is_call(frame))
		return;
	switch (-(int64_t)frame->rax) {
	case ERESTART_CALL:
	case ERESTART_NOHANDLER:
	case ERESTART_ALWAYS:
		frame->rax = frame->error;
		frame->rip -= SYSCALL_INSTRUCTION_BYTES;
		break;
	case ERESTART_BLOCK:
		frame->rax = __NR_restart_syscall;
		frame->rip -= SYSCALL_INSTRUCTION_BYTES;
		break;
	}
}

/* A handler runs first: the call is repeated behind it only if the action asks for that. */
static void restart_behind_handler(struct trapframe *frame, const struct sigaction_kernel *action)
{
	if (!frame_is_call(frame))
		return;
	switch (-(int64_t)frame->rax) {
	case ERESTART_ALWAYS:
		frame->rax = frame->error;
		frame->rip -= SYSCALL_INSTRUCTION_BYTES;
		break;
	case ERESTART_CALL:
		if (action->flags & SA_RESTART) {
			frame->rax = frame->error;
			frame->rip -= SYSCALL_INSTRUCTION_BYTES;
			break;
		}
		/* fallthrough */
	case ERESTART_NOHANDLER:
	case ERESTART_BLOCK:
		frame->rax = (uint64_t)-EINTR;
		break;
	}
}

/* The frame could not be made: the program cannot be told but by its end, unless it handles SIGSEGV elsewhere. */
static void frame_failed(int signal)
{
	struct process *process = current_process();

	if (signal == SIGSEGV) {
		bool is_shared = signals_lock(process);
		process->sighand->action[SIGSEGV].handler = HANDLER_DEFAULT;
		signals_unlock(process, is_shared);
	}
	signal_force(SIGSEGV, SI_KERNEL, 0);
}

static void run_handler(struct trapframe *frame, struct thread_proc *self, const struct signal_info *info,
			const struct sigaction_kernel *action)
{
	uint64_t mask = self->has_saved_mask ? self->saved_mask : self->blocked;
	bool was_stepping = unlikely(self->tracee) && ptrace_handler_begins(frame);

	restart_behind_handler(frame, action);
	if ((unlikely(self->rseq) && rseq_signal(frame)) || signal_frame_push(frame, info, action, mask)) {
		frame_failed(info->signal);
		return;
	}
	self->has_saved_mask = false;
	uint64_t blocked = self->blocked | action->mask;
	if (!(action->flags & SA_NODEFER))
		blocked |= SIGNAL_BIT(info->signal);
	if (blocked != self->blocked)
		signal_set_mask(blocked);
	if (unlikely(was_stepping))
		ptrace_handler_ready(was_stepping);
}

static void default_action(const struct signal_info *info)
{
	int signal = info->signal;

	if (default_is_ignore(signal))
		return;
	if (default_is_stop(signal)) {
		signal_begin_stop(signal);
		return;
	}
	if (!(SIGNALS_CORE & SIGNAL_BIT(signal)))
		process_exit_group((uint32_t)signal);
	process_event_core();
	process_exit_group(core_dump(info));
}

HOT_CODE void signal_deliver(struct trapframe *frame)
{
	struct thread_proc *self = current_proc();
	struct signal_info info;
	struct sigaction_kernel action = {0};
	bool has_run = false;

	while (!thread_has_work(self->thread, WORK_KILL)) {
		if (thread_has_work(self->thread, WORK_STOP)) {
			signal_join_stop();
			continue;
		}
		/* take_next clears the bit with the last signal, but for a call that was interrupted without one. */
		if (!thread_has_work(self->thread, WORK_SIGNAL))
			break;
		int signal = take_next(self, &info, &action);
		if (!signal)
			break;
		if (unlikely(signal == TAKEN_BY_TRACER))
			continue;
		trace(TRACE_SIGNAL_DELIVER, (uint64_t)self->thread->tid, (uint64_t)signal, action.handler, 0);
		if (action.handler == HANDLER_DEFAULT) {
			default_action(&info);
		} else if (action.handler != HANDLER_IGNORE) {
			run_handler(frame, self, &info, &action);
			has_run = true;
		}
	}
	if (thread_has_work(self->thread, WORK_KILL) || has_run)
		return;
	restart_without_handler(frame);
	signal_restore_mask();
}
