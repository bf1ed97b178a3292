/*
 * System calls that make pipes.
 */
#include "ipc/pipe.h"
#include "syscall/calls.h"

int64_t sys_pipe(user_out_t fds)
{
	return pipe_open_user(fds, 0);
}

int64_t sys_pipe2(user_out_t fds, flags_t flags)
{
	return pipe_open_user(fds, flags);
}
