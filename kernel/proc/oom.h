/* Out of memory: who has to go. */
#ifndef NAMU_PROC_OOM_H
#define NAMU_PROC_OOM_H

#include "lib/types.h"

/* A process needs a page and there is none. Ends the process that holds most, or waits for one that is ending. True:
 * try again; false: the current thread is the one that ends. No spin lock is held. */
bool oom_kill(void);

#endif
