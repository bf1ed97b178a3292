/*
 * A thread: what the dispatcher runs. Its process (proc/process.h) holds what its threads share.
 *
 * Life: made NEW by thread_create, READY by thread_start, TERMINATED by thread_exit; its struct lives on until the last
 * reference is dropped (whoever reaps it, /proc readers, pidfds). The kernel stack goes back when it has left it.
 * Parts of upper floors hang here as pointers; those floors own their meaning.
 */
#ifndef NAMU_SCHED_THREAD_H
#define NAMU_SCHED_THREAD_H

#include "arch/x86_64/context.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/spinlock.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "lib/refcount.h"
#include "sched/state.h"

struct process;
struct vm_space;
struct fd_table;
struct fs_context;
struct cred;
struct ipc_namespace;
struct limits;
struct sem_undo_list;
struct waitq;

/* Bits of thread->work: what must be done before the thread sees user mode again. Any bit but WORK_RSEQ ends an
 * interruptible wait. */
#define WORK_SIGNAL 1u  /* a signal may be deliverable */
#define WORK_KILL   2u  /* the process ends: no way back to user mode; ends killable waits as well */
#define WORK_STOP   4u  /* a stop was asked for, by a signal or by a tracer */
#define WORK_ASYNC  8u  /* signals of descriptions are to be sent (sched_async_hook); no wait begins before that */
#define WORK_RSEQ   16u /* user memory must be told of a switch (rseq(2)); ends no wait */

struct wait_reason {
	enum wait_kind kind;
	uint64_t object; /* what identifies the object within its kind; 0 when there is none */
};

enum sched_class {
	CLASS_FAIR, /* SCHED_OTHER, SCHED_BATCH, SCHED_IDLE: virtual deadlines */
	CLASS_RT,   /* SCHED_FIFO, SCHED_RR, and who was lent a level */
	CLASS_IDLE  /* the processor's idle thread */
};

/*
 * Lock key: (i) immutable after thread_create; (s) the lock of its run queue (sched/runqueue.c);
 * (c) only the thread itself; (a) atomic; (p) the process's locks, see proc/process.h; (w) the wait queue's lock.
 */
struct thread {
	struct context context; /* (c) registers while it does not run; first: its offset is known to entry.S */
	_Atomic uint32_t work;  /* (a) WORK_* bits, looked at on the way out */
	int32_t tid;            /* (i) as the first namespace counts */
	struct refcount refs;   /* (a) */
	char name[16];          /* (c) comm; PR_SET_NAME */

	/* the state machine */
	uint8_t state;              /* (s) enum thread_state, by thread_set_state only */
	bool is_wait_killable;      /* (s) WORK_KILL ends the wait */
	bool is_wait_interruptible; /* (s) any WORK_ bit ends the wait */
	_Atomic bool wake_permit;   /* (a) a wake-up came: the next block returns at once */
	struct wait_reason waiting; /* (s) why it is BLOCKED */

	/* scheduling */
	uint8_t class;            /* (s) enum sched_class */
	uint8_t policy;           /* (s) SCHED_OTHER, SCHED_FIFO ... */
	uint8_t rt_priority;      /* (s) 1 to 99, of its policy */
	uint8_t boost;            /* (s) real-time level lent to it by who waits for it; 0: none */
	uint8_t level;            /* (s) real-time level it runs at: the higher of the two; 0: none */
	int8_t nice;              /* (s) -20 to 19 */
	bool reset_on_fork;       /* (s) SCHED_RESET_ON_FORK */
	bool is_queued;           /* (s) on a ready queue */
	bool uses_rseq;           /* (c) it has registered restartable sequences, see sched/sequence.c */
	uint8_t rseq_cpu;         /* (c) processor and concurrency id as user memory shows them */
	uint8_t rseq_cid;         /* (c) */
	uint8_t cid;              /* (s) its concurrency id while it runs */
	uint32_t weight;          /* (s) by nice */
	uint32_t cpu;             /* (s) where it runs or last ran */
	uint64_t affinity;        /* (s) processors it may use, a bit each */
	struct rb_node fair_node; /* (s) ready queue of the fair class */
	struct list rt_link;      /* (s) ready queue of its priority */
	_Atomic uint64_t *cids;   /* (c) of its space: concurrency ids in use */
	int64_t vruntime_ns;      /* (s) weighted time it has had */
	int64_t deadline_ns;      /* (s) virtual deadline */
	uint64_t slice_left_ns;   /* (s) of its quantum */
	uint64_t rt_run_ns;       /* (s) time it has had at a real-time level since it last waited: RLIMIT_RTTIME */
	uint64_t migrations;      /* (s) how often it went to another processor */
	uint64_t ran_since_ns;    /* (s) when it was dispatched, or accounting last looked */

	/* accounting */
	uint64_t ran_ns;               /* (s) time on a processor, exact */
	uint64_t user_samples;         /* (s) timer interrupts that found it in user mode: how ran_ns is divided */
	uint64_t kernel_samples;       /* (s) */
	uint64_t voluntary_switches;   /* (s) */
	uint64_t involuntary_switches; /* (s) */
	uint64_t minor_faults;         /* (c) */
	uint64_t major_faults;         /* (c) */
	uint64_t pages_copied;         /* (c) by copy-on-write */
	uint64_t start_ns;             /* (i) clock_monotonic_ns at its making */

	/* parts of upper floors */
	uint64_t kstack;                /* (i) base of its kernel stack */
	struct process *process;        /* (i) null for kernel threads */
	struct vm_space *space;         /* (p) null for kernel threads; the process's */
	struct fd_table *files;         /* (c), (t) */
	struct fs_context *fs;          /* (c), (t) root, working directory, umask */
	const struct cred *cred;        /* (c), (t) effective credentials */
	struct ipc_namespace *ipc;      /* (c), (t) whose System V objects and POSIX queues it sees */
	struct sem_undo_list *sem_undo; /* (c) what System V semaphores get back at its end; null: nothing yet */
	struct limits *limits;          /* (i) the process's resource limits */
	void *proc_data;                /* (c) struct thread_proc of proc/: signals, ptrace, robust list ... */
	void (*kernel_start)(void *);   /* (i) of a kernel thread */
	void *kernel_arg;               /* (i) */
};

/* The lock of the process tree (proc/process.h). It stands here because the floors below proc/ need it for (t): the
 * thread itself swaps such a part under it, and looks at it without; others look under it. */
extern struct spinlock tree_lock;

/* A thread in state NEW with one reference, or null when memory is short. It runs start(arg) in the kernel. */
struct thread *thread_create_kernel(const char *name, void (*start)(void *), void *arg);
/* The same, but its first switch leaves for user mode with a copy of `frame`, which is returned through `copy`. The
 * upper floor fills the parts. */
struct thread *thread_create_user(const char *name, const struct trapframe *frame, struct trapframe **copy);
/* Admit it: NEW to READY. */
void thread_start(struct thread *thread);
/* Give up a thread in state NEW: NEW to TERMINATED, drops the creator's reference. */
void thread_discard(struct thread *thread);
/* The current thread leaves the processor for ever: TERMINATED. Upper floors have taken their parts off. */
_Noreturn void thread_exit(void);

void thread_get(struct thread *thread);
/* The last reference frees it; only after TERMINATED. */
void thread_put(struct thread *thread);

/* A thread that is about to block has left its processor on return: its registers are where its context says. No lock
 * is held. */
void thread_wait_off_cpu(struct thread *thread);
/* Set work bits and, when its wait can be ended by them, wake it; or make its processor look. */
void thread_interrupt(struct thread *thread, uint32_t work);
static inline bool thread_has_work(const struct thread *thread, uint32_t bits)
{
	return (atomic_load_explicit(&thread->work, memory_order_relaxed) & bits) != 0;
}

/* The letter /proc shows: R S D Z T t (T when it waits as WAIT_STOPPED, t as WAIT_TRACED, D when its wait is neither
 * interruptible nor killable). */
char thread_state_letter(const struct thread *thread);
const char *thread_state_name(enum thread_state state);
const char *wait_kind_wchan(enum wait_kind kind);

/* How many thread structures exist. */
uint64_t thread_count(void);

#endif
