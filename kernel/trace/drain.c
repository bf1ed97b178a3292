/*
 * Sending the trace: a processor's buffer goes to the port as it was written, when it is full, and when the processor
 * idles. The host sorts what several processors did by time.
 */
#include "arch/x86_64/clock.h"
#include "lib/string.h"
#include "trace/buffer.h"
#include "trace/write.h"

/* Null before the start of the stream and behind its end. */
static const struct trace_sink *_Atomic sink;

static uint8_t *next_of(const struct cpu *cpu)
{
	return (uint8_t *)__atomic_load_n(&cpu->trace_next, __ATOMIC_ACQUIRE);
}

static void send_piece(const struct trace_sink *to, struct trace_buffer *buffer, const uint8_t *next)
{
	struct namu_trace_piece *piece = atomic_exchange(&buffer->piece, NULL);

	if (!piece)
		return;
	piece->bytes = (uint32_t)(next - (const uint8_t *)(piece + 1));
	piece->base_ns = clock_scale.base_ns;
	piece->base_ticks = clock_scale.base_tsc;
	piece->mult = clock_wide_mult;
	buffer->before = piece;
	to->send(buffer->slot, sizeof(*piece) + piece->bytes);
}

/* A new buffer, before the full one is sent, so that what was written last stays in memory for a panic. */
static bool change_buffer(const struct trace_sink *to, struct cpu *cpu, struct trace_buffer *buffer, bool may_wait)
{
	size_t bytes;
	int slot;
	struct namu_trace_piece *fresh = to->claim(&slot, &bytes);

	if (!fresh && !may_wait)
		return false;
	send_piece(to, buffer, next_of(cpu));
	while (!fresh && atomic_load(&sink)) {
		cpu_relax();
		fresh = to->claim(&slot, &bytes);
	}
	if (!fresh)
		return false;
	*fresh = (struct namu_trace_piece){
		.magic = NAMU_TRACE_PIECE_MAGIC,
		.cpu = cpu->id,
		.thread = trace_tid_of(cpu),
		.ticks = tsc_read(),
		.lost = atomic_exchange(&buffer->lost, 0),
		.events = trace_events,
	};
	buffer->slot = slot;
	buffer->end = (uint8_t *)fresh + bytes;
	__atomic_store_n(&cpu->trace_next, (uint64_t)(fresh + 1), __ATOMIC_RELEASE);
	cpu->trace_limit = (uint64_t)fresh + bytes / 2;
	atomic_store(&buffer->piece, fresh);
	return true;
}

/*
 * A buffer that is half full is sent if no spin lock is held, as that takes its time, and if there is another to write
 * to; a full one in any case.
 */
bool trace_make_room(struct cpu *cpu)
{
	const struct trace_sink *to = atomic_load(&sink);
	struct trace_buffer *buffer = &trace_buffers[cpu->id];
	uint64_t last = (uint64_t)buffer->end - ITEM_BYTES_MOST;
	bool is_good = true;

	cpu->trace_limit = 0;
	/* A panic may come from the port's own code. */
	if (!to || atomic_exchange(&buffer->is_sending, true))
		return false;
	if (atomic_load(&buffer->piece) && cpu->trace_next < last) {
		if (cpu->spin_depth || !change_buffer(to, cpu, buffer, false))
			cpu->trace_limit = last;
	} else if (!change_buffer(to, cpu, buffer, !trace_is_lossy)) {
		atomic_fetch_add(&buffer->lost, 1);
		is_good = false;
	}
	atomic_store(&buffer->is_sending, false);
	return is_good;
}

void trace_drain(void)
{
	const struct trace_sink *to = atomic_load(&sink);
	struct cpu *cpu = this_cpu();
	struct trace_buffer *buffer = &trace_buffers[cpu->id];
	const struct namu_trace_piece *piece = atomic_load(&buffer->piece);

	if (!to || !piece || cpu->trace_next == (uint64_t)(piece + 1) || atomic_exchange(&buffer->is_sending, true))
		return;
	cpu->trace_limit = 0;
	send_piece(to, buffer, next_of(cpu));
	atomic_store(&buffer->is_sending, false);
}

/* What was dropped at the very end has no later piece that could tell. */
static void send_losses(const struct trace_sink *to, struct cpu *cpu, struct trace_buffer *buffer, bool may_wait)
{
	if (!atomic_load(&buffer->lost))
		return;
	while (!change_buffer(to, cpu, buffer, false) && may_wait)
		cpu_relax();
	send_piece(to, buffer, next_of(cpu));
}

void trace_end(bool may_wait)
{
	const struct trace_sink *to = atomic_exchange(&sink, NULL);
	const struct cpu *self = this_cpu();

	trace_set_mask(~TRACE_MASK_THREADS, 0);
	if (!to || atomic_load(&trace_buffers[self->id].is_sending))
		return;
	for (uint32_t i = 0; i < trace_cpus; i++) {
		/* In a panic it may stand still there. */
		while (may_wait && atomic_load(&trace_buffers[i].is_sending))
			cpu_relax();
		send_piece(to, &trace_buffers[i], next_of(&cpus[i]));
		send_losses(to, &cpus[i], &trace_buffers[i], may_wait);
	}
}

void trace_sink_start(const struct trace_sink *to, uint64_t realtime_ns)
{
	const struct namu_trace_header header = {
		.magic = NAMU_TRACE_MAGIC,
		.version = NAMU_TRACE_VERSION,
		.record_bytes = sizeof(struct namu_trace_item),
		.realtime_ns = realtime_ns,
	};
	size_t bytes;
	int slot;
	void *first = to->claim(&slot, &bytes);

	if (!first || bytes < sizeof(header))
		return;
	memcpy(first, &header, sizeof(header));
	to->send(slot, sizeof(header));
	atomic_store(&sink, to);
}
