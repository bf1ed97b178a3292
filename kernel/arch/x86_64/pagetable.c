/*
 * The kernel's half of the address space: direct map, image, stacks, devices.
 */
#include "arch/x86_64/pagetable.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/io.h"
#include "arch/x86_64/memory_hooks.h"
#include "lib/errno.h"
#include "lib/log.h"
#include "lib/string.h"

#define DEVICE_AREA 0xffffc80000000000ull
#define LARGE_PAGE  PT_SPAN(1)
#define BOOT_MAPPED (4ull << 30) /* what boot.S has mapped */

struct arch_memory arch_memory;

extern char kernel_start[], kernel_text_end[], kernel_rodata_end[], kernel_end[];
extern pte_t boot_directories[];

static uint64_t device_area_next = DEVICE_AREA;
/* Top-level entries of the kernel's half must exist before the first process copies them. */
static pte_t kstack_pointers[PT_ENTRIES] __attribute__((aligned(4096)));
static pte_t device_pointers[PT_ENTRIES] __attribute__((aligned(4096)));
static pte_t image_directory[PT_ENTRIES] __attribute__((aligned(4096)));
static pte_t image_pointers[PT_ENTRIES] __attribute__((aligned(4096)));

void pagetable_load(paddr_t pml4)
{
	cr3_write(pml4);
}

void tlb_flush_page(uint64_t address)
{
	__asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

void tlb_flush_all(void)
{
	cr3_write(cr3_read());
}

/* The entry for `address` at the leaf level, with missing tables made; null when memory is short. */
static pte_t *kernel_entry(uint64_t address)
{
	pte_t *table = kernel_pml4;

	for (unsigned level = 3; level > 0; level--) {
		pte_t *entry = &table[PT_INDEX(address, level)];
		if (!(*entry & PTE_PRESENT)) {
			void *fresh = arch_memory.alloc_table();
			if (!fresh)
				return NULL;
			*entry = virt_to_phys(fresh) | PTE_PRESENT | PTE_WRITE;
		}
		KERNEL_ASSERT(!(*entry & PTE_LARGE));
		table = pte_table(*entry);
	}
	return &table[PT_INDEX(address, 0)];
}

int kernel_map_page(uint64_t address, paddr_t physical, uint64_t bits)
{
	pte_t *entry = kernel_entry(address);

	if (!entry)
		return -ENOMEM;
	KERNEL_ASSERT(!(*entry & PTE_PRESENT));
	*entry = physical | bits | PTE_PRESENT;
	return 0;
}

paddr_t kernel_unmap_page(uint64_t address)
{
	pte_t *entry = kernel_entry(address);
	KERNEL_CHECK(entry && (*entry & PTE_PRESENT));
	paddr_t physical = *entry & PTE_ADDRESS;

	*entry = 0;
	tlb_flush_page(address);
	return physical;
}

volatile void *device_map(paddr_t physical, size_t bytes)
{
	uint64_t offset = physical & PAGE_MASK;
	uint64_t pages = ALIGN_UP(offset + bytes, PAGE_SIZE) / PAGE_SIZE;
	uint64_t start = device_area_next;

	for (uint64_t i = 0; i < pages; i++) {
		if (kernel_map_page(start + i * PAGE_SIZE, physical - offset + i * PAGE_SIZE,
				    PTE_WRITE | PTE_NOCACHE | PTE_NX))
			return NULL;
	}
	device_area_next = start + pages * PAGE_SIZE;
	return (volatile void *)(start + offset);
}

/* The image again, page by page with the rights of each part: text executes and is read-only, nothing else executes. */
static int image_protect(void)
{
	uint64_t bits_no_exec = cpu_features.has_nx ? PTE_NX : 0;

	for (uint64_t at = (uint64_t)kernel_start; at < (uint64_t)kernel_end; at += PAGE_SIZE) {
		pte_t *directory_entry = &image_directory[PT_INDEX(at, 1)];
		if (!(*directory_entry & PTE_PRESENT)) {
			void *table = arch_memory.alloc_table();
			if (!table)
				return -ENOMEM;
			*directory_entry = virt_to_phys(table) | PTE_PRESENT | PTE_WRITE;
		}
		uint64_t bits = PTE_PRESENT;
		if (at >= (uint64_t)kernel_text_end)
			bits |= bits_no_exec;
		if (at >= (uint64_t)kernel_rodata_end)
			bits |= PTE_WRITE;
		pte_table(*directory_entry)[PT_INDEX(at, 0)] = (at - KERNEL_IMAGE) | bits;
	}
	image_pointers[PT_INDEX(KERNEL_IMAGE, 2)] =
		((uint64_t)image_directory - KERNEL_IMAGE) | PTE_PRESENT | PTE_WRITE;
	kernel_pml4[PT_INDEX(KERNEL_IMAGE, 3)] = ((uint64_t)image_pointers - KERNEL_IMAGE) | PTE_PRESENT | PTE_WRITE;
	return 0;
}

static void *direct_map_table(void *(*early_page)(void), pte_t *entry)
{
	if (!(*entry & PTE_PRESENT)) {
		void *table = early_page();
		*entry = virt_to_phys(table) | PTE_PRESENT | PTE_WRITE;
	}
	return pte_table(*entry);
}

void direct_map_extend(paddr_t end, void *(*early_page)(void))
{
	for (paddr_t at = BOOT_MAPPED; at < end; at += LARGE_PAGE) {
		uint64_t address = at + DIRECT_MAP;
		pte_t *pointers = direct_map_table(early_page, &kernel_pml4[PT_INDEX(address, 3)]);
		pte_t *directory = direct_map_table(early_page, &pointers[PT_INDEX(address, 2)]);
		directory[PT_INDEX(address, 1)] = at | PTE_PRESENT | PTE_WRITE | PTE_LARGE;
	}
}

int pagetable_init(void)
{
	kernel_pml4[PT_INDEX(KSTACK_AREA, 3)] = ((uint64_t)kstack_pointers - KERNEL_IMAGE) | PTE_PRESENT | PTE_WRITE;
	kernel_pml4[PT_INDEX(DEVICE_AREA, 3)] = ((uint64_t)device_pointers - KERNEL_IMAGE) | PTE_PRESENT | PTE_WRITE;
	if (image_protect())
		return -ENOMEM;
	/* The direct map never executes; the low map of the boot is gone. */
	if (cpu_features.has_nx)
		kernel_pml4[PT_INDEX(DIRECT_MAP, 3)] |= PTE_NX;
	kernel_pml4[0] = 0;
	tlb_flush_all();
	return 0;
}
