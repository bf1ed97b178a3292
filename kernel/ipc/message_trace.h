/*
 * The trace of messages: SEND and RECEIVE with the object, what it is, how many bytes and the first of them.
 */
#ifndef NAMU_IPC_MESSAGE_TRACE_H
#define NAMU_IPC_MESSAGE_TRACE_H

#include "ipc/bytering.h"
#include "lib/string.h"
#include "trace/trace.h"

/* The word "kind" of the events. */
enum message_kind {
#define KIND(number, name, text) MESSAGE_##name = number,
	TRACE_MESSAGE_KINDS(KIND)
#undef KIND
};

/* Bytes that wait at the head of a ring, before they are taken or after they were put. */
static inline void message_trace(enum trace_event event, const void *object, enum message_kind kind,
				 const struct bytering *ring, uint64_t bytes)
{
	uint64_t first = 0;
	uint32_t run;
	const uint8_t *front;

	if (!trace_is_on(event))
		return;
	front = bytering_front(ring, &run);
	if (front)
		memcpy(&first, front, MIN(run, (uint32_t)sizeof(first)));
	trace_record(event, (uint64_t)object, kind, bytes, first);
}

#endif
