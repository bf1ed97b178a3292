/* What the files of this floor share among themselves. */
#ifndef NAMU_SCHED_INTERNAL_H
#define NAMU_SCHED_INTERNAL_H

#include "arch/x86_64/spinlock.h"
#include "sched/sched.h"
#include "trace/trace.h"

/* Quantum of the fair class; also the longest time between two looks at a busy processor. */
#define SLICE_NS    4000000ul
#define RR_SLICE_NS 100000000ul
#define LEAST_NS    1000000ul /* what a thread has before a woken one of its class may push it off */
#define RT_LEVELS   100
#define POLICY_FIFO 1 /* Linux's numbers */
#define POLICY_RR   2
#define POLICY_IDLE 5
#define NICE_0      1024 /* the weight of nice 0 */

/* Change a thread's state: the only writer. Its run queue's lock is held. Here another event in the trace says it. */
void thread_move_to(struct thread *thread, enum thread_state state);
/* The same, and say it. The saying stays apart, so that not told costs nothing but the question. */
void thread_tell_state(const struct thread *thread, enum thread_state state);
static inline void thread_set_state(struct thread *thread, enum thread_state state)
{
	thread_move_to(thread, state);
	if (trace_is_on(TRACE_STATE))
		thread_tell_state(thread, state);
}

/* A processor's ready queues. Lock key: (l) its lock; (c) only its own processor. */
struct runq {
	struct spinlock lock;       /* (l) */
	struct rb_tree fair;        /* (l) READY threads of the fair class, by virtual deadline */
	struct rb_node *fair_first; /* (l) its first node */
	uint32_t fair_count;        /* (l) */
	uint32_t rt_count;          /* (l) */
	int64_t min_vruntime;       /* (l) never goes back */
	int64_t weighted_sum;       /* (l) of weight * (vruntime - min_vruntime) over READY fair threads */
	uint64_t weight_sum;        /* (l) */
	struct thread *last_woken;  /* (l) hint, cleared when it leaves the queue */
	struct thread *running;     /* (l) who has the processor; its idle thread when nobody wants it */
	uint32_t running_weight;    /* (l) its weight, 0 for the idle thread; others look without the lock */
	uint32_t running_level;     /* (l) its real-time level, 0 for none; the same */
	struct thread *previous;    /* (c) who was switched away from: for sched_finish_switch */
	struct thread *leaving;     /* (c) the same, when it is READY but may not run here any more */
	uint64_t armed_ns;          /* (c) when the timer will fire */
	uint64_t look_ns;       /* (c) when it looks for somebody whom another processor may take over; 0: not asked */
	uint64_t weigh_next_ns; /* (c) when it compares its weight with others' again */
	uint64_t switches;      /* (l) */
	uint64_t idle_ns, busy_ns; /* (l) */
	uint64_t user_samples;     /* (l) timer interrupts that found user mode: how busy_ns is divided */
	uint64_t kernel_samples;   /* (l) */
	uint64_t rt_bitmap[2];     /* (l) */
	uint64_t rt_used_ns;       /* (l) by real-time threads in this period */
	uint64_t rt_period_end_ns; /* (l) */
	bool rt_is_over;           /* (l) they have had their part of the period: others first */
	struct list rt[RT_LEVELS]; /* (l) */
};

extern struct runq runqs[CPU_MAX];

static inline uint32_t runq_id(const struct runq *queue)
{
	return (uint32_t)(queue - runqs);
}

/* Nanoseconds as virtual time of a thread of this weight. */
static inline int64_t weigh(uint64_t ns, uint32_t weight)
{
	return weight == NICE_0 ? (int64_t)ns : (int64_t)(ns * NICE_0 / weight);
}

/* fair.c: the fair class. All with the queue's lock held. */
void fair_insert(struct runq *queue, struct thread *thread);
void fair_remove(struct runq *queue, struct thread *thread);
int64_t fair_average(const struct runq *queue);
void fair_advance_minimum(struct runq *queue, int64_t average);
void fair_place(struct runq *queue, struct thread *thread);
struct thread *fair_pick(struct runq *queue);

/* runqueue.c: all classes. With the queue's lock held, but for the three that take and give it. */
void runq_insert(struct runq *queue, struct thread *thread, bool at_head);
void runq_remove(struct runq *queue, struct thread *thread);
/* Real-time threads have run for `ns` up to now: their part of the period may be over, or a new one begins. */
void rt_account(struct runq *queue, uint64_t ns, uint64_t now);
struct thread *runq_pick(struct runq *queue); /* the next to run, off its queue; the idle thread when there is none */
struct runq *runq_lock_of(struct thread *thread);
struct runq *runq_lock_this(void);
void runq_unlock(struct runq *queue);
/* The running thread is another, or its weight or level changed: what other processors look at. */
static inline void runq_note_running(struct runq *queue)
{
	queue->running_weight = queue->running->weight;
	queue->running_level = queue->running->level;
}
/* sched.c */
/* Put a READY thread in its place; ask for the dispatcher if it should run before the one that runs. Lock held. */
void runq_enqueue(struct runq *queue, struct thread *thread, bool is_woken);
/* Make a thread READY that is in no queue, and put it where it shall run; of one that was blocked (is_woken) the wake
 * is told. `queue` is locked and is that of its last processor; it is unlocked on return. */
void runq_admit(struct runq *queue, struct thread *thread, bool is_woken);
/* Move a READY thread that is in no queue to a processor that it may use; `queue`, its last, is locked and let go. */
void runq_move(struct runq *queue, struct thread *thread);
/* The queue's processor shall run its dispatcher. Lock held. */
void runq_ask(struct runq *queue);

/* balance.c: several processors. */
/* The best processor of those that the thread may use; the second: for one that was last on `last`. No lock is needed;
 * the answer is a good guess. */
uint32_t balance_place_allowed(const struct thread *thread);
uint32_t balance_place(const struct thread *thread, uint32_t last, bool is_woken);
/* Take a ready thread of a busier processor over to this one, whose queue is not locked. False: there was none. An idle
 * one takes a single ready thread too once balance_spread asked for it. */
bool balance_pull_idle(void);
bool balance_pull_busy(uint64_t now);
/* A real-time thread leaves the processor to one of its level or a higher one, and another processor runs less. Lock
 * held. */
bool balance_pushes_off(const struct runq *queue, const struct thread *thread);
/* Somebody begins to wait here, on this processor: when shall the timer look whether it is to be taken over?
 * TIME_NEVER: nobody idles, or the time is set. */
uint64_t balance_watch(struct runq *queue);
/* From the timer: somebody waits here while a processor that would do idles: wake that one. Lock held. */
void balance_spread(struct runq *queue);
/* This processor is going to idle, or no more. */
void balance_set_idle(bool is_idle);
/* Give the processor away: the current thread's state is set already (READY, BLOCKED, TERMINATED). Lock held on entry,
 * not on return. */
void dispatch(struct runq *queue, bool is_voluntary);

/* sequence.c: one of the two threads of a switch has registered restartable sequences. Lock held. */
void sequence_switch(struct thread *from, struct thread *to, bool is_voluntary);

/* The processor's next timer deadline changed. */
void timer_interrupt(void);
uint64_t timer_next_deadline(void);
void sched_timer_changed(uint64_t deadline_ns);

/* load.c: load averages over 1, 5 and 15 minutes, in 1/2048; update when it is time. No lock is held. */
extern uint64_t sched_load[3];
void load_update(uint64_t now);

struct thread *thread_create_idle(struct cpu *cpu);

#endif
