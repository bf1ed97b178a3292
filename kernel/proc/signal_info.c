/*
 * What is told about a signal: struct signal_info as the kernel keeps it, siginfo_t as programs read it (sigaction(2)).
 */
#include <asm-generic/siginfo.h>

#include "arch/x86_64/uaccess.h"
#include "lib/string.h"
#include "proc/signal_private.h"

#define NS_PER_CLOCK_TICK 10000000ull /* clock_t counts in hundredths of a second */

/* The last code of all that faults have; what is above is no fault's (stops for a tracer). */
#define FAULT_CODE_MOST NSIGFPE

_Static_assert(sizeof(siginfo_t) == 128, "siginfo_t of Linux");

void signal_info_kernel(struct signal_info *info, int signal)
{
	memset(info, 0, sizeof(*info));
	info->signal = signal;
	info->code = SI_KERNEL;
}

void signal_info_user(struct signal_info *info, int signal)
{
	*info = (struct signal_info){
		.signal = signal,
		.code = SI_USER,
		.pid = current_process()->pid->number,
		.uid = current_cred()->uid,
	};
}

enum info_layout { INFO_KILL, INFO_QUEUE, INFO_TIMER, INFO_FAULT, INFO_CHILD, INFO_POLL };

/* Which member of the union a signal's information is in: by its code, then by its number. */
static enum info_layout info_layout(const struct signal_info *info)
{
	switch (info->code) {
	case SI_USER:
	case SI_TKILL:
	case SI_KERNEL:
		return INFO_KILL;
	case SI_TIMER:
		return INFO_TIMER;
	case SI_SIGIO:
		return INFO_POLL;
	default:
		if (info->code < 0)
			return INFO_QUEUE;
	}
	if ((SIGNAL_BIT(info->signal) & SIGNALS_SYNCHRONOUS) && info->code <= FAULT_CODE_MOST)
		return INFO_FAULT;
	if (info->signal == SIGCHLD && info->code <= NSIGCHLD)
		return INFO_CHILD;
	return info->signal == SIGIO || (info->code > 0 && info->code <= NSIGPOLL) ? INFO_POLL : INFO_KILL;
}

void siginfo_fill(void *siginfo, const struct signal_info *info)
{
	siginfo_t *to = siginfo;

	memset(to, 0, sizeof(*to));
	to->si_signo = info->signal;
	to->si_errno = info->error;
	to->si_code = info->code;
	switch (info_layout(info)) {
	case INFO_KILL:
		to->si_pid = info->pid;
		to->si_uid = info->uid;
		break;
	case INFO_QUEUE:
		to->si_pid = info->pid;
		to->si_uid = info->uid;
		to->si_ptr = (void *)info->value;
		break;
	case INFO_TIMER:
		to->si_tid = info->pid;
		to->si_overrun = info->status;
		to->si_ptr = (void *)info->value;
		break;
	case INFO_FAULT:
		to->si_addr = (void *)info->address;
		break;
	case INFO_CHILD:
		to->si_pid = info->pid;
		to->si_uid = info->uid;
		to->si_status = info->status;
		to->si_utime = (long)(info->user_ns / NS_PER_CLOCK_TICK);
		to->si_stime = (long)(info->kernel_ns / NS_PER_CLOCK_TICK);
		break;
	case INFO_POLL:
		to->si_band = info->band;
		to->si_fd = info->fd;
		break;
	}
}

int siginfo_to_user(uaddr_t to, const struct signal_info *info)
{
	siginfo_t siginfo;

	siginfo_fill(&siginfo, info);
	return copy_to_user(to, &siginfo, sizeof(siginfo));
}

int siginfo_from_debugger(struct signal_info *info, uaddr_t from)
{
	siginfo_t siginfo;

	if (copy_from_user(&siginfo, from, sizeof(siginfo)))
		return -EFAULT;
	memset(info, 0, sizeof(*info));
	info->signal = siginfo.si_signo;
	info->error = siginfo.si_errno;
	info->code = siginfo.si_code;
	if (info->signal < 1 || info->signal > SIGNAL_COUNT)
		return -EINVAL;
	switch (info_layout(info)) {
	case INFO_FAULT:
		info->address = (uint64_t)siginfo.si_addr;
		break;
	case INFO_POLL:
		info->band = (int32_t)siginfo.si_band;
		info->fd = siginfo.si_fd;
		break;
	case INFO_CHILD:
		info->status = siginfo.si_status;
		info->user_ns = (uint64_t)siginfo.si_utime * NS_PER_CLOCK_TICK;
		info->kernel_ns = (uint64_t)siginfo.si_stime * NS_PER_CLOCK_TICK;
		__attribute__((fallthrough));
	case INFO_KILL:
		info->pid = siginfo.si_pid;
		info->uid = siginfo.si_uid;
		break;
	case INFO_TIMER:
		info->pid = siginfo.si_tid;
		info->status = siginfo.si_overrun;
		info->value = (uint64_t)siginfo.si_ptr;
		break;
	case INFO_QUEUE:
		info->pid = siginfo.si_pid;
		info->uid = siginfo.si_uid;
		info->value = (uint64_t)siginfo.si_ptr;
		break;
	}
	return 0;
}

int siginfo_from_user(struct signal_info *info, uaddr_t from)
{
	siginfo_t siginfo;

	if (copy_from_user(&siginfo, from, sizeof(siginfo)))
		return -EFAULT;
	memset(info, 0, sizeof(*info));
	info->signal = siginfo.si_signo;
	info->error = siginfo.si_errno;
	info->code = siginfo.si_code;
	info->pid = siginfo.si_pid;
	info->uid = siginfo.si_uid;
	info->value = (uint64_t)siginfo.si_ptr;
	if (info->code == SI_TIMER)
		info->status = siginfo.si_overrun;
	return 0;
}
