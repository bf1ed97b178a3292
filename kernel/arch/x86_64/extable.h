/* Instructions of the kernel that may fault in user memory, and where to go on; and instructions chosen at boot. */
#ifndef NAMU_ARCH_EXTABLE_H
#define NAMU_ARCH_EXTABLE_H

#include "arch/x86_64/pagetable.h"
#include "lib/types.h"

/* Where to go on after an unresolved fault at `instruction`; 0: it must not fault. */
uint64_t extable_find(uint64_t instruction);
/* Put STAC and CLAC in place where SMAP is there. Once, at boot. */
void alternatives_apply(void);

#endif
