/* Copies from one description to another inside of the kernel: sendfile(2), copy_file_range(2). */
#ifndef NAMU_FS_TRANSFER_H
#define NAMU_FS_TRANSFER_H

#include "fs/file.h"

/*
 * sendfile's body: from `in` at *offset (null: its position), which moves by what was written. Bytes written, 0 at the
 * end, or -errno: -EBADF, -EINVAL (`in` cannot be read at a place, `out` appends), errors of read and write.
 */
int64_t file_send(struct file *out, struct file *in, uint64_t *offset, uint64_t bytes);
/* copy_file_range's body; offsets null: the positions. */
int64_t file_copy_range(struct file *in, uint64_t *in_offset, struct file *out, uint64_t *out_offset, uint64_t bytes);

#endif
