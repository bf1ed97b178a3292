/* Memory of another process: process_vm_readv(2), process_vm_writev(2), and what /proc/PID/mem does. */
#ifndef NAMU_PROC_REMOTE_MEMORY_H
#define NAMU_PROC_REMOTE_MEMORY_H

#include "proc/process.h"
#include "vm/uio.h"

/*
 * Move up to `bytes` bytes between `uio` and `address` of a space that the caller holds; `force`: protections do not
 * count (vm_access). What was moved, or -EFAULT, -ENOMEM, -EINTR when nothing could be. Takes the space's mutex.
 */
ssize_t remote_move(struct vm_space *space, struct uio *uio, uint64_t address, uint64_t bytes, bool is_write,
		    bool force);

/* The body of the two calls, whose arrays of struct iovec are in user memory. Bytes moved, or -EINVAL, -EFAULT,
 * -ENOMEM, -ESRCH, -EPERM when none were. */
struct remote_request {
	int32_t number; /* of the process or one of its threads */
	uaddr_t local, remote;
	uint64_t local_count, remote_count;
	bool is_write; /* from here to there */
};
ssize_t remote_transfer(const struct remote_request *request);

#endif
