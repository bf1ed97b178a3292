/* What the files of this floor share among themselves. */
#ifndef NAMU_SCHED_INTERNAL_H
#define NAMU_SCHED_INTERNAL_H

#include "sched/sched.h"

/* Change a thread's state: the only writer. Its run queue's lock is held. */
void thread_set_state(struct thread *thread, enum thread_state state);

/* A processor's ready queues. */
struct runq;
struct runq *runq_lock_of(struct thread *thread);
struct runq *runq_lock_this(void);
void runq_unlock(struct runq *queue);
/* Put a READY thread in its place; ask for the dispatcher if it should run before the current one. Lock held. */
void runq_enqueue(struct runq *queue, struct thread *thread, bool is_woken);
/* Give the processor away: the current thread's state is set already (READY, BLOCKED, TERMINATED). Lock held on entry,
 * not on return. */
void dispatch(struct runq *queue, bool is_voluntary);

/* The processor's next timer deadline changed. */
void timer_interrupt(void);
uint64_t timer_next_deadline(void);
void sched_timer_changed(uint64_t deadline_ns);

struct thread *thread_create_idle(struct cpu *cpu);

#endif
