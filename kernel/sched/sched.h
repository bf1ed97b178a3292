/*
 * Ready queues and the dispatcher. Fair class: earliest eligible virtual deadline first (EEVDF, Stoica and Abdel-Wahab
 * 1995), weights by nice; real-time classes FIFO and RR above it; the idle thread below. A timer interrupt only asks
 * (need_resched); the dispatcher runs on the way out of the kernel.
 */
#ifndef NAMU_SCHED_SCHED_H
#define NAMU_SCHED_SCHED_H

#include "sched/thread.h"

void sched_init(void);
/* Start further processors, up to `wanted` in all, each with an idle thread of its own. */
void sched_start_processors(uint32_t wanted);
/* The processor becomes its idle thread; never returns. */
_Noreturn void sched_run(void);

/* Let others run: the current thread goes to the end of its class's order. */
void sched_yield(void);
/* Called on the way out while need_resched is set: the dispatcher. */
void sched_preempt(void);
/* A place where a long path of the kernel may be pre-empted: takes interrupts and runs the dispatcher if asked. No spin
 * lock is held. */
void preempt_point(void);

/*
 * Real-time threads get at most so much of each period while others wait for the same processor, so that one that never
 * waits cannot stop the machine (/proc/sys/kernel/sched_rt_*). A runtime of -1: no limit.
 */
extern _Atomic int32_t sched_rt_period_us, sched_rt_runtime_us;

/* Linux's numbers: SCHED_OTHER 0, FIFO 1, RR 2, BATCH 3, IDLE 5. Arguments are checked by the caller. */
void sched_set_policy(struct thread *thread, unsigned policy, unsigned rt_priority, bool reset_on_fork);
/* Lend it a real-time level (0: none), whatever its policy; which level it runs at then. */
unsigned sched_set_boost(struct thread *thread, unsigned boost);
void sched_set_nice(struct thread *thread, int nice);
void sched_set_affinity(struct thread *thread, uint64_t mask);
/* A child starts with its parent's class, weight and place in virtual time. */
void sched_fork(struct thread *child, const struct thread *parent);
/* Quantum of SCHED_RR and slice of the fair class, in ns. */
uint64_t sched_quantum_ns(const struct thread *thread);

/*
 * Restartable sequences (rseq(2)) of the current thread begin, with the ids in use of its space, or end (null). While
 * it has them, WORK_RSEQ is set whenever it lost the processor, or shall show other ids than rseq_cpu and rseq_cid.
 */
void sched_sequences_set(_Atomic uint64_t *ids);
/* Set WORK_RSEQ for the thread that runs on a processor, if it has sequences and runs in this space. */
void sched_sequences_end(uint32_t cpu, const struct vm_space *space);

/* Time in user and kernel mode, up to now, of any thread. */
void sched_times(struct thread *thread, uint64_t *user_ns, uint64_t *kernel_ns);

/* Sums for /proc/stat and /proc/loadavg. */
struct sched_stats {
	uint64_t switches;
	uint64_t threads_made;
	uint64_t ready;   /* ready and running now */
	uint64_t blocked; /* in uninterruptible waits now */
	uint64_t idle_ns;
	uint64_t user_ns;
	uint64_t kernel_ns;
	uint64_t load[3]; /* 1, 5, 15 minutes, in 1/2048 */
};
void sched_stats_read(struct sched_stats *stats);
/* The same of one processor; threads_made and load are left 0. */
void sched_stats_read_cpu(uint32_t cpu, struct sched_stats *stats);

/* The other direction of a switch: called first on a thread's own stack after context_switch came to it. */
void sched_finish_switch(void);

/* -- supplied by upper floors -- */

/* Load the page tables of the next thread's space (vm/). Called when it is another one than the processor's active
 * space. */
extern void (*sched_space_hook)(struct vm_space *space);
/* The running thread had `ns` of processor time since the last call, as far as sampling can tell in this mode (proc/:
 * timers, limits). */
extern void (*sched_tick_hook)(struct thread *thread, uint64_t ns, bool was_in_user_mode);
/* The last reference to a thread went: give back what hangs on it. */
extern void (*sched_thread_free_hook)(struct thread *thread);
/* Nothing is ready: work that may be done meanwhile (draining the trace). Must not sleep. */
extern void (*sched_idle_hook)(void);

#endif
