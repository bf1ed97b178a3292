/* a * b / c with the product in 128 bits, which C alone cannot divide without a library. */
#ifndef NAMU_ARCH_MULDIV_H
#define NAMU_ARCH_MULDIV_H

#include "lib/types.h"

/* The quotient must fit in 64 bits, and c is not 0: otherwise the processor faults. */
static inline uint64_t mul_div_u64(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t quotient, high;

	__asm__("mulq %3\n\tdivq %4" : "=a"(quotient), "=&d"(high) : "a"(a), "r"(b), "r"(c) : "cc");
	return quotient;
}

#endif
