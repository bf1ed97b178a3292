/* What the two files of socket calls share. */
#ifndef NAMU_SYSCALL_SOCKET_CALLS_H
#define NAMU_SYSCALL_SOCKET_CALLS_H

#include "net/socket.h"
#include "syscall/table.h"

/* The socket behind a descriptor for the length of one call (fd_give_back); err_ptr(-EBADF, -ENOTSOCK), nothing held.
 */
struct socket *socket_borrow(fd_t fd, struct fd_loan *loan);
/* 0, -EINVAL (length), -EFAULT. */
int socket_address_from_user(struct socket_address *address, uaddr_t user, int32_t bytes);
/* As much as the room at `user_bytes` takes; there the whole length is left. */
int socket_address_to_user(const struct socket_address *address, uaddr_t user, uaddr_t user_bytes);

#endif
