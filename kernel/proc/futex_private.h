/* What the two files of futexes share. */
#ifndef NAMU_PROC_FUTEX_PRIVATE_H
#define NAMU_PROC_FUTEX_PRIVATE_H

#include "arch/x86_64/spinlock.h"
#include "lib/list.h"
#include "proc/futex.h"

struct thread;

/* What names a futex: object and offset in it, or address space and address. Compared only: nothing is kept alive by
 * it. */
struct futex_key {
	const void *owner;
	uint64_t offset;
};

/* Lock key: (b) its lock. */
struct futex_bucket {
	struct spinlock lock;
	struct list waiters; /* (b) in order of arrival */
};

/* On the stack of the waiting thread. Lock key: (b) the lock of `bucket`; (i) immutable. */
struct futex_waiter {
	struct list link;            /* (b) */
	struct futex_key key;        /* (b) */
	struct futex_bucket *bucket; /* (b) changed with both buckets' locks held */
	struct thread *thread;       /* (i) */
	uint32_t bitset;             /* (i) */
	bool is_woken;               /* (b) taken off the bucket by a waker */
};

struct futex_bucket *futex_bucket_of(const struct futex_key *key);
void futex_bucket_lock(struct futex_bucket *bucket);
/* 0, -EINVAL (not aligned), -EFAULT. May sleep. */
int futex_key_of(uaddr_t word, bool is_private, struct futex_key *key);
/* The waiter to wake next, or null. The bucket is locked. */
struct futex_waiter *futex_choose(struct futex_bucket *bucket, const struct futex_key *key, uint32_t bitset);
void futex_wake_waiter(struct futex_waiter *waiter);
int64_t futex_wake(const struct futex_key *key, uint32_t count, uint32_t bitset);
int64_t futex_wait(uaddr_t word, bool is_private, uint32_t value, uint32_t bitset, uint64_t deadline_ns);

#endif
