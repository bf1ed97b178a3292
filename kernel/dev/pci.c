/* What is read of a function's configuration space, see pci.h. */
#include "dev/pci.h"

#include <linux/pci_regs.h>

#include "lib/errno.h"

#define SPACE_BYTES  256u
#define HEADER_BYTES 64u
#define BARS         6u
/* What page tables can name. */
#define ADDRESS_LIMIT (1ull << 46)

uint32_t pci_read_part(pci_function function, unsigned at, unsigned bytes)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < bytes && at + i < SPACE_BYTES; i++)
		value |= (pci_read(function, (at + i) & ~3u) >> 8 * ((at + i) & 3) & 0xff) << 8 * i;
	return value;
}

unsigned pci_capabilities(pci_function function, uint8_t at[PCI_CAPABILITIES])
{
	unsigned count = 0;
	uint8_t next;

	if (!(pci_read_part(function, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST))
		return 0;
	next = pci_read(function, PCI_CAPABILITY_LIST) & 0xfc;
	while (next >= HEADER_BYTES && count < PCI_CAPABILITIES) {
		at[count++] = next;
		next = pci_read(function, next) >> 8 & 0xfc;
	}
	return count;
}

/* The bits of a base address that the function keeps say how large its range is. It must not answer meanwhile. */
static uint32_t size_mask(pci_function function, unsigned at)
{
	uint32_t value = pci_read(function, at), mask;

	pci_write(function, at, ~0u);
	mask = pci_read(function, at);
	pci_write(function, at, value);
	return mask;
}

int pci_read_bar(pci_function function, unsigned index, struct pci_bar *bar)
{
	unsigned at = PCI_BASE_ADDRESS_0 + 4 * index;
	uint32_t low, command;
	uint64_t mask = ~0ull << 32;
	bool is_long;

	if (index >= BARS)
		return -EINVAL;
	low = pci_read(function, at);
	is_long = (low & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64;
	if ((low & PCI_BASE_ADDRESS_SPACE_IO) || (low & PCI_BASE_ADDRESS_MEM_TYPE_1M) || (is_long && index == BARS - 1))
		return -EINVAL;
	/* The upper half of this register is status, where zeroes change nothing. */
	command = pci_read_part(function, PCI_COMMAND, 2);
	pci_write(function, PCI_COMMAND, command & ~(uint32_t)PCI_COMMAND_MEMORY);
	mask |= size_mask(function, at) & ~0xfu;
	bar->start = low & ~0xfu;
	if (is_long) {
		mask = (mask & 0xffffffff) | (uint64_t)size_mask(function, at + 4) << 32;
		bar->start |= (uint64_t)pci_read(function, at + 4) << 32;
	}
	pci_write(function, PCI_COMMAND, command);
	bar->bytes = ~mask + 1;
	if (!(mask & 0xffffffff) && !is_long)
		return -EINVAL;
	if (!bar->bytes || (bar->bytes & (bar->bytes - 1)) || bar->bytes > ADDRESS_LIMIT ||
	    (bar->start & (bar->bytes - 1)) || bar->start > ADDRESS_LIMIT - bar->bytes)
		return -EINVAL;
	return 0;
}

void pci_place_bar(pci_function function, unsigned index, paddr_t start)
{
	unsigned at = PCI_BASE_ADDRESS_0 + 4 * index;

	if ((pci_read(function, at) & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64)
		pci_write(function, at + 4, (uint32_t)(start >> 32));
	pci_write(function, at, (uint32_t)start);
}

int pci_find_msix(pci_function function, struct pci_msix *msix)
{
	uint8_t at[PCI_CAPABILITIES];
	unsigned count = pci_capabilities(function, at);

	for (unsigned i = 0; i < count; i++) {
		uint32_t table;

		if ((pci_read(function, at[i]) & 0xff) != PCI_CAP_ID_MSIX || at[i] > SPACE_BYTES - PCI_CAP_MSIX_SIZEOF)
			continue;
		table = pci_read(function, at[i] + PCI_MSIX_TABLE);
		msix->at = at[i];
		msix->bar = table & PCI_MSIX_TABLE_BIR;
		msix->offset = table & PCI_MSIX_TABLE_OFFSET;
		msix->messages = (pci_read_part(function, at[i] + PCI_MSIX_FLAGS, 2) & PCI_MSIX_FLAGS_QSIZE) + 1;
		return 0;
	}
	return -ENODEV;
}

void pci_enable(pci_function function, const struct pci_msix *msix)
{
	uint32_t command = pci_read_part(function, PCI_COMMAND, 2);
	uint32_t flags = pci_read(function, msix->at) | (uint32_t)PCI_MSIX_FLAGS_ENABLE << 16;

	pci_write(function, PCI_COMMAND, command | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
	pci_write(function, msix->at, flags & ~((uint32_t)PCI_MSIX_FLAGS_MASKALL << 16));
}
