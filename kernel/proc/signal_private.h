/*
 * What the files of signals share among themselves: the lock of a process's signals, the queue, the choice of actions.
 */
#ifndef NAMU_PROC_SIGNAL_PRIVATE_H
#define NAMU_PROC_SIGNAL_PRIVATE_H

#include <asm/signal.h>

#include "proc/process.h"

/* Sets of signals (signal(7)). */
#define SIGNALS_STOP    (SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU))
#define SIGNALS_IGNORED (SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGWINCH) | SIGNAL_BIT(SIGURG))
#define SIGNALS_CORE                                                                                                 \
	(SIGNAL_BIT(SIGQUIT) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGABRT) | SIGNAL_BIT(SIGFPE) | \
	 SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGSYS) | SIGNAL_BIT(SIGXCPU) | SIGNAL_BIT(SIGXFSZ))
/* A thread's own faults: taken before all others, so that their frame shows where they happened. */
#define SIGNALS_SYNCHRONOUS                                                                                         \
	(SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGFPE) | \
	 SIGNAL_BIT(SIGSYS))
#define SIGNALS_UNBLOCKABLE (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

#define HANDLER_DEFAULT 0
#define HANDLER_IGNORE  1

/* What becomes of a default action. */
static inline bool default_is_ignore(int signal)
{
	return (SIGNALS_IGNORED & SIGNAL_BIT(signal)) != 0;
}
static inline bool default_is_stop(int signal)
{
	return (SIGNALS_STOP & SIGNAL_BIT(signal)) != 0;
}

/*
 * Guard pending signals, masks and actions of a process. Handlers shared by several processes have a lock of their own
 * below; the result says that it was taken, and goes to signals_unlock.
 */
static inline bool signals_lock(struct process *process)
{
	spin_lock(&process->signal_lock);
	if (likely(!process->sighand || refcount_read(&process->sighand->refs) == 1))
		return false;
	spin_lock_second(&process->sighand->lock);
	return true;
}
static inline void signals_unlock(struct process *process, bool is_shared)
{
	if (unlikely(is_shared))
		spin_unlock(&process->sighand->lock);
	spin_unlock(&process->signal_lock);
}

/* proc/signal_queue.c; signal_lock is held. */
/* Enter `info`. 1: it was pending already and merges; 0; -EAGAIN when the user has too many queued and it may not go
 * without an entry. */
int sigpending_add(struct sigpending *pending, const struct signal_info *info, struct process *owner);
/* Take the first signal of `set` out (synchronous ones first, then the lowest number): its number, or 0. */
int sigpending_take(struct sigpending *pending, uint64_t set, struct signal_info *info);
/* Forget every pending signal of `set`. */
void sigpending_drop(struct sigpending *pending, uint64_t set);

/* Signals the current thread could take now. signal_lock is held. */
static inline uint64_t signals_deliverable(const struct process *process, const struct thread_proc *self)
{
	return (self->pending.set | process->pending.set) & ~self->blocked;
}
/* Set or clear the current thread's WORK_SIGNAL by that. signal_lock is held. */
void signal_work_refresh(struct thread_proc *self);

/* proc/signal_stop.c */
/* Stop signals and SIGCONT undo each other when they are sent. True: the process was stopped and goes on, tell the
 * parent by signal_tell_parent when signals are unlocked. tree_lock and signal_lock are held. */
bool signal_stop_interplay(struct process *process, int signal, int *parent_code);
/* The current thread has taken stop signal `signal` with its default action. */
void signal_begin_stop(int signal);
/* The current thread joins a stop that is in progress, and returns when it is over. */
void signal_join_stop(void);
/* A traced thread stands still, which counts for a stop of its group. True: that is complete now. tree_lock is held. */
bool signal_stop_counts(struct process *process, struct thread_proc *thread);
/* A thread that was traced goes on as the others of its group do. tree_lock is held. */
void signal_stop_rejoin(struct thread_proc *thread);
/* SIGCHLD with CLD_STOPPED or CLD_CONTINUED, and a wake-up. tree_lock is held. */
void signal_tell_parent(struct process *process, int code);

/* proc/signal_frame.c */
struct trapframe;
/* Put a frame for the handler on the user's stack and point `frame` at the handler. `mask`: what sigreturn restores. 0,
 * -EFAULT, -ENOMEM. */
int signal_frame_push(struct trapframe *frame, const struct signal_info *info, const struct sigaction_kernel *action,
		      uint64_t mask);

/* proc/signal_hooks.c: at boot. */
void signal_hooks_init(void);

/* Boot: file_owner.c gives fs/async.h what it needs. */
void file_owner_init(void);

#endif
