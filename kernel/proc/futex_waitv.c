/*
 * Waiting for one of several words (futex_waitv(2)). All waiters enter their buckets before the first word is looked
 * at, so that no change in between is missed.
 */
#include <linux/futex.h>
#include <linux/time.h>

#include "arch/x86_64/uaccess.h"
#include "mem/slab.h"
#include "proc/futex_private.h"
#include "proc/process.h"
#include "proc/time.h"

#define KNOWN_FLAGS (FUTEX_32 | FUTEX_PRIVATE_FLAG)

static int read_rows(struct futex_waitv *rows, uaddr_t from, uint32_t count)
{
	if (copy_from_user(rows, from, count * sizeof(*rows)))
		return -EFAULT;
	for (uint32_t i = 0; i < count; i++) {
		if ((rows[i].flags & ~KNOWN_FLAGS) || rows[i].__reserved || !(rows[i].flags & FUTEX_32))
			return -EINVAL;
	}
	return 0;
}

static int name_words(struct futex_waiter *waiters, const struct futex_waitv *rows, uint32_t count)
{
	int error = 0;

	for (uint32_t i = 0; i < count && !error; i++) {
		waiters[i] = (struct futex_waiter){.thread = current_thread(), .bitset = FUTEX_BITSET_MATCH_ANY};
		error = futex_key_of(rows[i].uaddr, rows[i].flags & FUTEX_PRIVATE_FLAG, &waiters[i].key);
	}
	return error;
}

static int compare_words(const struct futex_waitv *rows, uint32_t count)
{
	uint32_t seen;

	for (uint32_t i = 0; i < count; i++) {
		if (get_user_u32(&seen, rows[i].uaddr))
			return -EFAULT;
		if (seen != (uint32_t)rows[i].val)
			return -EAGAIN;
	}
	return 0;
}

static int64_t wait(struct futex_waiter *waiters, const struct futex_waitv *rows, uint32_t count,
		    struct futex_deadline deadline)
{
	int64_t woken = -1;

	int64_t result = name_words(waiters, rows, count);
	if (result)
		return result;
	for (uint32_t i = 0; i < count; i++)
		futex_enter(&waiters[i]);
	result = compare_words(rows, count);
	if (!result)
		result = futex_block(waiters, count, rows[0].uaddr, deadline);
	/* A wake-up is never lost, whatever ended the wait: the last one is told, as in Linux. */
	for (uint32_t i = 0; i < count; i++) {
		if (futex_leave(&waiters[i]))
			woken = i;
	}
	return woken >= 0 ? woken : result;
}

static int read_deadline(struct futex_deadline *deadline, uaddr_t timeout, int32_t clock)
{
	*deadline = FUTEX_NO_DEADLINE;
	if (!timeout)
		return 0;
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return -EINVAL;
	deadline->is_realtime = clock == CLOCK_REALTIME;
	return timespec_from_user(&deadline->ns, timeout);
}

int64_t futex_wait_many(uaddr_t rows_at, uint32_t count, uint32_t flags, uaddr_t timeout, int32_t clock)
{
	struct futex_deadline deadline;

	if (flags || !count || count > FUTEX_WAITV_MAX || !rows_at)
		return -EINVAL;
	int64_t result = read_deadline(&deadline, timeout, clock);
	if (result)
		return result;
	struct futex_waiter *waiters = kmalloc(count * (sizeof(*waiters) + sizeof(struct futex_waitv)));
	if (!waiters)
		return -ENOMEM;
	struct futex_waitv *rows = (struct futex_waitv *)(waiters + count);
	result = read_rows(rows, rows_at, count);
	if (!result)
		result = wait(waiters, rows, count, deadline);
	kfree(waiters);
	return result;
}
