/* Small things that open(2) needs and others may use. */
#ifndef NAMU_FS_OPEN_H
#define NAMU_FS_OPEN_H

#include "fs/file.h"

/* O_LARGEFILE as the kernel means it; programs of 64 bits see it in F_GETFL though their own O_LARGEFILE is 0. */
#define OPEN_LARGE_FILE 0100000u

#ifndef S_IALLUGO
#define S_IALLUGO 07777u
#endif

static inline bool file_flags_may_write(uint32_t flags)
{
	return (flags & 3) == 1 || (flags & 3) == 2;
}

/* A description of what stands at `path`, whose references are taken over; the caller has seen to permission. `spare`:
 * one by file_spare, taken over too, so that it cannot be lack of memory that fails; or null. Or err_ptr. */
struct file *file_open_place(struct path *path, uint32_t flags, struct file *spare);
/* The same, with open(2)'s flags and its look at permission. */
struct file *file_open_found(struct path *path, uint32_t flags);
/* A description to be opened later; null: no memory (file_refusal says what). */
struct file *file_spare(uint32_t flags);
/* A place for a file that has no name, in the mount of `near`: *place with references. Takes over the inode's
 * reference. 0 or -ENOMEM. */
int dentry_nameless(const struct path *near, struct inode *inode, struct path *place);

#endif
