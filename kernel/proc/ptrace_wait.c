/*
 * What a tracer learns: SIGCHLD with the state of a tracee, and wait4(2) and waitid(2) on tracees, which may be threads
 * of any process.
 */
#include <asm-generic/siginfo.h>
#include <linux/wait.h>

#include "proc/exit.h"
#include "proc/ptrace_private.h"
#include "proc/rusage.h"
#include "proc/wait.h"
#include "sched/sched.h"

void ptrace_tell(struct tracee *tracee, int code, int status)
{
	struct thread *thread = tracee->self->thread;
	struct process *parent = tracee->tracer->thread->process;
	struct signal_info info;

	signal_info_kernel(&info, SIGCHLD);
	info.code = code;
	info.pid = thread->tid;
	info.uid = thread->cred ? thread->cred->uid : 0;
	info.status = status;
	sched_times(thread, &info.user_ns, &info.kernel_ns);
	const struct sigaction_kernel *action = parent->sighand ? &parent->sighand->action[SIGCHLD] : NULL;
	bool is_end = code != CLD_TRAPPED && code != CLD_STOPPED && code != CLD_CONTINUED;
	if (action && (is_end || (!(action->flags & SA_NOCLDSTOP) && action->handler != HANDLER_IGNORE)))
		signal_send_process_locked(parent, &info);
	waitq_wake_all(&parent->child_waiters);
}

/* How a thread ended: as its process, when that ends as a whole. */
static uint32_t end_status(const struct thread_proc *thread)
{
	const struct process *process = thread->thread->process;

	if (process->is_group_exiting || process->exit_stage >= EXIT_ZOMBIE)
		return process->exit_status;
	return (uint32_t)thread->exit_code;
}

static int end_code(uint32_t status)
{
	if ((status & 0x7f) == 0)
		return CLD_EXITED;
	return status & 0x80 ? CLD_DUMPED : CLD_KILLED;
}

static int end_value(uint32_t status)
{
	return (int)((status & 0x7f) == 0 ? status >> 8 & 0xff : status & 0x7f);
}

void ptrace_tell_end(struct thread_proc *thread)
{
	uint32_t status = end_status(thread);

	ptrace_tell(thread->tracee, end_code(status), end_value(status));
}

static bool is_meant(const struct tracee *tracee, const struct wait_request *request)
{
	switch (request->whom) {
	case WAIT_FOR_ONE:
		return request->pid == tracee->self->pid;
	case WAIT_FOR_GROUP:
		return request->pid == tracee->self->thread->process->group;
	default:
		return true;
	}
}

static void fill(struct wait_result *result, struct tracee *tracee, uint32_t status, int code, int value)
{
	struct thread *thread = tracee->self->thread;

	result->pid = thread->tid;
	result->uid = thread->cred ? thread->cred->uid : 0;
	result->status = status;
	result->code = code;
	result->value = value;
	result->usage = (struct usage){0};
	if (thread == thread->process->leader) {
		process_usage_locked(thread->process, &result->usage);
		usage_add(&result->usage, &thread->process->children_usage);
	} else {
		usage_add_thread(&result->usage, thread);
	}
}

/* A dead one: a thread that was kept, or a whole process, which its parent still has to collect when that is another.
 */
static void collect(struct tracee *tracee, struct exit_rest *rest)
{
	struct process *process = tracee->self->thread->process;

	if (tracee->self->thread != process->leader || tracee_is_foreign(tracee)) {
		ptrace_detach(tracee, rest);
		return;
	}
	process_reap(process);
	list_append(&rest->buried, &process->sibling);
}

static bool look_at(struct tracee *tracee, uint32_t options, struct wait_result *result, struct exit_rest *rest)
{
	struct thread_proc *self = tracee->self;
	struct process *process = self->thread->process;
	bool keep = (options & WNOWAIT) != 0, is_leader = self->thread == process->leader;

	if (self->is_gone && (is_leader ? process->exit_stage == EXIT_ZOMBIE : true)) {
		uint32_t status = end_status(self);
		if (!(options & WEXITED))
			return false;
		fill(result, tracee, status, end_code(status), end_value(status));
		if (!keep)
			collect(tracee, rest);
		return true;
	}
	if (tracee->is_stopped && !tracee->is_listening && tracee->code) {
		fill(result, tracee, (uint32_t)tracee->code << 8 | 0x7f, CLD_TRAPPED, tracee->code);
		if (!keep)
			tracee->code = 0;
		return true;
	}
	if ((options & WCONTINUED) && process->continue_unreported) {
		fill(result, tracee, 0xffff, CLD_CONTINUED, SIGCONT);
		process->continue_unreported = keep;
		return true;
	}
	return false;
}

static int look_of(struct thread_proc *tracer, const struct wait_request *request, struct wait_result *result,
		   struct exit_rest *rest)
{
	struct tracee *tracee;
	int found = -ECHILD;

	if (!tracer->tracees.next)
		return found;
	list_for_each (tracee, &tracer->tracees, link) {
		if (!is_meant(tracee, request))
			continue;
		if (look_at(tracee, request->options, result, rest))
			return 1;
		found = 0;
	}
	return found;
}

int ptrace_wait_look(const struct wait_request *request, struct wait_result *result, struct exit_rest *rest)
{
	struct thread_proc *tracer;
	int found = -ECHILD;

	if (request->options & __WNOTHREAD)
		return look_of(current_proc(), request, result, rest);
	list_for_each (tracer, &current_process()->threads, process_link) {
		int here = look_of(tracer, request, result, rest);
		if (here > 0)
			return here;
		found = MAX(found, here);
	}
	return found;
}
