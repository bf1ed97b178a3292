/*
 * Writing one item of the trace, in as few instructions as can be: what is measured is what is being traced, too. A
 * processor writes with interrupts off to a place of its own, so no lock is taken; `trace_next` moves on when the item
 * is whole.
 */
#ifndef NAMU_TRACE_WRITE_H
#define NAMU_TRACE_WRITE_H

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/io.h"
#include "namu/trace.h"
#include "trace/trace.h"

/* Find room for an item where this processor has none. False: the event is dropped. */
bool trace_make_room(struct cpu *cpu);

/* The place of the next item, if there is room. */
static inline struct namu_trace_item *trace_item(void)
{
	struct namu_trace_item *item;

	__asm__ volatile("movq %%gs:%c1, %0" : "=r"(item) : "i"(offsetof(struct cpu, trace_next)) : "memory");
	return item;
}

/* Goes to `full` where there is none. */
#define TRACE_NEEDS_ROOM(item, full)                                     \
	__asm__ goto("cmpq %%gs:%c0, %1\n\tjae %l[" #full "]"            \
		     :                                                   \
		     : "i"(offsetof(struct cpu, trace_limit)), "r"(item) \
		     : "cc", "memory"                                    \
		     : full)

/* Form and size in one store, with 0 for what `second` is if not set afterwards. */
static inline void trace_head(struct namu_trace_item *item, uint32_t form, uint32_t words)
{
	uint32_t head = form << 16 | (uint32_t)(sizeof(*item) / 8 + words) << 24;

	__builtin_memcpy(&item->second, &head, sizeof(head));
}

static inline void trace_fill(struct namu_trace_item *item, uint32_t form, uint32_t words)
{
	tsc_store(item->ticks);
	trace_head(item, form, words);
}

static inline void trace_publish(const struct namu_trace_item *item, uint32_t words)
{
	__asm__ volatile("movq %0, %%gs:%c1"
			 :
			 : "r"(&item->words[words]), "i"(offsetof(struct cpu, trace_next))
			 : "memory");
}

#endif
