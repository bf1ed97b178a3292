/*
 * Inodes without a name: three small superblocks, as Linux shows them by different st_dev.
 */
#include "fs/anon.h"

#include <linux/mount.h>
#include <linux/stat.h>

#include "fs/dentry.h"
#include "fs/mount.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"

#define ANON_BLOCK_BYTES 4096

static const uint64_t anon_magic[ANON_KINDS] = {[ANON_SHARED] = 0x09041934,
						[ANON_PIPE] = 0x50495045,
						[ANON_MEMORY] = 0x01021994,
						[ANON_SOCKET] = 0x534f434b,
						[ANON_NAMESPACE] = 0x6e736673};

static void anon_statfs(struct superblock *superblock, struct statfs_info *info)
{
	memset(info, 0, sizeof(*info));
	info->type = (uint64_t)superblock->private_data;
	info->block_bytes = ANON_BLOCK_BYTES;
	info->name_max = NAME_MAX_BYTES;
}

static const struct filesystem anon_filesystem[ANON_KINDS] = {
	[ANON_SHARED] = {.name = "anon_inodefs", .statfs = anon_statfs, .is_nodev = true},
	[ANON_PIPE] = {.name = "pipefs", .statfs = anon_statfs, .is_nodev = true},
	[ANON_MEMORY] = {.name = "tmpfs", .statfs = anon_statfs, .is_nodev = true},
	[ANON_SOCKET] = {.name = "sockfs", .statfs = anon_statfs, .is_nodev = true},
	[ANON_NAMESPACE] = {.name = "nsfs", .statfs = anon_statfs, .is_nodev = true}};

static struct superblock anon_superblocks[ANON_KINDS];
/* Made at boot, for ever: the mounts that paths of such files go through, and the inode that all share. */
static struct mount *anon_mounts[ANON_KINDS];
static struct inode *shared_inode;

/* Device numbers of the kind Linux gives to file systems without a device: major 0, minors of their own far above those
 * of mounts. */
#define ANON_FIRST_MINOR 0xe0

static struct superblock *superblock_of(enum anon_kind kind)
{
	struct superblock *superblock = &anon_superblocks[kind];

	if (likely(superblock->type))
		return superblock;
	refcount_init(&superblock->refs, 1);
	superblock->device = ANON_FIRST_MINOR + kind;
	superblock->private_data = (void *)anon_magic[kind];
	superblock->page_limit = UINT64_MAX;
	superblock->inode_limit = UINT64_MAX;
	atomic_init(&superblock->next_ino, 1);
	superblock->type = &anon_filesystem[kind];
	return superblock;
}

static const struct inode_ops anon_inode_ops = {0};

static const uint32_t anon_type[ANON_KINDS] = {
	[ANON_PIPE] = S_IFIFO, [ANON_MEMORY] = S_IFREG, [ANON_SOCKET] = S_IFSOCK, [ANON_NAMESPACE] = S_IFREG};

struct inode *anon_inode_create(enum anon_kind kind, uint32_t permissions)
{
	struct inode *inode = inode_create(superblock_of(kind), anon_type[kind] | permissions);

	if (!inode)
		return NULL;
	inode->uid = current_cred()->fsuid;
	inode->gid = current_cred()->fsgid;
	inode->nlink = 1;
	inode->ops = &anon_inode_ops;
	inode_set_special(inode, 0); /* what can be opened anew gets other operations */
	return inode;
}

uint64_t anon_device(enum anon_kind kind)
{
	return superblock_of(kind)->device;
}

struct inode *anon_shared_inode(void)
{
	return shared_inode;
}

struct file *anon_file_create(const struct file_ops *ops, uint32_t flags, void *private_data)
{
	struct file *file = file_create(ops, flags, private_data);

	if (!file)
		return NULL;
	file->inode = anon_shared_inode();
	inode_get(file->inode);
	return file;
}

/* A mount has a root because every mount has one; nobody ever stands there. */
static int make_mount(enum anon_kind kind)
{
	struct superblock *superblock = superblock_of(kind);
	struct inode *root = inode_create(superblock, S_IFDIR | 0555);

	if (!root || superblock_set_root(superblock, root) != 0)
		return -ENOMEM;
	anon_mounts[kind] = mount_create(superblock, superblock->root, superblock->type->name, MS_RELATIME);
	return anon_mounts[kind] ? 0 : -ENOMEM;
}

int anon_init(void)
{
	shared_inode = anon_inode_create(ANON_SHARED, 0600);
	if (!shared_inode || make_mount(ANON_SHARED) || make_mount(ANON_PIPE) || make_mount(ANON_MEMORY) ||
	    make_mount(ANON_SOCKET) || make_mount(ANON_NAMESPACE))
		return -ENOMEM;
	return 0;
}

int anon_place(enum anon_kind kind, struct inode *inode, const char *name, size_t bytes, struct path *path)
{
	path->mount = anon_mounts[kind];
	path->dentry = dentry_alloc(path->mount->superblock, NULL, name, MIN(bytes, (size_t)NAME_MAX_BYTES));
	if (!path->dentry) {
		inode_put(inode);
		return -ENOMEM;
	}
	dentry_instantiate(path->dentry, inode);
	mount_get(path->mount);
	return 0;
}

int anon_path(struct file *file, struct path *path)
{
	struct inode *inode = file_inode(file);
	enum anon_kind kind = ANON_SHARED;
	char name[NAME_MAX_BYTES + 1];
	int bytes;

	while (kind < ANON_KINDS && inode->superblock != &anon_superblocks[kind])
		kind++;
	if (kind == ANON_KINDS)
		return -ENXIO;
	if (file->ops->link_text)
		bytes = (int)file->ops->link_text(file, name, sizeof(name));
	else if (kind == ANON_SHARED)
		bytes = string_format(name, sizeof(name), "anon_inode:%s", file->ops->name);
	else
		bytes = string_format(name, sizeof(name), "%s:[%lu]", file->ops->name, inode->ino);
	inode_get(inode);
	return anon_place(kind, inode, name, (size_t)bytes, path);
}
