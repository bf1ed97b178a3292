/* What the files of futexes share. */
#ifndef NAMU_PROC_FUTEX_PRIVATE_H
#define NAMU_PROC_FUTEX_PRIVATE_H

#include "arch/x86_64/spinlock.h"
#include "lib/list.h"
#include "proc/futex.h"
#include "proc/time.h"
#include "sched/mutex.h"

/* What names a futex: object and offset in it, or address space and address. Compared only: nothing is kept alive by
 * it. */
struct futex_key {
	const void *owner;
	uint64_t offset;
};

static inline bool futex_key_equal(const struct futex_key *a, const struct futex_key *b)
{
	return a->owner == b->owner && a->offset == b->offset;
}

/* Lock key: (b) its lock. */
struct futex_bucket {
	struct spinlock lock;
	struct list waiters; /* (b) the highest real-time level first, those of one in order of arrival */
	uint32_t changes;    /* (b) how often somebody came or went */
};

/* On the stack of the waiting thread. Lock key: (b) the lock of `bucket`; (i) immutable. */
struct futex_waiter {
	struct list link;            /* (b) */
	struct futex_key key;        /* (b) */
	struct futex_bucket *bucket; /* (b) changed with both buckets' locks held */
	struct thread *thread;       /* (i) */
	uint32_t bitset;             /* (i) */
	uint8_t level;               /* (i) real-time level of its thread when it came */
	bool is_woken;               /* (b) taken off the bucket by a waker */
	bool is_pi;                /* (i) not for plain wake-ups: a pi_lock's mark, or one that waits to be requeued */
	struct pi_waiter *requeue; /* (i) of FUTEX_WAIT_REQUEUE_PI */
};

/* A time at which a wait ends. */
struct futex_deadline {
	uint64_t ns; /* TIME_NEVER: none */
	bool is_realtime;
};

#define FUTEX_NO_DEADLINE ((struct futex_deadline){.ns = TIME_NEVER})

/* futex.c */
uint64_t futex_hash(const struct futex_key *key);
struct futex_bucket *futex_bucket_of(const struct futex_key *key);
void futex_bucket_lock(struct futex_bucket *bucket);
/* Take a waiter off its locked bucket. */
static inline void futex_remove(struct futex_waiter *waiter)
{
	waiter->bucket->changes++;
	list_remove(&waiter->link);
}
/* 0, -EINVAL (not aligned), -EFAULT. May sleep. */
int futex_key_of(uaddr_t word, bool is_private, struct futex_key *key);
/* The waiter to wake next, or null. The bucket is locked. */
struct futex_waiter *futex_choose(struct futex_bucket *bucket, const struct futex_key *key, uint32_t bitset);
void futex_wake_waiter(struct futex_waiter *waiter);
/* Put it in its place among the waiters of a locked bucket. */
void futex_insert(struct futex_bucket *bucket, struct futex_waiter *waiter);
/* Enter and leave the bucket of its key; leave: true when a wake-up had come already. */
void futex_enter(struct futex_waiter *waiter);
bool futex_leave(struct futex_waiter *waiter);
/* Block until one of `count` waiters is woken: its index, -ETIMEDOUT or -ERESTART_CALL. They are in their buckets. */
int64_t futex_block(struct futex_waiter *waiters, uint32_t count, uint64_t word, struct futex_deadline deadline);
/* How many were woken, or -EINVAL when somebody waits there for a PI futex. */
int64_t futex_wake(const struct futex_key *key, uint32_t count, uint32_t bitset);
int64_t futex_wait(uaddr_t word, bool is_private, uint32_t value, uint32_t bitset, struct futex_deadline deadline);

/* futex_requeue.c */
int64_t futex_requeue(uaddr_t word, uaddr_t word2, bool is_private, uint32_t wake, uint64_t move,
		      const uint32_t *expected);
int64_t futex_requeue_pi(uaddr_t word, uaddr_t word2, bool is_private, uint32_t wake, uint64_t move, uint32_t expected);
int64_t futex_wait_requeue_pi(uaddr_t word, uaddr_t word2, bool is_private, uint32_t value,
			      struct futex_deadline deadline);

/* futex_pi.c */
int64_t futex_lock_pi(uaddr_t word, bool is_private, bool only_tries, struct futex_deadline deadline);
int64_t futex_unlock_pi(uaddr_t word, bool is_private);
struct pi_waiter;
struct pi_place;
/* Take the lock of `word` for `waiter`'s thread, which may be another than the caller's, or enqueue the waiter for it.
 * With `is_last` false others will be enqueued behind it. The key's place is locked. 1: it has it; 0: it waits;
 * negative errno. */
int futex_pi_take(struct pi_place *place, uaddr_t word, const struct futex_key *key, struct pi_waiter *waiter,
		  bool is_last);
/* Wait until it was given the lock that it is enqueued for. The key's place is not locked. 0, or the error of the
 * wait, and then it is enqueued no more. */
int futex_pi_wait(uaddr_t word, const struct futex_key *key, struct pi_waiter *waiter, struct futex_deadline deadline);

/* futex_inherit.c */

/* A PI futex somebody waits for. Lock key: (m) the mutex of its place; (p) pi_lock; (i) immutable. */
struct pi_lock {
	struct list link;           /* (m) in its place */
	struct futex_key key;       /* (i) */
	struct thread *owner;       /* (p) a reference */
	struct list owned_link;     /* (p) thread_proc.pi_owned */
	struct list waiters;        /* (p) struct pi_waiter, the highest level first */
	struct pi_waiter *heir;     /* (m) who got it from a dead owner and has not written the word yet */
	struct futex_waiter marker; /* (i) in the bucket: plain wake-ups and waits see that this is a PI futex */
};

/* On the stack of the waiting thread. Lock key: (p) pi_lock; (i) immutable; (m) the mutex of its key's place. */
struct pi_waiter {
	struct list link;      /* (p) */
	struct pi_lock *lock;  /* (p) null before it is enqueued, and when it has the lock */
	struct thread *thread; /* (i) */
	unsigned level;        /* (p) real-time level of its thread; 0: none */
	bool is_granted;       /* (p) it was given the lock */
	/* Of FUTEX_WAIT_REQUEUE_PI: what it came from, and the lock it shall be moved to. */
	struct futex_waiter *origin; /* (i) */
	struct futex_key key;        /* (i) */
	bool was_requeued;           /* (m) */
};

/* PI futexes are kept in places by key. Whoever looks at a lock and its word, and changes them, holds the mutex of its
 * place; user memory may be touched meanwhile. Lock key: (m) its mutex. */
struct pi_place {
	struct mutex mutex; /* (m) */
	struct list locks;  /* (m) */
};

struct pi_place *pi_place_lock(const struct futex_key *key);
void pi_place_unlock(struct pi_place *place);
/* The place is locked for all that follow. */
struct pi_lock *pi_find(struct pi_place *place, const struct futex_key *key);
/* -ENOMEM; -ESRCH: the owner has let go of its locks, as it ends. */
int pi_create(struct pi_place *place, const struct futex_key *key, struct thread *owner, struct pi_lock **lock);
/* Free it when nobody waits any more. */
void pi_drop(struct pi_lock *lock);
/* 0 or -EDEADLK. Lends the waiter's level to the owner, and on to whom that one waits for. */
int pi_enqueue(struct pi_lock *lock, struct pi_waiter *waiter);
void pi_dequeue(struct pi_waiter *waiter);
/* Who gets it next, or null. */
struct pi_waiter *pi_first(struct pi_lock *lock);
/* Tell a waiter that it has the lock. */
void pi_grant(struct pi_waiter *waiter);
/* The first waiter becomes the owner and is woken. */
void pi_hand_over(struct pi_lock *lock);
void futex_inherit_init(void);

#endif
