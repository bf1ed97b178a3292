/*
 * Choice and chance. Random bytes come from ChaCha20 (RFC 8439) in counter mode, keyed by the host's entropy or by the
 * seed: one key, one nonce a stream, so that numbers taken from one stream never shift another's.
 */
#include "choice/choice.h"
#include "arch/x86_64/clock.h"
#include "arch/x86_64/io.h"
#include "arch/x86_64/spinlock.h"
#include "lib/string.h"
#include "trace/trace.h"

#define BLOCK_BYTES 64

bool choice_is_seeded;

struct stream {
	uint64_t counter;
	uint32_t used; /* bytes of the block that were handed out */
	uint8_t block[BLOCK_BYTES];
};

/* Lock key: (l) choice_lock. */
static struct spinlock choice_lock = SPINLOCK_INIT("choice", LOCK_TRACE);
static struct stream streams[STREAMS]; /* (l) */
static uint32_t key[8];
static _Atomic int64_t realtime_offset;

static uint32_t rotate(uint32_t value, unsigned bits)
{
	return value << bits | value >> (32 - bits);
}

static void quarter_round(uint32_t *s, unsigned a, unsigned b, unsigned c, unsigned d)
{
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 16);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 12);
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 8);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 7);
}

static void chacha20_block(uint8_t *out, uint64_t counter, uint32_t nonce)
{
	const uint32_t start[16] = {0x61707865,
				    0x3320646e,
				    0x79622d32,
				    0x6b206574,
				    key[0],
				    key[1],
				    key[2],
				    key[3],
				    key[4],
				    key[5],
				    key[6],
				    key[7],
				    (uint32_t)counter,
				    (uint32_t)(counter >> 32),
				    nonce,
				    0};
	uint32_t s[16];

	memcpy(s, start, sizeof(s));
	for (int round = 0; round < 10; round++) {
		quarter_round(s, 0, 4, 8, 12);
		quarter_round(s, 1, 5, 9, 13);
		quarter_round(s, 2, 6, 10, 14);
		quarter_round(s, 3, 7, 11, 15);
		quarter_round(s, 0, 5, 10, 15);
		quarter_round(s, 1, 6, 11, 12);
		quarter_round(s, 2, 7, 8, 13);
		quarter_round(s, 3, 4, 9, 14);
	}
	for (int i = 0; i < 16; i++)
		s[i] += start[i];
	memcpy(out, s, BLOCK_BYTES);
}

static void stream_bytes(enum choice_stream which, void *to, size_t bytes)
{
	struct stream *stream = &streams[which];
	uint8_t *out = to;

	spin_lock(&choice_lock);
	while (bytes) {
		if (stream->used == BLOCK_BYTES) {
			chacha20_block(stream->block, stream->counter++, which);
			stream->used = 0;
		}
		size_t part = MIN(bytes, (size_t)(BLOCK_BYTES - stream->used));
		memcpy(out, stream->block + stream->used, part);
		/* What was handed out is not kept: a later look at kernel memory must not reveal it. */
		memset(stream->block + stream->used, 0, part);
		stream->used += (uint32_t)part;
		out += part;
		bytes -= part;
	}
	spin_unlock(&choice_lock);
}

void choice_init(bool is_seeded, uint64_t seed, const uint8_t *entropy, uint64_t realtime_ns)
{
	choice_is_seeded = is_seeded;
	if (entropy) {
		memcpy(key, entropy, sizeof(key));
	} else if (!is_seeded) {
		/* No entropy from the host: the clock is all there is, and the log says so (dev/start). */
		seed = tsc_read();
	}
	if (is_seeded || !entropy) {
		memset(key, 0, sizeof(key));
		memcpy(key, &seed, sizeof(seed));
	}
	for (unsigned i = 0; i < STREAMS; i++)
		streams[i] = (struct stream){.used = BLOCK_BYTES};
	realtime_offset = (int64_t)realtime_ns;
}

unsigned choice_pick(enum choice_kind kind, unsigned count, unsigned policy)
{
	unsigned taken = policy;

	if (!choice_is_seeded || count < 2)
		return policy;
	/* Seed 0 is the fair policy itself: the reference run. */
	if (key[0] | key[1])
		taken = (unsigned)(choice_random_u64(STREAM_SCHED) % count);
	trace(TRACE_CHOICE, kind, count, policy, taken);
	return taken;
}

uint64_t choice_quantum_ns(uint64_t policy_ns)
{
	if (!choice_is_seeded || !(key[0] | key[1]))
		return policy_ns;
	/* Between a sixteenth of the policy's quantum and all of it. */
	return policy_ns / 16 + choice_random_u64(STREAM_SCHED) % (policy_ns - policy_ns / 16);
}

uint64_t choice_random_u64(enum choice_stream stream)
{
	uint64_t value;

	stream_bytes(stream, &value, sizeof(value));
	return value;
}

void choice_random_bytes(void *to, size_t bytes)
{
	stream_bytes(STREAM_RANDOM, to, bytes);
}

uint64_t choice_layout_below(uint64_t limit)
{
	return choice_random_u64(STREAM_LAYOUT) % limit;
}

uint64_t clock_monotonic_ns(void)
{
	return clock_machine_ns();
}

uint64_t clock_realtime_ns(void)
{
	return clock_machine_ns() + (uint64_t)realtime_offset;
}

int64_t clock_realtime_offset_ns(void)
{
	return realtime_offset;
}

void clock_set_realtime_ns(uint64_t now_ns)
{
	realtime_offset = (int64_t)(now_ns - clock_machine_ns());
}

void clock_move_realtime_ns(int64_t by_ns)
{
	realtime_offset += by_ns;
}
