/*
 * The trace: what the process system does, as items that each processor writes to buffers of the port namu.trace. Off:
 * one predictable branch an event. The stream's format is in include/namu/trace.h.
 *
 * A buffer is written by its own processor alone, which runs with interrupts off, so an event takes no lock and may
 * come with any lock held. The host sorts what several processors did by time. When a buffer is full its writer sends
 * it and takes another, and waits for the host as long as it takes; a lossy trace counts what it drops instead.
 */
#ifndef NAMU_TRACE_TRACE_H
#define NAMU_TRACE_TRACE_H

#include "lib/types.h"
#include "namu/trace.h"
#include "trace/events.h"

enum trace_event {
#define EVENT(number, name, words) TRACE_##name = number,
	TRACE_EVENTS(EVENT)
#undef EVENT
};

/* The word "kind" of SEND and RECEIVE. */
enum message_kind {
#define KIND(number, name, manner, text) MESSAGE_##name = number,
	TRACE_MESSAGE_KINDS(KIND)
#undef KIND
};

/* A bit for each event that is recorded; 0 when the trace is off. */
extern uint64_t trace_mask;

/*
 * A bit that is no event: some thread is traced by another (ptrace(2)), so that system calls are looked at closer.
 * Counted under tree_lock.
 */
#define TRACE_MASK_THREADS (1ull << 30)
void trace_threads(int more);

void trace_record(enum trace_event event, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
/* The forms that have one word, and SEND and RECEIVE, see include/namu/trace.h. */
void trace_record_one(enum namu_trace_form form, uint32_t first, uint32_t second, uint64_t word);
void trace_record_message(enum trace_event event, uint64_t object, uint32_t kind, uint32_t bytes, uint64_t first);
/* The first, followed by `text` (cut to 96 bytes). */
void trace_record_text(enum trace_event event, uint64_t a, const char *text);
/* The same with all four words, and any bytes. */
void trace_record_bytes(enum trace_event event, const uint64_t words[4], const void *data, size_t bytes);

/* NAMU_NO_TRACE builds a kernel without any of it, to measure what it costs when it is off (bench/README.md). */
#ifdef NAMU_NO_TRACE
#define TRACE_MASK_USED TRACE_MASK_THREADS
#else
#define TRACE_MASK_USED UINT64_MAX
#endif

static inline bool trace_is_on(enum trace_event event)
{
	return unlikely(trace_mask & TRACE_MASK_USED & (1ull << event));
}
/* Record an event if it is wanted. Usable everywhere, with any lock held. */
static inline void trace(enum trace_event event, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	if (trace_is_on(event))
		trace_record(event, a, b, c, d);
}

/* What a processor switches to is in every trace, as what its items leave out. */
static inline void trace_switch(int32_t to, bool is_voluntary)
{
	if (unlikely(trace_mask & TRACE_MASK_USED & ~TRACE_MASK_THREADS))
		trace_record_one(NAMU_ITEM_SWITCH, (uint32_t)to, is_voluntary, 0);
}
/* Likewise: the running thread has another number from now on. */
static inline void trace_new_number(int32_t tid)
{
	if (unlikely(trace_mask & TRACE_MASK_USED & ~TRACE_MASK_THREADS))
		trace_record_one(NAMU_ITEM_THREAD, (uint32_t)tid, 0, 0);
}
/* WAKE, and STATE: it is ready. */
static inline void trace_wake(int32_t woken, uint32_t wait_kind, uint64_t wait_object)
{
	if (unlikely(trace_mask & TRACE_MASK_USED & (1ull << TRACE_WAKE | 1ull << TRACE_STATE)))
		trace_record_one(NAMU_ITEM_WAKE, (uint32_t)woken, wait_kind, wait_object);
}

/* Supplied by sched/: where in the running thread its tid (32 bits) lies. */
extern uint32_t trace_tid_offset;

/* Where the stream goes, supplied by dev/. Called with any lock held. */
struct trace_sink {
	/* A buffer to fill and its size, and its number; null: the host is behind. */
	void *(*claim)(int *slot, size_t *bytes);
	/* So many bytes were written to the buffer with that number. */
	void (*send)(int slot, size_t bytes);
};

struct trace_plan {
	const struct trace_sink *sink;
	uint64_t events;      /* a bit each */
	bool is_lossy;        /* what the host is too slow for is dropped and counted */
	uint64_t realtime_ns; /* CLOCK_REALTIME at time 0 of the stream */
	uint32_t cpus;        /* at most so many will run */
};
void trace_start(const struct trace_plan *plan);
/* Send what this processor has written. Called by the idle loop. */
void trace_drain(void);
/* The end of the stream: nothing more is recorded, all of it is sent. `may_wait` false: without waiting for other
 * processors, for a panic. */
void trace_end(bool may_wait);
/* The last `count` records as text lines to `print`, for a panic. */
void trace_print_last(unsigned count, void (*print)(const char *line));

#endif
