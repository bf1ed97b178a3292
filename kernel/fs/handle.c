/* Handles of files, whatever the file system, see handle.h. */
#include "fs/handle.h"

#include "fs/mount.h"
#include "fs/open.h"
#include "lib/errno.h"

int handle_make(const struct path *path, struct handle *handle)
{
	struct dentry *dentry = path->dentry;
	struct inode *inode = dentry->inode;
	int error = inode->superblock->type->make_handle ? inode->superblock->type->make_handle(inode) : -EOPNOTSUPP;

	if (error)
		return error;
	*handle = (struct handle){.device = (uint32_t)inode->superblock->device, .ino = inode->ino};
	spin_lock(&vfs_lock);
	handle->parent_ino = dentry->parent->inode->ino;
	spin_unlock(&vfs_lock);
	return 0;
}

int handle_find(const struct handle *handle, const struct path *near, struct path *path)
{
	struct superblock *superblock = near->mount->superblock;
	struct dentry *dentry = NULL;
	struct inode *inode = NULL;
	int error;

	if (!superblock->type->find_handle || handle->device != (uint32_t)superblock->device || handle->zero)
		return -ESTALE;
	error = superblock->type->find_handle(superblock, handle->ino, handle->parent_ino, &dentry, &inode);
	if (error)
		return error;
	if (!dentry)
		return dentry_nameless(near, inode, path);
	if (inode)
		inode_put(inode);
	mount_get(near->mount);
	*path = (struct path){.mount = near->mount, .dentry = dentry};
	return 0;
}

struct file *handle_open(const struct handle *handle, const struct path *near, uint32_t flags)
{
	struct path path;
	int error = handle_find(handle, near, &path);

	return error ? err_ptr(error) : file_open_found(&path, flags);
}
