/* splice(2), tee(2), vmsplice(2). The bytes are copied; what programs see is the same. */
#ifndef NAMU_IPC_SPLICE_H
#define NAMU_IPC_SPLICE_H

#include "fs/file.h"

struct uio;

#define SPLICE_FLAGS 15u /* all that there are; the callers have checked them */

/* One of the two is a pipe. Offsets null: none given. `flags`: SPLICE_F_NONBLOCK counts, the others are let pass.
 * Bytes, or -errno. */
int64_t splice_files(struct file *in, uint64_t *in_offset, struct file *out, uint64_t *out_offset, uint64_t bytes,
		     uint32_t flags);
int64_t splice_tee(struct file *in, struct file *out, uint64_t bytes, uint32_t flags);
/* Between a pipe and user memory: into a pipe open for writing, else out of it. */
int64_t splice_user(struct file *pipe, struct uio *uio, uint32_t flags);

#endif
