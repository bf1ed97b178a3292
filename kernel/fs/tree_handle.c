/*
 * The tree in memory: from the number of a file to the file, for handles.
 *
 * A file that was made or changed here lives as long as it has a name, and the tree's table leads to it (one made here
 * enters it with its first handle). What is not in the table is as it was in the image, or gone: it stands in the
 * directory in which the image has it, or nowhere.
 */
#include <linux/stat.h>

#include "fs/handle.h"
#include "fs/tree.h"
#include "fs/walk.h"
#include "lib/errno.h"
#include "mem/slab.h"

#define DEPTH_MAX 512u /* of directories of the image that are not in memory */

int tree_make_handle(struct inode *inode)
{
	return tree_enter(inode);
}

/* The name of the directory in memory, with a reference; null. */
static struct dentry *dentry_of(const struct inode *inode)
{
	struct dentry *dentry;

	spin_lock(&vfs_lock);
	dentry = inode->dentry;
	if (dentry)
		dentry_get_locked(dentry);
	spin_unlock(&vfs_lock);
	return dentry;
}

/* The name below `parent` that leads to number `ino` in memory, with a reference; null. */
static struct dentry *child_in_memory(struct dentry *parent, uint64_t ino)
{
	struct dentry *child, *found = NULL;

	spin_lock(&vfs_lock);
	list_for_each (child, &parent->children, sibling) {
		if (child->inode && child->inode->ino == ino && dentry_is_hashed(child)) {
			dentry_get_locked(child);
			found = child;
			break;
		}
	}
	spin_unlock(&vfs_lock);
	return found;
}

static bool is_dot_entry(const struct erofs_entry *entry)
{
	return entry->name[0] == '.' && (entry->name_bytes == 1 || (entry->name_bytes == 2 && entry->name[1] == '.'));
}

/* The name below `parent` under which the image has number `nid`, if it still leads there: *child with a reference. */
static int child_of_image(struct dentry *parent, uint64_t nid, struct dentry **child)
{
	struct inode *dir = parent->inode;
	const struct erofs_node *image = tree_image_of(dir);
	struct erofs_entry entry;
	uint64_t position = 0;
	int more = image ? 1 : 0, error;

	for (; more > 0; position++) {
		more = erofs_next(&tree_of(dir->superblock)->image, image, &position, &entry);
		if (more > 0 && entry.nid == nid && !is_dot_entry(&entry))
			break;
	}
	if (more <= 0)
		return more < 0 ? more : -ESTALE;
	mutex_lock(&dir->mutex);
	error = lookup_child_locked(parent, entry.name, entry.name_bytes, false, child);
	mutex_unlock(&dir->mutex);
	if (error)
		return error == -ENOENT ? -ESTALE : error;
	if ((*child)->inode && (*child)->inode->ino == nid)
		return 0;
	dentry_put(*child);
	return -ESTALE;
}

/* The number of the directory above directory `nid` in the image. */
static int above_in_image(const struct tree *tree, uint64_t nid, uint64_t *above)
{
	struct erofs_entry entry;
	struct erofs_node node;
	int error = erofs_read_node(&tree->image, nid, &node);

	if (!error)
		error = S_ISDIR(node.mode) ? erofs_find(&tree->image, &node, "..", 2, &entry) : -ESTALE;
	if (error)
		return -ESTALE;
	*above = entry.nid;
	return 0;
}

/* The name of directory `ino` if it is in memory, with a reference; null. */
static struct dentry *directory_in_memory(struct superblock *superblock, uint64_t ino)
{
	struct inode *inode = tree_find(superblock, ino);
	struct dentry *dentry = NULL;

	if (superblock->root->inode->ino == ino) {
		dentry = superblock->root;
		dentry_get(dentry);
	} else if (inode) {
		dentry = dentry_of(inode);
	}
	if (inode)
		inode_put(inode);
	return dentry;
}

/* Directory `ino`, with all above it: up in the image to one that is in memory, and down again. */
static int find_directory(struct superblock *superblock, uint64_t ino, struct dentry **found)
{
	const struct tree *tree = tree_of(superblock);
	struct dentry *at, *child;
	unsigned depth = 0;
	uint64_t *way;
	int error = 0;

	*found = directory_in_memory(superblock, ino);
	if (*found || !tree->image.bytes)
		return *found ? 0 : -ESTALE;
	way = kmalloc(DEPTH_MAX * sizeof(*way));
	if (!way)
		return -ENOMEM;
	for (at = NULL; !at && !error; at = directory_in_memory(superblock, ino)) {
		way[depth++] = ino;
		error = above_in_image(tree, ino, &ino);
		if (!error && depth == DEPTH_MAX)
			error = -ESTALE;
	}
	while (!error && depth) {
		error = child_of_image(at, way[--depth], &child);
		if (!error) {
			dentry_put(at);
			at = child;
		}
	}
	kfree(way);
	if (error && at)
		dentry_put(at);
	*found = error ? NULL : at;
	return error;
}

/* A file that is in the table: a name of it, if one is where it was found; *inode keeps its reference. */
static void find_alias(struct inode *inode, uint64_t parent_ino, struct dentry **dentry)
{
	struct dentry *parent;

	if (find_directory(inode->superblock, parent_ino, &parent))
		return;
	*dentry = child_in_memory(parent, inode->ino);
	if (!*dentry && tree_node_of(inode)->is_image && child_of_image(parent, inode->ino, dentry))
		*dentry = NULL;
	dentry_put(parent);
}

int tree_find_handle(struct superblock *superblock, uint64_t ino, uint64_t parent_ino, struct dentry **dentry,
		     struct inode **inode)
{
	const struct tree *tree = tree_of(superblock);
	struct erofs_node node;
	struct dentry *parent;
	int error;

	*dentry = NULL;
	*inode = tree_find(superblock, ino);
	if (*inode && !S_ISDIR((*inode)->mode)) {
		find_alias(*inode, parent_ino, dentry);
		return 0;
	}
	if (*inode)
		inode_put(*inode);
	*inode = NULL;
	if (superblock->root->inode->ino == ino || !tree->image.bytes)
		return find_directory(superblock, ino, dentry);
	/* A forged number may be none of an inode. */
	error = erofs_read_node(&tree->image, ino, &node);
	if (error || S_ISDIR(node.mode))
		return find_directory(superblock, ino, dentry);
	error = find_directory(superblock, parent_ino, &parent);
	if (error)
		return error;
	error = child_of_image(parent, ino, dentry);
	dentry_put(parent);
	return error;
}
