/*
 * Packet mode of pipes (O_DIRECT, pipe(2)): where the packets lie in the ring. Positions are kept as distances, so that
 * the ring may move its bytes.
 */
#include "ipc/pipe.h"
#include "lib/errno.h"
#include "mem/slab.h"

/* Guarded by the pipe's mutex. */
struct pipe_packets {
	uint32_t first, count; /* a ring of slots */
	uint32_t total;        /* bytes that all slots stand for */
	struct {
		uint32_t plain; /* bytes before it that belong to no packet */
		uint32_t bytes; /* its own, never 0 */
	} slot[PIPE_PACKETS_MAX];
};

bool pipe_packets_full(const struct pipe *pipe)
{
	return pipe->packets && pipe->packets->count == PIPE_PACKETS_MAX;
}

int pipe_packets_prepare(struct pipe *pipe)
{
	if (!pipe->packets)
		pipe->packets = kzalloc(sizeof(*pipe->packets));
	return pipe->packets ? 0 : -ENOMEM;
}

void pipe_packet_add(struct pipe *pipe, uint32_t bytes)
{
	struct pipe_packets *packets = pipe->packets;
	uint32_t at = (packets->first + packets->count) % PIPE_PACKETS_MAX;

	packets->slot[at].plain = bytering_used(&pipe->ring) - bytes - packets->total;
	packets->slot[at].bytes = bytes;
	packets->total += packets->slot[at].plain + bytes;
	packets->count++;
}

uint32_t pipe_plain_bytes(const struct pipe *pipe)
{
	const struct pipe_packets *packets = pipe->packets;

	return packets && packets->count ? packets->slot[packets->first].plain : UINT32_MAX;
}

void pipe_packets_dropped(struct pipe *pipe, uint32_t bytes)
{
	struct pipe_packets *packets = pipe->packets;

	while (packets && packets->count && bytes) {
		uint32_t at = packets->first;
		uint32_t plain = MIN(bytes, packets->slot[at].plain);
		uint32_t own = MIN(bytes - plain, packets->slot[at].bytes);
		packets->slot[at].plain -= plain;
		packets->slot[at].bytes -= own;
		packets->total -= plain + own;
		bytes -= plain + own;
		if (packets->slot[at].bytes == 0) {
			packets->first = (at + 1) % PIPE_PACKETS_MAX;
			packets->count--;
		}
	}
}

size_t pipe_packet_take(struct pipe *pipe, struct uio *uio)
{
	uint32_t plain = pipe_plain_bytes(pipe), whole;
	size_t taken;

	if (plain > 0) {
		taken = bytering_take(&pipe->ring, uio, MIN(uio->left, (uint64_t)plain));
		pipe_packets_dropped(pipe, (uint32_t)taken);
		return taken;
	}
	whole = pipe->packets->slot[pipe->packets->first].bytes;
	taken = bytering_peek(&pipe->ring, 0, uio, whole);
	if (!taken)
		return 0; /* user memory faults: the packet stays */
	bytering_drop(&pipe->ring, whole);
	pipe_packets_dropped(pipe, whole);
	return taken;
}
