/*
 * Timers: a tree by deadline on each processor.
 */
#include "sched/timer.h"
#include "arch/x86_64/clock.h"
#include "arch/x86_64/shootdown.h"
#include "arch/x86_64/spinlock.h"
#include "sched/check.h"
#include "sched/internal.h"
#include "trace/trace.h"

/* Lock key: (t) lock. */
static struct timer_queue {
	struct spinlock lock;
	struct rb_tree tree;    /* (t) */
	struct rb_node *first;  /* (t) */
	struct timer *expiring; /* (t) whose function runs now */
} timer_queues[CPU_MAX] = {[0 ... CPU_MAX - 1] = {.lock = SPINLOCK_INIT("timers", LOCK_TIMER)}};

static bool earlier(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct timer, node)->deadline_ns < rb_entry(b, struct timer, node)->deadline_ns;
}

void timer_init(struct timer *timer, void (*expired)(struct timer *timer))
{
	timer->expired = expired;
	timer->is_armed = false;
	timer->cpu = 0;
	timer->deadline_ns = 0;
}

static void unlink(struct timer_queue *queue, struct timer *timer)
{
	if (queue->first == &timer->node)
		queue->first = rb_next(&timer->node);
	rb_remove(&queue->tree, &timer->node);
	__atomic_store_n(&timer->is_armed, false, __ATOMIC_RELEASE);
}

void timer_arm(struct timer *timer, uint64_t deadline_ns)
{
	timer_disarm(timer);
	if (deadline_ns == TIME_NEVER)
		return;
	uint32_t cpu = this_cpu()->id;
	struct timer_queue *queue = &timer_queues[cpu];
	spin_lock(&queue->lock);
	timer->cpu = cpu;
	timer->deadline_ns = deadline_ns;
	timer->is_armed = true;
	rb_insert(&queue->tree, &timer->node, earlier);
	bool is_first = !queue->first || earlier(&timer->node, queue->first);
	if (is_first)
		queue->first = &timer->node;
	spin_unlock(&queue->lock);
	if (is_first)
		sched_timer_changed(deadline_ns);
}

bool timer_disarm(struct timer *timer)
{
	if (!__atomic_load_n(&timer->is_armed, __ATOMIC_ACQUIRE))
		return false;
	struct timer_queue *queue = &timer_queues[timer->cpu];
	spin_lock(&queue->lock);
	bool was_armed = timer->is_armed;
	if (was_armed)
		unlink(queue, timer);
	spin_unlock(&queue->lock);
	return was_armed;
}

/* Timers do not interrupt each other: on this processor it runs only if it is the caller. */
static bool runs_elsewhere(const struct timer *timer)
{
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		if (cpu != this_cpu()->id && __atomic_load_n(&timer_queues[cpu].expiring, __ATOMIC_ACQUIRE) == timer)
			return true;
	}
	return false;
}

bool timer_cancel(struct timer *timer)
{
	bool was_armed = timer_disarm(timer);

	/* Its function may use what the caller is about to give back, and may arm it anew. */
	while (cpu_count > 1 && (runs_elsewhere(timer) || *(volatile bool *)&timer->is_armed)) {
		was_armed |= timer_disarm(timer);
		shootdown_poll();
		cpu_relax();
	}
	return was_armed;
}

void timer_settle(const struct timer *timer)
{
	while (cpu_count > 1 && runs_elsewhere(timer)) {
		shootdown_poll();
		cpu_relax();
	}
}

uint64_t timer_next_deadline(void)
{
	struct timer_queue *queue = &timer_queues[this_cpu()->id];
	uint64_t deadline = TIME_NEVER;

	spin_lock(&queue->lock);
	if (queue->first)
		deadline = rb_entry(queue->first, struct timer, node)->deadline_ns;
	spin_unlock(&queue->lock);
	return deadline;
}

void timer_interrupt(void)
{
	struct timer_queue *queue = &timer_queues[this_cpu()->id];
	uint64_t now = clock_machine_ns();

	for (;;) {
		struct timer *timer = NULL;
		spin_lock(&queue->lock);
		if (queue->first && rb_entry(queue->first, struct timer, node)->deadline_ns <= now)
			timer = rb_entry(queue->first, struct timer, node);
		/* Before it is disarmed: who sees it so, without the lock, must see that its function runs. */
		__atomic_store_n(&queue->expiring, timer, __ATOMIC_RELEASE);
		if (timer)
			unlink(queue, timer);
		spin_unlock(&queue->lock);
		if (!timer)
			return;
		trace(TRACE_TIMER, timer->deadline_ns, 0, 0, 0);
		timer->expired(timer);
	}
}

void timer_check(struct check *check, uint32_t cpu)
{
	struct timer_queue *queue = &timer_queues[cpu];
	uint64_t before = 0;
	struct rb_node *node;

	spin_lock(&queue->lock);
	CHECK_THAT(check, queue->first == rb_first(&queue->tree), "cpu %u: another timer is first", cpu);
	rb_for_each (node, &queue->tree) {
		const struct timer *timer = rb_entry(node, struct timer, node);
		CHECK_THAT(check, timer->is_armed && timer->cpu == cpu, "cpu %u: timer %p is armed %d on cpu %u", cpu,
			   (const void *)timer, timer->is_armed, timer->cpu);
		CHECK_THAT(check, timer->deadline_ns >= before, "cpu %u: timer %p stands behind a later one", cpu,
			   (const void *)timer);
		before = timer->deadline_ns;
	}
	spin_unlock(&queue->lock);
}
