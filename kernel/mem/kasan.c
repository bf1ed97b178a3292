/*
 * The shadow, and the functions that the compiler calls before each access (mem/kasan.h). Their names and arguments are
 * GCC's (-fsanitize=kernel-address). This file, slab.c and slab_debug.c are compiled without those calls.
 */
#ifdef NAMU_KASAN
#include "mem/kasan.h"

#include "arch/x86_64/pagetable.h"
#include "lib/log.h"
#include "mem/slab_debug.h"

#define GRANULE 8u

static uint8_t *shadow;         /* set once at boot */
static uint64_t shadowed_bytes; /* of the direct map, from its start; 0 before the boot has come so far */

uint64_t kasan_shadow_bytes(uint64_t bytes)
{
	return ALIGN_UP(bytes / GRANULE, PAGE_SIZE);
}

void kasan_init(void *memory, uint64_t bytes)
{
	shadow = memory;
	for (uint64_t i = 0; i < kasan_shadow_bytes(bytes); i++)
		shadow[i] = 0;
	shadowed_bytes = bytes;
}

static void fill(uint64_t from, uint64_t to, uint8_t value)
{
	while (from < to)
		shadow[from++] = value;
}

void kasan_allow(const void *from, size_t bytes)
{
	uint64_t offset = (uint64_t)from - DIRECT_MAP;

	if (!shadowed_bytes)
		return;
	fill(offset / GRANULE, (offset + bytes) / GRANULE, 0);
	if (bytes % GRANULE)
		shadow[(offset + bytes) / GRANULE] = bytes % GRANULE;
}

void kasan_forbid(const void *from, size_t bytes, enum kasan_state why)
{
	uint64_t offset = (uint64_t)from - DIRECT_MAP;

	if (shadowed_bytes)
		fill(offset / GRANULE, (offset + bytes + GRANULE - 1) / GRANULE, (uint8_t)why);
}

__attribute__((noinline, cold)) static void report(uint64_t address, size_t bytes, bool is_write, uint64_t at)
{
	const char *what = "behind its end";

	shadowed_bytes = 0; /* the panic itself is not looked at */
	switch (shadow[(at - DIRECT_MAP) / GRANULE]) {
	case KASAN_PAGE_FREE:
		what = "in a page that is free";
		break;
	case KASAN_OBJECT_FREE:
		slab_debug_tell((const void *)at);
		what = "in an object that is free";
		break;
	case KASAN_OBJECT_END:
	default:
		slab_debug_tell((const void *)at);
		break;
	}
	panic("KASAN: %s of %lu bytes at %#lx, %s", is_write ? "write" : "read", bytes, address, what);
}

static inline void check(uint64_t address, size_t bytes, bool is_write)
{
	uint64_t offset = address - DIRECT_MAP;
	uint64_t last = offset + bytes - 1;

	if (offset >= shadowed_bytes || last >= shadowed_bytes)
		return;
	for (uint64_t i = offset / GRANULE; i <= last / GRANULE; i++) {
		uint8_t state = shadow[i];
		bool is_good = state == 0 || (i == last / GRANULE && state < GRANULE && last % GRANULE < state);
		if (unlikely(!is_good))
			report(address, bytes, is_write, DIRECT_MAP + i * GRANULE);
	}
}

#define KASAN_ACCESS(bytes)                                   \
	void __asan_load##bytes##_noabort(uint64_t address);  \
	void __asan_load##bytes##_noabort(uint64_t address)   \
	{                                                     \
		check(address, bytes, false);                 \
	}                                                     \
	void __asan_store##bytes##_noabort(uint64_t address); \
	void __asan_store##bytes##_noabort(uint64_t address)  \
	{                                                     \
		check(address, bytes, true);                  \
	}

KASAN_ACCESS(1)
KASAN_ACCESS(2)
KASAN_ACCESS(4)
KASAN_ACCESS(8)
KASAN_ACCESS(16)

void __asan_loadN_noabort(uint64_t address, size_t bytes);
void __asan_loadN_noabort(uint64_t address, size_t bytes)
{
	if (bytes)
		check(address, bytes, false);
}

void __asan_storeN_noabort(uint64_t address, size_t bytes);
void __asan_storeN_noabort(uint64_t address, size_t bytes)
{
	if (bytes)
		check(address, bytes, true);
}

/* Stacks have no shadow that would have to be put right. */
void __asan_handle_no_return(void);
void __asan_handle_no_return(void)
{
}

#endif
