/*
 * Events of processes: what each says (linux/cn_proc.h). "pid" there is a thread, "tgid" a process.
 */
#include "proc/process_event.h"

#include "lib/string.h"
#include "proc/pid.h"
#include "proc/tree.h"

static void begin(struct proc_event *event, enum what what)
{
	memset(event, 0, sizeof(*event));
	event->what = what;
}

/* Of all events but that of a fork the first two fields are who it is about. */
static void begin_about(struct proc_event *event, enum what what, const struct thread *thread)
{
	begin(event, what);
	event->event_data.exec.process_pid = thread->tid;
	event->event_data.exec.process_tgid = thread->process->pid->number;
}

/* The parent of a thread is that of its process. tree_lock is held. */
static void read_parent(const struct process *process, int32_t *tid, int32_t *pid)
{
	*tid = process->parent ? process->parent_tid : 0;
	*pid = process->parent ? process->parent->pid->number : 0;
}

void process_tell_fork(const struct thread *child)
{
	struct fork_proc_event *fork;
	struct proc_event event;

	begin(&event, PROC_EVENT_FORK);
	fork = &event.event_data.fork;
	spin_lock(&tree_lock);
	read_parent(child->process, &fork->parent_pid, &fork->parent_tgid);
	spin_unlock(&tree_lock);
	fork->child_pid = child->tid;
	fork->child_tgid = child->process->pid->number;
	connector_tell(&event);
}

void process_tell_exec(void)
{
	struct proc_event event;

	begin_about(&event, PROC_EVENT_EXEC, current_thread());
	connector_tell(&event);
}

void process_tell_ids(const struct cred *old, const struct cred *changed)
{
	struct proc_event event;

	if (old->uid != changed->uid || old->euid != changed->euid || old->suid != changed->suid ||
	    old->fsuid != changed->fsuid) {
		begin_about(&event, PROC_EVENT_UID, current_thread());
		event.event_data.id.r.ruid = changed->uid;
		event.event_data.id.e.euid = changed->euid;
		connector_tell(&event);
	}
	if (old->gid != changed->gid || old->egid != changed->egid || old->sgid != changed->sgid ||
	    old->fsgid != changed->fsgid) {
		begin_about(&event, PROC_EVENT_GID, current_thread());
		event.event_data.id.r.rgid = changed->gid;
		event.event_data.id.e.egid = changed->egid;
		connector_tell(&event);
	}
}

void process_tell_session(void)
{
	struct proc_event event;

	begin_about(&event, PROC_EVENT_SID, current_thread());
	/* It is the process that leads, whichever of its threads made it so. */
	event.event_data.sid.process_pid = event.event_data.sid.process_tgid;
	connector_tell(&event);
}

void process_tell_trace(const struct thread *tracee, bool begins)
{
	struct proc_event event;

	begin_about(&event, PROC_EVENT_PTRACE, tracee);
	if (begins) {
		event.event_data.ptrace.tracer_pid = current_thread()->tid;
		event.event_data.ptrace.tracer_tgid = current_process()->pid->number;
	}
	connector_tell(&event);
}

void process_tell_name(const struct thread *thread)
{
	struct proc_event event;

	begin_about(&event, PROC_EVENT_COMM, thread);
	string_copy(event.event_data.comm.comm, thread->name, sizeof(event.event_data.comm.comm));
	connector_tell(&event);
}

void process_tell_core(void)
{
	struct coredump_proc_event *core;
	struct proc_event event;

	begin_about(&event, PROC_EVENT_COREDUMP, current_thread());
	core = &event.event_data.coredump;
	spin_lock(&tree_lock);
	read_parent(current_process(), &core->parent_pid, &core->parent_tgid);
	spin_unlock(&tree_lock);
	connector_tell(&event);
}

void process_read_end_locked(struct proc_event *event, const struct thread *thread)
{
	const struct process *process = thread->process;
	const struct thread_proc *proc = thread_proc(thread);
	struct exit_proc_event *end = &event->event_data.exit;

	begin_about(event, PROC_EVENT_EXIT, thread);
	end->exit_code = process->is_group_exiting ? process->exit_status : (uint32_t)proc->exit_code;
	end->exit_signal = thread == process->leader ? (uint32_t)process->exit_signal : UINT32_MAX;
	/* Who is not waited for has neither a number nor a parent any more. */
	if (proc->pid->thread == thread)
		read_parent(process, &end->parent_pid, &end->parent_tgid);
}
