/*
 * The trace of messages: SEND and RECEIVE with the object, what it is, how many bytes and the first of them.
 */
#ifndef NAMU_IPC_MESSAGE_TRACE_H
#define NAMU_IPC_MESSAGE_TRACE_H

#include "ipc/bytering.h"
#include "lib/string.h"
#include "trace/trace.h"

/* Up to eight bytes of a ring, from `skip` behind its head. */
static inline uint64_t message_first_bytes(const struct bytering *ring, uint32_t skip)
{
	uint32_t used = bytering_used(ring), at = (ring->head + skip) & (ring->allocated - 1);
	uint64_t first = 0;

	if (likely(!ring->loans && skip < used && at + sizeof(first) <= ring->allocated)) {
		__builtin_memcpy(&first, ring->data + at, sizeof(first));
		return used - skip < sizeof(first) ? first & ((1ull << 8 * (used - skip)) - 1) : first;
	}
	bytering_peek_kernel(ring, skip, &first, sizeof(first));
	return first;
}

/* The last `bytes` bytes of a ring were put there. */
static inline void message_trace_put(const void *object, enum message_kind kind, const struct bytering *ring,
				     uint64_t bytes)
{
	if (trace_is_on(TRACE_SEND))
		trace_record_message(TRACE_SEND, (uint64_t)object, kind, (uint32_t)bytes,
				     message_first_bytes(ring, bytering_used(ring) - (uint32_t)bytes));
}

/* The first `bytes` bytes of a ring are about to be taken. */
static inline void message_trace_drop(const void *object, enum message_kind kind, const struct bytering *ring,
				      uint64_t bytes)
{
	bytes = MIN(bytes, (uint64_t)bytering_used(ring));
	if (bytes && trace_is_on(TRACE_RECEIVE))
		trace_record_message(TRACE_RECEIVE, (uint64_t)object, kind, (uint32_t)bytes,
				     message_first_bytes(ring, 0));
}

#endif
