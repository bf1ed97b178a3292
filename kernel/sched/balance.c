/*
 * Several processors: where a thread goes on, and who takes over whose threads.
 *
 * A woken thread stays with its waker when nobody else waits there: the two most likely talk to each other, and waking
 * a sleeping processor costs more than a switch. When somebody has waited for LEAST_NS behind a running thread while
 * another processor idles, the timer wakes that one to take it over; a processor that runs out of threads takes over
 * where two or more wait. Busy ones take over where two more wait, and now and then where the weights say so: thus
 * shares follow the weights on several processors too, and three threads take turns on two processors.
 *
 * Real-time threads go where the least runs, so that the highest levels have the processors; who is pushed off goes on
 * elsewhere if a lower level runs there, and a processor that comes to run less takes over who waits.
 */
#include "arch/x86_64/apic.h"
#include "arch/x86_64/clock.h"
#include "arch/x86_64/trapframe.h"
#include "sched/internal.h"

#define WEIGH_NS   50000000ul /* between two looks at the weights */
#define WEIGH_MOST 32         /* threads that one such look goes through */
/* What a running real-time thread counts, as it leaves next to nothing to others: in weight, and in threads. */
#define RT_WEIGHT 1000000u
#define RT_COUNT  64u

static _Atomic uint64_t idle_mask;   /* processors that idle, a bit each */
static _Atomic uint64_t spread_mask; /* processors where somebody has waited long enough to be taken over alone */

/* What a processor looks for in another's queue. */
enum pull {
	PULL_ANY,   /* who would have to wait longest */
	PULL_RT,    /* a real-time thread that goes before what runs here */
	PULL_WEIGHT /* who brings the weights of the two nearer to each other */
};

static bool may_use(const struct thread *thread, uint32_t cpu)
{
	return thread->affinity >> cpu & 1;
}

static uint64_t online_mask(void)
{
	return (1ull << cpu_count) - 1;
}

/* These look at a queue without its lock: a good guess is enough. */
static uint32_t waiting(const struct runq *queue)
{
	return *(const volatile uint32_t *)&queue->fair_count + *(const volatile uint32_t *)&queue->rt_count;
}

static uint32_t running_level(const struct runq *queue)
{
	return *(const volatile uint32_t *)&queue->running_level;
}

static uint64_t load_of(const struct runq *queue)
{
	uint64_t weights = *(const volatile uint64_t *)&queue->weight_sum;

	return weights + (running_level(queue) ? RT_WEIGHT : *(const volatile uint32_t *)&queue->running_weight);
}

/* The highest real-time level that waits; 0: none. */
static uint32_t waiting_level(const struct runq *queue)
{
	const volatile uint64_t *levels = queue->rt_bitmap;
	uint64_t high = levels[1], low = levels[0];

	if (high)
		return 127 - (uint32_t)__builtin_clzll(high);
	return low ? 63 - (uint32_t)__builtin_clzll(low) : 0;
}

/* How much a real-time thread would push off: 0 nothing, 1 the fair class, above that a level. */
static uint32_t rank_of(const struct runq *queue)
{
	uint32_t level = MAX(running_level(queue), waiting_level(queue));

	if (level)
		return level + 1;
	return *(const volatile uint32_t *)&queue->running_weight || waiting(queue);
}

static uint64_t idle_for(const struct thread *thread)
{
	return atomic_load_explicit(&idle_mask, memory_order_relaxed) & thread->affinity & online_mask();
}

/* The allowed processor with the fewest ready threads. */
static uint32_t least_busy(const struct thread *thread, uint32_t start)
{
	uint32_t best = start, fewest = UINT32_MAX;

	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		uint32_t count = waiting(&runqs[cpu]) + (running_level(&runqs[cpu]) ? RT_COUNT : 0);
		if (may_use(thread, cpu) && (count < fewest || (count == fewest && cpu == start))) {
			fewest = count;
			best = cpu;
		}
	}
	return best;
}

/* The allowed processor that runs the least; of equals its last, then this one. */
static uint32_t place_rt(const struct thread *thread, uint32_t last)
{
	uint32_t here = this_cpu()->id, best = last, least = UINT32_MAX;

	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		uint32_t cost = rank_of(&runqs[cpu]) * 4 + (cpu != last) * 2 + (cpu != here);
		if (may_use(thread, cpu) && cost < least) {
			least = cost;
			best = cpu;
		}
	}
	return best;
}

uint32_t balance_place(const struct thread *thread, uint32_t last, bool is_woken)
{
	uint32_t here = this_cpu()->id;
	uint64_t idle = idle_for(thread);
	bool is_here_idle = current_thread()->class == CLASS_IDLE;

	if (unlikely(thread->class == CLASS_RT))
		return place_rt(thread, last);
	if (idle >> last & 1 && (is_here_idle || !may_use(thread, here)))
		return last;
	/* Under the emulator waking a processor takes as long as many switches: it is done when somebody has waited. */
	if (may_use(thread, here) && (is_here_idle || !waiting(&runqs[here]) || cpu_features.is_hypervisor_tcg))
		return here;
	if (idle)
		return (uint32_t)__builtin_ctzll(idle);
	return least_busy(thread, may_use(thread, last) ? last : here);
}

uint32_t balance_place_allowed(const struct thread *thread)
{
	uint64_t idle = idle_for(thread);
	uint32_t first = (uint32_t)__builtin_ctzll(thread->affinity & online_mask());

	if (unlikely(thread->class == CLASS_RT))
		return place_rt(thread, thread->cpu);
	return idle ? (uint32_t)__builtin_ctzll(idle) : least_busy(thread, first);
}

bool balance_pushes_off(const struct runq *queue, const struct thread *thread)
{
	uint32_t place;

	if (cpu_count == 1 || waiting_level(queue) < thread->level)
		return false;
	place = place_rt(thread, runq_id(queue));
	return place != runq_id(queue) && rank_of(&runqs[place]) <= thread->level;
}

void balance_set_idle(bool is_idle)
{
	uint64_t bit = 1ull << this_cpu()->id;

	if (is_idle)
		atomic_fetch_or(&idle_mask, bit);
	else
		atomic_fetch_and(&idle_mask, ~bit);
}

/* Who waits in `from`, may use one of the processors in `mask` and would have to wait longest. Its lock is held. */
static struct thread *choose_any(const struct runq *from, uint64_t mask)
{
	for (unsigned word = 2; word-- && from->rt_count;) {
		for (uint64_t levels = from->rt_bitmap[word]; levels;) {
			unsigned level = 63 - (unsigned)__builtin_clzll(levels);
			struct thread *thread;
			list_for_each (thread, &from->rt[word * 64 + level], rt_link) {
				if (thread->affinity & mask)
					return thread;
			}
			levels &= ~(1ull << level);
		}
	}
	struct thread *best = NULL;
	for (struct rb_node *node = from->fair_first; node; node = rb_next(node)) {
		struct thread *thread = rb_entry(node, struct thread, fair_node);
		if ((thread->affinity & mask) && (thread != from->last_woken || !best))
			best = thread;
	}
	return best;
}

/*
 * Whoever brings the weights nearest to each other, of those who do not turn the difference round. One who leaves it as
 * large goes too: so an odd one out takes turns. Both locks are held.
 */
static struct thread *choose_weight(const struct runq *from, const struct runq *mine)
{
	uint64_t theirs = load_of(from), ours = load_of(mine), least = UINT64_MAX;
	struct thread *best = NULL;
	unsigned seen = 0;

	for (struct rb_node *node = from->fair_first; node && theirs > ours && seen < WEIGH_MOST;
	     node = rb_next(node)) {
		struct thread *thread = rb_entry(node, struct thread, fair_node);
		uint64_t more = theirs - ours, twice = 2ul * thread->weight;
		uint64_t rest = more > twice ? more - twice : twice - more;
		/* The one that was woken by whoever runs there is about to follow it. */
		if (may_use(thread, runq_id(mine)) && thread != from->last_woken && thread->weight <= more &&
		    rest <= least) {
			least = rest;
			best = thread;
		}
		seen++;
	}
	return best;
}

static struct thread *choose(const struct runq *from, const struct runq *mine, enum pull pull)
{
	if (pull == PULL_WEIGHT)
		return choose_weight(from, mine);
	struct thread *thread = choose_any(from, 1ull << runq_id(mine));
	if (pull == PULL_RT && thread && thread->level <= mine->running_level)
		return NULL;
	return thread;
}

uint64_t balance_watch(struct runq *queue)
{
	if (queue->look_ns || !atomic_load_explicit(&idle_mask, memory_order_relaxed))
		return TIME_NEVER;
	queue->look_ns = clock_machine_ns() + LEAST_NS;
	return queue->look_ns;
}

void balance_spread(struct runq *queue)
{
	uint64_t idle = atomic_load_explicit(&idle_mask, memory_order_relaxed) & online_mask();

	if (!idle)
		return;
	const struct thread *thread = choose_any(queue, idle);
	if (!thread)
		return;
	atomic_fetch_or(&spread_mask, 1ull << runq_id(queue));
	struct cpu *cpu = &cpus[__builtin_ctzll(idle & thread->affinity)];
	if (!atomic_exchange(&cpu->need_resched, true))
		apic_send(cpu->apic_id, TRAP_RESCHEDULE);
}

static bool take_over(struct runq *mine, struct runq *from, enum pull pull)
{
	struct runq *first = mine < from ? mine : from;
	struct runq *second = mine < from ? from : mine;

	spin_lock(&first->lock);
	spin_lock_second(&second->lock);
	struct thread *thread = choose(from, mine, pull);
	if (thread) {
		runq_remove(from, thread);
		thread->vruntime_ns += mine->min_vruntime - from->min_vruntime;
		thread->cpu = runq_id(mine);
		thread->migrations++;
		runq_enqueue(mine, thread, false);
	}
	spin_unlock(&second->lock);
	spin_unlock(&first->lock);
	return thread != NULL;
}

/* A thread that waits behind real-time threads elsewhere and goes before what runs here. */
static bool pull_rt(uint32_t here)
{
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		uint32_t level = waiting_level(&runqs[cpu]);
		/* Who goes before what runs there is about to run. */
		if (unlikely(level) && cpu != here && level > runqs[here].running_level &&
		    level <= running_level(&runqs[cpu]) && take_over(&runqs[here], &runqs[cpu], PULL_RT))
			return true;
	}
	return false;
}

/* From whoever has most waiting, if that is more than `least` and weighs more than `load`; who has none that may come
 * is passed by. */
static bool pull_any(uint32_t here, uint32_t least, uint64_t load)
{
	uint64_t tried = 1ull << here;

	for (;;) {
		uint32_t best = here, most = least;
		for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
			uint32_t count = waiting(&runqs[cpu]);
			if (count > most && !(tried >> cpu & 1) && load_of(&runqs[cpu]) > load) {
				most = count;
				best = cpu;
			}
		}
		if (best == here)
			return false;
		if (take_over(&runqs[here], &runqs[best], PULL_ANY))
			return true;
		tried |= 1ull << best;
	}
}

static bool pull_weight(uint32_t here, uint64_t now)
{
	struct runq *mine = &runqs[here];
	uint32_t best = here;
	uint64_t most = load_of(mine);

	if (now < mine->weigh_next_ns)
		return false;
	mine->weigh_next_ns = now + WEIGH_NS;
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		uint64_t load = load_of(&runqs[cpu]);
		if (cpu != here && load > most && runqs[cpu].fair_count) {
			most = load;
			best = cpu;
		}
	}
	return best != here && take_over(mine, &runqs[best], PULL_WEIGHT);
}

bool balance_pull_busy(uint64_t now)
{
	uint32_t here = this_cpu()->id;
	struct runq *mine = &runqs[here];

	if (pull_rt(here))
		return true;
	/* Nobody but a real-time thread would get anything here beside one. */
	if (mine->running_level)
		return false;
	return pull_any(here, waiting(mine) + 1, load_of(mine)) || pull_weight(here, now);
}

bool balance_pull_idle(void)
{
	uint32_t here = this_cpu()->id;

	if (pull_rt(here) || pull_any(here, 1, 0))
		return true;
	uint64_t asked = atomic_exchange(&spread_mask, 0) & ~(1ull << here);
	bool is_taken = false;
	for (; asked && !is_taken; asked &= asked - 1)
		is_taken = take_over(&runqs[here], &runqs[__builtin_ctzll(asked)], PULL_ANY);
	if (asked)
		atomic_fetch_or(&spread_mask, asked);
	return is_taken;
}
