/*
 * What fs/ needs of signals: SIGPIPE and SIGXFSZ to the writer, the mask that lasts as long as ppoll waits, and what a
 * change of ids means for the process (prctl(2), PR_SET_DUMPABLE and PR_SET_PDEATHSIG).
 */
#include "arch/x86_64/uaccess.h"
#include "fs/cred_change.h"
#include "fs/file.h"
#include "fs/poll.h"
#include "proc/core.h"
#include "proc/process_event.h"
#include "proc/signal_private.h"

static void send_to_self(int signal)
{
	struct signal_info info;

	signal_info_user(&info, signal);
	signal_send_thread(current_thread(), &info);
}

static int32_t current_number(void)
{
	struct process *process = current_process();

	return process ? process->pid->number : 0;
}

static int mask_set(uaddr_t mask, uint64_t size)
{
	uint64_t wanted;

	if (!mask)
		return 0;
	if (size != sizeof(wanted))
		return -EINVAL;
	if (get_user_u64(&wanted, mask))
		return -EFAULT;
	signal_set_temporary_mask(wanted);
	return 0;
}

static void mask_restore(bool interrupted)
{
	if (!interrupted)
		signal_restore_mask();
}

/* Whoever could signal or read the process before must not be able to now that it is somebody else. */
static void ids_changed(const struct cred *old, const struct cred *changed)
{
	struct process *process = current_process();
	bool is_same = old->euid == changed->euid && old->egid == changed->egid && old->fsuid == changed->fsuid &&
		       old->fsgid == changed->fsgid && (changed->cap_permitted & ~old->cap_permitted) == 0;

	if (is_same || !process)
		return;
	process->parent_death_signal = 0;
	if (process->space)
		process->space->dumpable = (uint8_t)core_suid_dumpable;
}

/* Whoever asks for another thread's credentials holds the lock of the tree. */
static void swap_cred(struct thread *thread, const struct cred *cred)
{
	const struct cred *old = thread->cred;

	spin_lock(&tree_lock);
	thread->cred = cred;
	spin_unlock(&tree_lock);
	/* Root's dump of another's process is made with credentials that are not its own. */
	if (thread->process && thread->process->dumper != thread)
		process_event_ids(old, cred);
}

void signal_hooks_init(void)
{
	cred_changed_hook = ids_changed;
	cred_swap_hook = swap_cred;
	file_signal_hook = send_to_self;
	file_process_hook = current_number;
	poll_mask_hooks.set = mask_set;
	poll_mask_hooks.restore = mask_restore;
}
