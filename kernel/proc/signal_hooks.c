/*
 * What fs/ needs of signals: SIGPIPE and SIGXFSZ to the writer, and the mask that lasts as long as ppoll waits.
 */
#include "arch/x86_64/uaccess.h"
#include "fs/file.h"
#include "fs/poll.h"
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

void signal_hooks_init(void)
{
	file_signal_hook = send_to_self;
	file_process_hook = current_number;
	poll_mask_hooks.set = mask_set;
	poll_mask_hooks.restore = mask_restore;
}
