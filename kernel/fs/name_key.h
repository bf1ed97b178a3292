/*
 * The key of a name in the hash: its length, its first eight bytes, and a sum over words of eight bytes. Inline, as
 * every component of every path passes here. Words are read whole where they lie in one page with their first byte, so
 * nothing unmapped is ever touched.
 */
#ifndef NAMU_FS_NAME_KEY_H
#define NAMU_FS_NAME_KEY_H

#include "lib/string.h"
#include "lib/types.h"

struct name_key {
	uint64_t first; /* the name's first eight bytes, zeros behind a shorter one */
	uint32_t hash;
	size_t bytes;
};

#define NAME_KEY_WORD(byte) (0x0101010101010101ull * (byte))

static inline uint64_t name_key_load(const char *from)
{
	uint64_t word;

	memcpy(&word, from, sizeof(word));
	return word;
}

static inline uint64_t name_key_add(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * 0x9e3779b97f4a7c15ull;
	return sum ^ sum >> 29;
}

static inline uint32_t name_key_end(uint64_t sum)
{
	return (uint32_t)(sum ^ sum >> 32);
}

/* The word at `at`, and in *part how much of it belongs to the component there: 8 when it goes on. Byte by byte, for
 * the end of a page. */
uint64_t name_key_careful_word(const char *at, unsigned *part);

static inline uint64_t name_key_word(const char *at, unsigned *part)
{
	bool is_at_end = ((uintptr_t)at & PAGE_MASK) > PAGE_SIZE - 8;
	uint64_t word, slash, ends;

#ifdef NAMU_KASAN
	is_at_end = true; /* what lies behind the name may be read, but is not the name's */
#endif
	if (unlikely(is_at_end))
		return name_key_careful_word(at, part);
	word = name_key_load(at);
	slash = word ^ NAME_KEY_WORD('/');
	ends = (((word - NAME_KEY_WORD(1)) & ~word) | ((slash - NAME_KEY_WORD(1)) & ~slash)) & NAME_KEY_WORD(0x80);
	if (!ends) {
		*part = 8;
		return word;
	}
	*part = (unsigned)__builtin_ctzll(ends) >> 3;
	/* Of the bytes before the one that ends it. */
	return word & ~(~0ull << (8 * *part));
}

/* The key of the component at `text`, which ends at '/' or zero and is not empty. */
static inline void name_key_scan(const char *text, struct name_key *key)
{
	unsigned part;
	uint64_t word = name_key_word(text, &part), sum;
	size_t bytes = part;

	key->first = word;
	sum = name_key_add(0, word);
	while (unlikely(part == 8)) {
		word = name_key_word(text + bytes, &part);
		if (part)
			sum = name_key_add(sum, word);
		bytes += part;
	}
	key->hash = name_key_end(sum);
	key->bytes = bytes;
}

/* The same for a name of known length. */
void name_key_of(const char *name, size_t bytes, struct name_key *key);

#endif
