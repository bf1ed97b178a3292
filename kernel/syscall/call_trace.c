/*
 * System calls in the trace. Which argument is a text says the table of calls; the text is read before the call does
 * it, so that a call that fails is told with it too.
 */
#include "syscall/call_trace.h"
#include "arch/x86_64/uaccess.h"
#include "lib/string.h"
#include "syscall/calls.h"
#include "trace/trace.h"

#define ARGUMENTS_IN_ENTER 3
#define TEXT_BYTES         96

/* What the table says of a call, found out when it is first traced: several processors find the same. */
static _Atomic uint8_t shapes[SYSCALL_LIMIT];
#define SHAPE_KNOWN 1u
#define SHAPE_MORE  2u
#define SHAPE_TEXT  4u /* and its place, from 0 */

static uint8_t shape_of(uint64_t number)
{
	const struct syscall_row *row = &syscall_table[number];
	uint8_t shape = atomic_load_explicit(&shapes[number], memory_order_relaxed);

	if (likely(shape))
		return shape;
	shape = SHAPE_KNOWN;
	if (row->argument_count > ARGUMENTS_IN_ENTER)
		shape |= SHAPE_MORE;
	for (uint8_t i = row->argument_count; i-- > 0;) {
		if (strcmp(row->types[i], "user_text_t") == 0)
			shape = (uint8_t)((shape & (SHAPE_KNOWN | SHAPE_MORE)) | SHAPE_TEXT | i << 3);
	}
	atomic_store_explicit(&shapes[number], shape, memory_order_relaxed);
	return shape;
}

/* As far as it is there. A page that the text does not reach is left alone. */
static size_t read_text(char *text, uaddr_t from)
{
	size_t here = MIN(PAGE_SIZE - (from & PAGE_MASK), (uint64_t)TEXT_BYTES);
	size_t bytes = strnlen(text, copy_from_user_partial(text, from, here));

	if (bytes == here && here < TEXT_BYTES)
		bytes += strnlen(text + here, copy_from_user_partial(text + here, from + here, TEXT_BYTES - here));
	return bytes;
}

static __attribute__((noinline)) void trace_more(uint64_t number, const struct trapframe *frame, uint8_t shape)
{
	const uint64_t arguments[6] = {frame->rdi, frame->rsi, frame->rdx, frame->r10, frame->r8, frame->r9};
	const uint64_t words[4] = {number, arguments[3], arguments[4], arguments[5]};
	char text[TEXT_BYTES];
	size_t bytes = 0;

	if (shape & SHAPE_TEXT)
		bytes = read_text(text, arguments[shape >> 3]);
	trace_record_bytes(TRACE_SYSCALL_MORE, words, text, bytes);
}

void call_trace_enter(uint64_t number, const struct trapframe *frame)
{
	trace(TRACE_SYSCALL_ENTER, number, frame->rdi, frame->rsi, frame->rdx);
	if (!trace_is_on(TRACE_SYSCALL_MORE) || number >= SYSCALL_LIMIT)
		return;
	uint8_t shape = shape_of(number);
	if (shape != SHAPE_KNOWN)
		trace_more(number, frame, shape);
}
