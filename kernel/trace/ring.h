/* The inside of the trace: the rings, shared by trace.c (writing) and drain.c (merging and sending). */
#ifndef NAMU_TRACE_RING_H
#define NAMU_TRACE_RING_H

#include "arch/x86_64/cpu.h"
#include "namu/trace.h"
#include "trace/trace.h"

/*
 * Lock key: (i) set by trace_start; (o) written by its own processor; (d) written by whoever has the turn to drain.
 */
struct trace_ring {
	struct namu_trace_record *records; /* (i) */
	_Atomic uint64_t tail;             /* (o) records ever published */
	uint64_t look_at;                  /* (o) the tail at which to look: room, the ring's end, no clock yet */
	struct namu_trace_record *next;    /* (o) where the tail is, while it is before look_at */
	_Atomic uint64_t lost;             /* (o) events dropped and not told yet */
	_Atomic bool is_writing;           /* (o) a record with a time that was taken already may be published */
	bool is_draining;                  /* (o) it has the turn */
	_Atomic uint64_t head __attribute__((aligned(64))); /* (d) records ever drained */
} __attribute__((aligned(64)));

extern struct trace_ring trace_rings[CPU_MAX];
extern uint64_t trace_ring_records; /* of each ring, a power of two */
extern uint32_t trace_cpus;

static inline struct namu_trace_record *trace_ring_at(const struct trace_ring *ring, uint64_t position)
{
	return &ring->records[position & (trace_ring_records - 1)];
}
static inline uint64_t trace_ring_used(const struct trace_ring *ring)
{
	return atomic_load_explicit(&ring->tail, memory_order_relaxed) -
	       atomic_load_explicit(&ring->head, memory_order_acquire);
}

enum drain_mode {
	DRAIN_SOME, /* what the host takes now; nothing while another processor drains */
	DRAIN_WAIT, /* everything */
	DRAIN_LAST, /* the same, records that come meanwhile included */
	DRAIN_PANIC /* what the host takes now, whatever other processors were about */
};
void trace_drain_rings(enum drain_mode mode);
void trace_drain_start(const struct trace_sink *sink, uint64_t realtime_ns);

#endif
