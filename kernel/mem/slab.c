/*
 * Slab caches. A slab is a block of pages; free slots are linked through their first word; the block's struct page
 * holds the slab's state, so slots fill the whole block. Slabs with free slots are on the cache's list; one empty slab
 * is kept.
 */
#include "mem/slab.h"
#include "arch/x86_64/memory_hooks.h"
#include "lib/string.h"
#include "mem/page.h"

#define MIN_ALIGN   8u
#define POISON_BYTE 0x5a
#define SLOTS_AIMED 8 /* objects that one slab should at least hold */

#define CACHES_MAX 256
#define NO_SLOT    UINT16_MAX

/*
 * The state of a slab, kept in private_word of its first page. Slots are named by their distance from the slab's start
 * in units of MIN_ALIGN. page->mapped of each page says how many pages lie between it and the first.
 */
struct slab_state {
	uint16_t free_count;
	uint16_t first_free;
	uint16_t cache_id; /* index in caches[]; 0: no slab but a block of kmalloc */
	uint16_t is_listed;
};
_Static_assert(sizeof(struct slab_state) == sizeof(uint64_t), "fits page->private_word");

/* Lock key: (g) caches_lock. */
static struct spinlock caches_lock = SPINLOCK_INIT("slab caches", LOCK_SLAB);
static struct slab_cache *caches[CACHES_MAX]; /* (g) */
static uint32_t cache_count = 1;              /* (g) */

static struct slab_state state_get(const struct page *page)
{
	struct slab_state state;

	memcpy(&state, &page->private_word, sizeof(state));
	return state;
}

static void state_set(struct page *page, struct slab_state state)
{
	memcpy(&page->private_word, &state, sizeof(state));
}

static struct page *slab_of(const void *object)
{
	struct page *page = virt_to_page(object);

	return page - page->mapped;
}

static uint32_t slots_of(const struct slab_cache *cache)
{
	return (uint32_t)((PAGE_SIZE << cache->order) / cache->slot_bytes);
}

/* Caches are static data, made ready at their first use. */
static void cache_make_ready(struct slab_cache *cache)
{
	spin_lock(&caches_lock);
	if (!cache->is_ready) {
		uint32_t align = MAX(cache->align, MIN_ALIGN);
		cache->slot_bytes = ALIGN_UP(MAX(cache->object_bytes, MIN_ALIGN), align);
		cache->order = 0;
		while (cache->order < 3 && slots_of(cache) < SLOTS_AIMED)
			cache->order++;
		list_init(&cache->partial);
		KERNEL_CHECK(cache_count < CACHES_MAX);
		cache->id = (uint16_t)cache_count;
		caches[cache_count++] = cache;
		cache->is_ready = true;
	}
	spin_unlock(&caches_lock);
}

static struct page *slab_create(struct slab_cache *cache)
{
	struct page *page = page_alloc(cache->order, PAGE_KERNEL, 0);

	if (!page)
		return NULL;
	char *base = page_to_virt(page);
	uint32_t slots = slots_of(cache);
#ifdef NAMU_DEBUG
	memset(base, POISON_BYTE, PAGE_SIZE << cache->order);
#endif
	for (uint32_t i = 0; i < slots; i++) {
		uint16_t next = i + 1 < slots ? (uint16_t)((i + 1) * cache->slot_bytes / MIN_ALIGN) : NO_SLOT;
		memcpy(base + i * cache->slot_bytes, &next, sizeof(next));
	}
	for (uint16_t i = 0; i < 1u << cache->order; i++)
		page[i].mapped = i;
	state_set(page, (struct slab_state){.free_count = (uint16_t)slots, .first_free = 0, .cache_id = cache->id});
	return page;
}

#ifdef NAMU_DEBUG
static void poison_check(const struct slab_cache *cache, const char *slot)
{
	for (uint32_t i = sizeof(uint16_t); i < cache->object_bytes; i++) {
		if (slot[i] != POISON_BYTE)
			panic("%s %p was written after it was freed (byte %u)", cache->name, (const void *)slot, i);
	}
}
#endif

void *slab_alloc(struct slab_cache *cache)
{
	if (alloc_should_fail())
		return NULL;
	if (unlikely(!cache->is_ready))
		cache_make_ready(cache);
	spin_lock(&cache->lock);
	if (unlikely(list_is_empty(&cache->partial))) {
		struct page *fresh = slab_create(cache);
		if (!fresh) {
			spin_unlock(&cache->lock);
			return NULL;
		}
		struct slab_state state = state_get(fresh);
		state.is_listed = 1;
		state_set(fresh, state);
		list_push(&cache->partial, &fresh->link);
		cache->slabs++;
	}
	struct page *page = list_first(&cache->partial, struct page, link);
	struct slab_state state = state_get(page);
	char *slot = (char *)page_to_virt(page) + state.first_free * MIN_ALIGN;
	memcpy(&state.first_free, slot, sizeof(state.first_free));
	if (--state.free_count == 0) {
		list_remove(&page->link);
		state.is_listed = 0;
	}
	state_set(page, state);
	cache->in_use++;
	spin_unlock(&cache->lock);
#ifdef NAMU_DEBUG
	poison_check(cache, slot);
#endif
	memset(slot, 0, cache->object_bytes);
	return slot;
}

/* An object of the slab `page` comes back. True: the slab is empty now and off the cache, its pages are the caller's to
 * free. */
static bool slab_put(struct slab_cache *cache, struct page *page, char *slot)
{
	struct slab_state state = state_get(page);
	bool is_last;

	memcpy(slot, &state.first_free, sizeof(state.first_free));
	state.first_free = (uint16_t)((uint64_t)(slot - (char *)page_to_virt(page)) / MIN_ALIGN);
	state.free_count++;
	if (!state.is_listed) {
		list_push(&cache->partial, &page->link);
		state.is_listed = 1;
	}
	/* An empty slab goes back unless it is the only one with room: that one will be wanted soon. */
	is_last = state.free_count == slots_of(cache) && cache->partial.next != cache->partial.prev;
	if (is_last) {
		list_remove(&page->link);
		cache->slabs--;
	}
	state_set(page, state);
	cache->in_use--;
	return is_last;
}

void slab_free(struct slab_cache *cache, void *object)
{
	struct page *page = slab_of(object);

	KERNEL_ASSERT(state_get(page).cache_id == cache->id);
#ifdef NAMU_DEBUG
	memset(object, POISON_BYTE, cache->object_bytes);
#endif
	spin_lock(&cache->lock);
	bool is_empty = slab_put(cache, page, object);
	spin_unlock(&cache->lock);
	if (is_empty)
		page_free(page);
}

/* -- kmalloc: one cache a size class, larger ones by whole pages -- */

#define KMALLOC_CACHE(bytes) SLAB_CACHE_SIZED("kmalloc-" #bytes, bytes, 16)
static struct slab_cache kmalloc_caches[] = {
	KMALLOC_CACHE(16),  KMALLOC_CACHE(32),  KMALLOC_CACHE(64),  KMALLOC_CACHE(96),   KMALLOC_CACHE(128),
	KMALLOC_CACHE(192), KMALLOC_CACHE(256), KMALLOC_CACHE(512), KMALLOC_CACHE(1024), KMALLOC_CACHE(2048),
};

static void *block_alloc(size_t bytes, unsigned flags)
{
	unsigned order = 0;

	while (order <= PAGE_ORDER_MAX && (PAGE_SIZE << order) < bytes)
		order++;
	if (order > PAGE_ORDER_MAX)
		return NULL;
	struct page *page = page_alloc(order, PAGE_KERNEL, flags);
	return page ? page_to_virt(page) : NULL;
}

void *kzalloc(size_t bytes)
{
	for (size_t i = 0; i < ARRAY_LEN(kmalloc_caches); i++) {
		if (bytes <= kmalloc_caches[i].object_bytes)
			return slab_alloc(&kmalloc_caches[i]);
	}
	return block_alloc(bytes, ALLOC_ZERO);
}

void *kmalloc(size_t bytes)
{
	return bytes <= 2048 ? kzalloc(bytes) : block_alloc(bytes, 0);
}

void kfree(void *pointer)
{
	if (!pointer)
		return;
	struct page *page = slab_of(pointer);
	struct slab_state state = state_get(page);
	if (state.cache_id)
		slab_free(caches[state.cache_id], pointer);
	else
		page_free(page);
}

size_t kmalloc_size(const void *pointer)
{
	const struct page *page = slab_of(pointer);
	struct slab_state state = state_get(page);

	return state.cache_id ? caches[state.cache_id]->object_bytes : PAGE_SIZE << page->order;
}

char *kstrdup(const char *text)
{
	size_t bytes = strlen(text) + 1;
	char *copy = kmalloc(bytes);

	if (copy)
		memcpy(copy, text, bytes);
	return copy;
}

void slab_for_each(void (*visit)(const struct slab_cache *cache, void *arg), void *arg)
{
	for (uint32_t i = 1; i < cache_count; i++)
		visit(caches[i], arg);
}

static struct slab_cache fpu_cache = SLAB_CACHE_SIZED("fpu", 0, 64);

static void *fpu_area_alloc(size_t bytes)
{
	/* The size is the same at every call; it is known only once the processor has been asked. */
	if (!fpu_cache.is_ready)
		fpu_cache.object_bytes = (uint32_t)ALIGN_UP(bytes, 64ul);
	return slab_alloc(&fpu_cache);
}

static void fpu_area_free(void *area)
{
	slab_free(&fpu_cache, area);
}

void slab_register_arch(void)
{
	arch_memory.alloc_fpu_area = fpu_area_alloc;
	arch_memory.free_fpu_area = fpu_area_free;
}
