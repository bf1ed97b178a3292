/* membarrier(2). */
#ifndef NAMU_PROC_MEMBARRIER_H
#define NAMU_PROC_MEMBARRIER_H

#include "lib/types.h"

int64_t membarrier_call(int command, uint32_t flags);

#endif
