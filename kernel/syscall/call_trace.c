/*
 * System calls in the trace. Which argument is a text says the table of calls; the text is read before the call does
 * it, so that a call that fails is told with it too.
 */
#include "syscall/call_trace.h"
#include "arch/x86_64/uaccess.h"
#include "lib/string.h"
#include "syscall/calls.h"
#include "syscall/rows.h"
#include "trace/trace.h"

#define ARGUMENTS_IN_ENTER 3
#define TEXT_BYTES         96

/* The empty string before a text is for calls without arguments. */
#define TEXT_IN(place, text) __builtin_strcmp("" text, "user_text_t") == 0 ? CALL_HAS_TEXT | (place) << CALL_TEXT_AT
#define FIRST_TEXT(a, b, c, d, e, f, ...) \
	(TEXT_IN(0u, a) : TEXT_IN(1u, b) : TEXT_IN(2u, c) : TEXT_IN(3u, d) : TEXT_IN(4u, e) : TEXT_IN(5u, f) : 0)
#define FIRST_TEXT_OF(...) FIRST_TEXT(__VA_ARGS__)
#define MORE_TO_TELL(count, type_texts) \
	(((count) > ARGUMENTS_IN_ENTER ? CALL_HAS_MORE : 0) | FIRST_TEXT_OF(ROW_UNWRAP type_texts, , , , , , , ))
#define SHAPE_OF(count, more) (uint8_t)((count) == 0 ? CALL_HAS_NONE : (more) ? (more) : CALL_HAS_FEW)
#define ROW(row_number, row_name, row_level, count, parameters, row_types, type_texts, argument_texts, row_note) \
	[row_number] = SHAPE_OF(count, MORE_TO_TELL(count, type_texts)),

const uint8_t call_shapes[SYSCALL_LIMIT] = {
#include "syscall/rows/all.def"
};

/* As far as it is there. A page that the text does not reach is left alone. */
static size_t read_text(char *text, uaddr_t from)
{
	size_t here = MIN(PAGE_SIZE - (from & PAGE_MASK), (uint64_t)TEXT_BYTES);
	size_t bytes = strnlen(text, copy_from_user_partial(text, from, here));

	if (bytes == here && here < TEXT_BYTES)
		bytes += strnlen(text + here, copy_from_user_partial(text + here, from + here, TEXT_BYTES - here));
	return bytes;
}

static __attribute__((noinline)) void record_with_text(uint64_t number, const struct trapframe *frame)
{
	const uint64_t arguments[6] = {frame->rdi, frame->rsi, frame->rdx, frame->r10, frame->r8, frame->r9};
	const uint64_t words[4] = {number, arguments[3], arguments[4], arguments[5]};
	char text[TEXT_BYTES];

	trace_record_bytes(TRACE_SYSCALL_MORE, words, text,
			   read_text(text, arguments[call_shapes[number] >> CALL_TEXT_AT]));
}

void call_trace_more(uint64_t number, const struct trapframe *frame)
{
	if (call_shapes[number] & CALL_HAS_TEXT)
		record_with_text(number, frame);
	else
		trace_record(TRACE_SYSCALL_MORE, number, frame->r10, frame->r8, frame->r9);
}

void call_trace_enter(uint64_t number, const struct trapframe *frame)
{
	trace(TRACE_SYSCALL_ENTER, number, frame->rdi, frame->rsi, frame->rdx);
	if (!trace_is_on(TRACE_SYSCALL_MORE) || number >= SYSCALL_LIMIT)
		return;
	if (call_shapes[number] & (CALL_HAS_MORE | CALL_HAS_TEXT))
		call_trace_more(number, frame);
}

__attribute__((noinline)) void call_trace_exit_slowly(const struct trapframe *frame)
{
	if (trace_make_room(this_cpu()))
		call_trace_ends(frame, (int64_t)frame->rax);
}
