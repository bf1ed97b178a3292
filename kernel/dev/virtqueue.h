/*
 * One split virtqueue of a virtio device (virtio 1.2, 2.7), with a fixed buffer for each of its slots: descriptor
 * i is always buffer i. The owner guards it with a lock of its own.
 */
#ifndef NAMU_DEV_VIRTQUEUE_H
#define NAMU_DEV_VIRTQUEUE_H

#include "dev/virtio.h"
#include "lib/types.h"

struct virtqueue {
	struct virtio_bell bell;
	void *ring; /* descriptors, available ring, used ring: one page */
	uint8_t *buffers;
	uint32_t slot_bytes;
	uint16_t index;          /* the device's number for this queue */
	uint16_t slots;          /* a power of two */
	uint16_t next_available; /* entries ever made available, modulo 2^16 */
	uint16_t last_used;      /* used entries ever seen, modulo 2^16 */
	uint64_t free_slots;     /* a bit each: not with the device */
	bool has_tables;         /* a slot's buffer is a table of pieces, see virtqueue_submit_pieces */
};

/* A piece of memory that is physically in one piece too. */
struct virtqueue_piece {
	const void *start;
	uint32_t bytes;
};

/* Set up queue `index` with `slots` (at most 64) buffers of slot_bytes. 0, -ENOMEM, -ENODEV when the device has no such
 * queue. */
int virtqueue_init(struct virtqueue *queue, struct virtio_device *device, uint16_t index, uint16_t slots,
		   uint32_t slot_bytes);
static inline uint8_t *virtqueue_buffer(const struct virtqueue *queue, uint16_t slot)
{
	return queue->buffers + (uint64_t)slot * queue->slot_bytes;
}
/* A slot that is not with the device, now the caller's; -1: none. Looks at the used ring first. For queues to the
 * device. */
int virtqueue_take_free(struct virtqueue *queue);
/* Hand `slot` to the device: `bytes` to read, or (is_input) room to fill. Tell the device by virtqueue_notify. */
void virtqueue_submit(struct virtqueue *queue, uint16_t slot, uint32_t bytes, bool is_input);
/*
 * For a queue whose device has VIRTIO_RING_F_INDIRECT_DESC: hand over a list of pieces, those to read first, then those
 * to fill. The slot's buffer holds the list: 16 bytes a piece.
 */
void virtqueue_submit_pieces(struct virtqueue *queue, uint16_t slot, const struct virtqueue_piece *pieces,
			     unsigned to_read, unsigned to_fill);
void virtqueue_notify(struct virtqueue *queue);
/* The next slot that the device is done with, and how many bytes it wrote; -1: none. For queues from the device. */
int virtqueue_take_used(struct virtqueue *queue, uint32_t *bytes);
static inline bool virtqueue_has_used(const struct virtqueue *queue)
{
	const volatile uint16_t *used_index = (const volatile uint16_t *)((uint8_t *)queue->ring + 2048 + 2);

	return *used_index != queue->last_used;
}
/* Everything handed over has been consumed. */
bool virtqueue_is_drained(struct virtqueue *queue);
/* Shall the device interrupt when it is done with a slot? */
void virtqueue_want_interrupt(struct virtqueue *queue, bool wanted);

#endif
