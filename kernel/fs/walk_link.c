/* The walk along a path: symbolic links, and the links of /proc that lead to a place rather than to a text. */
#include <linux/stat.h>

#include "fs/attributes.h"
#include "fs/mount.h"
#include "fs/path_text.h"
#include "fs/protect.h"
#include "fs/walk_steps.h"
#include "mem/slab.h"

static int count_link(struct walk *walk)
{
	if ((walk->flags & LOOKUP_NO_SYMLINKS) || (walk->mount->flags & MOUNT_NOSYMFOLLOW))
		return -ELOOP;
	return ++walk->links_followed > SYMLINKS_MAX ? -ELOOP : 0;
}

/* Where it leads is not looked at: the link itself must not have been planted. The walk stands in its directory. */
static int check_link(struct walk *walk, const struct inode *link)
{
	int error = count_link(walk);

	if (!error && unlikely(protect_settings.symlinks) && walk_is_at_end(walk, walk->text))
		error = protect_symlink(walk->dentry->inode, link);
	return error;
}

/* The text of the link comes before what is left of the present one. */
static int push_text(struct walk *walk, const char *text, size_t bytes)
{
	struct walk_link *link;

	if (bytes == 0)
		return -ENOENT;
	if (text[0] == '/' && (walk->flags & LOOKUP_BENEATH))
		return -EXDEV;
	if (!walk->is_small_used && bytes < WALK_SMALL_LINK) {
		walk->is_small_used = true;
		link = &walk->small_link;
		link->text = walk->small_text;
	} else {
		link = kmalloc(sizeof(*link) + bytes + 1);
		if (!link)
			return -ENOMEM;
		link->text = (char *)(link + 1);
	}
	memcpy(link->text, text, bytes);
	link->text[bytes] = 0;
	link->rest = walk->text;
	link->outer = walk->link;
	walk->link = link;
	walk->has_rest = true;
	walk->text = link->text;
	return 0;
}

void walk_pop_link(struct walk *walk)
{
	struct walk_link *link = walk->link;

	walk->text = link->rest;
	walk->link = link->outer;
	if (link == &walk->small_link)
		walk->is_small_used = false;
	else
		kfree(link);
}

/* An absolute link goes on from the root. The lock is held. */
static int start_of_text(struct walk *walk)
{
	if (walk->text[0] != '/')
		return 0;
	if ((walk->flags & LOOKUP_NO_XDEV) && walk->mount != walk->root.mount)
		return -EXDEV;
	walk->mount = walk->root.mount;
	walk->dentry = walk->root.dentry;
	return 0;
}

static int jump_to_place(struct walk *walk, struct dentry *link)
{
	struct path place, before = walk->held;
	int error;

	if (walk->flags & LOOKUP_NO_MAGIC)
		return -ELOOP;
	if (walk->flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT))
		return -EXDEV;
	error = link->inode->ops->follow(link->inode, link, &place);
	if (error)
		return error;
	if ((walk->flags & LOOKUP_NO_XDEV) && walk->mount != place.mount) {
		path_put(&place);
		return -EXDEV;
	}
	walk->held = place;
	walk->mount = place.mount;
	walk->dentry = place.dentry;
	path_put(&before);
	return 0;
}

/* Bring in the text of `link`, wherever it is kept. */
static int fetch_text(struct walk *walk, struct inode *inode)
{
	char *text;
	ssize_t bytes;
	int error;

	if (inode->link_text)
		return push_text(walk, inode->link_text, inode->size);
	if (!inode->ops->readlink)
		return -EINVAL;
	text = path_buffer_get();
	if (!text)
		return -ENOMEM;
	bytes = inode->ops->readlink(inode, text, PATH_MAX_BYTES);
	error = bytes < 0 ? (int)bytes : push_text(walk, text, (size_t)bytes);
	path_text_free(text);
	return error;
}

/* To follow a link is to read it. */
static void link_accessed(const struct walk *walk, struct inode *inode)
{
	const struct path here = {.mount = walk->mount};

	attributes_accessed(&here, inode);
}

int walk_push_link(struct walk *walk, struct dentry *link)
{
	struct inode *inode = link->inode;
	bool leads_to_place = inode->ops->follow != NULL;
	int error = check_link(walk, inode);

	if (!error)
		link_accessed(walk, inode);
	if (!error)
		error = leads_to_place ? jump_to_place(walk, link) : fetch_text(walk, inode);
	/* Before the lock is taken again: the last reference to a name is dropped under it. */
	dentry_put(link);
	if (error)
		return error;
	walk_wake(walk);
	return leads_to_place ? 0 : start_of_text(walk);
}

int walk_push_link_locked(struct walk *walk, struct dentry *link)
{
	struct inode *inode = link->inode;
	int error;

	if (likely(inode->link_text)) {
		error = check_link(walk, inode);
		if (!error)
			link_accessed(walk, inode);
		if (!error)
			error = push_text(walk, inode->link_text, inode->size);
		return error ? error : start_of_text(walk);
	}
	if (walk->flags & LOOKUP_CACHED)
		return -EAGAIN;
	dentry_get_locked(link);
	walk_sleep(walk);
	return walk_push_link(walk, link);
}
