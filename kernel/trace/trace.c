/*
 * Writing the trace: see trace.h. Sending it is in drain.c.
 */
#include "trace/trace.h"
#include "arch/x86_64/trap.h"
#include "lib/string.h"
#include "trace/buffer.h"
#include "trace/write.h"

#define TEXT_MAX 96u

HOT_DATA uint64_t trace_mask;
HOT_DATA volatile int8_t syscall_way;
HOT_DATA uint32_t trace_tid_offset;
struct trace_buffer trace_buffers[CPU_MAX];
uint32_t trace_cpus;
uint64_t trace_events;
bool trace_is_lossy;

static uint64_t traced_threads; /* tree_lock */

void trace_set_mask(uint64_t clear, uint64_t set)
{
	const uint64_t calls = 1ull << TRACE_SYSCALL_ENTER | 1ull << TRACE_SYSCALL_EXIT;

	__atomic_fetch_and(&trace_mask, ~clear, __ATOMIC_RELAXED);
	uint64_t mask = __atomic_or_fetch(&trace_mask, set, __ATOMIC_RELAXED) & TRACE_MASK_USED;

	/* The short forms say all of every call, and nothing of them may be missing. */
	if (!(mask & (calls | TRACE_MASK_THREADS)))
		syscall_way = SYSCALL_PLAIN;
	else if (mask & TRACE_MASK_THREADS || (mask & calls) != calls || !trace_is_on(TRACE_SYSCALL_MORE) ||
		 trace_is_lossy)
		syscall_way = SYSCALL_WATCHED;
	else
		syscall_way = SYSCALL_TRACED;
}

void trace_threads(int more)
{
	traced_threads += (uint64_t)more;
	trace_set_mask(traced_threads ? 0 : TRACE_MASK_THREADS, traced_threads ? TRACE_MASK_THREADS : 0);
}

/* What finds no room goes on here, so that the ways below need no registers saved. */
static __attribute__((noinline)) void record_slowly(enum trace_event event, uint64_t a, uint64_t b, uint64_t c,
						    uint64_t d)
{
	if (trace_make_room(this_cpu()))
		trace_record(event, a, b, c, d);
}

void trace_record(enum trace_event event, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct namu_trace_item *item = trace_item();

	TRACE_NEEDS_ROOM(item, full);
	trace_fill(item, event, 4);
	item->words[0] = a;
	item->words[1] = b;
	item->words[2] = c;
	item->words[3] = d;
	trace_publish(item, 4);
	return;
full:
	record_slowly(event, a, b, c, d);
}

static __attribute__((noinline)) void record_one_slowly(enum namu_trace_form form, uint32_t first, uint32_t second,
							uint64_t word)
{
	if (trace_make_room(this_cpu()))
		trace_record_one(form, first, second, word);
}

void trace_record_one(enum namu_trace_form form, uint32_t first, uint32_t second, uint64_t word)
{
	struct namu_trace_item *item = trace_item();

	TRACE_NEEDS_ROOM(item, full);
	trace_fill(item, form, 1);
	item->first = first;
	item->second = (uint16_t)second;
	item->words[0] = word;
	trace_publish(item, 1);
	return;
full:
	record_one_slowly(form, first, second, word);
}

static __attribute__((noinline)) void record_message_slowly(enum trace_event event, uint64_t object, uint32_t kind,
							    uint32_t bytes, uint64_t first)
{
	if (trace_make_room(this_cpu()))
		trace_record_message(event, object, kind, bytes, first);
}

void trace_record_message(enum trace_event event, uint64_t object, uint32_t kind, uint32_t bytes, uint64_t first)
{
	struct namu_trace_item *item = trace_item();

	TRACE_NEEDS_ROOM(item, full);
	trace_fill(item, NAMU_ITEM_SEND - TRACE_SEND + event, 2);
	item->first = bytes;
	item->second = (uint16_t)kind;
	item->words[0] = object;
	item->words[1] = first;
	trace_publish(item, 2);
	return;
full:
	record_message_slowly(event, object, kind, bytes, first);
}

void trace_record_bytes(enum trace_event event, const uint64_t words[4], const void *data, size_t bytes)
{
	struct cpu *cpu = this_cpu();

	bytes = MIN(bytes, (size_t)TEXT_MAX);
	uint32_t text_words = (uint32_t)((bytes + 7) / 8);
	if (cpu->trace_next >= cpu->trace_limit && !trace_make_room(cpu))
		return;
	struct namu_trace_item *item = trace_item();
	trace_fill(item, event, 4 + text_words);
	memcpy(item->words, words, 4 * sizeof(words[0]));
	if (text_words) {
		item->words[3 + text_words] = 0;
		memcpy(&item->words[4], data, bytes);
	}
	trace_publish(item, 4 + text_words);
}

void trace_record_text(enum trace_event event, uint64_t a, const char *text)
{
	const uint64_t words[4] = {a};

	trace_record_bytes(event, words, text, strlen(text));
}

void trace_start(const struct trace_plan *plan)
{
	trace_cpus = MIN(plan->cpus, (uint32_t)CPU_MAX);
	trace_is_lossy = plan->is_lossy;
	trace_events = plan->events & ~TRACE_MASK_THREADS;
	trace_sink_start(plan->sink, plan->realtime_ns);
	trace_set_mask(0, trace_events);
}
