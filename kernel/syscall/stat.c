/* System calls that tell about files: stat, statx, access, statfs. */
#include "fs/stat.h"

#include <asm/statfs.h>
#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/stat.h>

#include "arch/x86_64/uaccess.h"
#include "fs/file.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "syscall/calls.h"

#define STAT_FLAGS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH)

static int64_t stat_path(fd_t dirfd, user_text_t path, unsigned lookup, user_out_t buffer)
{
	char *text = path_text_from_user(path, (lookup & LOOKUP_EMPTY) != 0);
	struct stat stat;
	int error;

	if (unlikely(is_err(text)))
		return ptr_err(text);
	error = stat_at(dirfd, text, lookup, &stat);
	path_text_free(text);
	return likely(!error) ? copy_to_user(buffer, &stat, sizeof(stat)) : error;
}

int64_t sys_stat(user_text_t path, user_out_t buffer)
{
	return stat_path(AT_CWD, path, LOOKUP_FOLLOW, buffer);
}

int64_t sys_lstat(user_text_t path, user_out_t buffer)
{
	return stat_path(AT_CWD, path, 0, buffer);
}

int64_t sys_fstat(fd_t fd, user_out_t buffer)
{
	struct stat stat;
	int error = stat_descriptor(fd, &stat);

	return likely(!error) ? copy_to_user(buffer, &stat, sizeof(stat)) : error;
}

static unsigned lookup_of(flags_t flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) | (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

int64_t sys_newfstatat(fd_t dirfd, user_text_t path, user_out_t buffer, flags_t flags)
{
	if (flags & ~(flags_t)STAT_FLAGS)
		return -EINVAL;
	return stat_path(dirfd, path, lookup_of(flags), buffer);
}

int64_t sys_statx(fd_t dirfd, user_text_t path, flags_t flags, uint32_t mask, user_out_t buffer)
{
	struct statx stat;
	char *text;
	int error;

	if ((flags & ~(flags_t)(STAT_FLAGS | AT_STATX_SYNC_TYPE)) || (mask & STATX__RESERVED) ||
	    (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	text = path_text_from_user(path, (flags & AT_EMPTY_PATH) != 0);
	if (is_err(text))
		return ptr_err(text);
	error = statx_at(dirfd, text, lookup_of(flags), mask, &stat);
	path_text_free(text);
	return error ? error : copy_to_user(buffer, &stat, sizeof(stat));
}

int64_t sys_faccessat2(fd_t dirfd, user_text_t path, int32_t mode, flags_t flags)
{
	char *text;
	int error;

	if ((mode & ~7) || (flags & ~(flags_t)(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
		return -EINVAL;
	text = path_text_from_user(path, (flags & AT_EMPTY_PATH) != 0);
	if (is_err(text))
		return ptr_err(text);
	error = access_at(dirfd, text, (unsigned)mode, lookup_of(flags), (flags & AT_EACCESS) != 0);
	path_text_free(text);
	return error;
}

int64_t sys_faccessat(fd_t dirfd, user_text_t path, int32_t mode)
{
	return sys_faccessat2(dirfd, path, mode, 0);
}

int64_t sys_access(user_text_t path, int32_t mode)
{
	return sys_faccessat2(AT_CWD, path, mode, 0);
}

/* Flags of statfs(2) that differ from those of mount(2). */
#define STATFS_VALID       0x20u
#define STATFS_RELATIME    0x1000u
#define STATFS_NOSYMFOLLOW 0x2000u

static uint32_t statfs_flags(const struct named_file *named)
{
	const struct mount *mount = named->path.mount;
	uint32_t flags = STATFS_VALID;

	if (!mount)
		return flags;
	flags |= mount->flags & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
	flags |= mount->flags & (MS_NOATIME | MS_NODIRATIME);
	if (mount->flags & MS_NOSYMFOLLOW)
		flags |= STATFS_NOSYMFOLLOW;
	return mount->flags & MS_RELATIME ? flags | STATFS_RELATIME : flags;
}

static int64_t statfs_named(struct named_file *named, user_out_t buffer)
{
	struct superblock *superblock = named->inode->superblock;
	struct statfs_info info = {0};
	struct statfs out;

	if (superblock->type->statfs)
		superblock->type->statfs(superblock, &info);
	memset(&out, 0, sizeof(out));
	out.f_type = (long)info.type;
	out.f_bsize = out.f_frsize = (long)info.block_bytes;
	out.f_blocks = (long)info.blocks;
	out.f_bfree = out.f_bavail = (long)info.blocks_free;
	out.f_files = (long)info.files;
	out.f_ffree = (long)info.files_free;
	out.f_fsid.val[0] = (int)superblock->device;
	out.f_namelen = (long)info.name_max;
	out.f_flags = statfs_flags(named);
	named_file_put(named);
	return copy_to_user(buffer, &out, sizeof(out));
}

int64_t sys_statfs(user_text_t path, user_out_t buffer)
{
	char *text = path_text_from_user(path, false);
	struct named_file named;
	int error;

	if (is_err(text))
		return ptr_err(text);
	error = named_file_get(AT_CWD, text, LOOKUP_FOLLOW, &named);
	path_text_free(text);
	return error ? error : statfs_named(&named, buffer);
}

int64_t sys_fstatfs(fd_t fd, user_out_t buffer)
{
	struct named_file named;
	int error = named_file_get_descriptor(fd, true, &named);

	return error ? error : statfs_named(&named, buffer);
}
