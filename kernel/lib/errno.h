/* Linux's error numbers, from the headers that Linux publishes for user programs (package linux-libc-dev). */
#ifndef NAMU_LIB_ERRNO_H
#define NAMU_LIB_ERRNO_H

#include <asm-generic/errno.h>

/*
 * Results of an interrupted call that never reach a program: the way out of the kernel turns them into a restart of
 * the call or into EINTR, as the signal's action says (signal(7), "Interruption of system calls"). Linux's numbers, as
 * debuggers see them.
 */
#define ERESTART_CALL      512 /* restart if the handler has SA_RESTART or there is none */
#define ERESTART_ALWAYS    513 /* restart, behind the handler if one runs */
#define ERESTART_NOHANDLER 514 /* restart only if no handler runs; else EINTR */
#define ERESTART_BLOCK     516 /* as NOHANDLER, through restart_syscall with the thread's saved rest time */

#endif
