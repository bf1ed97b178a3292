/*
 * Ready queues and the dispatcher.
 *
 * Fair class: each thread has a virtual run time (time it had, divided by its weight) and a virtual deadline (run time
 * + one slice). Of those who have had no more than the average, the one with the earliest deadline runs (EEVDF). A
 * woken thread does not push the running one off before that has had LEAST_NS: many messages cost one switch. If the
 * running one then blocks, the thread it woke last runs next, while its data is warm.
 *
 * Lock: one a processor (rank LOCK_SCHED). It is held across the switch and let go on the other side, by
 * sched_finish_switch.
 */
#include "sched/sched.h"
#include "arch/x86_64/clock.h"
#include "arch/x86_64/apic.h"
#include "arch/x86_64/debug.h"
#include "arch/x86_64/fpu.h"
#include "arch/x86_64/smp.h"
#include "arch/x86_64/trap.h"
#include "choice/choice.h"
#include "mem/kstack.h"
#include "mem/slab.h"
#include "sched/internal.h"
#include "sched/timer.h"
#include "sched/waitq.h"
#include "trace/trace.h"

void (*sched_space_hook)(struct vm_space *space);
void (*sched_tick_hook)(struct thread *thread, uint64_t ns, bool was_in_user_mode);
void (*sched_idle_hook)(void);

/* Charge the running thread for the time since it was last looked at. */
static uint64_t account(struct runq *queue, struct thread *running, uint64_t now)
{
	uint64_t ns = now - running->ran_since_ns;

	running->ran_since_ns = now;
	running->ran_ns += ns;
	if (running->class == CLASS_IDLE) {
		queue->idle_ns += ns;
		return ns;
	}
	queue->busy_ns += ns;
	running->slice_left_ns = running->slice_left_ns > ns ? running->slice_left_ns - ns : 0;
	if (running->class == CLASS_FAIR) {
		running->vruntime_ns += weigh(ns, running->weight);
		if (running->vruntime_ns >= running->deadline_ns)
			running->deadline_ns = running->vruntime_ns + weigh(SLICE_NS, running->weight);
	} else {
		running->rt_run_ns += ns;
		rt_account(queue, ns, now);
	}
	return ns;
}

static uint64_t slice_of(const struct thread *thread)
{
	return choice_quantum_ns(thread->class == CLASS_RT ? RR_SLICE_NS : SLICE_NS);
}

/* Arm the timer for whatever comes first: an expiry, the end of the slice, the next look. Only ever moved earlier here.
 */
static void timer_want(struct runq *queue, uint64_t when)
{
	if (when < queue->armed_ns) {
		queue->armed_ns = when;
		clock_arm(when);
	}
}

void sched_timer_changed(uint64_t deadline_ns)
{
	timer_want(&runqs[this_cpu()->id], deadline_ns);
}

void runq_ask(struct runq *queue)
{
	struct cpu *cpu = &cpus[runq_id(queue)];

	if (atomic_exchange(&cpu->need_resched, true) || cpu == this_cpu())
		return;
	apic_send(cpu->apic_id, TRAP_RESCHEDULE);
}

void runq_enqueue(struct runq *queue, struct thread *thread, bool is_woken)
{
	struct thread *running = queue->running;
	bool is_here = queue == &runqs[this_cpu()->id];

	if (thread->class == CLASS_FAIR)
		fair_place(queue, thread);
	else if (is_woken)
		thread->rt_run_ns = 0;
	runq_insert(queue, thread, false);
	if (is_woken && is_here && running->class != CLASS_IDLE)
		queue->last_woken = thread;
	/* A single one that was woken most likely runs next, in a moment. */
	if (cpu_count > 1 && is_here && running->class != CLASS_IDLE &&
	    (!is_woken || queue->fair_count + queue->rt_count > 1))
		timer_want(queue, balance_watch(queue));
	if (running->class == CLASS_IDLE ||
	    (thread->class == CLASS_RT && (running->class != CLASS_RT || thread->level > running->level))) {
		runq_ask(queue);
	} else if (thread->class == CLASS_FAIR && running->class == CLASS_FAIR) {
		/* The running one's turn is cut to LEAST_NS from its dispatch when somebody else has waited longer. */
		uint64_t used = SLICE_NS - MIN(running->slice_left_ns, SLICE_NS);
		uint64_t wait = used < LEAST_NS ? LEAST_NS - used : 0;
		if (thread->deadline_ns >= running->deadline_ns)
			return;
		if (is_here)
			timer_want(queue, running->ran_since_ns + wait);
		else if (!wait)
			runq_ask(queue);
	}
}

/* Put a READY thread that is in no queue into that of `place`; `queue`, its last, is locked and let go. Between the two
 * locks it is READY and in no queue: whoever looks leaves it alone. */
static void enqueue_at(struct runq *queue, struct thread *thread, uint32_t place, bool is_woken)
{
	while (place != runq_id(queue)) {
		thread->vruntime_ns += runqs[place].min_vruntime - queue->min_vruntime;
		thread->cpu = place;
		thread->migrations++;
		spin_unlock(&queue->lock);
		queue = &runqs[place];
		spin_lock(&queue->lock);
		/* Meanwhile it may have been forbidden to run there. */
		if (unlikely(!(thread->affinity >> place & 1)))
			place = balance_place_allowed(thread);
	}
	runq_enqueue(queue, thread, is_woken);
	spin_unlock(&queue->lock);
}

void runq_admit(struct runq *queue, struct thread *thread, bool is_woken)
{
	/* That it is ready is part of the wake. */
	if (is_woken) {
		trace_wake(thread->tid, thread->waiting.kind, thread->waiting.object);
		thread_move_to(thread, THREAD_READY);
	} else {
		thread_set_state(thread, THREAD_READY);
	}
	enqueue_at(queue, thread, cpu_count > 1 ? balance_place(thread, runq_id(queue), is_woken) : 0, is_woken);
}

void runq_move(struct runq *queue, struct thread *thread)
{
	enqueue_at(queue, thread, balance_place_allowed(thread), false);
}

void dispatch(struct runq *queue, bool is_voluntary)
{
	struct cpu *cpu = this_cpu();
	struct thread *from = current_thread();
	uint64_t now = clock_machine_ns();

	account(queue, from, now);
	cpu->need_resched = false;
	fair_advance_minimum(queue, fair_average(queue));
	if (from->state == THREAD_READY && from != cpu->idle) {
		if (cpu_count > 1 && !is_voluntary)
			timer_want(queue, balance_watch(queue));
		if (unlikely(!(from->affinity >> cpu->id & 1)) ||
		    (unlikely(queue->rt_count && from->class == CLASS_RT) && balance_pushes_off(queue, from)))
			queue->leaving = from;
		else
			runq_insert(queue, from,
				    from->class == CLASS_RT && !is_voluntary &&
					    (from->slice_left_ns || from->policy != POLICY_RR));
	}
	if (unlikely(queue->rt_is_over))
		rt_account(queue, 0, now);
	struct thread *to = runq_pick(queue);
	queue->running = to;
	runq_note_running(queue);
	if (to != cpu->idle) {
		/* The rest of a real-time quantum outlasts a pre-emption. */
		if (to->slice_left_ns == 0 || (to != from && to->class == CLASS_FAIR))
			to->slice_left_ns = slice_of(to);
		timer_want(queue, now + MIN(to->slice_left_ns, SLICE_NS));
	}
	/* That it runs is part of the switch. */
	if (to != from)
		thread_move_to(to, THREAD_RUNNING);
	else if (to->state != THREAD_RUNNING)
		thread_set_state(to, THREAD_RUNNING);
	to->ran_since_ns = now;
	if (to == from) {
		spin_unlock(&queue->lock);
		return;
	}
	if (is_voluntary)
		from->voluntary_switches++;
	else
		from->involuntary_switches++;
	queue->switches++;
	trace_switch(to->tid, is_voluntary);
	queue->previous = from;
	if (unlikely(from->uses_rseq | to->uses_rseq))
		sequence_switch(from, to, is_voluntary);
	if (to->space && to->space != cpu->active_space)
		sched_space_hook(to->space);
	fpu_switch(&from->context, &to->context);
	context_bases_switch(&from->context, &to->context);
	if (unlikely(debug_is_used))
		debug_switch(&to->context);
	cpu_set_kernel_stack(to->context.kernel_stack_top);
	cpu->current = to;
	context_switch(&from->context, &to->context);
	sched_finish_switch();
}

/* Not inlined: after the switch the processor may be another, and nothing read before it may be used again. */
__attribute__((noinline)) void sched_finish_switch(void)
{
	struct runq *queue = &runqs[this_cpu()->id];
	struct thread *previous = queue->previous;
	bool is_dead = previous->state == THREAD_TERMINATED;

	if (unlikely(queue->leaving)) {
		queue->leaving = NULL;
		runq_move(queue, previous);
		return;
	}
	spin_unlock(&queue->lock);
	if (unlikely(is_dead)) {
		kstack_free(previous->kstack);
		previous->kstack = 0;
		thread_put(previous);
	}
}

void sched_yield(void)
{
	struct runq *queue = runq_lock_this();
	struct thread *thread = current_thread();

	if (thread->class == CLASS_FAIR) {
		account(queue, thread, clock_machine_ns());
		/* Behind everybody who is ready: as if the slice had been used. */
		if (queue->fair_count) {
			struct thread *last = rb_entry(rb_last(&queue->fair), struct thread, fair_node);
			thread->deadline_ns = MAX(thread->deadline_ns, last->deadline_ns + 1);
			thread->vruntime_ns = MAX(thread->vruntime_ns, fair_average(queue) + 1);
		}
	}
	thread->slice_left_ns = 0;
	thread_set_state(thread, THREAD_READY);
	dispatch(queue, true);
}

void sched_preempt(void)
{
	struct runq *queue = runq_lock_this();

	thread_set_state(current_thread(), THREAD_READY);
	dispatch(queue, false);
}

void preempt_point(void)
{
	KERNEL_ASSERT(this_cpu()->spin_depth == 0);
	cpu_take_interrupts();
	if (unlikely(this_cpu()->need_resched) && current_thread() != this_cpu()->idle)
		sched_preempt();
}

/* -- the timer interrupt: it only looks, charges and asks -- */

/* Real-time threads have used up their part of the period: others run now, until it ends. */
static void rt_timer(struct runq *queue, const struct thread *running, uint64_t now)
{
	rt_account(queue, 0, now);
	if (queue->rt_is_over ? running->class == CLASS_RT && queue->fair_count
			      : running->class == CLASS_FAIR && queue->rt_count)
		this_cpu()->need_resched = true;
}

static void sched_timer(bool was_in_user_mode)
{
	struct cpu *cpu = this_cpu();
	struct thread *running = current_thread();
	struct runq *queue = &runqs[cpu->id];

	queue->armed_ns = TIME_NEVER;
	queue->look_ns = 0;
	timer_interrupt();
	spin_lock(&queue->lock);
	/* Whom the time has woken was not woken by the running thread: no hand-over, they run in the order of their
	 * times. */
	queue->last_woken = NULL;
	uint64_t now = clock_machine_ns();
	uint64_t ns = account(queue, running, now);
	if (running != cpu->idle) {
		if (was_in_user_mode) {
			running->user_samples++;
			queue->user_samples++;
		} else {
			running->kernel_samples++;
			queue->kernel_samples++;
		}
		uint64_t used = SLICE_NS - MIN(running->slice_left_ns, SLICE_NS);
		struct thread *first = queue->fair_first ? rb_entry(queue->fair_first, struct thread, fair_node) : NULL;
		bool other_waits = queue->fair_count || queue->rt_count;
		bool slice_over =
			running->slice_left_ns == 0 && (running->class == CLASS_FAIR || running->policy == POLICY_RR);
		bool due = first && running->class == CLASS_FAIR && used >= LEAST_NS &&
			   first->deadline_ns < running->deadline_ns;
		if (slice_over && !other_waits)
			running->slice_left_ns = slice_of(running);
		else if ((slice_over && other_waits) || due)
			cpu->need_resched = true;
		if (unlikely(queue->rt_is_over))
			rt_timer(queue, running, now);
		timer_want(queue, now + MIN(MAX(running->slice_left_ns, LEAST_NS), SLICE_NS));
		if (other_waits && cpu_count > 1)
			balance_spread(queue);
	}
	spin_unlock(&queue->lock);
	load_update(now);
	if (cpu_count > 1 && running != cpu->idle && balance_pull_busy(now))
		cpu->need_resched = true;
	timer_want(queue, timer_next_deadline());
	if (running != cpu->idle && sched_tick_hook)
		sched_tick_hook(running, ns, was_in_user_mode);
}

void sched_init(void)
{
	for (unsigned i = 0; i < CPU_MAX; i++) {
		struct runq *queue = &runqs[i];
		spin_init(&queue->lock, "run queue", LOCK_SCHED);
		for (unsigned level = 0; level < RT_LEVELS; level++)
			list_init(&queue->rt[level]);
		queue->armed_ns = TIME_NEVER;
	}
	struct cpu *cpu = this_cpu();
	cpu->idle = thread_create_idle(cpu);
	if (!cpu->idle)
		panic("no memory for the idle thread");
	cpu->current = cpu->idle;
	runqs[0].running = cpu->idle;
	cpu_set_kernel_stack(cpu->idle->context.kernel_stack_top);
	trace_tid_offset = offsetof(struct thread, tid);
	trap_handlers.timer = sched_timer;
}

/* A processor that idles keeps no address space: nobody has to ask it to forget translations. */
static void idle_enter(struct cpu *cpu)
{
	if (cpu->active_space)
		sched_space_hook(NULL);
	balance_set_idle(true);
}

_Noreturn void sched_run(void)
{
	struct cpu *cpu = this_cpu();

	for (;;) {
		struct runq *queue = runq_lock_this();
		if (queue->fair_count || queue->rt_count) {
			thread_set_state(cpu->idle, THREAD_READY);
			dispatch(queue, true);
			continue;
		}
		cpu->need_resched = false;
		runq_unlock(queue);
		if (cpu_count > 1 && balance_pull_idle())
			continue;
		if (cpu->id == 0 && sched_idle_hook)
			sched_idle_hook();
		if (unlikely(thread_has_work(cpu->idle, WORK_ASYNC)))
			sched_async_hook();
		if (cpu_count > 1)
			idle_enter(cpu);
		if (!cpu->need_resched)
			cpu_idle_wait();
		if (cpu_count > 1)
			balance_set_idle(false);
	}
}

/* What a further processor starts with: its idle thread, and stacks for the vectors that have their own. */
static uint64_t prepare_processor(struct cpu *cpu)
{
	void *stacks = kmalloc(CPU_IST_BYTES);

	if (!stacks)
		return 0;
	cpu->idle = thread_create_idle(cpu);
	if (!cpu->idle) {
		kfree(stacks);
		return 0;
	}
	cpu_set_ist(cpu->id, stacks);
	cpu->current = cpu->idle;
	runqs[cpu->id].running = cpu->idle;
	return cpu->idle->context.kernel_stack_top;
}

void sched_start_processors(uint32_t wanted)
{
	if (wanted > 1)
		smp_start(wanted, prepare_processor, sched_run);
}
