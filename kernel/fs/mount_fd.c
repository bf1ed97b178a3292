/* Mounts held by a descriptor: open_tree(2), move_mount(2), mount_setattr(2). */
#include <linux/capability.h>
#include <linux/mount.h>

#include "fs/file.h"
#include "fs/mount_ops.h"
#include "fs/mount_peers.h"
#include "lib/errno.h"

#define ATTR_FLAGS                                                                                          \
	(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR__ATIME | \
	 MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW)

/* The last descriptor is closed: what it holds and nobody has put anywhere ends. */
static void tree_release(struct file *file)
{
	if (file->private_data)
		mount_namespace_put(file->private_data);
}

static const struct file_ops tree_ops = {.name = "path", .release = tree_release};

/* A copy of the tree in a namespace that nobody sees: *path becomes its root. */
static int detached_copy(struct path *path, bool with_mounts, struct mount_namespace **space)
{
	struct mount *copy;
	int error;

	*space = mount_namespace_create(true);
	if (!*space)
		return -ENOMEM;
	mutex_lock(&mount_mutex);
	error = mount_copy_for_bind(path, with_mounts, &copy);
	if (!error)
		mount_namespace_fill(*space, copy);
	mutex_unlock(&mount_mutex);
	if (error) {
		mount_namespace_put(*space);
		return error;
	}
	mount_get(copy);
	dentry_get(copy->root);
	path_put(path);
	*path = (struct path){.mount = copy, .dentry = copy->root};
	return 0;
}

struct file *mount_tree_file(const struct path *path, struct mount_namespace *space)
{
	struct file *file = file_create(&tree_ops, FILE_O_PATH, space);

	if (!file) {
		path_put(path);
		if (space)
			mount_namespace_put(space);
		return err_ptr(file_refusal());
	}
	file->path = *path;
	file->inode = path_inode(path);
	inode_get(file->inode);
	return file;
}

struct file *mount_open_tree(int dirfd, const char *text, unsigned lookup, bool is_copy, bool with_mounts)
{
	struct mount_namespace *space = NULL;
	struct path path;
	int error;

	if (is_copy && !current_has_cap(CAP_SYS_ADMIN))
		return err_ptr(-EPERM);
	error = path_lookup_at(dirfd, text, lookup, &path);
	if (!error && is_copy) {
		error = detached_copy(&path, with_mounts, &space);
		if (error)
			path_put(&path);
	}
	return error ? err_ptr(error) : mount_tree_file(&path, space);
}

int mount_move_at(const struct mount_end *from, const struct mount_end *to)
{
	struct path source, where;
	int error;

	if (!current_has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	error = path_lookup_at(from->dirfd, from->text, from->lookup, &source);
	if (error)
		return error;
	error = path_lookup_at(to->dirfd, to->text, to->lookup, &where);
	if (!error) {
		error = mount_move(&source, &where);
		path_put(&where);
	}
	path_put(&source);
	return error;
}

/* MOUNT_ATTR_* and MS_* agree in the first four bits. */
uint32_t mount_flags_of_attr(uint64_t attr)
{
	uint32_t flags = attr & (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);

	if (attr & MOUNT_ATTR_NODIRATIME)
		flags |= MS_NODIRATIME;
	if (attr & MOUNT_ATTR_NOSYMFOLLOW)
		flags |= MOUNT_NOSYMFOLLOW;
	return flags;
}

static uint32_t changed_flags(uint32_t flags, const struct mount_attr *attr)
{
	flags = (flags & ~mount_flags_of_attr(attr->attr_clr)) | mount_flags_of_attr(attr->attr_set);
	if (!(attr->attr_clr & MOUNT_ATTR__ATIME))
		return flags;
	flags &= ~(uint32_t)(MS_NOATIME | MS_RELATIME);
	if ((attr->attr_set & MOUNT_ATTR__ATIME) == MOUNT_ATTR_NOATIME)
		return flags | MS_NOATIME;
	return (attr->attr_set & MOUNT_ATTR__ATIME) == MOUNT_ATTR_STRICTATIME ? flags : flags | MS_RELATIME;
}

static int check_attr(const struct mount_attr *attr)
{
	uint64_t times = attr->attr_set & MOUNT_ATTR__ATIME, propagation = attr->propagation;

	if (((attr->attr_set | attr->attr_clr) & ~(uint64_t)ATTR_FLAGS) || attr->userns_fd)
		return -EINVAL;
	if (attr->attr_clr & MOUNT_ATTR__ATIME) {
		if ((attr->attr_clr & MOUNT_ATTR__ATIME) != MOUNT_ATTR__ATIME)
			return -EINVAL;
		if (times != MOUNT_ATTR_RELATIME && times != MOUNT_ATTR_NOATIME && times != MOUNT_ATTR_STRICTATIME)
			return -EINVAL;
	} else if (times) {
		return -EINVAL;
	}
	if ((propagation & ~(uint64_t)(MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)) ||
	    (propagation & (propagation - 1)))
		return -EINVAL;
	return 0;
}

/* All of them or none. mount_mutex is held. */
static int set_attr(struct mount *top, const struct mount_attr *attr, bool with_mounts)
{
	struct mount *mount;
	int error = 0;

	for (mount = top; mount; mount = with_mounts ? mount_next(mount, top) : NULL) {
		uint32_t flags = changed_flags(mount->flags, attr);
		if ((flags & MS_RDONLY) && !(mount->flags & MS_RDONLY) && mount->writers)
			return -EBUSY;
	}
	if (attr->propagation)
		error = mount_set_propagation(top, (uint32_t)attr->propagation, with_mounts);
	if (error)
		return error;
	spin_lock(&vfs_lock);
	for (mount = top; mount; mount = with_mounts ? mount_next(mount, top) : NULL)
		mount->flags = changed_flags(mount->flags, attr);
	mount_namespace_changed(top->space);
	spin_unlock(&vfs_lock);
	return 0;
}

int mount_set_attr(const struct mount_end *where, const struct mount_attr *attr, bool with_mounts)
{
	struct path path;
	int error;

	if (!current_has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	error = check_attr(attr);
	if (!error)
		error = path_lookup_at(where->dirfd, where->text, where->lookup, &path);
	if (error)
		return error;
	mutex_lock(&mount_mutex);
	if (path.dentry != path.mount->root ||
	    !(mount_is_ours(path.mount) || (path.mount->space && path.mount->space->is_anonymous)))
		error = -EINVAL;
	else
		error = set_attr(path.mount, attr, with_mounts);
	mutex_unlock(&mount_mutex);
	path_put(&path);
	return error;
}
