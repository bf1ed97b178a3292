/* What the trace tells of a system call: SYSCALL_ENTER, SYSCALL_MORE when there are more than three arguments or one is
 * a text, SYSCALL_EXIT. */
#ifndef NAMU_SYSCALL_CALL_TRACE_H
#define NAMU_SYSCALL_CALL_TRACE_H

#include "arch/x86_64/trap.h"
#include "syscall/calls.h"
#include "trace/write.h"

/* What the rows say of a call: whether it has no arguments, whether there is more to tell than three of them, and the
 * place of its first text. */
#define CALL_HAS_NONE 1u
#define CALL_HAS_MORE 2u
#define CALL_HAS_TEXT 4u
#define CALL_TEXT_AT  3 /* bit */
extern const uint8_t call_shapes[SYSCALL_LIMIT];

/* In full, as far as the parts are wanted. */
void call_trace_enter(uint64_t number, const struct trapframe *frame);
/* SYSCALL_MORE of a call that has CALL_HAS_MORE or CALL_HAS_TEXT; returns the number. */
uint64_t call_trace_more(uint64_t number, const struct trapframe *frame);
/*
 * In short, for a number below SYSCALL_LIMIT: what is given comes back, so that whoever calls has nothing to keep. The
 * first two are the parts that call.
 */
uint64_t call_trace_enter_slowly(uint64_t number, const struct trapframe *frame);
int64_t call_trace_exit_slowly(int64_t result);

static inline uint64_t call_trace_begins(uint64_t number, const struct trapframe *frame)
{
	struct namu_trace_item *item = trace_item();

	TRACE_NEEDS_ROOM(item, full);
	tsc_store(item->ticks);
	item->first = (uint32_t)number;
	uint8_t shape = call_shapes[number];
	if (shape & CALL_HAS_NONE) {
		trace_head(item, NAMU_ITEM_ENTER, 0);
		trace_publish(item, 0);
		return number;
	}
	trace_head(item, NAMU_ITEM_ENTER, 3);
	item->words[0] = frame->rdi;
	item->words[1] = frame->rsi;
	item->words[2] = frame->rdx;
	trace_publish(item, 3);
	return shape ? call_trace_more(number, frame) : number;
full:
	return call_trace_enter_slowly(number, frame);
}

static inline int64_t call_trace_ends(int64_t result)
{
	struct namu_trace_item *item = trace_item();

	TRACE_NEEDS_ROOM(item, full);
	tsc_store(item->ticks);
	trace_head(item, NAMU_ITEM_EXIT, 1);
	item->words[0] = (uint64_t)result;
	trace_publish(item, 1);
	return result;
full:
	return call_trace_exit_slowly(result);
}

#endif
