/*
 * The trace: what the process system does, as fixed-size records in a ring per processor, drained to the port
 * namu.trace. Off: one predictable branch an event. The stream's format is in include/namu/trace.h.
 */
#ifndef NAMU_TRACE_TRACE_H
#define NAMU_TRACE_TRACE_H

#include "lib/types.h"
#include "trace/events.h"

enum trace_event {
#define EVENT(number, name, words) TRACE_##name = number,
	TRACE_EVENTS(EVENT)
#undef EVENT
};

/* A bit for each event that is recorded; 0 when the trace is off. */
extern uint64_t trace_mask;

/*
 * A bit that is no event: some thread is traced by another (ptrace(2)), so that system calls are looked at closer. It
 * stands here so that a call that nobody traces tests for both at once. Counted under tree_lock.
 */
#define TRACE_MASK_THREADS (1ull << 30)
void trace_threads(int more);

void trace_record(enum trace_event event, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
/* The same, followed by records that hold `text` (cut to 96 bytes). */
void trace_record_text(enum trace_event event, uint64_t a, const char *text);

static inline bool trace_is_on(enum trace_event event)
{
	return unlikely(trace_mask & (1ull << event));
}
/* Record an event if it is wanted. Usable everywhere, with any lock held. */
static inline void trace(enum trace_event event, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	if (trace_is_on(event))
		trace_record(event, a, b, c, d);
}

/* Supplied by sched/: the tid of the running thread. */
extern uint32_t (*trace_current_tid)(void);

/* The draining side: dev/ registers a writer, which takes `bytes` at `data` and returns how many it took (0: not now),
 * and memory for the ring, which is never given back. realtime_ns is CLOCK_REALTIME at time 0 of the stream. */
void trace_start(size_t (*writer)(const void *data, size_t bytes), uint64_t mask, void *buffer, size_t buffer_bytes,
		 uint64_t realtime_ns);
/* Move what is there to the writer; called by the idle loop, on a full ring, and at the end. Returns true when all is
 * drained. */
bool trace_drain(void);
/* The last `count` records as text lines to `print`, for a panic. */
void trace_print_last(unsigned count, void (*print)(const char *line));

#endif
