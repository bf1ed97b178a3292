/*
 * The ready queues of a processor: real-time levels above the fair class, the idle thread below.
 */
#include "choice/choice.h"
#include "sched/internal.h"

HOT_ARRAY struct runq runqs[CPU_MAX];

struct runq *runq_lock_of(struct thread *thread)
{
	for (;;) {
		uint32_t cpu = *(volatile uint32_t *)&thread->cpu;
		struct runq *queue = &runqs[cpu];
		spin_lock(&queue->lock);
		if (likely(thread->cpu == cpu))
			return queue;
		spin_unlock(&queue->lock);
	}
}

struct runq *runq_lock_this(void)
{
	struct runq *queue = &runqs[this_cpu()->id];

	spin_lock(&queue->lock);
	return queue;
}

void runq_unlock(struct runq *queue)
{
	spin_unlock(&queue->lock);
}

void runq_insert(struct runq *queue, struct thread *thread, bool at_head)
{
	if (thread->class == CLASS_RT) {
		struct list *level = &queue->rt[thread->level];
		if (at_head)
			list_push(level, &thread->rt_link);
		else
			list_append(level, &thread->rt_link);
		queue->rt_bitmap[thread->level / 64] |= 1ull << (thread->level % 64);
		queue->rt_count++;
	} else {
		fair_insert(queue, thread);
	}
	thread->is_queued = true;
}

void runq_remove(struct runq *queue, struct thread *thread)
{
	if (thread->class == CLASS_RT) {
		list_remove(&thread->rt_link);
		if (list_is_empty(&queue->rt[thread->level]))
			queue->rt_bitmap[thread->level / 64] &= ~(1ull << (thread->level % 64));
		queue->rt_count--;
	} else {
		fair_remove(queue, thread);
	}
	if (queue->last_woken == thread)
		queue->last_woken = NULL;
	thread->is_queued = false;
}

_Atomic int32_t sched_rt_period_us = 1000000, sched_rt_runtime_us = 950000;

void rt_account(struct runq *queue, uint64_t ns, uint64_t now)
{
	int32_t runtime_us = sched_rt_runtime_us;

	if (now >= queue->rt_period_end_ns) {
		queue->rt_period_end_ns = now + (uint64_t)sched_rt_period_us * NS_PER_USEC;
		queue->rt_used_ns = 0;
	}
	queue->rt_used_ns += ns;
	queue->rt_is_over = runtime_us >= 0 && queue->rt_used_ns >= (uint64_t)runtime_us * NS_PER_USEC;
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

struct thread *runq_pick(struct runq *queue)
{
	struct thread *thread = cpus[runq_id(queue)].idle;

	if (unlikely(queue->rt_count) && !(queue->rt_is_over && queue->fair_count)) {
		thread = rt_pick(queue);
	} else if (queue->fair_count) {
		thread = fair_pick(queue);
		if (unlikely(choice_is_seeded))
			thread = queue->fair_count > 1 ? seeded_pick(queue) : thread;
	}
	if (thread->is_queued)
		runq_remove(queue, thread);
	return thread;
}
