/* The tree in memory: extended attributes, a short list on each node. Those of the image are not read (doc/caveats.md).
 */
#include <linux/xattr.h>

#include "fs/tree.h"
#include "lib/errno.h"
#include "mem/slab.h"

/* All attributes of one file together: names, values and their heads. */
#define XATTR_BYTES_LIMIT (128 * 1024)

struct tree_xattr {
	struct tree_xattr *next;
	char *value; /* in the same block, behind the name */
	size_t bytes;
	char name[];
};

static struct tree_xattr **find(struct tree_node *node, const char *name)
{
	struct tree_xattr **at = &node->xattrs;

	while (*at && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	return at;
}

int64_t tree_getxattr(struct inode *inode, const char *name, void *value, size_t room)
{
	const struct tree_xattr *xattr = *find(tree_node_of(inode), name);

	if (!xattr)
		return -ENODATA;
	if (room == 0)
		return (int64_t)xattr->bytes;
	if (room < xattr->bytes)
		return -ERANGE;
	memcpy(value, xattr->value, xattr->bytes);
	return (int64_t)xattr->bytes;
}

static size_t bytes_of_all(const struct tree_node *node)
{
	size_t sum = 0;

	for (const struct tree_xattr *at = node->xattrs; at; at = at->next)
		sum += sizeof(*at) + strlen(at->name) + 1 + at->bytes;
	return sum;
}

int tree_setxattr(struct inode *inode, const char *name, const void *value, size_t bytes, int flags)
{
	struct tree_node *node = tree_node_of(inode);
	struct tree_xattr **place = find(node, name), *old = *place, *made;
	size_t name_bytes = strlen(name) + 1;

	if (old && (flags & XATTR_CREATE))
		return -EEXIST;
	if (!old && (flags & XATTR_REPLACE))
		return -ENODATA;
	if (bytes_of_all(node) + sizeof(*made) + name_bytes + bytes > XATTR_BYTES_LIMIT)
		return -ENOSPC;
	made = kmalloc(sizeof(*made) + name_bytes + bytes);
	if (!made)
		return -ENOMEM;
	memcpy(made->name, name, name_bytes);
	made->value = made->name + name_bytes;
	memcpy(made->value, value, bytes);
	made->bytes = bytes;
	made->next = old ? old->next : NULL;
	*place = made;
	kfree(old);
	return 0;
}

int64_t tree_listxattr(struct inode *inode, char *names, size_t room)
{
	size_t used = 0;

	for (const struct tree_xattr *at = tree_node_of(inode)->xattrs; at; at = at->next) {
		size_t bytes = strlen(at->name) + 1;
		if (room) {
			if (room - used < bytes)
				return -ERANGE;
			memcpy(names + used, at->name, bytes);
		}
		used += bytes;
	}
	return (int64_t)used;
}

int tree_removexattr(struct inode *inode, const char *name)
{
	struct tree_xattr **place = find(tree_node_of(inode), name), *old = *place;

	if (!old)
		return -ENODATA;
	*place = old->next;
	kfree(old);
	return 0;
}

void tree_free_xattrs(struct tree_node *node)
{
	while (node->xattrs) {
		struct tree_xattr *first = node->xattrs;
		node->xattrs = first->next;
		kfree(first);
	}
}
