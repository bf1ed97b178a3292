/*
 * The one byte queue: pipes, FIFOs, stream sockets and terminals stand on it. A ring of pages, made at the first write.
 * No lock of its own: the object that holds it guards it; copies from user memory go through uio_prefault first, so that no
 * page has to be fetched under a lock.
 */
#ifndef NAMU_IPC_BYTERING_H
#define NAMU_IPC_BYTERING_H

#include "lib/types.h"
#include "vm/uio.h"

struct bytering {
	uint8_t *data;      /* null until the first byte */
	uint32_t capacity;  /* bytes, a power of two, at least PAGE_SIZE */
	uint32_t head;      /* bytes ever taken out, modulo 2^32 */
	uint32_t tail;      /* bytes ever put in */
};

void bytering_init(struct bytering *ring, uint32_t capacity);
void bytering_free(struct bytering *ring);
static inline uint32_t bytering_used(const struct bytering *ring)
{
	return ring->tail - ring->head;
}
static inline uint32_t bytering_room(const struct bytering *ring)
{
	return ring->capacity - bytering_used(ring);
}
/* Make the buffer exist. 0 or -ENOMEM. */
int bytering_prepare(struct bytering *ring);
/* Move up to `bytes` between the ring and a uio. Bytes moved; fewer than asked for when the ring or the uio ends, or user memory faults. */
size_t bytering_put(struct bytering *ring, struct uio *uio, size_t bytes);
size_t bytering_take(struct bytering *ring, struct uio *uio, size_t bytes);
size_t bytering_put_kernel(struct bytering *ring, const void *from, size_t bytes);
size_t bytering_take_kernel(struct bytering *ring, void *to, size_t bytes);
/* Change the capacity (power of two); -EBUSY when more is in use. */
int bytering_resize(struct bytering *ring, uint32_t capacity);

#endif
