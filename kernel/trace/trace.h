/*
 * The trace: what the process system does, as fixed-size records in a ring per processor, drained to the port
 * namu.trace. Off: one predictable branch an event. The stream's format is in include/namu/trace.h.
 *
 * A ring is written by its own processor alone, which runs with interrupts off, so a record takes no lock and may come
 * with any lock held. Whoever drains (one processor at a time) merges the rings by time. When a ring is full its
 * writer drains, and waits for the host as long as it takes; a lossy trace counts what it drops instead.
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

/* The word "kind" of SEND and RECEIVE. */
enum message_kind {
#define KIND(number, name, manner, text) MESSAGE_##name = number,
	TRACE_MESSAGE_KINDS(KIND)
#undef KIND
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

/* Supplied by sched/: where in the running thread its tid (32 bits) lies. */
extern uint32_t trace_tid_offset;

/* Where the stream goes, supplied by dev/. Called with any lock held, by one processor at a time. */
struct trace_sink {
	/* A place for the next bytes and how many fit; null: the host is behind. */
	void *(*claim)(size_t *bytes);
	/* So many bytes were written to the place that was claimed last. */
	void (*send)(size_t bytes);
};

struct trace_plan {
	const struct trace_sink *sink;
	uint64_t events;      /* a bit each */
	bool is_lossy;        /* what the host is too slow for is dropped and counted */
	uint64_t realtime_ns; /* CLOCK_REALTIME at time 0 of the stream */
	uint32_t cpus;        /* at most so many will run */
	void *memory;         /* for their rings; never given back */
	size_t bytes;
};
void trace_start(const struct trace_plan *plan);
/* Move to the sink what it takes now. Called by the idle loop, and by those whose ring fills. */
void trace_drain(void);
/* The end of the stream: nothing more is recorded, all of it is drained. `may_wait` false: as far as the host takes it
 * at once, for a panic. */
void trace_end(bool may_wait);
/* The last `count` records as text lines to `print`, for a panic. */
void trace_print_last(unsigned count, void (*print)(const char *line));

#endif
