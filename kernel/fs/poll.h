/*
 * Waiting on many. A file's poll operation names its queues by poll_wait; poll(2) and select(2) then block on all of them
 * at once; epoll keeps the entries. No entry is made when something is ready on the first pass.
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

/* Made by poll, select or epoll; `add` registers one more queue. */
struct poll_table {
	void (*add)(struct poll_table *table, struct file *file, struct waitq *queue);
	uint32_t events; /* those of interest: becomes the entry's key_mask (with ERR and HUP) */
};
static inline void poll_wait(struct poll_table *table, struct file *file, struct waitq *queue)
{
	if (table && table->add)
		table->add(table, file, queue);
}

/* Events of a description now, without registering. */
uint32_t file_poll(struct file *file, struct poll_table *table);

#endif
