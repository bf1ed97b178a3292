/*
 * What streams of all families do alike: pieces of bytes go from the sender's memory straight into the ring of the end
 * that reads them, under the lock of that ring.
 */
#ifndef NAMU_NET_STREAM_H
#define NAMU_NET_STREAM_H

#include "ipc/bytering.h"
#include "net/socket.h"

/* Most bytes of a stream that lie together in one piece: a write up to this is not mixed with others'. */
#define STREAM_PIECE_BYTES 32768u

/* `limit`: bytes that may be on their way. */
static inline bool stream_is_full(const struct bytering *ring, uint32_t limit)
{
	return bytering_used(ring) >= limit || !bytering_room(ring);
}
/* The ring holds what may be on its way and the last piece beyond it. Where memory was short it is smaller. */
void stream_fit_ring(struct bytering *ring, uint32_t limit);
/* One piece, whole or not at all. Bytes, -EFAULT, -ENOMEM. */
ssize_t stream_put_piece(struct bytering *ring, struct uio *uio, uint64_t most, uint32_t limit);
/* A write that nobody will read: SIGPIPE, unless it is not wanted. -EPIPE. */
int stream_pipe_error(const struct socket_message *message);

#endif
