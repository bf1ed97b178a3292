/* Do ready queues and timers agree with themselves and with the threads on them? */
#include "sched/check.h"

#include "sched/internal.h"
#include "sched/timer.h"

static void check_ready(struct check *check, const struct runq *queue, const struct thread *thread)
{
	CHECK_THAT(check, thread->state == THREAD_READY && thread->is_queued, "cpu %u: thread %d on its queue is %s",
		   runq_id(queue), thread->tid, thread_state_name(thread->state));
	CHECK_THAT(check, thread->cpu == runq_id(queue), "cpu %u: thread %d on its queue belongs to cpu %u",
		   runq_id(queue), thread->tid, thread->cpu);
	CHECK_THAT(check, thread->affinity >> runq_id(queue) & 1, "cpu %u: thread %d on its queue may not run there",
		   runq_id(queue), thread->tid);
}

static void check_fair(struct check *check, const struct runq *queue)
{
	uint32_t count = 0;
	uint64_t weights = 0;
	int64_t sum = 0, before = INT64_MIN;
	struct rb_node *node;

	rb_for_each (node, &queue->fair) {
		const struct thread *thread = rb_entry(node, struct thread, fair_node);
		check_ready(check, queue, thread);
		CHECK_THAT(check, thread->deadline_ns >= before, "cpu %u: thread %d stands behind a later one",
			   runq_id(queue), thread->tid);
		before = thread->deadline_ns;
		weights += thread->weight;
		sum += (int64_t)thread->weight * (thread->vruntime_ns - queue->min_vruntime);
		count++;
	}
	CHECK_THAT(check, count == queue->fair_count, "cpu %u: %u fair threads, counted %u", runq_id(queue), count,
		   queue->fair_count);
	CHECK_THAT(check, weights == queue->weight_sum && sum == queue->weighted_sum,
		   "cpu %u: weights %lu, %ld, counted %lu, %ld", runq_id(queue), weights, sum, queue->weight_sum,
		   queue->weighted_sum);
	CHECK_THAT(check, queue->fair_first == rb_first(&queue->fair), "cpu %u: another fair thread is first",
		   runq_id(queue));
}

static void check_rt(struct check *check, const struct runq *queue)
{
	const struct thread *thread;
	uint32_t count = 0;

	for (unsigned level = 0; level < RT_LEVELS; level++) {
		bool is_marked = queue->rt_bitmap[level / 64] >> (level % 64) & 1;
		CHECK_THAT(check, is_marked == !list_is_empty(&queue->rt[level]), "cpu %u: mark of level %u",
			   runq_id(queue), level);
		list_for_each (thread, &queue->rt[level], rt_link) {
			check_ready(check, queue, thread);
			count++;
		}
	}
	CHECK_THAT(check, count == queue->rt_count, "cpu %u: %u real-time threads, counted %u", runq_id(queue), count,
		   queue->rt_count);
}

static void check_queue(struct check *check, struct runq *queue)
{
	spin_lock(&queue->lock);
	const struct thread *running = queue->running;
	CHECK_THAT(check, running->state == THREAD_RUNNING && !running->is_queued, "cpu %u: thread %d runs and is %s",
		   runq_id(queue), running->tid, thread_state_name(running->state));
	CHECK_THAT(check, running->cpu == runq_id(queue), "cpu %u: thread %d runs here and belongs to cpu %u",
		   runq_id(queue), running->tid, running->cpu);
	check_fair(check, queue);
	check_rt(check, queue);
	spin_unlock(&queue->lock);
}

void sched_check(struct check *check)
{
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		check_queue(check, &runqs[cpu]);
		timer_check(check, cpu);
	}
}
