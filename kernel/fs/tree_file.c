/* The tree in memory: contents of regular files, over the image or from nothing; and the operations of what is no
 * directory. */
#include <linux/stat.h>

#include "fs/tree.h"
#include "lib/errno.h"
#include "mem/slab.h"

/* What lies below an object over the image; immutable. */
struct image_contents {
	const struct erofs_image *image;
	struct erofs_node node;
};

static struct slab_cache contents_cache = SLAB_CACHE("image_contents", struct image_contents);

/*
 * Only asked for pages that the object still shows the image in (memobj keeps count of what was cut off and punched
 * out). A page that lies whole and aligned in the image is given in place; a hole, the end of a file and what is not
 * aligned are copied.
 */
static int image_fetch(struct memobj *object, uint64_t index, struct page **page)
{
	const struct image_contents *contents = object->private_data;
	uint64_t offset = index << PAGE_SHIFT, run;
	const uint8_t *data;
	struct page *copy;

	*page = NULL;
	if (erofs_extent(contents->image, &contents->node, offset, &data, &run))
		return -EIO;
	if (data && run >= PAGE_SIZE && IS_ALIGNED((uintptr_t)data, PAGE_SIZE)) {
		*page = virt_to_page(data);
		page_get(*page);
		return 0;
	}
	copy = page_alloc(0, PAGE_OBJECT, ALLOC_ZERO | ALLOC_USER);
	if (!copy)
		return -ENOMEM;
	if (erofs_read(contents->image, &contents->node, offset, page_to_virt(copy), PAGE_SIZE) < 0) {
		page_put(copy);
		return -EIO;
	}
	*page = copy;
	return 0;
}

static void image_destroy(struct memobj *object)
{
	slab_free(&contents_cache, object->private_data);
}

static const struct memobj_ops image_object_ops = {.fetch = image_fetch, .destroy = image_destroy};

/* The pages from the file's start on that lie in the image in one run need no asking one by one. */
static void set_run_in_place(struct memobj *object, const struct erofs_image *image, const struct erofs_node *node)
{
	const uint8_t *data;
	uint64_t run;

	if (erofs_extent(image, node, 0, &data, &run) || !data || !IS_ALIGNED((uintptr_t)data, PAGE_SIZE))
		return;
	if (run >= PAGE_SIZE)
		memobj_set_image(object, virt_to_phys(data), run >> PAGE_SHIFT);
}

static struct memobj *object_over_image(const struct inode *inode, const struct erofs_node *node)
{
	const struct erofs_image *image = &tree_of(inode->superblock)->image;
	struct image_contents *contents = slab_alloc(&contents_cache);
	struct memobj *object;

	if (!contents)
		return NULL;
	contents->image = image;
	contents->node = *node;
	object = memobj_create(&image_object_ops, node->size, contents);
	if (object)
		set_run_in_place(object, image, node);
	else
		slab_free(&contents_cache, contents);
	return object;
}

struct memobj *tree_object(struct inode *inode)
{
	const struct erofs_node *image = tree_image_of(inode);
	struct memobj *object = inode->object;

	if (likely(object))
		return object;
	object = image ? object_over_image(inode, image) : memobj_create(NULL, 0, NULL);
	if (!object)
		return NULL;
	memobj_account(object, &inode->superblock->pages_used, &inode->superblock->page_limit);
	__atomic_store_n(&inode->object, object, __ATOMIC_RELEASE);
	return object;
}

int tree_truncate(struct inode *inode, uint64_t size)
{
	struct memobj *object;

	if (!inode->object && !tree_image_of(inode) && size == 0)
		return 0;
	object = tree_object(inode);
	return object ? memobj_resize(object, size) : -ENOMEM;
}

static ssize_t tree_readlink(struct inode *inode, char *to, size_t room)
{
	if (!inode->link_text)
		return -EINVAL;
	return (ssize_t)MIN(string_copy(to, inode->link_text, room), room - 1);
}

const struct inode_ops tree_file_ops = {
	.prepare_write = tree_prepare_write,
	.truncate = tree_truncate,
	.getxattr = tree_getxattr,
	.setxattr = tree_setxattr,
	.listxattr = tree_listxattr,
	.removexattr = tree_removexattr,
	.evict = tree_evict,
};

const struct inode_ops tree_other_ops = {
	.readlink = tree_readlink,
	.prepare_write = tree_prepare_write,
	.getxattr = tree_getxattr,
	.setxattr = tree_setxattr,
	.listxattr = tree_listxattr,
	.removexattr = tree_removexattr,
	.evict = tree_evict,
};
