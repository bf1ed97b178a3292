/*
 * Slab caches (Bonwick, 1994): objects of one size, cut from pages, with freed ones kept ready. And kmalloc for odd
 * sizes. A cache counts its objects, so that leaks show; what the debug build does beside that is in slab_debug.h.
 */
#ifndef NAMU_MEM_SLAB_H
#define NAMU_MEM_SLAB_H

#include "arch/x86_64/spinlock.h"
#include "lib/check.h"
#include "lib/list.h"
#include "lib/types.h"

/*
 * Lock key: (i) immutable; (l) the cache's lock.
 */
struct slab_cache {
	const char *name;      /* (i) */
	uint32_t object_bytes; /* (i) as asked for */
	uint32_t slot_bytes;   /* (i) with alignment */
	uint32_t align;        /* (i) */
	uint8_t order;         /* (i) pages of one slab, as a power of two */
	bool is_ready;         /* (l) set at the first allocation */
	struct spinlock lock;  /* (i) */
	struct list partial;   /* (l) slabs with free objects */
	uint16_t id;           /* (l) set at the first allocation */
	uint64_t in_use;       /* (l) objects handed out */
	uint64_t slabs;        /* (l) */
#ifdef NAMU_DEBUG
	void *oldest,
		*newest;  /* (l) the quarantine: freed objects that are not handed out yet, linked by their tracks */
	uint32_t waiting; /* (l) how many these are */
#endif
};

/* A cache of objects of `type`, ready without any call at boot: static struct slab_cache c = SLAB_CACHE("name", struct
 * x). */
#define SLAB_CACHE_SIZED(cache_name, bytes, alignment)                               \
	{                                                                            \
		.name = (cache_name), .object_bytes = (bytes), .align = (alignment), \
		.lock = SPINLOCK_INIT(cache_name, LOCK_SLAB)                         \
	}
#define SLAB_CACHE(cache_name, type) SLAB_CACHE_SIZED(cache_name, sizeof(type), _Alignof(type))

/* An object filled with zeros, or null when memory is short. Never sleeps. */
void *slab_alloc(struct slab_cache *cache);
/* The same with whatever was there before: for callers that write every byte. */
void *slab_alloc_raw(struct slab_cache *cache);
void slab_free(struct slab_cache *cache, void *object);

/* Memory of any size up to 256 MiB, in one piece; kzalloc's is filled with zeros. Null when memory is short. */
void *kmalloc(size_t bytes);
void *kzalloc(size_t bytes);
void kfree(void *pointer); /* null is let pass */
/* The usable size of a kmalloc block. */
size_t kmalloc_size(const void *pointer);
char *kstrdup(const char *text);

/* The look at itself (lib/check.h): free slots against the counts. */
void slab_check(struct check *check);

/* Boot: lend this allocator to the floor below (arch/x86_64/memory_hooks.h). */
void slab_register_arch(void);

/* Calls visit for every cache (for /proc/slabinfo and /proc/namu/resources). */
void slab_for_each(void (*visit)(const struct slab_cache *cache, void *arg), void *arg);

#endif
