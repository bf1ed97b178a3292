/* The process tree's part of the kernel's look at itself (lib/check.h), and the whole of it. */
#ifndef NAMU_PROC_CHECK_H
#define NAMU_PROC_CHECK_H

#include "lib/check.h"

/* Everything, floor by floor, under each one's locks: other processors may go on meanwhile. */
void kernel_check(struct check *check);

#endif
