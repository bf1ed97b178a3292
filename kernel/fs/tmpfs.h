/* The file systems that are trees in memory and nothing else. */
#ifndef NAMU_FS_TMPFS_H
#define NAMU_FS_TMPFS_H

/* Register tmpfs and devtmpfs. */
void tmpfs_init(void);
void devtmpfs_init(void);

#endif
