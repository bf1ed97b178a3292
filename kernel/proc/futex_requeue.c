/*
 * Futexes: waiters that are moved from one word to another, without being woken (FUTEX_REQUEUE and its kin).
 *
 * Those of FUTEX_WAIT_REQUEUE_PI become waiters of a PI futex, or its owner: what a condition variable needs whose
 * mutex lends priority. They are moved under the mutex of the PI futex's place, which a waiter takes before it looks
 * what has become of it.
 */
#include <linux/futex.h>

#include "arch/x86_64/uaccess.h"
#include "proc/futex_private.h"
#include "proc/process.h"
#include "sched/waitq.h"

/* Two buckets are locked in order of address. */
static void lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	futex_bucket_lock(a < b ? a : b);
	if (a == b)
		return;
	struct futex_bucket *second = a < b ? b : a;
	spin_lock_second(&second->lock);
	if (!second->waiters.next)
		list_init(&second->waiters);
}

static void unlock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	spin_unlock(a < b ? &b->lock : &a->lock);
	if (a != b)
		spin_unlock(a < b ? &a->lock : &b->lock);
}

/* Wake up to `wake` waiters of the first word, make up to `requeue` more wait for the second. How many in all; -EINVAL
 * at one that waits for a PI futex. With both buckets locked. */
static int64_t requeue_locked(const struct futex_key *from, const struct futex_key *to, uint32_t wake, uint32_t move)
{
	struct futex_bucket *source = futex_bucket_of(from), *target = futex_bucket_of(to);
	struct list moved = LIST_INIT(moved);
	struct futex_waiter *waiter, *following;
	uint32_t woken = 0, requeued = 0;
	bool is_pi = false;

	while (woken + requeued < (uint64_t)wake + move) {
		waiter = futex_choose(source, from, FUTEX_BITSET_MATCH_ANY);
		is_pi = waiter && waiter->is_pi;
		if (!waiter || is_pi)
			break;
		if (woken < wake) {
			futex_wake_waiter(waiter);
			woken++;
			continue;
		}
		futex_remove(waiter);
		list_append(&moved, &waiter->link);
		waiter->key = *to;
		__atomic_store_n(&waiter->bucket, target, __ATOMIC_RELEASE);
		requeued++;
	}
	list_for_each_safe (waiter, following, &moved, link) {
		list_remove(&waiter->link);
		futex_insert(target, waiter);
	}
	return is_pi ? -EINVAL : (int64_t)woken + requeued;
}

static int keys_of(uaddr_t word, uaddr_t word2, bool is_private, struct futex_key *from, struct futex_key *to)
{
	int error = futex_key_of(word, is_private, from);

	return error ? error : futex_key_of(word2, is_private, to);
}

static int compare(uaddr_t word, uint32_t expected)
{
	uint32_t seen;

	if (get_user_u32(&seen, word))
		return -EFAULT;
	return seen == expected ? 0 : -EAGAIN;
}

/*
 * The word cannot be read under the locks. If nobody has come to the bucket or gone between the reading and the
 * locking, it is as if it had been: a waiter that came with another value is never moved for the old one.
 */
static int64_t requeue_if(uaddr_t word, uint32_t expected, const struct futex_key *from, const struct futex_key *to,
			  uint32_t wake, uint32_t move)
{
	struct futex_bucket *source = futex_bucket_of(from), *target = futex_bucket_of(to);

	for (;;) {
		uint32_t changes = __atomic_load_n(&source->changes, __ATOMIC_ACQUIRE);
		int64_t result = compare(word, expected);

		if (result)
			return result;
		lock_two(source, target);
		bool is_same = source->changes == changes;
		if (likely(is_same))
			result = requeue_locked(from, to, wake, move);
		unlock_two(source, target);
		if (likely(is_same))
			return result;
	}
}

static int64_t requeue_any(const struct futex_key *from, const struct futex_key *to, uint32_t wake, uint32_t move)
{
	struct futex_bucket *source = futex_bucket_of(from), *target = futex_bucket_of(to);

	lock_two(source, target);
	int64_t result = requeue_locked(from, to, wake, move);
	unlock_two(source, target);
	return result;
}

int64_t futex_requeue(uaddr_t word, uaddr_t word2, bool is_private, uint32_t wake, uint64_t move,
		      const uint32_t *expected)
{
	struct futex_key from, to;

	if ((int32_t)wake < 0 || (int32_t)move < 0)
		return -EINVAL;
	int error = keys_of(word, word2, is_private, &from, &to);
	if (error)
		return error;
	return expected ? requeue_if(word, *expected, &from, &to, wake, (uint32_t)move)
			: requeue_any(&from, &to, wake, (uint32_t)move);
}

/* -- to a PI futex -- */

/* The next waiter to be requeued to `to`; null: there is none. -EINVAL: it waits for something else. */
static int next_for(const struct futex_key *from, const struct futex_key *to, struct futex_waiter **next)
{
	struct futex_bucket *bucket = futex_bucket_of(from);

	futex_bucket_lock(bucket);
	*next = futex_choose(bucket, from, FUTEX_BITSET_MATCH_ANY);
	bool is_other = *next && (!(*next)->requeue || !futex_key_equal(&(*next)->requeue->key, to));
	spin_unlock(&bucket->lock);
	return is_other ? -EINVAL : 0;
}

/* Nobody else takes it off the bucket meanwhile, as it asks for the place's mutex first. */
static void take_off(struct futex_waiter *waiter)
{
	spin_lock(&waiter->bucket->lock);
	futex_remove(waiter);
	spin_unlock(&waiter->bucket->lock);
	waiter->requeue->was_requeued = true;
}

/* Move one. 1: it was moved; 0: there is none; negative errno: it stays where it is. */
static int move_one(struct pi_place *place, uaddr_t word2, const struct futex_key *from, const struct futex_key *to,
		    bool is_last)
{
	struct futex_waiter *waiter;

	int error = next_for(from, to, &waiter);
	if (error || !waiter)
		return error;
	struct pi_waiter *pi = waiter->requeue;
	int result = futex_pi_take(place, word2, to, pi, is_last);
	if (result < 0)
		return result;
	take_off(waiter);
	if (result == 1)
		pi_grant(pi);
	return 1;
}

int64_t futex_requeue_pi(uaddr_t word, uaddr_t word2, bool is_private, uint32_t wake, uint64_t move, uint32_t expected)
{
	struct futex_key from, to;
	int64_t count = 0;
	int result = 0;

	if (word == word2 || wake != 1 || (int32_t)move < 0)
		return -EINVAL;
	int error = keys_of(word, word2, is_private, &from, &to);
	if (!error && futex_key_equal(&from, &to))
		error = -EINVAL;
	if (error)
		return error;
	struct pi_place *place = pi_place_lock(&to);
	result = compare(word, expected);
	while (!result && count < 1 + (int64_t)move) {
		result = move_one(place, word2, &from, &to, move == 0);
		if (result <= 0)
			break;
		result = 0;
		count++;
	}
	pi_place_unlock(place);
	return result < 0 ? result : count;
}

/* What has become of it: in its bucket still (then it is taken off), or at the PI futex. */
static bool was_requeued(struct futex_waiter *waiter)
{
	struct pi_place *place = pi_place_lock(&waiter->requeue->key);
	bool is_moved = waiter->requeue->was_requeued;

	if (!is_moved)
		futex_leave(waiter);
	pi_place_unlock(place);
	return is_moved;
}

int64_t futex_wait_requeue_pi(uaddr_t word, uaddr_t word2, bool is_private, uint32_t value,
			      struct futex_deadline deadline)
{
	struct pi_waiter pi = {.thread = current_thread()};
	struct futex_waiter waiter = {.thread = current_thread(), .bitset = UINT32_MAX, .is_pi = true, .requeue = &pi};
	uint32_t seen;

	pi.origin = &waiter;
	if (word == word2)
		return -EINVAL;
	int64_t error = futex_key_of(word2, is_private, &pi.key);
	if (!error)
		error = futex_key_of(word, is_private, &waiter.key);
	if (error)
		return error;
	if (futex_key_equal(&waiter.key, &pi.key))
		return -EINVAL;
	futex_enter(&waiter);
	if (get_user_u32(&seen, word))
		error = -EFAULT;
	else if (seen != value)
		error = -EAGAIN;
	if (!error)
		error = futex_block(&waiter, 1, word, deadline);
	if (!was_requeued(&waiter))
		return error == -ERESTART_CALL ? -ERESTART_ALWAYS : error;
	error = futex_pi_wait(word2, &pi.key, &pi, deadline);
	/* The word has changed since: the caller has to look, and take the lock himself. */
	return error == -ERESTART_CALL ? -EAGAIN : error;
}
