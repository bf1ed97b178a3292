/* The tree in memory: directories. Looking up, making, removing and listing names; moving them is in tree_rename.c. */
#include <linux/stat.h>

#include "fs/tree.h"
#include "lib/errno.h"
#include "mem/slab.h"
#include "sched/sched.h"

/* What a name adds to st_size of its directory, as on Linux's tmpfs. */
#define NAME_BYTES 20

/* The name in the image below `dir`: 1 and *entry, 0, or -EUCLEAN. */
static int find_in_image(const struct inode *dir, const struct dentry *dentry, struct erofs_entry *entry)
{
	const struct erofs_node *image = tree_image_of(dir);
	int error;

	if (!image || dir->names_are_complete)
		return 0;
	error = erofs_find(&tree_of(dir->superblock)->image, image, dentry->name, dentry->name_bytes, entry);
	if (error == -ENOENT)
		return 0;
	return error ? error : 1;
}

static int tree_lookup(struct inode *dir, struct dentry *dentry)
{
	struct erofs_entry entry;
	struct inode *inode;
	int found = find_in_image(dir, dentry, &entry);

	if (found <= 0)
		return found;
	found = tree_image_inode(dir->superblock, entry.nid, &inode);
	if (found) {
		log_line("root image: %s (nid %lu) cannot be read: error %d", dentry->name, entry.nid, -found);
		return found;
	}
	dentry_instantiate(dentry, inode);
	return 0;
}

void tree_count_name(struct inode *dir, int step)
{
	int64_t size = (int64_t)dir->size + step * NAME_BYTES;

	dir->size = size > 0 ? (uint64_t)size : 0;
	dir->version++;
	inode_touch(dir, false, true, true);
}

void tree_add_name(struct inode *dir, struct dentry *dentry, struct inode *inode)
{
	tree_changed(dir);
	dentry_instantiate(dentry, inode);
	dentry_pin_last(dentry, tree_node_of(dir)->next_cookie++);
	tree_count_name(dir, 1);
}

static int tree_mknod(struct inode *dir, struct dentry *dentry, uint32_t mode, uint64_t device)
{
	struct inode *inode;
	int error = tree_inode_create(dir->superblock, dir, mode, device, &inode);

	if (!error)
		tree_add_name(dir, dentry, inode);
	return error;
}

static int tree_create_file(struct inode *dir, struct dentry *dentry, uint32_t mode)
{
	return tree_mknod(dir, dentry, mode, 0);
}

static int tree_mkdir(struct inode *dir, struct dentry *dentry, uint32_t mode)
{
	int error = tree_mknod(dir, dentry, mode, 0);

	if (!error)
		dir->nlink++;
	return error;
}

static int tree_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	char *text = kstrdup(target);
	struct inode *inode;
	int error;

	if (!text)
		return -ENOMEM;
	error = tree_inode_create(dir->superblock, dir, S_IFLNK | 0777, 0, &inode);
	if (error) {
		kfree(text);
		return error;
	}
	inode->link_text = text;
	inode->size = strlen(text);
	tree_add_name(dir, dentry, inode);
	return 0;
}

static int tree_link(struct inode *dir, struct dentry *dentry, struct inode *inode)
{
	tree_changed(inode);
	inode->nlink++;
	inode_touch(inode, false, false, true);
	inode_get(inode);
	tree_add_name(dir, dentry, inode);
	return 0;
}

static int tree_tmpfile(struct inode *dir, uint32_t mode, struct inode **inode)
{
	int error = tree_inode_create(dir->superblock, dir, mode, 0, inode);

	if (!error) {
		(*inode)->nlink = 0;
		(*inode)->is_linkable = true;
	}
	return error;
}

int tree_hide_prepare(struct inode *dir, struct dentry *dentry, struct dentry **hider)
{
	struct erofs_entry entry;
	int found = find_in_image(dir, dentry, &entry);

	*hider = NULL;
	if (found <= 0)
		return found;
	*hider = dentry_alloc(dir->superblock, dentry->parent, dentry->name, dentry->name_bytes);
	if (!*hider)
		return -ENOMEM;
	(*hider)->private_word = tree_node_of(dir)->next_cookie++;
	return 0;
}

static int tree_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->inode;
	struct dentry *hider;
	int error = tree_hide_prepare(dir, dentry, &hider);

	if (error)
		return error;
	tree_changed(dir);
	tree_changed(inode);
	tree_count_name(dir, -1);
	inode->nlink--;
	inode->ctime = dir->ctime;
	dentry_remove(dentry, hider);
	if (inode->nlink == 0)
		tree_nameless(inode);
	return 0;
}

/* A name of the image that is pinned in memory is hidden or replaced: the image's entry does not count. */
static bool is_overridden(struct dentry *directory, const struct erofs_entry *entry)
{
	const struct dentry *dentry;
	struct name_key key;
	bool is_pinned;

	name_key_of(entry->name, entry->name_bytes, &key);
	spin_lock(&vfs_lock);
	dentry = dentry_find_locked(directory, entry->name, &key);
	is_pinned = dentry && dentry->is_pinned;
	spin_unlock(&vfs_lock);
	return is_pinned;
}

static bool is_dot_entry(const struct erofs_entry *entry)
{
	return entry->name[0] == '.' && (entry->name_bytes == 1 || (entry->name_bytes == 2 && entry->name[1] == '.'));
}

/* The next entry of the image at or behind *position that still counts: 1, 0 or -EUCLEAN. */
static int next_of_image(struct dentry *directory, uint64_t *position, struct erofs_entry *entry)
{
	struct inode *dir = directory->inode;
	const struct tree_node *node = tree_node_of(dir);
	const struct erofs_image *image = &tree_of(dir->superblock)->image;

	for (;; (*position)++) {
		int more = erofs_next(image, tree_image_of(dir), position, entry);

		if (more <= 0)
			return more;
		if (!is_dot_entry(entry) && (!node->is_changed || !is_overridden(directory, entry)))
			return 1;
		preempt_point();
	}
}

bool tree_is_empty(struct dentry *directory, int *error)
{
	struct inode *dir = directory->inode;
	struct dentry *child;
	struct erofs_entry entry;
	uint64_t position = 0;
	bool is_empty = true;

	*error = 0;
	spin_lock(&vfs_lock);
	list_for_each (child, &directory->children, sibling) {
		if (child->is_pinned && child->inode) {
			is_empty = false;
			break;
		}
	}
	spin_unlock(&vfs_lock);
	if (!is_empty || !tree_image_of(dir) || dir->names_are_complete)
		return is_empty;
	*error = next_of_image(directory, &position, &entry);
	if (*error <= 0)
		return true;
	*error = 0;
	return false;
}

void tree_forget_names(struct dentry *directory)
{
	for (;;) {
		struct dentry *child = NULL;

		spin_lock(&vfs_lock);
		if (!list_is_empty(&directory->children))
			child = list_last(&directory->children, struct dentry, sibling);
		spin_unlock(&vfs_lock);
		if (!child || !child->is_pinned)
			break;
		dentry_forget(child);
		dentry_unpin(child);
	}
	dentry_prune_children(directory);
}

static int tree_rmdir(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->inode;
	struct dentry *hider;
	int error;

	if (!tree_is_empty(dentry, &error))
		return -ENOTEMPTY;
	if (!error)
		error = tree_hide_prepare(dir, dentry, &hider);
	if (error)
		return error;
	tree_changed(dir);
	tree_changed(inode);
	tree_count_name(dir, -1);
	dir->nlink--;
	inode->nlink = 0;
	inode->ctime = dir->ctime;
	tree_forget_names(dentry);
	inode->names_are_complete = true;
	dentry_remove(dentry, hider);
	tree_nameless(inode);
	return 0;
}

/* The first pinned name whose cookie is at least `position`. They stand at the end of the list, in order of cookie. */
static struct dentry *first_pinned(struct dentry *directory, uint64_t position)
{
	struct dentry *found = NULL;
	struct list *at;

	spin_lock(&vfs_lock);
	for (at = directory->children.prev; at != &directory->children; at = at->prev) {
		struct dentry *dentry = list_entry(at, struct dentry, sibling);
		if (!dentry->is_pinned || dentry->private_word < position)
			break;
		found = dentry;
	}
	spin_unlock(&vfs_lock);
	return found;
}

/* The directory's mutex keeps the pinned names where they are, so they are read without vfs_lock. */
static void list_pinned(struct dentry *directory, struct dir_sink *sink, uint64_t *position)
{
	struct dentry *dentry = first_pinned(directory, *position);

	for (; dentry && &dentry->sibling != &directory->children;
	     dentry = list_entry(dentry->sibling.next, struct dentry, sibling)) {
		const struct inode *inode = dentry->inode;
		uint64_t next = dentry->private_word + 1;

		if (inode &&
		    !sink->entry(sink, dentry->name, dentry->name_bytes, inode->ino, (inode->mode >> 12) & 15, next))
			return;
		*position = next;
	}
}

static int tree_readdir(struct inode *dir, struct dir_sink *sink, uint64_t *position)
{
	struct dentry *directory = dir->dentry;
	const struct erofs_node *image = tree_image_of(dir);

	if (image && !dir->names_are_complete) {
		uint64_t end = erofs_end_position(&tree_of(dir->superblock)->image, image);

		while (*position < end) {
			struct erofs_entry entry;
			int more = next_of_image(directory, position, &entry);

			if (more < 0)
				return more;
			if (more == 0)
				break;
			if (!sink->entry(sink, entry.name, entry.name_bytes, entry.nid, entry.type, *position + 1))
				return 0;
			++*position;
		}
	}
	list_pinned(directory, sink, position);
	return 0;
}

const struct inode_ops tree_directory_ops = {
	.lookup = tree_lookup,
	.create = tree_create_file,
	.mkdir = tree_mkdir,
	.mknod = tree_mknod,
	.symlink = tree_symlink,
	.link = tree_link,
	.unlink = tree_unlink,
	.rmdir = tree_rmdir,
	.rename = tree_rename,
	.tmpfile = tree_tmpfile,
	.readdir = tree_readdir,
	.prepare_write = tree_prepare_write,
	.getxattr = tree_getxattr,
	.setxattr = tree_setxattr,
	.listxattr = tree_listxattr,
	.removexattr = tree_removexattr,
	.evict = tree_evict,
};
