/* Trees of files and the register of file system types. */
#include "fs/mount.h"
#include "fs/notify.h"
#include "fs/open.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "mem/slab.h"

static struct slab_cache superblock_cache = SLAB_CACHE("superblock", struct superblock);

static struct list filesystems = LIST_INIT(filesystems); /* under vfs_lock; types are never taken back */
static _Atomic uint32_t next_device = 1; /* minor numbers of device major 0, as for all trees without a disk */

void filesystem_register(struct filesystem *type)
{
	spin_lock(&vfs_lock);
	list_append(&filesystems, &type->link);
	spin_unlock(&vfs_lock);
}

const struct filesystem *filesystem_find(const char *name)
{
	const struct filesystem *found = NULL;
	struct filesystem *type;

	spin_lock(&vfs_lock);
	list_for_each (type, &filesystems, link) {
		if (strcmp(type->name, name) == 0) {
			found = type;
			break;
		}
	}
	spin_unlock(&vfs_lock);
	return found;
}

void filesystem_for_each(void (*visit)(const struct filesystem *type, void *arg), void *arg)
{
	struct filesystem *type;

	/* Types are only ever added, at the end: the list may be read while the lock is free. */
	list_for_each (type, &filesystems, link)
		visit(type, arg);
}

/* Minor numbers above 255 lie above the major's bits in Linux's encoding. */
static uint64_t take_device(void)
{
	uint64_t minor = atomic_fetch_add_explicit(&next_device, 1, memory_order_relaxed) & 0xfffff;

	return (minor & 0xff) | (minor & ~0xffull) << 12;
}

struct superblock *superblock_create(const struct filesystem *type)
{
	struct superblock *superblock = slab_alloc(&superblock_cache);

	if (!superblock)
		return NULL;
	refcount_init(&superblock->refs, 1);
	superblock->type = type;
	superblock->device = take_device();
	atomic_init(&superblock->next_ino, 1);
	superblock->page_limit = UINT64_MAX;
	superblock->inode_limit = UINT64_MAX;
	return superblock;
}

int superblock_set_root(struct superblock *superblock, struct inode *inode)
{
	struct dentry *root = dentry_alloc(superblock, NULL, "/", 1);

	if (!root) {
		inode_put(inode);
		return -ENOMEM;
	}
	dentry_instantiate(root, inode);
	superblock->root = root;
	return 0;
}

int dentry_nameless(const struct path *near, struct inode *inode, struct path *place)
{
	char name[24];
	size_t bytes = (size_t)string_format(name, sizeof(name), "#%lu", inode->ino);
	struct dentry *dentry = dentry_alloc(inode->superblock, near->mount->root, name, bytes);

	if (!dentry) {
		inode_put(inode);
		return -ENOMEM;
	}
	dentry->is_unlinked = true;
	dentry_instantiate(dentry, inode);
	mount_get(near->mount);
	*place = (struct path){.mount = near->mount, .dentry = dentry};
	return 0;
}

void superblock_get(struct superblock *superblock)
{
	refcount_get(&superblock->refs);
}

void superblock_put(struct superblock *superblock)
{
	if (!refcount_put(&superblock->refs))
		return;
	notify_unmounted(superblock);
	if (superblock->root)
		dentry_end_tree(superblock->root);
	if (superblock->type->destroy)
		superblock->type->destroy(superblock);
	slab_free(&superblock_cache, superblock);
}
