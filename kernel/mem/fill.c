/*
 * Clearing and copying whole pages. Under emulation unrolled 8-byte moves are several times faster than REP; on
 * hardware with fast strings REP wins (doc/architecture.md, Speed).
 */
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/string_ops.h"
#include "lib/string.h"
#include "mem/page.h"

typedef uint64_t word_t __attribute__((may_alias));

/* Sixty-four words a turn: the turn itself then costs little beside the moves. */
#define TURN_WORDS 64
#define WORDS      (PAGE_SIZE / sizeof(word_t))

static void clear_by_words(word_t *to)
{
	for (const word_t *end = to + WORDS; to < end; to += TURN_WORDS) {
#pragma GCC unroll 64
		for (unsigned i = 0; i < TURN_WORDS; i++)
			*(volatile word_t *)&to[i] = 0;
	}
}

static void copy_by_words(word_t *to, const word_t *from)
{
	for (const word_t *end = to + WORDS; to < end; to += TURN_WORDS, from += TURN_WORDS) {
#pragma GCC unroll 64
		for (unsigned i = 0; i < TURN_WORDS; i++)
			*(volatile word_t *)&to[i] = from[i];
	}
}

void page_clear(void *page)
{
	if (cpu_features.has_erms && !cpu_features.is_hypervisor_tcg)
		string_store_rep(page, 0, PAGE_SIZE);
	else
		clear_by_words(page);
}

void page_copy(void *to, const void *from)
{
	if (cpu_features.has_erms && !cpu_features.is_hypervisor_tcg)
		string_move_rep(to, from, PAGE_SIZE);
	else
		copy_by_words(to, from);
}
