/*
 * The one core by which every thread and process is made. Parts are copied or shared by an ordered table of steps; each
 * step has its undo, and a step that fails leaves nothing of its own.
 */
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/ptrace.h>
#include <linux/sched.h>

#include "arch/x86_64/uaccess.h"
#include "fs/cred.h"
#include "fs/mount.h"
#include "ipc/namespace.h"
#include "mem/page.h"
#include "proc/clone.h"
#include "proc/io_priority.h"
#include "proc/limits.h"
#include "proc/oom.h"
#include "proc/pid.h"
#include "proc/pidfd.h"
#include "proc/ptrace.h"
#include "proc/rseq.h"
#include "proc/tree.h"
#include "sched/sched.h"
#include "trace/trace.h"

/* One creation in progress; on the stack of its maker. */
struct making {
	const struct clone_request *request;
	uint64_t flags;
	int event; /* PTRACE_EVENT_* that this is for the maker's tracer; 0: none */
	struct thread *maker;
	struct process *from;     /* the maker's */
	struct thread *thread;    /* the new one */
	struct thread_proc *self; /* its part */
	struct process *process;  /* a new one, or from */
	struct pid *pid;
	struct file *pidfd_file;
	int pidfd;
	/* kernel forms */
	const char *name;
	void (*start)(void *arg);
	void *arg;
	bool is_kernel; /* never sees user mode */
};

static int make_thread(struct making *making)
{
	struct trapframe *frame = NULL;
	struct thread *maker = making->maker;

	if (making->start)
		making->thread = thread_create_kernel(making->name, making->start, making->arg);
	else
		making->thread = thread_create_user(maker->name, context_user_frame(&maker->context), &frame);
	if (!making->thread)
		return -ENOMEM;
	if (frame) {
		frame->rax = 0;
		if (making->request->stack)
			frame->rsp = making->request->stack;
	}
	if (thread_proc_create(making->thread)) {
		thread_discard(making->thread);
		return -ENOMEM;
	}
	making->self = thread_proc(making->thread);
	return 0;
}

static void unmake_thread(struct making *making)
{
	thread_discard(making->thread);
}

static int make_process(struct making *making)
{
	struct process *process = making->from;

	if (making->flags & CLONE_THREAD) {
		process_get(process);
	} else {
		process = process_create();
		if (!process)
			return -ENOMEM;
		process->is_kernel = making->is_kernel;
		process->personality = making->from ? making->from->personality : 0;
		process->oom_score_adj = making->from ? making->from->oom_score_adj : 0;
		process->exit_signal = making->request->exit_signal;
		/* the tree's reference is the maker's until it is entered there; this one is the thread's */
		process_get(process);
	}
	making->process = process;
	making->thread->process = process;
	return 0;
}

/* The thread's reference goes with the thread. */
static void unmake_process(struct making *making)
{
	if (!(making->flags & CLONE_THREAD))
		process_put(making->process);
}

static int share_cred(struct making *making)
{
	making->thread->cred = cred_get(making->maker->cred ? making->maker->cred : &cred_root);
	return 0;
}

static int copy_files(struct making *making)
{
	struct fd_table *files = making->maker->files;
	int error = -ENOMEM;

	if (making->is_kernel)
		return 0;
	if (files && (making->flags & CLONE_FILES))
		fd_table_get(files);
	else
		files = files ? fd_table_copy(files, &error) : fd_table_create();
	making->thread->files = files;
	return files ? 0 : error;
}

static void drop_files(struct making *making)
{
	if (making->thread->files)
		fd_table_put(making->thread->files);
	making->thread->files = NULL;
}

/* Kernel processes share the boot's view of the tree of files. */
static int copy_fs(struct making *making)
{
	struct fs_context *fs = making->maker->fs ? making->maker->fs : &fs_context_boot;

	if (making->is_kernel || (making->flags & CLONE_FS))
		fs_context_get(fs);
	else
		fs = fs_context_copy(fs);
	if (!fs)
		return -ENOMEM;
	if (making->flags & CLONE_NEWNS) {
		int error = fs_context_unshare_mounts(fs);
		if (error) {
			fs_context_put(fs);
			return error;
		}
	}
	making->thread->fs = fs;
	return 0;
}

static void drop_fs(struct making *making)
{
	fs_context_put(making->thread->fs);
	making->thread->fs = NULL;
}

static int copy_ipc(struct making *making)
{
	return ipc_thread_init(making->thread, making->maker, making->flags);
}

static void drop_ipc(struct making *making)
{
	ipc_thread_exit(making->thread, making->thread->ipc);
}

/* CLONE_CLEAR_SIGHAND: handlers go, what is ignored stays so. Nobody else sees `sighand` yet. */
static void clear_handlers(struct sighand *sighand)
{
	for (int signal = 1; signal <= SIGNAL_COUNT; signal++) {
		struct sigaction_kernel *action = &sighand->action[signal];
		if (action->handler != (uaddr_t)SIG_IGN)
			*action = (struct sigaction_kernel){.handler = (uaddr_t)SIG_DFL};
	}
}

static int copy_sighand(struct making *making)
{
	struct sighand *sighand = making->from ? making->from->sighand : NULL;

	if (making->flags & CLONE_THREAD)
		return 0;
	if (sighand && (making->flags & CLONE_SIGHAND)) {
		sighand_get(sighand);
	} else {
		sighand = sighand ? sighand_copy(sighand) : sighand_create();
		if (!sighand)
			return -ENOMEM;
	}
	if (making->flags & CLONE_CLEAR_SIGHAND)
		clear_handlers(sighand);
	making->process->sighand = sighand;
	return 0;
}

/* What the thread starts with: its mask, its alternate stack unless it runs on other memory's terms. */
static int copy_signals(struct making *making)
{
	struct thread_proc *self = making->self, *maker = thread_proc(making->maker);

	if (!(making->flags & CLONE_THREAD))
		signal_timers_init(making->process);
	if (!maker)
		return 0;
	self->blocked = maker->blocked;
	self->default_slack_ns = maker->timer_slack_ns;
	self->timer_slack_ns = maker->timer_slack_ns;
	if ((making->flags & (CLONE_VM | CLONE_VFORK)) != CLONE_VM) {
		self->altstack_base = maker->altstack_base;
		self->altstack_bytes = maker->altstack_bytes;
		self->altstack_flags = maker->altstack_flags;
	}
	if (making->flags & CLONE_CHILD_CLEARTID)
		self->clear_child_tid = making->request->child_tid;
	return io_priority_fork(self, maker, making->flags & CLONE_IO);
}

static int copy_space(struct making *making)
{
	struct vm_space *space = making->maker->space;

	if (!space || making->is_kernel)
		return 0;
	if (making->flags & CLONE_THREAD) {
		making->thread->space = space;
		return 0;
	}
	if (making->flags & CLONE_VM) {
		vm_space_enter(space);
	} else {
		int error = vm_space_fork(space, &space);
		if (error)
			return error;
	}
	making->thread->space = space;
	making->process->space = space;
	if (!(making->flags & CLONE_VM)) {
		rseq_fork(making->thread, making->maker);
		atomic_store_explicit(&space->barriers,
				      atomic_load_explicit(&making->maker->space->barriers, memory_order_relaxed),
				      memory_order_relaxed);
	}
	return 0;
}

static void drop_space(struct making *making)
{
	struct vm_space *space = making->thread->space;

	making->thread->space = NULL;
	if (!space || (making->flags & CLONE_THREAD))
		return;
	making->process->space = NULL;
	vm_space_leave(space);
}

static int copy_registers(struct making *making)
{
	struct thread *maker = making->maker, *thread = making->thread;

	if (making->start)
		return 0;
	thread->context.fs_base =
		making->flags & CLONE_SETTLS ? making->request->tls : context_fs_base(&maker->context);
	thread->context.gs_base = context_gs_base(&maker->context);
	return fpu_copy(&maker->context, &thread->context);
}

static void drop_registers(struct making *making)
{
	fpu_free(&making->thread->context);
}

static int copy_limits(struct making *making)
{
	if (!(making->flags & CLONE_THREAD)) {
		if (making->from)
			making->process->limits = making->from->limits;
		else
			limits_init(&making->process->limits);
	}
	making->thread->limits = &making->process->limits;
	if (making->maker->process)
		sched_fork(making->thread, making->maker);
	return 0;
}

/* The child of a traced thread may be traced too. */
static int prepare_tracing(struct making *making)
{
	const struct thread_proc *maker = thread_proc(making->maker);

	if (likely(!maker || !maker->tracee))
		return 0;
	ptrace_clean_copy(maker, context_user_frame(&making->thread->context));
	return making->event || (making->flags & CLONE_PTRACE) ? ptrace_prepare(making->self) : 0;
}

static int make_pid(struct making *making)
{
	struct pid *pid = pid_alloc(making->request->set_tid_count ? making->request->set_tid[0] : 0);

	if (is_err(pid))
		return (int)ptr_err(pid);
	making->pid = pid;
	making->self->pid = pid;
	making->thread->tid = pid->number;
	if (!(making->flags & CLONE_THREAD)) {
		pid_get(pid);
		making->process->pid = pid;
	}
	return 0;
}

/* The references are those of the thread and of the process: only the number is given back here. */
static void drop_pid(struct making *making)
{
	pid_get(making->pid);
	pid_discard(making->pid);
}

static int make_pidfd(struct making *making)
{
	if (!(making->flags & CLONE_PIDFD))
		return 0;
	making->pidfd_file = pidfd_create(making->pid, 0);
	if (!making->pidfd_file)
		return -ENOMEM;
	making->pidfd = fd_reserve(0);
	int error = making->pidfd < 0 ? making->pidfd : 0;
	if (!error && put_user_u32(making->request->pidfd, (uint32_t)making->pidfd)) {
		fd_unreserve(making->pidfd);
		error = -EFAULT;
	}
	if (error)
		file_put(making->pidfd_file);
	return error;
}

static void drop_pidfd(struct making *making)
{
	if (!making->pidfd_file)
		return;
	fd_unreserve(making->pidfd);
	file_put(making->pidfd_file);
}

/* Null undo: what the step made goes with the thread or the process. */
static const struct {
	int (*make)(struct making *making);
	void (*undo)(struct making *making);
} steps[] = {
	{make_thread, unmake_thread}, {make_process, unmake_process},
	{share_cred, NULL},           {copy_files, drop_files},
	{copy_fs, drop_fs},           {copy_ipc, drop_ipc},
	{copy_sighand, NULL},         {copy_signals, NULL},
	{copy_space, drop_space},     {copy_registers, drop_registers},
	{copy_limits, NULL},          {prepare_tracing, NULL},
	{make_pid, drop_pid},         {make_pidfd, drop_pidfd},
};

static void undo_steps(struct making *making, size_t count)
{
	while (count-- > 0) {
		if (steps[count].undo)
			steps[count].undo(making);
	}
}

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
	return 0;
}

static int make(struct making *making, struct vfork_wait *vfork)
{
	size_t done = 0;
	int error = 0;

	while (done < ARRAY_LEN(steps)) {
		error = steps[done].make(making);
		if (error)
			break;
		done++;
	}
	if (!error)
		error = enter_tree(making, vfork);
	if (error)
		undo_steps(making, done);
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
static int make_by_user(const struct clone_request *request, int event, struct making *making, struct vfork_wait *vfork)
{
	uint64_t shortages_before;
	int error;

	do {
		*making = (struct making){.request = request,
					  .flags = request->flags,
					  .event = event,
					  .maker = current_thread(),
					  .from = current_process()};
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

	if (error)
		return error;
	if (request->flags & CLONE_VFORK)
		waitq_init(&vfork.queue);
	error = make_by_user(request, event, &making, &vfork);
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
