/*
 * The one place for choice. Whatever the kernel is free to decide, and whatever comes from outside (time, randomness),
 * passes through here. Ordinary mode: the fair policy and the hardware. Seeded mode: a function of the seed alone.
 *
 * This floor lies below the scheduler (it needs nothing from it): a decision is "one of n, this is the policy's own".
 */
#ifndef NAMU_CHOICE_CHOICE_H
#define NAMU_CHOICE_CHOICE_H

#include "lib/types.h"

enum choice_kind {
	CHOICE_THREAD,   /* which ready thread runs next */
	CHOICE_WAITER,   /* which waiter of a queue is woken */
	CHOICE_RECEIVER, /* which receiver gets a message */
	CHOICE_KINDS
};

/* Streams of the seeded generator: numbers taken from one never shift those of another. */
enum choice_stream {
	STREAM_SCHED,
	STREAM_RANDOM, /* getrandom, /dev/urandom, AT_RANDOM */
	STREAM_LAYOUT, /* addresses of stack, mmap, brk, PIE */
	STREAMS
};

extern bool choice_is_seeded;

/* Called once at boot. `seed` counts only when seeded; `entropy` (32 bytes or null) keys the generator otherwise. */
void choice_init(bool is_seeded, uint64_t seed, const uint8_t *entropy, uint64_t realtime_ns);

/* One of `count` (> 0) possibilities; `policy` is what the fair policy would take. */
unsigned choice_pick(enum choice_kind kind, unsigned count, unsigned policy);
/* Length of the next quantum in ns; `policy_ns` is the fair policy's. */
uint64_t choice_quantum_ns(uint64_t policy_ns);

uint64_t choice_random_u64(enum choice_stream stream);
void choice_random_bytes(void *to, size_t bytes);
/* A number below `limit` (> 0) from STREAM_LAYOUT. */
uint64_t choice_layout_below(uint64_t limit);

/* CLOCK_MONOTONIC: ns since the boot. */
uint64_t clock_monotonic_ns(void);
/* CLOCK_REALTIME: ns since 1970. */
uint64_t clock_realtime_ns(void);
/* What must be added to monotonic time to get real time; clock_settime changes it. */
int64_t clock_realtime_offset_ns(void);
void clock_set_realtime_ns(uint64_t now_ns);
/* Real time goes on `by_ns` ahead of where it is, whatever time passes meanwhile. */
void clock_move_realtime_ns(int64_t by_ns);

#endif
