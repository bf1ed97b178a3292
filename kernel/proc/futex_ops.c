/*
 * Futexes: the operations by number, wake-and-change, and what a thread's end does.
 */
#include <linux/futex.h>

#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "proc/futex_private.h"
#include "proc/process.h"
#include "proc/time.h"

#define ROBUST_LIST_LIMIT 2048
#define OP_SHIFT_BIT      8 /* FUTEX_OP_OPARG_SHIFT within the operation's four bits */

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

/* Linux wakes one for a count of zero or less. */
static uint32_t wake_count(uint32_t count)
{
	return (int32_t)count < 1 ? 1 : count;
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
	if (!operate(operation, argument, 0, &new))
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
	/* As in Linux the word has been changed by then. */
	if (!compare(comparison, (int32_t)old, twelve_bits(code & 0xfff), &is_true))
		return -ENOSYS;
	int64_t woken = futex_wake(&key, wake_count(wake), FUTEX_BITSET_MATCH_ANY);
	if (woken < 0 || !is_true)
		return woken;
	int64_t also = futex_wake(&key2, wake_count(wake2), FUTEX_BITSET_MATCH_ANY);
	return also < 0 ? also : woken + also;
}

/* The time-out of a waiting operation: relative for FUTEX_WAIT, else absolute. */
static int wait_deadline(uaddr_t timeout, int command, bool is_realtime, struct futex_deadline *deadline)
{
	uint64_t ns, now = clock_monotonic_ns();

	*deadline = FUTEX_NO_DEADLINE;
	if (!timeout)
		return 0;
	int error = timespec_from_user(&ns, timeout);
	if (error)
		return error;
	deadline->ns = ns;
	deadline->is_realtime = is_realtime || command == FUTEX_LOCK_PI;
	if (command == FUTEX_WAIT)
		deadline->ns = ns < INT64_MAX - now ? now + ns : INT64_MAX;
	return 0;
}

static int64_t wake_call(uaddr_t word, bool is_private, uint32_t count, uint32_t bitset)
{
	struct futex_key key;

	if (!bitset)
		return -EINVAL;
	int error = futex_key_of(word, is_private, &key);
	if (error)
		return error;
	return futex_wake(&key, wake_count(count), bitset);
}

/* The operations that wait. */
static int64_t wait_call(uaddr_t word, int command, bool is_private, uint32_t value, uaddr_t timeout, uaddr_t word2,
			 uint32_t bitset, bool is_realtime)
{
	struct futex_deadline deadline;

	int error = wait_deadline(timeout, command, is_realtime, &deadline);
	if (error)
		return error;
	switch (command) {
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return futex_lock_pi(word, is_private, false, deadline);
	case FUTEX_WAIT_REQUEUE_PI:
		return futex_wait_requeue_pi(word, word2, is_private, value, deadline);
	case FUTEX_WAIT:
		bitset = FUTEX_BITSET_MATCH_ANY;
	}
	return bitset ? futex_wait(word, is_private, value, bitset, deadline) : -EINVAL;
}

int64_t futex_call(uaddr_t word, int operation, uint32_t value, uint64_t timeout, uaddr_t word2, uint32_t value3)
{
	int command = operation & FUTEX_CMD_MASK;
	bool is_private = (operation & FUTEX_PRIVATE_FLAG) != 0;
	bool is_realtime = (operation & FUTEX_CLOCK_REALTIME) != 0;

	if (is_realtime && command != FUTEX_WAIT_BITSET && command != FUTEX_WAIT_REQUEUE_PI &&
	    command != FUTEX_LOCK_PI2)
		return -ENOSYS;
	switch (command) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
	case FUTEX_WAIT_REQUEUE_PI:
		return wait_call(word, command, is_private, value, timeout, word2, value3, is_realtime);
	case FUTEX_WAKE:
		return wake_call(word, is_private, value, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return wake_call(word, is_private, value, value3);
	case FUTEX_REQUEUE:
		return futex_requeue(word, word2, is_private, value, timeout, NULL);
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(word, word2, is_private, value, timeout, &value3);
	case FUTEX_CMP_REQUEUE_PI:
		return futex_requeue_pi(word, word2, is_private, value, timeout, value3);
	case FUTEX_WAKE_OP:
		return wake_op(word, word2, is_private, value, (uint32_t)timeout, value3);
	case FUTEX_TRYLOCK_PI:
		return futex_lock_pi(word, is_private, true, FUTEX_NO_DEADLINE);
	case FUTEX_UNLOCK_PI:
		return futex_unlock_pi(word, is_private);
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
 * Who waits for a PI futex is woken when it is handed on (futex_pi_exit). False: bad memory. */
static bool mark_owner_died(uaddr_t word, uint32_t tid, bool is_pi, bool is_pending)
{
	uint32_t value, seen;

	if (word % sizeof(uint32_t) || get_user_u32(&value, word))
		return false;
	if (is_pending && !is_pi && value == 0) {
		futex_wake_address(word, 1);
		return true;
	}
	while ((value & FUTEX_TID_MASK) == tid) {
		if (cmpxchg_user_u32(word, value, (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED, &seen))
			return false;
		if (seen == value) {
			if (!is_pi && (value & FUTEX_WAITERS))
				futex_wake_address(word, 1);
			break;
		}
		value = seen;
	}
	return true;
}

/* Bit 0 of a link says that the lock is a PI futex. */
static uaddr_t entry_of(uint64_t link, bool *is_pi)
{
	*is_pi = link & 1;
	return link & ~1ull;
}

void futex_robust_exit(struct thread_proc *self)
{
	uaddr_t head = self->robust_list;
	struct {
		uint64_t first, offset, pending;
	} list;
	uint32_t tid = (uint32_t)self->thread->tid;
	bool is_pi, is_pending_pi;

	self->robust_list = 0;
	if (!head || copy_from_user(&list, head, sizeof(list)))
		return;
	uaddr_t pending = entry_of(list.pending, &is_pending_pi);
	uaddr_t entry = entry_of(list.first, &is_pi);
	for (unsigned i = 0; i < ROBUST_LIST_LIMIT && entry != head; i++) {
		uint64_t next;
		bool has_next = get_user_u64(&next, entry) == 0;
		if (entry != pending && !mark_owner_died(entry + list.offset, tid, is_pi, false))
			return;
		if (!has_next)
			return;
		entry = entry_of(next, &is_pi);
	}
	if (pending)
		mark_owner_died(pending + list.offset, tid, is_pending_pi, true);
}
