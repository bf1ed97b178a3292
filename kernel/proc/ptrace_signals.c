/*
 * The tracer looks at the signals of a stopped tracee, and changes them: what it stopped for, what is pending, what is
 * blocked.
 */
#include <asm-generic/siginfo.h>
#include <linux/ptrace.h>

#include "arch/x86_64/uaccess.h"
#include "proc/ptrace_private.h"

#define MASK_BYTES sizeof(uint64_t)

int ptrace_get_siginfo(struct ptrace_request *request)
{
	struct tracee *tracee = request->tracee;
	struct signal_info info;
	int error = ptrace_lock_stopped(tracee);

	if (error)
		return error;
	if (tracee->has_info)
		info = tracee->info;
	else
		error = -EINVAL;
	spin_unlock(&tree_lock);
	return error ? error : siginfo_to_user(request->data, &info);
}

int ptrace_set_siginfo(struct ptrace_request *request)
{
	struct tracee *tracee = request->tracee;
	struct signal_info info;
	int error = siginfo_from_debugger(&info, request->data);

	if (!error)
		error = ptrace_lock_stopped(tracee);
	if (error)
		return error;
	if (tracee->has_info)
		tracee->info = info;
	else
		error = -EINVAL;
	spin_unlock(&tree_lock);
	return error;
}

/* The pending signal at place `index` of the thread or its process. False: there are not that many. */
static bool pending_at(struct tracee *tracee, bool is_shared, uint64_t index, struct signal_info *info)
{
	struct process *process = tracee->self->thread->process;
	struct sigpending *pending = is_shared ? &process->pending : &tracee->self->pending;
	struct signal_queued *queued;
	bool is_found = false;

	spin_lock(&process->signal_lock);
	list_for_each (queued, &pending->queue, link) {
		if (index-- == 0) {
			*info = queued->info;
			is_found = true;
			break;
		}
	}
	spin_unlock(&process->signal_lock);
	return is_found;
}

int64_t ptrace_peek_siginfo(struct ptrace_request *request)
{
	struct ptrace_peeksiginfo_args wanted;
	struct signal_info info;
	int64_t done = 0;

	if (copy_from_user(&wanted, request->address, sizeof(wanted)))
		return -EFAULT;
	if ((wanted.flags & ~(uint32_t)PTRACE_PEEKSIGINFO_SHARED) || wanted.nr < 0)
		return -EINVAL;
	for (; done < wanted.nr && wanted.off + (uint64_t)done >= wanted.off; done++) {
		int error = ptrace_lock_stopped(request->tracee);
		if (error)
			return done ? done : error;
		bool is_there = pending_at(request->tracee, (wanted.flags & PTRACE_PEEKSIGINFO_SHARED) != 0,
					   wanted.off + (uint64_t)done, &info);
		spin_unlock(&tree_lock);
		if (!is_there || thread_has_work(current_thread(), WORK_KILL | WORK_SIGNAL))
			break;
		if (siginfo_to_user(request->data + (uint64_t)done * sizeof(siginfo_t), &info))
			return done ? done : -EFAULT;
	}
	return done;
}

int ptrace_get_mask(struct ptrace_request *request)
{
	const struct thread_proc *self = request->tracee->self;

	if (request->address != MASK_BYTES)
		return -EINVAL;
	int error = ptrace_lock_stopped(request->tracee);
	if (error)
		return error;
	uint64_t mask = self->has_saved_mask ? self->saved_mask : self->blocked;
	spin_unlock(&tree_lock);
	return put_user_u64(request->data, mask);
}

int ptrace_set_mask(struct ptrace_request *request)
{
	struct thread_proc *self = request->tracee->self;
	struct process *process = request->thread->process;
	uint64_t mask;

	if (request->address != MASK_BYTES)
		return -EINVAL;
	if (get_user_u64(&mask, request->data))
		return -EFAULT;
	int error = ptrace_lock_stopped(request->tracee);
	if (error)
		return error;
	spin_lock(&process->signal_lock);
	self->blocked = mask & ~SIGNALS_UNBLOCKABLE;
	self->has_saved_mask = false;
	spin_unlock(&process->signal_lock);
	spin_unlock(&tree_lock);
	return 0;
}
