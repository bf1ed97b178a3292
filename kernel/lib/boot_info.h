/* What the boot found out: filled by kernel_main from the loader's record, read by the floors that need it. */
#ifndef NAMU_LIB_BOOT_INFO_H
#define NAMU_LIB_BOOT_INFO_H

#include "lib/types.h"

struct boot_info {
	const char *command_line; /* the kernel's own, "" when there is none */
	paddr_t image;            /* the root image, page-aligned: the first module, or where boot_image_option says */
	uint64_t image_bytes;     /* 0: none */
};
extern struct boot_info boot_info;

/* The value of `name=value` on the kernel's command line, up to the next space, into `to`; false when it is not there.
 * `nth` counts from 0. */
bool boot_option(const char *name, unsigned nth, char *to, size_t room);

/* Take the root image's place from the option `image=START+BYTES` (hexadecimal, whole pages) when the loader gave no
 * module: the host has mapped it there. Null, or what is wrong with the option. */
const char *boot_image_option(void);

#endif
