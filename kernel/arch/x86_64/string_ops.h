/* REP string instructions, for processors that do them fast (ERMS). */
#ifndef NAMU_ARCH_STRING_OPS_H
#define NAMU_ARCH_STRING_OPS_H

#include "lib/types.h"

static inline void string_store_rep(void *to, uint8_t value, size_t bytes)
{
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(value) : "memory");
}

static inline void string_move_rep(void *to, const void *from, size_t bytes)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

#endif
