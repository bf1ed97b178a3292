/*
 * Policies, nice levels, and the accounts of time.
 */
#include "arch/x86_64/clock.h"
#include "arch/x86_64/muldiv.h"
#include "lib/string.h"
#include "sched/internal.h"

#define IDLE_WEIGHT 3

static _Atomic uint64_t threads_made;

/* A level of nice is a quarter more or a fifth less of the processor (sched(7)). */
static uint32_t weight_of(int nice)
{
	uint64_t weight = (uint64_t)NICE_0 << 16;

	for (; nice < 0; nice++)
		weight = weight * 5 / 4;
	for (; nice > 0; nice--)
		weight = weight * 4 / 5;
	return (uint32_t)((weight + 0x8000) >> 16);
}

static void class_of_policy(struct thread *thread, unsigned policy, unsigned rt_priority)
{
	thread->policy = (uint8_t)policy;
	thread->rt_priority = (uint8_t)rt_priority;
	thread->level = MAX(thread->rt_priority, thread->boost);
	thread->class = thread->level ? CLASS_RT : CLASS_FAIR;
	thread->weight = policy == POLICY_IDLE ? IDLE_WEIGHT : weight_of(thread->nice);
}

/* Give it its class by policy and boost. The queue is locked. */
static void change_class(struct runq *queue, struct thread *thread, unsigned policy, unsigned rt_priority)
{
	bool was_queued = thread->is_queued, was_rt = thread->class == CLASS_RT;

	if (was_queued)
		runq_remove(queue, thread);
	int64_t average = fair_average(queue);
	class_of_policy(thread, policy, rt_priority);
	thread->slice_left_ns = sched_quantum_ns(thread);
	if (was_queued) {
		runq_enqueue(queue, thread, false);
	} else if (queue->running == thread) {
		/* What the others had meanwhile is not due to it. */
		if (was_rt && thread->class == CLASS_FAIR) {
			thread->vruntime_ns = average;
			thread->deadline_ns = average + weigh(SLICE_NS, thread->weight);
		}
		runq_note_running(queue);
		runq_ask(queue);
	}
}

void sched_set_policy(struct thread *thread, unsigned policy, unsigned rt_priority, bool reset_on_fork)
{
	struct runq *queue = runq_lock_of(thread);

	thread->reset_on_fork = reset_on_fork;
	change_class(queue, thread, policy, rt_priority);
	runq_unlock(queue);
}

unsigned sched_set_boost(struct thread *thread, unsigned boost)
{
	struct runq *queue = runq_lock_of(thread);

	if (thread->boost != boost) {
		thread->boost = (uint8_t)boost;
		change_class(queue, thread, thread->policy, thread->rt_priority);
	}
	unsigned level = thread->level;
	runq_unlock(queue);
	return level;
}

void sched_set_nice(struct thread *thread, int nice)
{
	struct runq *queue = runq_lock_of(thread);
	bool was_queued = thread->is_queued;

	if (was_queued)
		runq_remove(queue, thread);
	thread->nice = (int8_t)nice;
	if (thread->class == CLASS_FAIR && thread->policy != POLICY_IDLE)
		thread->weight = weight_of(nice);
	if (was_queued)
		runq_enqueue(queue, thread, false);
	else if (queue->running == thread)
		runq_note_running(queue);
	runq_unlock(queue);
}

void sched_set_affinity(struct thread *thread, uint64_t mask)
{
	struct runq *queue = runq_lock_of(thread);

	thread->affinity = mask;
	if (mask >> runq_id(queue) & 1) {
		runq_unlock(queue);
	} else if (thread == current_thread()) {
		/* It returns on a processor that it may use. */
		thread_set_state(thread, THREAD_READY);
		dispatch(queue, true);
	} else if (thread->is_queued) {
		runq_remove(queue, thread);
		runq_move(queue, thread);
	} else {
		if (queue->running == thread)
			runq_ask(queue);
		runq_unlock(queue);
	}
}

void sched_fork(struct thread *child, const struct thread *parent)
{
	bool reset = parent->reset_on_fork;

	child->nice = reset && parent->nice < 0 ? 0 : parent->nice;
	child->affinity = parent->affinity;
	child->reset_on_fork = false;
	child->vruntime_ns = parent->vruntime_ns;
	if (reset && parent->rt_priority)
		class_of_policy(child, 0, 0);
	else
		class_of_policy(child, parent->policy, parent->rt_priority);
	atomic_fetch_add_explicit(&threads_made, 1, memory_order_relaxed);
}

uint64_t sched_quantum_ns(const struct thread *thread)
{
	if (thread->policy == POLICY_FIFO)
		return 0;
	return thread->policy == POLICY_RR ? RR_SLICE_NS : SLICE_NS;
}

void sched_times(struct thread *thread, uint64_t *user_ns, uint64_t *kernel_ns)
{
	struct runq *queue = runq_lock_of(thread);
	uint64_t total = thread->ran_ns;
	uint64_t samples = thread->user_samples + thread->kernel_samples;

	if (thread->state == THREAD_RUNNING)
		total += clock_machine_ns() - thread->ran_since_ns;
	runq_unlock(queue);
	/* The total is exact; its parts are as the samples say. A thread that no sample has seen counts as in user
	 * mode. */
	*kernel_ns = samples ? mul_div_u64(total, thread->kernel_samples, samples) : 0;
	*user_ns = total - *kernel_ns;
}

static void stats_add(struct runq *queue, struct sched_stats *stats)
{
	spin_lock(&queue->lock);
	/* What the running thread has had and was not charged for: an idle processor is not looked at for long. */
	uint64_t now = clock_machine_ns(), since = queue->running->ran_since_ns;
	uint64_t begun_ns = now > since ? now - since : 0;
	bool is_idle = queue->running->class == CLASS_IDLE;
	stats->switches += queue->switches;
	stats->ready += queue->fair_count + queue->rt_count + !is_idle;
	stats->idle_ns += queue->idle_ns + (is_idle ? begun_ns : 0);
	uint64_t busy_ns = queue->busy_ns + (is_idle ? 0 : begun_ns);
	uint64_t samples = queue->user_samples + queue->kernel_samples;
	uint64_t kernel_ns = samples ? mul_div_u64(busy_ns, queue->kernel_samples, samples) : 0;
	stats->kernel_ns += kernel_ns;
	stats->user_ns += busy_ns - kernel_ns;
	spin_unlock(&queue->lock);
}

void sched_stats_read_cpu(uint32_t cpu, struct sched_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	stats_add(&runqs[cpu], stats);
}

void sched_stats_read(struct sched_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++)
		stats_add(&runqs[cpu], stats);
	load_update(clock_machine_ns());
	stats->threads_made = atomic_load_explicit(&threads_made, memory_order_relaxed);
	memcpy(stats->load, sched_load, sizeof(stats->load));
}
