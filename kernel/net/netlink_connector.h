/*
 * NETLINK_CONNECTOR with its one speaker: what happens to processes (linux/cn_proc.h). Sockets hear it that are in the
 * group CN_IDX_PROC, as long as at least one socket has asked for it (PROC_CN_MCAST_LISTEN); a socket that has asked
 * with a set of events hears these alone. What has happened is told after it has.
 *
 * Who has something to tell looks at connector_has_listeners() first, so that it costs nothing when nobody listens.
 */
#ifndef NAMU_NET_NETLINK_CONNECTOR_H
#define NAMU_NET_NETLINK_CONNECTOR_H

#include <linux/cn_proc.h>

#include "lib/types.h"

struct netlink_socket;

/* How many sockets have asked. Lock key: (a) atomic, written under netlink_mutex. */
extern _Atomic uint32_t connector_listeners; /* (a) */

static inline bool connector_has_listeners(void)
{
	return unlikely(atomic_load_explicit(&connector_listeners, memory_order_relaxed) != 0);
}

/* To all that hear it; `what` and event_data are set, the rest of the event is filled in here. May sleep: no lock is
 * held but mutexes that no reader of a socket takes. */
void connector_tell(struct proc_event *event);

/* What a program sends to the kernel, in one piece. */
void connector_take(struct netlink_socket *from, const void *data, uint32_t bytes);
/* The socket ends. netlink_mutex is held. */
void connector_forget_locked(struct netlink_socket *self);

#endif
