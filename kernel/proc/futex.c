/*
 * Futexes: waiting and waking (futex(2)). The rest of the operations is in futex_ops.c.
 *
 * A waiter enters its bucket first and reads the word then: a waker changes the word first and looks into the bucket
 * then, so that one of the two sees the other. No user memory is touched under a bucket's lock.
 */
#include <linux/futex.h>

#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "proc/futex_private.h"
#include "proc/process.h"
#include "sched/waitq.h"

#define BUCKET_BITS 8

static struct futex_bucket buckets[1u << BUCKET_BITS];

uint64_t futex_hash(const struct futex_key *key)
{
	return (((uint64_t)key->owner >> 4) + key->offset / sizeof(uint32_t)) * 0x9e3779b97f4a7c15ull;
}

struct futex_bucket *futex_bucket_of(const struct futex_key *key)
{
	return &buckets[futex_hash(key) >> (64 - BUCKET_BITS)];
}

void futex_bucket_lock(struct futex_bucket *bucket)
{
	spin_lock(&bucket->lock);
	if (unlikely(!bucket->waiters.next))
		list_init(&bucket->waiters);
}

void futex_init(void)
{
	for (unsigned i = 0; i < ARRAY_LEN(buckets); i++)
		spin_init(&buckets[i].lock, "futex", LOCK_OBJECT);
	futex_inherit_init();
}

int futex_key_of(uaddr_t word, bool is_private, struct futex_key *key)
{
	struct vm_space *space = current_thread()->space;

	if (word % sizeof(uint32_t))
		return -EINVAL;
	if (!user_range_is_valid(word, sizeof(uint32_t)))
		return -EFAULT;
	key->owner = space;
	key->offset = word;
	if (is_private)
		return 0;
	mutex_lock(&space->mutex);
	struct vm_region *region = vm_region_at_or_above(space, word);
	bool is_mapped = region && region->start <= word;
	/* Linux looks at the page of a shared word, so that it must be readable. */
	if (is_mapped && (region->flags & REGION_SHARED) && !region->prot)
		is_mapped = false;
	if (is_mapped && (region->flags & REGION_SHARED) && region->object) {
		key->owner = region->object;
		key->offset = region->object_offset + (word - region->start);
	}
	mutex_unlock(&space->mutex);
	return is_mapped ? 0 : -EFAULT;
}

static bool matches(const struct futex_waiter *waiter, const struct futex_key *key, uint32_t bitset)
{
	return waiter->key.owner == key->owner && waiter->key.offset == key->offset && (waiter->bitset & bitset);
}

static struct futex_waiter *first_match(struct futex_bucket *bucket, const struct futex_key *key, uint32_t bitset,
					unsigned skip)
{
	struct futex_waiter *waiter;

	list_for_each (waiter, &bucket->waiters, link) {
		if (matches(waiter, key, bitset) && skip-- == 0)
			return waiter;
	}
	return NULL;
}

/* The one to wake next: the first to come, unless a seed decides. */
struct futex_waiter *futex_choose(struct futex_bucket *bucket, const struct futex_key *key, uint32_t bitset)
{
	struct futex_waiter *waiter;
	unsigned count = 0;

	if (likely(!choice_is_seeded))
		return first_match(bucket, key, bitset, 0);
	list_for_each (waiter, &bucket->waiters, link)
		count += matches(waiter, key, bitset);
	if (count == 0)
		return NULL;
	return first_match(bucket, key, bitset, count > 1 ? choice_pick(CHOICE_WAITER, count, 0) : 0);
}

void futex_wake_waiter(struct futex_waiter *waiter)
{
	futex_remove(waiter);
	waiter->is_woken = true;
	thread_wake(waiter->thread);
}

int64_t futex_wake(const struct futex_key *key, uint32_t count, uint32_t bitset)
{
	struct futex_bucket *bucket = futex_bucket_of(key);
	uint32_t woken = 0;

	futex_bucket_lock(bucket);
	while (woken < count) {
		struct futex_waiter *waiter = futex_choose(bucket, key, bitset);
		if (!waiter)
			break;
		if (unlikely(waiter->is_pi)) {
			spin_unlock(&bucket->lock);
			return -EINVAL;
		}
		futex_wake_waiter(waiter);
		woken++;
	}
	spin_unlock(&bucket->lock);
	return woken;
}

/* The bucket may have been changed by requeueing. */
bool futex_leave(struct futex_waiter *waiter)
{
	for (;;) {
		struct futex_bucket *bucket = __atomic_load_n(&waiter->bucket, __ATOMIC_ACQUIRE);
		spin_lock(&bucket->lock);
		bool is_right = bucket == waiter->bucket;
		bool was_woken = waiter->is_woken;
		if (is_right && !was_woken)
			futex_remove(waiter);
		spin_unlock(&bucket->lock);
		if (is_right)
			return was_woken;
	}
}

void futex_insert(struct futex_bucket *bucket, struct futex_waiter *waiter)
{
	struct list *after = bucket->waiters.prev;

	while (after != &bucket->waiters && list_entry(after, struct futex_waiter, link)->level < waiter->level)
		after = after->prev;
	bucket->changes++;
	list_insert_between(&waiter->link, after, after->next);
}

void futex_enter(struct futex_waiter *waiter)
{
	struct futex_bucket *bucket = futex_bucket_of(&waiter->key);

	waiter->bucket = bucket;
	futex_bucket_lock(bucket);
	waiter->level = current_thread()->rt_priority;
	futex_insert(bucket, waiter);
	spin_unlock(&bucket->lock);
}

/* The index of one that was woken, or -1. */
static int64_t find_woken(const struct futex_waiter *waiters, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (__atomic_load_n(&waiters[i].is_woken, __ATOMIC_ACQUIRE))
			return i;
	}
	return -1;
}

int64_t futex_block(struct futex_waiter *waiters, uint32_t count, uint64_t word, struct futex_deadline deadline)
{
	struct wait_reason reason = {.kind = WAIT_FUTEX, .object = word};
	bool follows_clock = deadline.is_realtime && deadline.ns != TIME_NEVER;
	struct wait_entry clock;
	int64_t woken;
	int error = 0;

	if (follows_clock)
		realtime_wait_begin(&clock);
	while ((woken = find_woken(waiters, count)) < 0 && !error) {
		uint64_t end_ns = follows_clock ? realtime_to_monotonic(deadline.ns) : deadline.ns;
		error = thread_block(reason, end_ns, WAIT_INTERRUPTIBLE);
		/* The clock may have been set back meanwhile. */
		if (error == -ETIMEDOUT && follows_clock && clock_realtime_ns() < deadline.ns)
			error = 0;
	}
	if (follows_clock)
		wait_entry_remove(&clock);
	return woken >= 0 ? woken : error;
}

/* 0: woken; -EAGAIN: the word holds another value; -ETIMEDOUT, -EFAULT, -ERESTART_CALL. */
static int64_t wait_once(uaddr_t word, bool is_private, uint32_t value, uint32_t bitset, struct futex_deadline deadline)
{
	struct futex_waiter waiter = {.thread = current_thread(), .bitset = bitset};
	uint32_t seen;

	int64_t error = futex_key_of(word, is_private, &waiter.key);
	if (error)
		return error;
	futex_enter(&waiter);
	if (get_user_u32(&seen, word))
		error = -EFAULT;
	else if (seen != value)
		error = -EAGAIN;
	if (unlikely(error)) {
		/* A wake-up that hit us was meant for one who really waits. */
		if (futex_leave(&waiter))
			futex_wake(&waiter.key, 1, FUTEX_BITSET_MATCH_ANY);
		return error;
	}
	error = futex_block(&waiter, 1, word, deadline);
	return futex_leave(&waiter) ? 0 : error;
}

static int64_t wait_again(struct thread_proc *self);

int64_t futex_wait(uaddr_t word, bool is_private, uint32_t value, uint32_t bitset, struct futex_deadline deadline)
{
	int64_t result = wait_once(word, is_private, value, bitset, deadline);

	if (result != -ERESTART_CALL || deadline.ns == TIME_NEVER)
		return result;
	/* A wait with a deadline is not called again with its time-out, which would start anew. */
	struct thread_proc *self = current_proc();
	self->restart = wait_again;
	self->restart_deadline_ns = deadline.ns;
	self->restart_args[0] = word;
	self->restart_args[1] = (uint64_t)is_private | (uint64_t)deadline.is_realtime << 1;
	self->restart_args[2] = value;
	self->restart_args[3] = bitset;
	return -ERESTART_BLOCK;
}

static int64_t wait_again(struct thread_proc *self)
{
	struct futex_deadline deadline = {self->restart_deadline_ns, (self->restart_args[1] & 2) != 0};

	return futex_wait(self->restart_args[0], self->restart_args[1] & 1, (uint32_t)self->restart_args[2],
			  (uint32_t)self->restart_args[3], deadline);
}
