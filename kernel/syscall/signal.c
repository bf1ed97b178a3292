/* System calls of signals: unpack, call proc/signal.h, return. */
#include <asm-generic/siginfo.h>
#include <linux/signal.h>

#include "arch/x86_64/context.h"
#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "lib/string.h"
#include "proc/process.h"
#include "proc/time.h"
#include "syscall/calls.h"

#define SET_BYTES sizeof(uint64_t)

_Static_assert(sizeof(struct sigaction_kernel) == 32, "struct sigaction as rt_sigaction takes it");

int64_t sys_rt_sigaction(signal_t signal, user_in_t action, user_out_t before, uint64_t set_bytes)
{
	struct sigaction_kernel wanted, old;

	if (set_bytes != SET_BYTES)
		return -EINVAL;
	if (action && copy_from_user(&wanted, action, sizeof(wanted)))
		return -EFAULT;
	int error = signal_action(signal, action ? &wanted : NULL, before ? &old : NULL);
	if (!error && before && copy_to_user(before, &old, sizeof(old)))
		error = -EFAULT;
	return error;
}

int64_t sys_rt_sigprocmask(int32_t how, user_in_t set, user_out_t before, uint64_t set_bytes)
{
	uint64_t old = current_proc()->blocked, wanted = 0;

	if (set_bytes != SET_BYTES)
		return -EINVAL;
	if (set) {
		if (get_user_u64(&wanted, set))
			return -EFAULT;
		switch (how) {
		case SIG_BLOCK:
			wanted |= old;
			break;
		case SIG_UNBLOCK:
			wanted = old & ~wanted;
			break;
		case SIG_SETMASK:
			break;
		default:
			return -EINVAL;
		}
		signal_set_mask(wanted);
	}
	return before ? put_user_u64(before, old) : 0;
}

int64_t sys_rt_sigreturn(void)
{
	return signal_return();
}

int64_t sys_rt_sigpending(user_out_t set, uint64_t set_bytes)
{
	uint64_t pending = signal_pending_blocked();

	if (set_bytes > SET_BYTES)
		return -EINVAL;
	return copy_to_user(set, &pending, set_bytes);
}

int64_t sys_rt_sigtimedwait(user_in_t set, user_out_t info_address, user_in_t timeout, uint64_t set_bytes)
{
	uint64_t wanted, ns, deadline_ns = TIME_NEVER;
	struct signal_info info;

	if (set_bytes != SET_BYTES)
		return -EINVAL;
	if (get_user_u64(&wanted, set))
		return -EFAULT;
	if (timeout) {
		int error = timespec_from_user(&ns, timeout);
		if (error)
			return error;
		uint64_t now = clock_monotonic_ns();
		deadline_ns = ns < INT64_MAX - now ? now + ns : TIME_NEVER;
	}
	int signal = signal_wait(wanted, deadline_ns, &info);
	if (signal > 0 && info_address && siginfo_to_user(info_address, &info))
		return -EFAULT;
	return signal;
}

int64_t sys_rt_sigsuspend(user_in_t set, uint64_t set_bytes)
{
	uint64_t mask;

	if (set_bytes != SET_BYTES)
		return -EINVAL;
	if (get_user_u64(&mask, set))
		return -EFAULT;
	return signal_suspend(&mask);
}

int64_t sys_pause(void)
{
	return signal_suspend(NULL);
}

int64_t sys_sigaltstack(user_in_t stack_address, user_out_t before)
{
	uint64_t rsp = context_user_frame(&current_thread()->context)->rsp;
	struct altstack old, wanted;
	stack_t stack;
	int error = 0;

	if (stack_address && copy_from_user(&stack, stack_address, sizeof(stack)))
		return -EFAULT;
	signal_altstack_get(&old, rsp);
	if (stack_address) {
		wanted = (struct altstack){(uaddr_t)stack.ss_sp, stack.ss_size, (uint32_t)stack.ss_flags};
		error = signal_altstack_set(&wanted, rsp);
	}
	if (!error && before) {
		memset(&stack, 0, sizeof(stack));
		stack.ss_sp = (void *)old.base;
		stack.ss_size = old.bytes;
		stack.ss_flags = (int)old.flags;
		error = copy_to_user(before, &stack, sizeof(stack));
	}
	return error;
}

int64_t sys_kill(pid_type_t pid, signal_t signal)
{
	struct signal_info info;

	signal_info_user(&info, signal);
	return signal_kill(pid, &info);
}

/* tkill (pid 0: any process) and tgkill. */
static int64_t kill_thread(pid_type_t pid, pid_type_t tid, signal_t signal)
{
	struct signal_info info;

	signal_info_user(&info, signal);
	info.code = SI_TKILL;
	return signal_kill_thread(pid, tid, &info);
}

int64_t sys_tkill(pid_type_t tid, signal_t signal)
{
	return tid <= 0 ? -EINVAL : kill_thread(0, tid, signal);
}

int64_t sys_tgkill(pid_type_t pid, pid_type_t tid, signal_t signal)
{
	return pid <= 0 || tid <= 0 ? -EINVAL : kill_thread(pid, tid, signal);
}

/* Nobody may pretend to others that a signal comes from the kernel or from kill. */
static int queued_info(struct signal_info *info, pid_type_t target, signal_t signal, user_in_t from)
{
	int error = siginfo_from_user(info, from);

	if (error)
		return error;
	info->signal = signal;
	if ((info->code >= 0 || info->code == SI_TKILL) && target != current_process()->pid->number)
		return -EPERM;
	return 0;
}

int64_t sys_rt_sigqueueinfo(pid_type_t pid, signal_t signal, user_in_t info_address)
{
	struct signal_info info;
	int error = queued_info(&info, pid, signal, info_address);

	if (error)
		return error;
	return pid > 0 ? signal_kill(pid, &info) : -ESRCH;
}

int64_t sys_rt_tgsigqueueinfo(pid_type_t pid, pid_type_t tid, signal_t signal, user_in_t info_address)
{
	struct signal_info info;

	if (pid <= 0 || tid <= 0)
		return -EINVAL;
	int error = queued_info(&info, pid, signal, info_address);
	return error ? error : signal_kill_thread(pid, tid, &info);
}

int64_t sys_signalfd4(fd_t fd, user_in_t set, uint64_t set_bytes, flags_t flags)
{
	uint64_t wanted;

	if (set_bytes != SET_BYTES)
		return -EINVAL;
	if (get_user_u64(&wanted, set))
		return -EFAULT;
	return signalfd_open(fd, wanted, flags);
}

int64_t sys_signalfd(fd_t fd, user_in_t set, uint64_t set_bytes)
{
	return sys_signalfd4(fd, set, set_bytes, 0);
}

int64_t sys_restart_syscall(void)
{
	struct thread_proc *self = current_proc();

	return self->restart ? self->restart(self) : -EINTR;
}
