/*
 * What a process and its threads keep about signals: actions, masks, the bit that sends a thread to signal_deliver.
 */
#include "mem/slab.h"
#include "lib/string.h"
#include "proc/signal_private.h"

/* Of sa_flags; the others read back as 0. */
#define KNOWN_FLAGS                                                                                       \
	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER | SA_RESETHAND | \
	 SA_EXPOSE_TAGBITS | SA_RESTORER)

static struct slab_cache sighand_cache = SLAB_CACHE("sighand", struct sighand);

struct sighand *sighand_create(void)
{
	struct sighand *sighand = slab_alloc(&sighand_cache);

	if (sighand) {
		refcount_init(&sighand->refs, 1);
		spin_init(&sighand->lock, "sighand", LOCK_SIGNAL);
	}
	return sighand;
}

struct sighand *sighand_copy(struct sighand *from)
{
	struct sighand *copy = sighand_create();

	if (copy)
		memcpy(copy->action, from->action, sizeof(copy->action));
	return copy;
}

/* Under the lock of the process that shares it: whoever counts one user there has let go before a second one appears.
 */
void sighand_get(struct sighand *sighand)
{
	struct process *process = current_process();

	spin_lock(&process->signal_lock);
	refcount_get(&sighand->refs);
	spin_unlock(&process->signal_lock);
}

void sighand_put(struct sighand *sighand)
{
	if (refcount_put(&sighand->refs))
		slab_free(&sighand_cache, sighand);
}

void signal_work_refresh(struct thread_proc *self)
{
	struct thread *thread = self->thread;

	if (signals_deliverable(thread->process, self))
		atomic_fetch_or_explicit(&thread->work, WORK_SIGNAL, memory_order_relaxed);
	else if (thread_has_work(thread, WORK_SIGNAL))
		atomic_fetch_and_explicit(&thread->work, ~WORK_SIGNAL, memory_order_relaxed);
}

void signal_mask_changed(void)
{
	struct process *process = current_process();

	spin_lock(&process->signal_lock);
	signal_work_refresh(current_proc());
	spin_unlock(&process->signal_lock);
}

/*
 * A signal for the whole process of which this thread was told, and which it blocks from now on, stays for whichever
 * thread unblocks it; others that may take it are told here.
 */
static void hand_on(struct process *process, struct thread_proc *self, uint64_t newly_blocked)
{
	uint64_t rest = process->pending.set & newly_blocked;
	struct thread_proc *thread;

	if (!rest || process->thread_count == 1)
		return;
	list_for_each (thread, &process->threads, process_link) {
		if (thread != self && !thread->has_exited && (rest & ~thread->blocked))
			thread_interrupt(thread->thread, WORK_SIGNAL);
	}
}

HOT_CODE void signal_set_mask(uint64_t mask)
{
	struct process *process = current_process();
	struct thread_proc *self = current_proc();

	mask &= ~SIGNALS_UNBLOCKABLE;
	spin_lock(&process->signal_lock);
	uint64_t newly_blocked = mask & ~self->blocked;
	self->blocked = mask;
	if (unlikely(newly_blocked & process->pending.set))
		hand_on(process, self, newly_blocked);
	signal_work_refresh(self);
	spin_unlock(&process->signal_lock);
}

void signal_set_temporary_mask(uint64_t mask)
{
	struct thread_proc *self = current_proc();

	self->saved_mask = self->blocked;
	self->has_saved_mask = true;
	signal_set_mask(mask);
}

void signal_restore_mask(void)
{
	struct thread_proc *self = current_proc();

	if (!self->has_saved_mask)
		return;
	self->has_saved_mask = false;
	signal_set_mask(self->saved_mask);
}

void signal_exec_reset(void)
{
	struct process *process = current_process();
	struct thread_proc *self = current_proc();

	bool is_shared = signals_lock(process);
	for (int signal = 1; signal <= SIGNAL_COUNT; signal++) {
		struct sigaction_kernel *action = &process->sighand->action[signal];
		uaddr_t handler = action->handler == HANDLER_IGNORE ? HANDLER_IGNORE : HANDLER_DEFAULT;
		*action = (struct sigaction_kernel){.handler = handler};
	}
	signals_unlock(process, is_shared);
	self->altstack_base = 0;
	self->altstack_bytes = 0;
	self->altstack_flags = 0;
	self->has_saved_mask = false;
}

bool signal_ignores_children(struct process *process)
{
	if (!process->sighand)
		return true;
	const struct sigaction_kernel *action = &process->sighand->action[SIGCHLD];
	return action->handler == HANDLER_IGNORE || (action->flags & SA_NOCLDWAIT);
}

/* POSIX, sigaction: what is pending and now ignored is thrown away, blocked or not. signal_lock is held. */
static __attribute__((noinline)) void drop_ignored(struct process *process, int signal, uaddr_t handler)
{
	struct thread_proc *thread;

	if (handler == HANDLER_DEFAULT && !default_is_ignore(signal))
		return;
	sigpending_drop(&process->pending, SIGNAL_BIT(signal));
	list_for_each (thread, &process->threads, process_link)
		sigpending_drop(&thread->pending, SIGNAL_BIT(signal));
}

HOT_CODE int signal_action(int signal, const struct sigaction_kernel *wanted, struct sigaction_kernel *before)
{
	struct process *process = current_process();

	if (unlikely(signal < 1 || signal > SIGNAL_COUNT || (wanted && (SIGNALS_UNBLOCKABLE & SIGNAL_BIT(signal)))))
		return -EINVAL;
	bool is_shared = signals_lock(process);
	struct sigaction_kernel *action = &process->sighand->action[signal];
	if (before)
		*before = *action;
	if (wanted) {
		action->handler = wanted->handler;
		action->flags = wanted->flags & KNOWN_FLAGS;
		action->restorer = wanted->restorer;
		action->mask = wanted->mask & ~SIGNALS_UNBLOCKABLE;
		if (wanted->handler <= HANDLER_IGNORE)
			drop_ignored(process, signal, wanted->handler);
	}
	signals_unlock(process, is_shared);
	return 0;
}
