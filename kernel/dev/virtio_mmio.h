/* The bus of virtio devices in memory (virtio 1.2, 4.2), which the kernel's command line lists. */
#ifndef NAMU_DEV_VIRTIO_MMIO_H
#define NAMU_DEV_VIRTIO_MMIO_H

/* Hand over all that are there (virtio_add). */
void virtio_mmio_discover(void);

#endif
