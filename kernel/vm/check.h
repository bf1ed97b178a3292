/* The address spaces' part of the kernel's look at itself (lib/check.h). */
#ifndef NAMU_VM_CHECK_H
#define NAMU_VM_CHECK_H

#include "lib/check.h"

struct vm_space;

/* One space: regions against their counts, page tables against theirs. Takes its mutex. `pid` is for the findings. */
void vm_check_space(struct check *check, struct vm_space *space, int32_t pid);

#endif
