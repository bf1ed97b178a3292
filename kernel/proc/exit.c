/*
 * How threads and processes end (exit(2), exit_group(2)), and what that means for their children, groups and parents.
 */
#include <asm-generic/siginfo.h>
#include <asm/signal.h>

#include "arch/x86_64/uaccess.h"
#include "fs/cred.h"
#include "ipc/namespace.h"
#include "proc/clone.h"
#include "proc/core.h"
#include "proc/exit.h"
#include "proc/futex.h"
#include "proc/group.h"
#include "proc/pid.h"
#include "proc/pidfd.h"
#include "proc/process_event.h"
#include "proc/ptrace.h"
#include "proc/rseq.h"
#include "proc/rusage.h"
#include "proc/tree.h"
#include "sched/sched.h"
#include "trace/trace.h"

void exit_rest_init(struct exit_rest *rest)
{
	list_init(&rest->buried);
	list_init(&rest->released);
}

void exit_rest_finish(struct exit_rest *rest)
{
	struct process *process, *next_process;
	struct thread_proc *thread, *next_thread;

	list_for_each_safe (process, next_process, &rest->buried, sibling) {
		list_remove(&process->sibling);
		process_detached(process);
	}
	list_for_each_safe (thread, next_thread, &rest->released, process_link) {
		list_remove(&thread->process_link);
		thread_put(thread->thread);
	}
}

void thread_tell_to_end(struct thread_proc *thread)
{
	thread_interrupt(thread->thread, WORK_KILL);
	if (unlikely(thread->tracee))
		ptrace_release(thread);
}

/* Neither a stop for a tracer nor a core dump keeps a process that ends already and is killed once more. */
static void end_delays(struct process *process)
{
	struct thread_proc *each;

	if (process->dumper)
		thread_interrupt(process->dumper, WORK_KILL);
	list_for_each (each, &process->threads, process_link) {
		if (each->tracee)
			ptrace_release(each);
	}
}

/* Tell every thread of it but `except` to end. tree_lock is held. */
void process_begin_end(struct process *process, uint32_t wait_status, struct thread *except)
{
	struct thread_proc *each;

	if (unlikely(process->is_group_exiting && wait_status == SIGKILL))
		end_delays(process);
	if (process->is_group_exiting || process->is_kernel || process->exit_stage >= EXIT_RELEASED)
		return;
	process->is_group_exiting = true;
	process->exit_status = wait_status;
	process->exit_stage = EXIT_BEGUN;
	if (except && process->thread_count == 1)
		return;
	list_for_each (each, &process->threads, process_link) {
		if (each->thread != except && !each->is_gone)
			thread_tell_to_end(each);
	}
}

void process_kill_locked(struct process *process, uint32_t wait_status)
{
	process_begin_end(process, wait_status, NULL);
}

void process_kill(struct process *process, uint32_t wait_status)
{
	spin_lock(&tree_lock);
	process_begin_end(process, wait_status, NULL);
	spin_unlock(&tree_lock);
}

/* Stage 1. Nobody is told when no other thread or process sees this memory. */
void thread_tell_user_memory(bool is_end)
{
	struct thread *thread = current_thread();
	struct thread_proc *self = current_proc();

	if (!thread->space)
		return;
	rseq_forget();
	if (self->robust_list) {
		futex_robust_exit(self);
		self->robust_list = 0;
	}
	futex_pi_exit(self, is_end);
	uaddr_t word = self->clear_child_tid;
	self->clear_child_tid = 0;
	if (word && (thread->process->live_count > 1 || thread->space->users > 1) && put_user_u32(word, 0) == 0)
		futex_wake_address(word, 1);
}

void thread_vfork_done(void)
{
	struct thread_proc *self = current_proc();

	if (!self->vfork)
		return;
	spin_lock(&tree_lock);
	struct vfork_wait *parent = self->vfork;
	self->vfork = NULL;
	if (parent) {
		parent->is_done = true;
		waitq_wake_all(&parent->queue);
	}
	spin_unlock(&tree_lock);
}

/* What the threads of a process share goes with the last of them: timers, terminal, memory. */
static void release_process(struct process *process)
{
	struct vm_space *space = process->space;

	signal_timers_exit(process);
	if (process->is_session_leader && session_leader_ended)
		session_leader_ended(process);
	if (space)
		process->dead_threads.max_resident_pages =
			MAX(process->dead_threads.max_resident_pages, space->resident_peak);
	spin_lock(&tree_lock);
	process->exit_stage = EXIT_RELEASED;
	process->space = NULL;
	struct vm_space *next = process->parent ? process->parent->space : NULL;
	spin_unlock(&tree_lock);
	current_thread()->space = NULL;
	if (!space)
		return;
	/* Its tables must be left before they go. The parent, whom this end is about to wake, most likely runs next:
	 * with its tables loaded now, they need not be loaded then. */
	if (cpu_count == 1 && next != space)
		vm_space_activate(next);
	vm_space_leave(space);
}

/* Stage 3. True for the last thread: when they leave one by one, the status is its own. */
static bool count_out(struct process *process, uint32_t wait_status)
{
	spin_lock(&tree_lock);
	bool is_last = --process->live_count == 0;
	if (is_last && !process->is_group_exiting)
		process->exit_status = wait_status;
	spin_unlock(&tree_lock);
	return is_last;
}

/* Stage 4. Each part is taken off before it is dropped, so that readers of /proc find it whole or not at all. */
static void release_parts(struct thread *thread, bool is_last)
{
	struct fd_table *files = thread->files;
	struct fs_context *fs = thread->fs;
	struct ipc_namespace *ipc = thread->ipc;

	spin_lock(&tree_lock);
	thread->files = NULL;
	thread->fs = NULL;
	thread->ipc = NULL;
	spin_unlock(&tree_lock);
	if (files)
		fd_table_put(files);
	if (unlikely(thread_has_work(current_thread(), WORK_ASYNC)))
		sched_async_hook();
	if (fs)
		fs_context_put(fs);
	fpu_free(&thread->context);
	if (is_last)
		release_process(thread->process);
	ipc_thread_exit(thread, ipc);
	thread->space = NULL;
	thread_vfork_done();
}

/* The nearest ancestor that asked for orphans and still lives, or the first process. */
static struct process *find_reaper(struct process *process)
{
	for (struct process *above = process->parent; above; above = above->parent) {
		if (above->is_subreaper && above->live_count > 0)
			return above;
	}
	return init_process;
}

/* SIGCHLD (or what clone asked for) and a wake-up. True: the parent does not want to collect it. */
static bool tell_parent(struct process *process)
{
	struct thread_proc *leader = thread_proc(process->leader);
	struct process *parent = process->parent;
	uint32_t status = process->exit_status;
	struct signal_info info;
	int signal = process->exit_signal;
	bool is_traced = unlikely(leader->tracee != NULL) && thread_is_traced(leader);

	if (unlikely(is_traced && tracee_is_foreign(leader->tracee))) {
		ptrace_tell_end(leader);
		return false;
	}
	if (signal != SIGCHLD && signal != 0 && process->parent_exec_count != parent->exec_count)
		signal = SIGCHLD;
	bool is_unwanted = !is_traced && signal == SIGCHLD && signal_ignores_children(parent);
	if (signal > 0 && signal <= SIGNAL_COUNT) {
		signal_info_kernel(&info, signal);
		info.pid = process->pid->number;
		info.uid = process->leader->cred->uid;
		info.code = (status & 0x7f) == 0 ? CLD_EXITED : (status & 0x80) ? CLD_DUMPED : CLD_KILLED;
		info.status = info.code == CLD_EXITED ? (int32_t)(status >> 8 & 0xff) : (int32_t)(status & 0x7f);
		info.user_ns = process->dead_threads.user_ns;
		info.kernel_ns = process->dead_threads.kernel_ns;
		signal_send_process_locked(parent, &info);
	}
	waitq_wake_all(&parent->child_waiters);
	return is_unwanted;
}

/* Out of the tree at once: nobody collects it. */
static void bury(struct process *process, struct exit_rest *rest)
{
	trace(TRACE_REAP, (uint64_t)process->pid->number, (uint64_t)process->parent->pid->number, process->exit_status,
	      0);
	process_detach(process);
	list_append(&rest->buried, &process->sibling);
}

static void send_death_signal(struct process *child)
{
	struct signal_info info;

	if (!child->parent_death_signal)
		return;
	signal_info_user(&info, child->parent_death_signal);
	signal_send_process_locked(child, &info);
}

static void reparent(struct process *child, struct process *reaper, struct exit_rest *rest)
{
	struct process *old = child->parent;

	send_death_signal(child);
	list_remove(&child->sibling);
	list_append(&reaper->children, &child->sibling);
	child->parent = reaper;
	child->parent_tid = reaper->pid->number;
	child->parent_exec_count = reaper->exec_count;
	child->exit_signal = SIGCHLD;
	trace(TRACE_REPARENT, (uint64_t)child->pid->number, (uint64_t)old->pid->number, (uint64_t)reaper->pid->number,
	      0);
	bool is_unwanted =
		child->exit_stage == EXIT_ZOMBIE && !thread_is_traced(thread_proc(child->leader)) && tell_parent(child);
	group_orphaned_by_reparent(child, old);
	if (is_unwanted)
		bury(child, rest);
}

/* Nobody of the process runs any more: its children go to an ancestor. */
static void give_up_children(struct process *process, struct exit_rest *rest)
{
	struct process *child, *following;

	if (list_is_empty(&process->children))
		return;
	struct process *reaper = find_reaper(process);
	list_for_each_safe (child, following, &process->children, sibling)
		reparent(child, reaper, rest);
}

/* The process has ended as a whole. tree_lock is held. */
static void become_zombie(struct process *process, struct exit_rest *rest)
{
	process->exit_stage = EXIT_ZOMBIE;
	spin_lock(&process->signal_lock);
	sigpending_flush(&process->pending);
	spin_unlock(&process->signal_lock);
	group_orphaned_by_exit(process);
	if (!waitq_is_empty(&process->pid->exit_waiters))
		pidfd_wake(process->pid);
	if (tell_parent(process))
		bury(process, rest);
}

void process_tell_end(struct process *process, struct exit_rest *rest)
{
	if (tell_parent(process))
		bury(process, rest);
}

void process_release_kept(struct thread_proc *thread, struct exit_rest *rest)
{
	struct process *process = thread->thread->process;

	process_remove_thread(process, thread->thread);
	list_append(&rest->released, &thread->process_link);
	process->kept_count--;
	if (--process->thread_count == 0)
		become_zombie(process, rest);
	else
		waitq_wake_all(&process->thread_waiters);
}

/* Children made by a thread that ends while others live: they are told, and belong to another thread from now on. */
static void hand_on_children(struct process *process, struct thread *thread)
{
	struct process *child;
	struct thread_proc *other;
	int32_t heir = process->leader->tid;

	if (list_is_empty(&process->children))
		return;
	list_for_each (other, &process->threads, process_link) {
		if (!other->has_exited) {
			heir = other->thread->tid;
			break;
		}
	}
	list_for_each (child, &process->children, sibling) {
		if (child->parent_tid != thread->tid)
			continue;
		send_death_signal(child);
		child->parent_tid = heir;
	}
}

/* Stage 5. The leader stays on the list, as its number is the process's. */
static void leave_process(struct thread *thread)
{
	struct process *process = thread->process;
	struct thread_proc *self = thread_proc(thread);
	struct exit_rest rest;
	bool is_leader = thread == process->leader;
	bool is_heard = connector_has_listeners();
	struct proc_event event;

	exit_rest_init(&rest);
	spin_lock(&tree_lock);
	usage_add_thread(&process->dead_threads, thread);
	self->is_gone = true;
	/* A thread that a signal to all of them ends has no code of its own. */
	trace(TRACE_EXIT, (uint64_t)process->pid->number, (uint64_t)thread->tid,
	      process->is_group_exiting ? process->exit_status : (uint32_t)self->exit_code, process->exit_stage);
	if (unlikely(self->tracees.next))
		ptrace_tracer_ends(self, &rest);
	bool is_kept = unlikely(self->tracee) && ptrace_keep(self) && !is_leader;
	if (!is_leader && !is_kept)
		process_remove_thread(process, thread);
	if (unlikely(is_kept))
		process->kept_count++;
	else
		process->thread_count--;
	if (process->thread_count == process->kept_count)
		give_up_children(process, &rest);
	else
		hand_on_children(process, thread);
	if (process->thread_count == 0)
		become_zombie(process, &rest);
	else
		waitq_wake_all(&process->thread_waiters);
	if (is_heard)
		process_read_end_locked(&event, thread);
	spin_unlock(&tree_lock);
	if (is_heard)
		connector_tell(&event);
	exit_rest_finish(&rest);
	if (!is_leader && !is_kept)
		thread_put(thread);
}

/* Each stage is entered once: whatever ends the thread again while it ends goes on with the next one. */
static _Noreturn void thread_end(uint32_t wait_status)
{
	struct thread *thread = current_thread();
	struct thread_proc *self = current_proc();
	bool is_last = false;

	switch (self->exit_step) {
	case 0:
		self->exit_step = 1;
		self->exit_code = (int32_t)wait_status;
		thread_tell_user_memory(true);
		__attribute__((fallthrough));
	case 1:
		self->exit_step = 2;
		signal_thread_exit();
		__attribute__((fallthrough));
	case 2:
		self->exit_step = 3;
		is_last = count_out(thread->process, wait_status);
		__attribute__((fallthrough));
	case 3:
		self->exit_step = 4;
		release_parts(thread, is_last);
		__attribute__((fallthrough));
	case 4:
		self->exit_step = 5;
		leave_process(thread);
		__attribute__((fallthrough));
	default:
		thread_exit();
	}
}

/* Others may want to see the thread as it was. */
static void before_end(uint32_t wait_status)
{
	if (unlikely(current_process()->dumper))
		core_park();
	if (unlikely(current_proc()->tracee))
		ptrace_exits(wait_status);
}

_Noreturn void process_exit_thread(int code)
{
	before_end(((uint32_t)code & 0xff) << 8);
	thread_end(((uint32_t)code & 0xff) << 8);
}

/* A thread that exec ends does not take the process with it. */
_Noreturn void process_exit_group(uint32_t wait_status)
{
	struct thread *thread = current_thread();
	struct process *process = thread->process;

	spin_lock(&tree_lock);
	if (!process->is_execing || !thread_has_work(thread, WORK_KILL))
		process_begin_end(process, wait_status, thread);
	if (process->is_group_exiting)
		wait_status = process->exit_status;
	spin_unlock(&tree_lock);
	before_end(wait_status);
	thread_end(wait_status);
}

void process_reap(struct process *process)
{
	struct process *parent = process->parent;

	usage_add(&parent->children_usage, &process->dead_threads);
	usage_add(&parent->children_usage, &process->children_usage);
	trace(TRACE_REAP, (uint64_t)process->pid->number, (uint64_t)current_process()->pid->number,
	      process->exit_status, 0);
	process_detach(process);
}
