/*
 * unshare(2): a thread takes a copy of its own of what it shares. kcmp(2) says what two threads share,
 * get_robust_list(2) where one keeps its locks: both look into another process.
 */
#include <linux/kcmp.h>
#include <linux/sched.h>

#include "fs/cred.h"
#include "fs/file.h"
#include "fs/mount.h"
#include "ipc/sem.h"
#include "proc/inspect.h"
#include "proc/clone.h"
#include "proc/pidfd.h"
#include "proc/prctl.h"

#define UNSHARE_FLAGS                                                                                          \
	(CLONE_THREAD | CLONE_FS | CLONE_SIGHAND | CLONE_VM | CLONE_FILES | CLONE_SYSVSEM | CLONE_NAMESPACES | \
	 CLONE_NEWTIME)

/* What cannot be taken apart once it is shared: the process's threads, handlers, memory. */
static int check_shared(uint64_t flags)
{
	struct process *process = current_process();

	if ((flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) && process->thread_count > 1)
		return -EINVAL;
	if ((flags & (CLONE_SIGHAND | CLONE_VM)) && refcount_read(&process->sighand->refs) > 1)
		return -EINVAL;
	if ((flags & CLONE_VM) && process->space->users > 1)
		return -EINVAL;
	return 0;
}

/* A view of the tree of files of its own, with a namespace of its own if asked for; *copy is null where there is
 * nothing to do. */
static int copy_fs(uint64_t flags, struct fs_context **copy)
{
	struct fs_context *fs = current_thread()->fs;
	int error = 0;

	*copy = NULL;
	if (!(flags & CLONE_FS) || (refcount_read(&fs->refs) == 1 && !(flags & CLONE_NEWNS)))
		return 0;
	fs = fs_context_copy(fs);
	if (!fs)
		return -ENOMEM;
	if (flags & CLONE_NEWNS)
		error = fs_context_unshare_mounts(fs);
	if (error)
		fs_context_put(fs);
	else
		*copy = fs;
	return error;
}

int process_unshare(uint64_t flags)
{
	struct thread *thread = current_thread();
	struct fd_table *files = NULL;
	struct fs_context *fs = NULL;
	struct ipc_namespace *ipc = NULL;
	int error;

	if (flags & ~(uint64_t)UNSHARE_FLAGS)
		return -EINVAL;
	if (flags & (CLONE_NEWUSER | CLONE_NEWPID))
		flags |= CLONE_THREAD;
	if (flags & CLONE_NEWNS)
		flags |= CLONE_FS;
	error = check_shared(flags);
	if (!error)
		error = clone_check_namespaces(flags);
	if (!error && (flags & CLONE_NEWTIME))
		error = -EINVAL;
	if (error)
		return error;
	error = copy_fs(flags, &fs);
	if (error)
		return error;
	if ((flags & CLONE_NEWIPC) && !(ipc = ipc_namespace_create()))
		error = -ENOMEM;
	if (!error && (flags & CLONE_FILES) && refcount_read(&thread->files->refs) > 1)
		files = fd_table_copy(thread->files, &error);
	if (error) {
		if (fs)
			fs_context_put(fs);
		if (ipc)
			ipc_namespace_leave(ipc);
		return error;
	}
	struct fs_context *old_fs = thread->fs;
	struct fd_table *old_files = thread->files;
	spin_lock(&tree_lock);
	if (fs)
		thread->fs = fs;
	if (files)
		thread->files = files;
	spin_unlock(&tree_lock);
	if (fs)
		fs_context_put(old_fs);
	if (files)
		fd_table_put(old_files);
	if (flags & CLONE_SYSVSEM)
		sem_undo_leave(thread);
	if (ipc)
		ipc_thread_move(ipc);
	return 0;
}

/* 0 equal, 1 less, 2 greater: an order that says nothing about where things lie. */
static int64_t compare(const void *a, const void *b)
{
	uint64_t x = (uint64_t)a * 0x9e3779b97f4a7c15ull, y = (uint64_t)b * 0x9e3779b97f4a7c15ull;

	return x == y ? 0 : x < y ? 1 : 2;
}

static struct file *file_of(struct thread *thread, uint64_t index)
{
	spin_lock(&tree_lock);
	struct file *file = thread->files ? fd_table_get_file(thread->files, (int)index) : NULL;
	spin_unlock(&tree_lock);
	return file;
}

static int64_t compare_files(struct thread *a, struct thread *b, uint64_t index1, uint64_t index2)
{
	struct file *x = file_of(a, index1);
	struct file *y = file_of(b, index2);
	int64_t result = x && y ? compare(x, y) : -EBADF;

	if (x)
		file_put(x);
	if (y)
		file_put(y);
	return result;
}

static int64_t compare_threads(struct thread *a, struct thread *b, int type, uint64_t index1, uint64_t index2)
{
	if (!process_may_inspect(a->process) || !process_may_inspect(b->process))
		return -EPERM;
	switch (type) {
	case KCMP_FILE:
		return compare_files(a, b, index1, index2);
	case KCMP_VM:
		return compare(a->space, b->space);
	case KCMP_FILES:
		return compare(a->files, b->files);
	case KCMP_FS:
		return compare(a->fs, b->fs);
	case KCMP_SIGHAND:
		return compare(a->process->sighand, b->process->sighand);
	case KCMP_SYSVSEM:
		return compare(a->sem_undo, b->sem_undo);
	case KCMP_IO:
		/* nobody has any */
		return 0;
	default:
		return -EINVAL;
	}
}

int64_t process_compare(int32_t pid1, int32_t pid2, int type, uint64_t index1, uint64_t index2)
{
	struct thread *a = thread_find(pid1), *b = thread_find(pid2);
	int64_t result = -ESRCH;

	if (a && b)
		result = compare_threads(a, b, type, index1, index2);
	if (a)
		thread_put(a);
	if (b)
		thread_put(b);
	return result;
}

int process_robust_list(int32_t tid, uaddr_t *head)
{
	struct thread *thread = tid ? thread_find(tid) : NULL;

	if (!tid) {
		*head = current_proc()->robust_list;
		return 0;
	}
	if (!thread)
		return -ESRCH;
	int error = process_may_inspect(thread->process) ? 0 : -EPERM;
	*head = thread_proc(thread)->robust_list;
	thread_put(thread);
	return error;
}
