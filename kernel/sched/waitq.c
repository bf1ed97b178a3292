/*
 * The one way to wait: queues, permits, deadlines.
 */
#include "sched/waitq.h"
#include "choice/choice.h"
#include "sched/internal.h"
#include "sched/timer.h"

void (*sched_async_hook)(void);

void waitq_init(struct waitq *queue)
{
	spin_init(&queue->lock, "waitq", LOCK_WAITQ);
	list_init(&queue->entries);
}

void waitq_add_entry(struct waitq *queue, struct wait_entry *entry)
{
	spin_lock(&queue->lock);
	KERNEL_ASSERT(!entry->queue);
	/* Whom a notification wakes is its owner's business, so it cannot use up a wake-up that is for one sleeper. */
	KERNEL_ASSERT(!(entry->notify && entry->is_exclusive));
	entry->queue = queue;
	entry->is_fired = false;
	list_append(&queue->entries, &entry->link);
	spin_unlock(&queue->lock);
	/* Before the caller looks at what it waits for: see waitq_is_empty. */
	if (cpu_count > 1)
		atomic_thread_fence(memory_order_seq_cst);
}

/* Null: no waker touches the entry any more. Who still sees the queue waits for its lock. */
static struct waitq *queue_of(const struct wait_entry *entry)
{
	return __atomic_load_n(&entry->queue, __ATOMIC_ACQUIRE);
}

void wait_entry_remove(struct wait_entry *entry)
{
	struct waitq *queue = queue_of(entry);

	if (!queue)
		return;
	spin_lock(&queue->lock);
	if (entry->queue) {
		list_remove(&entry->link);
		entry->queue = NULL;
	}
	spin_unlock(&queue->lock);
}

void waitq_add(struct waitq *queue, struct wait *wait)
{
	if (queue_of(&wait->entry)) {
		/* Perhaps a waker on another processor is just taking it off. */
		spin_lock(&queue->lock);
		bool is_queued = wait->entry.queue != NULL;
		wait->entry.is_fired &= !is_queued;
		spin_unlock(&queue->lock);
		if (is_queued)
			return;
	}
	thread_clear_permit();
	waitq_add_entry(queue, &wait->entry);
}

void thread_clear_permit(void)
{
	atomic_store_explicit(&current_thread()->wake_permit, false, memory_order_seq_cst);
}

void thread_wake(struct thread *thread)
{
	atomic_store_explicit(&thread->wake_permit, true, memory_order_seq_cst);
	struct runq *queue = runq_lock_of(thread);
	if (thread->state == THREAD_BLOCKED) {
		runq_admit(queue, thread, true);
		return;
	}
	runq_unlock(queue);
}

/* The deadline of a blocked thread, on its own stack. */
struct sleeper {
	struct timer timer;
	struct thread *thread;
	bool is_over;
};

static void sleep_over(struct timer *timer)
{
	struct sleeper *sleeper = container_of(timer, struct sleeper, timer);

	sleeper->is_over = true;
	thread_wake(sleeper->thread);
}

static bool is_interrupted(const struct thread *thread, enum wait_mode mode)
{
	if (mode == WAIT_UNINTERRUPTIBLE)
		return false;
	return thread_has_work(thread, mode == WAIT_KILLABLE ? WORK_KILL : ~WORK_RSEQ);
}

int thread_block(struct wait_reason reason, uint64_t deadline_ns, enum wait_mode mode)
{
	struct thread *thread = current_thread();
	struct sleeper sleeper;
	bool has_deadline = deadline_ns != TIME_NEVER;
	int result = 0;

	KERNEL_ASSERT(this_cpu()->spin_depth == 0);
	if (unlikely(thread_has_work(thread, WORK_ASYNC)))
		sched_async_hook();
	if (has_deadline) {
		timer_init(&sleeper.timer, sleep_over);
		sleeper.thread = thread;
		sleeper.is_over = false;
		timer_arm(&sleeper.timer, deadline_ns);
	}
	struct runq *queue = runq_lock_this();
	if (atomic_load_explicit(&thread->wake_permit, memory_order_seq_cst) || is_interrupted(thread, mode)) {
		runq_unlock(queue);
	} else {
		thread->waiting = reason;
		thread->is_wait_killable = mode != WAIT_UNINTERRUPTIBLE;
		thread->is_wait_interruptible = mode == WAIT_INTERRUPTIBLE;
		thread_set_state(thread, THREAD_BLOCKED);
		dispatch(queue, true);
		thread->waiting.kind = WAIT_NONE;
	}
	if (has_deadline)
		timer_cancel(&sleeper.timer);
	bool was_woken = atomic_exchange_explicit(&thread->wake_permit, false, memory_order_seq_cst);
	if (has_deadline && sleeper.is_over)
		result = -ETIMEDOUT;
	else if (!was_woken && is_interrupted(thread, mode))
		result = -ERESTART_CALL;
	return result;
}

/* Leave the queue because the time is over or a signal has come. False: a waker was faster, perhaps in this very
 * moment: it may have passed others by for this waiter, so it counts as woken. */
static bool give_up(struct wait_entry *entry)
{
	struct waitq *queue = queue_of(entry);

	if (!queue)
		return !entry->is_fired;
	spin_lock(&queue->lock);
	bool is_ours = !entry->is_fired;
	if (is_ours && entry->queue) {
		list_remove(&entry->link);
		entry->queue = NULL;
	}
	spin_unlock(&queue->lock);
	return is_ours;
}

int wait_block(struct wait *wait, enum wait_mode mode)
{
	int error = thread_block(wait->reason, wait->deadline_ns, mode);

	return likely(!error) || give_up(&wait->entry) ? error : 0;
}

void wait_done(struct wait *wait)
{
	wait_entry_remove(&wait->entry);
}

/* -- waking -- */

static bool is_addressed(const struct wait_entry *entry, uint64_t key)
{
	return !key || !entry->key_mask || (entry->key_mask & key);
}

static void entry_take_off(struct wait_entry *entry)
{
	list_remove(&entry->link);
	__atomic_store_n(&entry->queue, NULL, __ATOMIC_RELEASE);
}

/*
 * Wake one entry. Exclusive sleepers leave the queue, so that the next wake-up goes to another; last of all, as one
 * that sees itself off the queue may end, and its thread with it.
 */
static bool entry_wake(struct wait_entry *entry, uint64_t key)
{
	if (entry->notify)
		return entry->notify(entry, key);
	entry->is_fired = true;
	thread_wake(entry->thread);
	if (entry->is_exclusive)
		entry_take_off(entry);
	return true;
}

/* The exclusive waiter that the seed chooses; without a seed the first. */
static struct wait_entry *choose(struct waitq *queue, uint64_t key)
{
	struct wait_entry *entry, *first = NULL;
	unsigned count = 0;

	list_for_each (entry, &queue->entries, link) {
		if (entry->is_exclusive && is_addressed(entry, key)) {
			if (!first)
				first = entry;
			if (!choice_is_seeded)
				return first;
			count++;
		}
	}
	if (count < 2)
		return first;
	unsigned index = choice_pick(CHOICE_WAITER, count, 0);
	list_for_each (entry, &queue->entries, link) {
		if (entry->is_exclusive && is_addressed(entry, key) && index-- == 0)
			return entry;
	}
	return first;
}

unsigned waitq_wake_key(struct waitq *queue, uint64_t key, unsigned exclusive)
{
	struct wait_entry *entry, *following;
	unsigned woken = 0;

	if (waitq_is_empty(queue))
		return 0;
	spin_lock(&queue->lock);
	list_for_each_safe (entry, following, &queue->entries, link) {
		if (!entry->is_exclusive && is_addressed(entry, key) && entry_wake(entry, key))
			woken++;
	}
	for (; exclusive && (entry = choose(queue, key)); exclusive--) {
		entry_wake(entry, key);
		woken++;
	}
	spin_unlock(&queue->lock);
	return woken;
}

unsigned waitq_wake_one(struct waitq *queue)
{
	return waitq_wake_key(queue, 0, 1);
}

unsigned waitq_wake_all(struct waitq *queue)
{
	return waitq_wake_key(queue, 0, UINT32_MAX);
}
