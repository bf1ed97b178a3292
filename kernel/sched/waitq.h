/*
 * The one way to wait. A wait queue belongs to an object and holds those who wait for it to change.
 *
 * A waiter registers on the queue, looks whether what it wants is there, and only then blocks; a waker changes the
 *object, then wakes. A wake-up that comes between looking and blocking leaves a permit on the thread, with which the
 * block returns at once: no wake-up is lost. Woken threads always look again, so a spurious one does no harm.
 *
 *	struct wait wait = WAIT(WAIT_PIPE_READ, pipe, deadline_ns);
 *	while (!(ready = condition)) {            // under the object's lock
 *		waitq_add(&pipe->readers, &wait);
 *		spin_unlock(&pipe->lock);
 *		error = wait_block(&wait, WAIT_INTERRUPTIBLE);
 *		spin_lock(&pipe->lock);
 *		if (error) break;
 *	}
 *	wait_done(&wait);
 *
 * or, where the condition needs no lock, waitq_wait(). poll and epoll put one struct wait_entry a queue.
 */
#ifndef NAMU_SCHED_WAITQ_H
#define NAMU_SCHED_WAITQ_H

#include "arch/x86_64/spinlock.h"
#include "lib/errno.h"
#include "lib/list.h"
#include "sched/thread.h"

/* Lock key: (l) its own lock. */
struct waitq {
	struct spinlock lock; /* (l) */
	struct list entries;  /* (l) struct wait_entry, in order of arrival */
};

#define WAITQ_INIT(name)                                                                         \
	{                                                                                        \
		.lock = SPINLOCK_INIT("waitq", LOCK_WAITQ), .entries = LIST_INIT((name).entries) \
	}
void waitq_init(struct waitq *queue);
/* Nobody is to be woken. A waiter enters the queue and looks at its condition then, a waker changes the condition and
 * looks at the queue then: with the fences on both sides one of the two sees the other. */
static inline bool waitq_is_empty(const struct waitq *queue)
{
	if (cpu_count > 1)
		atomic_thread_fence(memory_order_seq_cst);
	return list_is_empty(&queue->entries);
}

/*
 * One registration. Woken by waitq_wake_*: notify(entry) if there is one (epoll), else its thread is made ready.
 * Lock key: (q) the queue's lock; (i) set before it is added.
 */
struct wait_entry {
	struct list link;      /* (q) */
	struct waitq *queue;   /* (q) null when on none */
	struct thread *thread; /* (i) */
	bool is_exclusive;     /* (i) waitq_wake_one stops after one of these */
	bool (*notify)(struct wait_entry *entry,
		       uint64_t key); /* (i) called under the queue's lock; true counts as woken */
	uint64_t key_mask;            /* (i) wake-ups whose key has none of these bits pass by; 0: all */
	bool is_fired;                /* (q) it was woken */
};

/* A wait of the current thread on one queue: an entry with its reason and deadline. On the stack of the waiter. */
struct wait {
	struct wait_entry entry;
	struct wait_reason reason;
	uint64_t deadline_ns; /* of clock_monotonic_ns; TIME_NEVER */
};

#define WAIT(wait_kind, wait_object, deadline)                                                                \
	{                                                                                                     \
		.entry = {.thread = current_thread(), .is_exclusive = true, .link = {NULL, NULL}},            \
		.reason = {.kind = (wait_kind), .object = (uint64_t)(wait_object)}, .deadline_ns = (deadline) \
	}

enum wait_mode {
	WAIT_UNINTERRUPTIBLE, /* only a wake-up or the deadline */
	WAIT_KILLABLE,        /* and the end of the process */
	WAIT_INTERRUPTIBLE    /* and any signal, stop ... */
};

/* Register (once; a second call while on the queue does nothing). */
void waitq_add(struct waitq *queue, struct wait *wait);
/* Block until woken: 0, -ETIMEDOUT, or -ERESTART_CALL when interrupted; with an error the wait is off its queue, and no
 * wake-up was meant for it. Returns at once when a wake-up came since waitq_add. No lock is held. */
int wait_block(struct wait *wait, enum wait_mode mode);
/* Leave the queue, after whatever wait_block has returned. */
void wait_done(struct wait *wait);

/* For poll and epoll: entries on several queues, then thread_block. */
void waitq_add_entry(struct waitq *queue, struct wait_entry *entry);
void wait_entry_remove(struct wait_entry *entry);
/* The floor of all waiting: block the current thread until thread_wake, the deadline, or an interruption that `mode`
 * lets through. */
int thread_block(struct wait_reason reason, uint64_t deadline_ns, enum wait_mode mode);
/* WORK_ASYNC is set: clear it, and send what a wake-up could not send under its locks (fs/). Does not wait. */
extern void (*sched_async_hook)(void);
/* Before a condition is looked at for the last time: forget earlier permits. */
void thread_clear_permit(void);
/* Make a blocked thread ready, or leave a permit. */
void thread_wake(struct thread *thread);

/* Wake one exclusive waiter (which: choice/) and every non-exclusive one; or all. Return how many were woken. */
unsigned waitq_wake_one(struct waitq *queue);
unsigned waitq_wake_all(struct waitq *queue);
/* Wake with a key (poll events): see wait_entry.key_mask. `exclusive` limits exclusive waiters. */
unsigned waitq_wake_key(struct waitq *queue, uint64_t key, unsigned exclusive);

/* Wait until `condition` (an expression without side effects on locks) holds. Evaluates to 0 or the error of
 * wait_block. */
#define waitq_wait(queue, kind, object, deadline, mode, condition) \
	({                                                         \
		struct wait wait_ = WAIT(kind, object, deadline);  \
		int wait_error_ = 0;                               \
		while (!(condition)) {                             \
			waitq_add(queue, &wait_);                  \
			if (condition)                             \
				break;                             \
			wait_error_ = wait_block(&wait_, mode);    \
			if (wait_error_)                           \
				break;                             \
		}                                                  \
		wait_done(&wait_);                                 \
		wait_error_;                                       \
	})

#endif
