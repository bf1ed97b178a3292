/*
 * The mqueue file system: a tree in memory whose files are POSIX message queues, one for each ipc namespace. It is
 * there before anybody mounts it, as mq_open(3) needs no mount.
 */
#include <asm-generic/fcntl.h>
#include <linux/inotify.h>
#include <linux/mount.h>
#include <linux/stat.h>

#include "fs/acl.h"
#include "fs/mount.h"
#include "fs/notify.h"
#include "fs/open.h"
#include "fs/permission.h"
#include "fs/tree.h"
#include "fs/walk.h"
#include "ipc/mqueue.h"
#include "lib/errno.h"
#include "lib/string.h"

#define FILE_BYTES          80 /* st_size of a queue, as Linux shows it */
#define MQUEUE_MAGIC_NUMBER 0x19800202
/* Flags that say how to open, and do not stay. */
#define OPENING ((uint32_t)(O_CREAT | O_EXCL | O_TRUNC))

/* -- queues as inodes -- */

static void evict_queue(struct inode *inode)
{
	if (inode->pipe)
		mqueue_destroy(inode->pipe);
	inode->pipe = NULL;
	tree_evict(inode);
}

static int truncate_queue(struct inode *inode, uint64_t size)
{
	return 0; /* messages are no contents */
}

static const struct inode_ops queue_inode_ops = {.truncate = truncate_queue, .evict = evict_queue};

/* A queue named by `dentry`, which is negative; the directory's mutex is held. */
static int make_queue(struct inode *dir, struct dentry *dentry, uint32_t mode, const struct mq_attr *attributes)
{
	struct mqueue *mqueue = mqueue_create(tree_of(dir->superblock)->holder, attributes);
	struct inode *inode;
	int error;

	if (is_err(mqueue))
		return (int)ptr_err(mqueue);
	error = tree_inode_create(dir->superblock, dir, S_IFREG | (mode & S_IALLUGO), 0, &inode);
	if (error) {
		mqueue_destroy(mqueue);
		return error;
	}
	inode->ops = &queue_inode_ops;
	inode->file_ops = &mqueue_file_ops;
	inode->pipe = mqueue;
	inode->size = FILE_BYTES;
	tree_add_name(dir, dentry, inode);
	return 0;
}

static int mqueue_create_file(struct inode *dir, struct dentry *dentry, uint32_t mode)
{
	return make_queue(dir, dentry, mode, NULL);
}

/* Those of a tree in memory, of which a directory of queues has few. */
static struct inode_ops directory_ops;

/* -- its trees -- */

static void mqueue_statfs(struct superblock *superblock, struct statfs_info *info)
{
	memset(info, 0, sizeof(*info));
	info->type = MQUEUE_MAGIC_NUMBER;
	info->block_bytes = PAGE_SIZE;
	info->name_max = NAME_MAX_BYTES;
}

/* The tree keeps the namespace's structure. */
static void mqueue_destroy_tree(struct superblock *superblock)
{
	struct ipc_namespace *space = superblock->private_data ? tree_of(superblock)->holder : NULL;

	tree_destroy(superblock);
	if (space)
		ipc_namespace_put(space);
}

static int mqueue_mount(const struct filesystem *type, const char *source, const char *data,
			struct superblock **superblock);

static struct filesystem mqueue_filesystem = {
	.name = "mqueue",
	.mount = mqueue_mount,
	.statfs = mqueue_statfs,
	.destroy = mqueue_destroy_tree,
	.is_nodev = true,
	.is_single = true,
};

static struct mutex trees_mutex = MUTEX_INIT(trees_mutex);

static int make_tree(struct ipc_namespace *space)
{
	struct superblock *superblock;
	struct mount *mount;
	struct inode *root;
	int error = tree_create(&mqueue_filesystem, NULL, 01777, MQUEUE_MAGIC_NUMBER, &superblock);

	if (error)
		return error;
	superblock->has_acls = false;
	root = superblock->root->inode;
	root->uid = root->gid = 0;
	root->ops = &directory_ops;
	tree_of(superblock)->holder = space;
	ipc_namespace_get(space);
	mount = mount_create(superblock, superblock->root, "mqueue", MS_RELATIME);
	superblock_put(superblock);
	if (!mount)
		return -ENOMEM;
	__atomic_store_n(&space->mqueue_mount, mount, __ATOMIC_RELEASE);
	return 0;
}

/* The namespace's tree, made when it is first asked for: err_ptr -ENOMEM. No reference is taken. */
static struct mount *tree_of_namespace(struct ipc_namespace *space)
{
	int error = 0;

	if (__atomic_load_n(&space->mqueue_mount, __ATOMIC_ACQUIRE))
		return space->mqueue_mount;
	mutex_lock(&trees_mutex);
	if (!space->mqueue_mount)
		error = make_tree(space);
	mutex_unlock(&trees_mutex);
	return error ? err_ptr(error) : space->mqueue_mount;
}

static int mqueue_mount(const struct filesystem *type, const char *source, const char *data,
			struct superblock **superblock)
{
	struct mount *mount = tree_of_namespace(current_ipc());

	if (is_err(mount))
		return (int)ptr_err(mount);
	*superblock = mount->superblock;
	superblock_get(*superblock);
	return 0;
}

void mqueue_leave(struct ipc_namespace *space)
{
	struct mount *mount = space->mqueue_mount;

	space->mqueue_mount = NULL;
	if (mount)
		mount_put(mount);
}

void mqueue_init(void)
{
	directory_ops = (struct inode_ops){
		.lookup = tree_directory_ops.lookup,
		.create = mqueue_create_file,
		.unlink = tree_directory_ops.unlink,
		.readdir = tree_directory_ops.readdir,
		.prepare_write = tree_directory_ops.prepare_write,
		.evict = tree_directory_ops.evict,
	};
	filesystem_register(&mqueue_filesystem);
}

/* -- names -- */

/* One component of a path it must be. */
static int check_name(const char *name)
{
	size_t bytes = strlen(name);

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strchr(name, '/'))
		return -EACCES;
	return bytes > NAME_MAX_BYTES ? -ENAMETOOLONG : 0;
}

/* Make the queue unless it is there. The directory's mutex is held. */
static int find_or_make(struct mount *mount, struct dentry *child, uint32_t flags, uint32_t mode,
			const struct mq_attr *attributes)
{
	static const uint8_t wanted[] = {MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE};
	struct inode *dir = mount->root->inode;
	int error;

	if (child->inode) {
		if ((flags & O_CREAT) && (flags & O_EXCL))
			return -EEXIST;
		if ((flags & O_ACCMODE) == O_ACCMODE)
			return -EINVAL;
		return inode_permission(child->inode, wanted[flags & O_ACCMODE]);
	}
	if (!(flags & O_CREAT))
		return -ENOENT;
	error = permission_create(dir);
	if (!error)
		error = make_queue(dir, child, acl_apply_umask(dir, mode & S_IALLUGO), attributes);
	if (!error)
		notify_name(dir, IN_CREATE, child, child->inode);
	return error;
}

/* The place of the queue `name`, with references; it is made if need be. */
static int find_place(struct mount *mount, const char *name, uint32_t flags, uint32_t mode,
		      const struct mq_attr *attributes, struct path *path)
{
	struct inode *dir = mount->root->inode;
	int error;

	path->mount = mount;
	mutex_lock(&dir->mutex);
	error = lookup_child_locked(mount->root, name, strlen(name), true, &path->dentry);
	if (!error) {
		error = find_or_make(mount, path->dentry, flags, mode, attributes);
		if (error)
			dentry_put(path->dentry);
	}
	mutex_unlock(&dir->mutex);
	if (!error)
		mount_get(mount);
	return error;
}

struct file *mqueue_open_name(struct ipc_namespace *space, const char *name, uint32_t flags, uint32_t mode,
			      const struct mq_attr *attributes)
{
	struct mount *mount = tree_of_namespace(space);
	struct file *spare;
	struct path path;
	int error;

	if (is_err(mount))
		return (void *)mount;
	error = check_name(name);
	if (error)
		return err_ptr(error);
	/* First, so that no queue is made and then not opened for lack of memory. */
	spare = file_spare(flags & ~OPENING);
	if (!spare)
		return err_ptr(file_refusal());
	error = find_place(mount, name, flags, mode, attributes, &path);
	if (!error)
		return file_open_place(&path, flags & ~OPENING, spare);
	file_put(spare);
	return err_ptr(error);
}

int mqueue_remove_name(struct ipc_namespace *space, const char *name)
{
	struct mount *mount = tree_of_namespace(space);
	struct dentry *victim;
	struct inode *dir;
	int error;

	if (is_err(mount))
		return (int)ptr_err(mount);
	error = check_name(name);
	if (error)
		return error;
	dir = mount->root->inode;
	mutex_lock(&dir->mutex);
	error = lookup_child_locked(mount->root, name, strlen(name), false, &victim);
	if (!error) {
		error = victim->inode ? permission_remove(dir, victim, false) : -ENOENT;
		if (!error) {
			mutex_lock(&victim->inode->mutex);
			error = dir->ops->unlink(dir, victim);
			mutex_unlock(&victim->inode->mutex);
		}
		dentry_put(victim);
	}
	mutex_unlock(&dir->mutex);
	return error;
}
