/* The system calls of futexes. */
#include "proc/futex.h"
#include "syscall/calls.h"

int64_t sys_futex(user_io_t word, int32_t operation, uint32_t value, uint64_t timeout_or_value2, user_io_t word2,
		  uint32_t value3)
{
	return futex_call(word, operation, value, timeout_or_value2, word2, value3);
}

int64_t sys_futex_waitv(user_in_t waiters, uint32_t count, flags_t flags, user_in_t timeout, clock_id_t clock)
{
	return futex_wait_many(waiters, count, flags, timeout, clock);
}
