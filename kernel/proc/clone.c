/*
 * The one core by which every thread and process is made: its parts (clone_steps.c), then its place in the tree.
 */
#include <asm/signal.h>
#include <linux/ptrace.h>
#include <linux/sched.h>

#include "arch/x86_64/uaccess.h"
#include "mem/page.h"
#include "proc/clone_private.h"
#include "proc/oom.h"
#include "proc/pid.h"
#include "proc/process_event.h"
#include "proc/ptrace.h"
#include "proc/tree.h"
#include "sched/sched.h"
#include "trace/trace.h"

/* A new process beside or below the maker's. tree_lock is held. */
static void enter_process(struct making *making)
{
	struct process *process = making->process, *from = making->from, *parent = from;

	process->leader = making->thread;
	process->parent_tid = making->maker->tid;
	if (process->space && !(making->flags & CLONE_VM))
		process->space->owner_pid = process->pid->number;
	if (!from) {
		process_attach(process, NULL, process->pid, process->pid);
		return;
	}
	if (making->flags & CLONE_PARENT) {
		parent = from->parent;
		process->exit_signal = from->exit_signal;
		process->parent_tid = from->parent_tid;
	}
	process->parent_exec_count = parent->exec_count;
	process->tty = from->tty;
	process_attach(process, parent, from->group, from->session);
}

/* The last step, which cannot fail but for the end of the maker itself. */
static int enter_tree(struct making *making, struct vfork_wait *vfork)
{
	spin_lock(&tree_lock);
	if (making->from && (making->from->is_group_exiting || thread_has_work(making->maker, WORK_KILL))) {
		spin_unlock(&tree_lock);
		return -EINTR;
	}
	/* One that went to a group went to all who were in it: to the maker, and then also to what it makes after that.
	 */
	if (making->from && making->from->group_signals != making->group_signals && !(making->flags & CLONE_THREAD)) {
		spin_unlock(&tree_lock);
		/* Also where the signal leaves nothing to take: the way out looks for calls to repeat. */
		atomic_fetch_or_explicit(&making->maker->work, WORK_SIGNAL, memory_order_relaxed);
		return -ERESTART_ALWAYS;
	}
	if (!(making->flags & CLONE_THREAD))
		enter_process(making);
	process_add_thread(making->process, making->thread);
	if (unlikely(making->self->tracee))
		ptrace_inherit(thread_proc(making->maker), making->self);
	if (making->flags & CLONE_VFORK)
		making->self->vfork = vfork;
	spin_unlock(&tree_lock);
	if (making->pidfd_file)
		fd_install(making->pidfd, making->pidfd_file, true);
	trace(TRACE_FORK, making->from ? (uint64_t)making->from->pid->number : 0,
	      (uint64_t)making->process->pid->number, (uint64_t)making->thread->tid, making->flags);
	process_event_fork(making->thread);
	return 0;
}

static int make(struct making *making, struct vfork_wait *vfork)
{
	int error = clone_make_parts(making);

	if (error)
		return error;
	error = enter_tree(making, vfork);
	if (error)
		clone_undo_parts(making);
	return error;
}

/* Until the child has executed or ended, or the maker is killed: then the child forgets it. */
static void wait_for_vfork(struct thread *child, struct vfork_wait *vfork)
{
	int error = waitq_wait(&vfork->queue, WAIT_VFORK, child->tid, TIME_NEVER, WAIT_KILLABLE, vfork->is_done);

	spin_lock(&tree_lock);
	if (error && !vfork->is_done)
		thread_proc(child)->vfork = NULL;
	spin_unlock(&tree_lock);
}

/*
 * A process or thread of the caller's. Where memory is short it is not refused: somebody has to go, as when a page is
 * wanted, and it is tried again from the start (each attempt has undone all it did).
 */
static int make_by_user(const struct clone_request *request, int event, uint32_t group_signals, struct making *making,
			struct vfork_wait *vfork)
{
	uint64_t shortages_before;
	int error;

	do {
		*making = (struct making){.request = request,
					  .flags = request->flags,
					  .event = event,
					  .maker = current_thread(),
					  .from = current_process(),
					  .group_signals = group_signals};
		shortages_before = page_shortages();
		error = make(making, vfork);
		if (likely(error != -ENOMEM) || alloc_failed_on_purpose())
			return error;
	} while (page_shortages() != shortages_before && oom_kill());
	return error;
}

int64_t process_clone(const struct clone_request *request)
{
	struct vfork_wait vfork = {.is_done = false};
	struct making making;
	int event = unlikely(current_proc()->tracee) ? ptrace_clone_event(request) : 0;
	int error = clone_check(request);
	/* Before the look at what has come: what comes behind it is seen in enter_tree. */
	uint32_t group_signals = __atomic_load_n(&current_process()->group_signals, __ATOMIC_ACQUIRE);

	if (error)
		return error;
	/* What has come is taken first, so that the new one is made by who has taken it. */
	if (unlikely(thread_has_work(current_thread(), WORK_SIGNAL | WORK_STOP)))
		return -ERESTART_ALWAYS;
	if (request->flags & CLONE_VFORK)
		waitq_init(&vfork.queue);
	error = make_by_user(request, event, group_signals, &making, &vfork);
	if (error)
		return error;
	struct thread *child = making.thread;
	int64_t tid = child->tid;
	uint32_t word = (uint32_t)tid;
	/* as on Linux a bad address here is no error: the child exists */
	if (making.flags & CLONE_PARENT_SETTID)
		(void)put_user_u32(request->parent_tid, word);
	if ((making.flags & CLONE_CHILD_SETTID) && (making.flags & CLONE_VM))
		(void)put_user_u32(request->child_tid, word);
	else if (making.flags & CLONE_CHILD_SETTID)
		(void)vm_access(child->space, request->child_tid, &word, sizeof(word), true, false);
	if (making.flags & CLONE_VFORK)
		thread_get(child);
	thread_start(child);
	if (unlikely(event))
		ptrace_event(event, (uint64_t)tid);
	if (making.flags & CLONE_VFORK) {
		wait_for_vfork(child, &vfork);
		thread_put(child);
		if (unlikely(current_proc()->tracee) && !(making.flags & CLONE_UNTRACED))
			ptrace_event(PTRACE_EVENT_VFORK_DONE, (uint64_t)tid);
	}
	return tid;
}

/* The kernel's own: no user frame to copy, start(arg) runs in the kernel. */
static struct process *make_by_kernel(const char *name, void (*start)(void *), void *arg, bool is_kernel)
{
	struct clone_request request = {.exit_signal = SIGCHLD};
	struct making making = {
		.request = &request,
		.maker = is_kernel || !init_process ? current_thread() : init_process->leader,
		.from = init_process,
		.group_signals = init_process ? init_process->group_signals : 0,
		.name = name,
		.start = start,
		.arg = arg,
		.is_kernel = is_kernel,
	};

	if (make(&making, NULL))
		return NULL;
	thread_start(making.thread);
	return making.process;
}

struct process *kernel_process_create(const char *name, void (*start)(void *), void *arg)
{
	return make_by_kernel(name, start, arg, true);
}

struct process *process_create_first(const char *name, void (*start)(void *), void *arg)
{
	return make_by_kernel(name, start, arg, false);
}
