/* The inside of the trace: where each processor writes, shared by trace.c (writing) and drain.c (sending). */
#ifndef NAMU_TRACE_BUFFER_H
#define NAMU_TRACE_BUFFER_H

#include "arch/x86_64/cpu.h"
#include "namu/trace.h"
#include "trace/trace.h"

/* No item is larger. */
#define ITEM_BYTES_MOST 192

/*
 * A processor's place to write is a buffer of the port's, so that nothing is copied: a piece's head and items up to
 * cpu->trace_next. Whoever takes it out of `piece` sends it: its processor, or at the end of the machine whoever ends
 * it.
 *
 * Lock key: (o) by its own processor; (a) atomic.
 */
struct trace_buffer {
	_Atomic(struct namu_trace_piece *) piece; /* (a) null: none */
	int slot;                                 /* (o) the port's number for it */
	uint8_t *end;                             /* (o) of the buffer */
	const struct namu_trace_piece *before; /* (o) what was sent last, for a panic; its memory may be used again */
	_Atomic uint64_t lost;                 /* (a) events dropped and not told yet */
	_Atomic bool is_sending;               /* (a) set by its own processor, which is in the port's code */
};

extern struct trace_buffer trace_buffers[CPU_MAX];
extern bool trace_is_lossy;
extern uint32_t trace_cpus;
extern uint64_t trace_events; /* that are wanted */

static inline uint32_t trace_tid_of(const struct cpu *cpu)
{
	return *(const uint32_t *)(const void *)((const char *)cpu->current + trace_tid_offset);
}

/* Change what is recorded, and with it how system calls are dispatched. */
void trace_set_mask(uint64_t clear, uint64_t set);
void trace_sink_start(const struct trace_sink *sink, uint64_t realtime_ns);

#endif
