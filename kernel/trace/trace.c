/*
 * Writing the trace's rings: see trace.h. Draining them is in drain.c.
 */
#include "trace/trace.h"
#include "arch/x86_64/clock.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "trace/ring.h"

#define TEXT_BYTES 32u
#define TEXT_MAX   96u

uint64_t trace_mask;
uint32_t trace_tid_offset;
struct trace_ring trace_rings[CPU_MAX];
uint64_t trace_ring_records;
uint32_t trace_cpus;

static bool is_lossy;
static uint64_t traced_threads; /* tree_lock */

void trace_threads(int more)
{
	traced_threads += (uint64_t)more;
	if (traced_threads)
		__atomic_fetch_or(&trace_mask, TRACE_MASK_THREADS, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&trace_mask, ~TRACE_MASK_THREADS, __ATOMIC_RELAXED);
}

static inline uint64_t tail_of(const struct trace_ring *ring)
{
	return atomic_load_explicit(&ring->tail, memory_order_relaxed);
}

/* From here to write_end the drainer waits for this ring, see drain.c. */
static inline void write_begin(struct trace_ring *ring)
{
	if (trace_cpus > 1)
		atomic_store_explicit(&ring->is_writing, true, memory_order_seq_cst);
}

static inline void write_end(struct trace_ring *ring, struct namu_trace_record *next, uint64_t tail)
{
	ring->next = next;
	atomic_store_explicit(&ring->tail, tail, memory_order_release);
	if (trace_cpus > 1)
		atomic_store_explicit(&ring->is_writing, false, memory_order_release);
}

static inline void fill(const struct cpu *cpu, struct namu_trace_record *record, enum trace_event event,
			unsigned text_records, uint64_t time_ns)
{
	record->time_ns = time_ns;
	/* Event, processor and text records in one store. */
	*(uint32_t *)(void *)&record->event = event | cpu->id << 16 | text_records << 24;
	record->thread = *(const uint32_t *)(const void *)((const char *)cpu->current + trace_tid_offset);
}

static inline void set_words(struct namu_trace_record *record, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	record->words[0] = a;
	record->words[1] = b;
	record->words[2] = c;
	record->words[3] = d;
}

/* Dropped events are told before the next one that is not. */
static void tell_losses(const struct cpu *cpu, struct trace_ring *ring)
{
	struct namu_trace_record *record = trace_ring_at(ring, tail_of(ring));

	write_begin(ring);
	fill(cpu, record, TRACE_LOST, 0, clock_machine_ns());
	set_words(record, atomic_exchange(&ring->lost, 0), 0, 0, 0);
	write_end(ring, record, tail_of(ring) + 1);
}

/* Where the writer has to look again, and where it writes until then. */
static void look_later(struct trace_ring *ring, uint64_t full)
{
	uint64_t tail = tail_of(ring), head = atomic_load_explicit(&ring->head, memory_order_acquire);
	uint64_t soon = MAX(head + trace_ring_records / 2, tail + trace_ring_records / 16);
	uint64_t end = (tail / trace_ring_records + 1) * trace_ring_records;

	ring->look_at = clock_scale.mult ? MIN(MIN(soon, head + full), end) : tail;
	ring->next = trace_ring_at(ring, tail);
}

/*
 * The tail has come to where the ring's room was to be looked at. Half full it is drained as far as the host takes it,
 * unless spin locks are held, under which that is left until there is hardly any room. False: the event is dropped.
 */
static __attribute__((noinline)) bool make_room(const struct cpu *cpu, struct trace_ring *ring, unsigned records)
{
	uint64_t step = trace_ring_records / 16, full = trace_ring_records - 2 - records, used;

	if (!ring->records)
		return false;
	used = trace_ring_used(ring);
	if (used + 2 * step > full || (!cpu->spin_depth && used >= trace_ring_records / 2)) {
		trace_drain_rings(DRAIN_SOME);
		if (trace_ring_used(ring) > full && !is_lossy)
			trace_drain_rings(DRAIN_WAIT);
	}
	if (trace_ring_used(ring) > full) {
		atomic_fetch_add(&ring->lost, 1);
		return false;
	}
	if (atomic_load_explicit(&ring->lost, memory_order_relaxed))
		tell_losses(cpu, ring);
	look_later(ring, full);
	return true;
}

/* The part that calls, apart, so that the other needs no registers saved. */
static __attribute__((noinline)) void record_slowly(enum trace_event event, uint64_t a, uint64_t b, uint64_t c,
						    uint64_t d)
{
	const struct cpu *cpu = this_cpu();
	struct trace_ring *ring = &trace_rings[cpu->id];

	if (!make_room(cpu, ring, 1))
		return;
	write_begin(ring);
	fill(cpu, ring->next, event, 0, clock_machine_ns());
	set_words(ring->next, a, b, c, d);
	write_end(ring, ring->next + 1, tail_of(ring) + 1);
}

void trace_record(enum trace_event event, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	const struct cpu *cpu = this_cpu();
	struct trace_ring *ring = &trace_rings[cpu->id];

	if (unlikely(tail_of(ring) >= ring->look_at)) {
		record_slowly(event, a, b, c, d);
		return;
	}
	write_begin(ring);
	struct namu_trace_record *record = ring->next;
	fill(cpu, record, event, 0, clock_scaled_ns());
	set_words(record, a, b, c, d);
	write_end(ring, record + 1, tail_of(ring) + 1);
}

void trace_record_bytes(enum trace_event event, const uint64_t words[4], const void *data, size_t bytes)
{
	const struct cpu *cpu = this_cpu();
	struct trace_ring *ring = &trace_rings[cpu->id];

	bytes = MIN(bytes, (size_t)TEXT_MAX);
	unsigned pieces = (unsigned)((bytes + TEXT_BYTES - 1) / TEXT_BYTES);
	if (tail_of(ring) + pieces >= ring->look_at && !make_room(cpu, ring, 1 + pieces))
		return;
	write_begin(ring);
	struct namu_trace_record *record = trace_ring_at(ring, tail_of(ring));
	fill(cpu, record, event, pieces, clock_machine_ns());
	memcpy(record->words, words, sizeof(record->words));
	for (unsigned i = 0; i < pieces; i++) {
		struct namu_trace_record *piece = trace_ring_at(ring, tail_of(ring) + 1 + i);
		memset(piece, 0, sizeof(*piece));
		piece->time_ns = record->time_ns;
		memcpy(piece->words, (const char *)data + i * TEXT_BYTES,
		       MIN(bytes - i * TEXT_BYTES, (size_t)TEXT_BYTES));
	}
	write_end(ring, NULL, tail_of(ring) + 1 + pieces);
	ring->next = trace_ring_at(ring, tail_of(ring));
}

void trace_record_text(enum trace_event event, uint64_t a, const char *text)
{
	const uint64_t words[4] = {a};

	trace_record_bytes(event, words, text, strlen(text));
}

void trace_start(const struct trace_plan *plan)
{
	trace_cpus = MIN(plan->cpus, (uint32_t)CPU_MAX);
	trace_ring_records = 1;
	while (trace_ring_records * 2 * trace_cpus * sizeof(struct namu_trace_record) <= plan->bytes)
		trace_ring_records *= 2;
	for (uint32_t i = 0; i < trace_cpus; i++)
		trace_rings[i].records = (struct namu_trace_record *)plan->memory + i * trace_ring_records;
	is_lossy = plan->is_lossy;
	trace_drain_start(plan->sink, plan->realtime_ns);
	__atomic_fetch_or(&trace_mask, plan->events & ~TRACE_MASK_THREADS, __ATOMIC_RELAXED);
}

void trace_drain(void)
{
	trace_drain_rings(DRAIN_SOME);
}

void trace_end(bool may_wait)
{
	__atomic_fetch_and(&trace_mask, TRACE_MASK_THREADS, __ATOMIC_RELAXED);
	trace_drain_rings(may_wait ? DRAIN_LAST : DRAIN_PANIC);
}

static const char *event_name(unsigned event)
{
	switch (event) {
#define EVENT(number, name, words) \
	case number:               \
		return #name;
		TRACE_EVENTS(EVENT)
#undef EVENT
	default:
		return "text";
	}
}

static void print_record(const struct namu_trace_record *record, void (*print)(const char *line))
{
	char line[160];

	string_format(line, sizeof(line), "    %lu.%06lu cpu %u tid %u %s %#lx %#lx %#lx %#lx",
		      record->time_ns / NS_PER_SEC, record->time_ns % NS_PER_SEC / 1000, record->cpu, record->thread,
		      event_name(record->event), record->words[0], record->words[1], record->words[2],
		      record->words[3]);
	print(line);
}

/* The ring whose record at `at` (backwards: before it) comes next; CPU_MAX: none. */
static uint32_t next_ring(const uint64_t *at, const uint64_t *ends, bool is_backwards)
{
	uint32_t best = CPU_MAX;
	uint64_t best_ns = 0;

	for (uint32_t i = 0; i < trace_cpus; i++) {
		if (at[i] == ends[i])
			continue;
		uint64_t time_ns = trace_ring_at(&trace_rings[i], at[i] - is_backwards)->time_ns;
		if (best == CPU_MAX || (is_backwards ? time_ns > best_ns : time_ns < best_ns)) {
			best = i;
			best_ns = time_ns;
		}
	}
	return best;
}

void trace_print_last(unsigned count, void (*print)(const char *line))
{
	uint64_t at[CPU_MAX], firsts[CPU_MAX], tails[CPU_MAX];
	uint32_t ring;

	for (uint32_t i = 0; i < trace_cpus; i++) {
		at[i] = tails[i] = tail_of(&trace_rings[i]);
		firsts[i] = tails[i] > trace_ring_records ? tails[i] - trace_ring_records : 0;
	}
	while (count-- && (ring = next_ring(at, firsts, true)) != CPU_MAX)
		at[ring]--;
	while ((ring = next_ring(at, tails, false)) != CPU_MAX)
		print_record(trace_ring_at(&trace_rings[ring], at[ring]++), print);
}
