/*
 * Slab caches. A slab is a block of pages; free slots are linked through their first word; the block's struct page
 * holds the slab's state, so slots fill the whole block. Slabs with free slots are on the cache's list; one empty slab
 * is kept.
 */
#include "mem/slab.h"
#include "arch/x86_64/memory_hooks.h"
#include "lib/string.h"
#include "mem/page.h"
#include "mem/slab_debug.h"

#define MIN_ALIGN   8u
#define SLOTS_AIMED 8 /* objects that one slab should at least hold */

#define CACHES_MAX 256

/*
 * A slab's state lies in the struct page of its first page: private_word is the first free object (0: none, then the
 * slab is on no list), refs counts the objects handed out. Each page's `mapped` says how far the first page is and
 * whose slab it is: the distance in the low bits, the cache's id above them; id 0 is a block of kmalloc's that is no
 * slab.
 */
#define DISTANCE_BITS 3
#define DISTANCE_MASK ((1u << DISTANCE_BITS) - 1)
#define ORDER_MAX     3

/* Lock key: (g) caches_lock. */
static struct spinlock caches_lock = SPINLOCK_INIT("slab caches", LOCK_SLAB);
static struct slab_cache *caches[CACHES_MAX]; /* (g) */
static uint32_t cache_count = 1;              /* (g) */

static inline struct page *slab_of(const void *object)
{
	struct page *page = virt_to_page(object);

	return page - (page->mapped & DISTANCE_MASK);
}

static inline unsigned cache_id_of(const struct page *page)
{
	return page->mapped >> DISTANCE_BITS;
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
		cache->slot_bytes = slab_debug_slot(MAX(cache->object_bytes, MIN_ALIGN), align);
		cache->order = 0;
		while (cache->order < ORDER_MAX && slots_of(cache) < SLOTS_AIMED)
			cache->order++;
		list_init(&cache->partial);
		KERNEL_CHECK(cache_count < CACHES_MAX);
		cache->id = (uint16_t)cache_count;
		caches[cache_count++] = cache;
		/* Last: who sees it takes no lock to look at the rest. */
		__atomic_store_n(&cache->is_ready, true, __ATOMIC_RELEASE);
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
	for (uint32_t i = 0; i < slots; i++) {
		char *slot = base + i * cache->slot_bytes;
		slab_debug_make(cache, slot);
		*slab_debug_next(cache, slot) = i + 1 < slots ? slot + cache->slot_bytes : NULL;
	}
	for (unsigned i = 0; i < 1u << cache->order; i++)
		page[i].mapped = (uint16_t)((uint32_t)cache->id << DISTANCE_BITS | i);
	page->private_word = (uint64_t)base;
	atomic_store_explicit(&page->refs, 0, memory_order_relaxed);
	list_push(&cache->partial, &page->link);
	cache->slabs++;
	return page;
}

static inline void in_slab_add(struct page *page, uint32_t change)
{
	/* Under the cache's lock: no need of a locked instruction. */
	uint32_t count = atomic_load_explicit(&page->refs, memory_order_relaxed);

	atomic_store_explicit(&page->refs, count + change, memory_order_relaxed);
}

void *slab_alloc_raw(struct slab_cache *cache)
{
	if (alloc_should_fail())
		return NULL;
	if (unlikely(!__atomic_load_n(&cache->is_ready, __ATOMIC_ACQUIRE)))
		cache_make_ready(cache);
	spin_lock(&cache->lock);
	if (unlikely(list_is_empty(&cache->partial)) && !slab_create(cache)) {
		spin_unlock(&cache->lock);
		return NULL;
	}
	struct page *page = list_first(&cache->partial, struct page, link);
	void *slot = (void *)page->private_word;
	page->private_word = (uint64_t)*slab_debug_next(cache, slot);
	in_slab_add(page, 1);
	if (unlikely(!page->private_word))
		list_remove(&page->link);
	cache->in_use++;
	spin_unlock(&cache->lock);
	slab_debug_alloc(cache, slot, cache->object_bytes);
	return slot;
}

void *slab_alloc(struct slab_cache *cache)
{
	void *object = slab_alloc_raw(cache);

	if (likely(object))
		memset(object, 0, cache->object_bytes);
	return object;
}

/* Nobody finds the slab any more. */
static void slab_end(const struct slab_cache *cache, struct page *page)
{
	const char *slot = page_to_virt(page);

	for (uint32_t slots = slots_of(cache); slots--; slot += cache->slot_bytes)
		slab_debug_check_free(cache, slot);
	page_free(page);
}

/* The object that is to be given back for one that is freed: itself, or in the debug build the one that has waited
 * longest; null: none yet. The cache's lock is held. */
static inline void *pass_quarantine(struct slab_cache *cache, void *object)
{
#ifdef NAMU_DEBUG
	*slab_debug_next(cache, object) = NULL;
	if (cache->newest)
		*slab_debug_next(cache, cache->newest) = object;
	else
		cache->oldest = object;
	cache->newest = object;
	if (cache->waiting++ < slab_debug_quarantine(cache))
		return NULL;
	object = cache->oldest;
	cache->oldest = *slab_debug_next(cache, object);
	if (!cache->oldest)
		cache->newest = NULL;
	cache->waiting--;
#endif
	return object;
}

void slab_free(struct slab_cache *cache, void *object)
{
	struct page *page;
	bool is_spare;

	KERNEL_ASSERT(cache_id_of(slab_of(object)) == cache->id);
	slab_debug_free(cache, object);
	spin_lock(&cache->lock);
	cache->in_use--;
	object = pass_quarantine(cache, object);
	if (!object) {
		spin_unlock(&cache->lock);
		return;
	}
	page = slab_of(object);
	*slab_debug_next(cache, object) = (void *)page->private_word;
	if (unlikely(!page->private_word))
		list_push(&cache->partial, &page->link);
	page->private_word = (uint64_t)object;
	in_slab_add(page, UINT32_MAX);
	/* An empty slab goes back unless it is the only one with room: that one will be wanted soon. */
	is_spare = page_refs(page) == 0 && cache->partial.next != cache->partial.prev;
	if (unlikely(is_spare)) {
		list_remove(&page->link);
		cache->slabs--;
	}
	spin_unlock(&cache->lock);
	if (unlikely(is_spare))
		slab_end(cache, page);
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
		if (bytes <= kmalloc_caches[i].object_bytes) {
			void *object = slab_alloc(&kmalloc_caches[i]);
			if (object)
				slab_debug_resize(&kmalloc_caches[i], object, (uint32_t)bytes);
			return object;
		}
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
	unsigned id = cache_id_of(page);
	if (id)
		slab_free(caches[id], pointer);
	else
		page_free(page);
}

#ifdef NAMU_DEBUG
const struct slab_cache *slab_cache_at(const void *address, uint32_t *offset)
{
	const struct page *slab = slab_of(address);
	const struct slab_cache *cache = caches[cache_id_of(slab)];

	if (slab->kind != PAGE_KERNEL || !cache)
		return NULL;
	*offset = (uint32_t)((const char *)address - (const char *)page_to_virt(slab));
	return cache;
}
#endif

size_t kmalloc_size(const void *pointer)
{
	const struct page *page = slab_of(pointer);
	unsigned id = cache_id_of(page);

	return id ? slab_debug_size(caches[id], pointer) : PAGE_SIZE << page->order;
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

static void check_slab(struct check *check, const struct slab_cache *cache, const struct page *page, uint64_t *free)
{
	const char *base = page_to_virt(page);
	const char *slot = (const char *)page->private_word;
	uint32_t slots = slots_of(cache), count = 0;

	CHECK_THAT(check, cache_id_of(page) == cache->id && page->kind == PAGE_KERNEL, "slab %s: page %p is another's",
		   cache->name, (const void *)page);
	for (; slot && count <= slots; slot = *slab_debug_next(cache, (void *)slot), count++) {
		uint64_t offset = (uint64_t)(slot - base);
		bool is_slot = slot >= base && offset % cache->slot_bytes == 0 && offset / cache->slot_bytes < slots;
		CHECK_THAT(check, is_slot, "slab %s: free list leads to %p", cache->name, (const void *)slot);
		if (!is_slot)
			return;
	}
	CHECK_THAT(check, count == slots - page_refs(page), "slab %s: %u free slots, %u objects, of %u", cache->name,
		   count, page_refs(page), slots);
	*free += count;
}

/* Objects in the quarantine. The cache's lock is held. */
static uint32_t waiting(const struct slab_cache *cache)
{
#ifdef NAMU_DEBUG
	return cache->waiting;
#else
	(void)cache;
	return 0;
#endif
}

void slab_check(struct check *check)
{
	for (uint32_t i = 1; i < cache_count; i++) {
		struct slab_cache *cache = caches[i];
		struct page *page;
		uint64_t free = 0;

		spin_lock(&cache->lock);
		list_for_each (page, &cache->partial, link)
			check_slab(check, cache, page, &free);
		CHECK_THAT(check, cache->in_use + waiting(cache) + free == cache->slabs * slots_of(cache),
			   "slab %s: %lu objects and %lu free slots in %lu slabs", cache->name, cache->in_use, free,
			   cache->slabs);
		spin_unlock(&cache->lock);
	}
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
