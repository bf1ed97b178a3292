/* What mount(2) asks for. */
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/stat.h>

#include "fs/mount_ops.h"
#include "fs/mount_peers.h"
#include "fs/nsfs.h"
#include "lib/errno.h"

#define PROPAGATION_FLAGS (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

uint32_t mount_flags_of(uint32_t flags)
{
	uint32_t kept = flags & MOUNT_KEPT_FLAGS;

	/* Relative access times unless something else is asked for. */
	if (!(flags & (MS_NOATIME | MS_STRICTATIME)))
		kept |= MS_RELATIME;
	else
		kept &= ~(uint32_t)MS_RELATIME;
	return flags & MS_STRICTATIME ? kept & ~(uint32_t)MS_NOATIME : kept;
}

/* Something may be mounted there: 0, -ENOENT where the tree was taken off its place, -EINVAL where it is not ours. */
static int check_place(const struct path *place)
{
	if (!place->mount->space)
		return -ENOENT;
	return mount_is_ours(place->mount) ? 0 : -EINVAL;
}

int mount_graft(struct mount *mount, const struct path *where)
{
	struct path place = *where;
	struct list gone;
	int error;

	list_init(&gone);
	path_get(&place);
	mutex_lock(&mount_mutex);
	mount_climb(&place);
	error = check_place(&place);
	if (!error && place.mount->superblock == mount->superblock && place.mount->root == mount->root &&
	    place.dentry == place.mount->root)
		error = -EBUSY;
	if (!error)
		error = mount_tree_attach(mount, &place, &gone);
	if (error)
		mount_tree_discard(mount, &gone);
	mutex_unlock(&mount_mutex);
	mounts_drop(&gone);
	path_put(&place);
	return error;
}

int mount_make_files(const struct filesystem *type, const char *source, uint32_t flags, const char *data,
		     struct superblock **superblock)
{
	int error = type->mount(type, source, data, superblock);

	/* Of a tree of which there is one for all, only the mount takes the flags. */
	if (!error && !type->is_single) {
		(*superblock)->flags = flags & SUPERBLOCK_KEPT_FLAGS;
		(*superblock)->is_readonly = (flags & MS_RDONLY) != 0;
	}
	return error;
}

static int mount_new(const char *type_name, const char *source, const struct path *where, uint32_t flags,
		     const char *data)
{
	const struct filesystem *type = filesystem_find(type_name);
	struct superblock *superblock;
	struct mount *mount;
	int error;

	if (!type || !type->mount)
		return -ENODEV;
	error = mount_make_files(type, source, flags, data, &superblock);
	if (error)
		return error;
	mount = mount_create(superblock, superblock->root, source && *source ? source : "none", mount_flags_of(flags));
	superblock_put(superblock);
	return mount ? mount_graft(mount, where) : -ENOMEM;
}

int mount_copy_for_bind(const struct path *from, bool with_mounts, struct mount **copy)
{
	const struct inode *inode = from->dentry->inode;
	const struct mount_namespace *space = namespace_of(inode, &mount_namespace_kind);

	/* One that holds the namespace in which it stands could never end: only younger ones are bound. */
	if (space && space->ino <= mount_namespace_current()->ino)
		return -EINVAL;
	if (!namespace_kind_of(inode) && !mount_is_ours(from->mount))
		return -EINVAL;
	if (from->mount->is_unbindable)
		return -EINVAL;
	return mount_tree_copy(from->mount, from->dentry, with_mounts, 0, copy);
}

static int mount_bind(const char *source, const struct path *where, bool with_mounts)
{
	struct path from, place = *where;
	struct mount *copy;
	struct list gone;
	int error = source && *source ? path_lookup_at(AT_CWD, source, LOOKUP_FOLLOW, &from) : -EINVAL;

	if (error)
		return error;
	list_init(&gone);
	path_get(&place);
	mutex_lock(&mount_mutex);
	mount_climb(&place);
	error = check_place(&place);
	if (!error)
		error = mount_copy_for_bind(&from, with_mounts, &copy);
	if (!error) {
		error = mount_tree_attach(copy, &place, &gone);
		if (error)
			mount_tree_discard(copy, &gone);
	}
	mutex_unlock(&mount_mutex);
	mounts_drop(&gone);
	path_put(&place);
	path_put(&from);
	return error;
}

/* The mount's own flags. Bits of access times that are not named stay as they are. Both locks are held. */
static int set_flags_locked(struct mount *mount, uint32_t flags)
{
	const uint32_t times = MS_NOATIME | MS_NODIRATIME | MS_RELATIME;
	uint32_t kept = mount_flags_of(flags);

	if ((flags & MS_RDONLY) && !(mount->flags & MS_RDONLY) && mount->writers)
		return -EBUSY;
	if (!(flags & (times | MS_STRICTATIME)))
		kept = (kept & ~times) | (mount->flags & times);
	mount->flags = kept;
	return 0;
}

/* Nobody may be writing when a tree of files becomes read-only. vfs_lock is held. */
static int set_readonly_locked(struct superblock *superblock, bool is_readonly)
{
	if (is_readonly && !superblock->is_readonly && superblock->writers)
		return -EBUSY;
	superblock->is_readonly = is_readonly;
	return 0;
}

int mount_reconfigure_files(struct superblock *superblock, uint32_t flags, uint32_t mask, const char *data)
{
	bool was_readonly = superblock->is_readonly;
	int error = mask & ~MOUNT_RECONFIGURABLE ? -EINVAL : 0;

	if (!error && (mask & MS_RDONLY)) {
		spin_lock(&vfs_lock);
		error = set_readonly_locked(superblock, (flags & MS_RDONLY) != 0);
		spin_unlock(&vfs_lock);
	}
	if (!error && superblock->type->reconfigure)
		error = superblock->type->reconfigure(superblock, data);
	spin_lock(&vfs_lock);
	if (error)
		superblock->is_readonly = was_readonly;
	else
		superblock->flags = (superblock->flags & ~mask) | (flags & mask & SUPERBLOCK_KEPT_FLAGS);
	spin_unlock(&vfs_lock);
	return error;
}

static int remount_locked(struct mount *mount, uint32_t flags, const char *data)
{
	int error = flags & MS_BIND ? 0 : mount_reconfigure_files(mount->superblock, flags, MOUNT_RECONFIGURABLE, data);

	if (error)
		return error;
	spin_lock(&vfs_lock);
	error = set_flags_locked(mount, flags);
	if (!error)
		mount_namespace_changed(mount->space);
	spin_unlock(&vfs_lock);
	return error;
}

static int mount_remount(const struct path *where, uint32_t flags, const char *data)
{
	int error = -EINVAL;

	mutex_lock(&mount_mutex);
	if (where->dentry == where->mount->root && mount_is_ours(where->mount))
		error = remount_locked(where->mount, flags, data);
	mutex_unlock(&mount_mutex);
	return error;
}

static bool has_unbindable(struct mount *top)
{
	for (struct mount *mount = top; mount; mount = mount_next(mount, top)) {
		if (mount->is_unbindable)
			return true;
	}
	return false;
}

/* `from` is the root of the tree `top`, which is to stand on `place`. mount_mutex is held. */
static int check_move(const struct path *from, const struct path *place)
{
	struct mount *top = from->mount;
	bool is_detached = top->space && top->space->is_anonymous;

	int error = check_place(place);

	if (error)
		return error;
	if (from->dentry != top->root)
		return -EINVAL;
	if (is_detached ? top->parent != NULL : !mount_is_ours(top) || !top->parent || top->parent->group)
		return -EINVAL;
	if (S_ISDIR(place->dentry->inode->mode) != S_ISDIR(top->root->inode->mode))
		return -EINVAL;
	if (place->mount->group && has_unbindable(top))
		return -EINVAL;
	for (const struct mount *above = place->mount; above; above = above->parent) {
		if (above == top)
			return -ELOOP;
	}
	return 0;
}

int mount_move(const struct path *from, const struct path *where)
{
	struct mount_namespace *anonymous;
	struct path place = *where;
	struct list gone;
	int error;

	list_init(&gone);
	path_get(&place);
	mutex_lock(&mount_mutex);
	mount_climb(&place);
	error = check_move(from, &place);
	if (!error) {
		anonymous = from->mount->space->is_anonymous ? from->mount->space : NULL;
		error = mount_tree_attach(from->mount, &place, &gone);
		if (!error && anonymous)
			anonymous->root = NULL;
	}
	mutex_unlock(&mount_mutex);
	mounts_drop(&gone);
	path_put(&place);
	return error;
}

static int mount_from(const char *source, const struct path *where)
{
	struct path from;
	int error = source && *source ? path_lookup_at(AT_CWD, source, LOOKUP_FOLLOW, &from) : -EINVAL;

	if (error)
		return error;
	error = mount_move(&from, where);
	path_put(&from);
	return error;
}

int mount_set_propagation(struct mount *top, uint32_t type, bool with_mounts)
{
	int error = 0;

	/* What can fail comes first. */
	for (struct mount *mount = top; mount && type == MS_SHARED && !error;
	     mount = with_mounts ? mount_next(mount, top) : NULL) {
		mount->is_new_peer = !mount->group;
		error = peers_share(mount);
		mount->is_new_peer &= !error;
	}
	for (struct mount *mount = top; mount; mount = with_mounts ? mount_next(mount, top) : NULL) {
		struct peer_group *master = mount->master;

		if (type == MS_SLAVE || type == MS_PRIVATE || type == MS_UNBINDABLE) {
			if (type == MS_SLAVE)
				peers_make_slave(mount);
			else
				peers_make_private(mount);
			mount->is_unbindable = type == MS_UNBINDABLE;
		} else if (error && mount->is_new_peer) {
			peers_make_private(mount);
			peers_set_master(mount, master);
		}
		mount->is_new_peer = false;
	}
	if (!error && top->space)
		mount_namespace_changed(top->space);
	return error;
}

static int change_propagation(const struct path *where, uint32_t flags)
{
	uint32_t type = flags & ~(uint32_t)(MS_REC | MS_SILENT);
	int error = -EINVAL;

	if ((type & ~(uint32_t)PROPAGATION_FLAGS) || (type & (type - 1)))
		return -EINVAL;
	mutex_lock(&mount_mutex);
	if (where->dentry == where->mount->root && mount_is_ours(where->mount))
		error = mount_set_propagation(where->mount, type, (flags & MS_REC) != 0);
	mutex_unlock(&mount_mutex);
	return error;
}

int vfs_mount(const char *type, const char *source, const char *where, uint32_t flags, const char *data)
{
	struct path path;
	int error = path_lookup_at(AT_CWD, where, LOOKUP_FOLLOW, &path);

	if (error)
		return error;
	if (!current_has_cap(CAP_SYS_ADMIN))
		error = -EPERM;
	else if ((flags & (MS_REMOUNT | MS_BIND)) == (MS_REMOUNT | MS_BIND))
		error = mount_remount(&path, flags, NULL);
	else if (flags & MS_REMOUNT)
		error = mount_remount(&path, flags, data);
	else if (flags & MS_BIND)
		error = mount_bind(source, &path, (flags & MS_REC) != 0);
	else if (flags & PROPAGATION_FLAGS)
		error = change_propagation(&path, flags);
	else if (flags & MS_MOVE)
		error = mount_from(source, &path);
	else
		error = type ? mount_new(type, source, &path, flags, data) : -EINVAL;
	path_put(&path);
	return error;
}
