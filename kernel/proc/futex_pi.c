/*
 * PI futexes: the protocol of the word (futex(2), "Priority-inheritance futexes"). The word holds its owner's tid, and
 * FUTEX_WAITERS when the owner has to call the kernel to let go.
 *
 * Everything here happens under the mutex of the key's place, user memory included: so the word and the kernel's record
 * of owner and waiters change together.
 */
#include <linux/futex.h>

#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "proc/futex_private.h"
#include "proc/process.h"
#include "sched/waitq.h"

#define TRY_AGAIN 1 /* the word has changed under our hands */

/* 0: the word was `from` and is `to`; TRY_AGAIN; -EFAULT. */
static int exchange(uaddr_t word, uint32_t from, uint32_t to)
{
	uint32_t seen;

	if (from == to)
		return 0;
	if (cmpxchg_user_u32(word, from, to, &seen))
		return -EFAULT;
	return seen == from ? 0 : TRY_AGAIN;
}

static bool has_plain_waiter(const struct futex_key *key)
{
	struct futex_bucket *bucket = futex_bucket_of(key);

	futex_bucket_lock(bucket);
	bool has_one = futex_choose(bucket, key, FUTEX_BITSET_MATCH_ANY) != NULL;
	spin_unlock(&bucket->lock);
	return has_one;
}

/* The word says `tid`, and nobody waits yet. 0 and *lock, TRY_AGAIN, or a negative errno. */
static int lock_of_owner(struct pi_place *place, uaddr_t word, uint32_t value, const struct futex_key *key,
			 struct pi_lock **lock)
{
	struct thread *owner = thread_find((int32_t)(value & FUTEX_TID_MASK));
	uint32_t now;

	int error = owner ? 0 : -ESRCH;
	if (!error && (!owner->process || owner->process->is_kernel))
		error = -EPERM;
	if (!error)
		error = exchange(word, value, value | FUTEX_WAITERS);
	if (!error)
		error = pi_create(place, key, owner, lock);
	if (owner)
		thread_put(owner);
	/* One that ends has marked its robust locks before it is found to have ended. */
	if (error == -ESRCH) {
		if (get_user_u32(&now, word))
			return -EFAULT;
		if ((now & ~FUTEX_WAITERS) != (value & ~FUTEX_WAITERS))
			return TRY_AGAIN;
	}
	return error;
}

/* The record that the kernel has of the word, and what the word says, must agree. */
static int check_owner(const struct pi_lock *lock, uint32_t value)
{
	uint32_t tid = value & FUTEX_TID_MASK;

	if (lock->heir || tid == (uint32_t)lock->owner->tid)
		return 0;
	return !tid && (value & FUTEX_OWNER_DIED) ? 0 : -EINVAL;
}

/* One look at the word. 1: `waiter`'s thread has the lock; 0: *lock is what it has to wait for. */
static int look(struct pi_place *place, uaddr_t word, const struct futex_key *key, const struct thread *thread,
		bool is_last, struct pi_lock **lock, bool *is_taken)
{
	uint32_t value, tid = (uint32_t)thread->tid;

	*is_taken = false;
	if (get_user_u32(&value, word))
		return -EFAULT;
	if ((value & FUTEX_TID_MASK) == tid)
		return -EDEADLK;
	*lock = pi_find(place, key);
	if (*lock) {
		int error = check_owner(*lock, value);
		return error ? error : exchange(word, value, value | FUTEX_WAITERS);
	}
	if (has_plain_waiter(key))
		return -EINVAL;
	if (value & FUTEX_TID_MASK)
		return lock_of_owner(place, word, value, key, lock);
	*is_taken = true;
	return exchange(word, value, (value & FUTEX_OWNER_DIED) | tid | (is_last ? 0 : FUTEX_WAITERS));
}

static int find_lock(struct pi_place *place, uaddr_t word, const struct futex_key *key, const struct thread *thread,
		     bool is_last, struct pi_lock **lock, bool *is_taken)
{
	int error;

	do {
		error = look(place, word, key, thread, is_last, lock, is_taken);
		if (error == TRY_AGAIN && thread_has_work(current_thread(), WORK_KILL))
			error = -EINTR;
	} while (error == TRY_AGAIN);
	return error;
}

int futex_pi_take(struct pi_place *place, uaddr_t word, const struct futex_key *key, struct pi_waiter *waiter,
		  bool is_last)
{
	struct pi_lock *lock;
	bool is_taken;

	int error = find_lock(place, word, key, waiter->thread, is_last, &lock, &is_taken);
	if (error || is_taken)
		return error ? error : 1;
	error = pi_enqueue(lock, waiter);
	if (error)
		pi_drop(lock);
	return error;
}

/* The owner has died and left us the lock: the word says so. */
static int inherit(uaddr_t word, struct pi_lock *lock)
{
	uint32_t mine = (uint32_t)current_thread()->tid | FUTEX_WAITERS | FUTEX_OWNER_DIED, value;
	int error;

	do {
		error = get_user_u32(&value, word) ? -EFAULT : exchange(word, value, mine);
	} while (error == TRY_AGAIN);
	lock->heir = NULL;
	pi_drop(lock);
	return error;
}

/* After the wait: the lock is ours, or we wait no more. */
static int settle(uaddr_t word, const struct futex_key *key, struct pi_waiter *waiter, int error)
{
	struct pi_place *place = pi_place_lock(key);
	struct pi_lock *lock = pi_find(place, key);

	if (waiter->is_granted) {
		error = lock && lock->heir == waiter ? inherit(word, lock) : 0;
	} else {
		pi_dequeue(waiter);
		pi_drop(waiter->lock);
	}
	pi_place_unlock(place);
	return error;
}

int futex_pi_wait(uaddr_t word, const struct futex_key *key, struct pi_waiter *waiter, struct futex_deadline deadline)
{
	struct wait_reason reason = {.kind = WAIT_FUTEX, .object = word};
	bool follows_clock = deadline.is_realtime && deadline.ns != TIME_NEVER;
	struct wait_entry clock;
	int error = 0;

	if (follows_clock)
		realtime_wait_begin(&clock);
	while (!__atomic_load_n(&waiter->is_granted, __ATOMIC_ACQUIRE) && !error) {
		uint64_t end_ns = follows_clock ? realtime_to_monotonic(deadline.ns) : deadline.ns;
		error = thread_block(reason, end_ns, WAIT_INTERRUPTIBLE);
		if (error == -ETIMEDOUT && follows_clock && clock_realtime_ns() < deadline.ns)
			error = 0;
	}
	if (follows_clock)
		wait_entry_remove(&clock);
	return settle(word, key, waiter, error);
}

/* FUTEX_TRYLOCK_PI: who would have to wait leaves the mark in the word, as in Linux. */
static int try_lock(uaddr_t word, const struct futex_key *key)
{
	struct pi_place *place = pi_place_lock(key);
	struct pi_lock *lock;
	bool is_taken;

	int error = find_lock(place, word, key, current_thread(), true, &lock, &is_taken);
	if (!error && !is_taken) {
		pi_drop(lock);
		error = -EWOULDBLOCK;
	}
	pi_place_unlock(place);
	return error;
}

int64_t futex_lock_pi(uaddr_t word, bool is_private, bool only_tries, struct futex_deadline deadline)
{
	struct pi_waiter waiter = {.thread = current_thread()};
	struct futex_key key;

	int error = futex_key_of(word, is_private, &key);
	if (error)
		return error;
	if (only_tries)
		return try_lock(word, &key);
	struct pi_place *place = pi_place_lock(&key);
	int result = futex_pi_take(place, word, &key, &waiter, true);
	pi_place_unlock(place);
	if (result)
		return result < 0 ? result : 0;
	error = futex_pi_wait(word, &key, &waiter, deadline);
	/* The time-out is absolute, so the call may be made again as it was, whoever interrupted it. */
	return error == -ERESTART_CALL ? -ERESTART_ALWAYS : error;
}

static int unlock_once(struct pi_place *place, uaddr_t word, const struct futex_key *key)
{
	struct thread *self = current_thread();
	uint32_t value;

	if (get_user_u32(&value, word))
		return -EFAULT;
	if ((value & FUTEX_TID_MASK) != (uint32_t)self->tid)
		return -EPERM;
	struct pi_lock *lock = pi_find(place, key);
	if (!lock)
		return has_plain_waiter(key) ? -EINVAL : exchange(word, value, 0);
	struct pi_waiter *next = pi_first(lock);
	if (lock->owner != self || !next)
		return -EINVAL;
	int error = exchange(word, value, (uint32_t)next->thread->tid | FUTEX_WAITERS);
	if (!error) {
		pi_hand_over(lock);
		pi_drop(lock);
	}
	return error;
}

int64_t futex_unlock_pi(uaddr_t word, bool is_private)
{
	struct futex_key key;
	uint32_t value;
	int error;

	/* Whose it is is looked at before the address is looked up. */
	if (get_user_u32(&value, word))
		return -EFAULT;
	if ((value & FUTEX_TID_MASK) != (uint32_t)current_thread()->tid)
		return -EPERM;
	error = futex_key_of(word, is_private, &key);
	if (error)
		return error;
	struct pi_place *place = pi_place_lock(&key);
	do {
		error = unlock_once(place, word, &key);
	} while (error == TRY_AGAIN);
	pi_place_unlock(place);
	return error;
}
