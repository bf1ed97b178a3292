/*
 * Namespaces that a process has: that of mounts, which belongs to its view of the tree of files (struct fs_context), so
 * that those who share the view share the namespace; and that of interprocess communication. setns(2), and what
 * pivot_root does to others.
 */
#include "proc/inspect.h"
#include "proc/namespace.h"

#include <linux/capability.h>
#include <linux/sched.h>

#include "fs/mount_ops.h"
#include "fs/nsfs.h"
#include "ipc/namespace.h"
#include "proc/pid.h"
#include "proc/pidfd.h"

struct fs_context *thread_fs_context(struct thread *thread)
{
	struct fs_context *context;

	spin_lock(&tree_lock);
	context = thread->fs;
	if (context)
		fs_context_get(context);
	spin_unlock(&tree_lock);
	return context;
}

/* The next process at or above this number with a view of the tree of files, which gets a reference. */
static struct fs_context *next_context(int32_t *number)
{
	struct fs_context *found = NULL;
	struct process *process;

	spin_lock(&tree_lock);
	list_for_each (process, &all_processes, all_link) {
		if (process->pid->number < *number)
			continue;
		*number = process->pid->number + 1;
		found = process->leader ? process->leader->fs : NULL;
		if (found) {
			fs_context_get(found);
			break;
		}
	}
	spin_unlock(&tree_lock);
	return found;
}

static void move_all(const struct path *from, const struct path *to)
{
	struct fs_context *context;
	int32_t number = 0;

	while ((context = next_context(&number))) {
		fs_context_move(context, from, to);
		fs_context_put(context);
	}
	/* Threads may have a view of their own. */
	fs_context_move(current_thread()->fs, from, to);
}

static int enter_mounts(struct mount_namespace *space)
{
	struct fs_context *context = current_thread()->fs;

	if (!current_has_cap(CAP_SYS_ADMIN) || !current_has_cap(CAP_SYS_CHROOT))
		return -EPERM;
	if (refcount_read(&context->refs) > 1)
		return -EINVAL;
	return fs_context_enter_mounts(context, space);
}

static int enter_ipc(struct ipc_namespace *space)
{
	if (!current_has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	ipc_namespace_enter(space);
	ipc_thread_move(space);
	return 0;
}

struct ipc_namespace *thread_ipc_namespace(struct thread *thread)
{
	struct ipc_namespace *space;

	spin_lock(&tree_lock);
	space = thread->ipc;
	if (space)
		ipc_namespace_enter(space);
	spin_unlock(&tree_lock);
	return space;
}

/* Both kinds, if both are asked for: what may refuse goes first. */
static int enter_kinds(int32_t type, struct mount_namespace *mounts, struct ipc_namespace *ipc)
{
	int error = type & CLONE_NEWNS ? enter_mounts(mounts) : 0;

	return !error && (type & CLONE_NEWIPC) ? enter_ipc(ipc) : error;
}

/* Those of a process, by its pidfd. */
static int enter_those_of(struct pid *pid, int32_t type)
{
	struct fs_context *context = NULL;
	struct ipc_namespace *ipc = NULL;
	struct mount_namespace *space;
	struct process *process;
	bool may_look = false;
	int error;

	if (!type || (type & ~(CLONE_NEWNS | CLONE_NEWIPC)))
		return -EINVAL;
	spin_lock(&tree_lock);
	process = pid->process;
	if (process) {
		process_get(process);
		context = process->leader ? process->leader->fs : NULL;
		if (context) {
			fs_context_get(context);
			ipc = process->leader->ipc;
			ipc_namespace_enter(ipc);
		}
	}
	spin_unlock(&tree_lock);
	if (process) {
		may_look = process_may_inspect(process);
		process_put(process);
	}
	if (!context)
		return -ESRCH;
	space = fs_context_space(context);
	fs_context_put(context);
	error = may_look ? enter_kinds(type, space, ipc) : -EPERM;
	mount_namespace_put(space);
	ipc_namespace_leave(ipc);
	return error;
}

int process_set_namespace(int fd, int32_t type)
{
	struct mount_namespace *space;
	struct ipc_namespace *ipc;
	struct file *file = fd_get(fd);
	struct pid *pid;
	uint32_t flags;
	int error = -EINVAL;

	if (!file)
		return -EBADF;
	space = namespace_of(file_inode(file), &mount_namespace_kind);
	ipc = namespace_of(file_inode(file), &ipc_namespace_kind);
	if (space) {
		if (!type || type == CLONE_NEWNS)
			error = enter_mounts(space);
	} else if (ipc) {
		if (!type || type == CLONE_NEWIPC)
			error = enter_ipc(ipc);
	} else {
		pid = pidfd_get(fd, &flags);
		if (!is_err(pid)) {
			error = enter_those_of(pid, type);
			pid_put(pid);
		}
	}
	file_put(file);
	return error;
}

void namespace_init(void)
{
	mount_pivot_hook = move_all;
}
