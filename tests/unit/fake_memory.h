/*
 * Slabs and kmalloc by the host's malloc, so that ASan sees every fault; and a counter that lets the n-th allocation
 * fail.
 */
#ifndef FAKE_MEMORY_H
#define FAKE_MEMORY_H

#include <stdlib.h>
#include <string.h>

#include "mem/slab.h"

static bool fake_fails;       /* every allocation fails */
static unsigned fake_fail_at; /* 1: the next allocation fails; 0: none */
static long fake_live;        /* allocations that were not freed */

static inline void *fake_alloc(size_t bytes, int fill)
{
	void *memory;

	if (fake_fails || (fake_fail_at && --fake_fail_at == 0))
		return NULL;
	memory = malloc(bytes ? bytes : 1);
	memset(memory, fill, bytes);
	fake_live++;
	return memory;
}

static inline void fake_free(void *memory)
{
	if (memory)
		fake_live--;
	free(memory);
}

void *slab_alloc(struct slab_cache *cache)
{
	return fake_alloc(cache->object_bytes, 0);
}

void *slab_alloc_raw(struct slab_cache *cache)
{
	return fake_alloc(cache->object_bytes, 0xa5);
}

void slab_free(struct slab_cache *cache, void *object)
{
	(void)cache;
	fake_free(object);
}

void *kmalloc(size_t bytes)
{
	return fake_alloc(bytes, 0xa5);
}

void *kzalloc(size_t bytes)
{
	return fake_alloc(bytes, 0);
}

void kfree(void *memory)
{
	fake_free(memory);
}

void *ring_memory_alloc(uint32_t bytes);
void ring_memory_free(void *memory);

void *ring_memory_alloc(uint32_t bytes)
{
	return fake_alloc(bytes, 0xa5);
}

void ring_memory_free(void *memory)
{
	fake_free(memory);
}

#endif
