/*
 * What clone refuses: every combination of flags that makes no sense, as clone(2) lists them and Linux 6.1 answers
 * them, and clone3's extensible structure. Nothing is changed here.
 */
#include <asm/signal.h>
#include <linux/capability.h>
#include <linux/resource.h>

#include "arch/x86_64/uaccess.h"
#include "fs/cred.h"
#include "lib/string.h"
#include "proc/clone.h"
#include "proc/tree.h"

/* How deep pid namespaces can be nested on Linux: bounds set_tid_size. */
#define SET_TID_MAX  32
#define CLONE3_FLAGS (0xffffffffull | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP)

int clone_check_namespaces(uint64_t flags)
{
	if (!(flags & CLONE_NAMESPACES))
		return 0;
	if ((flags & CLONE_NAMESPACES & ~(uint64_t)CLONE_NEWUSER) && !(flags & CLONE_NEWUSER) &&
	    !current_has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	/* as a Linux built without the others */
	return flags & CLONE_NAMESPACES & ~(uint64_t)(CLONE_NEWNS | CLONE_NEWIPC) ? -EINVAL : 0;
}

static int check_flags(const struct clone_request *request)
{
	uint64_t flags = request->flags;

	if ((flags & CLONE_FS) && (flags & (CLONE_NEWNS | CLONE_NEWUSER)))
		return -EINVAL;
	if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))
		return -EINVAL;
	/* children of a sibling of the first process would have nobody to go to */
	if ((flags & CLONE_PARENT) && !current_process()->parent)
		return -EINVAL;
	if ((flags & CLONE_THREAD) && (flags & (CLONE_NEWUSER | CLONE_NEWPID)))
		return -EINVAL;
	if ((flags & CLONE_PIDFD) && (flags & (CLONE_DETACHED | CLONE_THREAD)))
		return -EINVAL;
	if ((flags & CLONE_PIDFD) && (flags & CLONE_PARENT_SETTID) && request->pidfd == request->parent_tid)
		return -EINVAL;
	return 0;
}

/* Threads of all processes of one real user. tree_lock is held. */
static uint64_t threads_of_user(uint32_t uid)
{
	struct process *process;
	uint64_t count = 0;

	list_for_each (process, &all_processes, all_link) {
		if (process->leader && process->leader->cred && process->leader->cred->uid == uid)
			count += MAX(process->thread_count, 1u);
	}
	return count;
}

/* Nobody has more threads than there are: they are counted one by one only where that says nothing. */
static int check_limits(void)
{
	const struct cred *cred = current_cred();
	uint64_t limit = current_process()->limits.of[RLIMIT_NPROC].soft, all = thread_count();

	if (all >= thread_limit)
		return -EAGAIN;
	if (all < limit || cred->uid == 0 || current_has_cap(CAP_SYS_RESOURCE) || current_has_cap(CAP_SYS_ADMIN))
		return 0;
	spin_lock(&tree_lock);
	uint64_t mine = threads_of_user(cred->uid);
	spin_unlock(&tree_lock);
	return mine >= limit ? -EAGAIN : 0;
}

static int check_set_tid(const struct clone_request *request)
{
	if (!request->set_tid_count)
		return 0;
	if (request->set_tid_count > 1)
		return -EINVAL;
	if (request->set_tid[0] < 1 || request->set_tid[0] >= PID_LIMIT)
		return -EINVAL;
	if (!current_has_cap(CAP_CHECKPOINT_RESTORE) && !current_has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	return 0;
}

int clone_check(const struct clone_request *request)
{
	int error = check_flags(request);

	if (!error)
		error = check_limits();
	if (!error)
		error = clone_check_namespaces(request->flags);
	/* what is to be undone is to be undone in one namespace */
	if (!error && (request->flags & CLONE_NEWIPC) && (request->flags & CLONE_SYSVSEM))
		error = -EINVAL;
	if (!error && (request->flags & CLONE_SETTLS) && request->tls >= USER_SPACE_END)
		error = -EPERM;
	if (!error)
		error = check_set_tid(request);
	/* a fatal signal came: it shall not have to kill a child as well */
	if (!error && thread_has_work(current_thread(), WORK_KILL))
		error = -EINTR;
	return error;
}

/* What a program that is newer than this kernel added must be zero. */
static int check_rest_is_zero(uaddr_t from, uint64_t bytes)
{
	uint8_t rest[64];

	while (bytes > 0) {
		size_t part = MIN(bytes, sizeof(rest));
		if (copy_from_user(rest, from, part))
			return -EFAULT;
		for (size_t i = 0; i < part; i++) {
			if (rest[i])
				return -E2BIG;
		}
		from += part;
		bytes -= part;
	}
	return 0;
}

static int check_clone3(const struct clone_args *args, uint64_t bytes)
{
	if (args->set_tid_size > SET_TID_MAX || !args->set_tid != !args->set_tid_size)
		return -EINVAL;
	if (args->exit_signal > SIGNAL_COUNT)
		return -EINVAL;
	if ((args->flags & CLONE_INTO_CGROUP) && (args->cgroup > INT32_MAX || bytes < CLONE_ARGS_SIZE_VER2))
		return -EINVAL;
	if (args->flags & ~CLONE3_FLAGS)
		return -EINVAL;
	if (args->flags & (CLONE_DETACHED | (CSIGNAL & ~CLONE_NEWTIME)))
		return -EINVAL;
	if ((args->flags & CLONE_SIGHAND) && (args->flags & CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	if ((args->flags & (CLONE_THREAD | CLONE_PARENT)) && args->exit_signal)
		return -EINVAL;
	if (!args->stack != !args->stack_size)
		return -EINVAL;
	if (args->stack && !user_range_is_valid(args->stack, args->stack_size))
		return -EINVAL;
	/* no time namespaces, and no file is a control group */
	if (args->flags & CLONE_NEWTIME)
		return current_has_cap(CAP_SYS_ADMIN) ? -EINVAL : -EPERM;
	return args->flags & CLONE_INTO_CGROUP ? -EBADF : 0;
}

int clone_args_read(uaddr_t from, uint64_t bytes, struct clone_request *request, int32_t *set_tid)
{
	struct clone_args args;

	if (bytes > PAGE_SIZE)
		return -E2BIG;
	if (bytes < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	memset(&args, 0, sizeof(args));
	if (copy_from_user(&args, from, MIN(bytes, sizeof(args))))
		return -EFAULT;
	int error = bytes > sizeof(args) ? check_rest_is_zero(from + sizeof(args), bytes - sizeof(args)) : 0;
	if (!error)
		error = check_clone3(&args, bytes);
	if (error)
		return error;
	*request = (struct clone_request){
		.flags = args.flags,
		.stack = args.stack ? args.stack + args.stack_size : 0,
		.parent_tid = args.parent_tid,
		.child_tid = args.child_tid,
		.pidfd = args.pidfd,
		.tls = args.tls,
		.exit_signal = (int32_t)args.exit_signal,
	};
	if (args.set_tid_size) {
		request->set_tid = set_tid;
		request->set_tid_count = (uint32_t)args.set_tid_size;
		if (copy_from_user(set_tid, args.set_tid, sizeof(*set_tid)))
			return -EFAULT;
	}
	return 0;
}
