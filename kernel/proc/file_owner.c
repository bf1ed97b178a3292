/* What fs/async.h and net/ need of processes: whom a description's owner names, the signals to them, pidfds. */
#include <asm-generic/fcntl.h>
#include <asm-generic/siginfo.h>
#include <asm/signal.h>
#include <linux/eventpoll.h>

#include "fs/async.h"
#include "ipc/mqueue.h"
#include "proc/pid.h"
#include "proc/pidfd.h"
#include "proc/signal_private.h"

static struct pid *current_pid(void)
{
	struct pid *pid = current_process()->pid;

	pid_get(pid);
	return pid;
}

static bool is_there_locked(const struct file_owner *owner)
{
	switch (owner->type) {
	case F_OWNER_TID:
		return owner->pid->thread != NULL;
	case F_OWNER_PID:
		return owner->pid->process != NULL;
	default:
		return !list_is_empty(&owner->pid->group);
	}
}

static int32_t number_of(const struct file_owner *owner)
{
	int32_t number;

	spin_lock(&tree_lock);
	number = is_there_locked(owner) ? owner->pid->number : 0;
	spin_unlock(&tree_lock);
	return number;
}

/* Whoever named the owner must have been allowed to signal him (by kill's rule, but for sessions). */
static bool is_permitted(const struct file_owner *owner, const struct process *process)
{
	const struct cred *theirs = process->leader ? process->leader->cred : NULL;

	return owner->euid == 0 || !theirs || owner->euid == theirs->suid || owner->euid == theirs->uid ||
	       owner->uid == theirs->suid || owner->uid == theirs->uid;
}

static const int32_t bands[] = {
	[ASYNC_IN] = (int32_t)(EPOLLIN | EPOLLRDNORM),
	[ASYNC_OUT] = (int32_t)(EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND),
	[ASYNC_MESSAGE] = (int32_t)(EPOLLIN | EPOLLRDNORM | EPOLLMSG),
	[ASYNC_URGENT] = 0,
};

/* Signals whose positive codes mean something of their own do not carry the reason in theirs. */
static bool has_own_codes(int signal)
{
	switch (signal) {
	case SIGILL:
	case SIGFPE:
	case SIGSEGV:
	case SIGBUS:
	case SIGTRAP:
	case SIGCHLD:
	case SIGSYS:
		return true;
	default:
		return false;
	}
}

/* With what F_SETSIG asks for; when that cannot be queued, and without it, plain SIGIO. */
static void send_one(struct process *process, const struct signal_info *info)
{
	struct signal_info plain;

	if (info->signal && signal_send_process_locked(process, info) == 0)
		return;
	signal_info_kernel(&plain, SIGIO);
	(void)signal_send_process_locked(process, &plain);
}

static void send_to_thread(const struct file_owner *owner, const struct signal_info *info)
{
	struct signal_info plain;
	struct thread *thread;

	spin_lock(&tree_lock);
	thread = owner->pid->thread;
	if (thread && (!thread->process || !thread_proc(thread) || thread_proc(thread)->has_exited ||
		       !is_permitted(owner, thread->process)))
		thread = NULL;
	if (thread)
		thread_get(thread);
	spin_unlock(&tree_lock);
	if (!thread)
		return;
	if (!info->signal || signal_send_thread(thread, info) != 0) {
		signal_info_kernel(&plain, SIGIO);
		(void)signal_send_thread(thread, &plain);
	}
	thread_put(thread);
}

static void send(const struct file_owner *owner, int signal, enum async_reason reason, int fd)
{
	struct signal_info info = {.signal = signal,
				   .code = signal != SIGIO && has_own_codes(signal) ? SI_SIGIO : (int32_t)reason,
				   .band = bands[reason],
				   .fd = fd};
	struct process *process, *following;

	if (reason == ASYNC_URGENT)
		signal_info_kernel(&info, SIGURG);
	if (owner->type == F_OWNER_TID) {
		send_to_thread(owner, &info);
		return;
	}
	spin_lock(&tree_lock);
	if (owner->type == F_OWNER_PID) {
		process = owner->pid->process;
		if (process && is_permitted(owner, process))
			send_one(process, &info);
	} else {
		list_for_each_safe (process, following, &owner->pid->group, group_link) {
			if (is_permitted(owner, process))
				send_one(process, &info);
		}
	}
	spin_unlock(&tree_lock);
}

/* mq_notify(2): a message has come, from the current process. */
static void send_queue_signal(struct pid *pid, int signal, uint64_t value)
{
	const struct signal_info info = {.signal = signal,
					 .code = SI_MESGQ,
					 .pid = current_process()->pid->number,
					 .uid = current_cred()->uid,
					 .value = value};

	spin_lock(&tree_lock);
	if (pid->process)
		(void)signal_send_process_locked(pid->process, &info);
	spin_unlock(&tree_lock);
}

/* SO_PEERPIDFD and SCM_PIDFD. */
static struct file *pidfd_of(struct pid *pid)
{
	return pidfd_create(pid, 0);
}

void file_owner_init(void)
{
	file_owner_hooks = (struct file_owner_hooks){.find = pid_find,
						     .current = current_pid,
						     .get = pid_get,
						     .put = pid_put,
						     .number = number_of,
						     .send = send,
						     .open = pidfd_of};
	sched_async_hook = async_deliver;
	mqueue_signal_hook = send_queue_signal;
}
