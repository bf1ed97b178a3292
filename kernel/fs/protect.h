/*
 * Guards against planted links and files in directories that everybody may write to: fs.protected_symlinks,
 * _hardlinks, _fifos, _regular of proc(5). Each is a setting below /proc/sys/fs.
 */
#ifndef NAMU_FS_PROTECT_H
#define NAMU_FS_PROTECT_H

#include "fs/vfs.h"

/* Lock key: (a) atomic. */
struct protect_settings {
	_Atomic uint32_t symlinks;  /* (a) 0 or 1 */
	_Atomic uint32_t hardlinks; /* (a) 0 or 1 */
	_Atomic uint32_t fifos;     /* (a) 0 to 2 */
	_Atomic uint32_t regular;   /* (a) 0 to 2 */
};
extern struct protect_settings protect_settings;

/* May the link that stands in `dir` be followed at the end of a path? 0 or -EACCES. */
int protect_symlink(const struct inode *dir, const struct inode *link);
/* May another name be given to the file? 0 or -EPERM. */
int protect_hardlink(struct inode *inode);
/* May a file that stood in `dir` be opened by O_CREAT? 0 or -EACCES. */
int protect_creation(const struct inode *dir, const struct inode *inode);

#endif
