/*
 * A network card, and the stack behind it that reaches other machines. The card's driver (dev/) finds it and hands it
 * over once, at boot; from then on the stack's thread is its only user, but for card_interrupt.
 *
 * The stack is lwIP, whose sources are no part of Namu (kernel/net/outside.mk fetches them). A kernel that was built
 * without them has outside_none.c in its place.
 */
#ifndef NAMU_NET_CARD_H
#define NAMU_NET_CARD_H

#include "lib/types.h"

#define CARD_FRAME_BYTES 1514u /* the longest: header and 1500 bytes */

struct net_card;

/* Called by one thread at a time. */
struct net_card_ops {
	/* Room for a frame of CARD_FRAME_BYTES that is to be sent, the same until send; null: none now, and
	 * card_interrupt is called when there is, unless asking once more shows that there is some by now. */
	uint8_t *(*room)(struct net_card *card);
	void (*send)(struct net_card *card, uint32_t bytes);
	/* All that was handed over has been sent; if not, card_interrupt is called when something was. */
	bool (*is_idle)(struct net_card *card);
	/* The next frame that has come, the same until done; null: none. */
	const uint8_t *(*next)(struct net_card *card, uint32_t *bytes);
	void (*done)(struct net_card *card);
};

/* Lock key: (i) immutable. */
struct net_card {
	const struct net_card_ops *ops; /* (i) */
	uint8_t hardware[6];            /* (i) */
};

/* Addresses in network order. */
struct net_card_settings {
	uint8_t address[4], gateway[4];
	uint8_t prefix_bits;
};

/* Boot: take the card over, make it eth0 and let sockets reach the outside. 0; -ENOSYS: built without the stack;
 * -ENOMEM. */
int outside_start(struct net_card *card, const struct net_card_settings *settings);
/* The machine is about to end: wait, for some seconds at most, until what programs have sent has left it. */
void outside_settle(void);
/* In the card's interrupt: look at it. */
void card_interrupt(void);

#endif
