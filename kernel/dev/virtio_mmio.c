/* Devices of virtio over MMIO, see virtio_mmio.h. */
#include "dev/virtio_mmio.h"

#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>

#include "arch/x86_64/pagetable.h"
#include "lib/boot_info.h"
#include "lib/errno.h"
#include "lib/string.h"

#define MMIO_MAGIC    0x74726976u
#define MMIO_VERSION  2
#define DEVICE_OPTION "virtio_mmio.device"

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

volatile uint32_t *virtio_mmio_find(uint32_t device_id, unsigned nth, unsigned *line)
{
	char text[64];
	paddr_t address;

	for (unsigned i = 0; boot_option(DEVICE_OPTION, i, text, sizeof(text)); i++) {
		volatile uint32_t *registers;

		if (!parse_device(text, &address, line))
			continue;
		registers = device_map(address, PAGE_SIZE);
		if (!registers)
			return NULL;
		if (registers[VIRTIO_MMIO_MAGIC_VALUE / 4] == MMIO_MAGIC &&
		    registers[VIRTIO_MMIO_VERSION / 4] == MMIO_VERSION &&
		    registers[VIRTIO_MMIO_DEVICE_ID / 4] == device_id && nth-- == 0)
			return registers;
	}
	return NULL;
}

int virtio_mmio_negotiate(volatile uint32_t *registers, uint32_t features)
{
	const uint32_t wanted[2] = {features, 1u << (VIRTIO_F_VERSION_1 - 32)};
	uint32_t status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;

	registers[VIRTIO_MMIO_STATUS / 4] = 0;
	registers[VIRTIO_MMIO_STATUS / 4] = status;
	for (uint32_t word = 0; word < 2; word++) {
		registers[VIRTIO_MMIO_DEVICE_FEATURES_SEL / 4] = word;
		if ((registers[VIRTIO_MMIO_DEVICE_FEATURES / 4] & wanted[word]) != wanted[word])
			return -ENODEV;
		registers[VIRTIO_MMIO_DRIVER_FEATURES_SEL / 4] = word;
		registers[VIRTIO_MMIO_DRIVER_FEATURES / 4] = wanted[word];
	}
	registers[VIRTIO_MMIO_STATUS / 4] = status | VIRTIO_CONFIG_S_FEATURES_OK;
	return registers[VIRTIO_MMIO_STATUS / 4] & VIRTIO_CONFIG_S_FEATURES_OK ? 0 : -ENODEV;
}

void virtio_mmio_go(volatile uint32_t *registers)
{
	registers[VIRTIO_MMIO_STATUS / 4] = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
					    VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK;
}

bool virtio_mmio_acknowledge(volatile uint32_t *registers)
{
	uint32_t causes = registers[VIRTIO_MMIO_INTERRUPT_STATUS / 4];

	registers[VIRTIO_MMIO_INTERRUPT_ACK / 4] = causes;
	/* A failure is told as a change of the configuration. */
	return (causes & VIRTIO_MMIO_INT_CONFIG) && (registers[VIRTIO_MMIO_STATUS / 4] & VIRTIO_CONFIG_S_NEEDS_RESET);
}
