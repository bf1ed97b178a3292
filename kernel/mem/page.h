/*
 * Physical pages. Every page of RAM has a struct page in one array; the buddy allocator hands out blocks of 2^order
 * pages, per-processor caches single ones. Whoever allocates owns one reference; page_put of the last one frees.
 */
#ifndef NAMU_MEM_PAGE_H
#define NAMU_MEM_PAGE_H

#include "arch/x86_64/pagetable.h"
#include "lib/check.h"
#include "lib/list.h"
#include "lib/log.h"
#include "lib/memory_range.h"
#include "lib/types.h"
#include "mem/fail.h"

enum page_kind {
	PAGE_RESERVED, /* firmware, kernel image, page array: never allocated */
	PAGE_FREE,     /* head of a free block of 2^order pages */
	PAGE_KERNEL,   /* kernel's own: slabs, stacks, buffers */
	PAGE_MAP,      /* table of the kernel's half: what it maps comes and goes, the table stays */
	PAGE_TABLE,    /* page table of an address space; `mapped` counts its present entries */
	PAGE_ANON,     /* private memory of processes: refs counts the page-table entries (and holders) that name it */
	PAGE_OBJECT,   /* belongs to a memory object (page cache, shared memory); the object holds one reference */
	PAGE_IMAGE,    /* part of the root image, mapped in place; never freed */
	PAGE_ZERO,     /* the one page of zeros; never freed */
	PAGE_KINDS
};

/*
 * Lock key: (p) the page allocator's lock while free; (o) the owner's lock while allocated; (a) atomic.
 */
struct page {
	_Atomic uint32_t refs; /* (a) holders; 0 while free */
	uint8_t kind;          /* (o) enum page_kind */
	uint8_t order;         /* (p) of the free or allocated block that this page heads */
	uint16_t mapped;       /* (o) PAGE_TABLE: present entries in it */
	union {
		struct list link; /* (p) free list; (o) whatever list the owner keeps */
		struct {
			void *owner;    /* (o) PAGE_OBJECT: struct memobj; slab: its header */
			uint64_t index; /* (o) PAGE_OBJECT: page number within the object */
		};
	};
	uint64_t private_word; /* (o) the owner's */
};
_Static_assert(sizeof(struct page) == 32, "2 MiB of page array for 256 MiB of memory");

extern struct page *page_array;
extern uint64_t page_array_count; /* pages from physical address 0 on */

static inline struct page *page_of(paddr_t address)
{
	return &page_array[address >> PAGE_SHIFT];
}
static inline paddr_t page_to_phys(const struct page *page)
{
	return (paddr_t)(page - page_array) << PAGE_SHIFT;
}
static inline void *page_to_virt(const struct page *page)
{
	return phys_to_virt(page_to_phys(page));
}
static inline struct page *virt_to_page(const void *pointer)
{
	return page_of(virt_to_phys(pointer));
}

/* Blocks up to 256 MiB, so that a start record of any size lies in one piece. */
#define PAGE_ORDER_MAX 16
/* Flags of page_alloc. */
#define ALLOC_ZERO 1u /* filled with zeros */
#define ALLOC_USER 2u /* on behalf of a process: leaves the kernel's reserve alone */

/* A block of 2^order pages with one reference on its first page, or null when memory is short. Never sleeps. */
struct page *page_alloc(unsigned order, enum page_kind kind, unsigned flags);
/* More than an eighth of memory is free: pages may be taken for what can do without them. */
bool page_is_plenty(void);
/* How often memory was short since the boot: whoever got null may tell by it from a refusal of another kind. */
uint64_t page_shortages(void);
/* Give a whole block back, whatever its reference count was. */
void page_free(struct page *page);

static inline void page_get(struct page *page)
{
	atomic_fetch_add_explicit(&page->refs, 1, memory_order_relaxed);
}
/* Drop a reference; the last one frees the block. */
static inline void page_put(struct page *page)
{
	uint32_t before = atomic_fetch_sub_explicit(&page->refs, 1, memory_order_acq_rel);
	KERNEL_ASSERT(before != 0);
	if (before == 1)
		page_free(page);
}
static inline uint32_t page_refs(const struct page *page)
{
	return atomic_load_explicit(&page->refs, memory_order_acquire);
}

/* Fill with zeros, copy: by the fastest way this processor has. */
void page_clear(void *page);
void page_copy(void *to, const void *from);

extern struct page *page_zero; /* the page of zeros that first reads of anonymous memory map */

struct page_stats {
	uint64_t total; /* pages of RAM that the allocator manages */
	uint64_t free;
	uint64_t by_kind[PAGE_KINDS];
};
void page_stats_read(struct page_stats *stats);

/* The allocator's inside, for /proc. */
struct page_zone {
	uint64_t free;                            /* pages on its lists, and in the stacks of processors */
	uint64_t reserve;                         /* of them that only the kernel may take */
	uint64_t spanned, managed;                /* pages up to the highest; those that it gives out */
	uint64_t free_blocks[PAGE_ORDER_MAX + 1]; /* on its lists, by order */
};
void page_zone_read(struct page_zone *zone);
/* The look at itself (lib/check.h): free blocks against the counts. */
void page_check(struct check *check);

/* Boot: the memory map, then the array. `first_free` is the first byte behind kernel and modules that are kept. */
void page_init(const struct memory_range *ranges, unsigned count, paddr_t kernel_end, paddr_t image_start,
	       uint64_t image_bytes);

/* Whole pages that were kept out are memory like any other from here on. */
void page_add(paddr_t start, paddr_t end);

#endif
