/* What a function's configuration space says of a virtio device, see virtio_pci.h. */
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>

#include "dev/virtio_pci.h"
#include "lib/errno.h"

#define VENDOR            0x1af4
#define FIRST_OLD_DEVICE  0x1000 /* transitional: the subsystem says what it is */
#define FIRST_DEVICE      0x1040
#define LAST_DEVICE       0x107f
#define COMMON_BYTES_MIN  56
#define LAST_BAR          5
#define NOTIFY_CAPABILITY 20 /* bytes */

uint32_t virtio_pci_kind(pci_function function)
{
	uint32_t id = pci_read(function, PCI_VENDOR_ID) >> 16;

	if ((pci_read(function, PCI_VENDOR_ID) & 0xffff) != VENDOR || id < FIRST_OLD_DEVICE || id > LAST_DEVICE ||
	    (pci_read_part(function, PCI_HEADER_TYPE, 1) & 0x7f) != PCI_HEADER_TYPE_NORMAL)
		return 0;
	return id >= FIRST_DEVICE ? id - FIRST_DEVICE : pci_read_part(function, PCI_SUBSYSTEM_ID, 2);
}

/* The first of each type counts that we can use; parts behind unknown base addresses are to be passed over. */
static void take_part(pci_function function, uint8_t at, struct virtio_pci_layout *layout)
{
	unsigned bytes = pci_read_part(function, at + VIRTIO_PCI_CAP_LEN, 1);
	struct virtio_pci_part part = {
		.bar = (uint8_t)pci_read_part(function, at + VIRTIO_PCI_CAP_BAR, 1),
		.offset = pci_read_part(function, at + VIRTIO_PCI_CAP_OFFSET, 4),
		.bytes = pci_read_part(function, at + VIRTIO_PCI_CAP_LENGTH, 4),
	};

	if (bytes < sizeof(struct virtio_pci_cap) || part.bar > LAST_BAR || part.offset % 4)
		return;
	switch (pci_read_part(function, at + VIRTIO_PCI_CAP_CFG_TYPE, 1)) {
	case VIRTIO_PCI_CAP_COMMON_CFG:
		if (!layout->common.bytes && part.bytes >= COMMON_BYTES_MIN)
			layout->common = part;
		break;
	case VIRTIO_PCI_CAP_NOTIFY_CFG:
		if (layout->notify.bytes || bytes < NOTIFY_CAPABILITY || part.bytes < 2)
			break;
		layout->notify_step = pci_read_part(function, at + VIRTIO_PCI_NOTIFY_CAP_MULT, 4);
		if (layout->notify_step % 2 == 0)
			layout->notify = part;
		break;
	case VIRTIO_PCI_CAP_DEVICE_CFG:
		if (!layout->config.bytes)
			layout->config = part;
		break;
	}
}

int virtio_pci_read_layout(pci_function function, struct virtio_pci_layout *layout)
{
	uint8_t at[PCI_CAPABILITIES];
	unsigned count = pci_capabilities(function, at);

	*layout = (struct virtio_pci_layout){0};
	for (unsigned i = 0; i < count; i++) {
		if (pci_read_part(function, at[i], 1) == PCI_CAP_ID_VNDR)
			take_part(function, at[i], layout);
	}
	return layout->common.bytes && layout->notify.bytes ? 0 : -ENODEV;
}
