/* The order of a core dump: the others stand first, then it is written, then all end. */
#include "fs/file.h"
#include "lib/errno.h"
#include "proc/core_private.h"
#include "proc/exit.h"
#include "proc/limits.h"

#define STATUS_DUMPED 0x80u

_Atomic uint32_t core_suid_dumpable = DUMPABLE_NOT;
_Atomic uint32_t core_uses_pid;

/* Begin the process's end, and wait until all other threads stand. False: it is ending already. */
static bool begin(int signal)
{
	struct thread *self = current_thread();
	struct process *process = self->process;
	struct thread_proc *each;

	spin_lock(&tree_lock);
	bool is_first = !process->is_group_exiting && !process->is_execing;
	if (is_first) {
		process->dumper = self;
		process->dump_awaited = 0;
		list_for_each (each, &process->threads, process_link) {
			if (each->thread != self && !each->has_exited)
				process->dump_awaited++;
		}
		process_begin_end(process, (uint32_t)signal, self);
	}
	spin_unlock(&tree_lock);
	if (!is_first)
		return false;
	(void)waitq_wait(&process->thread_waiters, WAIT_THREADS, process->pid->number, TIME_NEVER, WAIT_UNINTERRUPTIBLE,
			 process->dump_awaited == 0);
	return true;
}

static void end(struct process *process, bool is_dumped)
{
	spin_lock(&tree_lock);
	if (is_dumped)
		process->exit_status |= STATUS_DUMPED;
	process->dumper = NULL;
	waitq_wake_all(&process->thread_waiters);
	spin_unlock(&tree_lock);
}

void core_park(void)
{
	struct thread_proc *self = current_proc();
	struct process *process = current_process();

	spin_lock(&tree_lock);
	bool must_wait =
		process->dumper && process->dumper != self->thread && !self->waits_for_dump && !self->has_exited;
	if (must_wait) {
		self->waits_for_dump = true;
		process->dump_awaited--;
		waitq_wake_all(&process->thread_waiters);
	}
	spin_unlock(&tree_lock);
	if (must_wait)
		(void)waitq_wait(&process->thread_waiters, WAIT_THREADS, process->pid->number, TIME_NEVER,
				 WAIT_UNINTERRUPTIBLE, process->dumper == NULL);
}

static bool write_dump(const struct signal_info *info)
{
	struct core_target target;

	if (core_open(&target, info->signal))
		return false;
	int error = core_write(&target, info);
	core_close(&target, error == 0);
	return error == 0;
}

uint32_t core_dump(const struct signal_info *info)
{
	struct process *process = current_process();

	if (begin(info->signal))
		end(process, process->space->dumpable != DUMPABLE_NOT && write_dump(info));
	return (uint32_t)info->signal;
}
