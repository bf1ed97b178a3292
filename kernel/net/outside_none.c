/*
 * The stack of a kernel that was built without lwIP's sources: there is no outside.
 */
#include "lib/errno.h"
#include "net/card.h"

int outside_start(struct net_card *card, const struct net_card_settings *settings)
{
	return -ENOSYS;
}

void outside_settle(void)
{
}

void card_interrupt(void)
{
}
