/*
 * Page tables of x86-64: four levels, 512 entries each. This file knows the bits; which page is where, and who shares
 * a table, is the business of vm/. All physical memory is mapped at DIRECT_MAP, so tables are reached directly.
 */
#ifndef NAMU_ARCH_PAGETABLE_H
#define NAMU_ARCH_PAGETABLE_H

#include "lib/types.h"

typedef uint64_t pte_t;

#define PTE_PRESENT  (1ull << 0)
#define PTE_WRITE    (1ull << 1)
#define PTE_USER     (1ull << 2)
#define PTE_NOCACHE  (1ull << 4)
#define PTE_ACCESSED (1ull << 5)
#define PTE_DIRTY    (1ull << 6)
#define PTE_LARGE    (1ull << 7)
#define PTE_GLOBAL   (1ull << 8)
#define PTE_SOFT0    (1ull << 9) /* three bits that the processor ignores */
#define PTE_SOFT1    (1ull << 10)
#define PTE_SOFT2    (1ull << 11)
#define PTE_NX       (1ull << 63)
#define PTE_ADDRESS  0x000ffffffffff000ull

#define PT_ENTRIES 512
/* Bytes that one entry of a table covers, by level: 0 page, 1 leaf table (2 MiB), 2 (1 GiB), 3 (512 GiB). */
#define PT_SPAN(level)           (1ull << (PAGE_SHIFT + 9 * (level)))
#define PT_INDEX(address, level) (((address) >> (PAGE_SHIFT + 9 * (level))) & (PT_ENTRIES - 1))

/* The kernel's half of the address space. */
#ifdef NAMU_HOST_TEST
extern uint64_t host_direct_map; /* unit tests: where their "physical memory" lies */
#define DIRECT_MAP host_direct_map
#else
#define DIRECT_MAP 0xffff800000000000ull /* all physical memory */
#endif
#define KSTACK_AREA  0xffffc00000000000ull /* kernel stacks, each with a guard page below */
#define KERNEL_IMAGE 0xffffffff80000000ull /* the kernel's image, physical address + this */

static inline void *phys_to_virt(paddr_t address)
{
	return (void *)(address + DIRECT_MAP);
}
static inline paddr_t virt_to_phys(const void *pointer)
{
	uint64_t address = (uint64_t)pointer;
	return address >= KERNEL_IMAGE ? address - KERNEL_IMAGE : address - DIRECT_MAP;
}
static inline pte_t *pte_table(pte_t entry)
{
	return phys_to_virt(entry & PTE_ADDRESS);
}

/* The kernel's top-level table; its upper half is copied into each address space's. */
extern pte_t kernel_pml4[PT_ENTRIES];

/* Make `pml4` (physical) the tables of this processor. Flushes every translation. */
void pagetable_load(paddr_t pml4);
/* Forget one translation, or all user translations, of this processor. */
void tlb_flush_page(uint64_t address);
void tlb_flush_all(void);

/* Map one page of the kernel's half (stacks, devices). 0 or -ENOMEM. */
int kernel_map_page(uint64_t address, paddr_t physical, uint64_t bits);
/* Unmap it again; returns the physical address that was there. */
paddr_t kernel_unmap_page(uint64_t address);
/* Boot: give the image its rights, prepare the areas, drop the boot's low map. 0 or -ENOMEM. */
int pagetable_init(void);
/* Boot: map memory from 4 GiB up to `end` at DIRECT_MAP; early_page supplies zeroed pages below 4 GiB and never fails.
 */
void direct_map_extend(paddr_t end, void *(*early_page)(void));
/* A device's registers, uncached; null when it cannot be mapped. */
volatile void *device_map(paddr_t physical, size_t bytes);

#endif
