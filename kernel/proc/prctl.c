/*
 * prctl(2) and its kin. Options that name a feature which is not there answer EINVAL, as an older Linux does.
 */
#include <asm/prctl.h>
#include <linux/personality.h>
#include <linux/prctl.h>

#include "arch/x86_64/uaccess.h"
#include "fs/cred.h"
#include "lib/string.h"
#include "proc/core.h"
#include "proc/prctl.h"
#include "proc/process_event.h"
#include "proc/ptrace.h"
#include "trace/trace.h"

#define NAME_BYTES 16

static int64_t set_name(uaddr_t from)
{
	struct thread *thread = current_thread();
	char name[NAME_BYTES];

	ssize_t length = string_from_user(name, from, NAME_BYTES - 1);
	if (length == -EFAULT)
		return -EFAULT;
	name[length < 0 ? NAME_BYTES - 1 : length] = 0;
	memset(thread->name, 0, sizeof(thread->name));
	string_copy(thread->name, name, sizeof(thread->name));
	if (trace_is_on(TRACE_NAME))
		trace_record_text(TRACE_NAME, (uint64_t)thread->process->pid->number, thread->name);
	process_event_name(thread);
	return 0;
}

static int64_t get_name(uaddr_t to)
{
	char name[NAME_BYTES] = {0};

	string_copy(name, current_thread()->name, sizeof(name));
	return copy_to_user(to, name, sizeof(name));
}

static int64_t set_dumpable(uint64_t value)
{
	if (value > 1)
		return -EINVAL;
	current_process()->space->dumpable = value == 1 ? DUMPABLE_BY_USER : DUMPABLE_NOT;
	return 0;
}

static int64_t set_slack(uint64_t slack_ns)
{
	struct thread_proc *self = current_proc();

	/* nonsense as a length means the default */
	self->timer_slack_ns = (int64_t)slack_ns <= 0 ? self->default_slack_ns : slack_ns;
	return 0;
}

static int64_t set_page_exact(bool is_exact)
{
	struct vm_space *space = current_process()->space;

	mutex_lock(&space->mutex);
	space->is_page_exact = is_exact;
	mutex_unlock(&space->mutex);
	return 0;
}

static int64_t set_subreaper(bool is_subreaper)
{
	spin_lock(&tree_lock);
	current_process()->is_subreaper = is_subreaper;
	spin_unlock(&tree_lock);
	return 0;
}

static int64_t set_death_signal(uint64_t signal)
{
	if (signal > SIGNAL_COUNT)
		return -EINVAL;
	current_process()->parent_death_signal = (int32_t)signal;
	return 0;
}

int64_t process_control(int option, uint64_t argument2, uint64_t argument3, uint64_t argument4, uint64_t argument5)
{
	struct process *process = current_process();
	struct thread_proc *self = current_proc();
	bool has_rest = argument3 || argument4 || argument5;

	switch (option) {
	case PR_SET_NAME:
		return set_name(argument2);
	case PR_GET_NAME:
		return get_name(argument2);
	case PR_SET_PDEATHSIG:
		return set_death_signal(argument2);
	case PR_GET_PDEATHSIG:
		return put_user_u32(argument2, (uint32_t)process->parent_death_signal);
	case PR_SET_DUMPABLE:
		return set_dumpable(argument2);
	case PR_GET_DUMPABLE:
		return process->space->dumpable;
	case PR_SET_CHILD_SUBREAPER:
		return set_subreaper(argument2 != 0);
	case PR_GET_CHILD_SUBREAPER:
		return put_user_u32(argument2, process->is_subreaper);
	case PR_SET_TIMERSLACK:
		return set_slack(argument2);
	case PR_GET_TIMERSLACK:
		return (int64_t)MIN(self->timer_slack_ns, (uint64_t)INT64_MAX);
	case PR_GET_TID_ADDRESS:
		return put_user_u64(argument2, self->clear_child_tid);
	case PR_SET_TIMING:
		return argument2 == PR_TIMING_STATISTICAL ? 0 : -EINVAL;
	case PR_GET_TIMING:
		return PR_TIMING_STATISTICAL;
	case PR_SET_PTRACER:
		return ptrace_set_debugger(argument2);
	case PR_GET_SECCOMP:
		return 0;
	case PR_SET_THP_DISABLE:
		return has_rest ? -EINVAL : set_page_exact(argument2 != 0);
	case PR_GET_THP_DISABLE:
		return argument2 || has_rest ? -EINVAL : process->space->is_page_exact;
	default:
		return process_control_cred(option, argument2, argument3, argument4, argument5);
	}
}

int64_t process_arch_control(int option, uint64_t argument)
{
	struct context *context = &current_thread()->context;

	switch (option) {
	case ARCH_SET_FS:
	case ARCH_SET_GS:
		if (argument >= USER_SPACE_END)
			return -EPERM;
		if (option == ARCH_SET_FS)
			context_set_fs_base(context, argument);
		else
			context_set_gs_base(context, argument);
		return 0;
	case ARCH_GET_FS:
		return put_user_u64(argument, context_fs_base(context));
	case ARCH_GET_GS:
		return put_user_u64(argument, context_gs_base(context));
	case ARCH_GET_CPUID:
		return 1;
	case ARCH_SET_CPUID:
		return -ENODEV;
	default:
		return -EINVAL;
	}
}

int64_t process_personality(uint32_t wanted)
{
	struct process *process = current_process();
	uint32_t before = process->personality;

	if (wanted != 0xffffffff)
		process->personality = wanted;
	return before;
}
