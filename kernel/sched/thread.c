/*
 * Threads: their making, their states, their end.
 */
#include "sched/thread.h"
#include "arch/x86_64/asm_offsets.h"
#include "arch/x86_64/shootdown.h"
#include "choice/choice.h"
#include "lib/string.h"
#include "mem/fail.h"
#include "mem/kstack.h"
#include "mem/slab.h"
#include "sched/internal.h"
#include "sched/waitq.h"
#include "trace/trace.h"

_Static_assert(offsetof(struct thread, context) == 0, "current_context and entry.S rely on it");
_Static_assert(offsetof(struct thread, work) == THREAD_WORK, "entry.S");

#define NICE_0_WEIGHT 1024

struct spinlock tree_lock = SPINLOCK_INIT("tree", LOCK_TREE);

static struct slab_cache thread_cache = SLAB_CACHE("thread", struct thread);
static _Atomic uint64_t threads;

void (*sched_thread_free_hook)(struct thread *thread);

static const char *const state_names[] = {
#define STATE(name, letter, what) #name,
	THREAD_STATES(STATE)
#undef STATE
};

static const char state_letters[] = {
#define STATE(name, letter, what) letter,
	THREAD_STATES(STATE)
#undef STATE
};

static const char *const wait_names[] = {
#define KIND(name, wchan, what) wchan,
	WAIT_KINDS(KIND)
#undef KIND
};

/* The legal moves, from the one table in state.h. */
static bool move_is_legal(unsigned from, unsigned to)
{
#define MOVE(source, target, when)                            \
	if (from == THREAD_##source && to == THREAD_##target) \
		return true;
	THREAD_MOVES(MOVE)
#undef MOVE
	return false;
}

void thread_move_to(struct thread *thread, enum thread_state state)
{
#ifdef NAMU_DEBUG
	if (!move_is_legal(thread->state, state))
		panic("thread %d (%s) cannot go from %s to %s", thread->tid, thread->name, state_names[thread->state],
		      state_names[state]);
#else
	(void)move_is_legal;
#endif
	thread->state = (uint8_t)state;
}

__attribute__((noinline)) void thread_tell_state(const struct thread *thread, enum thread_state state)
{
	if (state == THREAD_BLOCKED)
		trace_record_one(NAMU_ITEM_BLOCK, 0, thread->waiting.kind, thread->waiting.object);
	else
		trace_record(TRACE_STATE, (uint64_t)thread->tid, state, 0, 0);
}

static struct thread *thread_create(const char *name)
{
	struct thread *thread = slab_alloc(&thread_cache);

	if (!thread)
		return NULL;
	thread->kstack = kstack_alloc();
	if (!thread->kstack) {
		slab_free(&thread_cache, thread);
		return NULL;
	}
	refcount_init(&thread->refs, 1);
	string_copy(thread->name, name, sizeof(thread->name));
	thread->state = THREAD_NEW;
	thread->class = CLASS_FAIR;
	thread->weight = NICE_0_WEIGHT;
	thread->affinity = UINT64_MAX;
	thread->cpu = this_cpu()->id;
	list_init(&thread->rt_link);
	thread->start_ns = clock_monotonic_ns();
	atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed);
	return thread;
}

struct thread *thread_create_kernel(const char *name, void (*start)(void *), void *arg)
{
	struct thread *thread = thread_create(name);

	if (!thread)
		return NULL;
	thread->kernel_start = start;
	thread->kernel_arg = arg;
	context_init_kernel(&thread->context, thread->kstack + KSTACK_BYTES, start, arg);
	return thread;
}

/* The first of a new thread, before it goes out to user mode: its half of the call that made it ends. */
static void begin_user(void)
{
	sched_finish_switch();
	if (trace_is_on(TRACE_SYSCALL_EXIT))
		trace_record(TRACE_SYSCALL_EXIT, (uint32_t)context_user_frame(&current_thread()->context)->error, 0, 0,
			     0);
}

struct thread *thread_create_user(const char *name, const struct trapframe *frame, struct trapframe **copy)
{
	struct thread *thread = thread_create(name);

	if (!thread)
		return NULL;
	*copy = context_init_user(&thread->context, thread->kstack + KSTACK_BYTES, frame, begin_user);
	return thread;
}

struct thread *thread_create_idle(struct cpu *cpu)
{
	struct thread *thread = thread_create("idle");

	if (!thread)
		return NULL;
	thread->class = CLASS_IDLE;
	thread->weight = 0;
	thread->state = THREAD_RUNNING;
	thread->cpu = cpu->id;
	thread->context.kernel_stack_top = thread->kstack + KSTACK_BYTES;
	return thread;
}

void thread_start(struct thread *thread)
{
	runq_admit(runq_lock_of(thread), thread, false);
}

void thread_discard(struct thread *thread)
{
	KERNEL_ASSERT(thread->state == THREAD_NEW);
	thread->state = THREAD_TERMINATED;
	kstack_free(thread->kstack);
	thread->kstack = 0;
	thread_put(thread);
}

_Noreturn void thread_exit(void)
{
	struct thread *thread = current_thread();
	struct runq *queue;

	fpu_free(&thread->context);
	queue = runq_lock_this();
	thread_set_state(thread, THREAD_TERMINATED);
	dispatch(queue, true);
	panic("thread %d ran after its end", thread->tid);
}

void thread_get(struct thread *thread)
{
	refcount_get(&thread->refs);
}

void thread_put(struct thread *thread)
{
	if (!refcount_put(&thread->refs))
		return;
	KERNEL_ASSERT(thread->state == THREAD_TERMINATED && !thread->kstack);
	alloc_fail_forget(thread);
	if (sched_thread_free_hook)
		sched_thread_free_hook(thread);
	if (thread->context.fpu)
		fpu_free(&thread->context);
	slab_free(&thread_cache, thread);
	atomic_fetch_sub_explicit(&threads, 1, memory_order_relaxed);
}

void thread_wait_off_cpu(struct thread *thread)
{
	bool is_on = cpu_count > 1;

	while (is_on) {
		struct runq *queue = runq_lock_of(thread);
		is_on = queue->running == thread;
		runq_unlock(queue);
		if (is_on) {
			shootdown_poll();
			cpu_relax();
		}
	}
}

void thread_interrupt(struct thread *thread, uint32_t work)
{
	atomic_fetch_or_explicit(&thread->work, work, memory_order_seq_cst);
	struct runq *queue = runq_lock_of(thread);
	if (thread->state == THREAD_BLOCKED &&
	    (thread->is_wait_interruptible || (thread->is_wait_killable && (work & WORK_KILL)))) {
		runq_admit(queue, thread, true);
		return;
	}
	/* In user mode on another processor it does not look at its work by itself. */
	if (queue->running == thread && thread != current_thread())
		runq_ask(queue);
	runq_unlock(queue);
}

char thread_state_letter(const struct thread *thread)
{
	if (thread->state == THREAD_BLOCKED || thread->state == THREAD_BLOCKED_SUSPENDED) {
		if (thread->waiting.kind == WAIT_STOPPED)
			return 'T';
		if (thread->waiting.kind == WAIT_TRACED)
			return 't';
		return thread->is_wait_interruptible ? state_letters[thread->state] : 'D';
	}
	return state_letters[thread->state];
}

const char *thread_state_name(enum thread_state state)
{
	return state < THREAD_STATE_COUNT ? state_names[state] : "?";
}

const char *wait_kind_wchan(enum wait_kind kind)
{
	return kind < WAIT_KIND_COUNT ? wait_names[kind] : "?";
}

uint64_t thread_count(void)
{
	return atomic_load_explicit(&threads, memory_order_relaxed);
}
