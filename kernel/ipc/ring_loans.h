/*
 * Bytes of a byte ring that lie elsewhere: pages of a file that sendfile or splice put there without a copy. Each loan
 * has its place in the ring like bytes that were copied; the ring's own memory there holds nothing. Who writes to the
 * page before it is read shows through, as on Linux.
 */
#ifndef NAMU_IPC_RING_LOANS_H
#define NAMU_IPC_RING_LOANS_H

#include "lib/types.h"

struct page;

/* A shorter piece is copied: a loan would cost more. */
#define RING_LOAN_LEAST_BYTES 512u

/* Lock: that of the ring. */
struct ring_loan {
	uint32_t position; /* of its first byte in the ring, modulo 2^32 */
	uint32_t bytes;
	const uint8_t *data;
	struct page *page; /* one reference; null: memory that stays */
};

/* By position; a ring without loans has none of these. */
struct ring_loans {
	uint32_t first, count, room; /* of `loan` */
	struct ring_loan loan[];
};

/* Add one behind all others; takes a reference to the page. False: no place for it (the bytes are to be copied). */
bool ring_loans_add(struct ring_loans **loans, const struct ring_loan *loan);
/* The loan in which a position lies; null, and *bytes cut to where the next one begins, when it lies in none. */
const struct ring_loan *ring_loans_at(const struct ring_loans *loans, uint32_t position, uint32_t *bytes);
/* What lies before `head` was taken; what lies from `tail` on was taken back. */
void ring_loans_cut_head(struct ring_loans **loans, uint32_t head);
void ring_loans_cut_tail(struct ring_loans **loans, uint32_t tail);
/* The ring's head, which was at `head`, is at 0 now. */
void ring_loans_move(struct ring_loans *loans, uint32_t head);
void ring_loans_free(struct ring_loans **loans);

#endif
