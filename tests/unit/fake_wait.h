/*
 * Wait queues and mutexes for one thread: waiting calls a function of the test, which changes something or ends the
 * wait with its error; waking is counted.
 */
#ifndef FAKE_WAIT_H
#define FAKE_WAIT_H

#include "sched/mutex.h"

static int (*fake_block)(void);  /* what happens while the thread waits; its result is wait_block's */
static unsigned fake_wakes;      /* entries that were woken */
static unsigned fake_wake_calls; /* calls to wake a queue that had somebody in it */

void waitq_init(struct waitq *queue)
{
	spin_init(&queue->lock, "waitq", LOCK_WAITQ);
	list_init(&queue->entries);
}

void waitq_add_entry(struct waitq *queue, struct wait_entry *entry)
{
	entry->queue = queue;
	list_append(&queue->entries, &entry->link);
}

void wait_entry_remove(struct wait_entry *entry)
{
	if (entry->queue)
		list_remove(&entry->link);
	entry->queue = NULL;
}

void waitq_add(struct waitq *queue, struct wait *wait)
{
	if (!wait->entry.queue)
		waitq_add_entry(queue, &wait->entry);
}

int wait_block(struct wait *wait, enum wait_mode mode)
{
	(void)wait;
	(void)mode;
	return fake_block ? fake_block() : -ERESTART_CALL;
}

void wait_done(struct wait *wait)
{
	wait_entry_remove(&wait->entry);
}

unsigned waitq_wake_key(struct waitq *queue, uint64_t key, unsigned exclusive)
{
	struct wait_entry *entry;
	unsigned woken = 0;

	(void)key;
	(void)exclusive;
	list_for_each (entry, &queue->entries, link)
		woken++;
	fake_wake_calls += woken != 0;
	fake_wakes += woken;
	return woken;
}

unsigned waitq_wake_all(struct waitq *queue)
{
	return waitq_wake_key(queue, 0, UINT32_MAX);
}

void mutex_init(struct mutex *mutex)
{
	atomic_init(&mutex->owner, NULL);
	waitq_init(&mutex->waiters);
}

void mutex_lock(struct mutex *mutex)
{
	if (atomic_load(&mutex->owner))
		abort();
	atomic_store(&mutex->owner, current_thread());
}

void mutex_unlock(struct mutex *mutex)
{
	if (!mutex_is_mine(mutex))
		abort();
	atomic_store(&mutex->owner, NULL);
}

#endif
