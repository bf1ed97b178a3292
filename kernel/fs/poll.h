/*
 * Waiting on many. A file's poll operation names its queues by poll_wait; poll(2) and select(2) then block on all of
 * them at once; epoll keeps the entries. No entry is made when something is ready on the first pass.
 */
#ifndef NAMU_FS_POLL_H
#define NAMU_FS_POLL_H

#include "fs/file.h"

/* Bits of events: those of poll(2) and epoll(7). */
#define POLL_IN     0x001u
#define POLL_PRI    0x002u
#define POLL_OUT    0x004u
#define POLL_ERR    0x008u
#define POLL_HUP    0x010u
#define POLL_NVAL   0x020u
#define POLL_RDNORM 0x040u
#define POLL_RDBAND 0x080u
#define POLL_WRNORM 0x100u
#define POLL_WRBAND 0x200u
#define POLL_MSG    0x400u
#define POLL_RDHUP  0x2000u

/* Made by poll, select or epoll; `add` registers one more queue, once for each (file, queue). */
struct poll_table {
	void (*add)(struct poll_table *table, struct file *file, struct waitq *queue);
	uint32_t events; /* those of interest: becomes the entry's key_mask (with ERR and HUP) */
};
static inline void poll_wait(struct poll_table *table, struct file *file, struct waitq *queue)
{
	if (table && table->add)
		table->add(table, file, queue);
}

/* Events of a description now; registers on its queues when `table` is not null. */
uint32_t file_poll(struct file *file, struct poll_table *table);

/* The signal mask that lasts as long as ppoll, pselect6 or epoll_pwait waits; filled by proc/. */
struct poll_mask_hooks {
	/* Read `size` bytes at `mask` (0: nothing to do) and make them the mask: 0, -EINVAL, -EFAULT. */
	int (*set)(uaddr_t mask, uint64_t size);
	/* After the wait. When it was interrupted, the old mask comes back only behind the handler's frame. */
	void (*restore)(bool interrupted);
};
extern struct poll_mask_hooks poll_mask_hooks;

/* poll(2)'s body: `fds` is the user's array of struct pollfd. The number of ready ones, 0 at the deadline (TIME_NEVER:
 * none), -ERESTART_NOHANDLER when interrupted, -EFAULT, -EINVAL, -ENOMEM. */
int64_t poll_wait_user(uaddr_t fds, uint32_t count, uint64_t deadline_ns);
/* select(2)'s body: the three sets of `count` bits are read and overwritten; 0 for a set that is not there. */
int64_t select_wait_user(int count, uaddr_t in, uaddr_t out, uaddr_t except, uint64_t deadline_ns);

#endif
