/*
 * PCI functions on the first bus: their configuration space, and what a driver needs of it. Everything read there is
 * checked, as the device is another's.
 *
 * Used at boot only, by one processor: the two ports through which configuration space is reached have no lock.
 */
#ifndef NAMU_DEV_PCI_H
#define NAMU_DEV_PCI_H

#include "arch/x86_64/trap.h"
#include "lib/types.h"

/* A function: its device's number on the bus times 8, and its own. */
typedef uint8_t pci_function;

#define PCI_FUNCTIONS 256
/* A list of capabilities cannot be longer: each has at least 4 bytes of the 192 behind the header. */
#define PCI_CAPABILITIES 48

struct pci_bar {
	paddr_t start;  /* 0: nobody has given it a place */
	uint64_t bytes; /* a power of two */
};

struct pci_msix {
	uint8_t at;        /* the capability */
	uint8_t bar;       /* that the table lies in */
	uint32_t offset;   /* of the table */
	unsigned messages; /* entries of the table */
};

/* Configuration space by the ports 0xcf8 and 0xcfc; `at` is a multiple of 4. */
bool pci_is_there(void);
uint32_t pci_read(pci_function function, unsigned at);
void pci_write(pci_function function, unsigned at, uint32_t value);

/* `bytes` of configuration space, wherever they begin. 0 beyond its end. */
uint32_t pci_read_part(pci_function function, unsigned at, unsigned bytes);
/* Where its capabilities lie, in the order of the list; returns how many. A list that leaves the space, or turns back
 * on itself, ends there or with the room. */
unsigned pci_capabilities(pci_function function, uint8_t at[PCI_CAPABILITIES]);
/* A range of memory, found by asking. 0; -EINVAL: it is none. */
int pci_read_bar(pci_function function, unsigned index, struct pci_bar *bar);
/* Give its range a place and let it answer there. */
void pci_place_bar(pci_function function, unsigned index, paddr_t start);
/* Its table of messages. 0; -ENODEV: it has none. */
int pci_find_msix(pci_function function, struct pci_msix *msix);
/* Let it answer in memory, read and write memory itself, and interrupt by the messages of its table alone. */
void pci_enable(pci_function function, const struct pci_msix *msix);

#endif
