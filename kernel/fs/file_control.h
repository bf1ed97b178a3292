/* fcntl's commands on a description that need no other part of the kernel (fcntl(2)). */
#ifndef NAMU_FS_FILE_CONTROL_H
#define NAMU_FS_FILE_CONTROL_H

#include "fs/file.h"

/* F_SETFL by descriptor `fd`: changes O_APPEND, O_NONBLOCK, O_DIRECT, O_NOATIME, and O_ASYNC where it works; other bits
 * are let pass. 0, -EPERM, -ENOMEM. */
int file_set_flags(struct file *file, int fd, uint32_t flags);

#endif
