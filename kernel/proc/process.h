/*
 * A process: what its threads share, and its place in the tree. One table of numbered parts says what fork shares or
 * copies.
 *
 * Life: made by process_clone (or process_create_init at boot); admitted; its threads end one by one; with the last one
 * it becomes a zombie (exit stage ZOMBIE) until the parent has collected its status, or at once where the parent does
 * not care; then it leaves the tree, and the last reference frees it.
 *
 * Locks: tree_lock (LOCK_TREE) guards the tree, ids, groups, sessions, exit state; process->signal_lock (LOCK_SIGNAL)
 * signals. Order: tree_lock before signal_lock. Nobody holds tree_lock while visiting /proc's readers: take a
 * reference, let go, then look.
 */
#ifndef NAMU_PROC_PROCESS_H
#define NAMU_PROC_PROCESS_H

#include "arch/x86_64/spinlock.h"
#include "fs/file.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "proc/signal.h"
#include "sched/thread.h"
#include "sched/timer.h"
#include "sched/waitq.h"
#include "vm/space.h"

#define PID_LIMIT 4194304 /* as Linux's pid_max at most; numbers go up and wrap at pid_max */
#define INIT_PID  1

/* Resource limits, numbers of asm-generic/resource.h. */
struct limits {
	struct {
		uint64_t soft, hard;
	} of[16];
};

/*
 * One id (pid, tid, process group, session) of one number. It is found by its number while a thread, a process, a group
 * or a session has it; the structure lives on as long as anybody (a pidfd, a waiter) holds a reference. Lock key: (a)
 * atomic; (i) immutable; (t) tree_lock; (q) its own lock.
 */
struct pid {
	struct refcount refs;      /* (a) */
	int32_t number;            /* (i) */
	struct list hash_link;     /* (t) */
	struct thread *thread;     /* (t) the thread with this tid, or null */
	struct process *process;   /* (t) the process with this pid, or null */
	struct list group;         /* (t) processes of the process group with this id */
	struct list session;       /* (t) processes of the session with this id */
	struct waitq exit_waiters; /* (q) pidfd pollers */
};

/* Stages of a process's end, in order; each may be entered twice without harm. */
enum exit_stage {
	EXIT_NOT,      /* lives */
	EXIT_BEGUN,    /* exit_group or a fatal signal: no new threads, the others are told */
	EXIT_RELEASED, /* memory, files, ... given back by the last thread */
	EXIT_ZOMBIE,   /* waits for the parent */
	EXIT_REAPED    /* out of the tree */
};

struct tracee;     /* proc/ptrace.h */
struct tty;        /* the controlling terminal, dev/tty_device.h */
struct vfork_wait; /* proc/clone.h */

struct usage {
	uint64_t user_ns, kernel_ns;
	uint64_t minor_faults, major_faults;
	uint64_t voluntary_switches, involuntary_switches;
	uint64_t in_blocks, out_blocks;
	uint64_t max_resident_pages;
};

/*
 * Lock key: (a) atomic; (i) immutable; (t) tree_lock; (s) signal_lock; (c) its own threads under tree_lock or alone.
 */
struct process {
	struct refcount refs;   /* (a) */
	struct pid *pid;        /* (i) */
	struct process *parent; /* (t) who is told and waits; never null but for init's */
	int32_t parent_tid;     /* (t) the thread of the parent that made it: __WNOTHREAD, PR_SET_PDEATHSIG */
	struct list children;   /* (t) struct process.sibling */
	struct list sibling;    /* (t) */
	struct list all_link;   /* (t) the list of all processes */
	struct list threads;    /* (t, changed under s as well) struct thread_proc.process_link */
	uint32_t thread_count;  /* (t) threads that have not ended, or are kept */
	uint32_t kept_count;    /* (t) of these, ended ones that their tracer has not seen yet (proc/ptrace.h) */
	uint32_t live_count;    /* (t) threads that have not begun to end; the last one gives back what they share */
	struct thread *leader;  /* (t) the first thread; its tid is the pid; null once reaped, see process_leader */
	uint32_t exec_count;    /* (t) how often it has executed a program */
	uint32_t parent_exec_count; /* (t) of the parent, at this one's making: a parent of another image is told by
				       SIGCHLD */
	struct pid *group;          /* (t) */
	struct list group_link;     /* (t) */
	struct pid *session;        /* (t) */
	struct list session_link;   /* (t) */
	bool is_session_leader;     /* (t) */
	bool did_exec;              /* (t) since fork: setpgid by the parent gives EACCES */
	bool is_subreaper;          /* (t) PR_SET_CHILD_SUBREAPER */
	bool is_kernel;             /* (i) kernel process: no user memory, name in brackets */
	struct tty *tty;            /* (t) controlling terminal, or null */
	struct pid
		*tty_old_foreground; /* (t) of a leader whose terminal was hung up: its foreground group; a reference */
	int32_t exit_signal;         /* (t) told to the parent: SIGCHLD, another, 0 none */
	int32_t parent_death_signal; /* (c) PR_SET_PDEATHSIG */
	uint32_t personality;        /* (c) personality(2) */

	enum exit_stage exit_stage; /* (t) */
	uint32_t exit_status;       /* (t) as wait4 gives it: code << 8, or signal | 0x80 when a core was made */
	bool is_group_exiting;      /* (t) exit_group in progress, exit_status is set */
	uint32_t group_signals;     /* (t) signals of kill(2) and of groups that were sent to it; see clone.c */
	bool is_execing;            /* (t) one thread is in exec and waits for the others to end */
	struct thread *dumper;      /* (t) it writes a core dump, and all others wait for that (proc/core.h); or null */
	uint32_t dump_awaited;      /* (t) threads that do not wait yet */
	struct waitq thread_waiters; /* exec and exit wait here for threads to end */
	struct waitq child_waiters;  /* wait4 and friends of this process */

	/* stop and continue, for waiters (WUNTRACED, WCONTINUED) */
	bool is_stopped;          /* (s) all threads shall stop or have stopped */
	int32_t stop_signal;      /* (s) */
	bool stop_is_dequeued;    /* (s) a stop signal was taken and no SIGCONT has come since: the stop may begin */
	bool stop_is_complete;    /* (s) all threads have stopped, the parent was told */
	bool stop_unreported;     /* (t) */
	bool continue_unreported; /* (t) */

	struct vm_space *space;                       /* (c) null once released */
	struct limits limits;                         /* (t) */
	struct spinlock signal_lock;                  /* (i) rank LOCK_SIGNAL */
	struct sighand *sighand;                      /* (s) actions; shared by CLONE_SIGHAND */
	struct sigpending pending;                    /* (s) process-directed signals */
	struct waitq signal_waiters;                  /* sigtimedwait and signalfd */
	struct timer real_timer;                      /* (s) ITIMER_REAL */
	uint64_t real_interval_ns;                    /* (s) */
	uint64_t virtual_end_ns, virtual_interval_ns; /* (s) ITIMER_VIRTUAL, in user time of the process; 0: off */
	uint64_t prof_end_ns, prof_interval_ns;       /* (s) ITIMER_PROF, in user and kernel time; 0: off */
	struct timer cpu_timer;                       /* (s) next look at the times above and at RLIMIT_CPU */
	uint64_t cpu_warn_ns;                         /* (s) RLIMIT_CPU: the next SIGXCPU; 0: at the soft limit */
	uint64_t cpu_seen_ns;                         /* (s) processor time at the last look */
	bool timers_have_ended;                       /* (s) the last thread has gone: none may be armed */
	_Atomic bool cpu_look_wanted;                 /* (a) the dispatcher's accounting asks for a look */
	struct list posix_timers;                     /* (s) timer_create's, struct posix_timer */
	int32_t next_posix_timer;                     /* (s) */

	struct usage dead_threads;   /* (t) of threads that have ended */
	struct usage children_usage; /* (t) of children that were waited for */
	uint64_t start_ns;           /* (i) clock_monotonic_ns */
	struct pid *debugger;  /* (t) PR_SET_PTRACER: who may trace it beside its ancestors, a reference; or null */
	bool any_debugger;     /* (t) PR_SET_PTRACER_ANY */
	int32_t oom_score_adj; /* (t) */
	uint64_t read_bytes, write_bytes, read_calls, write_calls; /* (c) /proc/PID/io */
};

/*
 * What proc/ keeps for one thread: thread->proc_data.
 * Lock key: (i) immutable; (c) the thread itself; (s) the process's signal_lock; (t) tree_lock; (l) pi_lock of
 * futex_inherit.c.
 */
struct thread_proc {
	struct thread *thread;                  /* (i) */
	struct list process_link;               /* (t) on process->threads */
	struct pid *pid;                        /* (i) */
	uint64_t blocked;                       /* (s, written by itself) signal mask, bit n-1 for signal n */
	uint64_t saved_mask;                    /* (c) of sigsuspend, ppoll ...: restored after the handler is set up */
	bool has_saved_mask;                    /* (c) */
	struct sigpending pending;              /* (s) thread-directed signals */
	uint64_t altstack_base, altstack_bytes; /* (c) sigaltstack */
	uint32_t altstack_flags;                /* (c) */
	uaddr_t clear_child_tid;                /* (c) */
	uaddr_t robust_list;                    /* (c) set_robust_list */
	uint64_t robust_list_bytes;             /* (c) */
	struct list pi_owned;                   /* (l) PI futexes of ours that somebody waits for, struct pi_lock */
	struct pi_waiter *pi_waiting;           /* (l) what we wait for, or null */
	bool pi_has_ended;                      /* (l) at our end: nobody may wait for us any more */
	struct io_context *io;                  /* (t) ioprio_set(2): who shares it; null: nothing was set */
	uaddr_t rseq;                           /* (c) rseq(2): where its struct rseq lies, or 0 */
	uint32_t rseq_bytes, rseq_signature;    /* (c) */
	uint64_t restart_deadline_ns;           /* (c) restart_syscall: what nanosleep and others go on with */
	uint64_t restart_args[4];               /* (c) */
	int64_t (*restart)(struct thread_proc *self); /* (c) */
	uint64_t timer_slack_ns;                      /* (c) */
	uint64_t default_slack_ns;                    /* (i) what PR_SET_TIMERSLACK 0 goes back to */
	struct vfork_wait *vfork;                     /* (t) the parent that waits in vfork for this thread, or null */
	struct tracee *tracee;                        /* (t) it is traced, or was once (proc/ptrace.h); null */
	struct list tracees;                          /* (t) whom it traces; not made before the first one */
	uint64_t fault_address, fault_error, fault_vector; /* (c) of the last exception, for the signal frame */
	bool is_stopped;                                   /* (s) it waits in a group stop */
	bool waits_for_dump;                               /* (t) or has waited: core_park */
	bool has_exited;                                   /* (t) */
	bool is_gone; /* (t) it has given its parts back; the leader stays on the list until the process is collected */
	uint8_t exit_step; /* (c) stages of its end that it has entered, see proc/exit.h */
	int32_t exit_code; /* (c) of its own end, as wait4 gives it */
};

static inline struct process *current_process(void)
{
	return current_thread()->process;
}
static inline struct thread_proc *thread_proc(const struct thread *thread)
{
	return thread->proc_data;
}
static inline struct thread_proc *current_proc(void)
{
	return current_thread()->proc_data;
}

extern struct process *init_process;
extern struct list all_processes; /* tree_lock */

/* clone(2)'s arguments, checked by clone_check (proc/clone.h). Flags are Linux's CLONE_*. */
struct clone_request {
	uint64_t flags;
	uaddr_t stack; /* new stack pointer, or 0: the parent's */
	uaddr_t parent_tid, child_tid, pidfd;
	uint64_t tls;
	int32_t exit_signal;
	const int32_t *set_tid; /* clone3's set_tid, kernel copy */
	uint32_t set_tid_count;
};
/* Tid of the child, or negative errno with nothing changed. CLONE_VFORK: returns when the child has executed or ended.
 */
int64_t process_clone(const struct clone_request *request);

/* exit(2) of one thread; exit_group(2), or the end by a signal. A thread that sees WORK_KILL on its way to user mode
 * calls either: the status that was set when the process's end began counts. */
_Noreturn void process_exit_thread(int code);
_Noreturn void process_exit_group(uint32_t wait_status);
/* From another place: end the whole process with `wait_status` (fatal signals); idempotent. tree_lock is NOT held. */
void process_kill(struct process *process, uint32_t wait_status);

/* A process of the kernel, in brackets in lists: it runs start(arg) and never sees user mode. Null: no memory. */
struct process *kernel_process_create(const char *name, void (*start)(void *), void *arg);

/* Look-up by number, with a reference; null. A process that was reaped is not found; a zombie is. */
struct process *process_find(int32_t pid);
struct thread *thread_find(int32_t tid);
struct pid *pid_find(int32_t number);
void pid_get(struct pid *pid);
void pid_put(struct pid *pid);
void process_get(struct process *process);
void process_put(struct process *process);
/* Its first thread, with a reference; null once it was reaped. */
struct thread *process_leader(struct process *process);
/* getppid(2); 0 for the first process. */
int32_t process_parent_number(void);
/* get_robust_list(2): where the list of a thread (0: the caller) begins. 0, -ESRCH, -EPERM. */
int process_robust_list(int32_t tid, uaddr_t *head);
/* The process after `previous` (null: the first) in order of pid, with a reference; drops the one on previous. For
 * /proc. */
struct process *process_next(struct process *previous);
/* Usage of a living or dead process, its own threads. */
void process_usage(struct process *process, struct usage *usage);

/* Boot: pid 1, a process of the kernel that starts the command of the start record, collects orphans, and ends the
 * machine with it. */
void process_init(void);

/* Counts for /proc/namu/resources. */
struct process_counts {
	uint64_t processes, zombies, pids, sighands;
};
void process_counts_read(struct process_counts *counts);

#endif
