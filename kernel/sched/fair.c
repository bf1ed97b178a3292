/*
 * The fair class: earliest eligible virtual deadline first (Stoica and Abdel-Wahab, 1995).
 *
 * Each thread has a virtual run time (time it had, divided by its weight) and a virtual deadline (run time + one
 * slice). Of those who have had no more than the average, the one with the earliest deadline runs.
 */
#include "sched/internal.h"

static bool deadline_before(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct thread, fair_node)->deadline_ns < rb_entry(b, struct thread, fair_node)->deadline_ns;
}

void fair_insert(struct runq *queue, struct thread *thread)
{
	rb_insert(&queue->fair, &thread->fair_node, deadline_before);
	if (!queue->fair_first || deadline_before(&thread->fair_node, queue->fair_first))
		queue->fair_first = &thread->fair_node;
	queue->fair_count++;
	queue->weighted_sum += (int64_t)thread->weight * (thread->vruntime_ns - queue->min_vruntime);
	queue->weight_sum += thread->weight;
}

void fair_remove(struct runq *queue, struct thread *thread)
{
	if (queue->fair_first == &thread->fair_node)
		queue->fair_first = rb_next(&thread->fair_node);
	rb_remove(&queue->fair, &thread->fair_node);
	queue->fair_count--;
	queue->weighted_sum -= (int64_t)thread->weight * (thread->vruntime_ns - queue->min_vruntime);
	queue->weight_sum -= thread->weight;
}

/* The weighted average of virtual run times over the ready threads and the running one. */
int64_t fair_average(const struct runq *queue)
{
	int64_t sum = queue->weighted_sum;
	uint64_t weights = queue->weight_sum;
	const struct thread *running = queue->running;

	if (running->class == CLASS_FAIR && running->state == THREAD_RUNNING) {
		sum += (int64_t)running->weight * (running->vruntime_ns - queue->min_vruntime);
		weights += running->weight;
	}
	return weights ? queue->min_vruntime + sum / (int64_t)weights : queue->min_vruntime;
}

void fair_advance_minimum(struct runq *queue, int64_t average)
{
	int64_t step = average - queue->min_vruntime;

	if (step > 0) {
		queue->weighted_sum -= (int64_t)queue->weight_sum * step;
		queue->min_vruntime = average;
	}
}

/* Where a thread that joins stands: what it was short of or ahead by when it left is kept, within one slice. */
void fair_place(struct runq *queue, struct thread *thread)
{
	int64_t average = fair_average(queue);
	int64_t slice = weigh(SLICE_NS, thread->weight);

	if (thread->vruntime_ns < average - slice)
		thread->vruntime_ns = average - slice;
	else if (thread->vruntime_ns > average + slice)
		thread->vruntime_ns = average + slice;
	thread->deadline_ns = thread->vruntime_ns + slice;
}

struct thread *fair_pick(struct runq *queue)
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
