/* The tree in memory: its nodes, their table, and what becomes of a view of the image when it is changed. */
#include "fs/tree.h"

#include <linux/stat.h>

#include "fs/acl.h"
#include "fs/permission.h"
#include "lib/errno.h"
#include "mem/slab.h"

static struct slab_cache node_cache = SLAB_CACHE("tree_node", struct tree_node);
static struct slab_cache image_node_cache = SLAB_CACHE("image_node", struct image_node);

static struct tree_node **bucket_of(const struct tree *tree, uint64_t nid)
{
	return &tree->buckets[(nid ^ nid >> 10) & (TREE_BUCKETS - 1)];
}

/* A view has the number of its node in the image. */
static uint64_t nid_of(const struct tree_node *node)
{
	return node->inode->ino;
}

static void enter_locked(struct tree *tree, struct tree_node *node)
{
	struct tree_node **bucket = bucket_of(tree, nid_of(node));

	node->hash_next = *bucket;
	*bucket = node;
	node->is_hashed = true;
}

static void leave_locked(struct tree *tree, struct tree_node *node)
{
	struct tree_node **at;

	if (!node->is_hashed)
		return;
	for (at = bucket_of(tree, nid_of(node)); *at != node; at = &(*at)->hash_next)
		;
	*at = node->hash_next;
	node->is_hashed = false;
}

/* The inode of this number, with a reference, unless it is just going. */
static struct inode *find_locked(const struct tree *tree, uint64_t nid)
{
	struct tree_node *node;

	for (node = *bucket_of(tree, nid); node; node = node->hash_next) {
		if (nid_of(node) == nid && refcount_get_unless_zero(&node->inode->refs))
			return node->inode;
	}
	return NULL;
}

void tree_changed(struct inode *inode)
{
	struct tree_node *node = tree_node_of(inode);
	struct tree *tree = tree_of(inode->superblock);

	if (!node->is_image || node->is_changed)
		return;
	spin_lock(&tree->lock);
	if (!node->is_changed) {
		node->is_changed = true;
		inode_get(inode);
		if (!node->is_hashed)
			enter_locked(tree, node);
	}
	spin_unlock(&tree->lock);
}

int tree_enter(struct inode *inode)
{
	struct tree_node *node = tree_node_of(inode), **fresh = NULL;
	struct tree *tree = tree_of(inode->superblock);

	if (node->is_image || node->is_hashed)
		return 0;
	if (!__atomic_load_n(&tree->buckets, __ATOMIC_ACQUIRE)) {
		fresh = kzalloc(TREE_BUCKETS * sizeof(*fresh));
		if (!fresh)
			return -ENOMEM;
	}
	spin_lock(&tree->lock);
	if (!tree->buckets) {
		__atomic_store_n(&tree->buckets, fresh, __ATOMIC_RELEASE);
		fresh = NULL;
	}
	if (!node->is_hashed && !node->is_nameless)
		enter_locked(tree, node);
	spin_unlock(&tree->lock);
	kfree(fresh);
	return 0;
}

struct inode *tree_find(struct superblock *superblock, uint64_t ino)
{
	struct tree *tree = tree_of(superblock);
	struct inode *inode = NULL;

	spin_lock(&tree->lock);
	if (tree->buckets)
		inode = find_locked(tree, ino);
	spin_unlock(&tree->lock);
	return inode;
}

void tree_nameless(struct inode *inode)
{
	struct tree_node *node = tree_node_of(inode);
	struct tree *tree = tree_of(inode->superblock);
	bool was_changed;

	if (!node->is_image) {
		spin_lock(&tree->lock);
		node->is_nameless = true;
		leave_locked(tree, node);
		spin_unlock(&tree->lock);
		return;
	}
	spin_lock(&tree->lock);
	was_changed = node->is_changed;
	leave_locked(tree, node);
	spin_unlock(&tree->lock);
	/* It stays marked: nobody can find it any more, so the table never needs to hold it again. */
	node->is_changed = true;
	if (was_changed)
		inode_put(inode);
}

int tree_prepare_write(struct inode *inode)
{
	tree_changed(inode);
	return 0;
}

void tree_evict(struct inode *inode)
{
	struct tree_node *node = tree_node_of(inode);
	struct tree *tree = tree_of(inode->superblock);

	if (!node)
		return;
	tree_free_xattrs(node);
	kfree((void *)inode->link_text);
	if (node->is_hashed) {
		spin_lock(&tree->lock);
		leave_locked(tree, node);
		spin_unlock(&tree->lock);
	}
	slab_free(node->is_image ? &image_node_cache : &node_cache, node);
}

/* Operations by type. */
static void set_operations(struct inode *inode, uint64_t device)
{
	switch (inode->mode & S_IFMT) {
	case S_IFREG:
		inode->ops = &tree_file_ops;
		inode->file_ops = &regular_file_ops;
		break;
	case S_IFDIR:
		inode->ops = &tree_directory_ops;
		inode->file_ops = &directory_file_ops;
		break;
	case S_IFLNK:
		inode->ops = &tree_other_ops;
		break;
	default:
		inode->ops = &tree_other_ops;
		inode_set_special(inode, device);
		break;
	}
}

int tree_inode_create(struct superblock *superblock, const struct inode *dir, uint32_t mode, uint64_t device,
		      struct inode **inode)
{
	struct tree_node *node;
	struct inode *made;

	if (superblock->inodes_used >= superblock->inode_limit)
		return -ENOSPC;
	node = slab_alloc(&node_cache);
	made = node ? inode_create(superblock, mode) : NULL;
	if (!made) {
		if (node)
			slab_free(&node_cache, node);
		return -ENOMEM;
	}
	inode_init_owner(made, dir, mode);
	node->inode = made;
	made->private_data = node;
	acl_inherit(made, dir);
	if (S_ISDIR(mode)) {
		made->nlink = 2;
		made->names_are_complete = true;
	}
	set_operations(made, device);
	*inode = made;
	return 0;
}

/* The text of a link is kept in memory: walks meet it again and again. */
static int read_link(const struct tree *tree, struct inode *inode, const struct erofs_node *image)
{
	char *text;
	ssize_t got;

	if (image->size == 0 || image->size >= PATH_MAX_BYTES)
		return -EUCLEAN;
	text = kmalloc(image->size + 1);
	if (!text)
		return -ENOMEM;
	got = erofs_read(&tree->image, image, 0, text, image->size);
	if (got != (ssize_t)image->size || memchr(text, 0, image->size)) {
		kfree(text);
		return -EUCLEAN;
	}
	text[image->size] = 0;
	inode->link_text = text;
	return 0;
}

static int fill_directory(const struct tree *tree, struct inode *inode, const struct erofs_node *image)
{
	uint64_t position = 0;
	struct erofs_entry entry;
	unsigned count = 0;
	int more = 1;

	/* One that is empty but for "." and ".." differs in nothing from a directory made here. */
	while (count < 3 && (more = erofs_next(&tree->image, image, &position, &entry)) > 0) {
		position++;
		count++;
	}
	if (more < 0)
		return more;
	inode->names_are_complete = count < 3;
	tree_node_of(inode)->next_cookie = erofs_end_position(&tree->image, image);
	return 0;
}

static int fill_from_image(const struct tree *tree, struct inode *inode, const struct erofs_node *image)
{
	struct timestamp time = {.sec = image->mtime_sec, .nsec = image->mtime_nsec};

	inode->ino = image->nid;
	inode->mode = image->mode;
	inode->uid = image->uid;
	inode->gid = image->gid;
	inode->nlink = image->nlink ? image->nlink : 1;
	inode->size = image->size;
	inode->image_blocks = (uint32_t)MIN((image->size + 4095) / 4096 * 8, (uint64_t)UINT32_MAX);
	inode->atime = inode->mtime = inode->ctime = inode->btime = time;
	set_operations(inode, image->device);
	if (S_ISLNK(image->mode))
		return read_link(tree, inode, image);
	return S_ISDIR(image->mode) ? fill_directory(tree, inode, image) : 0;
}

/* A view of its own, not yet in the table. */
static int make_view(struct superblock *superblock, const struct erofs_node *image, struct inode **inode)
{
	struct image_node *node = slab_alloc(&image_node_cache);
	struct inode *made = node ? inode_alloc(superblock) : NULL;
	int error;

	if (!made) {
		if (node)
			slab_free(&image_node_cache, node);
		return -ENOMEM;
	}
	node->node.inode = made;
	node->node.is_image = true;
	node->image = *image;
	made->private_data = node;
	made->ops = &tree_other_ops;
	error = fill_from_image(tree_of(superblock), made, image);
	if (!error && unlikely(image->xattr_bytes))
		error = tree_load_xattrs(made);
	if (error)
		inode_put(made);
	else
		*inode = made;
	return error;
}

/* A directory has one place. An image in which it has two is damaged, and would make a tree with a circle in it. */
static int check_found(struct inode *inode)
{
	if (!S_ISDIR(inode->mode) || !inode->dentry)
		return 0;
	inode_put(inode);
	return -EUCLEAN;
}

int tree_image_inode(struct superblock *superblock, uint64_t nid, struct inode **inode)
{
	struct tree *tree = tree_of(superblock);
	struct inode *made, *found;
	struct erofs_node image;
	int error;

	spin_lock(&tree->lock);
	found = find_locked(tree, nid);
	spin_unlock(&tree->lock);
	*inode = found;
	if (found)
		return check_found(found);
	error = erofs_read_node(&tree->image, nid, &image);
	if (!error)
		error = make_view(superblock, &image, &made);
	if (error)
		return error;
	*inode = made;
	if (!S_ISDIR(image.mode) && image.nlink <= 1)
		return 0;
	spin_lock(&tree->lock);
	found = find_locked(tree, nid);
	if (!found)
		enter_locked(tree, tree_node_of(made));
	spin_unlock(&tree->lock);
	if (!found)
		return 0;
	inode_put(made);
	*inode = found;
	return check_found(found);
}

/* The table's own references, when the tree ends. */
void tree_destroy(struct superblock *superblock)
{
	struct tree *tree = tree_of(superblock);

	if (!tree)
		return;
	for (uint32_t i = 0; tree->buckets && i < TREE_BUCKETS; i++) {
		while (tree->buckets[i])
			tree_nameless(tree->buckets[i]->inode);
	}
	kfree(tree->buckets);
	kfree(tree);
}

static int make_root(struct superblock *superblock, const struct erofs_image *image, uint32_t root_mode)
{
	struct inode *root;
	int error = image ? tree_image_inode(superblock, image->root_nid, &root)
			  : tree_inode_create(superblock, NULL, S_IFDIR | root_mode, 0, &root);

	return error ? error : superblock_set_root(superblock, root);
}

int tree_create(const struct filesystem *type, const struct erofs_image *image, uint32_t root_mode, uint64_t magic,
		struct superblock **superblock)
{
	struct superblock *made = superblock_create(type);
	struct tree *tree = kzalloc(sizeof(*tree));
	int error = -ENOMEM;

	if (made)
		made->private_data = tree;
	if (!made || !tree)
		goto fail;
	spin_init(&tree->lock, "tree", LOCK_INODE);
	made->has_acls = true;
	tree->magic = magic;
	if (image) {
		tree->image = *image;
		tree->buckets = kzalloc(TREE_BUCKETS * sizeof(*tree->buckets));
		if (!tree->buckets)
			goto fail;
		made->keeps_names = true;
		/* Numbers of files made here lie above those of the image. */
		atomic_init(&made->next_ino, image->bytes / 32 + 1);
	}
	error = make_root(made, image, root_mode);
	if (error)
		goto fail;
	*superblock = made;
	return 0;
fail:
	if (made)
		superblock_put(made);
	else
		kfree(tree);
	return error;
}

void tree_statfs(struct superblock *superblock, struct statfs_info *info)
{
	uint64_t used = superblock->pages_used, files = superblock->inodes_used;

	*info = (struct statfs_info){
		.type = tree_of(superblock)->magic, .block_bytes = PAGE_SIZE, .name_max = NAME_MAX_BYTES};
	if (superblock->page_limit != UINT64_MAX) {
		info->blocks = superblock->page_limit;
		info->blocks_free = used < info->blocks ? info->blocks - used : 0;
	}
	if (superblock->inode_limit != UINT64_MAX) {
		info->files = superblock->inode_limit;
		info->files_free = files < info->files ? info->files - files : 0;
	}
}
