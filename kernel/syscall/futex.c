/* The system call of futexes. */
#include "proc/futex.h"
#include "syscall/calls.h"

int64_t sys_futex(user_io_t word, int32_t operation, uint32_t value, uint64_t timeout_or_value2, user_io_t word2,
		  uint32_t value3)
{
	return futex_call(word, operation, value, timeout_or_value2, word2, value3);
}
