/* System calls that make sockets: no family of addresses is there, and that is what they answer. */
#include <asm-generic/fcntl.h>

#include "lib/errno.h"
#include "syscall/calls.h"

#define TYPE_MASK 0xfu

static int64_t refuse(int32_t type)
{
	/* Beside the type stand SOCK_CLOEXEC and SOCK_NONBLOCK. */
	return (uint32_t)type & ~(TYPE_MASK | O_CLOEXEC | O_NONBLOCK) ? -EINVAL : -EAFNOSUPPORT;
}

int64_t sys_socket(int32_t family, int32_t type, int32_t protocol)
{
	return refuse(type);
}

int64_t sys_socketpair(int32_t family, int32_t type, int32_t protocol, user_out_t pair)
{
	return refuse(type);
}
