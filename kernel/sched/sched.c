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
#include "arch/x86_64/fpu.h"
#include "arch/x86_64/muldiv.h"
#include "arch/x86_64/trap.h"
#include "choice/choice.h"
#include "lib/string.h"
#include "mem/kstack.h"
#include "sched/internal.h"
#include "sched/timer.h"
#include "trace/trace.h"

#define SLICE_NS                                                                                                    \
	4000000ul /* quantum of the fair class and of SCHED_RR's tick; also the longest time between two looks at a \
		     busy processor */
#define RR_SLICE_NS 100000000ul
#define LEAST_NS    1000000ul /* what a thread has before a woken one of its class may push it off */
#define RT_LEVELS   100
#define NICE_0      1024

/* Lock key: (l) its lock; (c) only its own processor. */
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
	struct thread *previous;    /* (c) who was switched away from: for sched_finish_switch */
	uint64_t armed_ns;          /* (c) when the timer will fire */
	uint64_t switches;          /* (l) */
	uint64_t idle_ns, busy_ns;  /* (l) */
	uint64_t rt_bitmap[2];      /* (l) */
	struct list rt[RT_LEVELS];  /* (l) */
};

static struct runq queues[CPU_MAX];
static _Atomic uint64_t threads_made;
static uint64_t load_average[3], load_next_ns;

void (*sched_space_hook)(struct vm_space *space);
void (*sched_tick_hook)(struct thread *thread, uint64_t ns, bool was_in_user_mode);
void (*sched_idle_hook)(void);

/* Weights by nice level: a step of one is 25 % (sched(7)); nice 0 is 1024. */
static const uint32_t nice_weights[40] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904,
	3906,  3121,  2501,  1991,  1586,  1277,  1024,  820,   655,   526,   423,  335,  272,  215,
	172,   137,   110,   87,    70,    56,    45,    36,    29,    23,    18,   15,
};

struct runq *runq_lock_of(struct thread *thread)
{
	for (;;) {
		uint32_t cpu = *(volatile uint32_t *)&thread->cpu;
		struct runq *queue = &queues[cpu];
		spin_lock(&queue->lock);
		if (likely(thread->cpu == cpu))
			return queue;
		spin_unlock(&queue->lock);
	}
}

struct runq *runq_lock_this(void)
{
	struct runq *queue = &queues[this_cpu()->id];

	spin_lock(&queue->lock);
	return queue;
}

void runq_unlock(struct runq *queue)
{
	spin_unlock(&queue->lock);
}

static bool deadline_before(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct thread, fair_node)->deadline_ns < rb_entry(b, struct thread, fair_node)->deadline_ns;
}

static int64_t weigh(uint64_t ns, uint32_t weight)
{
	return weight == NICE_0 ? (int64_t)ns : (int64_t)(ns * NICE_0 / weight);
}

/* -- the fair class's tree -- */

static void fair_insert(struct runq *queue, struct thread *thread)
{
	rb_insert(&queue->fair, &thread->fair_node, deadline_before);
	if (!queue->fair_first || deadline_before(&thread->fair_node, queue->fair_first))
		queue->fair_first = &thread->fair_node;
	queue->fair_count++;
	queue->weighted_sum += (int64_t)thread->weight * (thread->vruntime_ns - queue->min_vruntime);
	queue->weight_sum += thread->weight;
}

static void fair_remove(struct runq *queue, struct thread *thread)
{
	if (queue->fair_first == &thread->fair_node)
		queue->fair_first = rb_next(&thread->fair_node);
	rb_remove(&queue->fair, &thread->fair_node);
	queue->fair_count--;
	queue->weighted_sum -= (int64_t)thread->weight * (thread->vruntime_ns - queue->min_vruntime);
	queue->weight_sum -= thread->weight;
}

/* The weighted average of virtual run times over the ready threads and the running one. */
static int64_t fair_average(const struct runq *queue)
{
	int64_t sum = queue->weighted_sum;
	uint64_t weights = queue->weight_sum;
	const struct thread *running = current_thread();

	if (running->class == CLASS_FAIR && running->state == THREAD_RUNNING) {
		sum += (int64_t)running->weight * (running->vruntime_ns - queue->min_vruntime);
		weights += running->weight;
	}
	return weights ? queue->min_vruntime + sum / (int64_t)weights : queue->min_vruntime;
}

static void fair_advance_minimum(struct runq *queue, int64_t average)
{
	int64_t step = average - queue->min_vruntime;

	if (step > 0) {
		queue->weighted_sum -= (int64_t)queue->weight_sum * step;
		queue->min_vruntime = average;
	}
}

/* Where a thread that joins stands: what it was short of or ahead by when it left is kept, within one slice. */
static void fair_place(struct runq *queue, struct thread *thread)
{
	int64_t average = fair_average(queue);
	int64_t slice = weigh(SLICE_NS, thread->weight);

	if (thread->vruntime_ns < average - slice)
		thread->vruntime_ns = average - slice;
	else if (thread->vruntime_ns > average + slice)
		thread->vruntime_ns = average + slice;
	thread->deadline_ns = thread->vruntime_ns + slice;
}

static struct thread *fair_pick(struct runq *queue)
{
	struct thread *hint = queue->last_woken;
	int64_t average = fair_average(queue);

	if (hint && hint->class == CLASS_FAIR && hint->vruntime_ns <= average + (int64_t)LEAST_NS)
		return hint;
	for (struct rb_node *node = queue->fair_first; node; node = rb_next(node)) {
		struct thread *thread = rb_entry(node, struct thread, fair_node);
		if (thread->vruntime_ns <= average)
			return thread;
	}
	return queue->fair_first ? rb_entry(queue->fair_first, struct thread, fair_node) : NULL;
}

/* -- all classes -- */

static void queue_insert(struct runq *queue, struct thread *thread, bool at_head)
{
	if (thread->class == CLASS_RT) {
		struct list *level = &queue->rt[thread->rt_priority];
		if (at_head)
			list_push(level, &thread->rt_link);
		else
			list_append(level, &thread->rt_link);
		queue->rt_bitmap[thread->rt_priority / 64] |= 1ull << (thread->rt_priority % 64);
		queue->rt_count++;
	} else {
		fair_insert(queue, thread);
	}
	thread->is_queued = true;
}

static void queue_remove(struct runq *queue, struct thread *thread)
{
	if (thread->class == CLASS_RT) {
		list_remove(&thread->rt_link);
		if (list_is_empty(&queue->rt[thread->rt_priority]))
			queue->rt_bitmap[thread->rt_priority / 64] &= ~(1ull << (thread->rt_priority % 64));
		queue->rt_count--;
	} else {
		fair_remove(queue, thread);
	}
	if (queue->last_woken == thread)
		queue->last_woken = NULL;
	thread->is_queued = false;
}

static struct thread *rt_pick(const struct runq *queue)
{
	unsigned word = queue->rt_bitmap[1] ? 1 : 0;
	unsigned level = word * 64 + 63 - (unsigned)__builtin_clzll(queue->rt_bitmap[word]);

	return list_first(&queue->rt[level], struct thread, rt_link);
}

/* Any ready thread of the best class, as the seed says. */
static struct thread *seeded_pick(struct runq *queue)
{
	unsigned index = choice_pick(CHOICE_THREAD, queue->fair_count, 0);
	struct rb_node *node = queue->fair_first;

	while (index-- && node)
		node = rb_next(node);
	return node ? rb_entry(node, struct thread, fair_node) : NULL;
}

static struct thread *pick(struct runq *queue)
{
	struct thread *thread = this_cpu()->idle;

	if (unlikely(queue->rt_count)) {
		thread = rt_pick(queue);
	} else if (queue->fair_count) {
		thread = fair_pick(queue);
		if (unlikely(choice_is_seeded))
			thread = queue->fair_count > 1 ? seeded_pick(queue) : thread;
	}
	if (thread->is_queued)
		queue_remove(queue, thread);
	return thread;
}

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
	timer_want(&queues[this_cpu()->id], deadline_ns);
}

void runq_enqueue(struct runq *queue, struct thread *thread, bool is_woken)
{
	struct thread *running = current_thread();
	struct cpu *cpu = this_cpu();

	if (thread->class == CLASS_FAIR)
		fair_place(queue, thread);
	queue_insert(queue, thread, false);
	if (is_woken && running != cpu->idle)
		queue->last_woken = thread;
	if (running == cpu->idle ||
	    (thread->class == CLASS_RT && (running->class != CLASS_RT || thread->rt_priority > running->rt_priority))) {
		cpu->need_resched = true;
	} else if (thread->class == CLASS_FAIR && running->class == CLASS_FAIR) {
		/* The running one's turn is cut to LEAST_NS from its dispatch when somebody else has waited longer. */
		uint64_t used = SLICE_NS - MIN(running->slice_left_ns, SLICE_NS);
		uint64_t wait = used < LEAST_NS ? LEAST_NS - used : 0;
		if (thread->deadline_ns < running->deadline_ns)
			timer_want(queue, running->ran_since_ns + wait);
	}
}

void dispatch(struct runq *queue, bool is_voluntary)
{
	struct cpu *cpu = this_cpu();
	struct thread *from = current_thread();
	uint64_t now = clock_machine_ns();

	account(queue, from, now);
	cpu->need_resched = false;
	fair_advance_minimum(queue, fair_average(queue));
	if (from->state == THREAD_READY && from != cpu->idle)
		queue_insert(queue, from,
			     from->class == CLASS_RT && !is_voluntary && (from->slice_left_ns || from->policy == 1));
	struct thread *to = pick(queue);
	if (to != cpu->idle) {
		if (to->slice_left_ns == 0 || to != from)
			to->slice_left_ns = slice_of(to);
		timer_want(queue, now + MIN(to->slice_left_ns, SLICE_NS));
	}
	if (to != from || to->state != THREAD_RUNNING)
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
	trace(TRACE_SWITCH, (uint64_t)from->tid, (uint64_t)to->tid, is_voluntary, cpu->id);
	queue->previous = from;
	if (to->space && to->space != cpu->active_space)
		sched_space_hook(to->space);
	fpu_switch(&from->context, &to->context);
	context_bases_switch(&from->context, &to->context);
	cpu_set_kernel_stack(to->context.kernel_stack_top);
	cpu->current = to;
	context_switch(&from->context, &to->context);
	sched_finish_switch();
}

/* Not inlined: after the switch the processor may be another, and nothing read before it may be used again. */
__attribute__((noinline)) void sched_finish_switch(void)
{
	struct runq *queue = &queues[this_cpu()->id];
	struct thread *previous = queue->previous;
	bool is_dead = previous->state == THREAD_TERMINATED;

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

static void load_update(uint64_t now)
{
	static const uint64_t decay[3] = {1884, 2014, 2037}; /* 2048 * exp(-5 s / 1, 5, 15 min) */
	struct runq *queue = &queues[0];

	if (now < load_next_ns)
		return;
	load_next_ns = now + 5 * NS_PER_SEC;
	uint64_t active = queue->fair_count + queue->rt_count + (current_thread()->class != CLASS_IDLE);
	for (unsigned i = 0; i < 3; i++)
		load_average[i] = (load_average[i] * decay[i] + active * 2048 * (2048 - decay[i])) / 2048;
}

static void sched_timer(bool was_in_user_mode)
{
	struct cpu *cpu = this_cpu();
	struct thread *running = current_thread();
	struct runq *queue = &queues[cpu->id];

	queue->armed_ns = TIME_NEVER;
	timer_interrupt();
	spin_lock(&queue->lock);
	/* Whom the time has woken was not woken by the running thread: no hand-over, they run in the order of their
	 * times. */
	queue->last_woken = NULL;
	uint64_t now = clock_machine_ns();
	uint64_t ns = account(queue, running, now);
	if (running != cpu->idle) {
		if (was_in_user_mode)
			running->user_samples++;
		else
			running->kernel_samples++;
		uint64_t used = SLICE_NS - MIN(running->slice_left_ns, SLICE_NS);
		struct thread *first = queue->fair_first ? rb_entry(queue->fair_first, struct thread, fair_node) : NULL;
		bool other_waits = queue->fair_count || queue->rt_count;
		bool slice_over = running->slice_left_ns == 0 && running->policy != 1 /* SCHED_FIFO */;
		bool due = first && running->class == CLASS_FAIR && used >= LEAST_NS &&
			   first->deadline_ns < running->deadline_ns;
		if (slice_over && !other_waits)
			running->slice_left_ns = slice_of(running);
		else if ((slice_over && other_waits) || due)
			cpu->need_resched = true;
		timer_want(queue, now + MIN(MAX(running->slice_left_ns, LEAST_NS), SLICE_NS));
	}
	load_update(now);
	spin_unlock(&queue->lock);
	timer_want(queue, timer_next_deadline());
	if (running != cpu->idle && sched_tick_hook)
		sched_tick_hook(running, ns, was_in_user_mode);
}

static uint32_t current_tid(void)
{
	return (uint32_t)current_thread()->tid;
}

void sched_init(void)
{
	for (unsigned i = 0; i < CPU_MAX; i++) {
		struct runq *queue = &queues[i];
		spin_init(&queue->lock, "run queue", LOCK_SCHED);
		for (unsigned level = 0; level < RT_LEVELS; level++)
			list_init(&queue->rt[level]);
		queue->armed_ns = TIME_NEVER;
	}
	struct cpu *cpu = this_cpu();
	cpu->idle = thread_create_idle(cpu);
	cpu->current = cpu->idle;
	cpu_set_kernel_stack(cpu->idle->context.kernel_stack_top);
	trace_current_tid = current_tid;
	trap_handlers.timer = sched_timer;
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
		if (sched_idle_hook)
			sched_idle_hook();
		if (!cpu->need_resched)
			cpu_idle_wait();
	}
}

/* -- policy -- */

static void class_of_policy(struct thread *thread, unsigned policy, unsigned rt_priority)
{
	thread->policy = (uint8_t)policy;
	thread->rt_priority = (uint8_t)rt_priority;
	thread->class = policy == 1 || policy == 2 ? CLASS_RT : CLASS_FAIR;
	thread->weight = policy == 5 ? 3 : nice_weights[thread->nice + 20];
}

void sched_set_policy(struct thread *thread, unsigned policy, unsigned rt_priority, bool reset_on_fork)
{
	struct runq *queue = runq_lock_of(thread);
	bool was_queued = thread->is_queued;

	if (was_queued)
		queue_remove(queue, thread);
	thread->reset_on_fork = reset_on_fork;
	class_of_policy(thread, policy, rt_priority);
	if (was_queued)
		runq_enqueue(queue, thread, false);
	else if (thread == current_thread())
		this_cpu()->need_resched = true;
	runq_unlock(queue);
}

void sched_set_nice(struct thread *thread, int nice)
{
	struct runq *queue = runq_lock_of(thread);
	bool was_queued = thread->is_queued;

	if (was_queued)
		queue_remove(queue, thread);
	thread->nice = (int8_t)nice;
	if (thread->class == CLASS_FAIR && thread->policy != 5)
		thread->weight = nice_weights[nice + 20];
	if (was_queued)
		runq_enqueue(queue, thread, false);
	runq_unlock(queue);
}

void sched_set_affinity(struct thread *thread, uint64_t mask)
{
	struct runq *queue = runq_lock_of(thread);

	thread->affinity = mask;
	runq_unlock(queue);
}

void sched_fork(struct thread *child, const struct thread *parent)
{
	bool reset = parent->reset_on_fork;

	child->nice = reset && parent->nice < 0 ? 0 : parent->nice;
	child->affinity = parent->affinity;
	child->reset_on_fork = false;
	child->vruntime_ns = parent->vruntime_ns;
	if (reset && parent->class == CLASS_RT)
		class_of_policy(child, 0, 0);
	else
		class_of_policy(child, parent->policy, parent->rt_priority);
	atomic_fetch_add_explicit(&threads_made, 1, memory_order_relaxed);
}

uint64_t sched_quantum_ns(const struct thread *thread)
{
	if (thread->policy == 1)
		return 0;
	return thread->class == CLASS_RT ? RR_SLICE_NS : SLICE_NS;
}

void sched_times(struct thread *thread, uint64_t *user_ns, uint64_t *kernel_ns)
{
	uint64_t total = thread->ran_ns;
	uint64_t samples = thread->user_samples + thread->kernel_samples;

	if (thread->state == THREAD_RUNNING)
		total += clock_machine_ns() - thread->ran_since_ns;
	/* The total is exact; its parts are as the samples say. A thread that no sample has seen counts as in user
	 * mode. */
	*kernel_ns = samples ? mul_div_u64(total, thread->kernel_samples, samples) : 0;
	*user_ns = total - *kernel_ns;
}

void sched_stats_read(struct sched_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	for (uint32_t i = 0; i < cpu_count; i++) {
		struct runq *queue = &queues[i];
		spin_lock(&queue->lock);
		stats->switches += queue->switches;
		stats->ready += queue->fair_count + queue->rt_count;
		stats->idle_ns += queue->idle_ns;
		stats->user_ns += queue->busy_ns;
		spin_unlock(&queue->lock);
	}
	stats->ready += current_thread()->class != CLASS_IDLE;
	stats->threads_made = atomic_load_explicit(&threads_made, memory_order_relaxed);
	memcpy(stats->load, load_average, sizeof(stats->load));
}
