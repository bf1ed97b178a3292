/*
 * Loans of a byte ring: a short array in the order of their places.
 */
#include "ipc/ring_loans.h"

#include "lib/string.h"
#include "mem/page.h"
#include "mem/slab.h"

#define FIRST_ROOM 16u
#define MOST_LOANS 256u

static inline struct ring_loan *last_of(struct ring_loans *loans)
{
	return &loans->loan[loans->first + loans->count - 1];
}

/* Make the place for one more at the end. */
static bool make_room(struct ring_loans **loans)
{
	struct ring_loans *old = *loans, *wider;
	uint32_t count = old ? old->count : 0;
	uint32_t room = old ? old->room * 2 : FIRST_ROOM;

	if (old && old->first + count < old->room)
		return true;
	if (old && old->first) {
		memmove(old->loan, old->loan + old->first, count * sizeof(struct ring_loan));
		old->first = 0;
		return true;
	}
	wider = room <= MOST_LOANS ? kmalloc(sizeof(*wider) + room * sizeof(struct ring_loan)) : NULL;
	if (!wider)
		return false;
	if (count)
		memcpy(wider->loan, old->loan, count * sizeof(struct ring_loan));
	wider->first = 0;
	wider->count = count;
	wider->room = room;
	kfree(old);
	*loans = wider;
	return true;
}

/* Does it go on where the last one ends, in memory that stays? A large file of the image is one loan so. */
static bool joins(struct ring_loans *loans, const struct ring_loan *loan)
{
	const struct ring_loan *last = loans && loans->count ? last_of(loans) : NULL;

	return last && !last->page && !loan->page && last->position + last->bytes == loan->position &&
	       last->data + last->bytes == loan->data;
}

bool ring_loans_add(struct ring_loans **loans, const struct ring_loan *loan)
{
	if (joins(*loans, loan)) {
		last_of(*loans)->bytes += loan->bytes;
		return true;
	}
	if (!make_room(loans))
		return false;
	(*loans)->count++;
	*last_of(*loans) = *loan;
	if (loan->page)
		page_get(loan->page);
	return true;
}

const struct ring_loan *ring_loans_at(const struct ring_loans *loans, uint32_t position, uint32_t *bytes)
{
	for (uint32_t i = 0; i < loans->count; i++) {
		const struct ring_loan *loan = &loans->loan[loans->first + i];
		uint32_t ahead = loan->position - position;
		if (position - loan->position < loan->bytes)
			return loan;
		if ((int32_t)ahead > 0) {
			*bytes = MIN(*bytes, ahead);
			return NULL;
		}
	}
	return NULL;
}

static void put_loan(const struct ring_loan *loan)
{
	if (loan->page)
		page_put(loan->page);
}

static void free_if_empty(struct ring_loans **loans)
{
	if ((*loans)->count)
		return;
	kfree(*loans);
	*loans = NULL;
}

void ring_loans_cut_head(struct ring_loans **loans, uint32_t head)
{
	struct ring_loans *all = *loans;

	while (all->count && (int32_t)(all->loan[all->first].position + all->loan[all->first].bytes - head) <= 0) {
		put_loan(&all->loan[all->first]);
		all->first++;
		all->count--;
	}
	free_if_empty(loans);
}

void ring_loans_cut_tail(struct ring_loans **loans, uint32_t tail)
{
	struct ring_loans *all = *loans;

	while (all->count) {
		struct ring_loan *last = last_of(all);
		if ((int32_t)(tail - last->position) > 0) {
			last->bytes = MIN(last->bytes, tail - last->position);
			break;
		}
		put_loan(last);
		all->count--;
	}
	free_if_empty(loans);
}

void ring_loans_move(struct ring_loans *loans, uint32_t head)
{
	for (uint32_t i = 0; i < loans->count; i++)
		loans->loan[loans->first + i].position -= head;
}

void ring_loans_free(struct ring_loans **loans)
{
	if (!*loans)
		return;
	for (uint32_t i = 0; i < (*loans)->count; i++)
		put_loan(&(*loans)->loan[(*loans)->first + i]);
	(*loans)->count = 0;
	free_if_empty(loans);
}
