/*
 * The inside of epoll, shared by epoll.c (waiting, the ready list) and epoll_control.c (what is watched).
 *
 * Locks, outermost first: epoll_files_mutex (which descriptions are watched by whom), an epoll's mutex (its items; the
 * outer epoll's before one that it watches), the queues of what is watched, an epoll's ready lock (rank LOCK_TIMER, as
 * it is taken by the waker under a queue's lock).
 */
#ifndef NAMU_FS_EPOLL_PRIVATE_H
#define NAMU_FS_EPOLL_PRIVATE_H

#include "fs/epoll.h"
#include "fs/poll.h"
#include "lib/rbtree.h"

struct epoll_item;

/* One queue that an item stands on. Lock key: (i) immutable; (m) the epoll's mutex. */
struct epoll_hook {
	struct wait_entry entry;
	struct waitq *queue;     /* (i) */
	struct epoll_item *item; /* (i) */
	struct epoll_hook *next; /* (m) */
};

/* Lock key: (i) immutable; (m) the epoll's mutex; (r) its ready lock; (f) epoll_files_mutex. */
struct epoll_item {
	struct rb_node node;          /* (m) by description and descriptor */
	struct epoll *epoll;          /* (i) */
	struct file *file;            /* (i) no reference: the description's end removes the item */
	int fd;                       /* (i) */
	uint32_t events;              /* (m, r) wanted, with EPOLLET and the like */
	uint64_t data;                /* (m) the user's word */
	struct list file_link;        /* (f) on file->epoll_items */
	struct list ready_link;       /* (r) */
	bool is_listed;               /* (r) on the ready list */
	struct epoll_hook *hooks;     /* (m) */
	struct epoll_hook first_hook; /* (m) storage for the common case */
};

/* A thread in epoll_wait; on its stack. Lock key: (r) the epoll's ready lock. */
struct epoll_sleeper {
	struct list link;      /* (r) */
	struct thread *thread; /* (r) */
};

/* Lock key: (i) immutable; (m) its mutex; (r) ready_lock. */
struct epoll {
	struct mutex mutex;         /* (i) */
	struct file *file;          /* (i) its own description; no reference */
	struct rb_tree items;       /* (m) */
	struct spinlock ready_lock; /* (i) rank LOCK_TIMER */
	struct list ready;          /* (r) items that something happened to */
	struct list sleepers;       /* (r) */
	struct waitq pollers;       /* (i) poll, select and epolls that watch this epoll */
};

/* Bits of an item's events that are no events. */
#define EPOLL_PRIVATE_BITS (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)

extern struct mutex epoll_files_mutex;
extern const struct file_ops epoll_file_ops;

/* The epoll behind a description, or null. */
static inline struct epoll *epoll_of(const struct file *file)
{
	return file->ops == &epoll_file_ops ? file->private_data : NULL;
}

/* The waker's call: put the item on the ready list and wake. */
bool epoll_notify(struct wait_entry *entry, uint64_t key);
/* The same from epoll_ctl: the item was found ready. Wakes sleepers and pollers. */
void epoll_item_ready(struct epoll_item *item);
/* Events of an item now, as far as they are wanted. The epoll's mutex is held. */
uint32_t epoll_item_events(struct epoll_item *item);
/* Take an item out of its epoll and free it. epoll_files_mutex and the epoll's mutex are held. */
void epoll_item_remove(struct epoll_item *item);
void epoll_remove_all(struct epoll *epoll);

#endif
