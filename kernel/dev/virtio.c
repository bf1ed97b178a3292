/* Devices of virtio, the part that is the same on every bus. */
#include "dev/virtio.h"

#include <linux/virtio_config.h>

#include "dev/virtio_mmio.h"
#include "dev/virtio_pci.h"
#include "lib/errno.h"

#define WORDS 2

static struct list devices = LIST_INIT(devices);

void virtio_discover(void)
{
	virtio_mmio_discover();
	virtio_pci_discover();
}

void virtio_add(struct virtio_device *device, const struct virtio_operations *operations, uint32_t kind)
{
	device->operations = operations;
	device->kind = kind;
	list_append(&devices, &device->link);
}

struct virtio_device *virtio_next(uint32_t kind, struct virtio_device *after)
{
	for (struct list *at = after ? after->link.next : devices.next; at != &devices; at = at->next) {
		struct virtio_device *device = container_of(at, struct virtio_device, link);
		if (device->kind == kind)
			return device;
	}
	return NULL;
}

int virtio_negotiate(struct virtio_device *device, uint32_t features)
{
	const struct virtio_operations *operations = device->operations;
	const uint32_t wanted[WORDS] = {features, 1u << (VIRTIO_F_VERSION_1 - 32)};
	uint8_t status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;

	operations->set_status(device, 0);
	if (operations->status(device) != 0)
		return -ENODEV;
	operations->set_status(device, status);
	for (uint32_t word = 0; word < WORDS; word++) {
		if ((operations->offered(device, word) & wanted[word]) != wanted[word])
			return -ENODEV;
		operations->accept(device, word, wanted[word]);
	}
	operations->set_status(device, status | VIRTIO_CONFIG_S_FEATURES_OK);
	return operations->status(device) & VIRTIO_CONFIG_S_FEATURES_OK ? 0 : -ENODEV;
}

void virtio_go(struct virtio_device *device)
{
	device->operations->set_status(device, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
						       VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK);
}
