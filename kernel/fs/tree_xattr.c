/*
 * The tree in memory: extended attributes, a short list on each node. A node of the image shows those that stand there
 * until the first of them is changed; then all are copied to the list. Access control lists are the inode's own
 * (fs/acl.h).
 */
#include <linux/capability.h>
#include <linux/xattr.h>

#include "fs/acl.h"
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

/* The node in the image whose attributes count, or null. */
static const struct erofs_node *image_of(const struct inode *inode)
{
	const struct erofs_node *image = tree_image_of(inode);

	return image && image->xattr_bytes && !tree_node_of(inode)->has_own_xattrs ? image : NULL;
}

static bool is_list(const struct erofs_xattr *xattr)
{
	return xattr->space == EROFS_XATTR_ACL_ACCESS || xattr->space == EROFS_XATTR_ACL_DEFAULT;
}

static struct tree_xattr **find(struct tree_node *node, const char *name)
{
	struct tree_xattr **at = &node->xattrs;

	while (*at && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	return at;
}

static int64_t give(void *to, size_t room, const void *value, size_t bytes)
{
	if (room && room < bytes)
		return -ERANGE;
	if (room)
		memcpy(to, value, bytes);
	return (int64_t)bytes;
}

int64_t tree_getxattr(struct inode *inode, const char *name, void *value, size_t room)
{
	const struct erofs_node *image = image_of(inode);
	const struct tree_xattr *own;
	struct erofs_xattr xattr;
	int error;

	if (image) {
		error = erofs_xattr_find(&tree_of(inode->superblock)->image, image, name, &xattr);
		return error ? error : give(value, room, xattr.value, xattr.value_bytes);
	}
	own = *find(tree_node_of(inode), name);
	return own ? give(value, room, own->value, own->bytes) : -ENODATA;
}

/* Null: no memory. The name is prefix and rest in one. */
static struct tree_xattr *make(const char *prefix, const char *rest, size_t rest_bytes, const void *value, size_t bytes)
{
	size_t prefix_bytes = strlen(prefix), name_bytes = prefix_bytes + rest_bytes + 1;
	struct tree_xattr *made = kmalloc(sizeof(*made) + name_bytes + bytes);

	if (!made)
		return NULL;
	memcpy(made->name, prefix, prefix_bytes);
	memcpy(made->name + prefix_bytes, rest, rest_bytes);
	made->name[name_bytes - 1] = 0;
	made->value = made->name + name_bytes;
	memcpy(made->value, value, bytes);
	made->bytes = bytes;
	made->next = NULL;
	return made;
}

static void free_list(struct tree_xattr *list)
{
	while (list) {
		struct tree_xattr *first = list;

		list = first->next;
		kfree(first);
	}
}

/* Copy what stands in the image, before the first change: 0, -ENOMEM, -EUCLEAN. */
static int own_all(struct inode *inode)
{
	const struct erofs_node *image = image_of(inode);
	struct tree_node *node = tree_node_of(inode);
	struct tree_xattr *list = NULL, **end = &list;
	struct erofs_xattr xattr;
	uint32_t cursor = 0;
	int more = 0;

	if (!image)
		return 0;
	while ((more = erofs_xattr_next(&tree_of(inode->superblock)->image, image, &cursor, &xattr)) > 0) {
		if (!xattr.prefix || is_list(&xattr))
			continue;
		*end = make(xattr.prefix, xattr.name, xattr.name_bytes, xattr.value, xattr.value_bytes);
		if (!*end) {
			more = -ENOMEM;
			break;
		}
		end = &(*end)->next;
	}
	if (more < 0) {
		free_list(list);
		return more;
	}
	node->xattrs = list;
	node->has_own_xattrs = true;
	return 0;
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
	struct tree_xattr **place, *old, *made;
	int error = own_all(inode);

	if (error)
		return error;
	place = find(node, name);
	old = *place;
	if (old && (flags & XATTR_CREATE))
		return -EEXIST;
	if (!old && (flags & XATTR_REPLACE))
		return -ENODATA;
	if (bytes_of_all(node) + sizeof(*made) + strlen(name) + 1 + bytes > XATTR_BYTES_LIMIT)
		return -ENOSPC;
	made = make("", name, strlen(name), value, bytes);
	if (!made)
		return -ENOMEM;
	made->next = old ? old->next : NULL;
	*place = made;
	kfree(old);
	if (strcmp(name, XATTR_NAME_CAPS) == 0)
		inode->has_file_caps = true;
	return 0;
}

/* Names gathered for listxattr. */
struct names {
	char *at;
	size_t room, used; /* room 0: only count */
};

static int add_name(struct names *names, const char *prefix, const char *rest, size_t rest_bytes)
{
	size_t prefix_bytes = strlen(prefix), bytes = prefix_bytes + rest_bytes + 1;

	if (strncmp(prefix, XATTR_TRUSTED_PREFIX, XATTR_TRUSTED_PREFIX_LEN) == 0 && !current_has_cap(CAP_SYS_ADMIN))
		return 0;
	if (names->room) {
		if (names->room - names->used < bytes)
			return -ERANGE;
		memcpy(names->at + names->used, prefix, prefix_bytes);
		memcpy(names->at + names->used + prefix_bytes, rest, rest_bytes);
		names->at[names->used + bytes - 1] = 0;
	}
	names->used += bytes;
	return 0;
}

static int list_image(const struct inode *inode, const struct erofs_node *image, struct names *names)
{
	struct erofs_xattr xattr;
	uint32_t cursor = 0;
	int more, error = 0;

	while ((more = erofs_xattr_next(&tree_of(inode->superblock)->image, image, &cursor, &xattr)) > 0 && !error) {
		if (xattr.prefix && !is_list(&xattr))
			error = add_name(names, xattr.prefix, xattr.name, xattr.name_bytes);
	}
	return more < 0 ? more : error;
}

int64_t tree_listxattr(struct inode *inode, char *to, size_t room)
{
	const struct erofs_node *image = image_of(inode);
	struct names names = {.at = to, .room = room};
	int error = inode->acl ? add_name(&names, ACL_NAME_ACCESS, "", 0) : 0;

	if (!error && inode->default_acl)
		error = add_name(&names, ACL_NAME_DEFAULT, "", 0);
	if (!error && image)
		error = list_image(inode, image, &names);
	for (const struct tree_xattr *at = tree_node_of(inode)->xattrs; at && !error; at = at->next)
		error = add_name(&names, at->name, "", 0);
	return error ? error : (int64_t)names.used;
}

int tree_removexattr(struct inode *inode, const char *name)
{
	struct tree_xattr **place, *old;
	int error = own_all(inode);

	if (error)
		return error;
	place = find(tree_node_of(inode), name);
	old = *place;
	if (!old)
		return -ENODATA;
	*place = old->next;
	kfree(old);
	if (strcmp(name, XATTR_NAME_CAPS) == 0)
		inode->has_file_caps = false;
	return 0;
}

int tree_load_xattrs(struct inode *inode)
{
	const struct erofs_image *image = &tree_of(inode->superblock)->image;
	const struct erofs_node *node = tree_image_of(inode);
	struct erofs_xattr xattr;
	uint32_t cursor = 0;
	int more, error = 0;

	while ((more = erofs_xattr_next(image, node, &cursor, &xattr)) > 0 && !error) {
		if (is_list(&xattr))
			error = acl_load(inode, xattr.space == EROFS_XATTR_ACL_DEFAULT, xattr.value, xattr.value_bytes);
	}
	if (more < 0 || error)
		return more < 0 ? more : error;
	inode->has_file_caps = erofs_xattr_find(image, node, XATTR_NAME_CAPS, &xattr) == 0;
	return 0;
}

void tree_free_xattrs(struct tree_node *node)
{
	free_list(node->xattrs);
	node->xattrs = NULL;
}
