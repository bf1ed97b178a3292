/*
 * A reference count that many holders change at once. Made with 1; whoever drops the last one ends the object.
 */
#ifndef NAMU_LIB_REFCOUNT_H
#define NAMU_LIB_REFCOUNT_H

#include "lib/log.h"
#include "lib/types.h"

struct refcount {
	_Atomic uint32_t count;
};

static inline void refcount_init(struct refcount *ref, uint32_t value)
{
	atomic_init(&ref->count, value);
}

static inline void refcount_get(struct refcount *ref)
{
	uint32_t before = atomic_fetch_add_explicit(&ref->count, 1, memory_order_relaxed);
	KERNEL_ASSERT(before != 0 && before < UINT32_MAX / 2);
	(void)before;
}

/* Take a reference unless the count has already reached 0 (the object is on its way out). */
static inline bool refcount_get_unless_zero(struct refcount *ref)
{
	uint32_t seen = atomic_load_explicit(&ref->count, memory_order_relaxed);
	while (seen != 0) {
		if (atomic_compare_exchange_weak_explicit(&ref->count, &seen, seen + 1, memory_order_acquire,
							  memory_order_relaxed))
			return true;
	}
	return false;
}

/* True when this was the last reference: the caller must end the object. */
static inline bool refcount_put(struct refcount *ref)
{
	uint32_t before = atomic_fetch_sub_explicit(&ref->count, 1, memory_order_acq_rel);
	KERNEL_ASSERT(before != 0 && before < UINT32_MAX / 2);
	return before == 1;
}

static inline uint32_t refcount_read(const struct refcount *ref)
{
	return atomic_load_explicit(&ref->count, memory_order_relaxed);
}

#endif
