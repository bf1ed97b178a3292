/*
 * Devices of virtio (virtio 1.2), whatever bus they hang on. Each bus finds its devices and knows how their registers
 * are reached; drivers know only this.
 *
 * Life of a device: found once (virtio_discover); its driver agrees on features with it, sets up its queues
 * (dev/virtqueue.h), takes its interrupt, and lets it go. It is never given up. All of that is the boot's, on one
 * processor; later only its queues, by their own locks, and virtio_failed, in its interrupt, are used.
 */
#ifndef NAMU_DEV_VIRTIO_H
#define NAMU_DEV_VIRTIO_H

#include "arch/x86_64/trap.h"
#include "lib/list.h"
#include "lib/types.h"

struct virtio_device;

/* Where the three parts of a queue lie. */
struct virtio_rings {
	paddr_t descriptors, available, used;
};

/* The register that tells the device of new buffers in a queue: the queue's number is written to it. */
struct virtio_bell {
	volatile void *at;
	bool is_wide; /* 32 bits, else 16 */
};

/* What a bus can do for its devices. */
struct virtio_operations {
	uint8_t (*status)(struct virtio_device *device);
	/* 0 resets the device, and waits until it has done so; status() says whether it did. */
	void (*set_status)(struct virtio_device *device, uint8_t status);
	/* Features come in words of 32. */
	uint32_t (*offered)(struct virtio_device *device, uint32_t word);
	void (*accept)(struct virtio_device *device, uint32_t word, uint32_t features);
	/* -ENODEV: no such queue, or a smaller one. */
	int (*set_queue)(struct virtio_device *device, uint16_t index, uint16_t slots, const struct virtio_rings *rings,
			 struct virtio_bell *bell);
	/* A byte of the device's own configuration; 0 beyond its end. */
	uint8_t (*config)(struct virtio_device *device, uint32_t offset);
	int (*take_interrupt)(struct virtio_device *device, irq_handler handler, void *arg);
	/* In the interrupt: acknowledge it. Has the device failed? */
	bool (*failed)(struct virtio_device *device);
};

/* Lock key: (i) immutable since it was found. */
struct virtio_device {
	const struct virtio_operations *operations; /* (i) */
	uint32_t kind;                              /* (i) VIRTIO_ID_* */
	struct list link;                           /* (i) in the order in which they were found */
};

/* Look at every bus. */
void virtio_discover(void);
/* A bus has found one. */
void virtio_add(struct virtio_device *device, const struct virtio_operations *operations, uint32_t kind);
/* The first device of a kind after `after` (null: of all); null: no more. */
struct virtio_device *virtio_next(uint32_t kind, struct virtio_device *after);

/* Reset it and take these features (of the first 32) and VERSION_1: 0, -ENODEV when it has not all of them or does not
 * get ready. Its queues are set up next. */
int virtio_negotiate(struct virtio_device *device, uint32_t features);
/* Have `handler` called in its interrupt. 0, or an error when it has none. */
static inline int virtio_take_interrupt(struct virtio_device *device, irq_handler handler, void *arg)
{
	return device->operations->take_interrupt(device, handler, arg);
}
/* The queues are ready: it may begin. */
void virtio_go(struct virtio_device *device);
/* A byte of its own configuration. */
static inline uint8_t virtio_config(struct virtio_device *device, uint32_t offset)
{
	return device->operations->config(device, offset);
}
/* First thing in its interrupt: say that it was seen. True when the device has failed and wants to be reset. */
static inline bool virtio_failed(struct virtio_device *device)
{
	return device->operations->failed(device);
}

#endif
