/*
 * Slabs of the debug build: red zones, the pattern in free objects, who allocated and freed (mem/slab_debug.h).
 */
#ifdef NAMU_DEBUG
#include "mem/slab_debug.h"

#include "arch/x86_64/pagetable.h"
#include "arch/x86_64/panic.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mem/kasan.h"

#define FREE_BYTE        0x5a
#define ZONE_BYTE        0xb5
#define ZONE_BYTES       16u
#define QUARANTINE_BYTES 4096u
#define QUARANTINE_MOST  32u

/* Values that memory seldom holds by chance. */
#define SLAB_OBJECT_FREE   0xf4eef4eeu
#define SLAB_OBJECT_IN_USE 0x05ed05edu

static struct slab_track *track_of(const struct slab_cache *cache, const void *object)
{
	return (struct slab_track *)((char *)object + cache->slot_bytes - sizeof(struct slab_track));
}

static uint32_t zone_end(const struct slab_cache *cache)
{
	return cache->slot_bytes - (uint32_t)sizeof(struct slab_track);
}

uint32_t slab_debug_slot(uint32_t object_bytes, uint32_t align)
{
	uint32_t end = ALIGN_UP(object_bytes + ZONE_BYTES, (uint32_t) _Alignof(struct slab_track));

	return ALIGN_UP(end + (uint32_t)sizeof(struct slab_track), align);
}

void **slab_debug_next(const struct slab_cache *cache, void *object)
{
	return &track_of(cache, object)->next;
}

/* The return addresses above the caller's, zeros where there are no more. */
__attribute__((noinline)) static void take_trace(uint32_t *addresses, unsigned count)
{
	const uint64_t *frame = __builtin_frame_address(0);

	/* Past slab_debug_alloc or slab_debug_free, and the allocator's own function. */
	for (unsigned i = 0; i < count + 2; i++) {
		bool is_frame = (uint64_t)frame >= DIRECT_MAP && IS_ALIGNED((uint64_t)frame, 8) && frame[1];

		if (i >= 2)
			addresses[i - 2] = is_frame ? (uint32_t)(frame[1] - KERNEL_IMAGE) : 0;
		if (is_frame)
			frame = frame[0] > (uint64_t)frame ? (const uint64_t *)frame[0] : NULL;
	}
}

static void tell_trace(const char *what, const uint32_t *addresses, unsigned count)
{
	log_line("%s by:", what);
	for (unsigned i = 0; i < count && addresses[i]; i++) {
		uint64_t offset = 0;
		/* The call lies before the return address. */
		uint64_t address = KERNEL_IMAGE + addresses[i] - 1;
		const char *name = symbol_find(address, &offset);

		log_line("    %#lx %s+%#lx", address, name ? name : "?", offset);
	}
}

static void tell_owners(const struct slab_track *track)
{
	tell_trace("allocated", track->allocated, ARRAY_LEN(track->allocated));
	if (track->freed[0])
		tell_trace("freed", track->freed, ARRAY_LEN(track->freed));
}

/* The offset of the first byte in [from, to) that is not `byte`, or `to`. Objects lie at multiples of 8. */
static uint32_t find_other(const void *object, uint32_t from, uint32_t to, uint8_t byte)
{
	const uint8_t *bytes = object;
	const uint64_t *words = object;
	uint64_t word = byte * 0x0101010101010101ull;

	while (from < to && from % sizeof(word) && bytes[from] == byte)
		from++;
	if (from % sizeof(word) == 0) {
		while (from + sizeof(word) <= to && words[from / sizeof(word)] == word)
			from += (uint32_t)sizeof(word);
	}
	while (from < to && bytes[from] == byte)
		from++;
	return from;
}

static void check_zone(const struct slab_cache *cache, const void *object)
{
	const struct slab_track *track = track_of(cache, object);
	bool is_sane = track->object_bytes <= cache->object_bytes;
	uint32_t at = is_sane ? find_other(object, track->object_bytes, zone_end(cache), ZONE_BYTE) : 0;

	if (is_sane && at == zone_end(cache))
		return;
	tell_owners(track);
	panic("%s %p: byte %u, behind its end at %u, was written", cache->name, object, at, track->object_bytes);
}

void slab_debug_make(const struct slab_cache *cache, void *object)
{
	struct slab_track *track = track_of(cache, object);

	memset(object, FREE_BYTE, zone_end(cache));
	*track = (struct slab_track){.object_bytes = cache->object_bytes, .state = SLAB_OBJECT_FREE};
	kasan_forbid(object, cache->slot_bytes, KASAN_OBJECT_FREE);
}

void slab_debug_check_free(const struct slab_cache *cache, const void *object)
{
	const struct slab_track *track = track_of(cache, object);
	uint32_t at = find_other(object, 0, zone_end(cache), FREE_BYTE);

	if (track->state != SLAB_OBJECT_FREE || at < zone_end(cache)) {
		tell_owners(track);
		panic("%s %p was written after it was freed (byte %u)", cache->name, object, at);
	}
}

void slab_debug_alloc(const struct slab_cache *cache, void *object, uint32_t object_bytes)
{
	struct slab_track *track = track_of(cache, object);

	slab_debug_check_free(cache, object);
	track->state = SLAB_OBJECT_IN_USE;
	track->freed[0] = 0;
	take_trace(track->allocated, ARRAY_LEN(track->allocated));
	slab_debug_resize(cache, object, object_bytes);
}

void slab_debug_free(const struct slab_cache *cache, void *object)
{
	struct slab_track *track = track_of(cache, object);

	if (track->state != SLAB_OBJECT_IN_USE) {
		tell_owners(track);
		panic("%s %p is freed, but %s", cache->name, object,
		      track->state == SLAB_OBJECT_FREE ? "it was freed before" : "what lies behind it was overwritten");
	}
	check_zone(cache, object);
	track->state = SLAB_OBJECT_FREE;
	take_trace(track->freed, ARRAY_LEN(track->freed));
	kasan_allow(object, cache->slot_bytes);
	memset(object, FREE_BYTE, zone_end(cache));
	kasan_forbid(object, cache->slot_bytes, KASAN_OBJECT_FREE);
}

void slab_debug_resize(const struct slab_cache *cache, void *object, uint32_t object_bytes)
{
	track_of(cache, object)->object_bytes = object_bytes;
	kasan_allow(object, cache->slot_bytes);
	memset((char *)object + object_bytes, ZONE_BYTE, zone_end(cache) - object_bytes);
	kasan_forbid(object, cache->slot_bytes, KASAN_OBJECT_END);
	kasan_allow(object, object_bytes);
}

uint32_t slab_debug_size(const struct slab_cache *cache, const void *object)
{
	return track_of(cache, object)->object_bytes;
}

void slab_debug_tell(const void *address)
{
	uint32_t offset;
	const struct slab_cache *cache = slab_cache_at(address, &offset);

	if (!cache)
		return;
	const char *object = (const char *)address - offset % cache->slot_bytes;
	log_line("byte %u of the %s at %p:", offset % cache->slot_bytes, cache->name, object);
	tell_owners(track_of(cache, object));
}

uint32_t slab_debug_quarantine(const struct slab_cache *cache)
{
	return MIN(QUARANTINE_BYTES / cache->slot_bytes, QUARANTINE_MOST);
}

#endif
