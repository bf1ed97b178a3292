/* Configuration space through the ports that every PC has for it (PCI 3.0, 3.2.2.3.2). */
#include "arch/x86_64/io.h"
#include "dev/pci.h"

#define PORT_ADDRESS 0xcf8
#define PORT_DATA    0xcfc
#define IS_ENABLED   0x80000000u

static void select(pci_function function, unsigned at)
{
	io_write32(PORT_ADDRESS, IS_ENABLED | (uint32_t)function << 8 | (at & 0xfc));
}

bool pci_is_there(void)
{
	select(0, 0);
	return io_read32(PORT_ADDRESS) == IS_ENABLED;
}

uint32_t pci_read(pci_function function, unsigned at)
{
	select(function, at);
	return io_read32(PORT_DATA);
}

void pci_write(pci_function function, unsigned at, uint32_t value)
{
	select(function, at);
	io_write32(PORT_DATA, value);
}
