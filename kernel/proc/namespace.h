/* Namespaces of processes (namespaces(7)): mounts. */
#ifndef NAMU_PROC_NAMESPACE_H
#define NAMU_PROC_NAMESPACE_H

#include "proc/process.h"

/* Boot: what lower floors call of this one. */
void namespace_init(void);
/* The thread's view of the tree of files, with a reference; null: it has given it up. */
struct fs_context *thread_fs_context(struct thread *thread);
/* The thread's namespace of interprocess communication, in use by the caller until ipc_namespace_leave; null: given up.
 */
struct ipc_namespace *thread_ipc_namespace(struct thread *thread);
/* setns(2)'s body: 0, -EBADF, -EINVAL, -EPERM, -ESRCH. */
int process_set_namespace(int fd, int32_t type);

#endif
