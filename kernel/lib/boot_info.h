/* What the boot found out: filled by kernel_main from the loader's record, read by the floors that need it. */
#ifndef NAMU_LIB_BOOT_INFO_H
#define NAMU_LIB_BOOT_INFO_H

#include "lib/types.h"

struct boot_info {
	const char *command_line; /* the kernel's own, "" when there is none */
	paddr_t image;            /* the root image (first module), page-aligned */
	uint64_t image_bytes;     /* 0: none */
};
extern struct boot_info boot_info;

/* The value of `name=value` on the kernel's command line, up to the next space, into `to`; false when it is not there.
 * `nth` counts from 0. */
bool boot_option(const char *name, unsigned nth, char *to, size_t room);

#endif
