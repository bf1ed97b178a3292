/* What lwIP uses of a C library's <stdlib.h>: the number of a device in its name. */
#ifndef NAMU_LWIP_STDLIB_H
#define NAMU_LWIP_STDLIB_H

#include "lib/string.h"

static inline int atoi(const char *text)
{
	const char *end;

	return (int)string_to_u64(text, &end, 10);
}

#endif
