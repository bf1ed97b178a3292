/*
 * The dispatcher: from the number in RAX to a handler and back. Called by syscall_entry with the frame, on every system
 * call.
 *
 * A handler is called through one type of six 64-bit arguments. The psABI gives each integer argument a register of its
 * own and says nothing about the upper half of one that holds 32 bits, so a handler with fewer or narrower parameters
 * reads exactly its own; the assertions below keep to what that holds for. It saves a thunk a call: under emulation a
 * jump into another page costs as much as ten instructions.
 */
#include "arch/x86_64/trap.h"
#include "proc/process.h"
#include "proc/ptrace.h"
#include "sched/thread.h"
#include "syscall/call_trace.h"
#include "syscall/calls.h"
#include "trace/trace.h"

#define ROW(number, name, level, count, parameters, types, type_texts, argument_texts, note) \
	[number] = (syscall_function)(void *)sys_##name,
const syscall_function syscall_calls[SYSCALL_LIMIT] __attribute__((aligned(PAGE_SIZE))) = {
#include "syscall/rows/all.def"
};
#undef ROW

/* Types narrower than 32 bits would need widening by the caller; a structure would not fit a register. */
#define CHECK(type) _Static_assert(sizeof(type) == 4 || sizeof(type) == 8, "argument of a system call");
#define CHECKS_0()
#define CHECKS_1(t)                                                                          CHECK(t)
#define CHECKS_2(t, ...)                                                                     CHECK(t) CHECKS_1(__VA_ARGS__)
#define CHECKS_3(t, ...)                                                                     CHECK(t) CHECKS_2(__VA_ARGS__)
#define CHECKS_4(t, ...)                                                                     CHECK(t) CHECKS_3(__VA_ARGS__)
#define CHECKS_5(t, ...)                                                                     CHECK(t) CHECKS_4(__VA_ARGS__)
#define CHECKS_6(t, ...)                                                                     CHECK(t) CHECKS_5(__VA_ARGS__)
#define ROW(number, name, level, count, parameters, types, type_texts, argument_texts, note) CHECKS_##count types
#include "syscall/rows/all.def"
#undef ROW

/* Numbers that were reported, a bit each: every unknown call is said once. The last bit stands for all beyond the
 * table. */
static _Atomic uint64_t reported[SYSCALL_LIMIT / 64 + 1];

static int64_t unknown_call(uint64_t number, const struct trapframe *frame)
{
	trace(TRACE_UNKNOWN_CALL, number, frame->rdi, 0, 0);
	uint64_t index = MIN(number, (uint64_t)SYSCALL_LIMIT);
	uint64_t bit = 1ull << (index % 64);
	if (!(atomic_fetch_or(&reported[index / 64], bit) & bit)) {
		const char *name = syscall_name(number);
		struct thread *thread = current_thread();
		log_line("unknown system call %lu%s%s%s by %s[%d]", number, name ? " (" : "", name ? name : "",
			 name ? ")" : "", thread->name, thread->tid);
	}
	return -ENOSYS;
}

static inline int64_t call_handler(uint64_t number, const struct trapframe *frame)
{
	syscall_function call = likely(number < SYSCALL_LIMIT) ? syscall_calls[number] : NULL;
	if (unlikely(!call))
		return unknown_call(number, frame);
	return call(frame->rdi, frame->rsi, frame->rdx, frame->r10, frame->r8, frame->r9);
}

/* With the trace's events in full, and with stops where the thread's tracer wants them (it may have begun meanwhile).
 */
static __attribute__((noinline)) int64_t call_watched(struct trapframe *frame)
{
	const struct thread_proc *self = current_proc();

	if (!self->tracee || ptrace_call_begins(frame)) {
		uint64_t number = (uint32_t)frame->error;
		call_trace_enter(number, frame);
		frame->rax = (uint64_t)call_handler(number, frame);
		trace(TRACE_SYSCALL_EXIT, number, frame->rax, 0, 0);
	}
	if (self->tracee)
		ptrace_call_ends(frame);
	return (int64_t)frame->rax;
}

/* An interrupted call: signal_deliver turns the result into a restart or EINTR, whether or not a signal is still there.
 */
static inline void finish(struct trapframe *frame, int64_t result)
{
	frame->rax = (uint64_t)result;
	if (unlikely((uint64_t)result + ERESTART_BLOCK <= ERESTART_BLOCK - ERESTART_CALL) && frame_is_call(frame))
		atomic_fetch_or_explicit(&current_thread()->work, WORK_SIGNAL, memory_order_relaxed);
}

void syscall_dispatch_watched(struct trapframe *frame)
{
	finish(frame, call_watched(frame));
}

typedef int64_t (*syscall_of_none)(void);
typedef int64_t (*syscall_of_three)(uint64_t, uint64_t, uint64_t);

/*
 * SYSCALL_ENTER in short, and the call, of a number below SYSCALL_LIMIT. What a handler with few arguments does not
 * read is not loaded, which pays for half of what is told. Where there is no room the whole of it goes on elsewhere, so
 * that nothing need be kept over a call here.
 */
static int64_t call_slowly(uint64_t number, const struct trapframe *frame);

static __attribute__((noinline)) int64_t call_telling_more(uint64_t number, const struct trapframe *frame)
{
	if (call_shapes[number])
		call_trace_more(number, frame);
	return call_handler((uint32_t)frame->error, frame);
}

static inline int64_t call_short(uint64_t number, const struct trapframe *frame)
{
	struct namu_trace_item *item = trace_item();

	TRACE_NEEDS_ROOM(item, full);
	tsc_store(item->ticks);
	item->first = (uint32_t)number;
	uint8_t shape = call_shapes[number];
	/* The shortest calls feel a jump most. */
	if (likely(shape == CALL_HAS_NONE)) {
		trace_head(item, NAMU_ITEM_ENTER, 0);
		trace_publish(item, 0);
		return ((syscall_of_none)(void *)syscall_calls[number])();
	}
	uint64_t first = frame->rdi, second = frame->rsi, third = frame->rdx;
	trace_head(item, NAMU_ITEM_ENTER, 3);
	item->words[0] = first;
	item->words[1] = second;
	item->words[2] = third;
	trace_publish(item, 3);
	if (likely(shape == CALL_HAS_FEW))
		return ((syscall_of_three)(void *)syscall_calls[number])(first, second, third);
	return call_telling_more(number, frame);
full:
	return call_slowly(number, frame);
}

static __attribute__((noinline)) int64_t call_slowly(uint64_t number, const struct trapframe *frame)
{
	return trace_make_room(this_cpu()) ? call_short(number, frame) : call_handler(number, frame);
}

/* What they return to lies in the second line of code, so they take four (see HOT_CODE): a null call took 140 ns
 * instead of 100 where it met the first. */
#define DISPATCHER __attribute__((hot, aligned(256)))

DISPATCHER void syscall_dispatch_traced(struct trapframe *frame)
{
	uint64_t number = (uint32_t)frame->error;

	if (unlikely(number >= SYSCALL_LIMIT)) {
		syscall_dispatch_watched(frame);
		return;
	}
	int64_t result = call_short(number, frame);
	finish(frame, result);
	call_trace_ends(frame, result);
}

/* Linux takes the low 32 bits of RAX for the number. The result goes to RAX, unless the handler has replaced the frame
 * (exec, rt_sigreturn: they return what RAX shall be). */
DISPATCHER void syscall_dispatch(struct trapframe *frame)
{
	finish(frame, call_handler((uint32_t)frame->error, frame));
}
