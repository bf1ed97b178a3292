/* A range of physical memory as the loader describes it. */
#ifndef NAMU_LIB_MEMORY_RANGE_H
#define NAMU_LIB_MEMORY_RANGE_H

#include "lib/types.h"

struct memory_range {
	paddr_t start;
	uint64_t bytes;
	bool is_usable;
};

#endif
