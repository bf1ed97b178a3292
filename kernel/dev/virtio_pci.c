/*
 * Devices of virtio on PCI, see virtio_pci.h.
 *
 * Two messages: the first says that the configuration changed, which is how a failure is told, the second that a queue
 * has something. So the usual interrupt need not ask the device anything. With room for one message only, it is both.
 */
#include "dev/virtio_pci.h"

#include <linux/pci_regs.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/pagetable.h"
#include "dev/virtio.h"
#include "lib/errno.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mem/slab.h"

/* A range that no firmware has placed goes into the hole below 4 GiB, where a PC has no memory. */
#define HOLE_START  0xe0000000u
#define HOLE_END    0xfe000000u
#define BARS        6
#define NOTIFY_MOST (64u << 10)
#define CONFIG_MOST 4096u
#define RESET_TRIES 1000000u
#define CHANGED     0 /* the messages */
#define QUEUES      1

/* Lock key: (i) immutable; (s) set while it is brought up; (h) its interrupt's, on the first processor. */
struct pci_device {
	struct virtio_device device;                   /* (i) */
	struct virtio_pci_layout layout;               /* (i) */
	struct pci_msix msix;                          /* (i) */
	struct pci_bar bars[BARS];                     /* (s) bytes 0: not looked at */
	volatile struct virtio_pci_common_cfg *common; /* (i) */
	volatile uint8_t *notify;                      /* (i) */
	volatile uint8_t *config;                      /* (i) null: it has none */
	volatile uint32_t *messages;                   /* (i) the table */
	irq_handler handler;                           /* (s) the driver's */
	void *arg;                                     /* (s) */
	bool has_failed;                               /* (h) */
	pci_function function;                         /* (i) */
};

static struct pci_device *pci_of(struct virtio_device *device)
{
	return container_of(device, struct pci_device, device);
}

static unsigned queue_message(const struct pci_device *found)
{
	return found->msix.messages > QUEUES ? QUEUES : CHANGED;
}

static uint8_t pci_status(struct virtio_device *device)
{
	return pci_of(device)->common->device_status;
}

static void pci_set_status(struct virtio_device *device, uint8_t status)
{
	volatile struct virtio_pci_common_cfg *common = pci_of(device)->common;

	common->device_status = status;
	for (unsigned i = 0; !status && common->device_status && i < RESET_TRIES; i++)
		cpu_relax();
}

static uint32_t pci_offered(struct virtio_device *device, uint32_t word)
{
	pci_of(device)->common->device_feature_select = word;
	return pci_of(device)->common->device_feature;
}

static void pci_accept(struct virtio_device *device, uint32_t word, uint32_t features)
{
	pci_of(device)->common->guest_feature_select = word;
	pci_of(device)->common->guest_feature = features;
}

static int pci_set_queue(struct virtio_device *device, uint16_t index, uint16_t slots, const struct virtio_rings *rings,
			 struct virtio_bell *bell)
{
	struct pci_device *found = pci_of(device);
	volatile struct virtio_pci_common_cfg *common = found->common;
	uint16_t message = (uint16_t)queue_message(found);
	uint64_t at;

	common->queue_select = index;
	if (common->queue_size < slots)
		return -ENODEV;
	at = (uint64_t)common->queue_notify_off * found->layout.notify_step;
	if (at + sizeof(uint16_t) > MIN(found->layout.notify.bytes, NOTIFY_MOST))
		return -ENODEV;
	common->queue_size = slots;
	common->queue_msix_vector = message;
	if (common->queue_msix_vector != message)
		return -ENODEV;
	common->queue_desc_lo = (uint32_t)rings->descriptors;
	common->queue_desc_hi = (uint32_t)(rings->descriptors >> 32);
	common->queue_avail_lo = (uint32_t)rings->available;
	common->queue_avail_hi = (uint32_t)(rings->available >> 32);
	common->queue_used_lo = (uint32_t)rings->used;
	common->queue_used_hi = (uint32_t)(rings->used >> 32);
	common->queue_enable = 1;
	*bell = (struct virtio_bell){.at = found->notify + at};
	return 0;
}

static uint8_t pci_config(struct virtio_device *device, uint32_t offset)
{
	const struct pci_device *found = pci_of(device);

	return offset < MIN(found->layout.config.bytes, CONFIG_MOST) ? found->config[offset] : 0;
}

static void queue_interrupt(void *arg)
{
	struct pci_device *found = arg;

	found->handler(found->arg);
}

static void changed_interrupt(void *arg)
{
	struct pci_device *found = arg;

	if (found->common->device_status & VIRTIO_CONFIG_S_NEEDS_RESET)
		found->has_failed = true;
	found->handler(found->arg);
}

static int set_message(struct pci_device *found, unsigned nth, irq_handler handler)
{
	volatile uint32_t *entry = found->messages + nth * PCI_MSIX_ENTRY_SIZE / 4;
	uint64_t address;
	uint32_t data;
	int error = irq_register_message(handler, found, &address, &data);

	if (error)
		return error;
	entry[PCI_MSIX_ENTRY_LOWER_ADDR / 4] = (uint32_t)address;
	entry[PCI_MSIX_ENTRY_UPPER_ADDR / 4] = (uint32_t)(address >> 32);
	entry[PCI_MSIX_ENTRY_DATA / 4] = data;
	entry[PCI_MSIX_ENTRY_VECTOR_CTRL / 4] = 0;
	return 0;
}

static int pci_take_interrupt(struct virtio_device *device, irq_handler handler, void *arg)
{
	struct pci_device *found = pci_of(device);
	int error;

	found->handler = handler;
	found->arg = arg;
	error = set_message(found, CHANGED, changed_interrupt);
	if (!error && queue_message(found) == QUEUES)
		error = set_message(found, QUEUES, queue_interrupt);
	if (error)
		return error;
	found->common->msix_config = CHANGED;
	return found->common->msix_config == CHANGED ? 0 : -ENODEV;
}

/* A message needs no acknowledgement. */
static bool pci_failed(struct virtio_device *device)
{
	return pci_of(device)->has_failed;
}

static const struct virtio_operations pci_operations = {
	.status = pci_status,
	.set_status = pci_set_status,
	.offered = pci_offered,
	.accept = pci_accept,
	.set_queue = pci_set_queue,
	.config = pci_config,
	.take_interrupt = pci_take_interrupt,
	.failed = pci_failed,
};

static int place(pci_function function, unsigned index, struct pci_bar *bar)
{
	static paddr_t next = HOLE_START;
	paddr_t start = ALIGN_UP(next, MAX(bar->bytes, PAGE_SIZE));

	if (bar->bytes > HOLE_END - HOLE_START || start > HOLE_END - bar->bytes)
		return -ENOMEM;
	pci_place_bar(function, index, start);
	bar->start = start;
	next = start + bar->bytes;
	return 0;
}

/* The registers of a part, `most` bytes of them at most; null: they are not where the device says. */
static volatile void *map_part(struct pci_device *found, unsigned index, uint32_t offset, uint32_t bytes, uint32_t most)
{
	struct pci_bar *bar = index < BARS ? &found->bars[index] : NULL;

	if (!bar || (!bar->bytes && pci_read_bar(found->function, index, bar)) ||
	    (!bar->start && place(found->function, index, bar)) || offset > bar->bytes || bytes > bar->bytes - offset)
		return NULL;
	return device_map(bar->start + offset, MIN(bytes, most));
}

static int map_device(struct pci_device *found)
{
	const struct virtio_pci_layout *at = &found->layout;
	uint32_t table_bytes = MIN(found->msix.messages, 2u) * PCI_MSIX_ENTRY_SIZE;

	found->common = map_part(found, at->common.bar, at->common.offset, at->common.bytes, sizeof(*found->common));
	found->notify = map_part(found, at->notify.bar, at->notify.offset, at->notify.bytes, NOTIFY_MOST);
	found->messages = map_part(found, found->msix.bar, found->msix.offset, table_bytes, table_bytes);
	if (at->config.bytes)
		found->config = map_part(found, at->config.bar, at->config.offset, at->config.bytes, CONFIG_MOST);
	return found->common && found->notify && found->messages && (found->config || !at->config.bytes) ? 0 : -EINVAL;
}

static int open_device(struct pci_device *found)
{
	int error = virtio_pci_read_layout(found->function, &found->layout);

	if (!error)
		error = pci_find_msix(found->function, &found->msix);
	if (!error)
		error = map_device(found);
	if (!error)
		pci_enable(found->function, &found->msix);
	return error;
}

static void add_function(pci_function function, uint32_t kind)
{
	struct pci_device *found = kzalloc(sizeof(*found));
	int error = -ENOMEM;

	if (found) {
		found->function = function;
		error = open_device(found);
	}
	if (error) {
		log_line("the virtio device %u.%u on PCI cannot be used: error %d", function / 8, function % 8, -error);
		kfree(found);
		return;
	}
	virtio_add(&found->device, &pci_operations, kind);
}

void virtio_pci_discover(void)
{
	if (!pci_is_there())
		return;
	for (unsigned first = 0; first < PCI_FUNCTIONS; first += 8) {
		/* A device with one function answers for it alone. */
		bool has_more = pci_read_part((pci_function)first, PCI_HEADER_TYPE, 1) & 0x80;

		for (unsigned i = 0; i < (has_more ? 8u : 1u); i++) {
			uint32_t kind = virtio_pci_kind((pci_function)(first + i));
			if (kind)
				add_function((pci_function)(first + i), kind);
		}
	}
}
