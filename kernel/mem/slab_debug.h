/*
 * What the debug build keeps beside each object of a slab, so that who writes where it should not is found, and who had
 * the memory: a red zone behind the object, back traces of its last allocation and freeing, and a time in which what
 * was freed is not handed out again (the quarantine), full of a pattern that is looked at when that time is over.
 *
 *     | object, as long as was asked for | red zone | struct slab_track |
 *
 * Reads of freed memory are not caught as such, but find the pattern, which is no address; the build of KASAN=1, which
 * is slower, catches them where they happen (mem/kasan.h).
 *
 * In the ordinary build all of this is nothing.
 */
#ifndef NAMU_MEM_SLAB_DEBUG_H
#define NAMU_MEM_SLAB_DEBUG_H

#include "mem/slab.h"

#ifdef NAMU_DEBUG

/* Behind the slot's object; written before the object is handed out, and by who frees it. Lock key: (o) the object's
 * owner; the cache's lock while it is free. */
struct slab_track {
	void *next;            /* (o) free object that follows on the slab's list, or in the quarantine */
	uint32_t object_bytes; /* (o) as asked for: the red zone begins there */
	uint32_t state;        /* (o) SLAB_OBJECT_* */
	uint32_t allocated[4]; /* (o) return addresses, the innermost first, less KERNEL_IMAGE; 0: no more */
	uint32_t freed[4];     /* (o) */
};

/* How many bytes a slot takes for an object of `object_bytes`. */
uint32_t slab_debug_slot(uint32_t object_bytes, uint32_t align);
/* Where the list of free objects goes on from `object`. */
void **slab_debug_next(const struct slab_cache *cache, void *object);
/* A new slot: free, and full of the pattern. */
void slab_debug_make(const struct slab_cache *cache, void *object);
/* The pattern of a free object must be whole. */
void slab_debug_check_free(const struct slab_cache *cache, const void *object);
/* It is handed out: the pattern must be whole. */
void slab_debug_alloc(const struct slab_cache *cache, void *object, uint32_t object_bytes);
/* Its owner gives it up: it must be his, and the red zone whole. It is full of the pattern afterwards. */
void slab_debug_free(const struct slab_cache *cache, void *object);
/* The object that was asked for is shorter than the cache's: the red zone begins there. */
void slab_debug_resize(const struct slab_cache *cache, void *object, uint32_t object_bytes);
uint32_t slab_debug_size(const struct slab_cache *cache, const void *object);
/* slab.c: whose slab an address of the kernel's own pages lies in, and how far; null: in none. */
const struct slab_cache *slab_cache_at(const void *address, uint32_t *offset);
/* Logs whose object lies at this address, and who had it: for a report. */
void slab_debug_tell(const void *address);
/* How many free objects of the cache wait in its quarantine before they may be used again. */
uint32_t slab_debug_quarantine(const struct slab_cache *cache);

#else

static inline uint32_t slab_debug_slot(uint32_t object_bytes, uint32_t align)
{
	return ALIGN_UP(object_bytes, align);
}
static inline void **slab_debug_next(const struct slab_cache *cache, void *object)
{
	(void)cache;
	return object;
}
static inline void slab_debug_make(const struct slab_cache *cache, void *object)
{
	(void)cache;
	(void)object;
}
static inline void slab_debug_check_free(const struct slab_cache *cache, const void *object)
{
	(void)cache;
	(void)object;
}
static inline void slab_debug_alloc(const struct slab_cache *cache, void *object, uint32_t object_bytes)
{
	(void)cache;
	(void)object;
	(void)object_bytes;
}
static inline void slab_debug_free(const struct slab_cache *cache, void *object)
{
	(void)cache;
	(void)object;
}
static inline void slab_debug_resize(const struct slab_cache *cache, void *object, uint32_t object_bytes)
{
	(void)cache;
	(void)object;
	(void)object_bytes;
}
static inline uint32_t slab_debug_size(const struct slab_cache *cache, const void *object)
{
	(void)object;
	return cache->object_bytes;
}

#endif

#endif
