/*
 * One split virtqueue of a virtio-MMIO device (virtio 1.1, 2.6), with a fixed buffer for each of its slots: descriptor
 * i is always buffer i. The owner guards it with a lock of its own.
 */
#ifndef NAMU_DEV_VIRTQUEUE_H
#define NAMU_DEV_VIRTQUEUE_H

#include "lib/types.h"

struct virtqueue {
	volatile uint32_t *registers; /* of the device */
	void *ring;                   /* descriptors, available ring, used ring: one page */
	uint8_t *buffers;
	uint32_t slot_bytes;
	uint16_t index;          /* the device's number for this queue */
	uint16_t slots;          /* a power of two */
	uint16_t next_available; /* entries ever made available, modulo 2^16 */
	uint16_t last_used;      /* used entries ever seen, modulo 2^16 */
	uint64_t free_slots;     /* a bit each: not with the device */
};

/* Set up queue `index` with `slots` (at most 64) buffers of slot_bytes. 0, -ENOMEM, -ENODEV when the device has no such
 * queue. */
int virtqueue_init(struct virtqueue *queue, volatile uint32_t *registers, uint16_t index, uint16_t slots,
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
