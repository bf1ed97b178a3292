/*
 * The byte ring: a power-of-two buffer with two running positions.
 */
#include "ipc/bytering.h"

#include "arch/x86_64/uaccess.h"
#include "ipc/ring_loans.h"
#include "ipc/ring_memory.h"
#include "lib/errno.h"
#include "lib/log.h"
#include "lib/string.h"

void bytering_init(struct bytering *ring, uint32_t capacity)
{
	*ring = (struct bytering){.capacity = capacity};
}

void bytering_free(struct bytering *ring)
{
	ring_loans_free(&ring->loans);
	ring_memory_free(ring->data);
	bytering_init(ring, ring->capacity);
}

static inline uint32_t place_of(const struct bytering *ring, uint32_t position)
{
	return position & (ring->allocated - 1);
}

/* Bytes from `position` to the end of the buffer. */
static inline uint32_t run_of(const struct bytering *ring, uint32_t position)
{
	return ring->allocated - place_of(ring, position);
}

static inline void restart_if_empty(struct bytering *ring)
{
	if (ring->head == ring->tail) {
		ring->head = 0;
		ring->tail = 0;
	}
}

/* What is in it moves to the front of another buffer of `bytes` (at least what is used). */
static int move_to(struct bytering *ring, uint32_t bytes)
{
	uint32_t used = bytering_used(ring);
	uint8_t *data = ring_memory_alloc(bytes);

	if (!data)
		return -ENOMEM;
	if (used) {
		uint32_t first = MIN(used, run_of(ring, ring->head));
		memcpy(data, ring->data + place_of(ring, ring->head), first);
		memcpy(data + first, ring->data, used - first);
	}
	ring_memory_free(ring->data);
	if (ring->loans)
		ring_loans_move(ring->loans, ring->head);
	ring->data = data;
	ring->allocated = bytes;
	ring->head = 0;
	ring->tail = used;
	return 0;
}

/* Where there is no memory for all of it, a smaller ring does as well: its capacity stays what could be had. */
static int grow(struct bytering *ring, uint32_t wanted)
{
	uint32_t bytes = PAGE_SIZE;

	KERNEL_ASSERT(wanted <= ring->capacity);
	while (bytes < wanted)
		bytes *= 2;
	while (bytes > ring->allocated && bytes >= PAGE_SIZE && move_to(ring, bytes) != 0)
		bytes /= 2;
	if (wanted <= ring->allocated)
		return 0;
	if (ring->allocated)
		ring->capacity = ring->allocated;
	return -ENOMEM;
}

HOT_CODE int bytering_reserve(struct bytering *ring, uint32_t more)
{
	uint32_t wanted = bytering_used(ring) + more;

	if (likely(wanted <= ring->allocated))
		return 0;
	return grow(ring, wanted);
}

/* How much of `bytes` can be put: never beyond the memory that is there. */
static uint32_t puttable(const struct bytering *ring, size_t bytes)
{
	return (uint32_t)MIN(bytes, (size_t)(ring->allocated - bytering_used(ring)));
}

/* Take what the uio lends at its place as a loan; *most is cut to one piece of it. Bytes; 0: it is to be copied. */
static uint32_t put_loan(struct bytering *ring, struct uio *uio, uint32_t *most)
{
	struct ring_loan loan = {.position = ring->tail};

	loan.data = uio_lent(uio, *most, &loan.bytes, &loan.page);
	*most = loan.bytes;
	if (loan.bytes < RING_LOAN_LEAST_BYTES || !ring_loans_add(&ring->loans, &loan))
		return 0;
	uio_skip(uio, loan.bytes);
	return loan.bytes;
}

static size_t put_in_runs(struct bytering *ring, struct uio *uio, uint32_t left)
{
	size_t done = 0;

	while (left) {
		uint32_t part = left, moved = 0;
		if (unlikely(uio->pages))
			moved = put_loan(ring, uio, &part);
		if (likely(!moved)) {
			part = MIN(part, run_of(ring, ring->tail));
			moved = (uint32_t)uio_copy_in(uio, ring->data + place_of(ring, ring->tail), part);
		}
		ring->tail += moved;
		done += moved;
		left -= moved;
		if (unlikely(moved < part))
			break;
	}
	return done;
}

HOT_CODE size_t bytering_put(struct bytering *ring, struct uio *uio, size_t bytes)
{
	uint32_t left = puttable(ring, MIN(bytes, uio->left));
	size_t moved;

	if (unlikely(!left || left > run_of(ring, ring->tail) || !uio_is_plain(uio)))
		return put_in_runs(ring, uio, left);
	moved = copy_from_user_partial(ring->data + place_of(ring, ring->tail), uio->segments->base + uio->offset,
				       left);
	uio_plain_advance(uio, moved);
	ring->tail += (uint32_t)moved;
	return moved;
}

HOT_CODE size_t bytering_take(struct bytering *ring, struct uio *uio, size_t bytes)
{
	uint32_t left = (uint32_t)MIN(MIN(bytes, uio->left), (uint64_t)bytering_used(ring));
	size_t moved;

	if (unlikely(!left || left > run_of(ring, ring->head) || !uio_is_plain(uio) || ring->loans)) {
		moved = bytering_peek(ring, 0, uio, bytes);
		bytering_drop(ring, (uint32_t)moved);
		return moved;
	}
	moved = copy_to_user_partial(uio->segments->base + uio->offset, ring->data + place_of(ring, ring->head), left);
	uio_plain_advance(uio, moved);
	ring->head += (uint32_t)moved;
	restart_if_empty(ring);
	return moved;
}

size_t bytering_put_kernel(struct bytering *ring, const void *from, size_t bytes)
{
	uint32_t all = puttable(ring, bytes), first;

	if (!all)
		return 0;
	first = MIN(all, run_of(ring, ring->tail));
	memcpy(ring->data + place_of(ring, ring->tail), from, first);
	memcpy(ring->data, (const uint8_t *)from + first, all - first);
	ring->tail += all;
	return all;
}

void bytering_take_back(struct bytering *ring, uint32_t bytes)
{
	ring->tail -= bytes;
	if (unlikely(ring->loans))
		ring_loans_cut_tail(&ring->loans, ring->tail);
}

struct bytering_run bytering_run(const struct bytering *ring, uint32_t skip)
{
	uint32_t position = ring->head + skip, used = bytering_used(ring);
	struct bytering_run run = {.bytes = skip < used ? used - skip : 0};
	const struct ring_loan *loan;

	if (!run.bytes)
		return run;
	loan = unlikely(ring->loans) ? ring_loans_at(ring->loans, position, &run.bytes) : NULL;
	if (!loan) {
		run.bytes = MIN(run.bytes, run_of(ring, position));
		run.data = ring->data + place_of(ring, position);
		return run;
	}
	run.bytes = loan->bytes - (position - loan->position);
	run.data = loan->data + (position - loan->position);
	run.is_lent = true;
	run.page = loan->page;
	return run;
}

size_t bytering_peek(const struct bytering *ring, uint32_t skip, struct uio *uio, size_t bytes)
{
	size_t done = 0, left = MIN(bytes, uio->left);

	while (left) {
		struct bytering_run run = bytering_run(ring, skip);
		size_t part = MIN(left, (size_t)run.bytes), moved;
		if (!part)
			break;
		moved = uio_copy_out(uio, run.data, part);
		skip += (uint32_t)moved;
		done += moved;
		left -= moved;
		if (unlikely(moved < part))
			break;
	}
	return done;
}

void bytering_peek_kernel(const struct bytering *ring, uint32_t skip, void *to, uint32_t bytes)
{
	for (uint32_t done = 0; done < bytes;) {
		struct bytering_run run = bytering_run(ring, skip + done);
		uint32_t part = MIN(run.bytes, bytes - done);
		if (!part)
			break;
		memcpy((uint8_t *)to + done, run.data, part);
		done += part;
	}
}

void bytering_drop(struct bytering *ring, uint32_t bytes)
{
	ring->head += MIN(bytes, bytering_used(ring));
	if (unlikely(ring->loans))
		ring_loans_cut_head(&ring->loans, ring->head);
	restart_if_empty(ring);
}

int bytering_resize(struct bytering *ring, uint32_t capacity)
{
	uint32_t used = bytering_used(ring), bytes = PAGE_SIZE;

	if (used > capacity)
		return -EBUSY;
	if (ring->allocated > capacity) {
		while (bytes < used)
			bytes *= 2;
		if (move_to(ring, bytes) != 0)
			return -ENOMEM;
	}
	ring->capacity = capacity;
	return 0;
}
