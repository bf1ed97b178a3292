/* devtmpfs: a tree in memory that begins with the device nodes every program expects in /dev. */
#include <linux/magic.h>
#include <linux/stat.h>

#include "fs/chardev.h"
#include "fs/handle.h"
#include "fs/tmpfs.h"
#include "fs/tree.h"
#include "lib/errno.h"

#define MAJOR_TTY 5

static const struct {
	const char *name;
	uint32_t major, minor, mode;
} nodes[] = {
	{"null", MAJOR_MEMORY, 3, 0666},   {"zero", MAJOR_MEMORY, 5, 0666},    {"full", MAJOR_MEMORY, 7, 0666},
	{"random", MAJOR_MEMORY, 8, 0666}, {"urandom", MAJOR_MEMORY, 9, 0666}, {"kmsg", MAJOR_MEMORY, 11, 0644},
	{"tty", MAJOR_TTY, 0, 0666},       {"console", MAJOR_TTY, 1, 0600},    {"ptmx", MAJOR_TTY, 2, 0666},
};

static const struct {
	const char *name, *target;
} links[] = {
	{"fd", "/proc/self/fd"},
	{"stdin", "/proc/self/fd/0"},
	{"stdout", "/proc/self/fd/1"},
	{"stderr", "/proc/self/fd/2"},
};

static const struct {
	const char *name;
	uint32_t mode;
} directories[] = {{"shm", 01777}, {"pts", 0755}};

/* A negative name in the root, to be filled; null: no memory. */
static struct dentry *new_name(struct superblock *superblock, const char *name)
{
	return dentry_create(superblock->root, name, strlen(name));
}

static int make_nodes(struct superblock *superblock)
{
	struct inode *root = superblock->root->inode;
	int error = 0;

	for (size_t i = 0; i < ARRAY_LEN(nodes) && !error; i++) {
		struct dentry *dentry = new_name(superblock, nodes[i].name);
		if (!dentry)
			return -ENOMEM;
		error = root->ops->mknod(root, dentry, S_IFCHR | nodes[i].mode,
					 device_number(nodes[i].major, nodes[i].minor));
		dentry_put(dentry);
	}
	return error;
}

static int make_links(struct superblock *superblock)
{
	struct inode *root = superblock->root->inode;
	int error = 0;

	for (size_t i = 0; i < ARRAY_LEN(links) && !error; i++) {
		struct dentry *dentry = new_name(superblock, links[i].name);
		if (!dentry)
			return -ENOMEM;
		error = root->ops->symlink(root, dentry, links[i].target);
		dentry_put(dentry);
	}
	return error;
}

static int make_directories(struct superblock *superblock)
{
	struct inode *root = superblock->root->inode;
	int error = 0;

	for (size_t i = 0; i < ARRAY_LEN(directories) && !error; i++) {
		struct dentry *dentry = new_name(superblock, directories[i].name);
		if (!dentry)
			return -ENOMEM;
		error = root->ops->mkdir(root, dentry, S_IFDIR | directories[i].mode);
		dentry_put(dentry);
	}
	return error;
}

static int make_tree(const struct filesystem *type, struct superblock **superblock)
{
	int error = tree_create(type, NULL, 0755, TMPFS_MAGIC, superblock);

	if (error)
		return error;
	error = make_nodes(*superblock);
	if (!error)
		error = make_links(*superblock);
	if (!error)
		error = make_directories(*superblock);
	if (error)
		superblock_put(*superblock);
	return error;
}

/* There is one tree of it, as long as the machine runs. */
static int devtmpfs_mount(const struct filesystem *type, const char *source, const char *data,
			  struct superblock **superblock)
{
	static struct mutex mutex = MUTEX_INIT(mutex);
	static struct superblock *only;
	int error = 0;

	(void)source;
	(void)data;
	mutex_lock(&mutex);
	if (!only)
		error = make_tree(type, &only);
	if (!error) {
		superblock_get(only);
		*superblock = only;
	}
	mutex_unlock(&mutex);
	return error;
}

static struct filesystem devtmpfs = {
	.name = "devtmpfs",
	.mount = devtmpfs_mount,
	.statfs = tree_statfs,
	.reconfigure = tmpfs_reconfigure,
	.option_names = tmpfs_option_names,
	.option_is_right = tmpfs_option_is_right,
	.make_handle = tree_make_handle,
	.find_handle = tree_find_handle,
	.destroy = tree_destroy,
	.is_nodev = true,
	.is_single = true,
};

void devtmpfs_init(void)
{
	filesystem_register(&devtmpfs);
}
