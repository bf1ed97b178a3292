/*
 * The vDSO (vdso(7)): one object of the page of numbers and the code behind it, mapped into every program by exec.
 */
#ifndef NAMU_PROC_VDSO_H
#define NAMU_PROC_VDSO_H

#include "vm/space.h"

/* Boot, when memory objects can be made and the clock is measured. Without memory for it, programs have no vDSO. */
void vdso_init(void);
/* Map it into a new space, at a random place above the stack (whose top is set), and set space->vdso_base. 0 or
 * -ENOMEM: base is 0. */
int vdso_map(struct vm_space *space);
/* The clock's scale or the real-time offset has changed: write the page of numbers anew. */
void vdso_update(void);

#endif
