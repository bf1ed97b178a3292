/* The bus of virtio devices on PCI (virtio 1.2, 4.1), by their modern interface, with MSI-X. */
#ifndef NAMU_DEV_VIRTIO_PCI_H
#define NAMU_DEV_VIRTIO_PCI_H

#include "dev/pci.h"

/* A structure of the device's: so many bytes of the range behind a base address. */
struct virtio_pci_part {
	uint8_t bar;
	uint32_t offset;
	uint32_t bytes; /* 0: there is none */
};

/* Where a device's structures lie. */
struct virtio_pci_layout {
	struct virtio_pci_part common, notify, config;
	uint32_t notify_step; /* a queue's bell lies at so many times the queue's own number */
};

/* Of its capabilities. 0; -ENODEV: what every device must have is missing. */
int virtio_pci_read_layout(pci_function function, struct virtio_pci_layout *layout);
/* The kind of virtio device that this function is; 0: none. */
uint32_t virtio_pci_kind(pci_function function);

/* Hand over all that are there (virtio_add). */
void virtio_pci_discover(void);

#endif
