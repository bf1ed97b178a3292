/* What mount(2) and umount2(2) ask for. */
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/stat.h>

#include "fs/mount.h"
#include "fs/permission.h"
#include "lib/errno.h"

/* Mounts are not propagated to other namespaces, so making one private or shared changes nothing. */
#define PROPAGATION_FLAGS (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

#define UNMOUNT_FORCE    1
#define UNMOUNT_DETACH   2
#define UNMOUNT_NOFOLLOW 8

static int mount_new(const char *type_name, const char *source, const struct path *where, uint32_t flags,
		     const char *data)
{
	const struct filesystem *type = filesystem_find(type_name);
	struct superblock *superblock;
	struct mount *mount;
	int error;

	if (!type)
		return -ENODEV;
	error = type->mount(type, source, data, &superblock);
	if (error)
		return error;
	if (flags & MS_RDONLY)
		superblock->is_readonly = true;
	mount = mount_create(superblock, superblock->root, source && *source ? source : "none", flags);
	superblock_put(superblock);
	if (!mount)
		return -ENOMEM;
	error = mount_attach(mount, where);
	if (error)
		mount_put(mount);
	return error;
}

static int mount_bind(const char *source, const struct path *where)
{
	struct mount *mount;
	struct path from;
	int error = path_lookup_at(AT_CWD, source, LOOKUP_FOLLOW, &from);

	if (error)
		return error;
	mount = mount_create(from.mount->superblock, from.dentry, from.mount->source, from.mount->flags);
	path_put(&from);
	if (!mount)
		return -ENOMEM;
	error = mount_attach(mount, where);
	if (error)
		mount_put(mount);
	return error;
}

static int mount_remount(const struct path *where, uint32_t flags)
{
	if (where->dentry != where->mount->root)
		return -EINVAL;
	spin_lock(&vfs_lock);
	where->mount->flags = flags & MOUNT_KEPT_FLAGS;
	if (!(flags & MS_BIND))
		where->mount->superblock->is_readonly = (flags & MS_RDONLY) != 0;
	spin_unlock(&vfs_lock);
	return 0;
}

static int mount_from(const char *source, const struct path *where)
{
	struct path from;
	int error = path_lookup_at(AT_CWD, source, LOOKUP_FOLLOW, &from);

	if (error)
		return error;
	error = from.dentry == from.mount->root ? mount_move(from.mount, where) : -EINVAL;
	path_put(&from);
	return error;
}

int vfs_mount(const char *type, const char *source, const char *where, uint32_t flags, const char *data)
{
	struct path path;
	int error;

	if (!current_has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	error = path_lookup_at(AT_CWD, where, LOOKUP_FOLLOW, &path);
	if (error)
		return error;
	if (flags & MS_REMOUNT)
		error = mount_remount(&path, flags);
	else if (flags & MS_BIND)
		error = source ? mount_bind(source, &path) : -EINVAL;
	else if (flags & PROPAGATION_FLAGS)
		error = path.dentry == path.mount->root ? 0 : -EINVAL;
	else if (flags & MS_MOVE)
		error = source ? mount_from(source, &path) : -EINVAL;
	else
		error = type ? mount_new(type, source, &path, flags, data) : -EINVAL;
	path_put(&path);
	return error;
}

int vfs_unmount(struct path *where, int flags)
{
	if (flags & ~(UNMOUNT_FORCE | UNMOUNT_DETACH | UNMOUNT_NOFOLLOW))
		return -EINVAL;
	if (!current_has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	if (where->dentry != where->mount->root)
		return -EINVAL;
	return mount_detach(where->mount, (flags & UNMOUNT_DETACH) != 0, 1);
}
