/* stat(2) and its kin, access(2), and files named by a path or by a descriptor alone. */
#include "fs/stat.h"

#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/stat.h>

#include "fs/chardev.h"
#include "fs/file.h"
#include "fs/permission.h"
#include "fs/walk.h"
#include "lib/errno.h"

#define SECURE_NO_FIXUP (1u << 2) /* SECBIT_NO_SETUID_FIXUP */

static uint64_t blocks_of(const struct inode *inode)
{
	uint64_t own = inode->object ? memobj_page_count(inode->object) * (PAGE_SIZE / 512) : 0;

	return MAX(own, (uint64_t)inode->image_blocks);
}

/* Every field is set one by one, those without a meaning too: clearing all of it first would cost as much again. */
static void fill(const struct inode *inode, struct stat *stat)
{
	stat->st_dev = inode->superblock->device;
	stat->st_ino = inode->ino;
	stat->st_nlink = inode->nlink;
	stat->st_mode = inode->mode;
	stat->st_uid = inode->uid;
	stat->st_gid = inode->gid;
	stat->__pad0 = 0;
	stat->st_rdev = inode->device;
	stat->st_size = (long)inode_size(inode);
	stat->st_blksize = PAGE_SIZE;
	stat->st_blocks = (long)blocks_of(inode);
	stat->st_atime = (unsigned long)inode->atime.sec;
	stat->st_atime_nsec = inode->atime.nsec;
	stat->st_mtime = (unsigned long)inode->mtime.sec;
	stat->st_mtime_nsec = inode->mtime.nsec;
	stat->st_ctime = (unsigned long)inode->ctime.sec;
	stat->st_ctime_nsec = inode->ctime.nsec;
	for (size_t i = 0; i < ARRAY_LEN(stat->__unused); i++)
		stat->__unused[i] = 0;
}

static int refresh(struct inode *inode)
{
	return inode->ops->getattr ? inode->ops->getattr(inode) : 0;
}

int named_file_get_descriptor(int fd, bool allow_path_only, struct named_file *named)
{
	struct file *file = allow_path_only ? fd_get_path(fd) : fd_get(fd);

	if (!file)
		return -EBADF;
	named->inode = file_inode(file);
	inode_get(named->inode);
	named->path = file->path;
	if (named->path.dentry)
		path_get(&named->path);
	file_put(file);
	return 0;
}

int named_file_get(int dirfd, const char *text, unsigned lookup, struct named_file *named)
{
	int error;

	if (!text[0] && (lookup & LOOKUP_EMPTY) && dirfd != AT_CWD)
		return named_file_get_descriptor(dirfd, true, named);
	error = path_lookup_at(dirfd, text, lookup, &named->path);
	if (error)
		return error;
	named->inode = named->path.dentry->inode;
	inode_get(named->inode);
	return 0;
}

void named_file_put(struct named_file *named)
{
	inode_put(named->inode);
	if (named->path.dentry)
		path_put(&named->path);
}

int stat_descriptor(int fd, struct stat *stat)
{
	struct fd_loan loan = fd_borrow(fd);
	struct named_file named;
	int error;

	if (likely(loan.file)) {
		struct inode *inode = file_inode(loan.file);
		error = refresh(inode);
		if (!error)
			fill(inode, stat);
		fd_give_back(loan);
		return error;
	}
	error = named_file_get_descriptor(fd, true, &named);
	if (error)
		return error;
	error = refresh(named.inode);
	if (!error)
		fill(named.inode, stat);
	named_file_put(&named);
	return error;
}

int stat_at(int dirfd, const char *text, unsigned lookup, struct stat *stat)
{
	struct walk walk;
	struct path path;
	int error;

	if (!text[0] && (lookup & LOOKUP_EMPTY) && dirfd != AT_CWD)
		return stat_descriptor(dirfd, stat);
	error = walk_begin(&walk, dirfd, text, lookup, current_cred());
	if (error)
		return error;
	error = walk_all(&walk);
	if (unlikely(error)) {
		walk_end(&walk);
		return error;
	}
	/* While the walk's lock is held the file stays, so most need no reference. */
	if (likely(!walk.dentry->inode->ops->getattr)) {
		fill(walk.dentry->inode, stat);
		walk_end(&walk);
		return 0;
	}
	walk_end_at(&walk, &path);
	error = refresh(path.dentry->inode);
	if (!error)
		fill(path.dentry->inode, stat);
	path_put(&path);
	return error;
}

static struct statx_timestamp statx_time(struct timestamp time)
{
	return (struct statx_timestamp){.tv_sec = time.sec, .tv_nsec = time.nsec};
}

static void fill_statx(const struct named_file *named, unsigned mask, struct statx *stat)
{
	const struct inode *inode = named->inode;
	const struct mount *mount = named->path.mount;

	memset(stat, 0, sizeof(*stat));
	stat->stx_mask = STATX_BASIC_STATS | STATX_BTIME;
	stat->stx_blksize = PAGE_SIZE;
	stat->stx_nlink = inode->nlink;
	stat->stx_uid = inode->uid;
	stat->stx_gid = inode->gid;
	stat->stx_mode = (uint16_t)inode->mode;
	stat->stx_ino = inode->ino;
	stat->stx_size = inode_size(inode);
	stat->stx_blocks = blocks_of(inode);
	stat->stx_atime = statx_time(inode->atime);
	stat->stx_btime = statx_time(inode->btime);
	stat->stx_ctime = statx_time(inode->ctime);
	stat->stx_mtime = statx_time(inode->mtime);
	stat->stx_rdev_major = device_major(inode->device);
	stat->stx_rdev_minor = device_minor(inode->device);
	stat->stx_dev_major = device_major(inode->superblock->device);
	stat->stx_dev_minor = device_minor(inode->superblock->device);
	stat->stx_attributes_mask = STATX_ATTR_MOUNT_ROOT;
	if (mount && named->path.dentry == mount->root)
		stat->stx_attributes |= STATX_ATTR_MOUNT_ROOT;
	if (mount && (mask & STATX_MNT_ID)) {
		stat->stx_mask |= STATX_MNT_ID;
		stat->stx_mnt_id = mount->id;
	}
}

int statx_at(int dirfd, const char *text, unsigned lookup, unsigned mask, struct statx *stat)
{
	struct named_file named;
	int error = named_file_get(dirfd, text, lookup, &named);

	if (error)
		return error;
	error = refresh(named.inode);
	if (!error)
		fill_statx(&named, mask, stat);
	named_file_put(&named);
	return error;
}

/* The credentials that access(2) asks with: the real ids, and the capabilities that the real user id would have. */
static const struct cred *real_cred(const struct cred *cred)
{
	uint64_t capabilities = cred->cap_effective;
	struct cred *real;

	if (!(cred->securebits & SECURE_NO_FIXUP))
		capabilities = cred->uid == 0 ? cred->cap_permitted : 0;
	if (cred->uid == cred->fsuid && cred->gid == cred->fsgid && capabilities == cred->cap_effective)
		return cred_get(cred);
	real = cred_copy(cred);
	if (!real)
		return NULL;
	real->fsuid = real->uid;
	real->fsgid = real->gid;
	real->cap_effective = capabilities;
	return real;
}

static int check_access(const struct path *path, unsigned mask, const struct cred *cred)
{
	struct inode *inode = path->dentry->inode;
	int error = 0;

	if ((mask & MAY_EXECUTE) && S_ISREG(inode->mode) && (path->mount->flags & MS_NOEXEC))
		return -EACCES;
	if (mask)
		error = permission_check(inode, mask, cred);
	/* What stands for a device or a pipe is not written to the disk. */
	if (!error && (mask & MAY_WRITE) && (S_ISREG(inode->mode) || S_ISDIR(inode->mode)))
		error = path_writable(path);
	return error;
}

int access_at(int dirfd, const char *text, unsigned mask, unsigned lookup, bool by_effective_ids)
{
	const struct cred *cred = by_effective_ids ? cred_get(current_cred()) : real_cred(current_cred());
	struct walk walk;
	struct path path;
	int error;

	if (!cred)
		return -ENOMEM;
	error = walk_begin(&walk, dirfd, text, lookup, cred);
	if (!error) {
		error = walk_all(&walk);
		if (error) {
			walk_end(&walk);
		} else {
			walk_end_at(&walk, &path);
			error = check_access(&path, mask, cred);
			path_put(&path);
		}
	}
	cred_put(cred);
	return error;
}
