/* Guards against planted links and files. */
#include "fs/protect.h"

#include <linux/stat.h>

#include "fs/permission.h"
#include "lib/errno.h"

struct protect_settings protect_settings = {.hardlinks = 1};

static uint32_t setting(const _Atomic uint32_t *value)
{
	return atomic_load_explicit(value, memory_order_relaxed);
}

int protect_symlink(const struct inode *dir, const struct inode *link)
{
	if (likely(!setting(&protect_settings.symlinks)))
		return 0;
	if ((dir->mode & (S_ISVTX | S_IWOTH)) != (S_ISVTX | S_IWOTH))
		return 0;
	return link->uid == current_cred()->fsuid || link->uid == dir->uid ? 0 : -EACCES;
}

/* One that he could not have changed anyway, or that would keep a privileged program alive. */
static bool is_safe_source(struct inode *inode)
{
	return S_ISREG(inode->mode) && !(inode->mode & S_ISUID) &&
	       (inode->mode & (S_ISGID | S_IXGRP)) != (S_ISGID | S_IXGRP) &&
	       inode_permission(inode, MAY_READ | MAY_WRITE) == 0;
}

int protect_hardlink(struct inode *inode)
{
	if (!setting(&protect_settings.hardlinks))
		return 0;
	return is_safe_source(inode) || inode_owner_or_capable(inode) ? 0 : -EPERM;
}

int protect_creation(const struct inode *dir, const struct inode *inode)
{
	uint32_t fifos = setting(&protect_settings.fifos), regular = setting(&protect_settings.regular);
	bool is_regular = S_ISREG(inode->mode), is_fifo = S_ISFIFO(inode->mode);

	if (likely(!(dir->mode & S_ISVTX)) || (is_regular && !regular) || (is_fifo && !fifos))
		return 0;
	if (inode->uid == dir->uid || inode->uid == current_cred()->fsuid)
		return 0;
	if (dir->mode & S_IWOTH)
		return -EACCES;
	if ((dir->mode & S_IWGRP) && ((is_fifo && fifos >= 2) || (is_regular && regular >= 2)))
		return -EACCES;
	return 0;
}
