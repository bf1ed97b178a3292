/*
 * The trace's rings. A record is written in place, never waits and never fails: when the ring is full and the writer
 * cannot take more, the oldest records that were not drained are counted as lost and the loss is recorded itself.
 */
#include "trace/trace.h"
#include "arch/x86_64/clock.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/spinlock.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "namu/trace.h"

/* A short ring is there from the start, for a panic's last events; a longer one comes with the writer. */
#define BOOT_RECORDS 256u
#define TEXT_BYTES   32u
#define TEXT_MAX     96u

uint64_t trace_mask;

/* Lock key: (l) trace_lock. */
static struct spinlock trace_lock = SPINLOCK_INIT("trace", LOCK_TRACE);
static struct namu_trace_record boot_ring[BOOT_RECORDS];
static struct namu_trace_record *ring = boot_ring; /* (l) */
static uint64_t ring_records = BOOT_RECORDS;       /* (l) */
static uint64_t ring_head;                         /* (l) records ever drained */
static uint64_t ring_tail;                         /* (l) records ever written */
static uint64_t lost;                              /* (l) */
static size_t (*trace_writer)(const void *data, size_t bytes);
static bool is_draining;
uint32_t (*trace_current_tid)(void);

static uint64_t traced_threads; /* tree_lock */

void trace_threads(int more)
{
	traced_threads += (uint64_t)more;
	if (traced_threads)
		__atomic_fetch_or(&trace_mask, TRACE_MASK_THREADS, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&trace_mask, ~TRACE_MASK_THREADS, __ATOMIC_RELAXED);
}

static struct namu_trace_record *record_next(void)
{
	if (ring_tail - ring_head == ring_records) {
		ring_head++;
		lost++;
	}
	return &ring[ring_tail++ % ring_records];
}

static struct namu_trace_record *record_fill(enum trace_event event, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct namu_trace_record *record = record_next();

	record->time_ns = clock_machine_ns();
	record->event = (uint16_t)event;
	record->cpu = (uint8_t)this_cpu()->id;
	record->text_records = 0;
	record->thread = trace_current_tid ? trace_current_tid() : 0;
	record->words[0] = a;
	record->words[1] = b;
	record->words[2] = c;
	record->words[3] = d;
	return record;
}

/* Records may come with any lock held, those of the writer's device included: then the ring only fills. */
static bool may_drain(void)
{
	return trace_writer && !is_draining && this_cpu()->spin_depth == 0;
}

void trace_record(enum trace_event event, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	spin_lock_second(&trace_lock);
	record_fill(event, a, b, c, d);
	bool is_filling = ring_tail - ring_head > ring_records / 2;
	spin_unlock(&trace_lock);
	if (unlikely(is_filling) && may_drain())
		trace_drain();
}

void trace_record_text(enum trace_event event, uint64_t a, const char *text)
{
	size_t bytes = MIN(strlen(text), (size_t)TEXT_MAX);
	unsigned pieces = (unsigned)((bytes + TEXT_BYTES - 1) / TEXT_BYTES);

	spin_lock_second(&trace_lock);
	struct namu_trace_record *record = record_fill(event, a, 0, 0, 0);
	record->text_records = (uint8_t)pieces;
	for (unsigned i = 0; i < pieces; i++) {
		struct namu_trace_record *piece = record_next();
		memset(piece, 0, sizeof(*piece));
		memcpy(piece->words, text + i * TEXT_BYTES, MIN(bytes - i * TEXT_BYTES, (size_t)TEXT_BYTES));
	}
	spin_unlock(&trace_lock);
}

void trace_start(size_t (*writer)(const void *data, size_t bytes), uint64_t mask, void *buffer, size_t buffer_bytes,
		 uint64_t realtime_ns)
{
	struct namu_trace_header header = {
		.magic = NAMU_TRACE_MAGIC,
		.version = NAMU_TRACE_VERSION,
		.record_bytes = sizeof(struct namu_trace_record),
		.realtime_ns = realtime_ns,
	};

	if (buffer) {
		ring = buffer;
		ring_records = buffer_bytes / sizeof(*ring);
		ring_head = 0;
		ring_tail = 0;
	}
	if (writer && writer(&header, sizeof(header)) == sizeof(header))
		trace_writer = writer;
	trace_mask = mask & ~TRACE_MASK_THREADS;
}

bool trace_drain(void)
{
	static struct namu_trace_record batch[64];

	if (!trace_writer || is_draining)
		return true;
	is_draining = true;
	for (;;) {
		spin_lock(&trace_lock);
		if (lost) {
			uint64_t count = lost;
			lost = 0;
			record_fill(TRACE_LOST, count, 0, 0, 0);
		}
		uint64_t start = ring_head;
		size_t count = 0;
		while (ring_head + count < ring_tail && count < ARRAY_LEN(batch)) {
			batch[count] = ring[(ring_head + count) % ring_records];
			count++;
		}
		ring_head += count;
		spin_unlock(&trace_lock);
		if (!count)
			break;
		size_t taken = trace_writer(batch, count * sizeof(batch[0])) / sizeof(batch[0]);
		if (taken < count) {
			spin_lock(&trace_lock);
			if (ring_head == start + count)
				ring_head = start + taken;
			else
				lost += count - taken;
			spin_unlock(&trace_lock);
			break;
		}
	}
	is_draining = false;
	return ring_head == ring_tail;
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

void trace_print_last(unsigned count, void (*print)(const char *line))
{
	uint64_t at = ring_tail > count ? ring_tail - count : 0;

	if (ring_tail - at > ring_records)
		at = ring_tail - ring_records;
	for (; at < ring_tail; at++) {
		const struct namu_trace_record *record = &ring[at % ring_records];
		char line[160];
		string_format(line, sizeof(line), "    %lu.%06lu tid %u %s %#lx %#lx %#lx %#lx",
			      record->time_ns / NS_PER_SEC, record->time_ns % NS_PER_SEC / 1000, record->thread,
			      event_name(record->event), record->words[0], record->words[1], record->words[2],
			      record->words[3]);
		print(line);
	}
}
