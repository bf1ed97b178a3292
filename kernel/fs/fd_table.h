/*
 * The inside of descriptor tables, shared by fd_table.c (the table) and fd.c (descriptors of the current thread).
 */
#ifndef NAMU_FS_FD_TABLE_H
#define NAMU_FS_FD_TABLE_H

#include "fs/file.h"
#include "trace/trace.h"

/* Descriptors in a fresh table; a multiple of 64. */
#define FD_INLINE 64

static inline bool fd_bit(const uint64_t *set, uint32_t fd)
{
	return (set[fd / 64] >> (fd % 64)) & 1;
}
static inline void fd_bit_set(uint64_t *set, uint32_t fd)
{
	set[fd / 64] |= 1ull << (fd % 64);
}
static inline void fd_bit_clear(uint64_t *set, uint32_t fd)
{
	set[fd / 64] &= ~(1ull << (fd % 64));
}
/* FD_OPEN, FD_CLOSE, FD_DUP: process, two words, a third. */
static inline void fd_trace(enum trace_event event, uint64_t a, uint64_t b, uint64_t c)
{
	if (trace_is_on(event))
		trace_record(event, (uint64_t)file_process_hook(), a, b, c);
}

/* FD_OBJECT: the object that a fresh descriptor stands for, which SEND and RECEIVE name. */
void fd_trace_object(const struct file *file);

/* Make room for at least `wanted` descriptors. The lock is held, or nobody else can reach the table. 0 or -ENOMEM. */
int fd_table_grow(struct fd_table *table, uint32_t wanted);
struct file *fd_table_take(struct fd_table *table, uint32_t fd);
void fd_table_close_file(struct fd_table *table, struct file *file);

#endif
