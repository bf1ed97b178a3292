/* The floating-point and vector state's own set-up; the rest of its interface is in context.h. */
#ifndef NAMU_ARCH_FPU_H
#define NAMU_ARCH_FPU_H

#include "lib/types.h"

struct context;

void fpu_init_this_cpu(void);
/* The processor goes over from `from` to `to`: decide whose state is in the registers. Part of the dispatcher's switch.
 */
void fpu_switch(struct context *from, struct context *to);
/* The first use of the FPU since the switch (exception 7). False: no memory for the state. */
bool fpu_first_use(void);

#endif
