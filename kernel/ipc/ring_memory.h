/* Memory of byte rings: whole pages on behalf of a process, so that full pipes cannot use up the kernel's own reserve.
 */
#ifndef NAMU_IPC_RING_MEMORY_H
#define NAMU_IPC_RING_MEMORY_H

#include "lib/types.h"

/* `bytes`: a power of two, at least PAGE_SIZE. Null: no memory in one piece. */
void *ring_memory_alloc(uint32_t bytes);
void ring_memory_free(void *memory); /* null is let pass */

#endif
