/*
 * pidfds. The description holds a reference to the struct pid, never to the process: a number that was given out again
 * is another struct pid, so it can never mean the wrong one.
 */
#include <asm-generic/siginfo.h>
#include <linux/capability.h>
#include <linux/fcntl.h>

#undef POLL_IN
#undef POLL_OUT
#undef POLL_MSG
#undef POLL_ERR
#undef POLL_PRI
#undef POLL_HUP

#include "fs/anon.h"
#include "fs/cred.h"
#include "fs/poll.h"
#include "lib/printf.h"
#include "proc/inspect.h"
#include "proc/pid.h"
#include "proc/pidfd.h"
#include "proc/procfs.h"

static bool has_ended(struct pid *pid)
{
	spin_lock(&tree_lock);
	bool ended = !pid->process || pid->process->exit_stage >= EXIT_ZOMBIE;
	spin_unlock(&tree_lock);
	return ended;
}

static uint32_t poll(struct file *file, struct poll_table *table)
{
	struct pid *pid = file->private_data;

	poll_wait(table, file, &pid->exit_waiters);
	return has_ended(pid) ? POLL_IN | POLL_RDNORM : 0;
}

static void release(struct file *file)
{
	pid_put(file->private_data);
}

static size_t fdinfo(struct file *file, char *to, size_t room)
{
	struct pid *pid = file->private_data;
	spin_lock(&tree_lock);
	int number = pid->process ? pid->number : -1;
	spin_unlock(&tree_lock);
	return (size_t)string_format(to, room, "Pid:\t%d\nNSpid:\t%d\n", number, number);
}

static const struct file_ops pidfd_ops = {.name = "[pidfd]", .poll = poll, .release = release, .fdinfo = fdinfo};

struct file *pidfd_create(struct pid *pid, uint32_t flags)
{
	struct file *file = anon_file_create(&pidfd_ops, O_RDWR | flags, pid);

	if (file)
		pid_get(pid);
	return file;
}

struct pid *pidfd_get(int fd, uint32_t *flags)
{
	struct file *file = fd_get(fd);
	struct pid *pid = err_ptr(-EBADF);

	if (!file)
		return pid;
	if (file->ops == &pidfd_ops) {
		pid = file->private_data;
		pid_get(pid);
		*flags = file->flags;
	}
	file_put(file);
	return pid;
}

void pidfd_wake(struct pid *pid)
{
	if (!waitq_is_empty(&pid->exit_waiters))
		waitq_wake_key(&pid->exit_waiters, POLL_IN | POLL_RDNORM, UINT32_MAX);
}

int64_t pidfd_open(int32_t number, uint32_t flags)
{
	if ((flags & ~(uint32_t)O_NONBLOCK) || number <= 0)
		return -EINVAL;
	struct pid *pid = pid_find(number);
	if (!pid)
		return -ESRCH;
	spin_lock(&tree_lock);
	/* the number of a thread that is not the first one, or of a group without its process */
	int error = pid->process ? 0 : pid->thread ? -EINVAL : -ESRCH;
	spin_unlock(&tree_lock);
	struct file *file = error ? NULL : pidfd_create(pid, flags);
	pid_put(pid);
	if (error)
		return error;
	return file ? fd_open(file, true) : -ENOMEM;
}

/* A process may say of itself what it likes; to others only what sigqueue(3) could say. */
static int read_info(struct signal_info *info, uaddr_t from, int signal, const struct process *target)
{
	if (!from) {
		signal_info_user(info, signal);
		return 0;
	}
	int error = siginfo_from_user(info, from);
	if (error)
		return error;
	if (info->signal != signal)
		return -EINVAL;
	if (target != current_process() && (info->code >= 0 || info->code == SI_TKILL))
		return -EPERM;
	return 0;
}

int64_t pidfd_send_signal(int fd, int signal, uaddr_t from, uint32_t flags)
{
	struct process *process = NULL;
	struct signal_info info;
	uint32_t file_flags;

	if (flags)
		return -EINVAL;
	struct pid *pid = pidfd_get(fd, &file_flags);
	/* The directory of a process in /proc holds it as well (pidfd_send_signal(2)). */
	if (is_err(pid))
		pid = procfs_pid(fd);
	if (is_err(pid))
		return ptr_err(pid);
	spin_lock(&tree_lock);
	if (pid->process) {
		process = pid->process;
		process_get(process);
	}
	spin_unlock(&tree_lock);
	pid_put(pid);
	int error = signal < 0 || signal > SIGNAL_COUNT ? -EINVAL : read_info(&info, from, signal, process);
	if (!error && !process)
		error = -ESRCH;
	if (!error && !signal_may_send(process, signal))
		error = -EPERM;
	if (!error && signal)
		error = signal_send_process(process, &info);
	if (process)
		process_put(process);
	return error;
}

int64_t pidfd_take_file(int fd, int target, uint32_t flags)
{
	struct process *process = NULL;
	struct fd_table *table = NULL;
	uint32_t file_flags;

	if (flags)
		return -EINVAL;
	struct pid *pid = pidfd_get(fd, &file_flags);
	if (is_err(pid))
		return ptr_err(pid);
	spin_lock(&tree_lock);
	if (pid->process && pid->process->leader) {
		process = pid->process;
		process_get(process);
		table = process->leader->files;
		if (table)
			fd_table_get(table);
	}
	spin_unlock(&tree_lock);
	pid_put(pid);
	int64_t result = -ESRCH;
	struct file *file = NULL;
	if (process && !process_may_inspect(process))
		result = -EPERM;
	else if (table && (file = fd_table_get_file(table, target)) == NULL)
		result = -EBADF;
	if (table)
		fd_table_put(table);
	if (process)
		process_put(process);
	return file ? fd_open(file, true) : result;
}
