/*
 * Sending signals: who may, to which thread, and what happens at once (signal(7), kill(2)).
 *
 * A signal that ends the process for certain (SIGKILL, or an unblocked one whose default action is to end it) does so
 * here, so that a thread that waits inside the kernel for something else than signals is ended too. Every other one is
 * left pending, and one thread that may take it is told.
 */
#include <asm-generic/siginfo.h>
#include <linux/capability.h>

#include "choice/choice.h"
#include "proc/exit.h"
#include "proc/pid.h"
#include "proc/ptrace.h"
#include "proc/signal_private.h"
#include "trace/trace.h"

/* Those that have to do with stopping: they undo each other, and SIGKILL ends a stop. */
#define SIGNALS_JOB_CONTROL (SIGNALS_STOP | SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGKILL))

bool signal_may_send(struct process *target, int signal)
{
	const struct cred *mine = current_cred();
	const struct cred *theirs = target->leader ? target->leader->cred : NULL;
	struct process *self = current_process();

	if (target == self)
		return true;
	if (theirs && (mine->euid == theirs->suid || mine->euid == theirs->uid || mine->uid == theirs->suid ||
		       mine->uid == theirs->uid))
		return true;
	if (signal == SIGCONT && target->session == self->session)
		return true;
	return current_has_cap(CAP_KILL);
}

/* Would the signal be thrown away if it arrived? A blocked one is kept: its action may change until it is taken. */
static bool is_ignored(const struct process *process, const struct thread_proc *thread, int signal)
{
	if (thread && (thread->blocked & SIGNAL_BIT(signal)))
		return false;
	uaddr_t handler = process->sighand->action[signal].handler;
	return handler == HANDLER_IGNORE || (handler == HANDLER_DEFAULT && default_is_ignore(signal));
}

/* The default action that ends the process without a look back: no core is written for it. */
static bool is_fatal(const struct process *process, int signal)
{
	if (signal == SIGKILL)
		return true;
	return process->sighand->action[signal].handler == HANDLER_DEFAULT &&
	       !((SIGNALS_CORE | SIGNALS_STOP | SIGNALS_IGNORED) & SIGNAL_BIT(signal));
}

/* One that was traced or is: in a stop for its tracer, or in one with its group. */
static bool is_held(const struct thread_proc *thread)
{
	return thread_is_in_trace_stop(thread) || (thread->is_stopped && !thread_is_traced(thread));
}

static bool may_take(const struct thread_proc *thread, int signal)
{
	if (thread->has_exited || (thread->blocked & SIGNAL_BIT(signal)))
		return false;
	if (signal == SIGKILL)
		return true;
	return unlikely(thread->tracee != NULL) ? !is_held(thread) : !thread->is_stopped;
}

/*
 * The thread that shall take a signal for the whole process: the first of those that may take it and have nothing else
 * to take, or one of the others of these (choice/); else any that may; null when all block it.
 */
static struct thread *choose_thread(struct process *process, int signal)
{
	struct thread_proc *thread;
	struct thread *any = NULL;
	unsigned free_count = 0;

	list_for_each (thread, &process->threads, process_link) {
		if (!may_take(thread, signal))
			continue;
		if (!any)
			any = thread->thread;
		if (!thread_has_work(thread->thread, WORK_SIGNAL))
			free_count++;
	}
	if (free_count == 0 || process->thread_count == 1)
		return any;
	unsigned wanted = free_count > 1 ? choice_pick(CHOICE_RECEIVER, free_count, 0) : 0;
	list_for_each (thread, &process->threads, process_link) {
		if (may_take(thread, signal) && !thread_has_work(thread->thread, WORK_SIGNAL) && wanted-- == 0)
			return thread->thread;
	}
	return any;
}

static bool is_traced(const struct thread *thread)
{
	const struct thread_proc *proc = thread_proc(thread);

	return unlikely(proc->tracee != NULL) && thread_is_traced(proc);
}

/* A tracer sees signals before they are thrown away. */
static bool is_for_tracer(const struct process *process, const struct thread_proc *thread)
{
	if (thread)
		return is_traced(thread->thread);
	return process->leader && is_traced(process->leader);
}

/* Enter the signal and tell a thread. True: it ends the process. *error: 1 when it was not entered. signal_lock is
 * held. */
static bool post(struct process *process, struct thread *thread, const struct signal_info *info, int *error)
{
	struct thread_proc *proc = thread ? thread_proc(thread) : NULL;
	struct thread_proc *first = proc;

	if (!first && !list_is_empty(&process->threads))
		first = list_first(&process->threads, struct thread_proc, process_link);
	*error = 1;
	if (info->signal != SIGKILL && is_ignored(process, first, info->signal) && !is_for_tracer(process, proc))
		return false;
	*error = sigpending_add(proc ? &proc->pending : &process->pending, info, process);
	if (*error != 0)
		return false;
	if (!waitq_is_empty(&process->signal_waiters))
		waitq_wake_all(&process->signal_waiters);
	struct thread *taker = NULL;
	if (!proc)
		taker = choose_thread(process, info->signal);
	else if (may_take(proc, info->signal))
		taker = thread;
	if (!taker)
		return false;
	if (is_fatal(process, info->signal) && (info->signal == SIGKILL || !is_traced(taker)))
		return true;
	thread_interrupt(taker, WORK_SIGNAL);
	return false;
}

/* To a process (thread == null) or one of its threads. 1: it was not entered. tree_lock is held. */
static int send_or_skip(struct process *process, struct thread *thread, const struct signal_info *info)
{
	int error = 1, parent_code = 0;

	KERNEL_ASSERT(spin_is_held(&tree_lock));
	trace(TRACE_SIGNAL_SEND, (uint64_t)process->pid->number, thread ? (uint64_t)thread->tid : 0,
	      (uint64_t)info->signal, (uint64_t)info->code);
	if (process->is_kernel || process->exit_stage >= EXIT_RELEASED || !process->sighand)
		return 1;
	bool is_shared = signals_lock(process);
	bool tell_parent = (SIGNALS_JOB_CONTROL & SIGNAL_BIT(info->signal)) &&
			   signal_stop_interplay(process, info->signal, &parent_code);
	bool is_end = post(process, thread, info, &error);
	signals_unlock(process, is_shared);
	if (tell_parent)
		signal_tell_parent(process, parent_code);
	if (is_end)
		process_kill_locked(process, (uint32_t)info->signal);
	return error;
}

static int send(struct process *process, struct thread *thread, const struct signal_info *info)
{
	return MIN(send_or_skip(process, thread, info), 0);
}

/* To one of several that get it together. */
static int send_as_to_all(struct process *process, const struct signal_info *info)
{
	int error = send(process, NULL, info);

	/* After it: who makes a process and has seen this number sees the signal, too. */
	__atomic_store_n(&process->group_signals, process->group_signals + 1, __ATOMIC_RELEASE);
	return error;
}

int signal_send_timer(struct process *process, struct thread *thread, const struct signal_info *info)
{
	int error = 1;

	spin_lock(&tree_lock);
	if (!thread || !thread_proc(thread)->has_exited)
		error = send_or_skip(process, thread, info);
	spin_unlock(&tree_lock);
	return error;
}

int signal_send_process_locked(struct process *process, const struct signal_info *info)
{
	return send(process, NULL, info);
}

int signal_send_process(struct process *process, const struct signal_info *info)
{
	spin_lock(&tree_lock);
	int error = send(process, NULL, info);
	spin_unlock(&tree_lock);
	return error;
}

int signal_send_thread_locked(struct thread *thread, const struct signal_info *info)
{
	struct thread_proc *proc = thread_proc(thread);

	return proc && !proc->has_exited ? send(thread->process, thread, info) : -ESRCH;
}

int signal_send_thread(struct thread *thread, const struct signal_info *info)
{
	spin_lock(&tree_lock);
	int error = signal_send_thread_locked(thread, info);
	spin_unlock(&tree_lock);
	return error;
}

int signal_send_group_locked(struct pid *group, const struct signal_info *info)
{
	struct process *process, *following;
	int result = -ESRCH;

	list_for_each_safe (process, following, &group->group, group_link) {
		int error = send_as_to_all(process, info);
		if (result != 0)
			result = error;
	}
	return result;
}

int signal_send_group(struct pid *group, const struct signal_info *info)
{
	spin_lock(&tree_lock);
	int error = signal_send_group_locked(group, info);
	spin_unlock(&tree_lock);
	return error;
}

/* One of several targets of kill(2): 0 when one of them could be sent to, else the last refusal. */
static void kill_one(struct process *process, const struct signal_info *info, int *result)
{
	int error = -EPERM;

	if (info->signal < 0 || info->signal > SIGNAL_COUNT)
		error = -EINVAL;
	else if (signal_may_send(process, info->signal))
		error = info->signal ? send_as_to_all(process, info) : 0;
	if (*result != 0)
		*result = error;
}

static int kill_group(int32_t number, const struct signal_info *info)
{
	struct process *process, *following;
	int result = -ESRCH;

	spin_lock(&tree_lock);
	struct pid *group = number ? pid_find_locked(number) : current_process()->group;
	if (group) {
		list_for_each_safe (process, following, &group->group, group_link)
			kill_one(process, info, &result);
	}
	spin_unlock(&tree_lock);
	return result;
}

/* Everybody but the first process, the kernel's own, and the caller. */
static int kill_all(const struct signal_info *info)
{
	struct process *process, *following;
	int result = -ESRCH;

	spin_lock(&tree_lock);
	list_for_each_safe (process, following, &all_processes, all_link) {
		if (process != init_process && !process->is_kernel && process != current_process())
			kill_one(process, info, &result);
	}
	spin_unlock(&tree_lock);
	return result;
}

/* The number of any thread of a process names the process. */
static int kill_process(int32_t number, const struct signal_info *info)
{
	int result = -ESRCH;

	spin_lock(&tree_lock);
	struct pid *pid = pid_find_locked(number);
	struct process *process = NULL;
	if (pid)
		process = pid->process ? pid->process : pid->thread ? pid->thread->process : NULL;
	if (process)
		kill_one(process, info, &result);
	spin_unlock(&tree_lock);
	return result;
}

int signal_kill(int32_t number, const struct signal_info *info)
{
	if (number > 0)
		return kill_process(number, info);
	if (number == 0)
		return kill_group(0, info);
	if (number == -1)
		return kill_all(info);
	return number == INT32_MIN ? -ESRCH : kill_group(-number, info);
}

int signal_kill_thread(int32_t process_number, int32_t number, const struct signal_info *info)
{
	int result = -ESRCH;

	spin_lock(&tree_lock);
	struct pid *pid = pid_find_locked(number);
	struct thread *thread = pid ? pid->thread : NULL;
	if (thread && thread->process && (process_number <= 0 || thread->process->pid->number == process_number)) {
		if (info->signal < 0 || info->signal > SIGNAL_COUNT)
			result = -EINVAL;
		else if (!signal_may_send(thread->process, info->signal))
			result = -EPERM;
		else if (info->signal == 0 || !thread_proc(thread) || thread_proc(thread)->has_exited)
			result = 0;
		else
			result = send(thread->process, thread, info);
	}
	spin_unlock(&tree_lock);
	return result;
}

/*
 * A fault cannot wait: when its signal is blocked or ignored, the default action is taken, which ends the process.
 */
void signal_force(int signal, int code, uint64_t address)
{
	struct process *process = current_process();
	struct thread_proc *self = current_proc();
	struct signal_info info;
	int error;

	signal_info_kernel(&info, signal);
	info.code = code;
	info.address = address;
	trace(TRACE_SIGNAL_SEND, (uint64_t)process->pid->number, (uint64_t)current_thread()->tid, (uint64_t)signal,
	      (uint64_t)code);
	bool is_shared = signals_lock(process);
	struct sigaction_kernel *action = &process->sighand->action[signal];
	if (action->handler == HANDLER_IGNORE || (self->blocked & SIGNAL_BIT(signal))) {
		action->handler = HANDLER_DEFAULT;
		self->blocked &= ~SIGNAL_BIT(signal);
	}
	bool is_end = post(process, current_thread(), &info, &error);
	signals_unlock(process, is_shared);
	if (is_end)
		process_kill(process, (uint32_t)signal);
}
