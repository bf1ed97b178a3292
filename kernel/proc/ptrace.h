/*
 * Tracing of threads by others (ptrace(2)). A traced thread, the tracee, has one tracer: a thread of another process.
 * It stops for its tracer where something happens to it (ptrace_stop.c), the tracer's process is told as of a child and
 * waits for it (ptrace_wait.c), and the tracer alone may look into it and let it go on (ptrace_request.c).
 *
 * tree_lock guards who traces whom and every stop. A tracee in a stop is blocked as WAIT_TRACED, and nothing but the
 * end of the stop wakes it: under tree_lock, while `is_stopped` is set and once the thread has left its processor
 * (thread_wait_off_cpu), its registers may be read and changed by others. A stop is ended by the tracer, by the end of
 * tracing, and by the end of the process.
 *
 * Life of struct tracee: made when a thread is traced for the first time, kept until the thread's structure goes, so
 * that a thread in a stop never loses what it waits on.
 */
#ifndef NAMU_PROC_PTRACE_H
#define NAMU_PROC_PTRACE_H

#include "proc/process.h"

/* Lock key: (i) immutable; (t) tree_lock; (c) the tracee itself, or under tree_lock who found it stopped. */
struct tracee {
	struct thread_proc *self;   /* (i) */
	struct thread_proc *tracer; /* (t) null: not traced */
	struct list link;           /* (t) on tracer->tracees */
	uint32_t options;           /* (t) PTRACE_O_* */
	bool is_seized;             /* (t) PTRACE_SEIZE: stops without signals of its own */
	bool tracer_is_capable;     /* (t) CAP_SYS_PTRACE when it began: programs with more rights get them */

	/* asked for */
	bool wants_trap;   /* (t) a stop without a signal: a group stop, PTRACE_INTERRUPT, the first one */
	bool wants_notice; /* (t) a seized one: the group's stop began or ended */

	/* the stop it is in */
	_Atomic bool is_stopped; /* (t, read by itself) */
	bool is_listening;       /* (t) PTRACE_LISTEN: as good as running for its tracer, but for the next notice */
	bool has_info;           /* (t) */
	int32_t code;            /* (t) what wait tells, but for 0x7f; 0: told */
	int32_t signal;          /* (t) with which it goes on; 0: none */
	uint64_t message;        /* (t) PTRACE_GETEVENTMSG */
	struct signal_info info; /* (t) PTRACE_GETSIGINFO */

	/* how it was let go on */
	bool traces_calls;   /* (c) stops at system calls: PTRACE_SYSCALL */
	bool emulates_calls; /* (c) stops at them and does not make them: PTRACE_SYSEMU */
	bool is_stepping;    /* (c) stops after one instruction: PTRACE_SINGLESTEP */
	bool owns_trap_flag; /* (c) TF is set for that, not by the program */
};

static inline bool thread_is_traced(const struct thread_proc *thread)
{
	return thread->tracee && thread->tracee->tracer;
}
/* It waits for its tracer; PTRACE_LISTEN or not. */
static inline bool thread_is_in_trace_stop(const struct thread_proc *thread)
{
	return thread->tracee && thread->tracee->is_stopped;
}
/* Its tracer belongs to another process than its parent: it is told to both. tree_lock is held. */
static inline bool tracee_is_foreign(const struct tracee *tracee)
{
	return tracee->tracer->thread->process != tracee->self->thread->process->parent;
}

/* ptrace(2)'s body. */
int64_t ptrace_request(int64_t request, int32_t number, uint64_t address, uint64_t data);

/* -- the tracee's side: called by the thread itself, without locks, when it has a struct tracee -- */

/* A signal was taken: its number, another one, or 0 when nothing is to be delivered. */
int ptrace_signal(int signal, struct signal_info *info);
/* WORK_STOP: stop where that is wanted. False: it is not traced, the ordinary stop is to be looked at. */
bool ptrace_join_stop(void);
/* A system call begins. False: it is not made, RAX is its result. */
bool ptrace_call_begins(struct trapframe *frame);
/* A system call has ended; RAX is its result. */
void ptrace_call_ends(struct trapframe *frame);
/* The registers now lead into a handler; `was_stepping` says what ptrace_handler_begins did before. */
bool ptrace_handler_begins(struct trapframe *frame);
void ptrace_handler_ready(bool was_stepping);
/* PTRACE_EVENT_* happened. */
void ptrace_event(int event, uint64_t message);
/* An execution has succeeded; the thread had this number before it. */
void ptrace_executed(int32_t old_tid);
/* The current thread's end begins. */
void ptrace_exits(uint32_t wait_status);
/* The flag for single steps is set, but nobody traces any more: take it off. True: there was no exception for the
 * program. */
bool ptrace_step_is_stale(struct trapframe *frame);

/* -- creation -- */

/* The event that a creation by the current thread is for its tracer: PTRACE_EVENT_FORK ..., 0 when it does not want to
 * know. */
int ptrace_clone_event(const struct clone_request *request);
/* For a child that will be traced too. 0 or -ENOMEM. */
int ptrace_prepare(struct thread_proc *thread);
/* The child has its maker's tracer, unless tracing has ended meanwhile. tree_lock is held; the child does not run yet.
 */
void ptrace_inherit(struct thread_proc *maker, struct thread_proc *child);
/* The registers of a child are a copy of its maker's: without what is for the maker's steps. */
void ptrace_clean_copy(const struct thread_proc *maker, struct trapframe *copy);

/* -- stops of groups and the end; tree_lock is held -- */

/* The process ends or executes: a stop must not keep the thread. */
void ptrace_release(struct thread_proc *thread);
/* A group stop began or ended. */
void ptrace_notice(struct thread_proc *thread);
/* The thread has ended. True: its remains are kept until the tracer has seen them. */
bool ptrace_keep(struct thread_proc *thread);
/* The leader is gone (its last remains, by an execution): its tracer sees it no more. */
void ptrace_forget(struct thread_proc *thread);
/* The tracer ends: all that it traces is let go, or killed where it asked for that. */
struct exit_rest;
void ptrace_tracer_ends(struct thread_proc *tracer, struct exit_rest *rest);
/* Tell the tracer as a parent is told: SIGCHLD with this code and status, and a wake-up. */
void ptrace_tell(struct tracee *tracee, int code, int status);
/* The process has ended as a whole: tell the tracer of its leader. */
void ptrace_tell_end(struct thread_proc *leader);
/* The last reference to the thread went. */
void ptrace_free(struct thread_proc *thread);

/* -- waiting (proc/wait.h) -- */
struct wait_request;
struct wait_result;
/* A look at what the current process's threads trace: 1 told, 0 something may come, -ECHILD nobody. tree_lock is held.
 */
int ptrace_wait_look(const struct wait_request *request, struct wait_result *result, struct exit_rest *rest);

/* -- who may (ptrace_scope.c) -- */

/* kernel.yama.ptrace_scope: 0 to 3. */
extern _Atomic uint32_t ptrace_scope;
/* What it says of the current thread's tracing `target`. tree_lock is held. */
bool ptrace_scope_allows(struct process *target);
/* prctl(PR_SET_PTRACER): 0 nobody, -1 anybody, or a process. 0 or -EINVAL. */
int ptrace_set_debugger(uint64_t number);

#endif
