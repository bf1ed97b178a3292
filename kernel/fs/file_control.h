/* fcntl's commands on a description that need no other part of the kernel (fcntl(2)). */
#ifndef NAMU_FS_FILE_CONTROL_H
#define NAMU_FS_FILE_CONTROL_H

#include "fs/file.h"

/* F_SETFL: changes O_APPEND, O_NONBLOCK, O_DIRECT, O_NOATIME, O_ASYNC; other bits are let pass. 0, -EPERM. */
int file_set_flags(struct file *file, uint32_t flags);
/* F_SETOWN, F_GETOWN: a process, or a group as a negative number. */
void file_set_owner(struct file *file, int32_t owner);
int32_t file_owner(struct file *file);
/* F_SETSIG (-EINVAL), F_GETSIG. */
int file_set_signal(struct file *file, int signal);
int file_signal(struct file *file);

#endif
