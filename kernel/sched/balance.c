/*
 * Several processors: where a thread goes on, who takes over whose threads, the load averages.
 *
 * A woken thread stays with its waker when nobody else waits there: the two most likely talk to each other, and waking
 * a sleeping processor costs more than a switch. When somebody has waited for LEAST_NS behind a running thread while
 * another processor idles, the timer wakes that one to take it over; a processor that runs out of threads takes over
 * where two or more wait.
 */
#include "arch/x86_64/apic.h"
#include "arch/x86_64/clock.h"
#include "arch/x86_64/trapframe.h"
#include "sched/internal.h"

uint64_t sched_load[3];

static _Atomic uint64_t idle_mask;   /* processors that idle, a bit each */
static _Atomic uint64_t spread_mask; /* processors where somebody has waited long enough to be taken over alone */
static _Atomic uint64_t load_next_ns;

static bool may_use(const struct thread *thread, uint32_t cpu)
{
	return thread->affinity >> cpu & 1;
}

static uint32_t waiting(const struct runq *queue)
{
	return *(const volatile uint32_t *)&queue->fair_count + *(const volatile uint32_t *)&queue->rt_count;
}

static uint64_t idle_for(const struct thread *thread)
{
	return atomic_load_explicit(&idle_mask, memory_order_relaxed) & thread->affinity & ((1ull << cpu_count) - 1);
}

/* The allowed processor with the fewest ready threads. */
static uint32_t least_busy(const struct thread *thread, uint32_t start)
{
	uint32_t best = start, fewest = UINT32_MAX;

	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		uint32_t count = waiting(&runqs[cpu]);
		if (may_use(thread, cpu) && (count < fewest || (count == fewest && cpu == start))) {
			fewest = count;
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

	if (idle >> last & 1)
		return !is_here_idle && is_woken && may_use(thread, here) && !waiting(&runqs[here]) ? here : last;
	if (may_use(thread, here) && (is_here_idle || !waiting(&runqs[here])))
		return here;
	if (idle)
		return (uint32_t)__builtin_ctzll(idle);
	return least_busy(thread, may_use(thread, last) ? last : here);
}

uint32_t balance_place_allowed(const struct thread *thread)
{
	uint64_t idle = idle_for(thread);
	uint32_t first = (uint32_t)__builtin_ctzll(thread->affinity & ((1ull << cpu_count) - 1));

	return idle ? (uint32_t)__builtin_ctzll(idle) : least_busy(thread, first);
}

void balance_set_idle(bool is_idle)
{
	uint64_t bit = 1ull << this_cpu()->id;

	if (is_idle)
		atomic_fetch_or(&idle_mask, bit);
	else
		atomic_fetch_and(&idle_mask, ~bit);
}

void balance_spread(struct runq *queue)
{
	uint64_t idle = atomic_load_explicit(&idle_mask, memory_order_relaxed) & ((1ull << cpu_count) - 1);

	if (!idle)
		return;
	atomic_fetch_or(&spread_mask, 1ull << runq_id(queue));
	struct cpu *cpu = &cpus[__builtin_ctzll(idle)];
	if (!atomic_exchange(&cpu->need_resched, true))
		apic_send(cpu->apic_id, TRAP_RESCHEDULE);
}

/* Both locks are held. A thread of `from` that may run on this processor: who would have to wait longest. */
static struct thread *choose(struct runq *from, uint32_t here)
{
	for (unsigned word = 2; word-- && from->rt_count;) {
		for (uint64_t levels = from->rt_bitmap[word]; levels;) {
			unsigned level = 63 - (unsigned)__builtin_clzll(levels);
			struct thread *thread;
			list_for_each (thread, &from->rt[word * 64 + level], rt_link) {
				if (may_use(thread, here))
					return thread;
			}
			levels &= ~(1ull << level);
		}
	}
	struct thread *best = NULL;
	for (struct rb_node *node = from->fair_first; node; node = rb_next(node)) {
		struct thread *thread = rb_entry(node, struct thread, fair_node);
		if (may_use(thread, here) && (thread != from->last_woken || !best))
			best = thread;
	}
	return best;
}

static uint32_t busiest(uint32_t here, uint32_t least)
{
	uint32_t best = here, most = least;

	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		uint32_t count = waiting(&runqs[cpu]);
		if (cpu != here && count > most) {
			most = count;
			best = cpu;
		}
	}
	return best;
}

static bool take_over(struct runq *mine, struct runq *from)
{
	struct runq *first = mine < from ? mine : from;
	struct runq *second = mine < from ? from : mine;

	spin_lock(&first->lock);
	spin_lock_second(&second->lock);
	struct thread *thread = choose(from, runq_id(mine));
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

bool balance_pull(bool is_idle)
{
	uint32_t here = this_cpu()->id;
	uint64_t asked = 0;

	/* A busy processor takes over when another has two more; an idle one when two wait, or one asks for it. */
	uint32_t from = busiest(here, is_idle ? 1 : waiting(&runqs[here]) + 1);
	if (from == here && is_idle) {
		asked = atomic_exchange(&spread_mask, 0) & ~(1ull << here);
		if (asked)
			from = (uint32_t)__builtin_ctzll(asked);
	}
	return from != here && take_over(&runqs[here], &runqs[from]);
}

void load_update(uint64_t now)
{
	static const uint64_t decay[3] = {1884, 2014, 2037}; /* 2048 * exp(-5 s / 1, 5, 15 min) */
	uint64_t next = atomic_load_explicit(&load_next_ns, memory_order_relaxed);
	uint64_t active = 0;

	if (now < next || !atomic_compare_exchange_strong(&load_next_ns, &next, now + 5 * NS_PER_SEC))
		return;
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		spin_lock(&runqs[cpu].lock); /* or the running thread may end meanwhile */
		active += waiting(&runqs[cpu]) + (runqs[cpu].running->class != CLASS_IDLE);
		spin_unlock(&runqs[cpu].lock);
	}
	for (unsigned i = 0; i < 3; i++)
		sched_load[i] = (sched_load[i] * decay[i] + active * 2048 * (2048 - decay[i])) / 2048;
}
