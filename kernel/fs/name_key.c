/* Keys of names: what is not worth having inline. */
#include "fs/name_key.h"

uint64_t name_key_careful_word(const char *at, unsigned *part)
{
	uint64_t word = 0;
	unsigned i;

	for (i = 0; i < 8 && at[i] && at[i] != '/'; i++)
		word |= (uint64_t)(uint8_t)at[i] << (8 * i);
	*part = i;
	return word;
}

void name_key_of(const char *name, size_t bytes, struct name_key *key)
{
	uint64_t sum = 0;

	key->bytes = bytes;
	key->first = 0;
	for (size_t at = 0; at < bytes; at += 8) {
		uint64_t word = 0;
		memcpy(&word, name + at, MIN(bytes - at, (size_t)8));
		if (at == 0)
			key->first = word;
		sum = name_key_add(sum, word);
	}
	key->hash = name_key_end(sum);
}
