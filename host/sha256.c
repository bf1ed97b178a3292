/* SHA-256 as FIPS 180-4 describes it. */
#include "sha256.h"

#include <string.h>

/* The first 32 bits of the fractions of the cube roots of the first 64 primes. */
static const uint32_t round_words[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t word, unsigned by)
{
	return word >> by | word << (32 - by);
}

static void sha256_block(struct sha256 *sum, const unsigned char *block)
{
	uint32_t w[64];
	uint32_t a, b, c, d, e, f, g, h;

	for (int i = 0; i < 16; i++) {
		const unsigned char *at = block + (size_t)i * 4;

		w[i] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
	}
	for (int i = 16; i < 64; i++) {
		uint32_t near = w[i - 2], far = w[i - 15];

		w[i] = w[i - 16] + (rotate(far, 7) ^ rotate(far, 18) ^ far >> 3) + w[i - 7] +
		       (rotate(near, 17) ^ rotate(near, 19) ^ near >> 10);
	}
	a = sum->state[0], b = sum->state[1], c = sum->state[2], d = sum->state[3];
	e = sum->state[4], f = sum->state[5], g = sum->state[6], h = sum->state[7];
	for (int i = 0; i < 64; i++) {
		uint32_t choose = (e & f) ^ (~e & g);
		uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
		uint32_t one = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choose + round_words[i] + w[i];
		uint32_t two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority;

		h = g, g = f, f = e, e = d + one;
		d = c, c = b, b = a, a = one + two;
	}
	sum->state[0] += a, sum->state[1] += b, sum->state[2] += c, sum->state[3] += d;
	sum->state[4] += e, sum->state[5] += f, sum->state[6] += g, sum->state[7] += h;
}

void sha256_begin(struct sha256 *sum)
{
	/* The first 32 bits of the fractions of the square roots of the first 8 primes. */
	static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

	memcpy(sum->state, start, sizeof(start));
	sum->bytes = 0;
}

void sha256_add(struct sha256 *sum, const void *data, size_t bytes)
{
	const unsigned char *from = data;

	while (bytes > 0) {
		size_t used = sum->bytes % sizeof(sum->block);
		size_t part = sizeof(sum->block) - used;

		/* Whole blocks are taken where they lie. */
		if (used == 0 && bytes >= sizeof(sum->block)) {
			sha256_block(sum, from);
			sum->bytes += sizeof(sum->block);
			from += sizeof(sum->block);
			bytes -= sizeof(sum->block);
			continue;
		}
		if (part > bytes)
			part = bytes;
		memcpy(sum->block + used, from, part);
		sum->bytes += part;
		from += part;
		bytes -= part;
		if (used + part == sizeof(sum->block))
			sha256_block(sum, sum->block);
	}
}

void sha256_end(struct sha256 *sum, unsigned char digest[SHA256_BYTES])
{
	static const unsigned char padding[64] = {0x80};
	uint64_t bits = sum->bytes * 8;
	unsigned char length[8];

	for (int i = 0; i < 8; i++)
		length[i] = (unsigned char)(bits >> (56 - 8 * i));
	sha256_add(sum, padding, 1 + (119 - sum->bytes % 64) % 64);
	sha256_add(sum, length, sizeof(length));
	for (int i = 0; i < SHA256_BYTES; i++)
		digest[i] = (unsigned char)(sum->state[i / 4] >> (24 - 8 * (i % 4)));
}
