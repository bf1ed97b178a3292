/* Devices of virtio over MMIO, see virtio_mmio.h. */
#include "dev/virtio_mmio.h"

#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>

#include "arch/x86_64/pagetable.h"
#include "dev/virtio.h"
#include "lib/boot_info.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"

#define MMIO_MAGIC    0x74726976u
#define MMIO_VERSION  2
#define DEVICE_OPTION "virtio_mmio.device"

/* Lock key: (i) immutable. */
struct mmio_device {
	struct virtio_device device;  /* (i) */
	volatile uint32_t *registers; /* (i) a page */
	unsigned line;                /* (i) of the I/O APIC */
};

static volatile uint32_t *registers_of(struct virtio_device *device)
{
	return container_of(device, struct mmio_device, device)->registers;
}

static uint8_t mmio_status(struct virtio_device *device)
{
	return (uint8_t)registers_of(device)[VIRTIO_MMIO_STATUS / 4];
}

static void mmio_set_status(struct virtio_device *device, uint8_t status)
{
	registers_of(device)[VIRTIO_MMIO_STATUS / 4] = status;
}

static uint32_t mmio_offered(struct virtio_device *device, uint32_t word)
{
	registers_of(device)[VIRTIO_MMIO_DEVICE_FEATURES_SEL / 4] = word;
	return registers_of(device)[VIRTIO_MMIO_DEVICE_FEATURES / 4];
}

static void mmio_accept(struct virtio_device *device, uint32_t word, uint32_t features)
{
	registers_of(device)[VIRTIO_MMIO_DRIVER_FEATURES_SEL / 4] = word;
	registers_of(device)[VIRTIO_MMIO_DRIVER_FEATURES / 4] = features;
}

static void set_address(volatile uint32_t *registers, uint32_t low_register, paddr_t address)
{
	registers[low_register / 4] = (uint32_t)address;
	registers[low_register / 4 + 1] = (uint32_t)(address >> 32);
}

static int mmio_set_queue(struct virtio_device *device, uint16_t index, uint16_t slots,
			  const struct virtio_rings *rings, struct virtio_bell *bell)
{
	volatile uint32_t *registers = registers_of(device);

	registers[VIRTIO_MMIO_QUEUE_SEL / 4] = index;
	if (registers[VIRTIO_MMIO_QUEUE_NUM_MAX / 4] < slots)
		return -ENODEV;
	registers[VIRTIO_MMIO_QUEUE_NUM / 4] = slots;
	set_address(registers, VIRTIO_MMIO_QUEUE_DESC_LOW, rings->descriptors);
	set_address(registers, VIRTIO_MMIO_QUEUE_AVAIL_LOW, rings->available);
	set_address(registers, VIRTIO_MMIO_QUEUE_USED_LOW, rings->used);
	registers[VIRTIO_MMIO_QUEUE_READY / 4] = 1;
	*bell = (struct virtio_bell){.at = &registers[VIRTIO_MMIO_QUEUE_NOTIFY / 4], .is_wide = true};
	return 0;
}

static uint8_t mmio_config(struct virtio_device *device, uint32_t offset)
{
	const volatile uint8_t *config = (const volatile uint8_t *)registers_of(device) + VIRTIO_MMIO_CONFIG;

	return offset < PAGE_SIZE - VIRTIO_MMIO_CONFIG ? config[offset] : 0;
}

static int mmio_take_interrupt(struct virtio_device *device, irq_handler handler, void *arg)
{
	return irq_register(container_of(device, struct mmio_device, device)->line, handler, arg);
}

static bool mmio_failed(struct virtio_device *device)
{
	volatile uint32_t *registers = registers_of(device);
	uint32_t causes = registers[VIRTIO_MMIO_INTERRUPT_STATUS / 4];

	registers[VIRTIO_MMIO_INTERRUPT_ACK / 4] = causes;
	/* A failure is told as a change of the configuration. */
	return (causes & VIRTIO_MMIO_INT_CONFIG) && (mmio_status(device) & VIRTIO_CONFIG_S_NEEDS_RESET);
}

static const struct virtio_operations mmio_operations = {
	.status = mmio_status,
	.set_status = mmio_set_status,
	.offered = mmio_offered,
	.accept = mmio_accept,
	.set_queue = mmio_set_queue,
	.config = mmio_config,
	.take_interrupt = mmio_take_interrupt,
	.failed = mmio_failed,
};

/* "virtio_mmio.device=SIZE@ADDRESS:LINE" on the command line, one for each device, put there by QEMU. */
static bool parse_device(const char *text, paddr_t *address, unsigned *line)
{
	const char *at = strchr(text, '@');

	if (!at)
		return false;
	at++;
	if (at[0] == '0' && at[1] == 'x')
		at += 2;
	*address = string_to_u64(at, &at, 16);
	if (*at != ':')
		return false;
	*line = (unsigned)string_to_u64(at + 1, &at, 10);
	return true;
}

static void add_device(paddr_t address, unsigned line)
{
	volatile uint32_t *registers = device_map(address, PAGE_SIZE);
	struct mmio_device *found;

	/* A place without a device has the kind 0. */
	if (!registers || registers[VIRTIO_MMIO_MAGIC_VALUE / 4] != MMIO_MAGIC ||
	    registers[VIRTIO_MMIO_VERSION / 4] != MMIO_VERSION || !registers[VIRTIO_MMIO_DEVICE_ID / 4])
		return;
	found = kzalloc(sizeof(*found));
	if (!found)
		return;
	found->registers = registers;
	found->line = line;
	virtio_add(&found->device, &mmio_operations, registers[VIRTIO_MMIO_DEVICE_ID / 4]);
}

void virtio_mmio_discover(void)
{
	char text[64];
	paddr_t address;
	unsigned line;

	for (unsigned i = 0; boot_option(DEVICE_OPTION, i, text, sizeof(text)); i++) {
		if (parse_device(text, &address, &line))
			add_device(address, line);
	}
}
