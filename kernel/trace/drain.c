/*
 * Draining the trace: the rings of all processors become one stream in the order of time.
 *
 * A ring's records are in order. What may still be on its way into a ring has a time that was taken before; so the
 * drainer takes the time first (`until`), waits for those that it sees writing, and sends only what is older: whoever
 * begins to write later has a later time.
 */
#include "trace/ring.h"
#include "arch/x86_64/clock.h"
#include "lib/string.h"

/* The turn: one processor drains at a time. What follows is its own. */
static _Atomic bool turn_is_taken;
static const struct trace_sink *sink;
static struct namu_trace_record *place; /* claimed from the sink; null: none */
static size_t place_records, place_used;

static void send_place(void)
{
	if (place)
		sink->send(place_used * sizeof(*place));
	place = NULL;
	place_used = 0;
}

/* Room for `records` that must not be parted. */
static bool claim_room(unsigned records, bool may_wait)
{
	size_t bytes;

	if (place && place_records - place_used >= records)
		return true;
	send_place();
	while (!(place = sink->claim(&bytes))) {
		if (!may_wait)
			return false;
		cpu_relax();
	}
	place_records = bytes / sizeof(*place);
	return true;
}

static void put_record(const struct namu_trace_record *record)
{
	const uint64_t *from = (const uint64_t *)(const void *)record;
	uint64_t *to = (uint64_t *)(void *)&place[place_used++];

	to[0] = from[0];
	to[1] = from[1];
	to[2] = from[2];
	to[3] = from[3];
	to[4] = from[4];
	to[5] = from[5];
}

/* Where the drainer stands in each ring. */
struct merge {
	uint64_t heads[CPU_MAX], tails[CPU_MAX];
	uint64_t until_ns;
	bool may_wait;
};

static void look(struct merge *merge, enum drain_mode mode)
{
	merge->may_wait = mode == DRAIN_WAIT || mode == DRAIN_LAST;
	merge->until_ns = mode >= DRAIN_LAST ? UINT64_MAX : clock_machine_ns();
	atomic_thread_fence(memory_order_seq_cst);
	for (uint32_t i = 0; i < trace_cpus; i++) {
		struct trace_ring *ring = &trace_rings[i];
		while (merge->until_ns != UINT64_MAX && i != this_cpu()->id &&
		       atomic_load_explicit(&ring->is_writing, memory_order_seq_cst))
			cpu_relax();
		merge->heads[i] = atomic_load_explicit(&ring->head, memory_order_relaxed);
		merge->tails[i] = atomic_load_explicit(&ring->tail, memory_order_acquire);
	}
}

/* The ring whose next record is the oldest, or null; *limit_ns: up to when its records come before all others'. */
static struct trace_ring *oldest(const struct merge *merge, uint32_t *index, uint64_t *limit_ns)
{
	uint64_t best_ns = merge->until_ns, next_ns = merge->until_ns;
	struct trace_ring *best = NULL;

	for (uint32_t i = 0; i < trace_cpus; i++) {
		if (merge->heads[i] == merge->tails[i])
			continue;
		uint64_t time_ns = trace_ring_at(&trace_rings[i], merge->heads[i])->time_ns;
		if (time_ns < best_ns) {
			next_ns = best_ns;
			best_ns = time_ns;
			best = &trace_rings[i];
			*index = i;
		} else {
			next_ns = MIN(next_ns, time_ns);
		}
	}
	*limit_ns = next_ns;
	return best;
}

/* The ring's records that are older than the limit, and the first in any case. False: the host takes no more now. */
static bool send_run(struct merge *merge, struct trace_ring *ring, uint32_t index, uint64_t limit_ns)
{
	uint64_t head = merge->heads[index];
	bool is_taken = true;

	do {
		const struct namu_trace_record *record = trace_ring_at(ring, head);
		unsigned records = 1u + record->text_records;
		is_taken = claim_room(records, merge->may_wait);
		if (!is_taken)
			break;
		for (unsigned i = 0; i < records; i++)
			put_record(trace_ring_at(ring, head + i));
		head += records;
	} while (head != merge->tails[index] && trace_ring_at(ring, head)->time_ns < limit_ns);
	merge->heads[index] = head;
	atomic_store_explicit(&ring->head, head, memory_order_release);
	return is_taken;
}

/* One ring alone is copied as it lies; its records may be parted, as what follows is the next in the stream. */
static void send_only(struct trace_ring *ring, bool may_wait)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);

	while (head != tail && claim_room(1, may_wait)) {
		uint64_t records = MIN(tail - head, trace_ring_records - head % trace_ring_records);
		records = MIN(records, place_records - place_used);
		memcpy(&place[place_used], trace_ring_at(ring, head), records * sizeof(*place));
		place_used += records;
		head += records;
		atomic_store_explicit(&ring->head, head, memory_order_release);
	}
	send_place();
}

static void send_all(enum drain_mode mode)
{
	struct trace_ring *ring;
	struct merge merge;
	uint64_t limit_ns;
	uint32_t index = 0;

	look(&merge, mode);
	while ((ring = oldest(&merge, &index, &limit_ns)) != NULL) {
		if (!send_run(&merge, ring, index, limit_ns))
			break;
	}
	send_place();
}

/* What was dropped at the very end has no later record in its ring that could tell. */
static void send_losses(bool may_wait)
{
	for (uint32_t i = 0; i < trace_cpus; i++) {
		struct namu_trace_record record = {
			.time_ns = clock_machine_ns(),
			.event = TRACE_LOST,
			.cpu = (uint8_t)i,
			.words = {atomic_exchange(&trace_rings[i].lost, 0)},
		};
		if (record.words[0] && claim_room(1, may_wait))
			put_record(&record);
	}
	send_place();
}

void trace_drain_rings(enum drain_mode mode)
{
	struct trace_ring *own = &trace_rings[this_cpu()->id];

	/* In a panic the turn may be held by a processor that stands still. */
	while (sink && !own->is_draining && atomic_exchange(&turn_is_taken, true) && mode != DRAIN_PANIC) {
		if (mode == DRAIN_SOME)
			return;
		cpu_relax();
	}
	if (!sink || own->is_draining)
		return;
	own->is_draining = true;
	if (trace_cpus == 1)
		send_only(own, mode == DRAIN_WAIT || mode == DRAIN_LAST);
	else
		send_all(mode);
	if (mode >= DRAIN_LAST)
		send_losses(mode == DRAIN_LAST);
	own->is_draining = false;
	atomic_store(&turn_is_taken, false);
}

void trace_drain_start(const struct trace_sink *to, uint64_t realtime_ns)
{
	const struct namu_trace_header header = {
		.magic = NAMU_TRACE_MAGIC,
		.version = NAMU_TRACE_VERSION,
		.record_bytes = sizeof(struct namu_trace_record),
		.realtime_ns = realtime_ns,
	};
	size_t bytes;
	void *first = to->claim(&bytes);

	if (!first || bytes < sizeof(header))
		return;
	memcpy(first, &header, sizeof(header));
	to->send(sizeof(header));
	sink = to;
}
