/*
 * The stops of a traced thread, from its own side. All of them are ptrace_stop: say where it stands, tell the tracer,
 * sleep until it is let go on, and return the signal that it was given for the way.
 */
#include <asm-generic/siginfo.h>
#include <linux/ptrace.h>

#include "arch/x86_64/context.h"
#include "proc/ptrace.h"
#include "proc/signal_private.h"
#include "sched/sched.h"

#define CALL_MARK 0x80 /* PTRACE_O_TRACESYSGOOD */
#define NO_STOP   (-1)

struct stop {
	int code;                       /* as wait tells it, but for 0x7f */
	int why;                        /* CLD_* */
	const struct signal_info *info; /* null: a group stop, of which nothing is known */
	uint64_t message;
	bool is_end; /* the thread ends: that it is killed does not matter any more */
};

static bool is_event_stop(const struct signal_info *info)
{
	return info && info->code >> 8 == PTRACE_EVENT_STOP;
}

/* Fill in the stop and tell of it. False: there is none. tree_lock is held. */
static bool enter(struct tracee *tracee, const struct stop *stop)
{
	struct thread_proc *self = tracee->self;
	struct process *process = self->thread->process;
	bool completes = false;

	if (!tracee->tracer || (!stop->is_end && thread_has_work(self->thread, WORK_KILL)))
		return false;
	tracee->code = stop->code;
	tracee->message = stop->message;
	tracee->signal = 0;
	tracee->is_listening = false;
	tracee->has_info = stop->info != NULL;
	if (stop->info)
		tracee->info = *stop->info;
	if (stop->why == CLD_STOPPED)
		completes = signal_stop_counts(process, self);
	tracee->wants_trap = false;
	if (is_event_stop(stop->info))
		tracee->wants_notice = false;
	tracee->is_stopped = true;
	ptrace_tell(tracee, stop->why, stop->why == CLD_STOPPED ? process->stop_signal : stop->code & 0x7f);
	if (completes && tracee_is_foreign(tracee))
		signal_tell_parent(process, CLD_STOPPED);
	thread_clear_permit();
	return true;
}

/* The signal it shall go on with, 0, or NO_STOP. */
static int ptrace_stop(struct tracee *tracee, const struct stop *stop)
{
	struct wait_reason reason = {.kind = WAIT_TRACED, .object = (uint64_t)tracee->self->thread->tid};

	spin_lock(&tree_lock);
	bool is_entered = enter(tracee, stop);
	spin_unlock(&tree_lock);
	if (!is_entered)
		return NO_STOP;
	while (tracee->is_stopped)
		thread_block(reason, TIME_NEVER, WAIT_UNINTERRUPTIBLE);
	/* Who ended the stop may still be about it. */
	spin_lock(&tree_lock);
	int signal = tracee->signal;
	tracee->signal = 0;
	tracee->code = 0;
	tracee->message = 0;
	tracee->has_info = false;
	tracee->is_listening = false;
	spin_unlock(&tree_lock);
	signal_mask_changed();
	return signal;
}

/* What is told with stops that are no signal's: the code once more, and who it is. */
static void info_fill(struct signal_info *info, int signal, int code)
{
	*info = (struct signal_info){
		.signal = signal,
		.code = code,
		.pid = current_thread()->tid,
		.uid = current_cred()->uid,
	};
}

static int stop_with_code(struct tracee *tracee, int code, uint64_t message, bool is_end)
{
	struct signal_info info;

	info_fill(&info, SIGTRAP, code);
	return ptrace_stop(
		tracee,
		&(struct stop){.code = code, .why = CLD_TRAPPED, .info = &info, .message = message, .is_end = is_end});
}

int ptrace_signal(int signal, struct signal_info *info)
{
	struct thread_proc *self = current_proc();
	struct tracee *tracee = self->tracee;
	int wanted = ptrace_stop(tracee, &(struct stop){.code = signal, .why = CLD_TRAPPED, .info = info});

	if (wanted == NO_STOP)
		return signal;
	if (wanted == 0)
		return 0;
	spin_lock(&tree_lock);
	/* the tracer may have changed what is told of it */
	*info = tracee->info;
	struct thread_proc *tracer = tracee->tracer;
	if (wanted != info->signal) {
		*info = (struct signal_info){.signal = wanted, .code = SI_USER};
		if (tracer) {
			info->pid = tracer->thread->process->pid->number;
			info->uid = tracer->thread->cred ? tracer->thread->cred->uid : 0;
		}
	}
	spin_unlock(&tree_lock);
	if (self->blocked & SIGNAL_BIT(wanted)) {
		signal_send_thread(self->thread, info);
		return 0;
	}
	return wanted;
}

/* The stop of the whole group, as one that was attached to sees it: without a siginfo. */
static void stop_with_group(struct tracee *tracee, int signal)
{
	ptrace_stop(tracee, &(struct stop){.code = signal, .why = CLD_STOPPED});
}

static void stop_as_seized(struct tracee *tracee, int signal)
{
	struct signal_info info;
	int code = signal | PTRACE_EVENT_STOP << 8;

	info_fill(&info, signal, code);
	ptrace_stop(tracee, &(struct stop){.code = code, .why = CLD_STOPPED, .info = &info});
}

bool ptrace_join_stop(void)
{
	struct thread_proc *self = current_proc();
	struct process *process = current_process();
	struct tracee *tracee = self->tracee;

	spin_lock(&tree_lock);
	if (!tracee->tracer) {
		spin_unlock(&tree_lock);
		return false;
	}
	spin_lock(&process->signal_lock);
	atomic_fetch_and(&self->thread->work, ~WORK_STOP);
	if (process->is_stopped && !self->is_stopped)
		tracee->wants_trap = true;
	int signal = process->stop_signal;
	bool is_group_stop = process->is_stopped;
	spin_unlock(&process->signal_lock);
	bool is_wanted = tracee->wants_trap || (tracee->is_seized && tracee->wants_notice);
	bool is_seized = tracee->is_seized;
	spin_unlock(&tree_lock);
	if (is_wanted && is_seized)
		stop_as_seized(tracee, is_group_stop ? signal : SIGTRAP);
	else if (is_wanted)
		stop_with_group(tracee, signal ? signal : SIGSTOP);
	return true;
}

/* A signal that a tracer gives for the way from a stop at a system call. */
static void send_on(int signal)
{
	struct signal_info info;

	if (signal <= 0)
		return;
	signal_info_kernel(&info, signal);
	signal_send_thread(current_thread(), &info);
}

static void call_stop(struct tracee *tracee, uint64_t message)
{
	int mark = tracee->options & PTRACE_O_TRACESYSGOOD ? CALL_MARK : 0;

	send_on(stop_with_code(tracee, SIGTRAP | mark, message, false));
}

bool ptrace_call_begins(struct trapframe *frame)
{
	struct tracee *tracee = current_proc()->tracee;

	if (!tracee->tracer || !(tracee->traces_calls || tracee->emulates_calls))
		return true;
	bool is_emulated = tracee->emulates_calls;
	frame->rax = (uint64_t)-ENOSYS;
	call_stop(tracee, PTRACE_EVENTMSG_SYSCALL_ENTRY);
	if (is_emulated || thread_has_work(current_thread(), WORK_KILL))
		return false;
	return (int32_t)frame->error != -1;
}

void ptrace_call_ends(struct trapframe *frame)
{
	struct tracee *tracee = current_proc()->tracee;

	if (!tracee->tracer)
		return;
	if (tracee->is_stepping)
		signal_force(SIGTRAP, TRAP_BRKPT, frame->rip);
	else if (tracee->traces_calls)
		call_stop(tracee, PTRACE_EVENTMSG_SYSCALL_EXIT);
}

bool ptrace_handler_begins(struct trapframe *frame)
{
	struct tracee *tracee = current_proc()->tracee;
	bool was_stepping = tracee->is_stepping;

	if (tracee->owns_trap_flag)
		frame->rflags &= ~RFLAGS_TF;
	tracee->owns_trap_flag = false;
	tracee->is_stepping = false;
	return was_stepping;
}

void ptrace_handler_ready(bool was_stepping)
{
	struct tracee *tracee = current_proc()->tracee;

	if (was_stepping && tracee->tracer)
		(void)stop_with_code(tracee, SIGTRAP, 0, false);
}

static void show_no_result(void)
{
	struct trapframe *frame = context_user_frame(&current_thread()->context);

	if (frame->vector == TRAP_SYSCALL)
		frame->rax = (uint64_t)-ENOSYS;
}

void ptrace_event(int event, uint64_t message)
{
	struct tracee *tracee = current_proc()->tracee;

	if (!tracee->tracer || !(tracee->options & 1u << event))
		return;
	show_no_result();
	(void)stop_with_code(tracee, SIGTRAP | event << 8, message, false);
}

void ptrace_executed(int32_t old_tid)
{
	struct tracee *tracee = current_proc()->tracee;
	struct signal_info info;

	if (!tracee->tracer)
		return;
	if (tracee->options & PTRACE_O_TRACEEXEC) {
		context_user_frame(&current_thread()->context)->rax = (uint64_t)-ENOSYS;
		(void)stop_with_code(tracee, SIGTRAP | PTRACE_EVENT_EXEC << 8, (uint64_t)old_tid, false);
	} else if (!tracee->is_seized) {
		signal_info_user(&info, SIGTRAP);
		signal_send_thread(current_thread(), &info);
	}
}

void ptrace_exits(uint32_t wait_status)
{
	struct thread_proc *self = current_proc();
	struct process *process = current_process();

	if (self->exit_step || !self->tracee->tracer || !(self->tracee->options & PTRACE_O_TRACEEXIT))
		return;
	if (process->is_group_exiting)
		wait_status = process->exit_status;
	(void)stop_with_code(self->tracee, SIGTRAP | PTRACE_EVENT_EXIT << 8, wait_status, true);
}

bool ptrace_step_is_stale(struct trapframe *frame)
{
	struct tracee *tracee = current_proc()->tracee;

	if (!tracee || tracee->tracer || !tracee->owns_trap_flag)
		return false;
	tracee->owns_trap_flag = false;
	tracee->is_stepping = false;
	frame->rflags &= ~RFLAGS_TF;
	return true;
}
