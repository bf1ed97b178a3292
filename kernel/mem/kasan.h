/*
 * The address sanitizer of the kernel (KASAN; Serebryany et al., AddressSanitizer, USENIX ATC 2012): in the build of
 * KASAN=1 the compiler has a function called before every load and store, which looks the address up in a shadow: one
 * byte tells of eight how many of them, from the first on, may be touched. Free pages, free objects of slabs and what
 * lies behind an object's end may not. Only memory of the direct map has a shadow: not the kernel's image, not stacks,
 * which guard pages end. In the other builds all of this is nothing.
 */
#ifndef NAMU_MEM_KASAN_H
#define NAMU_MEM_KASAN_H

#include "lib/types.h"

/* What a shadow byte tells that is no count; a report names it. */
enum kasan_state {
	KASAN_PAGE_FREE = 0xf1,
	KASAN_OBJECT_FREE = 0xf2, /* or never handed out */
	KASAN_OBJECT_END = 0xf3,  /* the red zone */
};

#ifdef NAMU_KASAN

/* Bytes of shadow for `bytes` of memory. */
uint64_t kasan_shadow_bytes(uint64_t bytes);
/* Boot: from here on accesses are looked at; all is allowed. `shadow` holds kasan_shadow_bytes(bytes) bytes. */
void kasan_init(void *shadow, uint64_t bytes);
/* `from` is a multiple of 8. All of [from, from + bytes) may be touched, nothing of it may. */
void kasan_allow(const void *from, size_t bytes);
void kasan_forbid(const void *from, size_t bytes, enum kasan_state why);

#else

static inline uint64_t kasan_shadow_bytes(uint64_t bytes)
{
	(void)bytes;
	return 0;
}
static inline void kasan_init(void *shadow, uint64_t bytes)
{
	(void)shadow;
	(void)bytes;
}
static inline void kasan_allow(const void *from, size_t bytes)
{
	(void)from;
	(void)bytes;
}
static inline void kasan_forbid(const void *from, size_t bytes, enum kasan_state why)
{
	(void)from;
	(void)bytes;
	(void)why;
}

#endif

#endif
