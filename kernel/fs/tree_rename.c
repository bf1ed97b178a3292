/* The tree in memory: moving names. Everything that can fail is done before the first change. */
#include <linux/fs.h>
#include <linux/stat.h>

#include "fs/tree.h"
#include "lib/errno.h"

static uint64_t take_cookie(struct inode *dir)
{
	return tree_node_of(dir)->next_cookie++;
}

/* A directory changes its parent, whose link counts its "..". */
static void move_parent_link(const struct inode *moved, struct inode *from_dir, struct inode *to_dir)
{
	if (S_ISDIR(moved->mode)) {
		from_dir->nlink--;
		to_dir->nlink++;
	}
}

static void touch_renamed(struct inode *dir, struct inode *inode)
{
	tree_changed(dir);
	tree_changed(inode);
	dir->version++;
	inode_touch(dir, false, true, true);
	inode->ctime = dir->ctime;
}

static int exchange(struct inode *from_dir, struct dentry *from, struct inode *to_dir, struct dentry *to)
{
	move_parent_link(from->inode, from_dir, to_dir);
	move_parent_link(to->inode, to_dir, from_dir);
	touch_renamed(from_dir, from->inode);
	touch_renamed(to_dir, to->inode);
	dentry_exchange(from, to);
	dentry_pin_last(from, take_cookie(to_dir));
	dentry_pin_last(to, take_cookie(from_dir));
	return 0;
}

/* What stood at the new name goes. */
static void end_victim(struct inode *to_dir, struct dentry *to)
{
	struct inode *victim = to->inode;

	tree_changed(victim);
	if (S_ISDIR(victim->mode)) {
		tree_forget_names(to);
		victim->names_are_complete = true;
		victim->nlink = 0;
		to_dir->nlink--;
	} else {
		victim->nlink--;
	}
	inode_touch(victim, false, false, true);
	if (victim->nlink == 0)
		tree_nameless(victim);
}

/* RENAME_WHITEOUT: what stands at the old name from then on, a character device of number 0 that nobody may open. */
static int make_whiteout(struct inode *dir, const struct dentry *from, struct dentry **whiteout)
{
	struct inode *inode;
	int error = tree_inode_create(dir->superblock, dir, S_IFCHR, 0, &inode);

	if (error)
		return error;
	*whiteout = dentry_alloc(dir->superblock, from->parent, from->name, from->name_bytes);
	if (!*whiteout) {
		inode_put(inode);
		return -ENOMEM;
	}
	dentry_instantiate(*whiteout, inode);
	(*whiteout)->private_word = take_cookie(dir);
	return 0;
}

int tree_rename(struct inode *from_dir, struct dentry *from, struct inode *to_dir, struct dentry *to, unsigned flags)
{
	struct inode *victim = to->inode;
	bool leaves_whiteout = (flags & RENAME_WHITEOUT) != 0;
	struct dentry *left;
	int error = 0;

	if (flags & RENAME_EXCHANGE)
		return exchange(from_dir, from, to_dir, to);
	if (victim && S_ISDIR(victim->mode) && !tree_is_empty(to, &error))
		return -ENOTEMPTY;
	if (!error)
		error = leaves_whiteout ? make_whiteout(from_dir, from, &left)
					: tree_hide_prepare(from_dir, from, &left);
	if (error)
		return error;
	if (victim)
		end_victim(to_dir, to);
	move_parent_link(from->inode, from_dir, to_dir);
	if (!leaves_whiteout)
		tree_count_name(from_dir, -1);
	if (!victim)
		tree_count_name(to_dir, 1);
	touch_renamed(from_dir, from->inode);
	touch_renamed(to_dir, from->inode);
	dentry_move(from, to, left);
	dentry_pin_last(from, take_cookie(to_dir));
	return 0;
}
