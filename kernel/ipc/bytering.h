/*
 * The one byte queue: pipes, FIFOs, stream sockets and terminals stand on it. A ring of memory that is made at the
 * first write and grows with what is in it, up to its capacity: most pipes never hold more than a page. No lock of its
 * own: the object that holds it guards it; copies from user memory go through uio_prefault first, so that no page has
 * to be fetched under a lock.
 */
#ifndef NAMU_IPC_BYTERING_H
#define NAMU_IPC_BYTERING_H

#include "lib/types.h"
#include "vm/uio.h"

struct page;
struct ring_loans;

struct bytering {
	uint8_t *data;      /* null until the first byte */
	uint32_t capacity;  /* bytes, a power of two, at least PAGE_SIZE: most it may hold */
	uint32_t allocated; /* bytes behind `data`, a power of two up to the capacity, or 0 */
	uint32_t head;      /* where the next byte is taken, modulo 2^32; back to 0 when the ring runs empty, so that */
	uint32_t tail;      /* a little traffic stays in the first page; tail: where the next one is put */
	struct ring_loans *loans; /* bytes that lie elsewhere, null: none; see ipc/ring_loans.h */
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
/* Make it large enough for `more` bytes (at most bytering_room). 0 or -ENOMEM, after which the capacity may have become
 * smaller: whoever can do with less (ring->allocated is not 0) looks at the room again. */
int bytering_reserve(struct bytering *ring, uint32_t more);
/* Move up to `bytes` between the ring and a uio. Bytes moved; fewer than asked for when the ring or the uio ends, or
 * user memory faults. put needs bytering_reserve before it: it stops where the memory ends. What a uio lends
 * (uio->pages) is not copied but lent. */
size_t bytering_put(struct bytering *ring, struct uio *uio, size_t bytes);
size_t bytering_take(struct bytering *ring, struct uio *uio, size_t bytes);
size_t bytering_put_kernel(struct bytering *ring, const void *from, size_t bytes);
/* The last `bytes`, which were just put, were not meant. */
void bytering_take_back(struct bytering *ring, uint32_t bytes);
/* Copy without taking: up to `bytes` from `skip` bytes behind the head. Bytes copied. */
size_t bytering_peek(const struct bytering *ring, uint32_t skip, struct uio *uio, size_t bytes);
void bytering_peek_kernel(const struct bytering *ring, uint32_t skip, void *to, uint32_t bytes);
/* Forget up to `bytes` at the head. */
void bytering_drop(struct bytering *ring, uint32_t bytes);
/* The longest run of bytes, `skip` behind the head, that lie together; none there: its bytes are 0. */
struct bytering_run {
	const uint8_t *data;
	uint32_t bytes;
	bool is_lent;
	struct page *page; /* of what is lent; null: memory that stays. No reference for the caller */
};
struct bytering_run bytering_run(const struct bytering *ring, uint32_t skip);
/* Change the capacity (power of two, at least PAGE_SIZE); -EBUSY when more is in use, -ENOMEM. */
int bytering_resize(struct bytering *ring, uint32_t capacity);

#endif
