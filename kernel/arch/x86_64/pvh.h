/* The PVH boot record (Xen public interface, "x86/HVM direct boot ABI"): memory map, modules, command line. */
#ifndef NAMU_ARCH_PVH_H
#define NAMU_ARCH_PVH_H

#include "lib/types.h"

struct memory_range;

/* Read the record at physical address `record`: boot_info is filled, up to `room` ranges go to `ranges`. Returns their
 * number; panics when the record is not one. Runs before any allocator: what must survive is copied. */
unsigned pvh_read(paddr_t record, struct memory_range *ranges, unsigned room);

#endif
