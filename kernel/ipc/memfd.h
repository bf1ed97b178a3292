/* memfd_create(2): a file without a name in memory, which can be sealed. */
#ifndef NAMU_IPC_MEMFD_H
#define NAMU_IPC_MEMFD_H

#include "fs/file.h"

/* The call's body: `name` in user memory, flags MFD_*. A descriptor, -EFAULT, -EINVAL, -ENOMEM, -ENOSYS (huge pages),
 * -EMFILE. */
int memfd_open_user(uaddr_t name, uint32_t flags);
/* F_ADD_SEALS, F_GET_SEALS: -EINVAL for what is no memfd; -EPERM (not writable, sealed), -EBUSY (mapped writable). */
int memfd_add_seals(struct file *file, uint32_t seals);
int memfd_get_seals(struct file *file);

#endif
