/* SHA-256 (FIPS 180-4), for the names of cached images. */
#ifndef HOST_SHA256_H
#define HOST_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32

struct sha256 {
	uint32_t state[8];
	uint64_t bytes; /* so far */
	unsigned char block[64];
};

void sha256_begin(struct sha256 *sum);
void sha256_add(struct sha256 *sum, const void *data, size_t bytes);
void sha256_end(struct sha256 *sum, unsigned char digest[SHA256_BYTES]);

#endif
