/*
 * Futexes: the operations by number, requeueing, wake-and-change, and what a thread's end does.
 */
#include <linux/futex.h>

#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "proc/futex_private.h"
#include "proc/process.h"
#include "proc/time.h"

#define ROBUST_LIST_LIMIT 2048
#define OP_SHIFT_BIT      8 /* FUTEX_OP_OPARG_SHIFT within the operation's four bits */

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

/* Wake up to `wake` waiters of the first word, make up to `requeue` more wait for the second. How many in all. */
static int64_t requeue(const struct futex_key *from, const struct futex_key *to, uint32_t wake, uint32_t move)
{
	struct futex_bucket *source = futex_bucket_of(from), *target = futex_bucket_of(to);
	struct list moved = LIST_INIT(moved);
	struct futex_waiter *waiter;
	uint32_t woken = 0, requeued = 0;

	lock_two(source, target);
	while (woken < wake && (waiter = futex_choose(source, from, FUTEX_BITSET_MATCH_ANY))) {
		futex_wake_waiter(waiter);
		woken++;
	}
	while (requeued < move && (waiter = futex_choose(source, from, FUTEX_BITSET_MATCH_ANY))) {
		list_remove(&waiter->link);
		list_append(&moved, &waiter->link);
		waiter->key = *to;
		__atomic_store_n(&waiter->bucket, target, __ATOMIC_RELEASE);
		requeued++;
	}
	list_append_all(&target->waiters, &moved);
	unlock_two(source, target);
	return (int64_t)woken + requeued;
}

static int64_t requeue_call(uaddr_t word, uaddr_t word2, bool is_private, uint32_t wake, uint64_t move,
			    const uint32_t *expected)
{
	struct futex_key from, to;
	uint32_t seen;

	if ((int32_t)wake < 0 || (int32_t)move < 0)
		return -EINVAL;
	int error = futex_key_of(word, is_private, &from);
	if (!error)
		error = futex_key_of(word2, is_private, &to);
	if (error)
		return error;
	if (expected) {
		if (get_user_u32(&seen, word))
			return -EFAULT;
		if (seen != *expected)
			return -EAGAIN;
	}
	return requeue(&from, &to, wake, (uint32_t)move);
}

/* The new value of FUTEX_WAKE_OP's second word. False: there is no such operation. */
static bool operate(uint32_t operation, uint32_t argument, uint32_t old, uint32_t *new)
{
	switch (operation) {
	case FUTEX_OP_SET:
		*new = argument;
		return true;
	case FUTEX_OP_ADD:
		*new = old + argument;
		return true;
	case FUTEX_OP_OR:
		*new = old | argument;
		return true;
	case FUTEX_OP_ANDN:
		*new = old & ~argument;
		return true;
	case FUTEX_OP_XOR:
		*new = old ^ argument;
		return true;
	default:
		return false;
	}
}

static bool compare(uint32_t comparison, int32_t old, int32_t with, bool *result)
{
	switch (comparison) {
	case FUTEX_OP_CMP_EQ:
		*result = old == with;
		return true;
	case FUTEX_OP_CMP_NE:
		*result = old != with;
		return true;
	case FUTEX_OP_CMP_LT:
		*result = old < with;
		return true;
	case FUTEX_OP_CMP_LE:
		*result = old <= with;
		return true;
	case FUTEX_OP_CMP_GT:
		*result = old > with;
		return true;
	case FUTEX_OP_CMP_GE:
		*result = old >= with;
		return true;
	default:
		return false;
	}
}

/* Sign-extend one of the two 12-bit arguments of a FUTEX_WAKE_OP code. */
static int32_t twelve_bits(uint32_t bits)
{
	return (int32_t)(bits << 20) >> 20;
}

static int64_t wake_op(uaddr_t word, uaddr_t word2, bool is_private, uint32_t wake, uint32_t wake2, uint32_t code)
{
	uint32_t operation = code >> 28 & 7, comparison = code >> 24 & 15;
	uint32_t argument = (uint32_t)twelve_bits(code >> 12 & 0xfff);
	uint32_t old, new, seen;
	struct futex_key key, key2;
	bool is_true;

	if (code >> 28 & OP_SHIFT_BIT)
		argument = 1u << (argument & 31);
	int error = futex_key_of(word, is_private, &key);
	if (!error)
		error = futex_key_of(word2, is_private, &key2);
	if (error)
		return error;
	if (!operate(operation, argument, 0, &new) || !compare(comparison, 0, 0, &is_true))
		return -ENOSYS;
	if (get_user_u32(&old, word2))
		return -EFAULT;
	for (;;) {
		operate(operation, argument, old, &new);
		if (cmpxchg_user_u32(word2, old, new, &seen))
			return -EFAULT;
		if (seen == old)
			break;
		old = seen;
	}
	int64_t woken = futex_wake(&key, wake, FUTEX_BITSET_MATCH_ANY);
	compare(comparison, (int32_t)old, twelve_bits(code & 0xfff), &is_true);
	if (is_true)
		woken += futex_wake(&key2, wake2, FUTEX_BITSET_MATCH_ANY);
	return woken;
}

/* The deadline, by the monotonic clock, of a wait's time-out: relative for FUTEX_WAIT, else absolute. */
static int wait_deadline(uaddr_t timeout, int command, bool is_realtime, uint64_t *deadline_ns)
{
	uint64_t ns, now = clock_monotonic_ns();

	*deadline_ns = TIME_NEVER;
	if (!timeout)
		return 0;
	int error = timespec_from_user(&ns, timeout);
	if (error)
		return error;
	if (command == FUTEX_WAIT)
		ns = ns < INT64_MAX - now ? now + ns : INT64_MAX;
	else if (is_realtime)
		ns = (int64_t)ns > clock_realtime_offset_ns() ? ns - (uint64_t)clock_realtime_offset_ns() : 0;
	*deadline_ns = ns;
	return 0;
}

static int64_t wait_call(uaddr_t word, bool is_private, uint32_t value, uint32_t bitset, uaddr_t timeout, int command,
			 bool is_realtime)
{
	uint64_t deadline_ns;

	if (is_realtime && command == FUTEX_WAIT)
		return -ENOSYS;
	if (!bitset)
		return -EINVAL;
	int error = wait_deadline(timeout, command, is_realtime, &deadline_ns);
	if (error)
		return error;
	return futex_wait(word, is_private, value, bitset, deadline_ns);
}

static int64_t wake_call(uaddr_t word, bool is_private, uint32_t count, uint32_t bitset)
{
	struct futex_key key;

	if (!bitset)
		return -EINVAL;
	int error = futex_key_of(word, is_private, &key);
	if (error)
		return error;
	/* Linux wakes one for a count of zero or less. */
	return futex_wake(&key, (int32_t)count < 1 ? 1 : count, bitset);
}

int64_t futex_call(uaddr_t word, int operation, uint32_t value, uint64_t timeout, uaddr_t word2, uint32_t value3)
{
	int command = operation & FUTEX_CMD_MASK;
	bool is_private = (operation & FUTEX_PRIVATE_FLAG) != 0;
	bool is_realtime = (operation & FUTEX_CLOCK_REALTIME) != 0;

	if (is_realtime && command != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	switch (command) {
	case FUTEX_WAIT:
		return wait_call(word, is_private, value, FUTEX_BITSET_MATCH_ANY, timeout, command, is_realtime);
	case FUTEX_WAIT_BITSET:
		return wait_call(word, is_private, value, value3, timeout, command, is_realtime);
	case FUTEX_WAKE:
		return wake_call(word, is_private, value, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return wake_call(word, is_private, value, value3);
	case FUTEX_REQUEUE:
		return requeue_call(word, word2, is_private, value, timeout, NULL);
	case FUTEX_CMP_REQUEUE:
		return requeue_call(word, word2, is_private, value, timeout, &value3);
	case FUTEX_WAKE_OP:
		return wake_op(word, word2, is_private, value, (uint32_t)timeout, value3);
	default:
		return -ENOSYS;
	}
}

void futex_wake_address(uaddr_t address, unsigned count)
{
	struct futex_key shared, private;

	if (futex_key_of(address, true, &private) || futex_key_of(address, false, &shared))
		return;
	if (futex_wake(&shared, count, FUTEX_BITSET_MATCH_ANY) == 0 && shared.owner != private.owner)
		futex_wake(&private, count, FUTEX_BITSET_MATCH_ANY);
}

/* One lock of a dead owner. A lock that was just being taken or let go (is_pending) may be free while somebody waits.
 * False: bad memory. */
static bool mark_owner_died(uaddr_t word, uint32_t tid, bool is_pending)
{
	uint32_t value, seen;

	if (word % sizeof(uint32_t) || get_user_u32(&value, word))
		return false;
	if (is_pending && value == 0) {
		futex_wake_address(word, 1);
		return true;
	}
	while ((value & FUTEX_TID_MASK) == tid) {
		if (cmpxchg_user_u32(word, value, (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED, &seen))
			return false;
		if (seen == value) {
			if (value & FUTEX_WAITERS)
				futex_wake_address(word, 1);
			break;
		}
		value = seen;
	}
	return true;
}

void futex_robust_exit(struct thread_proc *self)
{
	uaddr_t head = self->robust_list;
	struct {
		uint64_t first, offset, pending;
	} list;
	uint32_t tid = (uint32_t)self->thread->tid;

	self->robust_list = 0;
	if (!head || copy_from_user(&list, head, sizeof(list)))
		return;
	/* Bit 0 of a link says that the lock is a PI futex: those are never taken here. */
	uaddr_t pending = list.pending & ~1ull;
	uaddr_t entry = list.first & ~1ull;
	for (unsigned i = 0; i < ROBUST_LIST_LIMIT && entry != head; i++) {
		uint64_t next;
		bool has_next = get_user_u64(&next, entry) == 0;
		if (entry != pending && !mark_owner_died(entry + list.offset, tid, false))
			return;
		if (!has_next)
			return;
		entry = next & ~1ull;
	}
	if (pending)
		mark_owner_died(pending + list.offset, tid, true);
}
