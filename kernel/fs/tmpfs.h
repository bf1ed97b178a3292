/* The file systems that are trees in memory and nothing else. */
#ifndef NAMU_FS_TMPFS_H
#define NAMU_FS_TMPFS_H

#include "lib/types.h"

struct superblock;

/* Register tmpfs and devtmpfs. */
void tmpfs_init(void);
void devtmpfs_init(void);

/* Both take the same options (struct filesystem says what these are). */
extern const char *const tmpfs_option_names[];
bool tmpfs_option_is_right(const char *option);
int tmpfs_reconfigure(struct superblock *superblock, const char *data);

#endif
