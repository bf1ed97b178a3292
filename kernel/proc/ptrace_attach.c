/*
 * Who traces whom: how it begins (TRACEME, ATTACH, SEIZE, a traced thread's child), and how it ends.
 */
#include <linux/ptrace.h>

#include "mem/slab.h"
#include "proc/exit.h"
#include "proc/inspect.h"
#include "proc/process_event.h"
#include "proc/ptrace_private.h"
#include "trace/trace.h"

static struct slab_cache tracee_cache = SLAB_CACHE("tracee", struct tracee);

int ptrace_prepare(struct thread_proc *thread)
{
	struct tracee *tracee;

	if (thread->tracee)
		return 0;
	tracee = slab_alloc(&tracee_cache);
	if (!tracee)
		return -ENOMEM;
	tracee->self = thread;
	list_init(&tracee->link);
	/* two may attach at a time: one of the structures is kept */
	spin_lock(&tree_lock);
	if (!thread->tracee) {
		thread->tracee = tracee;
		tracee = NULL;
	}
	spin_unlock(&tree_lock);
	if (tracee)
		slab_free(&tracee_cache, tracee);
	return 0;
}

void ptrace_free(struct thread_proc *thread)
{
	slab_free(&tracee_cache, thread->tracee);
}

/* tree_lock is held. */
static void link_to(struct tracee *tracee, struct thread_proc *tracer, uint32_t options, bool is_seized,
		    bool is_capable)
{
	if (!tracer->tracees.next)
		list_init(&tracer->tracees);
	list_append(&tracer->tracees, &tracee->link);
	tracee->tracer = tracer;
	tracee->options = options;
	tracee->is_seized = is_seized;
	tracee->tracer_is_capable = is_capable;
	tracee->wants_trap = false;
	tracee->wants_notice = false;
	trace_threads(1);
}

void ptrace_end_stop(struct tracee *tracee)
{
	if (!tracee->is_stopped)
		return;
	tracee->is_listening = false;
	tracee->code = 0;
	tracee->is_stopped = false;
	thread_wake(tracee->self->thread);
}

static void unlink_from(struct tracee *tracee)
{
	list_remove(&tracee->link);
	tracee->tracer = NULL;
	tracee->options = 0;
	tracee->is_seized = false;
	tracee->traces_calls = false;
	tracee->emulates_calls = false;
	tracee->wants_trap = false;
	tracee->wants_notice = false;
	trace_threads(-1);
}

void ptrace_detach(struct tracee *tracee, struct exit_rest *rest)
{
	struct thread_proc *self = tracee->self;
	struct process *process = self->thread->process, *tracer = tracee->tracer->thread->process;
	bool is_foreign = tracee_is_foreign(tracee), is_leader = process->leader == self->thread;

	if (tracee->is_stopped)
		ptrace_set_stepping(tracee, false);
	unlink_from(tracee);
	if (!self->is_gone) {
		signal_stop_rejoin(self);
		ptrace_end_stop(tracee);
	} else if (!is_leader) {
		process_release_kept(self, rest);
	} else if (process->exit_stage == EXIT_ZOMBIE) {
		if (is_foreign || signal_ignores_children(tracer))
			process_tell_end(process, rest);
	}
}

void ptrace_forget(struct thread_proc *thread)
{
	struct tracee *tracee = thread->tracee;

	if (!tracee || !tracee->tracer)
		return;
	waitq_wake_all(&tracee->tracer->thread->process->child_waiters);
	unlink_from(tracee);
}

void ptrace_tracer_ends(struct thread_proc *tracer, struct exit_rest *rest)
{
	while (!list_is_empty(&tracer->tracees)) {
		struct tracee *tracee = list_first(&tracer->tracees, struct tracee, link);

		if (tracee->options & PTRACE_O_EXITKILL)
			process_kill_locked(tracee->self->thread->process, SIGKILL);
		ptrace_detach(tracee, rest);
	}
}

bool ptrace_keep(struct thread_proc *thread)
{
	struct process *process = thread->thread->process;

	if (!thread_is_traced(thread))
		return false;
	/* the last one is told of as the process */
	if (thread->thread != process->leader || process->thread_count > 1)
		ptrace_tell_end(thread);
	return true;
}

void ptrace_release(struct thread_proc *thread)
{
	ptrace_end_stop(thread->tracee);
}

/* PTRACE_TRACEME: the thread of the parent that made the process. */
static struct thread *thread_of_parent(struct process *process)
{
	struct process *parent = process->parent;
	struct thread_proc *each;

	list_for_each (each, &parent->threads, process_link) {
		if (each->thread->tid == process->parent_tid && !each->has_exited)
			return each->thread;
	}
	return NULL;
}

int ptrace_trace_me(void)
{
	struct thread_proc *self = current_proc();
	struct process *process = current_process();
	int error = ptrace_prepare(self);

	if (error)
		return error;
	spin_lock(&tree_lock);
	struct thread *parent = thread_of_parent(process);
	if (self->tracee->tracer || process->parent->is_kernel || !ptrace_scope_allows_parent(process->parent))
		error = -EPERM;
	else if (parent)
		link_to(self->tracee, thread_proc(parent), 0, false, current_has_cap(CAP_SYS_PTRACE));
	spin_unlock(&tree_lock);
	return error;
}

/* 0, -EPERM. tree_lock is held. */
static int check_target(const struct thread *thread)
{
	const struct thread_proc *proc = thread_proc(thread);

	if (thread->process == current_process() || thread->process->is_kernel)
		return -EPERM;
	return proc->has_exited || thread_is_traced(proc) || current_proc()->has_exited ? -EPERM : 0;
}

/* One that stands in a stop of its group already goes over to one for its tracer: who looks at once finds it there. */
static void wait_for_stop(struct tracee *tracee)
{
	struct waitq *queue = &current_process()->child_waiters;

	(void)waitq_wait(queue, WAIT_CHILD, tracee->self->thread->tid, TIME_NEVER, WAIT_KILLABLE,
			 tracee->is_stopped || !tracee->tracer || tracee->self->has_exited);
}

int ptrace_attach(struct thread *thread, bool is_seized, uint32_t options)
{
	struct thread_proc *proc = thread_proc(thread);
	bool was_stopped = false;
	struct signal_info info;

	if (!thread->process || thread->process == current_process() || thread->process->is_kernel)
		return -EPERM;
	if (!thread_may_attach(thread, INSPECT_BY_REAL_IDS))
		return -EPERM;
	int error = ptrace_prepare(proc);
	if (error)
		return error;
	spin_lock(&tree_lock);
	error = check_target(thread);
	if (!error) {
		link_to(proc->tracee, current_proc(), options, is_seized, current_has_cap(CAP_SYS_PTRACE));
		signal_info_kernel(&info, SIGSTOP);
		if (!is_seized)
			signal_send_thread_locked(thread, &info);
		was_stopped = proc->is_stopped;
		if (was_stopped) {
			proc->tracee->wants_trap = true;
			thread_interrupt(thread, WORK_STOP);
			thread_wake(thread);
		}
	}
	spin_unlock(&tree_lock);
	if (was_stopped)
		wait_for_stop(proc->tracee);
	if (!error)
		process_event_trace(thread, true);
	return error;
}

int ptrace_clone_event(const struct clone_request *request)
{
	const struct tracee *tracee = current_proc()->tracee;
	int event = PTRACE_EVENT_FORK;

	if (!tracee->tracer || (request->flags & CLONE_UNTRACED))
		return 0;
	if (request->flags & CLONE_VFORK)
		event = PTRACE_EVENT_VFORK;
	else if (request->exit_signal != SIGCHLD)
		event = PTRACE_EVENT_CLONE;
	return tracee->options & 1u << event ? event : 0;
}

void ptrace_inherit(struct thread_proc *maker, struct thread_proc *child)
{
	const struct tracee *from = maker->tracee;

	if (!from || !from->tracer)
		return;
	link_to(child->tracee, from->tracer, from->options, from->is_seized, from->tracer_is_capable);
	if (from->is_seized) {
		child->tracee->wants_trap = true;
		thread_interrupt(child->thread, WORK_STOP);
	} else {
		child->pending.set |= SIGNAL_BIT(SIGSTOP);
		thread_interrupt(child->thread, WORK_SIGNAL);
	}
}

void ptrace_clean_copy(const struct thread_proc *maker, struct trapframe *copy)
{
	if (maker->tracee->owns_trap_flag)
		copy->rflags &= ~RFLAGS_TF;
}
