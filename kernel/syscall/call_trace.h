/* What the trace tells of a system call: SYSCALL_ENTER, SYSCALL_MORE when there are more than three arguments or one is
 * a text, SYSCALL_EXIT. */
#ifndef NAMU_SYSCALL_CALL_TRACE_H
#define NAMU_SYSCALL_CALL_TRACE_H

#include "arch/x86_64/trap.h"
#include "syscall/calls.h"
#include "trace/write.h"

/* What the rows say of a call: it has no arguments; it has at most three and none is a text; there is more to tell, and
 * the place of its first text. 0: there is no such call. */
#define CALL_HAS_NONE 1u
#define CALL_HAS_MORE 2u
#define CALL_HAS_TEXT 4u
#define CALL_TEXT_AT  3 /* bit */
#define CALL_HAS_FEW  64u
extern const uint8_t call_shapes[SYSCALL_LIMIT];

/* In full, as far as the parts are wanted. */
void call_trace_enter(uint64_t number, const struct trapframe *frame);
/* SYSCALL_MORE of a call that has CALL_HAS_MORE or CALL_HAS_TEXT. */
void call_trace_more(uint64_t number, const struct trapframe *frame);
/* SYSCALL_EXIT in short, of a call whose result is in the frame already; the first is its rare part. */
void call_trace_exit_slowly(const struct trapframe *frame);
static inline void call_trace_ends(const struct trapframe *frame, int64_t result)
{
	struct namu_trace_item *item = trace_item();

	TRACE_NEEDS_ROOM(item, full);
	/* First, as reading the clock takes the register that it is in. */
	item->words[0] = (uint64_t)result;
	tsc_store(item->ticks);
	trace_head(item, NAMU_ITEM_EXIT, 1);
	trace_publish(item, 1);
	return;
full:
	call_trace_exit_slowly(frame);
}

#endif
