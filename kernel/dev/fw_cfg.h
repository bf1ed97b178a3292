/* QEMU's firmware configuration device: named items given by -fw_cfg (QEMU docs/specs/fw_cfg). */
#ifndef NAMU_DEV_FW_CFG_H
#define NAMU_DEV_FW_CFG_H

#include "lib/types.h"

/* Read the item `name` whole into fresh memory (kmalloc, or whole pages for large ones; kept for ever). 0; -ENOENT: no
 * such item or no such device; -E2BIG beyond `limit`; -ENOMEM; -EIO. */
int fw_cfg_read(const char *name, size_t limit, void **data, size_t *bytes);

/* How many processors the machine has; 1 when it does not say. */
uint32_t fw_cfg_processors(void);

#endif
