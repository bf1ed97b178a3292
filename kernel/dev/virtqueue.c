/*
 * Split virtqueues. The ring page holds the descriptors at 0, the available ring at 1024, the used ring at 2048: room
 * for 64 slots.
 */
#include "dev/virtqueue.h"
#include <linux/virtio_ring.h>
#include "arch/x86_64/pagetable.h"
#include "lib/errno.h"
#include "mem/page.h"
#include "mem/slab.h"

#define AVAILABLE_AT 1024
#define USED_AT      2048
#define SLOTS_MAX    64

static struct vring_desc *descriptors(const struct virtqueue *queue)
{
	return queue->ring;
}

static volatile struct vring_avail *available(const struct virtqueue *queue)
{
	return (volatile struct vring_avail *)((uint8_t *)queue->ring + AVAILABLE_AT);
}

static volatile struct vring_used *used(const struct virtqueue *queue)
{
	return (volatile struct vring_used *)((uint8_t *)queue->ring + USED_AT);
}

int virtqueue_init(struct virtqueue *queue, struct virtio_device *device, uint16_t index, uint16_t slots,
		   uint32_t slot_bytes)
{
	int error = -ENOMEM;

	KERNEL_ASSERT(slots <= SLOTS_MAX && IS_ALIGNED(slots, 1));
	queue->buffers = kmalloc((size_t)slots * slot_bytes);
	queue->ring = kzalloc(PAGE_SIZE);
	if (queue->buffers && queue->ring) {
		paddr_t ring = virt_to_phys(queue->ring);
		const struct virtio_rings rings = {ring, ring + AVAILABLE_AT, ring + USED_AT};
		error = device->operations->set_queue(device, index, slots, &rings, &queue->bell);
	}
	if (error) {
		kfree(queue->buffers);
		kfree(queue->ring);
		return error;
	}
	queue->index = index;
	queue->slots = slots;
	queue->slot_bytes = slot_bytes;
	queue->next_available = 0;
	queue->last_used = 0;
	queue->has_tables = false;
	queue->free_slots = slots == SLOTS_MAX ? UINT64_MAX : (1ull << slots) - 1;
	return 0;
}

static void make_available(struct virtqueue *queue, uint16_t slot, uint32_t bytes, uint16_t flags)
{
	struct vring_desc *descriptor = &descriptors(queue)[slot];

	descriptor->addr = virt_to_phys(virtqueue_buffer(queue, slot));
	descriptor->len = bytes;
	descriptor->flags = flags;
	descriptor->next = 0;
	queue->free_slots &= ~(1ull << slot);
	available(queue)->ring[queue->next_available % queue->slots] = slot;
	atomic_thread_fence(memory_order_release);
	available(queue)->idx = ++queue->next_available;
}

void virtqueue_submit(struct virtqueue *queue, uint16_t slot, uint32_t bytes, bool is_input)
{
	make_available(queue, slot, bytes, is_input ? VRING_DESC_F_WRITE : 0);
}

void virtqueue_submit_pieces(struct virtqueue *queue, uint16_t slot, const struct virtqueue_piece *pieces,
			     unsigned to_read, unsigned to_fill)
{
	struct vring_desc *table = (struct vring_desc *)virtqueue_buffer(queue, slot);
	unsigned count = to_read + to_fill;

	KERNEL_CHECK(count && count * sizeof(*table) <= queue->slot_bytes);
	for (unsigned i = 0; i < count; i++) {
		table[i].addr = virt_to_phys(pieces[i].start);
		table[i].len = pieces[i].bytes;
		table[i].flags = (i >= to_read ? VRING_DESC_F_WRITE : 0) | (i + 1 < count ? VRING_DESC_F_NEXT : 0);
		table[i].next = (uint16_t)(i + 1);
	}
	queue->has_tables = true;
	make_available(queue, slot, count * (uint32_t)sizeof(*table), VRING_DESC_F_INDIRECT);
}

void virtqueue_notify(struct virtqueue *queue)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (queue->bell.is_wide)
		*(volatile uint32_t *)queue->bell.at = queue->index;
	else
		*(volatile uint16_t *)queue->bell.at = queue->index;
}

int virtqueue_take_used(struct virtqueue *queue, uint32_t *bytes)
{
	if (!virtqueue_has_used(queue))
		return -1;
	atomic_thread_fence(memory_order_acquire);
	volatile struct vring_used_elem *element = &used(queue)->ring[queue->last_used % queue->slots];
	uint32_t slot = element->id;
	uint32_t length = element->len;
	queue->last_used++;
	/* The device is the host's: trusted not to attack, but a mistake of its must not become one of ours. */
	KERNEL_CHECK(slot < queue->slots);
	if (bytes)
		*bytes = queue->has_tables ? length : MIN(length, queue->slot_bytes);
	queue->free_slots |= 1ull << slot;
	return (int)slot;
}

int virtqueue_take_free(struct virtqueue *queue)
{
	while (virtqueue_take_used(queue, NULL) >= 0)
		;
	if (!queue->free_slots)
		return -1;
	int slot = __builtin_ctzll(queue->free_slots);
	queue->free_slots &= ~(1ull << slot);
	return slot;
}

bool virtqueue_is_drained(struct virtqueue *queue)
{
	while (virtqueue_take_used(queue, NULL) >= 0)
		;
	return queue->last_used == queue->next_available;
}

void virtqueue_want_interrupt(struct virtqueue *queue, bool wanted)
{
	available(queue)->flags = wanted ? 0 : VRING_AVAIL_F_NO_INTERRUPT;
	atomic_thread_fence(memory_order_seq_cst);
}
