/* Permission, as path_resolution(7) and capabilities(7) have it. */
#include "fs/permission.h"

#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/stat.h>

#include "fs/acl.h"
#include "lib/errno.h"

bool permission_by_mode(const struct inode *inode, unsigned mask, const struct cred *cred)
{
	uint32_t mode = inode->mode, bits = mode;

	if (cred->fsuid == inode->uid)
		bits >>= 6;
	else if (unlikely(inode->acl) && (mode & 0070))
		bits = acl_permits(inode, mask, cred) ? mask : 0;
	else if (((mode >> 3 ^ mode) & mask) && cred_in_group(cred, inode->gid))
		bits >>= 3;
	if (likely((mask & ~bits & 7) == 0))
		return true;
	if (S_ISDIR(mode)) {
		if (!(mask & MAY_WRITE) && cred_has_cap(cred, CAP_DAC_READ_SEARCH))
			return true;
		return cred_has_cap(cred, CAP_DAC_OVERRIDE);
	}
	if (mask == MAY_READ && cred_has_cap(cred, CAP_DAC_READ_SEARCH))
		return true;
	/* Even root executes only what somebody may execute. */
	return (!(mask & MAY_EXECUTE) || (mode & 0111)) && cred_has_cap(cred, CAP_DAC_OVERRIDE);
}

int permission_check(struct inode *inode, unsigned mask, const struct cred *cred)
{
	if ((mask & MAY_WRITE) && inode->superblock->is_readonly &&
	    (S_ISREG(inode->mode) || S_ISDIR(inode->mode) || S_ISLNK(inode->mode)))
		return -EROFS;
	if (inode->ops && inode->ops->permission)
		return inode->ops->permission(inode, mask);
	return permission_by_mode(inode, mask, cred) ? 0 : -EACCES;
}

int inode_permission(struct inode *inode, unsigned mask)
{
	return permission_check(inode, mask, current_cred());
}

bool inode_owner_or_capable(struct inode *inode)
{
	const struct cred *cred = current_cred();

	return cred->fsuid == inode->uid || cred_has_cap(cred, CAP_FOWNER);
}

int permission_create(struct inode *dir)
{
	if (dir->nlink == 0)
		return -ENOENT;
	return inode_permission(dir, MAY_WRITE | MAY_EXECUTE);
}

/* In a sticky directory only the owner of the file or of the directory may take a name away. */
static bool sticky_forbids(const struct inode *dir, const struct inode *inode)
{
	const struct cred *cred = current_cred();

	if (!(dir->mode & S_ISVTX) || inode->uid == cred->fsuid || dir->uid == cred->fsuid)
		return false;
	return !cred_has_cap(cred, CAP_FOWNER);
}

int permission_remove(struct inode *dir, const struct dentry *victim, bool as_directory)
{
	const struct inode *inode = victim->inode;
	int error;

	if (!inode)
		return -ENOENT;
	error = inode_permission(dir, MAY_WRITE | MAY_EXECUTE);
	if (error)
		return error;
	if (sticky_forbids(dir, inode))
		return -EPERM;
	if (as_directory) {
		if (!S_ISDIR(inode->mode))
			return -ENOTDIR;
		if (victim->parent == victim)
			return -EBUSY;
	} else if (S_ISDIR(inode->mode)) {
		return -EISDIR;
	}
	return dir->nlink == 0 ? -ENOENT : 0;
}

uint32_t mode_without_foreign_setgid(uint32_t mode, uint32_t gid)
{
	const struct cred *cred = current_cred();

	if ((mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && !cred_in_group(cred, gid) &&
	    !cred_has_cap(cred, CAP_FSETID))
		mode &= ~(uint32_t)S_ISGID;
	return mode;
}

void inode_init_owner(struct inode *inode, const struct inode *dir, uint32_t mode)
{
	const struct cred *cred = current_cred();

	inode->uid = cred->fsuid;
	inode->gid = cred->fsgid;
	if (dir && (dir->mode & S_ISGID)) {
		inode->gid = dir->gid;
		if (S_ISDIR(mode))
			mode |= S_ISGID;
		else
			mode = mode_without_foreign_setgid(mode, dir->gid);
	}
	inode->mode = mode;
}

int path_writable(const struct path *path)
{
	return (path->mount->flags & MS_RDONLY) || path->mount->superblock->is_readonly ? -EROFS : 0;
}
