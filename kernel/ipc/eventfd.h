/* eventfd(2): a counter that reads take and writes add to. */
#ifndef NAMU_IPC_EVENTFD_H
#define NAMU_IPC_EVENTFD_H

#include "fs/file.h"

/* A fresh description: flags of eventfd2 (EFD_SEMAPHORE, EFD_NONBLOCK; EFD_CLOEXEC is the caller's). Null: no memory.
 */
struct file *eventfd_create(uint64_t initial, uint32_t flags);

#endif
