/* System calls of debuggers: ptrace, and into another process's memory. */
#include "lib/errno.h"
#include "proc/ptrace.h"
#include "proc/remote_memory.h"
#include "syscall/calls.h"

int64_t sys_ptrace(int64_t request, pid_type_t pid, address_t address, uint64_t data)
{
	return ptrace_request(request, pid, address, data);
}

static int64_t transfer(pid_type_t pid, user_in_t local, uint64_t local_count, user_in_t remote, uint64_t remote_count,
			uint64_t flags, bool is_write)
{
	const struct remote_request request = {
		.number = pid,
		.local = local,
		.remote = remote,
		.local_count = local_count,
		.remote_count = remote_count,
		.is_write = is_write,
	};

	return flags ? -EINVAL : remote_transfer(&request);
}

int64_t sys_process_vm_readv(pid_type_t pid, user_in_t local, uint64_t local_count, user_in_t remote,
			     uint64_t remote_count, uint64_t flags)
{
	return transfer(pid, local, local_count, remote, remote_count, flags, false);
}

int64_t sys_process_vm_writev(pid_type_t pid, user_in_t local, uint64_t local_count, user_in_t remote,
			      uint64_t remote_count, uint64_t flags)
{
	return transfer(pid, local, local_count, remote, remote_count, flags, true);
}
