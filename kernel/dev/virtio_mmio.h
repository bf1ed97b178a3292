/* Devices of virtio over MMIO (virtio 1.1, 4.2): finding them, agreeing on features, letting them go. */
#ifndef NAMU_DEV_VIRTIO_MMIO_H
#define NAMU_DEV_VIRTIO_MMIO_H

#include "lib/types.h"

/* The registers of the nth device of a kind (VIRTIO_ID_*) on the kernel's command line, and its interrupt line; null:
 * there are not so many. */
volatile uint32_t *virtio_mmio_find(uint32_t device_id, unsigned nth, unsigned *line);
/* Reset it and take these features (of the first 32) and VERSION_1: 0, -ENODEV when it has not all of them. Its queues
 * are set up next. */
int virtio_mmio_negotiate(volatile uint32_t *registers, uint32_t features);
/* The queues are ready: it may begin. */
void virtio_mmio_go(volatile uint32_t *registers);
/* In its interrupt: say that it was seen. True when the device has failed and wants to be reset. */
bool virtio_mmio_acknowledge(volatile uint32_t *registers);

#endif
