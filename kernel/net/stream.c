/*
 * Streams: bytes into the ring of the end that reads them.
 */
#include "net/stream.h"

#include <asm-generic/signal.h>

#include "lib/errno.h"
#include "mem/page.h"

void stream_fit_ring(struct bytering *ring, uint32_t limit)
{
	while (ring->capacity < limit + STREAM_PIECE_BYTES && ring->capacity < PAGE_SIZE << PAGE_ORDER_MAX)
		ring->capacity *= 2;
}

HOT_CODE ssize_t stream_put_piece(struct bytering *ring, struct uio *uio, uint64_t most, uint32_t limit)
{
	uint32_t bytes = (uint32_t)MIN(most, (uint64_t)MIN(STREAM_PIECE_BYTES, limit / 2));
	uint32_t moved;

	bytes = MIN(bytes, bytering_room(ring));
	while (unlikely(bytering_reserve(ring, bytes) != 0)) {
		bytes = MIN(bytes, bytering_room(ring));
		if (!ring->allocated || !bytes)
			return -ENOMEM;
	}
	moved = (uint32_t)bytering_put(ring, uio, bytes);
	if (unlikely(moved < bytes)) {
		bytering_take_back(ring, moved);
		return -EFAULT;
	}
	return moved;
}

int stream_pipe_error(const struct socket_message *message)
{
	if (!(message->flags & MSG_NOSIGNAL))
		file_signal_hook(SIGPIPE);
	return -EPIPE;
}
