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
	uint64_t first = 0;

	for (uint32_t done = 0; done < sizeof(first);) {
		struct bytering_run run = bytering_run(ring, skip + done);
		uint32_t part = MIN(run.bytes, (uint32_t)sizeof(first) - done);
		if (likely(part == sizeof(first))) {
			__builtin_memcpy(&first, run.data, sizeof(first));
			break;
		}
		if (!part)
			break;
		memcpy((uint8_t *)&first + done, run.data, part);
		done += part;
	}
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
