/*
 * The parts of a new thread or process, copied or shared by an ordered table of steps; each step has its undo, and a
 * step that fails leaves nothing of its own.
 */
#include <asm/signal.h>
#include <linux/sched.h>

#include "arch/x86_64/uaccess.h"
#include "fs/cred.h"
#include "fs/mount.h"
#include "ipc/namespace.h"
#include "proc/clone_private.h"
#include "proc/io_priority.h"
#include "proc/limits.h"
#include "proc/pid.h"
#include "proc/pidfd.h"
#include "proc/ptrace.h"
#include "proc/rseq.h"
#include "proc/tree.h"
#include "sched/sched.h"

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

int clone_make_parts(struct making *making)
{
	for (size_t done = 0; done < ARRAY_LEN(steps); done++) {
		int error = steps[done].make(making);
		if (unlikely(error)) {
			undo_steps(making, done);
			return error;
		}
	}
	return 0;
}

void clone_undo_parts(struct making *making)
{
	undo_steps(making, ARRAY_LEN(steps));
}
